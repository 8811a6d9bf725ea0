"""The header of a safetensors file: one JSON object with the type, shape and place of every tensor.

Format: https://github.com/huggingface/safetensors#format (8 bytes of length, then the JSON).
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from llm_pick.core.record import dataclass
from llm_pick.io.files.source import FileError

if TYPE_CHECKING:
    from llm_pick.io.files.source import Source

MOST_HEADER_BYTES = 100_000_000
"""The format's own limit."""
BITS = {
    "F64": 64, "I64": 64, "U64": 64, "F32": 32, "I32": 32, "U32": 32, "F16": 16, "BF16": 16, "I16": 16, "U16": 16,
    "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "I8": 8, "U8": 8, "BOOL": 8, "F6_E2M3": 6, "F6_E3M2": 6, "F4": 4,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tensor:
    """One entry of the header."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    bytes: int

    @property
    def elements(self) -> int:
        """Numbers in the tensor."""
        return math.prod(self.shape)


def read_header(source: Source) -> tuple[Tensor, ...]:
    """The tensors of one file; ``FileError`` where it is none, is cut short, or does not add up."""
    start = source.read_at(0, 8)
    if len(start) < 8:
        raise FileError(f"`{source.name}` is no safetensors file", "it is shorter than the length of its header")
    length = int.from_bytes(start, "little")
    if not 2 <= length <= min(MOST_HEADER_BYTES, source.size - 8):
        raise FileError(
            f"`{source.name}` is no safetensors file, or cut short",
            f"its header claims {length:,} bytes of {source.size:,}",
        )
    try:
        listed: Any = json.loads(source.read_at(8, length))
        tensors = tuple(_tensor(name, entry) for name, entry in listed.items() if name != "__metadata__")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise FileError(f"`{source.name}` is damaged: its header is no list of tensors", "download it again") from error
    held = sum(tensor.bytes for tensor in tensors)
    if held > source.size - 8 - length:
        raise FileError(
            f"`{source.name}` is cut short: its tensors take {held:,} bytes, it holds {source.size - 8 - length:,}",
            "the download is not complete",
        )
    return tensors


def _tensor(name: str, entry: dict[str, Any]) -> Tensor:
    begin, end = entry["data_offsets"]
    shape = tuple(int(size) for size in entry["shape"])
    if not 0 <= begin <= end or any(size < 0 for size in shape):
        raise ValueError(name)
    return Tensor(name=str(name), dtype=str(entry["dtype"]), shape=shape, bytes=end - begin)
