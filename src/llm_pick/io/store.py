"""The compiled catalog: JSON in the package, one record per line, read into the core's records.

Three files: ``catalog.json`` holds what every answer needs; ``evidence.json`` (benchmark scores, their fit, references) and
``prices.json`` (offers, accelerator hours, the models behind APIs) are parsed only when somebody looks at them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Generic, TypeVar

from llm_pick.core import catalog as records
from llm_pick.core.facts import Reference
from llm_pick.io.own.files import in_force

T = TypeVar("T")
FOLDER = Path(__file__).resolve().parent.parent / "_catalog"
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
_PRICES = ("providers", "api_prices", "gpu_prices", "api_models", "api_scores", "api_quality")
"""Sections of ``prices.json``."""
_ON_DEMAND = ("providers", "api_prices", "gpu_prices", "api_models", "references")
_BY_MODEL: dict[str, type[Any]] = {"scores": records.Score, "api_scores": records.Score, "measurements": records.Measurement}


class CatalogError(Exception):
    """The compiled catalog cannot be used; the message says what to do."""


class Evidence(Mapping[str, T], Generic[T]):
    """Records of a file that not every answer needs: it is read at first use, a record is built when it is asked for.

    Where ``known`` lists the keys, asking for another does not read the file.
    """

    def __init__(self, folder: Path, section: str, known: frozenset[str] | None = None) -> None:
        self._folder, self._section, self._known = folder, section, known
        self._built: dict[str, T] = {}

    @cached_property
    def _rows(self) -> dict[str, Any]:
        file = "prices.json" if self._section in _PRICES else "evidence.json"
        raw = _read_once(self._folder / file)[self._section]
        if self._section not in _BY_MODEL:
            return {row["id"]: row for row in raw}
        grouped: dict[str, list[Any]] = {}
        for row in raw:
            grouped.setdefault(row["model"], []).append(row)
        return grouped

    def __getitem__(self, key: str) -> T:
        if self._known is not None and key not in self._known:
            raise KeyError(key)
        if key not in self._built:
            row = self._rows[key]
            built: Any
            if self._section in _BY_MODEL:
                built = tuple(_BY_MODEL[self._section](**item) for item in row)
            elif self._section == "api_quality":
                built = _quality(row)
            elif self._section == "placing":
                built = row
            else:
                built = _build(_TYPES[self._section], row)
            self._built[key] = built
        return self._built[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


def load_catalog() -> records.Catalog:
    """The built-in catalog with the user's own facts over it, where the command runs for a user who has some.

    ``CatalogError`` when it is missing, damaged or of another schema, ``QuestionError`` where own facts have problems.
    """
    files = in_force()
    return catalog_of(files) if files else built_in_catalog()


def catalog_of(files: Sequence[str]) -> records.Catalog:
    """The built-in catalog with the facts of ``files`` over it; ``QuestionError`` where they have problems."""
    from llm_pick.io.own.apply import with_own  # noqa: PLC0415 - most users have no facts of their own

    return with_own(built_in_catalog(), files, _own_record)


def _own_record(section: str, row: dict[str, Any]) -> Any:  # noqa: ANN401 - whatever the section holds
    if section == "quality":
        return _quality(row)
    return _BY_MODEL[section](**row) if section in _BY_MODEL else _build(_TYPES[section], row)


def built_in_catalog(folder: Path = FOLDER) -> records.Catalog:
    """The compiled catalog alone; ``CatalogError`` when it is missing, damaged or of another schema."""
    raw = _read(folder / "catalog.json")
    if raw.get("schema") != SCHEMA:
        raise CatalogError(f"the catalog has schema {raw.get('schema')}, this program reads {SCHEMA}")
    try:
        sections = {
            name: {row["id"]: _build(kind, row) for row in raw[name]} for name, kind in _TYPES.items() if name not in _ON_DEMAND
        }
        quality = {row["id"]: _quality(row) for row in raw["quality"]}
        measured = frozenset(raw["measured_models"])
    except (KeyError, TypeError) as error:
        raise CatalogError(f"the compiled catalog is damaged ({error}); reinstall llm-pick") from error
    return records.Catalog(
        as_of=raw["as_of"],
        digest=raw["digest"],
        scores=Evidence(folder, "scores"),
        references=Evidence(folder, "references"),
        api_prices=Evidence(folder, "api_prices"),
        gpu_prices=Evidence(folder, "gpu_prices"),
        providers=Evidence(folder, "providers"),
        api_models=Evidence(folder, "api_models"),
        api_scores=Evidence(folder, "api_scores"),
        api_quality=Evidence(folder, "api_quality"),
        measurements=Evidence(folder, "measurements", measured),
        placing=Evidence(folder, "placing"),
        oldest_read=raw["oldest_read"],
        quality=quality,
        newest_evidence={row["id"]: row["newest"] for row in raw["quality"] if "newest" in row},
        **sections,
    )


@lru_cache(maxsize=4)
def _read_once(path: Path) -> dict[str, Any]:
    return _read(path)


def _read(path: Path) -> dict[str, Any]:
    try:
        loaded = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise CatalogError(f"no compiled catalog ({path.name}); reinstall llm-pick") from error
    except (OSError, ValueError) as error:
        raise CatalogError(f"the compiled catalog cannot be read ({error}); reinstall llm-pick") from error
    if not isinstance(loaded, dict):
        raise CatalogError(f"{path.name} is not a catalog; reinstall llm-pick")
    return loaded


def _quality(row: dict[str, Any]) -> dict[str, dict[str, records.Quality]]:
    return {mode: {group: records.Quality(*cell) for group, cell in groups.items()} for mode, groups in row["modes"].items()}


def _build(kind: type[Any], row: dict[str, Any]) -> Any:  # noqa: ANN401 - the caller knows the type
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
    return kind(**values)


def digest(text: str) -> str:
    """Fingerprint of the compiled facts: the first 12 hex digits of their SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]
