"""The compiled catalog: one file in the package, one record per line (``io.lines``), read into the core's records.

Sections are facts, what was fitted to them (``quality``, ``placing``), and results that depend on facts alone
(``core.prepared``).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from llm_pick.core import catalog as records
from llm_pick.core.errors import CatalogError as CatalogError
from llm_pick.core.facts import Reference
from llm_pick.core.prepared import Prepared
from llm_pick.core.record import field_names, partial
from llm_pick.io.lines import LineFile, Section, parsed
from llm_pick.io.own.files import in_force

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PATH = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "_catalog", "catalog.jsonl")
SCHEMA = 1

_INNER: dict[type[Any], dict[str, type[Any]]] = {
    records.Model: {"architecture": records.Architecture, "artifacts": records.ArtifactSize},
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
"""Fields that are records, or tuples of them."""
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
FACTS = (*_TYPES, *_BY_MODEL, "quality", "api_quality", "placing")
PREPARED = ("weights", "task_scores", "names", "outlines", "extracts")
"""Sections that ``core.prepare`` fills."""


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


def built_in_catalog(path: str | os.PathLike[str] = PATH) -> records.Catalog:
    """The compiled catalog alone; ``CatalogError`` when it is missing, damaged or of another schema."""
    file = LineFile(os.fspath(path))
    head = file.head
    if head.get("schema") != SCHEMA:
        raise CatalogError(f"the catalog has schema {head.get('schema')}, this program reads {SCHEMA}")
    if not {"as_of", "digest", "measured_models", "oldest_read"} <= head.keys():
        raise CatalogError("the compiled catalog is damaged (its head is incomplete); reinstall llm-pick")
    known = {"measurements": frozenset(head["measured_models"])}
    found: dict[str, Any] = {name: section(file, name, known.get(name)) for name in FACTS}
    tables = {name: section(file, name) for name in PREPARED}
    prepared = Prepared(**tables, made_from=found) if all(name in file for name in PREPARED) else None
    return records.Catalog(
        as_of=head["as_of"],
        digest=head["digest"],
        oldest_read=head["oldest_read"],
        newest_evidence=section(file, "newest_evidence"),
        prepared=prepared,
        **found,
    )


def section(file: LineFile, name: str, known: frozenset[str] | None = None) -> Section[Any]:
    """The records of one section of a file; ``newest_evidence`` stands in that of ``quality``."""
    return Section(file, "quality" if name == "newest_evidence" else name, _builder(name), known)


def _builder(name: str) -> Callable[[bytes], Any]:
    if name in _BY_MODEL:
        by_model = _BY_MODEL[name]
        return lambda line: tuple(by_model(**row) for row in parsed(line)["rows"])
    if name in ("quality", "api_quality"):
        return lambda line: _quality(parsed(line))
    if name == "newest_evidence":
        return _newest
    if name == "placing":
        return parsed
    if name in _TYPES:
        kind = _TYPES[name]
        return lambda line: _record(kind, line)
    return lambda line: parsed(line)["rows"]


_PROVENANCE = b',"sources":{'
"""Where a line goes over to the fields that only readers of sources want, half of its bytes; nothing inside an earlier value
can look like it, as quotes are escaped there."""
LATER = ("sources", "unknown")
"""Those fields: the last of their records."""


def _record(kind: type[Any], line: bytes) -> Any:  # noqa: ANN401 - the caller knows the type
    """The record of a line, its provenance and the records in it left for whoever asks for them."""
    cut = line.find(_PROVENANCE)
    row = parsed(line if cut < 0 else line[:cut] + b"}")
    inner = {name: row.pop(name) for name in _INNER.get(kind, ()) if row.get(name)}
    told = () if cut < 0 else tuple(name for name in LATER if name in field_names(kind))
    later = (*told, *inner)
    if not later:
        return kind(**_values(row))

    def rest(field: str) -> dict[str, Any]:
        if field in inner:
            return {field: _nested(kind, field, inner[field])}
        rest = parsed(b"{" + line[cut + 1 :])
        found = {"sources": {key: tuple(said) for key, said in rest["sources"].items()}, "unknown": rest.get("unknown", {})}
        return {name: found[name] for name in told}

    return partial(kind, {**_values(row), **dict.fromkeys(inner)}, later, rest)


def _nested(kind: type[Any], field: str, value: Any) -> Any:  # noqa: ANN401 - records, or a tuple of them
    inner = _INNER[kind][field]
    if type(value) is list:
        return tuple(_record_of(inner, item) for item in value)
    return _record_of(inner, value)


def _record_of(kind: type[Any], row: dict[str, Any]) -> Any:  # noqa: ANN401 - the caller knows the type
    inner = {name: _nested(kind, name, row[name]) for name in _INNER.get(kind, ()) if row.get(name)}
    return kind(**{**_values(row), **inner})


def _values(row: dict[str, Any]) -> dict[str, Any]:
    """Lists as the tuples of records."""
    return {name: tuple(value) if type(value) is list else value for name, value in row.items()}


def _newest(line: bytes) -> str:
    newest: str = parsed(line).get("newest", "")
    return newest


def _quality(row: dict[str, Any]) -> dict[str, dict[str, records.Quality]]:
    return {mode: {group: records.Quality(*cell) for group, cell in groups.items()} for mode, groups in row["modes"].items()}


def digest(text: str) -> str:
    """Fingerprint of the compiled facts: the first 12 hex digits of their SHA-256."""
    import hashlib  # noqa: PLC0415 - only where a catalog is made

    return hashlib.sha256(text.encode()).hexdigest()[:12]
