"""Fit the constants of decode and prefill speed on measured rows, and write them as parameters.

    python -m tools.calibrate_speed --truth DIR [--out FILE] [--data DIR]
    python -m tools.calibrate_speed --truth DIR --validate FILE

Rows of trust A and B count (crowd rows only where a backend has no others), weighted by device so that no machine
decides alone; the loss is robust and in logarithms. Constants of an engine and backend are shrunk towards the
generic ones, so that a constant few rows speak about stays near what all rows say. Printed beside the fit: the
error on devices, and on model families, that the fit did not see; the intervals are taken from these.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml
from benchmarks import decode, prefill
from benchmarks.resolve import Resolver

from llm_pick.core.catalog import Catalog, Parameter
from llm_pick.core.estimate.decode import costs_of as decode_costs_of
from llm_pick.core.estimate.decode import decode_tok_per_s, seconds_per_token
from llm_pick.core.estimate.prefill import costs_of as prefill_costs_of
from llm_pick.core.estimate.prefill import matrix_tflops, prefill_seconds
from llm_pick.schema.expand import expand_devices
from llm_pick.schema.load import load_folder
from tools.speed_fit import (
    Constant,
    Formula,
    Sample,
    constant_parameters,
    fit_all,
    interval_parameters,
    known_device_parameters,
    measured_parameters,
    parameter,
    print_fit,
)
from tools.speed_validation import Validation, as_record, print_validation, validate
from tools.speed_widening import Widening

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from llm_pick.core.estimate.decode import DecodeSetup
    from llm_pick.core.estimate.prefill import PrefillSetup

    Setup = DecodeSetup | PrefillSetup

ROOT = Path(__file__).resolve().parent.parent
CROWD_WEIGHT = 0.2
OWN_WAY = frozenset(
    {"genie", "litert", "unknown", "mlc", "gpt-fast", "lmdeploy", "mistral-rs", "transformers", "deepspeed", "deepspeed-mii"}
)
"""Engines whose rows do not speak about the generic constants."""

DECODE = {
    "efficiency": Constant(0.88, 0.12, 0.2, 0.97, "share", "bandwidth that weight reads reach"),
    "moe.efficiency_factor": Constant(0.9, 0.15, 0.2, 1.0, "ratio", "efficiency of MoE weight reads over dense ones"),
    "cache_efficiency": Constant(0.5, 0.6, 0.03, 1.0, "share", "bandwidth that KV cache reads reach"),
    "unpack_bytes": Constant(0.05, 0.5, 0.001, 0.4, "bytes", "cost of unpacking one weight, as bytes read"),
    "layer_us": Constant(40, 0.7, 1, 1000, "us", "cost per layer and token"),
    "moe.extra_layer_us": Constant(60, 0.7, 1, 2000, "us", "further cost per layer and token of an MoE"),
    "token_us": Constant(300, 0.8, 1, 20000, "us", "cost per token whatever the model"),
    "stacked_factor": Constant(0.8, 0.25, 0.2, 1.0, "ratio", "efficiency on stacked memory over the others"),
    "old_layer_factor": Constant(1.5, 0.5, 1.0, 6.0, "ratio", "cost per layer of old builds over current ones"),
    "old_factor": Constant(0.95, 0.1, 0.4, 1.0, "ratio", "weight efficiency of old builds over current ones"),
    "reduce_us": Constant(20, 0.8, 0.5, 500, "us", "tensor parallelism: cost per layer and doubling of devices"),
    "hop_us": Constant(200, 0.8, 1, 20000, "us", "layer split: cost per device after the first"),
    "host_efficiency": Constant(0.6, 0.4, 0.1, 1.0, "share", "host bandwidth that reads from system memory reach"),
}
PREFILL = {
    "quantized.utilization": Constant(0.35, 0.6, 0.01, 1.5, "share", "share of the dense 16-bit peak, quantized weights"),
    "sixteen_bit.utilization": Constant(0.45, 0.6, 0.01, 1.5, "share", "share of the dense 16-bit peak, 16-bit weights"),
    "saturation_tflops": Constant(300, 0.5, 20, 1e5, "TFLOPS", "peak at which half of that share is reached", own=0.3),
    "moe_factor": Constant(0.7, 0.5, 0.05, 1.5, "ratio", "utilization of sparse models over dense ones"),
    "attention_utilization": Constant(0.2, 0.8, 0.003, 1.5, "share", "share of the peak that attention reaches"),
    "batch_tokens": Constant(512, 0, 32, 65536, "tokens", "prompt tokens that go through the model at once"),
    "read_efficiency": Constant(0.7, 0.3, 0.1, 1.0, "share", "bandwidth that weight reads reach while a prompt is read"),
    "layer_us": Constant(60, 0.5, 1, 1000, "us", "cost per layer and batch"),
    "prompt_ms": Constant(3, 1.0, 0.01, 1000, "ms", "cost per prompt, whatever its length"),
    "layer.scaling": Constant(0.5, 0.5, 0.01, 1.0, "exponent", "gain from a pipeline of devices, over the ideal one"),
    "tensor.scaling": Constant(0.6, 0.5, 0.05, 1.0, "exponent", "gain from several devices, tensor parallel"),
    "yearly_factor": Constant(0.9, 0.1, 0.1, 1.0, "ratio", "utilization of a build one year older", own=0.35),
    "host_efficiency": Constant(0.6, 0.5, 0.05, 1.0, "share", "host or link bandwidth that offloaded weights reach"),
}
BATCH_TOKENS = {"vllm": 2048, "sglang": 8192, "tensorrt-llm": 8192, "mlx": 2048, "transformers": 65536}
"""Prompt tokens at once by default, from the engines' documentation; the others take 512."""
WIDEN = {
    "unmeasured": (2.0, "no rows of this engine and backend"),
    "offload": (1.3, "bytes in system memory"),
    "several_devices": (1.15, "more than one device"),
}
UNKNOWN_PEAK = 1.5
UNKNOWN_DEVICE = "wider interval: no rows of this device with this engine and backend"


