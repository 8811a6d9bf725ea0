"""Throughput of many sequences and capacity within a service level: hand-computed cases and what must hold for any setup."""

from __future__ import annotations

import dataclasses

import pytest
from benchmarks.resolve import Resolver
from benchmarks.serving import layout_of, lengths_of, sequences_of, under_offered_load
from hypothesis import given
from hypothesis import strategies as st

from llm_pick.core.ask import build_question
from llm_pick.core.catalog import Catalog, Parameter
from llm_pick.core.estimate.capacity import Capacity, NoCapacity, ServiceLevel, best_capacity, capacity_at, kv_limit_sequences
from llm_pick.core.estimate.machine import link_gb_per_s
from llm_pick.core.estimate.serving import (
    ServingSetup,
    output_tok_per_s,
    running_sequences,
    serving_costs,
    step_seconds,
)
from llm_pick.core.estimate.serving_setup import default_sequences, replica_layouts, serving_setup_of
from llm_pick.core.facts import Range
from llm_pick.core.lookup import find_device, find_model
from llm_pick.core.recommend import fit

PLAIN = {
    "serving.any.any.dense.efficiency": 0.8,
    "serving.any.any.moe.efficiency": 0.5,
    "serving.any.any.cache_efficiency": 0.5,
    "serving.any.any.dense.batch_utilization": 0.4,
    "serving.any.any.moe.batch_utilization": 0.2,
    "serving.any.any.dense.prompt_utilization": 0.5,
    "serving.any.any.moe.prompt_utilization": 0.3,
    "serving.any.any.attention_utilization": 0.2,
    "serving.any.any.dense.layer_us": 50.0,
    "serving.any.any.moe.layer_us": 100.0,
    "serving.any.any.step_us": 1000.0,
    "serving.any.any.sequence_us": 10.0,
    "serving.any.any.reduce_us": 20.0,
    "serving.any.any.scaling": 0.8,
    "serving.any.any.link_efficiency": 0.5,
    "serving.any.any.peak_exponent": 0.5,
    "serving.any.any.narrow_factor": 0.5,
    "serving.any.any.stacked_factor": 1.0,
    "serving.any.any.old_overhead": 2.0,
    "serving.any.any.old_utilization": 0.5,
    "serving.any.any.old_efficiency": 0.8,
    "serving.reference_tflops": 400.0,
    "serving.typical_link_gb_per_s": 32.0,
    "serving.any.any.max_sequences": 256.0,
    "serving.any.any.low": 0.7,
    "serving.any.any.high": 1.5,
    "serving.engine.cuda.low": 0.5,
    "serving.engine.cuda.high": 2.0,
    "serving.step_tokens": 2000.0,
    "serving.widen.unseen_source": 1.0,
    "serving.widen.unmeasured": 1.5,
    "serving.widen.unknown_device": 1.25,
    "serving.widen.unknown_peak": 1.5,
    "serving.widen.several_devices": 1.0,
    "prefill.tflops_per_gb_per_s.any": 0.1,
    "decode.typical_layers.at_1b": 20.0,
    "decode.typical_layers.exponent": 0.25,
}
CATALOG = Catalog(
    as_of="2026-11-21", digest="", families={}, models={}, licenses={}, devices={}, tensor_types={}, quantizations={},
    runtimes={}, benchmarks={}, scores={}, quality={}, newest_evidence={}, tasks={}, api_prices=(), gpu_prices=(),
    references={},
    parameters={
        id: Parameter(id=id, value=value, unit="", meaning="", obtained="chosen", as_of="2026-11-21")
        for id, value in PLAIN.items()
    },
)  # fmt: skip
LOAD = ServingSetup(
    concurrency=10, input_tokens=1000, output_tokens=100, params_active=8e9, shared_weight_bytes=16e9, expert_bytes=0,
    experts=0, experts_active=0, kv_bytes_read=1e8, kv_bytes_held=2e8, bandwidth_gb_per_s=2000.0, runtime_id="engine",
    backend="cuda", device_class="datacentre-gpu", tflops=400.0, layers=30,
)  # fmt: skip


