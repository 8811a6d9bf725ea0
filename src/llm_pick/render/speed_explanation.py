"""``--explain`` for speed: both formulas with their numbers, the measurement if there is one, and how to check them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.estimate.prefill import reached_peak
from llm_pick.core.provenance import resolve, sources_of
from llm_pick.render.commands import speed_check
from llm_pick.render.text import gib, tokens

if TYPE_CHECKING:
    from llm_pick.core.catalog import Catalog
    from llm_pick.core.estimate.speed import Speed
    from llm_pick.core.question import Question
    from llm_pick.core.recommend import Assessed

MILLI = 1e3
UNKNOWN_DEVICE = "; no rows of this device with this engine and backend, so a wider interval"


def speed_lines(item: Assessed, speed: Speed, asked: Question, catalog: Catalog) -> list[tuple[str, str]]:
    """Labelled lines about decode and prefill."""
    lines = [("speed", _decode(speed)), *_measured(speed, catalog), ("speed", _prefill(speed, catalog))]
    for device in {device.id: device for device in asked.hardware.devices if device.tflops_dense}.values():
        stated = ", ".join(f"{name} {value:g}" for name, value in sorted(device.tflops_dense.items()))
        found = resolve(sources_of(device, "tflops_dense"), catalog)[:1]
        lines += [("source", f"{device.id} dense peak {stated} TFLOPS: {source} {source.url}") for source in found]
    constants = "decode.* and prefill.* in data/parameters.yaml, fitted on published rows (docs/accuracy.md)"
    lines.append(("source", f"efficiencies and costs: parameters {constants}"))
    check = speed_check(item, asked, catalog)
    return [*lines, ("check speed", check)] if check else lines


def _decode(speed: Speed) -> str:
    setup, costs, terms = speed.decode_formula()
    milliseconds = " + ".join(f"{name} {seconds * MILLI:.2f}" for name, seconds in terms.items())
    total = sum(terms.values())
    return (
        f"decode at {tokens(speed.depth_tokens)} tokens deep, ms per token: {milliseconds} = {total * MILLI:.2f}, so "
        f"{1 / total:,.1f} tok/s; weights {gib(speed.weight_bytes_read)} GiB at {costs.efficiency:.2f} and cache "
        f"{gib(speed.kv_bytes_read)} GiB at {costs.cache_efficiency:.2f} of {setup.bandwidth_gb_per_s:g} GB/s, "
        f"{setup.layers} layers at {costs.layer_us:.0f} us; basis {speed.basis}" + ("" if setup.known_device else UNKNOWN_DEVICE)
    )


def _measured(speed: Speed, catalog: Catalog) -> list[tuple[str, str]]:
    found = speed.measurement
    if found is None or speed.basis != "measured":
        return []
    refs = resolve((found.source,), catalog)
    several = f"median of {found.rows} runs" if found.rows > 1 else "one run"
    where = f"{refs[0]} {refs[0].url}" if refs else found.source
    return [
        ("measured", f"{found.tok_per_s:g} tok/s at {tokens(found.depth_tokens)} tokens deep ({several}, {found.date}), moved "
                     f"to {tokens(speed.depth_tokens)} by the formula's ratio: {where}")
    ]  # fmt: skip


def _prefill(speed: Speed, catalog: Catalog) -> str:
    setup, costs, terms = speed.prefill_formula()
    milliseconds = " + ".join(f"{name} {seconds * MILLI:.1f}" for name, seconds in terms.items())
    total = sum(terms.values())
    stated = f"{setup.tflops:g} TFLOPS stated" if setup.tflops else "no peak stated, taken from bandwidth and class"
    return (
        f"prefill of {tokens(speed.prompt_tokens)} tokens, ms: {milliseconds} = {total * MILLI:.0f}, so "
        f"{speed.prompt_tokens / total:,.0f} tok/s; compute is 2 x {setup.params_active / 1e9:.2f}e9 parameters a token at "
        f"{costs.utilization:.2f} of {reached_peak(setup, costs, catalog):.0f} usable TFLOPS ({stated})"
        + ("" if setup.known_device else UNKNOWN_DEVICE)
    )