def main(argv: list[str] | None = None) -> int:
    """Fit, print, write; returns 0."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--truth", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=ROOT / "data")
    parser.add_argument("--out", type=Path, help="write the parameters here, as YAML")
    parser.add_argument("--validate", type=Path, help="write errors on devices and models left out of the fit here, as JSON")
    options = parser.parse_args(argv)
    validations: list[Validation] = []
    parameters = run(options.truth, catalog_of(options.data), validations=validations)
    if options.out:
        options.out.write_text(as_yaml(parameters), encoding="utf-8")
    if options.validate:
        options.validate.write_text(json.dumps({v.formula.family: as_record(v) for v in validations}, indent=1), encoding="utf-8")
    return 0


def run(
    truth: Path,
    catalog: Catalog,
    families: Sequence[str] = ("decode", "prefill"),
    validations: list[Validation] | None = None,
) -> list[Parameter]:
    """All fits; each sees the constants chosen before it. Their validations are added to ``validations``."""
    speeds = read(truth / "decode_speed.jsonl")
    parameters = chosen() + typical_layers(catalog) + typical_tflops(catalog)
    catalog = with_parameters(catalog, parameters)
    if "decode" in families:
        parameters += fit_decode(decode_samples(speeds, catalog), catalog, validations)
        catalog = with_parameters(catalog, parameters)
    if "prefill" in families:
        parameters += fit_prefill(prefill_samples(speeds, catalog), catalog, validations)
    return parameters


def catalog_of(folder: Path) -> Catalog:
    """Enough of a catalog to resolve rows."""
    authored = load_folder(folder, partial=True)
    by_id: Any = lambda section: {record.id: record for record in authored.records(section)}  # noqa: E731
    return Catalog(
        as_of="", digest=str(folder), families={}, models=by_id("models"), licenses={},
        devices={d.id: d for d in expand_devices(authored.records("devices"))},
        tensor_types=by_id("tensor_types"), quantizations=by_id("quantizations"), runtimes=by_id("runtimes"),
        benchmarks={}, scores={}, quality={}, newest_evidence={}, tasks={}, api_prices=(), gpu_prices=(),
        parameters=by_id("parameters"), references={},
    )  # fmt: skip


def with_parameters(catalog: Catalog, parameters: Iterable[Parameter]) -> Catalog:
    """The catalog with these parameters in place of its own of the same id."""
    return dataclasses.replace(catalog, parameters={**catalog.parameters, **{p.id: p for p in parameters}})


def read(path: Path) -> list[dict[str, Any]]:
    """The rows of a JSON-lines file; none where it is missing."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def chosen() -> list[Parameter]:
    """Constants that no row can tell."""
    rows = [
        ("decode.old_before", 2025.0, "year", "engine builds before this date count as old"),
        ("prefill.current_year", 2026.5, "year", "engine builds of this date or later count as current"),
        ("prefill.age_counts_years", 1.0, "years", "age of an engine build beyond which it counts as no older"),
        ("decode.host_bandwidth_gb_per_s", 80.0, "GB/s",
         "system memory bandwidth where the host is not known: dual-channel DDR5-5200 less a little"),
    ]  # fmt: skip
    for family in ("decode", "prefill"):
        rows += [
            (f"{family}.widen.{name}", value, "exponent", f"wider interval: {reason}") for name, (value, reason) in WIDEN.items()
        ]
    rows.append(("prefill.widen.unknown_peak", UNKNOWN_PEAK, "exponent", "wider interval: no peak is stated"))
    return [parameter(id, value, unit, meaning, "chosen") for id, value, unit, meaning in rows]