class TestServing:
    def test_one_round(self):
        # step: 16e9 / (2000e9 x 0.8) = 10 ms; 10 x 1e8 / (2000e9 x 0.5) = 1 ms; 10 x 2 x 8e9 / (400e12 x 0.4) = 1 ms;
        # 30 x 50 us = 1.5 ms; 1 ms per step; 10 x 10 us = 0.1 ms: 14.6 ms, x 100 tokens = 1.46 s
        # prompts: 10 x 2 x 8e9 x 1000 / (400e12 x 0.5) = 0.8 s; 1000 tokens in 2.26 s
        assert output_tok_per_s(LOAD, CATALOG).likely == pytest.approx(1000 / 2.26)

    def test_decode_only_leaves_prompts_out(self):
        found = output_tok_per_s(dataclasses.replace(LOAD, decode_only=True), CATALOG)
        assert found.likely == pytest.approx(1000 / 1.46)

    def test_less_of_a_higher_peak_is_used(self):
        # four times the peak counts as 400 x (1600 / 400) ^ 0.5 = 800: 1 ms -> 0.5 ms a step, prompts 0.8 s -> 0.4 s;
        # below 16 bits half of that: as at 400
        higher = dataclasses.replace(LOAD, tflops=1600.0)
        assert output_tok_per_s(higher, CATALOG).likely == pytest.approx(1000 / (1.41 + 0.4))
        narrow = dataclasses.replace(higher, narrow=True)
        assert output_tok_per_s(narrow, CATALOG).likely == pytest.approx(1000 / 2.26)

    def test_an_old_build(self):
        # weights and cache 11 ms / 0.8 = 13.75; sums 1 / 0.5 = 2; overhead 2.6 x 2 = 5.2 ms: 20.95 ms; prompts 1.6 s
        found = output_tok_per_s(dataclasses.replace(LOAD, old_engine=True), CATALOG)
        assert found.likely == pytest.approx(1000 / (2.095 + 1.6))

    def test_a_layer_split_hands_on_between_devices(self):
        # as on one device, and twice 20 us more a step: 1.464 s for 100 tokens
        three = dataclasses.replace(LOAD, devices=3, split="layer")
        assert output_tok_per_s(three, CATALOG).likely == pytest.approx(1000 / 2.264)

    def test_an_unseen_source_widens_the_interval(self):
        # 0.5 and 2.0, squared
        id = "serving.widen.unseen_source"
        wider = dataclasses.replace(CATALOG.parameters[id], value=2.0)
        catalog = dataclasses.replace(CATALOG, parameters=CATALOG.parameters | {id: wider})
        found = output_tok_per_s(LOAD, catalog)
        assert (found.low / found.likely, found.high / found.likely) == pytest.approx((0.25, 4.0))
        seen = output_tok_per_s(dataclasses.replace(LOAD, fitted_source=True), catalog)
        assert (seen.low / seen.likely, seen.high / seen.likely) == pytest.approx((0.5, 2.0))

    def test_tensor_parallel_pays_for_the_link(self):
        # 2 devices, 2 ^ 0.8 = 1.7411 times as fast: 12 ms / 1.7411 = 6.8922; 2.6 ms; one doubling 30 x 20 us = 0.6 ms;
        # a token: 2 x 2 B x 4000 x 30 layers x 2 x 1/2 = 480 kB / (24e9 x 0.5) = 40 us, x 10 = 0.4 ms: 10.4922 ms
        # a prompt: 80 ms / 1.7411 + 1000 x 40 us = 85.948 ms, x 10
        two = dataclasses.replace(LOAD, devices=2, split="tensor", hidden=4000, link_gb_per_s=24.0)
        assert output_tok_per_s(two, CATALOG).likely == pytest.approx(1000 / (1.04922 + 0.85948), rel=1e-4)

    def test_two_replicas_are_twice_one_with_half_the_load(self):
        two = dataclasses.replace(LOAD, concurrency=20, devices=2, groups=2, split="tensor")
        assert output_tok_per_s(two, CATALOG).likely == pytest.approx(2 * 1000 / 2.26)

    def test_spread_experts_are_read_once_by_all_groups(self):
        # 4 experts, 1 active, 16 GB; per group of 2: a batch of 10 touches 1 - (3/4)^10; spread: half of 1 - (3/4)^20
        moe = dataclasses.replace(
            LOAD, concurrency=20, devices=2, groups=2, split="tensor", experts=4, experts_active=1, expert_bytes=16e9
        )
        spread = dataclasses.replace(moe, experts_spread=True)
        costs = serving_costs(moe, CATALOG)
        read = 16e9 / (2000e9 * 0.5)
        apart, together = read * (1 - 0.75**10), read * (1 - 0.75**20) / 2 + 30 * 20e-6
        found = step_seconds(moe, costs, CATALOG, 20) - step_seconds(spread, costs, CATALOG, 20)
        assert found == pytest.approx(apart - together)

    def test_cache_limits_what_runs(self):
        setup = dataclasses.replace(LOAD, concurrency=1000, kv_capacity_bytes=1e9)
        assert running_sequences(setup, serving_costs(setup, CATALOG)) == 5  # 1e9 / 2e8
        free = dataclasses.replace(LOAD, concurrency=1000)
        assert running_sequences(free, serving_costs(free, CATALOG)) == 256

    def test_senseless_setups_are_refused(self):
        with pytest.raises(ValueError, match="bandwidth"):
            output_tok_per_s(dataclasses.replace(LOAD, concurrency=0), CATALOG)


