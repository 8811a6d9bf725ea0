"""KV cache and state: hand-computed cases (arithmetic beside them) and properties that hold for any model."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_pick.core.catalog import Architecture, Catalog, Ffn, Mixer, Parameter, Runtime
from llm_pick.core.estimate.kv_cache import (
    kv_bytes_per_element,
    kv_bytes_per_token,
    kv_cache_bytes,
    kv_read_bytes,
    recurrent_state_bytes,
)

GIB = 1024**3
CONTEXT = 131_072

BYTES_PER_ELEMENT = {"f32": 4, "f16": 2, "fp8": 1, "q8_0": 34 / 32, "q5_0": 22 / 32, "q4_0": 18 / 32}


def catalog_of(**values: float) -> Catalog:
    """A catalog that holds only the parameters the cache needs."""
    numbers = {f"kv_cache.bytes_per_element.{name}": value for name, value in BYTES_PER_ELEMENT.items()}
    numbers |= {"kv_cache.state_bytes_per_element": 4, "kv_cache.indexer_top_k": 2048} | values
    parameters = {
        id: Parameter(id=id, value=value, unit="", meaning="", obtained="chosen", as_of="2026-11-21")
        for id, value in numbers.items()
    }
    return Catalog(
        **{
            field.name: {} if field.name not in ("as_of", "digest", "api_prices", "gpu_prices") else ()
            for field in dataclasses.fields(Catalog)
            if field.name != "parameters"
        },
        parameters=parameters,
    )


CATALOG = catalog_of()


def runtime_of(**changes: object) -> Runtime:
    """An engine that stores windows of a sliding layer with 512 tokens in flight, in cells of 256."""
    facts = {
        "id": "engine", "name": "", "role": "engine", "status": "active", "formats": (), "backends": (),
        "kv_dtypes": ("f16",), "windowed_kv": True, "memory_behaviour": "exact", "multi_device": "layer-split",
        "offload": "layers", "concurrency": "slots", "port": None, "base_url": None, "command": None,
        "verify": None, "install_url": "", "kv_pad_tokens": 256, "window_slack_tokens": 512,
        "conv_state_bytes": 4,
    }  # fmt: skip
    return Runtime(**(facts | changes))  # type: ignore[arg-type]


SLOTS = runtime_of()
BARE = runtime_of(kv_pad_tokens=1, window_slack_tokens=0)
FULL = runtime_of(windowed_kv=False, kv_pad_tokens=16)


def model(*mixers: Mixer, hidden: int = 4096) -> Architecture:
    layers = sum(mixer.layers for mixer in mixers)
    return Architecture(
        layers=layers,
        hidden=hidden,
        vocab=32_000,
        tied_embeddings=False,
        mixers=mixers,
        ffns=(Ffn(kind="dense", layers=layers, intermediate=4 * hidden),),
    )


def attention(layers: int, kv_heads: int, head_dim: int, **more: object) -> Mixer:
    return Mixer(kind="attention", layers=layers, heads=4 * kv_heads, kv_heads=kv_heads, head_dim=head_dim, **more)  # type: ignore[arg-type]


LLAMA_3_1_8B = model(attention(32, 8, 128))
QWEN3_30B_A3B = model(attention(48, 4, 128))
DEEPSEEK_V3 = model(Mixer(kind="mla", layers=61, heads=128, kv_lora=512, nope_dim=128, rope_dim=64, v_head_dim=128))
GPT_OSS_20B = model(attention(12, 8, 64), attention(12, 8, 64, window=128))
GEMMA_3_27B = model(attention(10, 16, 128), attention(52, 16, 128, window=1024))
QWEN3_6_27B = model(
    attention(16, 4, 256),
    Mixer(kind="gated_delta_net", layers=48, k_heads=16, v_heads=48, k_dim=128, v_dim=128, conv_kernel=4),
)


def gib(architecture: Architecture, runtime: Runtime = SLOTS, kv_dtype: str = "f16", context: int = CONTEXT) -> float:
    return kv_cache_bytes(architecture, context, 1, kv_dtype, runtime, CATALOG) / GIB


@pytest.mark.parametrize(
    ("architecture", "runtime", "expected"),
    [
        # 2 x 32 layers x 8 heads x 128 x 2 B = 131,072 B a token; x 131,072 tokens = 16 GiB
        (LLAMA_3_1_8B, SLOTS, 16.0),
        # 2 x 48 x 4 x 128 x 2 = 98,304 B; x 131,072 = 12 GiB
        (QWEN3_30B_A3B, SLOTS, 12.0),
        # (512 + 64) x 61 layers x 2 B = 70,272 B; x 131,072 = 8.578 GiB
        (DEEPSEEK_V3, SLOTS, 8.578125),
        # 2 x 16 x 4 x 256 x 2 = 65,536 B; x 131,072 = 8 GiB; state is counted below
        (QWEN3_6_27B, SLOTS, 8.0 + 0.146118),
        # 12 full layers: 2 x 12 x 8 x 64 x 2 = 24,576 B; x 131,072 = 3 GiB; windows 24,576 x 128 = 3 MiB
        (GPT_OSS_20B, BARE, 3.0 + 3 / 1024),
        # as allocated: pad(128 + 512, 256) = 768 cells x 24,576 B = 18 MiB
        (GPT_OSS_20B, SLOTS, 3.0 + 18 / 1024),
        # full: 10 x 8192 B x 131,072 = 10 GiB; windows: 52 x 8192 B x 1024 = 0.40625 GiB
        (GEMMA_3_27B, BARE, 10.40625),
        # as allocated: 1024 + 512 = 1536 cells (a multiple of 256): 52 x 8192 B x 1536 = 0.609375 GiB
        (GEMMA_3_27B, SLOTS, 10.609375),
        # an engine that does not cut windows: 62 x 8192 B x 131,072 = 62 GiB
        (GEMMA_3_27B, FULL, 62.0),
    ],
)
def test_known_models_at_128k(architecture: Architecture, runtime: Runtime, expected: float) -> None:
    assert gib(architecture, runtime) == pytest.approx(expected, rel=1e-5)


def test_quantized_cache() -> None:
    # 131,072 B a token at 2 bytes: q8_0 holds 32 numbers in 34 bytes, q4_0 in 18, q5_0 in 22, fp8 one byte each
    for kv_dtype, factor in (("q8_0", 34 / 64), ("q4_0", 18 / 64), ("q5_0", 22 / 64), ("fp8", 0.5)):
        assert gib(LLAMA_3_1_8B, kv_dtype=kv_dtype) == pytest.approx(16.0 * factor)
    # measured log: 61 layers x 576 x 32,768 tokens at q8_0 = 1,166.62 MiB
    assert gib(DEEPSEEK_V3, kv_dtype="q8_0", context=32_768) * 1024 == pytest.approx(1166.62, abs=0.01)


def test_unknown_cache_type_is_an_error() -> None:
    with pytest.raises(ValueError, match="unknown KV cache type"):
        kv_bytes_per_element("q9_9", CATALOG)


def test_recurrent_state() -> None:
    # per layer: 48 heads x 128 x 128 = 786,432 state numbers; convolution 3 x (2 x 2048 + 6144) = 30,720
    # 48 layers x (786,432 + 30,720) x 4 B = 156,893,184 B = 149.6 MiB
    assert recurrent_state_bytes(QWEN3_6_27B, SLOTS, CATALOG) == 156_893_184
    # with a 16-bit convolution state: 48 x (786,432 x 4 + 30,720 x 2) = 153,944,064
    assert recurrent_state_bytes(QWEN3_6_27B, runtime_of(conv_state_bytes=2), CATALOG) == 153_944_064
    assert recurrent_state_bytes(LLAMA_3_1_8B, SLOTS, CATALOG) == 0


@pytest.mark.parametrize(
    ("mixer", "state", "conv"),
    [
        # heads 32 x 128 x 128; three convolutions of width 4096 keep 3 inputs
        (
            Mixer(kind="kda", layers=1, k_heads=32, v_heads=32, k_dim=128, v_dim=128, conv_kernel=4),
            524_288,
            36_864,
        ),
        # inner 128 x 64 = 8192, state 128; convolution over inner + 2 x 8 x 128 = 10,240, keeps 3
        (
            Mixer(kind="mamba2", layers=1, heads=128, head_dim=64, groups=8, state=128, conv_kernel=4),
            1_048_576,
            30_720,
        ),
        # inner 8192 x state 16; convolution keeps 3 x 8192
        (Mixer(kind="mamba1", layers=1, inner=8192, state=16, conv_kernel=4, dt_rank=256), 131_072, 24_576),
        # 64 heads x 128 x 128
        (Mixer(kind="lightning", layers=1, heads=64, head_dim=128), 1_048_576, 0),
        # no state but the last 2 inputs of width 4096
        (Mixer(kind="short_conv", layers=1, conv_kernel=3), 0, 8_192),
    ],
)
def test_state_of_each_mixer(mixer: Mixer, state: int, conv: int) -> None:
    assert recurrent_state_bytes(model(mixer), SLOTS, CATALOG) == 4 * (state + conv)


def test_compressed_latents() -> None:
    # 30 layers keep one 512-wide latent per 4 tokens with 128-wide indexer keys, 31 one per 128 tokens, all 61 the
    # last 128 tokens. At 65,536 tokens, cells of 256:
    #   windows 61 x 512 x pad(128 + 512, 256) = 61 x 512 x 768 = 23,986,176
    #   sparse  30 x (512 + 128) x pad(16,384, 256) = 314,572,800
    #   heavy   31 x 512 x pad(512, 256) = 8,126,464            sum x 2 B = 693,370,880
    #   running state, 4 B each: 30 x 2 x 8 x 2 x 640 + 31 x 2 x 128 x 512 = 614,400 + 4,063,232
    sparse = Mixer(
        kind="compressed_latent", layers=30, heads=128, kv_heads=1, head_dim=512, window=128, compress_ratio=4,
        indexer_heads=64, indexer_dim=128,
    )  # fmt: skip
    heavy = dataclasses.replace(sparse, layers=31, compress_ratio=128, indexer_heads=None, indexer_dim=None)
    got = kv_cache_bytes(model(sparse, heavy), 65_536, 1, "f16", SLOTS, CATALOG)
    assert got == 693_370_880 + 4 * (614_400 + 4_063_232)


def test_indexer_keys_are_cached_beside_the_latents() -> None:
    # 61 x (576 + 128) x 2 B a token
    mixer = Mixer(kind="mla", layers=61, heads=128, kv_lora=512, rope_dim=64, indexer_heads=64, indexer_dim=128)
    assert kv_bytes_per_token(model(mixer), "f16", SLOTS, CATALOG) == 61 * 704 * 2
    # a decode step at 100,000 tokens reads all indexer keys and 2,048 latents
    read = kv_read_bytes(model(mixer), 100_000, "f16", SLOTS, CATALOG)
    assert read == 61 * 2 * (128 * 100_000 + 576 * 2048)


def test_shared_and_equal_keys() -> None:
    own = attention(10, 4, 256)
    assert gib(model(own, attention(20, 4, 256, kv_shared=True))) == gib(model(own))
    # one projection for keys and values, yet two tensors in the cache: keys are rotated, values are not
    assert gib(model(dataclasses.replace(own, k_equals_v=True))) == gib(model(own))


def test_value_heads_of_their_own_width() -> None:
    # 8 heads x (192 + 128) x 2 B
    assert kv_bytes_per_token(model(attention(1, 8, 192, v_head_dim=128)), "f16", SLOTS, CATALOG) == 5120


def test_tensor_parallel() -> None:
    def per_token(architecture: Architecture, devices: int) -> float:
        return kv_bytes_per_token(architecture, "f16", FULL, CATALOG, devices)

    assert per_token(LLAMA_3_1_8B, 4) == per_token(LLAMA_3_1_8B, 1) / 4
    # 4 KV heads over 8 devices: one each, every head twice
    assert per_token(QWEN3_30B_A3B, 8) == per_token(QWEN3_30B_A3B, 4)
    # a latent has no heads to divide: 70,272 B a token on each of 8 devices, as engines log
    assert per_token(DEEPSEEK_V3, 8) == 70_272


def test_context_is_padded_and_cut_by_sequences() -> None:
    # 5,000 tokens take 20 cells of 256 = 5,120; three sequences take three times that
    assert kv_cache_bytes(LLAMA_3_1_8B, 5_000, 3, "f16", SLOTS, CATALOG) == 3 * 5_120 * 131_072
    assert kv_cache_bytes(LLAMA_3_1_8B, 0, 1, "f16", SLOTS, CATALOG) == 0


def test_pool_split_by_a_ratio() -> None:
    # a sliding layer that always gets 80 % of the full length: (10 + 0.8 x 52) x 8192 B x 131,072 = 51.6 GiB
    assert gib(GEMMA_3_27B, runtime_of(window_share=0.8, kv_pad_tokens=1)) == pytest.approx(51.6, rel=1e-4)


def test_reads_stop_at_the_window() -> None:
    # 10 full layers read 100,000 tokens, 52 read 1,024; 8,192 B each
    read = kv_read_bytes(GEMMA_3_27B, 100_000, "f16", FULL, CATALOG)
    assert read == 8192 * (10 * 100_000 + 52 * 1024)
    # the state is read and written back
    assert kv_read_bytes(QWEN3_6_27B, 0, "f16", SLOTS, CATALOG) == 2 * 156_893_184


mixers = st.one_of(
    st.builds(
        attention,
        layers=st.integers(1, 40),
        kv_heads=st.integers(1, 16),
        head_dim=st.sampled_from([64, 128, 256]),
        window=st.sampled_from([None, 128, 1024, 4096]),
    ),
    st.builds(
        Mixer,
        kind=st.just("mla"),
        layers=st.integers(1, 40),
        heads=st.just(32),
        kv_lora=st.sampled_from([256, 512]),
        rope_dim=st.just(64),
    ),
    st.builds(
        Mixer,
        kind=st.just("mamba2"),
        layers=st.integers(1, 40),
        heads=st.integers(1, 64),
        head_dim=st.just(64),
        groups=st.just(8),
        state=st.just(128),
        conv_kernel=st.just(4),
    ),
)
models = st.lists(mixers, min_size=1, max_size=4).map(lambda found: model(*found))
contexts = st.integers(1, 300_000)
engines = st.sampled_from([SLOTS, BARE, FULL, runtime_of(window_share=0.8)])


@given(models, contexts, st.integers(0, 100_000), st.integers(1, 8), engines)
def test_grows_with_context_and_sequences(a: Architecture, context: int, more: int, users: int, e: Runtime) -> None:
    need = kv_cache_bytes(a, context, users, "f16", e, CATALOG)
    assert need <= kv_cache_bytes(a, context + more, users, "f16", e, CATALOG)
    assert need == users * kv_cache_bytes(a, context, 1, "f16", e, CATALOG)


@given(models, contexts, engines)
def test_grows_with_bits(a: Architecture, context: int, e: Runtime) -> None:
    needs = [kv_cache_bytes(a, context, 1, t, e, CATALOG) for t in ("q4_0", "q5_0", "fp8", "q8_0", "f16", "f32")]
    assert needs == sorted(needs)


@given(models, contexts)
def test_a_window_never_stores_more_than_the_whole(a: Architecture, context: int) -> None:
    whole = dataclasses.replace(SLOTS, windowed_kv=False)
    assert kv_cache_bytes(a, context, 1, "f16", SLOTS, CATALOG) <= kv_cache_bytes(a, context, 1, "f16", whole, CATALOG)


@given(models, contexts, contexts, st.sampled_from([1, 2, 4, 8]))
def test_state_ignores_the_context(a: Architecture, one: int, other: int, devices: int) -> None:
    stateful = model(*(m for m in a.mixers if m.kind == "mamba2"), attention(1, 1, 64, kv_shared=True))
    assert kv_cache_bytes(stateful, one, 1, "f16", SLOTS, CATALOG, devices) == kv_cache_bytes(
        stateful, other, 1, "f16", SLOTS, CATALOG, devices
    )


@given(models, contexts, st.sampled_from([1, 2, 4, 8]))
def test_more_devices_never_need_more_each(a: Architecture, context: int, devices: int) -> None:
    split = kv_cache_bytes(a, context, 1, "f16", FULL, CATALOG, devices)
    whole = kv_cache_bytes(a, context, 1, "f16", FULL, CATALOG)
    assert whole / devices <= split <= whole
