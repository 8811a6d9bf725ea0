"""A model that is not in the catalog, read from its own files, in the catalog's records so that every estimate applies."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from llm_pick.core.lookup import names_of
from llm_pick.core.names import normal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from llm_pick.core.catalog import Catalog, Model

_QUANT = re.compile(r"(?:UD-)?(?:I?Q\d_[A-Z0-9_]+?|TQ\d_0|MXFP4(?:_MOE)?|BF16|F16|F32)(?=[.\-/_]|$)", re.IGNORECASE)
_SPLIT = re.compile(r"-(\d{5})-of-(\d{5})\.gguf$")
_GGUF_NAMES = {"BF16": "bf16-gguf", "F16": "f16-gguf", "F32": "f32-gguf", "MXFP4": "mxfp4_moe"}
NOT_TEXT = re.compile(r"(?:^|[/\-_.])(?:mmproj|imatrix|draft|mtp|eagle)(?=[/\-_.])", re.IGNORECASE)
"""Vision towers, statistics and draft models that lie beside the model."""


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A quantization that a repository or folder holds."""

    quant: str | None
    """Quantization id, or ``None`` where the name says nothing the catalog knows."""
    label: str
    """As the file's name writes it."""
    bytes: int | None
    """All parts together."""
    parts: int
    complete: bool
    """False where parts of a split file are missing."""
    first: str
    """Path of the (first) file."""


@dataclass(frozen=True, slots=True)
class Inspected:
    """What was read, ready to be shown and to be fitted."""

    model: Model
    origin: str
    """Repository and revision, or path."""
    files: tuple[ListedFile, ...]
    in_catalog: str | None
    """Id of the catalog's own record of this very repository."""
    same_weights_as: str | None
    """Id of the catalog model whose weights these are, quantized or copied: its evidence applies."""
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    facts: dict[str, str] = field(default_factory=dict)
    """Further facts by name, as text."""


def gguf_files(sizes: Mapping[str, int | None], catalog: Catalog) -> tuple[ListedFile, ...]:
    """The models among GGUF paths with their sizes: parts of one split file joined, towers and drafts left out."""
    groups: dict[str, list[tuple[str, int | None, int]]] = {}
    for path, size in sorted(sizes.items()):
        if not path.lower().endswith(".gguf") or NOT_TEXT.search(path):
            continue
        split = _SPLIT.search(path)
        key = path[: split.start()] if split else path[: -len(".gguf")]
        groups.setdefault(key, []).append((path, size, int(split.group(2)) if split else 1))
    found = []
    for key, parts in groups.items():
        label = label_of(key)
        total = sum(size for _, size, _ in parts if size is not None)
        known = all(size is not None for _, size, _ in parts)
        expected = parts[0][2]
        found.append(
            ListedFile(
                quant=gguf_quantization(label, catalog),
                label=label or key.rsplit("/", 1)[-1],
                bytes=total if known else None,
                parts=expected,
                complete=len(parts) == expected,
                first=parts[0][0],
            )
        )
    return tuple(sorted(found, key=lambda file: (file.bytes or 0, file.first)))


def label_of(path: str) -> str:
    """The quantization a path names, as it writes it; the last one that it names."""
    found = _QUANT.findall(path)
    return found[-1].upper() if found else ""


def gguf_quantization(label: str, catalog: Catalog) -> str | None:
    """Id of a GGUF quantization by the label of a file."""
    if not label:
        return None
    named = _GGUF_NAMES.get(label)
    if named is not None:
        return named
    match = names_of("quantization", catalog).exactly(label)
    found = catalog.quantizations.get(match.id) if match.id and match.via in ("id", "alias") else None
    return found.id if found is not None and found.format == "gguf" else None


def model_of(names: Iterable[str], catalog: Catalog) -> Model | None:
    """The catalog model that one of these repository names is exactly."""
    index = names_of("model", catalog)
    for name in names:
        match = index.exactly(name)
        if match.id is not None and match.via in ("id", "alias") and normal(catalog.models[match.id].hf_repo) == normal(name):
            return catalog.models[match.id]
    return None


def license_of(tag: str | None, name: str | None, catalog: Catalog) -> str | None:
    """Licence id of a hub tag (``apache-2.0``, or ``other`` with a name); ``None`` where it is not one of ours."""
    if tag is None:
        return None
    wanted = {tag.lower()} if tag.lower() != "other" else {f"other/{(name or '').lower()}"}
    owners = [licence.id for licence in catalog.licenses.values() if wanted & {known.lower() for known in licence.hf_ids}]
    if len(owners) == 1:
        return owners[0]
    exact = names_of("licence", catalog).exactly(name or tag)
    return exact.id if exact.via in ("id", "alias") and exact.id in (owners or catalog.licenses) else None