def capacity(setup=LOAD, ttft=None, itl=None) -> Capacity:
    found = capacity_at(setup, ServiceLevel(max_ttft_s=ttft, max_itl_s=itl), CATALOG)
    assert isinstance(found, Capacity)
    return found


class TestCapacity:
    """One prompt takes 80 ms; a step of n sequences 12.5 ms + 0.21 ms n (see TestServing.test_one_round)."""

    def test_time_to_first_token_binds(self):
        # n prompts of 1000 tokens, in n / 2 steps of 2000, each with a token for (n + 1) / 2 sequences on average:
        # 80 n + n / 2 x (12.5 + 0.21 (n + 1) / 2) <= 2000 ms: n = 22 (1760 + 11 x 14.915 = 1924.07 ms); 23 would take
        # 1840 + 11.5 x 15.02 = 2012.7 ms. Between tokens: 12.5 + 0.21 x 22 + 22 x 80 / 100 = 34.72 ms: 633.64 tok/s
        found = capacity(ttft=2.0)
        assert (found.sequences, found.limit) == (22, "ttft")
        assert found.ttft_s == pytest.approx(1.924065)
        assert found.itl_s == pytest.approx(0.03472)
        assert found.output_tok_per_s.likely == pytest.approx(633.64, rel=1e-4)
        assert found.req_per_s.likely == pytest.approx(6.3364, rel=1e-4)

    def test_time_between_tokens_binds(self):
        # 12.5 + 0.21 n + 0.8 n <= 30 ms: n = 17 (29.67 ms)
        found = capacity(ttft=2.0, itl=0.03)
        assert (found.sequences, found.limit) == (17, "itl")

    def test_half_as_fast_and_twice_as_fast(self):
        # half: 1000 ms for the prompts: n = 11 (955.7 ms; 12: 1043.2); twice: 4000 ms: n = 45 (3989.9 ms; 46: 4081.0)
        found = capacity(ttft=2.0)
        assert (found.sequences_range.low, found.sequences_range.high) == (11, 45)
        assert found.output_tok_per_s.low == pytest.approx(0.5 * 11 / (12.5e-3 + 11 * 1.01e-3))
        assert found.output_tok_per_s.high == pytest.approx(2.0 * 45 / (12.5e-3 + 45 * 1.01e-3))

    def test_memory_binds_and_counts_full_lengths_apart(self):
        # 1e9 / 2e8 = 5 at their mean length, 1e9 / 2.5e8 = 4 at full length, as many as may come together
        setup = dataclasses.replace(LOAD, kv_capacity_bytes=1e9, kv_bytes_full=2.5e8)
        found = capacity(setup)
        assert (found.sequences, found.limit, found.kv_limit_sequences) == (5, "kv_cache", 4)
        promised = capacity(setup, ttft=2.0)
        assert (promised.sequences, promised.limit) == (4, "kv_cache")

    def test_the_memory_limit_has_an_interval(self):
        # 7e8, 1e9 and 1.3e9 over 2e8: 3, 5 and 6 whole sequences
        setup = dataclasses.replace(LOAD, kv_capacity_bytes=1e9, kv_capacity_range=Range(7e8, 1e9, 1.3e9))
        assert capacity(setup).kv_limit_range == Range(3, 5, 6)
        assert capacity().kv_limit_range is None

    def test_engine_binds_without_a_level(self):
        assert (capacity().sequences, capacity().limit) == (256, "engine")
        assert capacity(dataclasses.replace(LOAD, max_sequences=7)).sequences == 7

    @pytest.mark.parametrize(
        ("more", "level", "limit", "says"),
        [
            ({}, {"max_itl_s": 0.005}, "itl", "every 14 ms, above 5 ms"),  # 12.5 + 0.21 + 0.8 = 13.51 ms
            ({}, {"max_ttft_s": 0.05}, "ttft", "0.1 s to its first token"),
            ({"kv_capacity_bytes": 1e8}, {}, "kv_cache", "cache of one request"),
            ({"kv_capacity_bytes": -1e9}, {}, "kv_cache", "cache of one request"),
        ],
    )
    def test_no_load_meets_the_level(self, more, level, limit, says):
        found = capacity_at(dataclasses.replace(LOAD, **more), ServiceLevel(**level), CATALOG)
        assert isinstance(found, NoCapacity)
        assert found.limit == limit
        assert says in found.reason

    def test_senseless_levels_are_refused(self):
        with pytest.raises(ValueError, match="max_ttft_s"):
            ServiceLevel(max_ttft_s=0)


