"""The header of a GGUF file: metadata and the list of tensors, read without trusting a single number in it.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md (versions 2 and 3, either byte order). Every count
and length is checked against what is left of the file and of the budget before anything is allocated, so a hostile
header costs bounded time and memory. Tokenizer tables are counted, not kept.
"""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING, Any

from llm_pick.core.record import dataclass
from llm_pick.io.files.source import FileError

if TYPE_CHECKING:
    from llm_pick.io.files.source import Source

MAGIC = b"GGUF"
CHUNK = 1 << 20
MOST_HEADER_BYTES = 256 << 20
"""Longest header that is read. The largest vocabularies of today take some 15 MB."""
MOST_TENSORS = 1 << 20
MOST_PAIRS = 1 << 16
MOST_NAME_BYTES = 1 << 16
MOST_KEPT_ITEMS = 4096
"""Longer arrays (tokens, merges, scores) are counted only."""
MOST_DIMENSIONS = 4
MOST_NESTING = 2
_UINT32, _STRING, _ARRAY = 4, 8, 9
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
TYPES = {
    0: "f32", 1: "f16", 2: "q4_0", 3: "q4_1", 6: "q5_0", 7: "q5_1", 8: "q8_0", 10: "q2_K", 11: "q3_K", 12: "q4_K",
    13: "q5_K", 14: "q6_K", 16: "iq2_xxs", 17: "iq2_xs", 18: "iq3_xxs", 19: "iq1_s", 20: "iq4_nl", 21: "iq3_s",
    22: "iq2_s", 23: "iq4_xs", 24: "i8", 25: "i16", 26: "i32", 27: "i64", 28: "f64", 29: "iq1_m", 30: "bf16",
    34: "tq1_0", 35: "tq2_0", 39: "mxfp4", 40: "nvfp4",
}  # fmt: skip
"""``enum ggml_type`` of ggml.h → tensor type of the catalog, or a plain number type."""
FILE_TYPES = {
    0: "f32-gguf", 1: "f16-gguf", 2: "q4_0", 3: "q4_1", 7: "q8_0", 8: "q5_0", 9: "q5_1", 10: "q2_k", 11: "q3_k_s",
    12: "q3_k_m", 13: "q3_k_l", 14: "q4_k_s", 15: "q4_k_m", 16: "q5_k_s", 17: "q5_k_m", 18: "q6_k", 19: "iq2_xxs",
    20: "iq2_xs", 21: "q2_k_s", 22: "iq3_xs", 23: "iq3_xxs", 24: "iq1_s", 25: "iq4_nl", 26: "iq3_s", 27: "iq3_m",
    28: "iq2_s", 29: "iq2_m", 30: "iq4_xs", 31: "iq1_m", 32: "bf16-gguf", 36: "tq1_0", 37: "tq2_0", 38: "mxfp4_moe",
}  # fmt: skip
"""``enum llama_ftype`` of llama.h → quantization of the catalog."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """One entry of the tensor list."""

    name: str
    shape: tuple[int, ...]
    """The contiguous dimension first, as ggml writes it."""
    type: str
    """Type of the catalog, or ``type 99`` for one this program does not know."""
    offset: int
    """From the start of the data."""

    @property
    def elements(self) -> int:
        """Numbers in the tensor."""
        return math.prod(self.shape)


@dataclass(frozen=True, slots=True)
class Counted:
    """An array that was counted and not kept."""

    length: int


@dataclass(frozen=True, slots=True)
class Header:
    """What a GGUF file says of itself."""

    version: int
    metadata: dict[str, Any]
    """Numbers, strings, booleans, short lists; long lists as ``Counted``."""
    tensors: tuple[Tensor, ...]
    data_start: int
    """Where tensor data begins, in bytes."""

    @property
    def architecture(self) -> str:
        """``general.architecture``: the prefix of the model's own keys."""
        return str(self.metadata.get("general.architecture", ""))

    def of_model(self, key: str) -> Any:  # noqa: ANN401 - whatever type the file holds
        """The value of ``ARCHITECTURE.key``, or ``None``."""
        return self.metadata.get(f"{self.architecture}.{key}")

    @property
    def splits(self) -> int:
        """Files the model is split over."""
        count = self.metadata.get("split.count", 1)
        return count if isinstance(count, int) and count > 0 else 1


