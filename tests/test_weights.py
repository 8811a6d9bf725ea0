"""Parameter counts against published repositories, and weight sizes worked out by hand."""

from __future__ import annotations

import dataclasses
import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_pick.core.catalog import Architecture, ArtifactSize, Catalog, Ffn, Mixer, Model, Parameter
from llm_pick.core.estimate import recipe
from llm_pick.core.estimate.tensors import active_parameter_count, parameter_count, tensor_groups
from llm_pick.core.estimate.weights import (
    bits_per_weight,
    bytes_read_per_token,
    file_bytes,
    layer_bytes,
    vision_bytes,
    weight_parts,
    weights_bytes,
)
from llm_pick.schema.records import ADAPTERS
from llm_pick.schema.strict_yaml import load

DATA = Path(__file__).resolve().parent.parent / "data"


def _catalog() -> Catalog:
    raw = load(DATA / "quantizations.yaml").value
    sections = {
        name: {row["id"]: ADAPTERS[name].validate_python(row, strict=False) for row in raw[name]}
        for name in ("tensor_types", "quantizations")
    }
    values = {"weights.gguf_header_bytes_per_token": 40.0, "weights.rounded_size_share": 0.01}
    parameters = {id: Parameter(id, value, "", "", "chosen", "2026-11-21") for id, value in values.items()}
    empty = {field.name: {} for field in dataclasses.fields(Catalog)}
    return Catalog(**(empty | sections | {"parameters": parameters, "prepared": None}))  # type: ignore[arg-type]


CATALOG = _catalog()
Q = CATALOG.quantizations
LADDER = ("iq1_s", "iq2_xxs", "iq2_xs", "iq2_m", "iq3_xxs", "iq3_xs", "iq3_m", "q4_k_s", "q4_k_m", "q5_k_s", "q5_k_m",
          "q6_k", "q8_0", "bf16-gguf", "f32-gguf")  # fmt: skip


def model(architecture: Architecture, native: str = "bf16", artifacts: tuple[ArtifactSize, ...] = ()) -> Model:
    total = parameter_count(architecture)
    return Model(
        id="test", name="Test", family="test", vendor="test", kind="chat", released="2026-01-01", read_from="config",
        architecture=architecture, params_total=total, params_active=total, native_dtype=native, context_native=8192,
        license="mit", openness="open-weight", modalities_in=("text",), modalities_out=("text",), reasoning="none",
        tools=None, hf_repo="test/test", artifacts=artifacts,
    )  # fmt: skip


def attention(layers: int, heads: int, kv_heads: int, head_dim: int, **more: object) -> Mixer:
    return Mixer("attention", layers, heads=heads, kv_heads=kv_heads, head_dim=head_dim, **more)  # type: ignore[arg-type]