SETUPS = st.builds(
    ServingSetup,
    concurrency=st.floats(1, 500),
    input_tokens=st.floats(1, 32768),
    output_tokens=st.floats(1, 4096),
    params_active=st.floats(1e8, 1e12),
    shared_weight_bytes=st.floats(1e8, 1e12),
    expert_bytes=st.floats(0, 1e12),
    experts=st.sampled_from([0, 8, 128]),
    experts_active=st.integers(1, 8),
    kv_bytes_read=st.floats(0, 1e9),
    kv_bytes_held=st.floats(1e3, 1e9),
    bandwidth_gb_per_s=st.floats(50, 8000),
    runtime_id=st.sampled_from(["engine", "other"]),
    backend=st.just("cuda"),
    device_class=st.just("datacentre-gpu"),
    tflops=st.none() | st.floats(10, 3000),
    layers=st.integers(1, 120),
    kv_capacity_bytes=st.none() | st.floats(0, 1e12),
    max_sequences=st.none() | st.integers(1, 1024),
)
LEVELS = st.builds(ServiceLevel, max_ttft_s=st.none() | st.floats(0.01, 60), max_itl_s=st.none() | st.floats(0.005, 1))
MORE = st.floats(1.01, 10)


def served(setup: ServingSetup, level: ServiceLevel) -> float:
    found = capacity_at(setup, level, CATALOG)
    return found.req_per_s.likely if isinstance(found, Capacity) else 0.0