def typical_layers(catalog: Catalog) -> list[Parameter]:
    """A power law for the layers of a model nobody described, over the models of the catalog."""
    known = [(m.params_total / 1e9, m.architecture.layers) for m in catalog.models.values() if m.architecture]
    if not known:
        return []
    slope, offset = np.polyfit(np.log([p for p, _ in known]), np.log([n for _, n in known]), 1)
    meaning = "layers of a model with unknown architecture"
    return [
        parameter("decode.typical_layers.at_1b", float(np.exp(offset)), "layers", f"{meaning}, at 10^9 parameters",
                  "fitted", len(known)),
        parameter("decode.typical_layers.exponent", float(slope), "exponent", f"{meaning}: growth with parameters",
                  "fitted", len(known)),
    ]  # fmt: skip


def typical_tflops(catalog: Catalog) -> list[Parameter]:
    """Median dense peak per bandwidth of each class of devices, for devices whose peak nobody states."""
    ratios: dict[str, list[float]] = defaultdict(list)
    for device in catalog.devices.values():
        peak = matrix_tflops(device)
        if peak:
            for name in (device.device_class, "any"):
                ratios[name].append(peak / device.bandwidth_gb_per_s)
    ratios.setdefault("cpu", [0.03])  # 2.5 TFLOPS at 80 GB/s: a desktop CPU with wide vectors; utilization is fitted on it
    return [
        parameter(f"prefill.tflops_per_gb_per_s.{name}", float(np.median(values)), "TFLOPS per GB/s",
                  "dense 16-bit peak per bandwidth where no peak is stated", "fitted", len(values))
        for name, values in sorted(ratios.items())
    ]  # fmt: skip


def weighted(samples: list[Sample]) -> list[Sample]:
    """The samples with weights that keep a device with many rows from deciding alone."""
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for s in samples:
        counts[s.device, s.setup.runtime_id] += 1
    share = {True: CROWD_WEIGHT, False: 1.0}
    return [
        dataclasses.replace(s, weight=share[s.row["trust"] == "C"] / counts[s.device, s.setup.runtime_id] ** 0.5) for s in samples
    ]


def sample(row: dict[str, Any], setup: Setup, group: str, measured: float, resolver: Resolver, tokens: int = 0) -> Sample:
    """One resolved row."""
    model = resolver.model(row)
    family = model.family if model else str(row["model_key"])
    device = resolver.device(row)
    chip = (device.chip or device.id) if device else ""
    return Sample(row, setup, row["device_key"], chip, family, group, 1.0, measured, tokens)


def decode_samples(rows: Sequence[dict[str, Any]], catalog: Catalog) -> list[Sample]:
    """Rows that measure decoding alone."""
    resolver, found = Resolver(catalog), []
    for row in rows:
        if row["kind"] not in decode.KINDS[:2] or row.get("slow_host") or row.get("quant_label_suspect"):
            continue
        if decode.counts_prompt(row):
            continue
        setup = decode.setup_of(row, resolver)
        if isinstance(setup, str) or (row["trust"] == "C" and setup.backend != "cpu"):
            continue
        found.append(sample(row, setup, decode.group_of(row, setup), row["tok_per_s"], resolver))
    return weighted(found)