LLAMA_8B = Architecture(32, 4096, 128256, False, (attention(32, 32, 8, 128),), (Ffn("dense", 32, 14336),))
SMALL_TIED = Architecture(24, 896, 151936, True, (attention(24, 14, 2, 64, qkv_bias=True),), (Ffn("dense", 24, 4864),))
GPT_OSS_20B = Architecture(
    24, 2880, 201088, False,
    (attention(12, 64, 8, 64, qkv_bias=True, o_bias=True, sinks=True, window=128),
     attention(12, 64, 8, 64, qkv_bias=True, o_bias=True, sinks=True)),
    (Ffn("moe", 24, 2880, bias=True, experts=32, active=4, router_bias=True),),
)  # fmt: skip
QWEN3_30B = Architecture(
    48, 2048, 151936, False, (attention(48, 32, 4, 128, qk_norm="head"),),
    (Ffn("moe", 48, 768, experts=128, active=8),),
)  # fmt: skip
KIMI_LINEAR = Architecture(
    27, 2304, 163840, False,
    (Mixer("kda", 20, v_heads=32, v_dim=128, conv_kernel=4),
     Mixer("mla", 7, heads=32, kv_lora=512, nope_dim=128, rope_dim=64, v_head_dim=128)),
    (Ffn("dense", 1, 9216),
     Ffn("moe", 26, 1024, experts=256, active=8, shared=1, shared_intermediate=1024, router_bias=True)),
)  # fmt: skip
NEMOTRON_4B = Architecture(
    42, 3136, 131072, False,
    (Mixer("mamba2", 21, heads=96, head_dim=80, groups=8, state=128, conv_kernel=4), attention(4, 40, 8, 128)),
    (Ffn("dense", 17, 12544, gated=False),), norms_per_layer=1,
)  # fmt: skip
LFM2 = Architecture(
    16, 2048, 65536, True,
    (Mixer("short_conv", 10, conv_kernel=3), attention(6, 32, 8, 64, qk_norm="head")), (Ffn("dense", 16, 8192),),
)  # fmt: skip
JAMBA = Architecture(
    28, 2560, 65536, True,
    (Mixer("mamba1", 26, inner=5120, state=16, dt_rank=160, conv_kernel=4), attention(2, 20, 1, 128)),
    (Ffn("dense", 28, 8192),),
)  # fmt: skip
MINIMAX_01 = Architecture(
    80, 6144, 200064, False, (Mixer("lightning", 70, heads=64, head_dim=128), attention(10, 64, 8, 128)),
    (Ffn("moe", 80, 9216, experts=32, active=2),),
)  # fmt: skip
QWEN35_9B = Architecture(
    32, 4096, 248320, False,
    (Mixer("gated_delta_net", 24, k_heads=16, v_heads=32, k_dim=128, v_dim=128, conv_kernel=4),
     attention(8, 16, 4, 256, qk_norm="head", output_gate=True)),
    (Ffn("dense", 32, 12288),), vision_params=456_010_480, mtp_params=243_290_880,
)  # fmt: skip
DEEPSEEK_V32 = Architecture(
    61, 7168, 129280, False,
    (Mixer("mla", 61, heads=128, q_lora=1536, kv_lora=512, nope_dim=128, rope_dim=64, v_head_dim=128,
           indexer_heads=64, indexer_dim=128),),
    (Ffn("dense", 3, 18432),
     Ffn("moe", 58, 2048, experts=256, active=8, shared=1, shared_intermediate=2048, router_bias=True)),
)  # fmt: skip
ALL = {
    "llama": LLAMA_8B, "small-tied": SMALL_TIED, "gpt-oss": GPT_OSS_20B, "moe": QWEN3_30B, "kda": KIMI_LINEAR,
    "mamba2": NEMOTRON_4B, "short-conv": LFM2, "mamba1": JAMBA, "lightning": MINIMAX_01, "delta-net": QWEN35_9B,
    "mla": DEEPSEEK_V32,
}  # fmt: skip


# --- parameter counts: what the makers' repositories hold, to the last parameter ---


@pytest.mark.parametrize(
    ("architecture", "published"),
    [
        # Embedding and head 2 x 128256 x 4096 = 1,050,673,152; a layer: q and output 2 x 4096 x 4096, k and v
        # 2 x 4096 x 1024, three 4096 x 14336, two norms of 4096 = 218,112,000; 32 of them; final norm 4096.
        (LLAMA_8B, 8_030_261_248),
        (SMALL_TIED, 494_032_768),
        (GPT_OSS_20B, 20_914_757_184),
        (QWEN3_30B, 30_532_122_624),
        (KIMI_LINEAR, 49_122_681_728),
        (NEMOTRON_4B, 3_973_556_832),
        (LFM2, 1_170_340_608),
        (JAMBA, 3_029_337_472),
        (MINIMAX_01, 456_089_655_296),
        (DEEPSEEK_V32, 671_877_944_064),
    ],
)
def test_parameter_count_is_exact(architecture: Architecture, published: int) -> None:
    assert parameter_count(architecture) == published


