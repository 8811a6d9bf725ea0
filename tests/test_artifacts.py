"""Published sizes in the catalog: where they come from, when they are used, and whether the recipes agree with them."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import yaml
from tools.import_artifacts import docker_sizes, insert

from llm_pick.core.catalog import ArtifactSize
from llm_pick.core.estimate.weights import file_bytes, published_sizes, weights_bytes

EXCEPTIONS = yaml.safe_load((Path(__file__).parent / "data" / "artifact_exceptions.yaml").read_text(encoding="utf-8"))
AGREE = 0.05
PERMITTED = ("MIT", "Apache-2.0", "BSD", "CC-BY-4.0")


def artifacts(catalog):
    return [(model, item) for model in catalog.models.values() for item in model.artifacts]


def off_by(catalog, model, item):
    """Published over computed size, less one; computed as the file's publisher quantizes."""
    blank = dataclasses.replace(model, artifacts=(), gguf_repo=item.repo)
    size = (file_bytes if item.what == "file" else weights_bytes)(blank, catalog.quantizations[item.quant], catalog)
    return item.bytes / size.likely - 1


def test_published_sizes_agree_with_the_recipes_or_are_explained(catalog):
    off = {
        f"{model.id} {item.quant} {item.repo.split('/')[0]}"
        for model, item in artifacts(catalog)
        if model.architecture is not None and abs(off_by(catalog, model, item)) > AGREE
    }
    assert off == set(EXCEPTIONS)
    assert len(off) < len(artifacts(catalog)) / 10


def test_exact_sizes_of_common_mixes_agree_closely(catalog):
    errors = sorted(
        abs(off_by(catalog, model, item)) for model, item in artifacts(catalog) if item.exact and not item.quant.startswith("ud-")
    )
    assert len(errors) > 15
    assert errors[int(0.8 * len(errors))] < 0.01


def test_sources_allow_copying(catalog):
    for model, item in artifacts(catalog):
        reference = catalog.references[item.source.split()[0]]
        assert reference.licence is not None, (model.id, item.source)
        assert reference.licence.startswith(PERMITTED), (model.id, reference.licence)


def test_what_was_weighed_is_a_file_or_its_tensors(catalog):
    assert {item.what for _, item in artifacts(catalog)} == {"file", "tensors"}


@pytest.fixture
def measured(catalog):
    """A model with sizes of three publishers, one of which has rules of its own in the recipe."""
    sizes = (("unsloth/a", 100), ("bartowski/a", 120), ("somebody/a", 110))
    items = tuple(ArtifactSize("q4_k_m", size * 10**7, repo, True, "x") for repo, size in sizes)
    return dataclasses.replace(catalog.models["qwen3-8b"], artifacts=items)


@pytest.mark.parametrize(
    ("repo", "used"),
    [
        ("bartowski/Qwen_Qwen3-8B-GGUF", ["bartowski/a"]),
        ("unsloth/Qwen3-8B-GGUF", ["unsloth/a"]),
        # Neither of the two has a mix of its own, so their files are alike.
        ("ggml-org/Qwen3-8B-GGUF", ["somebody/a"]),
        (None, ["somebody/a"]),
    ],
)
def test_sizes_of_the_named_publisher_come_first(catalog, measured, repo, used):
    found = published_sizes(dataclasses.replace(measured, gguf_repo=repo), catalog.quantizations["q4_k_m"], catalog)
    assert [item.repo for item in found] == used


def test_a_publisher_with_a_mix_of_its_own_is_not_given_the_size_of_another(catalog, measured):
    only = dataclasses.replace(measured, artifacts=measured.artifacts[2:], gguf_repo="bartowski/x")
    assert published_sizes(only, catalog.quantizations["q4_k_m"], catalog) == ()
    computed = dataclasses.replace(only, artifacts=())
    quantization = catalog.quantizations["q4_k_m"]
    assert weights_bytes(only, quantization, catalog) == weights_bytes(computed, quantization, catalog)


