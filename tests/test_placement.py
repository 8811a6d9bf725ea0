"""What lies in system memory: hand-computed placements, figures of real start-up logs, and properties."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_pick.core.ask import build_question
from llm_pick.core.estimate.memory import memory_of
from llm_pick.core.estimate.placement import Need, Placement, balanced, fill, host_table_bytes, leading_layers, place
from llm_pick.core.estimate.runtime_memory import default_context, loaded_weights_bytes
from llm_pick.core.estimate.weights import vision_bytes, weights_bytes
from llm_pick.core.recommend import fit

GIB, MIB = 1024**3, 1024**2

MIXTURE = Need(model_bytes=40 * GIB, expert_bytes=30 * GIB, overhead_bytes=GIB, layers=30, expert_layers=30)


def test_experts_go_first_and_no_more_than_needed():
    # 24 - 1 = 23 GiB of room, 17 GiB too few; every layer has 30 / 30 = 1 GiB of experts
    assert place(MIXTURE, [24 * GIB], experts=True, whole_layers=True) == Placement(expert_layers=17)


def test_whole_layers_follow_when_all_experts_are_not_enough():
    # 6 - 1 = 5 GiB of room for the 10 GiB that are no experts: 5 GiB too few, 10 / 30 GiB a layer
    assert place(MIXTURE, [6 * GIB], experts=True, whole_layers=True) == Placement(layers=15, expert_layers=30)
    assert place(MIXTURE, [6 * GIB], experts=True, whole_layers=False) is None


def test_without_the_option_layers_go_whole():
    # 17 GiB too few, 40 / 30 GiB a layer: 12.75, so 13 layers
    assert place(MIXTURE, [24 * GIB], experts=False, whole_layers=True) == Placement(layers=13)


def test_several_devices_hold_whole_layers_and_light_ones_come_first():
    # 1 GiB a layer and 3 GiB of experts; rooms of 6 GiB. All heavy: one layer each. Experts of one layer away, sizes 1 4 4 4:
    # 1 + 4, then 4, and one is left. Of two, sizes 1 1 4 4: 1 + 1 + 4 = 6, then 4.
    need = Need(model_bytes=16 * GIB, expert_bytes=12 * GIB, overhead_bytes=0, layers=4, expert_layers=4)
    assert place(need, [6 * GIB] * 2, experts=True, whole_layers=False) == Placement(expert_layers=2, split=(3, 1))


def test_dense_layers_in_front_are_light():
    # 2 dense layers, then 2 with 4 GiB of experts each beside the 1 GiB that every layer has
    need = Need(model_bytes=12 * GIB, expert_bytes=8 * GIB, overhead_bytes=0, layers=4, expert_layers=2, first_expert_layer=2)
    assert [size / GIB for size in need.layer_sizes(0)] == [1, 1, 5, 5]
    assert [size / GIB for size in need.layer_sizes(1)] == [1, 1, 1, 5]


sizes = st.lists(st.floats(0.1, 10), min_size=1, max_size=60)
rooms = st.lists(st.floats(0, 100), min_size=1, max_size=8)


@given(sizes, rooms)
def test_a_split_places_every_layer_within_its_room(layers, devices):
    if fill(layers, devices) is None:
        return
    counts = balanced(layers, devices)
    assert len(counts) == len(devices)
    assert sum(counts) == len(layers)
    start = 0
    for count, room in zip(counts, devices, strict=True):
        assert sum(layers[start : start + count]) <= room * (1 + 1e-9)
        start += count


@given(st.integers(1, 60), st.integers(2, 200), st.integers(1, 5), st.integers(1, 4))
def test_more_memory_never_moves_more(layers, model_gib, parts, devices):
    need = Need(model_gib * GIB, model_gib * GIB * parts / 6, GIB, layers, layers)
    moved = []
    for budget in (4, 8, 16, 32, 64):
        found = place(need, [budget * GIB] * devices, experts=True, whole_layers=True)
        moved.append((found.layers, found.expert_layers) if found else (layers + 1, layers + 1))
    assert moved == sorted(moved, reverse=True)


def test_the_option_counts_dense_layers(catalog):
    # DeepSeek V3: 61 layers, the first three dense, so experts of 57 layers are those of the first 60
    assert leading_layers(catalog.models["deepseek-v3"].architecture, 57) == 60
    assert leading_layers(catalog.models["qwen3-30b-a3b"].architecture, 23) == 23
    assert leading_layers(catalog.models["llama-3.1-8b-instruct"].architecture, 0) == 0


def test_embedding_stays_on_the_host_as_logs_show(catalog):
    # log of Llama 3 8B Q4_K_M: "CPU buffer size = 281.81 MiB" = 128,256 x 4096 x 144 B per 256 numbers; CUDA0 4403.49 MiB
    model, quant = catalog.models["llama-3.1-8b-instruct"], catalog.quantizations["q4_k_m"]
    engine = catalog.runtimes["llama-cpp"]
    table = host_table_bytes(model, quant, engine, "cuda", catalog)
    assert table / MIB == pytest.approx(281.81, abs=0.01 * 281.81)
    assert (weights_bytes(model, quant, catalog).likely - table) / MIB == pytest.approx(4403.49, rel=0.005)
    assert host_table_bytes(model, quant, engine, "cpu", catalog) == 0
    assert host_table_bytes(model, quant, catalog.runtimes["vllm"], "cuda", catalog) == 0


def test_a_table_that_is_also_the_head_saves_nothing(catalog):
    model, quant = catalog.models["gemma-3-27b-it"], catalog.quantizations["q4_k_m"]
    engine = catalog.runtimes["llama-cpp"]
    assert host_table_bytes(model, quant, engine, "cuda", catalog, unified=True) == 0
    # pinned beside the device's own copy where both are one memory: 262,208 x 5376 x 210 B per 256 numbers (Q6_K)
    pinned = host_table_bytes(model, quant, engine, "vulkan", catalog, unified=True)
    assert -pinned == pytest.approx(model.architecture.vocab * 5376 * 210 / 256, rel=0.05)
    assert host_table_bytes(model, quant, engine, "vulkan", catalog) == 0


def test_weights_as_loaded(catalog):
    vllm, llama = catalog.runtimes["vllm"], catalog.models["llama-3.1-8b-instruct"]
    one = loaded_weights_bytes(llama, catalog.quantizations["bf16"], vllm, catalog)
    # log: "Model loading took 14.9889 GiB" (CUDA), 15.0586 (ROCm)
    assert one.low <= 14.9889 * GIB <= one.high
    assert one.low <= 15.0586 * GIB <= one.high
    # a vision tower is loaded on each of two devices: the log of Gemma 3 12B FP8 prints 13.53 on one, 2 x 7.12 on two
    gemma, fp8 = catalog.models["gemma-3-12b-it"], catalog.quantizations["fp8"]
    alone, two = (loaded_weights_bytes(gemma, fp8, vllm, catalog, devices) for devices in (1, 2))
    assert two.likely - alone.likely == pytest.approx(vision_bytes(gemma, fp8, catalog))
    assert two.low <= 2 * 7.1152 * GIB <= two.high
    # engines without the factor load what is stored
    plain = weights_bytes(llama, catalog.quantizations["q8_0"], catalog)
    assert loaded_weights_bytes(llama, catalog.quantizations["q8_0"], catalog.runtimes["llama-cpp"], catalog) == plain


def test_context_opened_unasked(catalog):
    ollama = catalog.runtimes["ollama"]
    assert [default_context(ollama, gib, catalog) for gib in (12, 24, 47, 48, 128)] == [4096, 32768, 32768, 262144, 262144]
    assert default_context(catalog.runtimes["llama-cpp"], 24, catalog) == 0


def best(catalog, model, **asked):
    question = build_question(catalog, **asked)
    return fit(catalog.models[model], question, catalog)[0], question


def test_nothing_is_lost_when_experts_move(catalog):
    item, question = best(
        catalog, "qwen3-30b-a3b", hardware=["rtx-4070"], ram_gb=64, quant="q4_k_m", context=8192, kv_dtype="f16"
    )
    memory = item.estimate.memory
    assert not memory.fits
    assert memory.placement.expert_layers
    assert not memory.placement.layers
    whole = memory.weights_bytes.likely + memory.kv_cache_bytes + memory.overhead_bytes.likely
    assert memory.total_bytes.likely + memory.offloaded_bytes + memory.host_weights_bytes == pytest.approx(whole, abs=2)
    assert memory.total_bytes.high <= memory.budget_bytes
    assert memory.host_cache_share == 0
    # 8 of 128 experts are read, so the host's share of what a token reads is far below its share of the bytes
    assert 0 < memory.host_read_share < memory.host_weights_share
    # the same machine with layers only moves more and is slower
    layers_only = dataclasses.replace(item.candidate, runtime=dataclasses.replace(item.candidate.runtime, flags={}))
    plain = memory_of(layers_only, question, catalog)
    assert plain.placement.layers
    assert not plain.placement.expert_layers
    assert plain.host_read_share > memory.host_read_share


def test_a_dense_model_moves_layers(catalog):
    item, _ = best(catalog, "llama-3.3-70b-instruct", hardware=["rtx-4090"], ram_gb=64, quant="q4_k_m")
    memory = item.estimate.memory
    assert memory.placement.layers
    assert not memory.placement.expert_layers
    assert memory.host_read_share == pytest.approx(memory.placement.layers / 80)
    assert memory.host_cache_share == memory.placement.layers / 80


def test_offload_needs_room_in_system_memory(catalog):
    none, _ = best(catalog, "qwen3-30b-a3b", hardware=["rtx-4070"], quant="q4_k_m")
    little, _ = best(catalog, "qwen3-30b-a3b", hardware=["rtx-4070"], ram_gb=8, quant="q4_k_m")
    for item in (none, little):
        assert item.estimate.memory.offloaded_bytes == 0
        assert item.estimate.memory.shortfall_bytes


def test_fit_says_how_experts_are_placed(cli):
    done = cli("fit", "qwen3-30b-a3b", "-H", "rtx-4070", "--ram", "64", "--quant", "q4_k_m", "--json")
    memory, run = done.json["memory"], done.json["run"]["llama_cpp"]
    assert done.code == 1
    assert done.json["fits"] is False
    assert memory["offloaded_bytes"]
    assert memory["offloaded_layers"] == 0
    option = f"--n-cpu-moe {memory['offloaded_expert_layers']}"
    assert option in run["command"]
    assert run["verify"].count(option) == 2
    text = cli("fit", "qwen3-30b-a3b", "-H", "rtx-4070", "--ram", "64", "--quant", "q4_k_m", "--explain")
    assert "routed experts" in text.out + text.err


def test_two_cards_get_a_split_that_knows_the_light_layers(cli):
    done = cli("fit", "gpt-oss-120b", "-H", "2x rtx-3090", "--ram", "96", "--json")
    command = done.json["run"]["llama_cpp"]["command"]
    first, second = (int(n) for n in command.split(" -ts ")[1].split()[0].split("/"))
    assert first + second == 36 + 1  # the output layer counts with the last card
    assert first > second


def test_a_pool_is_widened_only_where_the_need_is_larger(cli):
    # by default vLLM takes 0.92 of an 80 GiB device: 73.6 GiB
    def command(context):
        found = cli(
            "fit", "qwen3-32b", "-H", "h100-sxm", "--quant", "bf16", "--runtime", "vllm", "--context", context, "--json"
        ).json
        return found["memory"]["total_bytes"]["high"] / GIB, found["run"]["vllm"]["command"]

    need, plain = command("8192")
    assert need < 0.92 * 80
    assert "--gpu-memory-utilization" not in plain
    need, wider = command("32768")
    assert need > 0.92 * 80
    assert float(wider.split("--gpu-memory-utilization ")[1].split()[0]) * 80 == pytest.approx(need, abs=0.8)