def test_repository_total_is_text_tower_and_multi_token_prediction() -> None:
    # The repository holds 9,653,104,368 parameters; the count leaves the multi-token-prediction layer out.
    assert parameter_count(QWEN35_9B) + QWEN35_9B.mtp_params == pytest.approx(9_653_104_368, abs=2000)


def test_active_parameters_leave_out_idle_experts_and_towers() -> None:
    # 120 of 128 experts idle: 48 layers x 3 x 2048 x 768 x 120 = 27,179,089,920 fewer.
    assert active_parameter_count(QWEN3_30B) == 30_532_122_624 - 27_179_089_920
    assert active_parameter_count(QWEN35_9B) == parameter_count(QWEN35_9B) - QWEN35_9B.vision_params


def test_low_rank_queries_of_attention() -> None:
    full = Architecture(1, 7168, 1000, True, (attention(1, 64, 1, 256),), (Ffn("dense", 1, 18432),))
    low = dataclasses.replace(full, mixers=(attention(1, 64, 1, 256, q_lora=2048),))
    width = 64 * 256
    assert parameter_count(full) - parameter_count(low) == 7168 * width - (7168 * 2048 + 2048 + 2048 * width)


def test_shared_kv_layers_still_store_their_projections() -> None:
    shared = dataclasses.replace(LLAMA_8B, mixers=(attention(32, 32, 8, 128, kv_shared=True),))
    assert parameter_count(shared) == parameter_count(LLAMA_8B)


# --- sizes by hand ---


def test_llama_8b_q4_k_m_to_the_byte() -> None:
    # more_bits of 32 layers: i < 4 (4), i >= 28 (4), (i - 4) mod 3 = 2 in between (8) = 16 layers.
    elements_q6 = 16 * (4096 * 1024 + 4096 * 14336) + 128256 * 4096  # attn_v, ffn_down, output
    elements_f32 = 65 * 4096
    elements_q4 = 8_030_261_248 - elements_q6 - elements_f32
    by_hand = elements_q4 * 144 // 256 + elements_q6 * 210 // 256 + elements_f32 * 4
    # llama-bench prints 4,912,898,304 for such a file, 256 of them for 64 rotary factors outside the model.
    assert by_hand == 4_912_898_304 - 256
    assert weights_bytes(model(LLAMA_8B), Q["q4_k_m"], CATALOG).likely == by_hand
    assert by_hand / 2**30 == pytest.approx(4.58, abs=0.005)


def test_llama_8b_f16_and_q8_0() -> None:
    matrices, vectors = 8_030_261_248 - 65 * 4096, 65 * 4096
    assert weights_bytes(model(LLAMA_8B), Q["f16-gguf"], CATALOG).likely == matrices * 2 + vectors * 4
    assert weights_bytes(model(LLAMA_8B), Q["q8_0"], CATALOG).likely == matrices * 34 / 32 + vectors * 4
    assert weights_bytes(model(LLAMA_8B), Q["bf16"], CATALOG).likely == 8_030_261_248 * 2


def test_rows_that_no_block_divides_fall_back() -> None:
    # 896 and 4864 wide rows: 896 mod 256 = 128, 4864 mod 256 = 0. So in Q4_K_M only ffn_down keeps K-types
    # (Q4_K, Q6_K in 12 of 24 layers: 3 + 3 + 6); the rest of Q4_K becomes Q5_0, Q6_K becomes Q8_0.
    h, w, n, vocab = 896, 4864, 24, 151936
    kv = 2 * 64
    down = n * w * h
    v = n * h * kv
    embedding = vocab * h  # tied: typed as the head, Q6_K, hence Q8_0
    vectors = 49 * h + n * (14 * 64 + 2 * kv)
    rest = 494_032_768 - down - v - embedding - vectors
    by_hand = (
        down / 2 * 144 / 256 + down / 2 * 210 / 256
        + v / 2 * 22 / 32 + v / 2 * 34 / 32
        + embedding * 34 / 32 + rest * 22 / 32 + vectors * 4
    )  # fmt: skip
    assert weights_bytes(model(SMALL_TIED), Q["q4_k_m"], CATALOG).likely == by_hand


