"""Architectures read from a model's own files agree with the catalog's records, which were entered another way."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from tests.making.model_files import LAYERS, PARAMS, gguf_metadata, gguf_tensors

from llm_pick.core.catalog import Mixer
from llm_pick.core.estimate.kv_cache import kv_cache_bytes
from llm_pick.core.reading.config_architecture import architecture_of, context_of, quantization_of
from llm_pick.core.reading.gguf_architecture import architecture_of as from_gguf
from llm_pick.core.reading.read import Unreadable

CONFIGS = yaml.safe_load((Path(__file__).parent / "data" / "configs.yaml").read_text())


@pytest.mark.parametrize("case", CONFIGS, ids=lambda case: case["model"])
def test_configs_give_the_catalogs_architecture(case, catalog):
    """Parameters of the language model within 0.5 %, and the KV cache at 128k tokens to the byte."""
    read, record = architecture_of(case["config"]), catalog.models[case["model"]]
    architecture = record.architecture
    text = record.params_total - architecture.vision_params - architecture.audio_params - architecture.other_params
    assert read.params_total == pytest.approx(text, rel=0.005)
    for runtime in ("llama-cpp", "vllm"):
        ours, known = (
            kv_cache_bytes(found, 131072, 1, "f16", catalog.runtimes[runtime], catalog)
            for found in (read.architecture, architecture)
        )
        assert ours == known


def test_what_a_config_lacks_is_said():
    with pytest.raises(Unreadable, match="hidden_size"):
        architecture_of({"num_hidden_layers": 2})
    with pytest.raises(Unreadable, match="no language model"):
        architecture_of({"hidden_size": 64, "num_hidden_layers": -1, "vocab_size": 10, "num_attention_heads": 2})
    with pytest.raises(Unreadable, match="block_configs"):
        architecture_of({"hidden_size": 64, "num_hidden_layers": 1, "block_configs": []})


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"torch_dtype": "bfloat16"}, "bf16"),
        ({"quantization_config": {"quant_method": "fp8"}}, "fp8"),
        ({"quantization_config": {"quant_method": "awq", "bits": 4}}, "awq-int4"),
        ({"quantization_config": {"quant_method": "mxfp4"}}, "mxfp4"),
        ({"quantization_config": {"quant_method": "modelopt", "quant_algo": "NVFP4"}}, "nvfp4"),
        ({"quantization_config": {"quant_method": "quip"}}, None),
        ({}, None),
    ],
)
def test_declared_quantizations(config, expected):
    assert quantization_of(config) == expected


def test_context():
    assert context_of({"text_config": {"max_position_embeddings": 262144}}) == 262144
    assert context_of({}) is None


def _shapes():
    return {name: shape for name, shape, _ in gguf_tensors()}


def test_a_gguf_header_gives_every_tensor():
    read = from_gguf(gguf_metadata(), _shapes())
    assert read.params_total == read.params_active == PARAMS
    assert read.architecture.mixers == (Mixer(kind="attention", layers=LAYERS, heads=4, kv_heads=2, head_dim=64),)
    assert not read.architecture.tied_embeddings


def test_a_rhythm_kept_in_code_is_known_and_one_that_is_not_is_said():
    """Gemma 2 alternates: half of four layers slide. A stranger's window is counted as none, and said."""
    known = from_gguf(gguf_metadata(general__architecture="gemma2", **_as("gemma2")), _shapes())
    assert [(m.layers, m.window) for m in known.architecture.mixers] == [(2, 512), (2, None)]
    stranger = from_gguf(gguf_metadata(general__architecture="newborn", **_as("newborn")), _shapes())
    assert [m.window for m in stranger.architecture.mixers] == [None]
    assert "all are counted as full" in stranger.notes[0]


def _as(kind):
    return {f"{kind}__block_count": LAYERS, f"{kind}__attention__head_count": 4, f"{kind}__attention__head_count_kv": 2,
            f"{kind}__attention__sliding_window": 512}  # fmt: skip


def test_a_file_without_embedding_is_no_model():
    with pytest.raises(Unreadable, match="vision tower"):
        from_gguf({"general.architecture": "clip"}, {"v.blk.0.attn_q.weight": (64, 64)})
