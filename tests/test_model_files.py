"""Headers of model files: read right, and never believed."""

from __future__ import annotations

import json
import struct
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.making.model_files import (
    CONFIG,
    HIDDEN,
    PARAMS,
    gguf_bytes,
    gguf_metadata,
    gguf_tensors,
    safetensors_bytes,
    tensor_bytes,
)

from llm_pick.core.listed_files import gguf_files
from llm_pick.io.files import gguf, safetensors
from llm_pick.io.files.source import FileError


class Bytes:
    """A source over bytes, which counts what is read."""

    name = "test"

    def __init__(self, data: bytes) -> None:
        self.data, self.size, self.read = data, len(data), 0

    def read_at(self, offset: int, length: int) -> bytes:
        self.read += length
        return self.data[offset : offset + length]


WHOLE = gguf_bytes()


@pytest.mark.parametrize(("version", "order"), [(2, "<"), (3, "<"), (3, ">")])
def test_a_header_is_read(version, order):
    header = gguf.read_header(Bytes(gguf_bytes(version=version, order=order)))
    assert header.architecture == "llama"
    assert header.of_model("embedding_length") == HIDDEN
    assert [(t.name, t.shape) for t in header.tensors] == [(name, shape) for name, shape, _ in gguf_tensors()]
    assert sum(t.elements for t in header.tensors) == PARAMS


def test_long_vocabularies_are_counted_and_not_kept():
    many = gguf_bytes(gguf_metadata(tokenizer__ggml__tokens=[f"t{i}" for i in range(150_000)]))
    assert gguf.read_header(Bytes(many)).metadata["tokenizer.ggml.tokens"] == gguf.Counted(150_000)


def test_other_files_and_versions():
    for data in (b"", b"GGU", b"PK\x03\x04" + bytes(100), b"GGUF" + struct.pack("<IQQ", 1, 1, 1), WHOLE[:200], WHOLE[:9000]):
        with pytest.raises(FileError):
            gguf.read_header(Bytes(data))


@pytest.mark.parametrize(
    "claim",
    [
        struct.pack("<IQQ", 3, 2**63, 1),  # tensors without end
        struct.pack("<IQQ", 3, 1, 2**63),  # metadata without end
        struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 2**62),  # a key of four exabytes
        struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 1) + b"k" + struct.pack("<IIQ", 9, 4, 2**61),  # a list of 2**61 numbers
        struct.pack("<IQQ", 3, 0, 1)
        + struct.pack("<Q", 1)
        + b"k"
        + struct.pack("<I", 9)
        + struct.pack("<IQ", 9, 1) * 5000,  # nested
        struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 1) + b"k" + struct.pack("<I", 77),  # a type that is none
        struct.pack("<IQQ", 3, 1, 0) + struct.pack("<Q", 1) + b"t" + struct.pack("<I", 2**31),  # two billion dimensions
        struct.pack("<IQQ", 3, 1, 0) + struct.pack("<Q", 1) + b"t" + struct.pack("<I4Q", 4, *[2**40] * 4),  # a huge shape
    ],
)
def test_hostile_claims_cost_nothing(claim):
    source = Bytes(b"GGUF" + claim + bytes(4096))
    began = time.monotonic()
    with pytest.raises(FileError):
        gguf.read_header(source)
    assert time.monotonic() - began < 1
    assert source.read < 4 << 20