def test_experts_published_in_four_bits_are_never_upcast() -> None:
    native = model(GPT_OSS_20B, native="mxfp4")
    sizes = [weights_bytes(native, Q[id], CATALOG).likely / 2**30 for id in ("q4_0", "q8_0", "f16-gguf", "mxfp4")]
    assert sizes == sorted(sizes[:3]) + sizes[3:]
    # Published: 12.83 GiB for the file called F16; the experts alone would be 35 GiB in 16 bits.
    assert sizes[2] == pytest.approx(12.83, rel=0.005)
    assert sizes[3] < 13.0


def test_more_bits_follow_the_quantizer() -> None:
    picked = [i for i in range(32) if recipe._more_bits(i, 32)]
    assert picked == [0, 1, 2, 3, 6, 9, 12, 15, 18, 21, 24, 27, 28, 29, 30, 31]


# --- towers, files, published sizes ---


def test_towers_are_apart_in_gguf_and_inside_elsewhere() -> None:
    plain = dataclasses.replace(QWEN35_9B, vision_params=0)
    for id in ("q4_k_m", "q8_0"):
        assert weights_bytes(model(QWEN35_9B), Q[id], CATALOG) == weights_bytes(model(plain), Q[id], CATALOG)
    difference = (
        weights_bytes(model(QWEN35_9B), Q["bf16"], CATALOG).likely - weights_bytes(model(plain), Q["bf16"], CATALOG).likely
    )
    assert difference == 2 * QWEN35_9B.vision_params
    assert vision_bytes(model(QWEN35_9B), Q["q4_k_m"], CATALOG) == 2 * QWEN35_9B.vision_params
    assert vision_bytes(model(LLAMA_8B), Q["q4_k_m"], CATALOG) == 0


def test_published_size_wins_over_the_recipe() -> None:
    item = ArtifactSize("q4_k_m", 5_000_000_000, "a/b", True, "x")
    found = model(LLAMA_8B, artifacts=(item,))
    header = 40 * 128256
    assert weights_bytes(found, Q["q4_k_m"], CATALOG).likely == 5_000_000_000 - header
    assert weights_bytes(found, Q["q4_k_m"], CATALOG).low == weights_bytes(found, Q["q4_k_m"], CATALOG).high
    assert file_bytes(found, Q["q4_k_m"], CATALOG).likely == 5_000_000_000
    rounded = dataclasses.replace(item, exact=False)
    assert weights_bytes(model(LLAMA_8B, artifacts=(rounded,)), Q["q4_k_m"], CATALOG).low < 5_000_000_000 - header


def test_a_model_without_architecture_is_an_error() -> None:
    blind = dataclasses.replace(model(LLAMA_8B), architecture=None)
    with pytest.raises(ValueError, match="no known architecture"):
        weights_bytes(blind, Q["q4_k_m"], CATALOG)


# --- what is read, what can be moved ---


def test_bytes_read_leave_out_the_embedding_table_of_an_untied_model() -> None:
    parts = weight_parts(model(LLAMA_8B), Q["q8_0"], CATALOG)
    read = bytes_read_per_token(model(LLAMA_8B), Q["q8_0"], CATALOG).likely
    assert read == pytest.approx(parts.text - 128255 * 4096 * 34 / 32, rel=1e-12)  # one row is read
    tied = bytes_read_per_token(model(LFM2), Q["q8_0"], CATALOG).likely
    assert tied == pytest.approx(weights_bytes(model(LFM2), Q["q8_0"], CATALOG).likely, rel=1e-6)