class TestProperties:
    @given(SETUPS, MORE)
    def test_more_requests_at_once_never_lower_the_rate(self, setup, factor):
        many = dataclasses.replace(setup, concurrency=setup.concurrency * factor)
        assert output_tok_per_s(many, CATALOG).likely >= output_tok_per_s(setup, CATALOG).likely * (1 - 1e-9)

    @given(SETUPS, LEVELS, MORE)
    def test_a_faster_device_is_never_slower(self, setup, level, factor):
        faster = dataclasses.replace(
            setup,
            bandwidth_gb_per_s=setup.bandwidth_gb_per_s * factor,
            tflops=setup.tflops and setup.tflops * factor,
        )
        assert output_tok_per_s(faster, CATALOG).likely >= output_tok_per_s(setup, CATALOG).likely
        assert served(faster, level) >= served(setup, level) * (1 - 1e-9)

    @given(SETUPS, LEVELS, MORE)
    def test_a_tighter_level_never_serves_more(self, setup, level, factor):
        tighter = ServiceLevel(
            max_ttft_s=level.max_ttft_s and level.max_ttft_s / factor, max_itl_s=level.max_itl_s and level.max_itl_s / factor
        )
        assert served(setup, tighter) <= served(setup, level)

    @given(SETUPS, LEVELS)
    def test_a_capacity_keeps_its_level_and_its_limits(self, setup, level):
        found = capacity_at(setup, level, CATALOG)
        if isinstance(found, NoCapacity):
            assert found.limit in ("itl", "ttft", "kv_cache")
            return
        assert level.max_ttft_s is None or found.ttft_s <= level.max_ttft_s
        assert level.max_itl_s is None or found.itl_s <= level.max_itl_s
        assert found.limit in ("itl", "ttft", "kv_cache", "engine")
        assert 0 <= found.req_per_s.low <= found.req_per_s.likely <= found.req_per_s.high
        assert found.output_tok_per_s.likely > 0
        memory = kv_limit_sequences(setup)
        assert memory is None or found.sequences <= memory


def test_fit_says_which_limit_binds(cli):
    asked = ("fit", "qwen3-8b", "-H", "h100-sxm", "--runtime", "vllm", "--context", "16k", "--quant", "bf16", "--json")
    loose = cli(*asked, "--max-ttft", "60", "--min-tps", "2").json
    tight = cli(*asked, "--max-ttft", "3", "--min-tps", "20").json
    assert tight["served"]["limit"] in ("ttft", "itl")
    assert tight["served"]["users"] < loose["served"]["users"]
    assert tight["served"]["ttft_p99_s"] <= 3
    assert tight["max_users"] == loose["max_users"]  # the memory limit knows no service level
    assert any("--max-ttft" in text for text in cli(*asked).json["assumptions"])
    none = cli(*asked, "--max-ttft", "0.001").json["served"]
    assert (none["users"], none["limit"], none["req_per_s"]) == (0, "ttft", None)
    assert "first token" in none["reason"]


def _candidate(catalog, model: str, hardware: str):
    question = build_question(catalog, hardware=[hardware], runtime="vllm", users=8, license=["any"])
    return fit(find_model(model, catalog), question, catalog)[0].candidate, question.hardware.devices


@pytest.mark.parametrize("device", ["h100-sxm", "mi300x", "rtx-4090"])
def test_two_identical_devices_serve_no_less_than_one(catalog, device):
    level = ServiceLevel(max_ttft_s=2.0, max_itl_s=0.05)
    rates = []
    for hardware in (device, f"2x {device}"):
        candidate, devices = _candidate(catalog, "qwen3-8b", hardware)
        setups = [
            serving_setup_of(candidate, devices, catalog, input_tokens=1024, output_tokens=256, groups=groups)
            for groups in replica_layouts(candidate, devices)
        ]
        found = best_capacity(setups, level, catalog)
        rates.append(found.req_per_s.likely if isinstance(found, Capacity) else 0.0)
    assert rates[0] > 0
    assert rates[1] >= 2 * rates[0] * (1 - 0.05)  # two replicas, less what whole sequences round off


