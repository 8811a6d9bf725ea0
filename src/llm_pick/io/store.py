"""The compiled catalog: JSON in the package, one record per line (``io.lines``), read into the core's records.

``catalog.json`` holds what every answer needs; ``evidence.json`` (benchmark scores, references, measured speeds) and
``prices.json`` (offers, accelerator hours, the models behind APIs) are read when somebody looks at them; ``prepared.json``
holds results that depend on facts alone (``core.prepared``).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from llm_pick.core import catalog as records
from llm_pick.core.errors import CatalogError as CatalogError
from llm_pick.core.facts import Reference
from llm_pick.core.prepared import Prepared
from llm_pick.core.record import field_names, partial
from llm_pick.io.lines import Section, head_of, parsed, read
from llm_pick.io.own.files import in_force

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "_catalog")
SCHEMA = 1

_NESTED: dict[type[Any], dict[str, type[Any]]] = {
    records.Model: {"artifacts": records.ArtifactSize},
    records.Architecture: {"mixers": records.Mixer, "ffns": records.Ffn},
    records.License: {
        "permissions": records.Term,
        "conditions": records.Term,
        "limitations": records.Term,
        "thresholds": records.Threshold,
    },
    records.Quantization: {"rules": records.MixRule},
    records.ApiPrice: {"tiers": records.PriceTier, "other_figures": records.PriceFigure},
}
_TYPES: dict[str, type[Any]] = {
    "families": records.Family,
    "models": records.Model,
    "licenses": records.License,
    "devices": records.Device,
    "tensor_types": records.TensorType,
    "quantizations": records.Quantization,
    "runtimes": records.Runtime,
    "tasks": records.Task,
    "benchmarks": records.Benchmark,
    "parameters": records.Parameter,
    "api_prices": records.ApiPrice,
    "gpu_prices": records.GpuPrice,
    "providers": records.Provider,
    "api_models": records.ApiModel,
    "references": Reference,
}
_BY_MODEL: dict[str, type[Any]] = {"scores": records.Score, "api_scores": records.Score, "measurements": records.Measurement}
PREPARED = ("weights", "task_scores", "names", "outlines", "cards")
FILES = {
    "catalog.json": (
        "families", "models", "licenses", "devices", "tensor_types", "quantizations", "runtimes", "tasks", "benchmarks",
        "parameters", "quality",
    ),
    "evidence.json": ("scores", "references", "measurements"),
    "prices.json": ("providers", "api_prices", "gpu_prices", "api_models", "api_scores", "api_quality"),
    "prepared.json": PREPARED,
}  # fmt: skip
"""File → its sections, in order."""


def load_catalog() -> records.Catalog:
    """The built-in catalog with the user's own facts over it, where the command runs for a user who has some.

    ``CatalogError`` when it is missing, damaged or of another schema, ``QuestionError`` where own facts have problems.
    """
    files = in_force()
    return catalog_of(files) if files else built_in_catalog()


def catalog_of(files: Sequence[str]) -> records.Catalog:
    """The built-in catalog with the facts of ``files`` over it; ``QuestionError`` where they have problems."""
    from llm_pick.io.own.apply import with_own  # noqa: PLC0415 - most users have no facts of their own

    return with_own(built_in_catalog(), files, section)


def built_in_catalog(folder: str | os.PathLike[str] = FOLDER) -> records.Catalog:
    """The compiled catalog alone; ``CatalogError`` when it is missing, damaged or of another schema."""
    path = os.path.join(folder, "catalog.json")
    head = head_of(read(path))
    if head.get("schema") != SCHEMA:
        raise CatalogError(f"the catalog has schema {head.get('schema')}, this program reads {SCHEMA}")
    if not {"as_of", "digest", "measured_models"} <= head.keys():
        raise CatalogError("the compiled catalog is damaged (its head is incomplete); reinstall llm-pick")
    known = {"measurements": frozenset(head["measured_models"])}
    found: dict[str, Any] = {
        name: section(os.path.join(folder, file), name, known.get(name)) for file, names in FILES.items() for name in names
    }
    tables = {name: found.pop(name) for name in PREPARED}
    prepared = Prepared(**tables, made_from=found) if os.path.exists(os.path.join(folder, "prepared.json")) else None
    newest = Section(path, "quality", _newest)
    return records.Catalog(as_of=head["as_of"], digest=head["digest"], newest_evidence=newest, prepared=prepared, **found)


def section(path: str, name: str, known: frozenset[str] | None = None) -> Section[Any]:
    """The records of one section of a file."""
    return Section(path, name, _builder(name), known)


def _builder(name: str) -> Callable[[list[bytes]], Any]:
    if name in _BY_MODEL:
        by_model = _BY_MODEL[name]
        return lambda lines: tuple(by_model(**parsed(line)) for line in lines)
    if name in ("quality", "api_quality"):
        return lambda lines: _quality(parsed(lines[0]))
    if name in _TYPES:
        kind = _TYPES[name]
        return lambda lines: _record(kind, lines[0])
    return lambda lines: parsed(lines[0])["rows"]


_PROVENANCE = b',"sources":{'
"""Where a line goes over to the fields that only readers of sources want, half of its bytes; nothing inside an earlier value
can look like it, as quotes are escaped there."""
LATER = ("sources", "unknown")
"""Those fields: the last of their records."""


def _record(kind: type[Any], line: bytes) -> Any:  # noqa: ANN401 - the caller knows the type
    """The record of a line, its provenance and its architecture left for whoever asks for them."""
    cut = line.find(_PROVENANCE)
    row = parsed(line if cut < 0 else line[:cut] + b"}")
    later: tuple[str, ...] = () if cut < 0 else tuple(name for name in LATER if name in field_names(kind))
    shape = row.get("architecture")
    if shape is not None:
        row["architecture"] = None
        later = (*later, "architecture")
    values = _values(kind, row)
    if not later:
        return kind(**values)

    def rest(field: str) -> dict[str, Any]:
        if field == "architecture":
            return {field: _build(records.Architecture, shape)}
        told = parsed(b"{" + line[cut + 1 :])
        found = {"sources": {key: tuple(said) for key, said in told["sources"].items()}, "unknown": told.get("unknown", {})}
        return {name: found[name] for name in LATER if name in later}

    return partial(kind, values, later, rest)


def _newest(lines: list[bytes]) -> str:
    newest: str = parsed(lines[0]).get("newest", "")
    return newest


def _quality(row: dict[str, Any]) -> dict[str, dict[str, records.Quality]]:
    return {mode: {group: records.Quality(*cell) for group, cell in groups.items()} for mode, groups in row["modes"].items()}


def _build(kind: type[Any], row: dict[str, Any]) -> Any:  # noqa: ANN401 - the caller knows the type
    return kind(**_values(kind, row))


def _values(kind: type[Any], row: dict[str, Any]) -> dict[str, Any]:
    nested = _NESTED.get(kind, {})
    values: dict[str, Any] = {}
    for name, value in row.items():
        if type(value) is list:
            inner = nested.get(name)
            values[name] = tuple(_build(inner, item) for item in value) if inner else tuple(value)
        elif name == "architecture" and value is not None:
            values[name] = _build(records.Architecture, value)
        elif name == "sources":
            values[name] = {key: tuple(found) for key, found in value.items()}
        else:
            values[name] = value
    return values


def digest(text: str) -> str:
    """Fingerprint of the compiled facts: the first 12 hex digits of their SHA-256."""
    import hashlib  # noqa: PLC0415 - only where a catalog is made

    return hashlib.sha256(text.encode()).hexdigest()[:12]
