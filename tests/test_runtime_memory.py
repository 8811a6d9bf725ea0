"""Overhead beyond weights and cache, and memory budgets: hand-computed cases and properties."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_pick.core.catalog import Architecture, Catalog, Device, Ffn, Mixer, Parameter, Runtime
from llm_pick.core.estimate.budget import budget_bytes, host_budget_bytes
from llm_pick.core.estimate.runtime_memory import overhead_bytes, pool_bytes, starting_memory

GIB, MIB = 1024**3, 1024**2

ARENA = {
    "arena.any.batch_tokens": 512, "arena.any.logit_rows": 512, "arena.any.activation_bytes": 4,
    "arena.any.mask_bytes": 2, "arena.cuda.base_gib": 0.5, "arena.cuda.low": 0.5, "arena.cuda.high": 1.5,
    "arena.rocm.base_gib": 0.25, "arena.rocm.scratch_matrices": 1, "arena.rocm.low": 0.5, "arena.rocm.high": 1.5,
    "grower.any.batch_tokens": 2048, "grower.any.base_gib": 0, "grower.any.kv_copies": 2,
    "grower.any.low": 1, "grower.any.high": 1,
    "whole.any.batch_tokens": 0, "whole.any.base_gib": 0, "whole.any.low": 1, "whole.any.high": 1,
    "pooled.any.pool_share": 0.92,
    "starter.any.batch_tokens": 2048, "starter.any.large_batch_tokens": 8192, "starter.any.profiled_logit_bytes": 24,
    "starter.any.logit_rows": 256, "starter.any.base_gib": 0.5, "starter.any.low": 0.5, "starter.any.high": 2,
    "any.base_gib": 0.75, "any.batch_tokens": 2048, "any.low": 0.4, "any.high": 2.5, "pipeline_copies": 4,
}  # fmt: skip
BUDGET = {
    "budget.greencards.unreported_fraction": 0.01, "budget.greencards.driver_reserved_bytes": 512 * MIB,
    "budget.greencards.gddr6_ecc_fraction": 1 / 16,
    "budget.orchard.wired_small_until_gib": 36, "budget.orchard.wired_fraction_small": 2 / 3,
    "budget.orchard.wired_fraction_large": 0.75,
    "budget.unified.usable_fraction": 0.5, "budget.unified.cuda_usable_fraction": 0.95,
    "budget.cpu.os_reserved_bytes": 2 * GIB, "budget.any.driver_reserved_bytes": 256 * MIB,
}  # fmt: skip


def catalog_of() -> Catalog:
    numbers = {f"runtime_memory.{name}": value for name, value in ARENA.items()} | BUDGET
    numbers |= {"kv_cache.bytes_per_element.f16": 2}
    parameters = {
        id: Parameter(id=id, value=value, unit="", meaning="", obtained="chosen", as_of="2026-11-21")
        for id, value in numbers.items()
    }
    sections = {f.name: {} for f in dataclasses.fields(Catalog)} | {"as_of": "", "digest": ""}
    return Catalog(**(sections | {"api_prices": (), "gpu_prices": (), "parameters": parameters}))  # type: ignore[arg-type]


CATALOG = catalog_of()


def runtime(id: str, **changes: object) -> Runtime:
    facts = {
        "id": id, "name": "", "role": "engine", "status": "active", "formats": (), "backends": (),
        "kv_dtypes": ("f16",), "windowed_kv": True, "memory_behaviour": "exact", "multi_device": "layer-split",
        "offload": "layers", "concurrency": "slots", "port": None, "base_url": None, "command": None,
        "verify": None, "install_url": "",
    }  # fmt: skip
    return Runtime(**(facts | changes))  # type: ignore[arg-type]


def architecture(vocab: int = 128_256, hidden: int = 4096, wide: int = 14_336, layers: int = 32) -> Architecture:
    return Architecture(
        layers=layers,
        hidden=hidden,
        vocab=vocab,
        tied_embeddings=False,
        mixers=(Mixer(kind="attention", layers=layers, heads=32, kv_heads=8, head_dim=128),),
        ffns=(Ffn(kind="dense", layers=layers, intermediate=wide),),
    )


@pytest.mark.parametrize(
    ("sequences", "large", "expected"),
    [
        # 1024 rows x (151,936 x 24 B + 2 x 2048 x 4 B) = 3577 MiB, above 8192 x 2 x (3 x 6144 + 4 x 2048) = 416 MiB
        (1024, True, 3577 * MIB),
        # 256 rows of them by default: 894.25 MiB
        (None, False, 894.25 * MIB),
        # 16 rows 55.9 MiB; 2048 x 2 x 26,624 = 104 MiB decide
        (16, False, 104 * MIB),
    ],
)
def test_an_engine_reserves_for_its_largest_batch_when_it_starts(sequences, large, expected) -> None:
    engine = starting_memory(runtime("starter"), "cuda", sequences, CATALOG, large=large)
    shape = architecture(151_936, 2048, 6144)
    found = overhead_bytes(shape, runtime("starter"), "cuda", 32_768, "f16", CATALOG, engine=engine)
    assert found.likely == pytest.approx(0.5 * GIB + expected, rel=1e-6)


def test_an_engine_that_reserves_nothing_starts_as_ever() -> None:
    usual = overhead_bytes(architecture(), runtime("arena"), "cuda", 8192, "f16", CATALOG)
    engine = starting_memory(runtime("arena"), "cuda", 64, CATALOG, large=True)
    assert overhead_bytes(architecture(), runtime("arena"), "cuda", 8192, "f16", CATALOG, engine=engine) == usual


def test_logits_decide_with_a_large_vocabulary() -> None:
    # 512 rows x (151,936 + 2 x 2048) x 4 B = 304.75 MiB, the buffer a start-up log printed for this shape;
    # activations 512 x 4 x (3 x 6144 + 4 x 2048) + mask 512 x 32,768 x 2 = 84 MiB are smaller; base 0.5 GiB
    found = overhead_bytes(architecture(151_936, 2048, 6144), runtime("arena"), "cuda", 32_768, "f16", CATALOG)
    assert found.likely == pytest.approx(0.5 * GIB + 304.75 * MIB)
    assert (found.low, found.high) == (0.5 * found.likely, 1.5 * found.likely)


def test_unfused_attention_keeps_all_scores() -> None:
    # 512 x 8192 x 32 heads x 4 B = 512 MiB of scores, queries and outputs 512 x 4 x (32 x 256 + 4 x 4096) =
    # 48 MiB (a start-up log printed 560 MiB for both), mask 512 x 8192 x 2 = 8 MiB
    found = overhead_bytes(architecture(), runtime("arena"), "cuda", 8192, "f16", CATALOG, fused_attention=False)
    assert found.likely == pytest.approx(0.5 * GIB + (512 + 48 + 8) * MIB)


def test_latent_attention_works_in_latent_width() -> None:
    # 128 heads x (2 x 512 + 64) = 139,264 is wider than 3 x 18,432 = 55,296:
    # 512 x 4 x (139,264 + 4 x 7168) = 328 MiB, more than the logits 512 x 4 x (129,280 + 14,336) = 280.5 MiB;
    # the mask 512 x 8192 x 2 = 8 MiB comes on top
    latent = Mixer(kind="mla", layers=61, heads=128, kv_lora=512, nope_dim=128, rope_dim=64, v_head_dim=128)
    shape = dataclasses.replace(architecture(129_280, 7168, 18_432, layers=61), mixers=(latent,))
    found = overhead_bytes(shape, runtime("arena"), "cuda", 8192, "f16", CATALOG)
    assert found.likely == pytest.approx(0.5 * GIB + 512 * 4 * (139_264 + 28_672) + 8 * MIB)


def test_short_context_needs_a_short_batch() -> None:
    # 128 rows x (128,256 + 8192) x 4 B
    found = overhead_bytes(architecture(), runtime("arena"), "cuda", 128, "f16", CATALOG)
    assert found.likely == pytest.approx(0.5 * GIB + 128 * 136_448 * 4)


def test_backend_that_unpacks_matrices() -> None:
    # logits 512 x 136,448 x 4; one matrix 4096 x 14,336 x 2 B = 112 MiB; base 0.25 GiB
    found = overhead_bytes(architecture(), runtime("arena"), "rocm", 4096, "f16", CATALOG)
    assert found.likely == pytest.approx(0.25 * GIB + 512 * 136_448 * 4 + 112 * MIB)


def test_copies_of_a_growing_cache() -> None:
    # one layer at 131,072 tokens: 131,072 x 2 x 8 x 128 x 2 B = 512 MiB, twice;
    # activations 2048 x 2 x (3 x 14,336 + 4 x 4096) = 232 MiB
    found = overhead_bytes(architecture(), runtime("grower"), "any", 131_072, "f16", CATALOG)
    assert found.likely == pytest.approx((2 * 512 + 232) * MIB)


def test_whole_prompt_at_once() -> None:
    # 32,768 x 2 x (3 x 14,336 + 4 x 4096) = 3.625 GiB
    found = overhead_bytes(architecture(), runtime("whole"), "cuda", 32_768, "f16", CATALOG)
    assert found.likely == pytest.approx(3.625 * GIB)


def test_layers_split_over_devices_copy_the_mask() -> None:
    one, four = (
        overhead_bytes(architecture(), runtime("arena"), "cuda", 65_536, "f16", CATALOG, devices=n, fused_attention=True)
        for n in (1, 4)
    )
    # activations 116 MiB + mask 512 x 65,536 x 2 = 64 MiB stay below the logits; four masks do not
    assert one.likely == pytest.approx(0.5 * GIB + 512 * 136_448 * 4)
    assert four.likely == pytest.approx(0.5 * GIB + (116 + 4 * 64) * MIB)


def test_wrapped_engine_and_unknown_engine() -> None:
    shape = architecture()
    wrapped = overhead_bytes(shape, runtime("shell", engine="arena"), "cuda", 4096, "f16", CATALOG)
    assert wrapped == overhead_bytes(shape, runtime("arena"), "cuda", 4096, "f16", CATALOG)
    unknown = overhead_bytes(shape, runtime("nobody-measured"), "cuda", 4096, "f16", CATALOG)
    assert unknown.high / unknown.low == pytest.approx(2.5 / 0.4)


def test_a_pool_is_no_need() -> None:
    assert pool_bytes(runtime("pooled", memory_behaviour="pool"), 24 * GIB, CATALOG) == int(24 * GIB * 0.92)
    assert pool_bytes(runtime("arena"), 24 * GIB, CATALOG) == 0


@given(
    st.sampled_from(["arena", "grower", "whole", "nobody-measured"]),
    st.integers(1, 200_000),
    st.integers(0, 100_000),
    st.sampled_from(["cuda", "rocm", "cpu"]),
)
def test_grows_with_the_context(id: str, context: int, more: int, backend: str) -> None:
    shape = architecture()
    less = overhead_bytes(shape, runtime(id), backend, context, "f16", CATALOG)
    longer = overhead_bytes(shape, runtime(id), backend, context + more, "f16", CATALOG)
    assert 0 <= less.low <= less.likely <= less.high
    assert less.likely <= longer.likely


def device(memory_gib: float | None, vendor: str = "redcards", **more: object) -> Device:
    facts = {"device_class": "consumer-gpu", "bandwidth_gb_per_s": 1, "backends": ("vulkan",)} | more
    return Device(id="some-card", name="", vendor=vendor, memory_gib=memory_gib, **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("card", "expected"),
    [
        # 24 GiB less 1 % never reported and 512 MiB held by the driver
        (device(24, "greencards"), 24 * 0.99 * GIB - 512 * MIB),
        # error correction inside GDDR6 takes a sixteenth: 24 x 15/16 = 22.5 GiB, less the driver's 512 MiB
        (device(24, "greencards", device_class="datacentre-gpu", memory_kind="GDDR6"), 22 * GIB),
        (device(80, "greencards", device_class="datacentre-gpu", memory_kind="HBM3"), 80 * 0.99 * GIB - 512 * MIB),
        # what this vendor's driver keeps is not known: 256 MiB are assumed
        (device(24), 23.75 * GIB),
        (device(128, unified_memory=True, device_class="datacentre-gpu"), 127.75 * GIB),
        # one memory for all: two thirds up to 36 GiB, three quarters above
        (device(36, "orchard", unified_memory=True), 24 * GIB),
        (device(64, "orchard", unified_memory=True), 48 * GIB),
        # half by default; where CUDA lists the memory, 95 % less the system's 2 GiB
        (device(128, unified_memory=True), 64 * GIB),
        (device(100, "greencards", unified_memory=True, backends=("cuda", "cpu")), 93 * GIB),
        (device(0.1, "greencards"), 0),
    ],
)
def test_budget(card: Device, expected: float) -> None:
    assert budget_bytes(card, CATALOG) == int(expected)
    assert budget_bytes(card, CATALOG, reserve_bytes=3 * GIB) == max(0, int(expected) - 3 * GIB)


def test_host_budget() -> None:
    assert host_budget_bytes(32 * GIB, CATALOG) == 30 * GIB
    assert host_budget_bytes(GIB, CATALOG) == 0
    with pytest.raises(ValueError, match="no memory of its own"):
        budget_bytes(device(None), CATALOG)