def test_cache_room_is_what_weights_and_overhead_leave(catalog):
    candidate, devices = _candidate(catalog, "qwen3-8b", "h100-sxm")
    setup = serving_setup_of(candidate, devices, catalog, input_tokens=1024, output_tokens=128)
    # 36 layers x 2 x 8 heads x 128 x 2 bytes = 147,456 bytes per token
    assert setup.kv_bytes_full == 147_456 * 1152
    assert setup.kv_bytes_held == 147_456 * 1088
    assert 0 < setup.kv_capacity_bytes < 80 * 1024**3 - setup.shared_weight_bytes
    assert setup.kv_capacity_range.low < setup.kv_capacity_bytes < setup.kv_capacity_range.high


def test_an_engine_runs_more_sequences_on_a_large_card(catalog):
    devices = {id: (find_device(id, catalog),) for id in ("h100-sxm", "a100-sxm-80gb", "rtx-4090", "gb10")}
    found = {id: default_sequences("vllm", device, catalog) for id, device in devices.items()}
    assert found == {"h100-sxm": 1024, "a100-sxm-80gb": None, "rtx-4090": None, "gb10": None}
    assert default_sequences("llama-cpp", devices["h100-sxm"], catalog) is None


class TestMeasuredRows:
    """What the benchmark reads out of a row."""

    @pytest.mark.parametrize(
        ("row", "count", "expected"),
        [
            ({"parallelism": "TP4PP2"}, 8, (2, False)),
            ({"parallelism": "DEP8"}, 8, (8, True)),
            ({"parallelism": "DEP2PP2"}, 4, (4, True)),
            ({"parallelism": "TEP8"}, 8, (1, True)),
            ({"tensor_parallel": 2}, 4, (2, False)),
            ({"tensor_parallel": 4}, 4, (1, False)),
            ({}, 8, (1, False)),
        ],
    )
    def test_layouts(self, row, count, expected):
        assert layout_of(row, count) == expected

    def test_an_old_llama_cpp_runs_one_sequence_at_a_time(self, catalog):
        resolver, device = Resolver(catalog), find_device("h100-sxm", catalog)
        row = {"engine": "llama.cpp", "concurrency": 16, "source_date": "2024-10-31"}
        assert sequences_of(row, device, resolver) == 1
        assert sequences_of(row | {"source_date": "2026-05-01"}, device, resolver) is None
        assert sequences_of(row | {"engine": "vLLM"}, device, resolver) is None

    def test_lengths_that_a_row_does_not_print_are_not_guessed(self):
        assert lengths_of({"benchmark": "office-baseline"}) is None
        assert lengths_of({"input_len_tokens": 100, "output_len_tokens": 50}) == (100, 50)

    def test_an_offered_load_below_the_capacity_decides(self):
        # One request a second of 100 tokens; alone it takes 1.27 s + 80 ms = 1.35 s (12.71 ms a step), so about 1.4 are in
        # flight: of 200 requests the run is about 1.35 s longer than 200 s
        found = under_offered_load(Range(500, 1000, 2000), 1.0, 200, LOAD, CATALOG)
        assert found.likely == pytest.approx(100 / (1 + 1.35 / 200), rel=2e-3)
        assert found.low < found.likely < found.high

    def test_an_offered_load_above_the_capacity_does_not(self):
        found = under_offered_load(Range(500, 1000, 2000), 1000.0, 1e9, LOAD, CATALOG)
        assert (found.low, found.likely, found.high) == pytest.approx((500, 1000, 2000))


def test_a_bridge_joins_two_cards_only(catalog):
    card, fabric = find_device("rtx-3090", catalog), find_device("h100-sxm", catalog)
    assert link_gb_per_s((card,) * 2) == card.interconnect_gb_per_s
    assert link_gb_per_s((card,) * 4) is None
    assert link_gb_per_s((fabric,) * 8) == fabric.interconnect_gb_per_s
