"""How measured sizes are predicted: from the right publisher's recipe, from relatives, never from their own copy."""

from __future__ import annotations

import dataclasses

import pytest
from benchmarks import sizes
from benchmarks.accuracy import report_of
from benchmarks.lookalike import Lookalikes
from benchmarks.resolve import Resolver, label_agrees, params_from_name

from llm_pick.core.catalog import ArtifactSize
from llm_pick.core.estimate.tensors import tensor_groups

GIB = 2**30


@pytest.fixture(scope="module")
def resolver(catalog):
    return Resolver(catalog)


@pytest.fixture(scope="module")
def lookalikes(resolver):
    return Lookalikes(resolver)


def row(**fields):
    return {"id": "x", "trust": "A", "format": "gguf", "size_kind": "file", "quant_norm": "Q4_K_M", "size_gib": 4.6} | fields


def with_size(catalog, id, item):
    models = dict(catalog.models)
    models[id] = dataclasses.replace(models[id], artifacts=(item,))
    return dataclasses.replace(catalog, models=models)


def test_a_row_is_not_predicted_from_its_own_copy(catalog):
    wrong = ArtifactSize("q4_k_m", 9_000_000_000, "somebody/Qwen3-8B-GGUF", True, "x")
    changed = Resolver(with_size(catalog, "qwen3-8b", wrong))
    copied = row(model_key="qwen3-8b", model="x", hf_repo=wrong.repo, size_gib=None, size_bytes=wrong.bytes)
    other = row(model_key="qwen3-8b", model="x", hf_repo="else/Qwen3-8B-GGUF", size_gib=None, size_bytes=5_000_000_000)
    assert sizes.predict(copied, changed, Lookalikes(changed))[0] == "computed"
    assert sizes.predict(copied, changed, Lookalikes(changed))[1].high < 6_000_000_000
    group, size = sizes.predict(other, changed, Lookalikes(changed))
    assert (group, size.likely) == ("another's published size", 9_000_000_000)
    tuned = other | {"model_key": "somebody-qwen3-8b-roleplay", "hf_repo": "else/Qwen3-8B-roleplay"}
    assert sizes.predict(tuned, changed, Lookalikes(changed))[0] == "computed"


def test_the_recipe_is_that_of_the_row_s_publisher(resolver, lookalikes):
    def size(repo):
        return sizes.predict(row(model_key="qwen3.5-9b", hf_repo=repo), resolver, lookalikes)[1].likely

    # Bartowski's files of 2026 keep attention in more bits than the plain mix.
    assert size("bartowski/Qwen_Qwen3.5-9B-GGUF") > 1.02 * size("somebody/Qwen3.5-9B-GGUF")


def test_a_size_beside_the_name_completes_and_checks_it(resolver, catalog):
    assert resolver.model({"model_key": "llama-3.1-latest", "params_label": "8B"}).id == "llama-3.1-8b-instruct"
    # "Qwen 1.5" alone is the family: the size decides, and no other member stands in for one the catalog lacks.
    assert resolver.model({"model_key": "qwen-1.5", "params_label": "7B"}).id == "qwen1.5-7b-chat"
    assert resolver.model({"model_key": "qwen-1.5", "params_label": "23B"}) is None
    assert label_agrees("", catalog.models["qwen3-8b"])
    assert label_agrees("30B-A3B", catalog.models["qwen3-30b-a3b"])
    assert not label_agrees("120B", catalog.models["gpt-oss-20b"])


def test_what_a_name_states():
    assert params_from_name("qwen3-30b-a3b") == (30e9, 3e9)
    assert params_from_name("mixtral-8x7b")[0] == 56e9
    assert params_from_name("llama-3.2-8x3b-moe-18.4b")[0] == 18.4e9


@pytest.mark.parametrize(
    "fields",
    [
        {"model_key": "gemma-4-26b-a4b-apex", "model": "gemma-4-26B-A4B-it-APEX-GGUF"},
        {"model_key": "qwen3-8b", "file": "qwen3-8b.imatrix.gguf"},
        {"model_key": "qwen3-8b", "component": "mmproj"},
        {"model_key": "a-tuning-of-something", "model": "a-tuning-of-something"},
    ],
)
def test_what_cannot_be_known_is_skipped_with_a_reason(resolver, lookalikes, fields):
    assert isinstance(sizes.predict(row(**fields), resolver, lookalikes), str)


def test_a_pruned_relative_loses_experts_only(resolver, lookalikes, catalog):
    parent = catalog.models["qwen3-coder-30b-a3b-instruct"]
    quantization = catalog.quantizations["bf16-gguf"]
    pruned = row(model_key="someone-qwen3-coder-reap-25b-a3b", quant_norm="BF16", size_kind="tensor_bytes_llama_bench")
    group, size = lookalikes.predict(pruned, quantization, 25e9, 3e9, counted=True)
    assert group == "relative"
    # At 16 bits nearly every parameter is two bytes, whatever was removed; norms and routers are four.
    text = sum(g.elements * g.copies for g in tensor_groups(parent.architecture) if g.part != "tower")
    assert size.likely == pytest.approx(2 * 25e9, rel=0.002)
    assert size.likely < 2 * text


def test_an_unknown_model_weighs_what_known_ones_of_its_size_do(lookalikes, catalog):
    quantization = catalog.quantizations["q4_k_m"]
    stranger = row(model_key="stranger-8b", source_date="2026-05-05")
    group, size = lookalikes.predict(stranger, quantization, 8e9, None, counted=False)
    assert group == "same size"
    assert size.low < size.likely < size.high
    assert size.low > 4.4 * GIB
    assert size.high < 5.8 * GIB
    dense = lookalikes.predict(stranger, quantization, 8e9, None, counted=True)[1].likely
    assert lookalikes.predict(stranger, quantization, 16e9, None, counted=True)[1].likely == pytest.approx(2 * dense, rel=0.1)


def test_a_family_left_out_gives_way_to_others(resolver, catalog):
    quantization = catalog.quantizations["q8_0"]
    family = catalog.models["qwen3.5-9b"].family
    alone = Lookalikes(resolver, without=frozenset(id for id, m in catalog.models.items() if m.family == family))
    question = row(model_key="qwen3.5-9b-tuned", source_date="2026-05-05")
    assert Lookalikes(resolver).predict(question, quantization, 9e9, None, counted=False)[0] == "relative"
    assert alone.predict(question, quantization, 9e9, None, counted=False)[0] == "same size"


def test_pure_quantizations_are_reported_apart(resolver):
    pure = row(model_key="qwen3.5-9b", size_kind="sum_of_tensor_bytes_in_map", quant_norm="Q4_K", params_exact=8_953_803_264)
    mixed = row(model_key="qwen3.5-9b", size_gib=5.3)
    found = list(sizes.outcomes([pure, mixed], resolver))
    assert [outcome.group for outcome in found] == ["pure quantization", "computed"]
    # Q4_K is 144 bytes per 256 weights; norms and the like stay in 32 bits and are few.
    assert found[0].predicted.likely * GIB == pytest.approx(8_953_803_264 * 144 / 256, rel=0.01)
    groups = report_of(found)["sizes"]["groups"]
    assert groups["trust A and B"]["predicted"] == 1
    assert {"within_5_pct", "under_by_more_than_5_pct"} <= set(groups["computed"])