def read_header(source: Source) -> Header:
    """Metadata and tensors of a GGUF file; ``FileError`` where it is none, is cut short, or does not add up."""
    cursor = _Cursor(source)
    if cursor.take(4) != MAGIC:
        raise FileError(f"`{source.name}` is no GGUF file", "its first four bytes are not GGUF: was the download complete?")
    version = cursor.number("I")
    if version & 0xFFFF == 0:  # the other byte order: the small number sits in the upper half
        cursor.order = ">"
        version = struct.unpack(">I", struct.pack("<I", version))[0]
    if version not in (2, 3):
        raise FileError(f"`{source.name}` has GGUF version {version}", "versions 2 and 3 are read; convert it anew")
    tensors, pairs = cursor.number("Q"), cursor.number("Q")
    cursor.check(tensors <= MOST_TENSORS and pairs <= MOST_PAIRS, f"{tensors:,} tensors and {pairs:,} metadata entries")
    metadata: dict[str, Any] = {}
    for _ in range(pairs):
        key = cursor.text()
        metadata[key] = cursor.value(cursor.number("I"), 0)
    listed = tuple(_tensor(cursor) for _ in range(tensors))
    alignment = metadata.get("general.alignment", 32)
    cursor.check(isinstance(alignment, int) and 0 < alignment <= 1 << 20, f"an alignment of {alignment}")
    start = -(-cursor.position // alignment) * alignment
    return Header(version=version, metadata=metadata, tensors=listed, data_start=start)


def _tensor(cursor: _Cursor) -> Tensor:
    name = cursor.text()
    dimensions = cursor.number("I")
    cursor.check(dimensions <= MOST_DIMENSIONS, f"a tensor of {dimensions} dimensions")
    shape = tuple(cursor.number("Q") for _ in range(dimensions))
    cursor.check(math.prod(shape) < 1 << 50, f"a tensor of shape {shape}")
    kind = cursor.number("I")
    return Tensor(name=name, shape=shape, type=TYPES.get(kind, f"type {kind}"), offset=cursor.number("Q"))


class _Cursor:
    """Reads forward through a source, chunk by chunk."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._chunk = b""
        self._start = 0
        self.position = 0
        self.order = "<"

    def check(self, sound: bool, claim: str) -> None:
        """``FileError`` where a header claims what cannot be."""
        if not sound:
            raise FileError(f"`{self._source.name}` is damaged: its header claims {claim}", "download it again")

    def _need(self, length: int) -> int:
        """Have ``length`` bytes from the position on in the chunk; their index in it."""
        at = self.position - self._start
        if at < 0 or at + length > len(self._chunk):
            end = self.position + length
            self.check(end <= MOST_HEADER_BYTES, f"more than {MOST_HEADER_BYTES >> 20} MiB")
            if end > self._source.size:
                raise FileError(
                    f"`{self._source.name}` ends inside its header, at {self._source.size:,} bytes",
                    "the download is not complete",
                )
            self._start, at = self.position, 0
            self._chunk = self._source.read_at(self.position, max(length, CHUNK))
            if len(self._chunk) < length:
                raise FileError(f"`{self._source.name}` ends before its header does", "the download is not complete")
        return at

    def take(self, length: int) -> bytes:
        """The next bytes."""
        at = self._need(length)
        self.position += length
        return self._chunk[at : at + length]

    def number(self, code: str) -> Any:  # noqa: ANN401 - int, float or bool by its code
        """The next number of a ``struct`` code."""
        size = struct.calcsize(code)
        at = self._need(size)
        self.position += size
        return struct.unpack_from(self.order + code, self._chunk, at)[0]

    def text(self) -> str:
        """The next string."""
        length = self.number("Q")
        self.check(length <= MOST_HEADER_BYTES and self.position + length <= self._source.size, f"a text of {length:,} bytes")
        return self.take(length).decode("utf-8", errors="replace")

    def value(self, kind: int, depth: int) -> Any:  # noqa: ANN401 - whatever type the file holds
        """The next metadata value."""
        if kind == _STRING:
            return self.text()
        if kind == _ARRAY:
            return self._array(depth)
        code = _SCALARS.get(kind)
        self.check(code is not None, f"a value of type {kind}")
        return self.number(code or "B")

    def _array(self, depth: int) -> Any:  # noqa: ANN401 - a list, or its length
        self.check(depth < MOST_NESTING, "lists inside lists inside lists")
        kind, length = self.number("I"), self.number("Q")
        least = struct.calcsize(_SCALARS[kind]) if kind in _SCALARS else 8
        self.check(length * least <= self._source.size - self.position, f"a list of {length:,} entries")
        if length <= MOST_KEPT_ITEMS:
            return [self.value(kind, depth + 1) for _ in range(length)]
        if kind in _SCALARS:
            self.position += length * least
        else:
            self.check(kind == _STRING, f"a long list of type {kind}")
            for _ in range(length):
                self._skip_text()
        return Counted(length)

    def _skip_text(self) -> None:
        length = self.number("Q")
        self.check(length <= MOST_NAME_BYTES, f"a token of {length:,} bytes")
        self.position += length