def prefill_samples(rows: Sequence[dict[str, Any]], catalog: Catalog) -> list[Sample]:
    """Rows that measure reading a prompt, and whole requests, less the decode time predicted for them."""
    resolver, found = Resolver(catalog), []
    for row in rows:
        whole = row["kind"] in decode.KINDS and decode.counts_prompt(row)
        if (row["kind"] != "prefill" and not whole) or row.get("slow_host"):
            continue
        tokens = int(row["prompt_tokens"]) if whole else prefill.prompt_tokens(row)
        setup = prefill.setup_of(row, tokens, resolver)
        if isinstance(setup, str) or (row["trust"] == "C" and setup.backend != "cpu"):
            continue
        group = "whole request" if whole else prefill.group_of(setup)
        one = sample(row, setup, group, row["tok_per_s"], resolver, tokens)
        seconds = 0.0
        if whole:
            step = decode.setup_of(row, resolver)
            if isinstance(step, str):
                continue
            seconds = row["output_tokens"] / decode_tok_per_s(step, catalog).likely
        counted = decode.counted_tokens(row) if whole else tokens
        found.append(dataclasses.replace(one, counted=counted, other_seconds=seconds))
    return weighted(found)


def fit_decode(samples: list[Sample], catalog: Catalog, validations: list[Validation] | None = None) -> list[Parameter]:
    """Fit, cross-check and describe the decode constants."""

    def rate(v: dict[str, float], s: Sample) -> float:
        return 1 / seconds_per_token(s.setup, decode_costs_of(v.__getitem__, moe=s.setup.moe), catalog)

    def generic(s: Sample) -> bool:
        return s.setup.runtime_id not in OWN_WAY and s.setup.backend != "cpu"

    formula = Formula("decode", DECODE, rate, generic)

    def kind(s: Sample) -> str:
        if s.group in ("offload", "whole request"):
            return "skip"
        return "moe." if s.setup.moe else "dense."

    return judged(formula, samples, kind, Widening(WIDEN["unmeasured"][0], several_devices), validations)


def fit_prefill(samples: list[Sample], catalog: Catalog, validations: list[Validation] | None = None) -> list[Parameter]:
    """Fit, cross-check and describe the prefill constants."""

    def rate(v: dict[str, float], s: Sample) -> float:
        costs = prefill_costs_of(
            (v | {"batch_tokens": BATCH_TOKENS.get(s.setup.runtime_id, v["batch_tokens"])}).__getitem__, s.setup
        )
        return s.counted / (prefill_seconds(s.setup, costs, s.tokens, catalog) + s.other_seconds)

    def generic(s: Sample) -> bool:
        return s.setup.runtime_id not in OWN_WAY and s.setup.backend != "cpu"

    formula = Formula("prefill", PREFILL, rate, generic)

    def prompt_kind(s: Sample) -> str:
        return "skip" if s.group in ("offload", "whole request") else ""

    documented = [
        parameter(f"prefill.{engine}.any.batch_tokens", tokens, "tokens", PREFILL["batch_tokens"].meaning, "chosen")
        for engine, tokens in BATCH_TOKENS.items()
    ]

    def others(s: Sample) -> float:
        return several_devices(s) * (UNKNOWN_PEAK if s.setup.tflops is None else 1.0)

    widening = Widening(WIDEN["unmeasured"][0], others)
    return documented + judged(formula, samples, prompt_kind, widening, validations)


def several_devices(s: Sample) -> float:
    """How much wider the interval of a row is for its number of devices."""
    return WIDEN["several_devices"][0] if s.setup.devices > 1 else 1.0


def judged(
    formula: Formula,
    samples: list[Sample],
    kind: Callable[[Sample], str],
    widening: Widening,
    validations: list[Validation] | None = None,
) -> list[Parameter]:
    """Fit; print errors on rows seen and unseen; return constants and intervals."""
    found = fit_all(formula, samples)
    print_fit(formula, samples, found)
    validation = validate(formula, samples, found, kind, widening)
    print_validation(validation)
    if validations is not None:
        validations.append(validation)
    constants = constant_parameters(formula, samples, found) + measured_parameters(formula, samples, kind)
    exponent, rows = validation.unknown_device
    wider = parameter(f"{formula.family}.widen.unknown_device", exponent, "exponent", UNKNOWN_DEVICE, "fitted", rows)
    return [*constants, wider, *known_device_parameters(formula, samples), *interval_parameters(formula, validation.pool)]


def as_yaml(parameters: Sequence[Parameter]) -> str:
    """The parameters as the authored YAML writes them."""
    rows = [
        {key: value for key, value in dataclasses.asdict(p).items() if value not in (None, ())}
        for p in sorted(parameters, key=lambda p: p.id)
    ]
    return yaml.safe_dump({"parameters": rows}, sort_keys=False, allow_unicode=True, width=140)


if __name__ == "__main__":
    sys.exit(main())
