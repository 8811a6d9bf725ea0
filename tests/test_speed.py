"""Decode and prefill speed: hand-computed cases and what must hold for any setup."""

from __future__ import annotations

import dataclasses
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_pick.core.catalog import Architecture, Catalog, Device, Ffn, Mixer, Parameter, Runtime
from llm_pick.core.estimate.decode import (
    DecodeSetup,
    decode_costs,
    decode_terms,
    decode_tok_per_s,
    predict_decode,
    seconds_per_token,
    typical_layers,
)
from llm_pick.core.estimate.prefill import (
    PrefillSetup,
    attention_flops,
    matrix_tflops,
    peak_tflops,
    prefill_tok_per_s,
    touched_share,
    ttft_s,
)

PLAIN = {
    "decode.any.any.efficiency": 0.8,
    "decode.any.any.moe.efficiency_factor": 0.625,
    "decode.any.any.cache_efficiency": 0.4,
    "decode.any.any.unpack_bytes": 0.1,
    "decode.any.any.layer_us": 50.0,
    "decode.any.any.moe.extra_layer_us": 50.0,
    "decode.any.any.token_us": 500.0,
    "decode.any.any.stacked_factor": 0.5,
    "decode.any.any.old_layer_factor": 2.0,
    "decode.any.any.old_factor": 0.9,
    "decode.any.any.reduce_us": 20.0,
    "decode.any.any.hop_us": 300.0,
    "decode.any.any.host_efficiency": 0.5,
    "decode.any.any.dense.low": 0.8,
    "decode.any.any.dense.high": 1.25,
    "decode.any.any.moe.low": 0.7,
    "decode.any.any.moe.high": 1.4,
    "decode.engine.cuda.dense.devices_measured": 3,
    "decode.engine.cuda.moe.devices_measured": 2,
    "decode.widen.unmeasured": 2.0,
    "decode.widen.unknown_device": 1.5,
    "decode.widen.offload": 1.5,
    "decode.widen.several_devices": 1.5,
    "decode.typical_layers.at_1b": 20.0,
    "decode.typical_layers.exponent": 0.25,
    "prefill.any.any.quantized.utilization": 0.5,
    "prefill.any.any.sixteen_bit.utilization": 0.6,
    "prefill.any.any.saturation_tflops": 400.0,
    "prefill.any.any.moe_factor": 0.5,
    "prefill.any.any.attention_utilization": 0.2,
    "prefill.any.any.batch_tokens": 512.0,
    "prefill.any.any.read_efficiency": 0.8,
    "prefill.any.any.layer_us": 100.0,
    "prefill.any.any.prompt_ms": 5.0,
    "prefill.any.any.layer.scaling": 0.5,
    "prefill.any.any.tensor.scaling": 0.8,
    "prefill.any.any.yearly_factor": 0.5,
    "prefill.any.any.host_efficiency": 0.5,
    "prefill.any.any.low": 0.6,
    "prefill.any.any.high": 1.6,
    "prefill.tflops_per_gb_per_s.any": 0.1,
    "prefill.widen.unmeasured": 1.5,
    "prefill.widen.unknown_device": 1.25,
    "prefill.widen.unknown_peak": 1.5,
    "prefill.widen.offload": 1.5,
    "prefill.widen.several_devices": 1.0,
}


def build_catalog(values: dict[str, float], runtimes: dict[str, Runtime] | None = None) -> Catalog:
    parameters = {
        id: Parameter(id=id, value=value, unit="", meaning="", obtained="chosen", as_of="2026-11-21")
        for id, value in values.items()
    }
    return Catalog(
        as_of="2026-11-21", digest="", families={}, models={}, licenses={}, devices={}, tensor_types={},
        quantizations={}, runtimes=runtimes or {}, benchmarks={}, scores={}, quality={}, newest_evidence={}, tasks={},
        api_prices=(), gpu_prices=(), parameters=parameters, references={},
    )  # fmt: skip


CATALOG = build_catalog(PLAIN)
DENSE = DecodeSetup(
    weight_bytes_read=8e9, kv_bytes_read=0.0, bandwidth_gb_per_s=1000.0, runtime_id="engine", backend="cuda",
    moe=False, layers=30,
)  # fmt: skip
PROMPT = PrefillSetup(
    params_active=8e9, weight_bytes=4e9, experts=0, experts_active=0, weight_bits=4.5, bandwidth_gb_per_s=1000.0,
    runtime_id="engine", backend="cuda", device_class="consumer-gpu", tflops=400.0, layers=30,
)  # fmt: skip


