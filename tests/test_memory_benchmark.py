"""What the memory benchmark makes of a row, and the fit with groups left out: hand-made rows and samples."""

from __future__ import annotations

import pytest
from benchmarks.memory import context_of, outcomes, prompt_of, run_of
from benchmarks.resolve import Resolver
from tools.memory_left_out import Constants, Sample, fit, outcome, score

from llm_pick.core.facts import Range

GIB = 1024**3


def row(**more):
    return {
        "id": "r", "engine": "llama.cpp", "model_key": "llama-3.1-8b", "quant_norm": "Q4_K_M", "trust": "A",
        "device_key": "nvidia-rtx-4090", "ctx_tokens": 8192, "metric": "nvidia_smi", **more,
    }  # fmt: skip


def predicted(catalog, **more):
    (found,) = outcomes([row(total_gib=1.0, **more)], Resolver(catalog))
    return found.predicted


def test_generation_alone_reads_no_prompt():
    assert prompt_of({"test": "tg128"}) == 0
    assert prompt_of({"prompt_tokens": 6144}) == 6144
    assert prompt_of({"ctx_tokens": 8192}) is None


def test_a_context_nobody_set_is_what_the_engine_opens(catalog):
    resolver = Resolver(catalog)
    ollama = catalog.runtimes["ollama"]
    mac = row(engine="ollama", hardware="Apple M3 Max 64GB", device_key="apple-m3-max-40c", ctx_tokens=1367)
    assert context_of(mac, ollama, resolver, 131072) == 131072  # 256k from 48 GiB on, no more than the model holds
    assert context_of(mac | {"ctx_tokens": 4096}, ollama, resolver, 131072) == 4096  # a figure that somebody sets
    assert context_of(row(ctx_tokens=1367), catalog.runtimes["llama-cpp"], resolver, 131072) == 1367
    short, whole = (predicted(catalog, **(mac | {"ctx_tokens": n, "quant_norm": "Q4_K_M"})) for n in (2048, 1367))
    # the lower end still allows for a context no longer than the prompt
    assert whole.likely - short.likely > 15
    assert whole.low < short.likely


def test_the_prompt_sizes_what_grows_with_it(catalog):
    # (30,720 - 1) tokens x 2 B x (3 x 14,336 + 4 x 4096) B = 3.4 GiB of activations that one token does not need
    base = {"engine": "transformers", "quant_norm": "BF16", "ctx_tokens": 32768}
    long, short = (predicted(catalog, **base, prompt_tokens=n) for n in (30_720, 1))
    assert long.likely - short.likely == pytest.approx(30_719 * 2 * (3 * 14_336 + 4 * 4096) / GIB, rel=0.01)


def test_rows_that_offload_an_unknown_part_are_skipped(catalog):
    assert run_of(row(cpu_moe_offload=True), Resolver(catalog)) == "partly offloaded"


def sample(family, truth, source="s"):
    # 10 GiB of weights and cache, 1 GiB of buffers beside the engine's own allocations
    return Sample(family, source, truth * GIB, Range.exact(10.0 * GIB), 1.0 * GIB, devices=1, extra=0.0, short=0.0)


def test_constants_of_hand_made_readings():
    # readings leave 0, 0.5 and 1 GiB: the median is the base; ratios 1/1.5, 1, 2/1.5 bound the interval
    found = fit([sample("a", 11.0), sample("b", 11.5), sample("c", 12.0)])
    assert found.base == pytest.approx(0.5 * GIB)
    assert found.low == pytest.approx(1 / 1.5)
    assert found.high == pytest.approx(2 / 1.5)


def test_a_reading_below_the_weights_gives_no_negative_constant():
    assert fit([sample("a", 5.0)] * 3) == Constants(0.0, 0.0, 1.0)


def test_left_out_rows_are_predicted_by_the_others():
    # Without b the others say base 0, so 11 is predicted for its 15: 26.7 % off and above the interval. Without a, b alone
    # says base 4, so 15 is predicted for each 11: 36 % off and below it.
    samples = [sample("a", 11.0)] * 4 + [sample("b", 15.0)]
    assert outcome(samples[-1], fit(samples[:4])).error == pytest.approx(11 / 15 - 1)
    inside, without = score("engine", "nothing", samples), score("engine", "family", samples)
    assert (without.groups, without.rows) == (2, 5)
    assert without.above_high_pct == 20
    assert without.holds_pct == 0
    assert without.median_error_pct == pytest.approx(100 * 4 / 11, abs=0.01)
    assert inside.holds_pct == 100
    assert score("engine", "source", samples) is None