def test_tensor_sizes_have_no_header_taken_off(catalog, measured):
    quantization = catalog.quantizations["q4_k_m"]
    as_file = dataclasses.replace(measured, artifacts=measured.artifacts[:1], gguf_repo=None)
    item = dataclasses.replace(measured.artifacts[0], what="tensors", repo="somebody/b")
    as_tensors = dataclasses.replace(measured, artifacts=(item,), gguf_repo=None)
    assert weights_bytes(as_tensors, quantization, catalog).likely == item.bytes
    as_file = dataclasses.replace(as_tensors, artifacts=(dataclasses.replace(item, what="file"),))
    header = catalog.parameter("weights.gguf_header_bytes_per_token") * measured.architecture.vocab
    assert weights_bytes(as_file, quantization, catalog).likely == pytest.approx(item.bytes - header, abs=1)
    assert file_bytes(as_file, quantization, catalog).likely == item.bytes


def test_a_head_stored_otherwise_than_the_architecture_says(catalog):
    # Qwen2.5-1.5B ties head and embedding of 151,936 x 1,536; the maker's GGUF files hold both, so Q8_0 (34 bytes per 32)
    # has 151,936 x 1,536 x 34 / 32 = 247,959,552 bytes more than other publishers' files.
    model = dataclasses.replace(catalog.models["qwen2.5-1.5b-instruct"], artifacts=())
    q8 = catalog.quantizations["q8_0"]
    own = weights_bytes(dataclasses.replace(model, gguf_repo="Qwen/Qwen2.5-1.5B-Instruct-GGUF"), q8, catalog).likely
    other = weights_bytes(dataclasses.replace(model, gguf_repo="bartowski/Qwen2.5-1.5B-Instruct-GGUF"), q8, catalog).likely
    assert own - other == 151_936 * 1_536 * 34 // 32
    # MLX keeps no head where the config ties it: 0.6B in 4 bits and two 16-bit numbers per 64 is 4.5 bits a weight.
    small = dataclasses.replace(catalog.models["qwen3-0.6b"], artifacts=())
    mlx = weights_bytes(small, catalog.quantizations["mlx-4bit"], catalog).likely
    assert mlx == pytest.approx((small.params_total - 151_936 * 1_024) * 4.5 / 8, rel=0.005)


# --- the tool that adds them ---

RECORDS = """families:
  - id: a
    models:
      - id: a-1b
        name: A
        sources:
          '*': [x]
      - id: a-2b
        name: B
        artifacts:
          - {quant: q8_0, bytes: 1, repo: r, exact: true, source: old
              path}
          - {quant: q8_0, bytes: 2, repo: r, exact: true, source: kept path}
        notes:
          - n
        sources:
          '*': [x]
"""


def test_sizes_are_inserted_and_those_of_the_same_source_replaced():
    text = insert(RECORDS, {"a-1b": ["          - {quant: new}"], "a-2b": ["          - {quant: new}"]}, ("old",))
    first, second = yaml.safe_load(text)["families"][0]["models"]
    assert first["artifacts"] == [{"quant": "new"}]
    assert [item.get("bytes") for item in second["artifacts"]] == [2, None]
    assert second["notes"] == ["n"]
    assert insert(RECORDS, {}, ()) == RECORDS


def test_variant_tables_are_read(tmp_path):
    (tmp_path / "ai").mkdir()
    (tmp_path / "ai" / "m.md").write_text(
        "| Model variant | Parameters | Quantization | Context window | VRAM | Size |\n"
        "| `ai/m:8B`<br><br>`ai/m:8B-UD-Q4_K_XL`<br><br>`ai/m:latest` | 8B | MOSTLY_Q4_K_M | 41K tokens | 5.80 GiB | 4.50 GB |\n"
        "| `ai/m:0.6B-F16` | 0.6B | MOSTLY_F16 | 41K tokens | 5.80 GiB | 512.00 MB |\n",
        encoding="utf-8",
    )
    first, second = docker_sizes(tmp_path)
    assert (first.names, first.label, first.bytes) == (("m-8B", "m"), "UD-Q4_K_XL", round(4.5 * 2**30))
    assert (second.names, second.label, second.bytes) == (("m-0.6B", "m"), "F16", 2**29)