def seconds(setup: DecodeSetup) -> float:
    return 1 / decode_tok_per_s(setup, CATALOG).likely


class TestDecode:
    def test_weights_layers_and_token(self):
        # 8e9 B / (1000e9 B/s x 0.8) = 10 ms; 30 layers x 50 us = 1.5 ms; 0.5 ms per token: 12 ms
        assert seconds(DENSE) == pytest.approx(0.012)

    def test_cache(self):
        # 4e9 B / (1000e9 x 0.4) = 10 ms more
        assert seconds(dataclasses.replace(DENSE, kv_bytes_read=4e9)) == pytest.approx(0.022)

    def test_unpacking(self):
        # 16e9 weights x 0.1 B = 1.6e9 B more to read: 1.6 / 800 = 2 ms
        assert seconds(dataclasses.replace(DENSE, params_read=16e9)) == pytest.approx(0.014)

    def test_moe_has_its_own_constants(self):
        # 8e9 / (1000e9 x 0.8 x 0.625) = 16 ms; 30 x (50 + 50) us = 3 ms; 0.5 ms
        assert seconds(dataclasses.replace(DENSE, moe=True)) == pytest.approx(0.0195)

    def test_stacked_memory_halves_both_rates(self):
        # weights 20 ms, cache 20 ms, 2 ms fixed
        setup = dataclasses.replace(DENSE, kv_bytes_read=4e9, stacked_memory=True)
        assert seconds(setup) == pytest.approx(0.042)

    def test_tensor_parallel(self):
        # 4 devices: 10 / 4 = 2.5 ms; 2 ms fixed; two doublings x 30 layers x 20 us = 1.2 ms
        setup = dataclasses.replace(DENSE, devices=4, split="tensor")
        assert seconds(setup) == pytest.approx(0.0057)

    def test_layer_split(self):
        # 12 ms as on one device, and 2 hand-overs of 0.3 ms
        assert seconds(dataclasses.replace(DENSE, devices=3, split="layer")) == pytest.approx(0.0126)

    def test_offload(self):
        # 2e9 B from a host of 80 GB/s at 0.5: 50 ms; the other 6e9 B take 7.5 ms; 2 ms fixed
        setup = dataclasses.replace(DENSE, weight_bytes_read=6e9, host_bytes_read=2e9, host_bandwidth_gb_per_s=80.0)
        assert seconds(setup) == pytest.approx(0.0595)

    def test_old_build(self):
        # 10 / 0.9 = 11.11 ms; 30 x 50 us x 2 = 3 ms; 0.5 ms
        assert seconds(dataclasses.replace(DENSE, old_engine=True)) == pytest.approx(0.01461, rel=1e-3)

    def test_unknown_layers_follow_the_power_law(self):
        # 16e9 parameters: 20 x 16^0.25 = 40 layers
        assert typical_layers(16e9, CATALOG) == pytest.approx(40)
        # 10 ms + 40 x 50 us + 0.5 ms
        assert seconds(dataclasses.replace(DENSE, layers=None, params_total=16e9)) == pytest.approx(0.0125)

    def test_interval_and_basis(self):
        found = predict_decode(DENSE, CATALOG)
        assert found.basis == "calibrated"
        assert found.tok_per_s.low == pytest.approx(0.8 / 0.012)
        assert found.tok_per_s.high == pytest.approx(1.25 / 0.012)

    def test_unmeasured_engine_is_a_roofline_with_a_wider_interval(self):
        found = predict_decode(dataclasses.replace(DENSE, runtime_id="other"), CATALOG)
        assert found.basis == "roofline"
        assert found.tok_per_s.low == pytest.approx(0.8**2 / 0.012)

    def test_reasons_to_doubt_multiply(self):
        # 0.8 ^ (1.5 x 1.5)
        setup = dataclasses.replace(DENSE, known_device=False, devices=2, split="layer")
        found = decode_tok_per_s(setup, CATALOG)
        assert found.low / found.likely == pytest.approx(0.8**2.25)

    def test_a_device_nobody_measured_gets_a_wider_interval(self):
        # 83.33 tok/s; known: x 0.8 = 66.7 and x 1.25 = 104.2; unknown: x 0.8 ^ 1.5 = 0.7155 and x 1.25 ^ 1.5 = 1.3975
        known, unknown = (decode_tok_per_s(dataclasses.replace(DENSE, known_device=known), CATALOG) for known in (True, False))
        assert (known.low, known.likely, known.high) == pytest.approx((66.667, 83.333, 104.167), rel=1e-4)
        assert (unknown.low, unknown.likely, unknown.high) == pytest.approx((59.628, 83.333, 116.462), rel=1e-4)

    def test_an_engine_nobody_measured_is_not_widened_again_for_its_device(self):
        # of 2 and 1.5 the larger: 0.8 ^ 2
        found = predict_decode(dataclasses.replace(DENSE, runtime_id="other", known_device=False), CATALOG).tok_per_s
        assert found.low / found.likely == pytest.approx(0.64)

    def test_front_end_takes_the_constants_of_its_engine(self):
        front = Runtime(
            id="front", name="Front", role="front-end", status="active", formats=(), backends=("cuda",), kv_dtypes=(),
            windowed_kv=False, memory_behaviour="exact", multi_device="none", offload="none", concurrency="single",
            port=None, base_url=None, command=None, verify=None, install_url="", engine="engine",
        )  # fmt: skip
        values = PLAIN | {"decode.engine.cuda.efficiency": 0.4}
        catalog = build_catalog(values, {"front": front})
        # 8e9 / (1000e9 x 0.4) = 20 ms and 2 ms fixed
        found = predict_decode(dataclasses.replace(DENSE, runtime_id="front"), catalog)
        assert 1 / found.tok_per_s.likely == pytest.approx(0.022)
        assert found.basis == "calibrated"

    def test_senseless_setups_are_refused(self):
        for change in ({"weight_bytes_read": 0.0}, {"bandwidth_gb_per_s": 0.0}, {"host_bytes_read": 1e9}):
            with pytest.raises(ValueError, match="bandwidth"):
                decode_tok_per_s(dataclasses.replace(DENSE, **change), CATALOG)