@settings(max_examples=300, deadline=2000, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_damaged_headers_give_one_clear_error(data):
    """Any header with any bytes changed is read, or refused with a ``FileError``; nothing else, and soon."""
    head = bytearray(WHOLE[: gguf.read_header(Bytes(WHOLE)).data_start])
    for _ in range(data.draw(st.integers(1, 6))):
        head[data.draw(st.integers(0, len(head) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(head)))
    try:
        gguf.read_header(Bytes(bytes(head[:cut])))
    except FileError as error:
        assert error.hint


@settings(max_examples=200, deadline=2000)
@given(st.binary(max_size=400))
def test_noise_is_no_safetensors_file(noise):
    try:
        safetensors.read_header(Bytes(noise))
    except FileError as error:
        assert error.hint


def test_safetensors_header():
    tensors = safetensors.read_header(Bytes(safetensors_bytes()))
    assert sum(t.elements for t in tensors) == PARAMS
    assert sum(t.bytes for t in tensors) == 2 * PARAMS
    with pytest.raises(FileError, match="cut short"):
        safetensors.read_header(Bytes(safetensors_bytes()[:-1]))
    deep = b"[" * 100_000
    with pytest.raises(FileError):
        safetensors.read_header(Bytes(struct.pack("<Q", len(deep)) + deep))


def test_names_of_files(catalog):
    """Parts are joined, what is no model is left out, labels are read wherever they stand."""
    sizes = {
        "Qwen3-8B-Q4_K_M.gguf": 5,
        "UD-Q2_K_XL/m-UD-Q2_K_XL-00001-of-00002.gguf": 3,
        "UD-Q2_K_XL/m-UD-Q2_K_XL-00002-of-00002.gguf": 4,
        "m-BF16-00001-of-00003.gguf": 9,
        "m.IQ4_XS.gguf": 2,
        "gpt-oss-20b-MXFP4.gguf": 8,
        "mmproj-F16.gguf": 1,
        "what.gguf": 6,
        "m-Q8_0.gguf": None,
        "readme.md": 1,
    }
    found = {file.path: (file.quant, file.bytes, file.complete) for file in gguf_files(sizes, catalog)}
    assert found == {
        "Qwen3-8B-Q4_K_M.gguf": ("q4_k_m", 5, True),
        "UD-Q2_K_XL/m-UD-Q2_K_XL-00001-of-00002.gguf": ("ud-q2_k_xl", 7, True),
        "m-BF16-00001-of-00003.gguf": ("bf16-gguf", 9, False),
        "m.IQ4_XS.gguf": ("iq4_xs", 2, True),
        "gpt-oss-20b-MXFP4.gguf": ("mxfp4_moe", 8, True),
        "what.gguf": (None, 6, True),
        "m-Q8_0.gguf": ("q8_0", None, True),
    }


# --- through the command --------------------------------------------------------------------------------------------------


def test_a_file_fits(cli, tmp_path):
    path = tmp_path / "tiny-Q4_K_M.gguf"
    path.write_bytes(WHOLE)
    found = cli("inspect", str(path), "-H", "rtx-3090", "--json")
    assert found.code == 0, found.err
    assert found.json["schema"] == "llm-pick/inspect@1"
    assert found.json["files"][0]["bytes"] == len(WHOLE)
    held = sum(-(-tensor_bytes(shape, kind) // 32) * 32 for _, shape, kind in gguf_tensors())
    assert abs(found.json["fits"][0]["memory"]["weights_bytes"]["likely"] / held - 1) < 0.05
    again = cli("inspect", str(path), "-H", "rtx-3090", "--format", "table")
    assert "fits on rtx-3090" in again.out


def test_a_quantization_only_the_metadata_knows(cli, tmp_path):
    (tmp_path / "model.gguf").write_bytes(WHOLE)
    assert cli("inspect", str(tmp_path / "model.gguf"), "-H", "rtx-3090", "--json").json["fits"][0]["quant"] == "q4_k_m"


def test_a_folder_of_safetensors(cli, tmp_path):
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    (tmp_path / "model.safetensors").write_bytes(safetensors_bytes())
    (tmp_path / "README.md").write_text("---\nlicense: mit\n---\n# Tiny\n")
    found = cli("inspect", str(tmp_path), "-H", "rtx-3090", "--json")
    assert found.code == 0, found.err
    assert found.json["license"]["id"] == "mit"
    held = found.json["fits"][0]["memory"]["weights_bytes"]["likely"]
    assert held == pytest.approx(2 * PARAMS, rel=0.02), "an engine pads the vocabulary, and loads no more"


def test_a_split_file_needs_its_parts(cli, tmp_path):
    first = gguf_bytes(gguf_metadata(split__count=2))
    (tmp_path / "t-Q4_K_M-00001-of-00002.gguf").write_bytes(first)
    alone = cli("inspect", str(tmp_path / "t-Q4_K_M-00001-of-00002.gguf"), "-H", "rtx-3090")
    assert (alone.code, "others are missing" in alone.err) == (2, True)
    (tmp_path / "t-Q4_K_M-00002-of-00002.gguf").write_bytes(bytes(1000))
    both = cli("inspect", str(tmp_path / "t-Q4_K_M-00001-of-00002.gguf"), "-H", "rtx-3090", "--json")
    assert both.json["files"][0]["bytes"] == len(first) + 1000


@pytest.mark.parametrize("what", ["missing", "folder", "cut", "tower", "loop", "text", "no-config", "fifo-free-empty"])
def test_bad_files_are_one_clear_line(cli, tmp_path, what):
    path = tmp_path / "bad.gguf"
    if what == "folder":
        path = tmp_path
    elif what == "cut":
        path.write_bytes(WHOLE[:-10_000])
    elif what == "tower":
        path.write_bytes(gguf_bytes(gguf_metadata(general__architecture="clip"), [("v.blk.0.attn_q.weight", (256, 256), 1)]))
    elif what == "loop":
        path.symlink_to(path)
    elif what == "text":
        path.write_text("hello")
    elif what == "no-config":
        (tmp_path / "m.safetensors").write_bytes(safetensors_bytes())
        path = tmp_path
    elif what == "fifo-free-empty":
        path.write_bytes(b"")
    ran = cli("inspect", str(path), "-H", "rtx-3090")
    assert ran.code == 2
    assert ran.out == ""
    assert ran.err.startswith("error: ")
    assert ran.err.count("\n") == 2
    assert "bug" not in ran.err
