"""Which quantizations a list of files holds, by the names people give them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from llm_pick.core.lookup import names_of
from llm_pick.core.record import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llm_pick.core.catalog import Catalog

_QUANT = re.compile(r"(?:UD-)?(?:I?Q\d_[A-Z0-9_]+?|TQ\d_0|MXFP4(?:_MOE)?|BF16|F16|F32)(?=[.\-/]|$)", re.IGNORECASE)
_SPLIT = re.compile(r"-(\d{5})-of-(\d{5})\.gguf$", re.IGNORECASE)
_APART = re.compile(r"(?:^|[/\-_.])(?:mmproj|imatrix|draft|mtp|eagle3?)(?=[/\-_.])", re.IGNORECASE)
"""Vision towers, statistics and draft models that lie beside the model."""
_PLAIN = {"BF16": "bf16-gguf", "F16": "f16-gguf", "F32": "f32-gguf", "MXFP4": "mxfp4_moe"}


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A quantization that a repository or folder holds."""

    quant: str | None
    """Quantization id, or ``None`` where the name says nothing the catalog knows."""
    label: str
    """As the file's name writes it."""
    bytes: int | None
    """All parts together; ``None`` where a size is not known."""
    parts: int
    """Files it is split over."""
    complete: bool
    """False where parts of a split file are missing."""
    path: str
    """The (first) file."""


def gguf_files(sizes: Mapping[str, int | None], catalog: Catalog) -> tuple[ListedFile, ...]:
    """The models among GGUF paths with their sizes, smallest first: parts joined, towers and drafts left out."""
    groups: dict[str, list[str]] = {}
    for path in sorted(sizes):
        if path.lower().endswith(".gguf") and not _APART.search(path):
            split = _SPLIT.search(path)
            groups.setdefault(path[: split.start()] if split else path[: -len(".gguf")], []).append(path)
    found = []
    for stem, paths in groups.items():
        held = [sizes[path] for path in paths]
        split = _SPLIT.search(paths[0])
        expected = int(split.group(2)) if split else 1
        label = label_of(stem)
        found.append(
            ListedFile(
                quant=gguf_quantization(label, catalog),
                label=label or stem.rsplit("/", 1)[-1],
                bytes=None if None in held else sum(size or 0 for size in held),
                parts=expected,
                complete=len(paths) == expected,
                path=paths[0],
            )
        )
    return tuple(sorted(found, key=lambda file: (file.bytes or 0, file.path)))


def label_of(path: str) -> str:
    """The quantization a path names, in capitals; of several the last."""
    found = _QUANT.findall(path)
    return found[-1].upper() if found else ""


def gguf_quantization(label: str, catalog: Catalog) -> str | None:
    """Id of the GGUF quantization that a label means; ``None`` where it means none."""
    if label in _PLAIN:
        return _PLAIN[label]
    match = names_of("quantization", catalog).exactly(label) if label else None
    if match is None or match.via not in ("id", "alias") or match.id is None:
        return None
    return match.id if catalog.quantizations[match.id].format == "gguf" else None