def test_bytes_read_count_active_experts_only() -> None:
    parts = weight_parts(model(QWEN3_30B), Q["q4_k_m"], CATALOG)
    assert parts.read_experts == pytest.approx(parts.experts * 8 / 128)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("quant", ["q4_k_m", "bf16", "mlx-4bit"])
def test_layer_split_adds_up(name: str, quant: str) -> None:
    split = layer_bytes(model(ALL[name]), Q[quant], CATALOG)
    total = weights_bytes(model(ALL[name]), Q[quant], CATALOG).likely
    assert split.per_layer * split.repeating_layers + split.non_repeating == pytest.approx(total)
    assert split.experts_per_layer <= split.per_layer


# --- properties of all recipes ---


@pytest.mark.parametrize("name", ALL)
def test_every_recipe_is_an_interval_and_reads_no_more_than_it_holds(name: str) -> None:
    for quant in Q.values():
        size = weights_bytes(model(ALL[name]), quant, CATALOG)
        read = bytes_read_per_token(model(ALL[name]), quant, CATALOG)
        assert 0 < size.low <= size.likely <= size.high, quant.id
        assert 0 < read.likely <= size.likely * 1.0001, quant.id
        assert 0.9 < bits_per_weight(model(ALL[name]), quant, CATALOG) <= 33, quant.id


@pytest.mark.parametrize("name", ["llama", "moe", "kda", "delta-net", "lightning"])
def test_more_bits_need_more_bytes(name: str) -> None:
    sizes = [weights_bytes(model(ALL[name]), Q[id], CATALOG).likely for id in LADDER]
    assert sizes == sorted(sizes)


@given(
    layers=st.integers(1, 96),
    hidden=st.integers(1, 64).map(lambda n: 128 * n),
    kv_heads=st.sampled_from([1, 2, 4, 8]),
    tied=st.booleans(),
    experts=st.sampled_from([None, 8, 64]),
)
def test_any_architecture_grows_with_the_rung(layers: int, hidden: int, kv_heads: int, tied: bool, experts: int | None) -> None:
    ffn = Ffn("moe", layers, 512, experts=experts, active=2) if experts else Ffn("dense", layers, 4 * hidden)
    shape = Architecture(layers, hidden, 32000, tied, (attention(layers, 8, kv_heads, 64),), (ffn,))
    sizes = [weights_bytes(model(shape), Q[id], CATALOG) for id in ("q3_k_s", "q4_k_m", "q5_k_m", "q8_0", "f32-gguf")]
    for smaller, larger in itertools.pairwise(sizes):
        assert smaller.likely < larger.likely
    parts = weight_parts(model(shape), Q["bf16"], CATALOG)
    assert parts.text == pytest.approx(2 * parameter_count(shape))


def test_rules_use_known_words_and_never_overlap() -> None:
    conditions = {"tied", "gqa4", "moe", "experts4", "experts8", "layers80", "rows256", "native_mxfp4"}
    kinds = {group.kind for shape in ALL.values() for group in tensor_groups(shape)} | {
        "*", "vision", "audio", "other", "per_layer_token_embd", "position_embd", "attn_kv_b",
    }  # fmt: skip
    for quant in Q.values():
        assert quant.rules[0].tensor == "*", quant.id
        for rule in quant.rules:
            assert rule.layers == "all" or rule.layers in recipe.SELECTORS, quant.id
            words = {word.lstrip("!") for word in rule.when.split()}
            known = {word for word in words if not word.startswith(("by_", "year_"))}
            assert known <= conditions, quant.id
            assert set(rule.tensor.split("|")) <= kinds, (quant.id, rule.tensor)
        for size in range(len(conditions) + 1):
            if size > 2:
                break
            for holds in itertools.combinations(sorted(conditions), size):
                found = recipe.recipe_for(quant, frozenset(holds), CATALOG).rules
                for kind, rules in found.items():
                    assert len(rules) <= 2, f"{quant.id}: {kind} has two rules for some layers"