class TestPrefill:
    def test_compute_reads_and_launches(self):
        # peak 400 / (1 + 400 / 400) = 200 TFLOPS, x 0.5 = 100; 2 x 8e9 x 1024 / 100e12 = 163.84 ms
        # 2 batches x (4e9 / (1000e9 x 0.8) = 5 ms + 30 x 0.1 ms = 3 ms) = 16 ms; 5 ms per prompt: 184.84 ms
        assert 1024 / prefill_tok_per_s(PROMPT, 1024, CATALOG).likely == pytest.approx(0.18484)

    def test_a_pipeline_gains_from_several_batches(self):
        # 2 devices, 2 batches: 2 x 2 / (2 + 2 - 1) = 1.3333, ^ 0.5 = 1.1547: 163.84 / 1.1547 = 141.89 ms; 16 ms; 5 ms
        pair = dataclasses.replace(PROMPT, devices=2, split="layer")
        assert 1024 / prefill_tok_per_s(pair, 1024, CATALOG).likely == pytest.approx(0.16289, rel=1e-4)
        # one batch: nothing to overlap
        short = dataclasses.replace(PROMPT, devices=1)
        assert prefill_tok_per_s(pair, 512, CATALOG).likely == pytest.approx(prefill_tok_per_s(short, 512, CATALOG).likely)

    def test_tensor_parallel_prompts(self):
        # 4 devices ^ 0.8 = 3.0314: 163.84 / 3.0314 = 54.05 ms; 16 ms; 5 ms
        four = dataclasses.replace(PROMPT, devices=4, split="tensor")
        assert 1024 / prefill_tok_per_s(four, 1024, CATALOG).likely == pytest.approx(0.07505, rel=1e-3)

    def test_older_builds(self):
        # two years at 0.5 a year: a quarter of the utilization, 4 x 163.84 ms; 16 ms; 5 ms
        setup = dataclasses.replace(PROMPT, engine_age_years=2)
        assert 1024 / prefill_tok_per_s(setup, 1024, CATALOG).likely == pytest.approx(0.67636)

    def test_attention(self):
        # 4e12 operations at 200 TFLOPS x 0.2 = 40: 100 ms more
        setup = dataclasses.replace(PROMPT, attention_flops=4e12)
        assert 1024 / prefill_tok_per_s(setup, 1024, CATALOG).likely == pytest.approx(0.28484)

    def test_unknown_peak_comes_from_bandwidth_and_widens(self):
        # 1000 GB/s x 0.1 = 100 TFLOPS, / (1 + 100 / 400) = 80, x 0.5 = 40: 409.6 ms; 16 ms; 5 ms
        known = prefill_tok_per_s(PROMPT, 1024, CATALOG)
        found = prefill_tok_per_s(dataclasses.replace(PROMPT, tflops=None), 1024, CATALOG)
        assert 1024 / found.likely == pytest.approx(0.4306)
        assert found.high / found.low > known.high / known.low

    def test_prompts_on_a_device_nobody_measured(self):
        # a known engine: 0.6 ^ 1.25, without a peak 0.6 ^ (1.25 x 1.5); an engine without rows: 0.6 ^ 1.5, the larger of the two
        measured = build_catalog(PLAIN | {"prefill.engine.cuda.devices_measured": 1})
        new = dataclasses.replace(PROMPT, known_device=False)
        for catalog, setup, exponent in (
            (measured, PROMPT, 1.0),
            (measured, new, 1.25),
            (measured, dataclasses.replace(new, tflops=None), 1.25 * 1.5),
            (CATALOG, new, 1.5),
        ):
            found = prefill_tok_per_s(setup, 1024, catalog)
            assert found.low / found.likely == pytest.approx(0.6**exponent)
            assert found.high / found.likely == pytest.approx(1.6**exponent)

    def test_time_to_first_token_turns_the_interval_around(self):
        speed, wait = prefill_tok_per_s(PROMPT, 1024, CATALOG), ttft_s(PROMPT, 1024, CATALOG, 0.01)
        assert wait.likely == pytest.approx(0.19484)
        assert wait.low == pytest.approx(1024 / speed.high + 0.01)
        assert wait.high == pytest.approx(1024 / speed.low + 0.01)

    def test_attention_flops(self):
        # full layers: 2 layers x 4 heads x (64 + 64) x 2 x (100 x 101 / 2 pairs) = 10,342,400
        # window 10: at most 100 x 10 pairs: 1 x 4 x 128 x 2 x 1000 = 1,024,000
        mixers = (
            Mixer(kind="attention", layers=2, heads=4, kv_heads=2, head_dim=64),
            Mixer(kind="attention", layers=1, heads=4, kv_heads=2, head_dim=64, window=10),
            Mixer(kind="mamba2", layers=5, heads=4, head_dim=64),
        )
        architecture = Architecture(
            layers=8, hidden=256, vocab=1000, tied_embeddings=True, mixers=mixers,
            ffns=(Ffn(kind="dense", layers=8, intermediate=512),),
        )  # fmt: skip
        assert attention_flops(architecture, 100) == pytest.approx(10_342_400 + 1_024_000)

    def test_touched_share(self):
        assert touched_share(0, 0, 5) == 1
        assert touched_share(128, 8, 1) == pytest.approx(8 / 128)
        assert touched_share(4, 2, 2) == pytest.approx(0.75)  # 1 - (1 - 1/2)^2

    def test_peaks(self):
        device = Device(
            id="d", name="D", vendor="v", device_class="consumer-gpu", memory_gib=24, bandwidth_gb_per_s=1000,
            backends=("cuda",), tflops_dense={"fp32": 35, "bf16": 71, "int8": 284},
        )  # fmt: skip
        assert peak_tflops(device) == 71
        assert peak_tflops(device, "int8") == 284
        assert peak_tflops(device, "fp8") == 71
        assert matrix_tflops(device) == 142
        assert matrix_tflops(dataclasses.replace(device, tflops_dense={})) is None


