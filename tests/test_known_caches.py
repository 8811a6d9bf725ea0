"""The KV cache of known models at 131,072 tokens, by the catalog's own records and engines."""

from __future__ import annotations

import dataclasses

import pytest

from llm_pick.core.estimate.kv_cache import kv_cache_bytes, recurrent_state_bytes

GIB = 1024**3

CASES = [
    # 32 layers x 8 heads x (128 + 128) x 2 B = 131,072 B a token
    ("llama-3.1-8b-instruct", "llama-cpp", "f16", 16.0),
    # q8_0: 34 bytes for 32 numbers instead of 64; q4_0: 18
    ("llama-3.1-8b-instruct", "llama-cpp", "q8_0", 16.0 * 34 / 64),
    ("llama-3.1-8b-instruct", "llama-cpp", "q4_0", 16.0 * 18 / 64),
    # 48 layers x 4 heads x 256 x 2 B = 98,304 B a token
    ("qwen3-30b-a3b", "llama-cpp", "f16", 12.0),
    # 12 full layers x 8 heads x 128 x 2 B = 24,576 B a token; 12 windows of 128 + 512, padded to 768 cells: 18 MiB
    ("gpt-oss-20b", "llama-cpp", "f16", 3.0 + 18 / 1024),
    # the same layers in vLLM: windows of 128 + 4096 tokens in flight, a multiple of 16: 24,576 B x 4,224 = 99 MiB
    ("gpt-oss-20b", "vllm", "auto", 3.0 + 99 / 1024),
    # 10 full layers x 16 heads x 256 x 2 B = 81,920 B a token, 10 GiB; 52 x 8,192 B x (1024 + 512) = 0.609375 GiB
    ("gemma-3-27b-it", "llama-cpp", "f16", 10.609375),
    # vLLM: 52 x 8,192 B x (1024 + 4096) = 2.03125 GiB
    ("gemma-3-27b-it", "vllm", "auto", 12.03125),
    # a latent of 512 and a rotary key of 64 in each of 61 layers: 70,272 B a token
    ("deepseek-v3", "llama-cpp", "f16", 8.578125),
    ("kimi-k2-instruct", "vllm", "auto", 8.578125),
]


def cache_gib(catalog, model, runtime, kv_dtype, devices=1, users=1):
    architecture = catalog.models[model].architecture
    held = kv_cache_bytes(architecture, 131_072, users, kv_dtype, runtime, catalog, devices)
    return (held - users * recurrent_state_bytes(architecture, runtime, catalog, devices)) / GIB


@pytest.mark.parametrize(("model", "engine", "kv_dtype", "expected"), CASES)
def test_at_128k(catalog, model, engine, kv_dtype, expected):
    assert cache_gib(catalog, model, catalog.runtimes[engine], kv_dtype) == pytest.approx(expected, rel=1e-6)


def test_full_window_stores_every_token(catalog):
    # --swa-full: all 62 layers hold 131,072 tokens of 8,192 B
    engine = catalog.runtimes["llama-cpp"]
    assert engine.flags["full_window"] == "--swa-full"
    whole = dataclasses.replace(engine, windowed_kv=False)
    assert cache_gib(catalog, "gemma-3-27b-it", whole, "f16") == pytest.approx(62.0)


def test_tensor_parallel_divides_heads_and_repeats_latents(catalog):
    vllm = catalog.runtimes["vllm"]
    # 8 KV heads over 8 devices: an eighth each; over 16: one each, every head twice
    assert cache_gib(catalog, "llama-3.1-8b-instruct", vllm, "auto", devices=8) == pytest.approx(2.0)
    assert cache_gib(catalog, "llama-3.1-8b-instruct", vllm, "auto", devices=16) == pytest.approx(2.0)
    # logs of Kimi K2 on 8 devices print 70,274 B a token on each
    assert cache_gib(catalog, "kimi-k2-instruct", vllm, "auto", devices=8) * GIB / 131_072 == pytest.approx(70_274, rel=1e-4)


def test_every_parallel_sequence_has_a_cache(catalog):
    engine = catalog.runtimes["llama-cpp"]
    assert cache_gib(catalog, "llama-3.1-8b-instruct", engine, "f16", users=3) == pytest.approx(48.0)