BYTES = st.floats(1e8, 1e12)
BANDWIDTH = st.floats(10, 20000)
SETUPS = st.builds(
    DecodeSetup,
    weight_bytes_read=BYTES,
    kv_bytes_read=st.floats(0, 1e11),
    bandwidth_gb_per_s=BANDWIDTH,
    runtime_id=st.sampled_from(["engine", "other"]),
    backend=st.sampled_from(["cuda", "cpu"]),
    moe=st.booleans(),
    layers=st.integers(1, 200),
    params_read=st.none() | BYTES,
    stacked_memory=st.booleans(),
    known_device=st.booleans(),
    old_engine=st.booleans(),
)
MORE = st.floats(1.01, 10)


class TestProperties:
    @given(SETUPS, MORE)
    def test_more_bytes_are_slower(self, setup, factor):
        slower = dataclasses.replace(setup, weight_bytes_read=setup.weight_bytes_read * factor)
        deeper = dataclasses.replace(setup, kv_bytes_read=(setup.kv_bytes_read + 1e6) * factor)
        assert seconds(slower) > seconds(setup)
        assert seconds(deeper) > seconds(setup)

    @given(SETUPS, MORE)
    def test_more_bandwidth_is_faster(self, setup, factor):
        faster = dataclasses.replace(setup, bandwidth_gb_per_s=setup.bandwidth_gb_per_s * factor)
        assert seconds(faster) < seconds(setup)

    @given(SETUPS)
    def test_intervals_are_ordered(self, setup):
        found = decode_tok_per_s(setup, CATALOG)
        assert 0 < found.low <= found.likely <= found.high
        assert math.isfinite(found.high)

    @given(SETUPS)
    def test_an_unknown_device_never_narrows_an_interval(self, setup):
        known, unknown = (decode_tok_per_s(dataclasses.replace(setup, known_device=known), CATALOG) for known in (True, False))
        assert unknown.low <= known.low <= known.likely == unknown.likely <= known.high <= unknown.high

    @given(SETUPS, st.integers(2, 8))
    def test_layer_split_is_never_faster_than_one_device_that_holds_all(self, setup, devices):
        assert seconds(dataclasses.replace(setup, devices=devices, split="layer")) >= seconds(setup)

    @given(SETUPS, st.floats(0.01, 0.99), st.floats(5, 50000))
    def test_offloading_never_speeds_up(self, setup, share, host):
        moved = dataclasses.replace(
            setup,
            weight_bytes_read=setup.weight_bytes_read * (1 - share),
            host_bytes_read=setup.weight_bytes_read * share,
            host_bandwidth_gb_per_s=host,
            params_read=None,
        )
        whole = dataclasses.replace(setup, params_read=None)
        assert seconds(moved) >= seconds(whole) * (1 - 1e-9)

    @given(SETUPS, st.integers(2, 16))
    def test_tensor_parallel_gives_a_part_of_the_ideal_gain(self, setup, devices):
        alone = dataclasses.replace(setup, devices=1)
        parallel = dataclasses.replace(setup, devices=devices, split="tensor")
        assert seconds(parallel) > seconds(alone) / devices

    @given(SETUPS)
    def test_the_terms_are_the_time(self, setup):
        costs, _ = decode_costs(setup, CATALOG)
        terms = decode_terms(setup, costs, CATALOG)
        assert all(term >= 0 for term in terms.values())
        assert sum(terms.values()) == pytest.approx(seconds(setup))

    @given(SETUPS)
    def test_a_mixture_is_never_faster_than_a_dense_model_of_the_same_bytes(self, setup):
        assert seconds(dataclasses.replace(setup, moe=True)) >= seconds(dataclasses.replace(setup, moe=False))

    @given(st.integers(2, 8), st.integers(1, 20_000), MORE, st.sampled_from(["layer", "tensor"]))
    def test_several_devices_read_longer_prompts_longer_and_none_slower_than_one(self, devices, tokens, factor, split):
        several = dataclasses.replace(PROMPT, devices=devices, split=split)
        longer = math.ceil(tokens * factor) + 1
        assert ttft_s(several, longer, CATALOG).likely > ttft_s(several, tokens, CATALOG).likely
        assert ttft_s(several, tokens, CATALOG).likely <= ttft_s(PROMPT, tokens, CATALOG).likely * (1 + 1e-9)

    @given(st.integers(1, 100_000), MORE, st.floats(1, 3000))
    def test_prompts_take_longer_when_longer_and_less_with_a_higher_peak(self, tokens, factor, tflops):
        setup = dataclasses.replace(PROMPT, tflops=tflops)
        longer = math.ceil(tokens * factor) + 1
        assert ttft_s(setup, longer, CATALOG).likely > ttft_s(setup, tokens, CATALOG).likely
        faster = dataclasses.replace(setup, tflops=tflops * factor)
        assert ttft_s(faster, tokens, CATALOG).likely < ttft_s(setup, tokens, CATALOG).likely

    @given(st.integers(1, 512), st.integers(1, 64), st.floats(1, 1000))
    def test_a_batch_touches_between_one_tokens_experts_and_all(self, experts, active, tokens):
        active = min(active, experts)
        assert active / experts - 1e-9 <= touched_share(experts, active, tokens) <= 1


def test_formula_and_prediction_agree():
    costs, _ = decode_costs(DENSE, CATALOG)
    assert 1 / seconds_per_token(DENSE, costs, CATALOG) == decode_tok_per_s(DENSE, CATALOG).likely
