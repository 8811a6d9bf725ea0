"""The compiled catalog: JSON in the package, one record per line, read into the core's records.

Three files: ``catalog.json`` holds what every answer needs; ``evidence.json`` (benchmark scores and references) and
``prices.json`` (offers, accelerator hours, the models behind APIs) are read only when somebody looks at them. Of a file, a
section's lines are told apart by the id they begin with; a line is parsed when its record is asked for.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from llm_pick.core import catalog as records
from llm_pick.core.errors import CatalogError
from llm_pick.core.facts import Reference
from llm_pick.core.prepared import Prepared
from llm_pick.core.record import field_names, partial

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
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
_FILES = {
    "catalog.json": (
        "families", "models", "licenses", "devices", "tensor_types", "quantizations", "runtimes", "tasks", "benchmarks",
        "parameters", "quality",
    ),
    "evidence.json": ("scores", "references"),
    "prepared.json": ("weights", "task_scores", "names"),
    "prices.json": ("providers", "api_prices", "gpu_prices", "api_models", "api_scores", "api_quality"),
}  # fmt: skip


class Section(Mapping[str, T], Generic[T]):
    """Records by id, in the order of the file: its lines are found at first use, one is parsed when it is asked for."""

    def __init__(self, path: str, name: str, build: Callable[[list[bytes]], T]) -> None:
        self._path, self._name, self._build = path, name, build
        self._built: dict[str, T] = {}
        self._lines: dict[str, list[bytes]] | None = None

    def _find(self) -> dict[str, list[bytes]]:
        if self._lines is None:
            self._lines = _lines_by_id(_read(self._path), self._name, self._path)
        return self._lines

    def __getitem__(self, key: str) -> T:
        found = self._built.get(key)
        if found is None:
            found = self._built[key] = self._made(self._find()[key])
        return found

    def get(self, key: str, default: Any = None) -> Any:  # noqa: ANN401 - as Mapping.get
        """The record, or ``default``."""
        found = self._built.get(key)
        if found is None:
            lines = self._find().get(key)
            if lines is None:
                return default
            found = self._built[key] = self._made(lines)
        return found

    def _made(self, lines: list[bytes]) -> T:
        try:
            return self._build(lines)
        except (ValueError, KeyError, TypeError, StopIteration) as error:
            raise CatalogError(f"the compiled catalog is damaged ({self._name}: {error}); reinstall llm-pick") from error

    def __contains__(self, key: object) -> bool:
        return key in self._find()

    def __iter__(self) -> Iterator[str]:
        return iter(self._find())

    def __len__(self) -> int:
        return len(self._find())


def load_catalog(folder: str | os.PathLike[str] = FOLDER) -> records.Catalog:
    """Open the compiled catalog; ``CatalogError`` when it is missing, damaged or of another schema."""
    path = os.path.join(folder, "catalog.json")
    head = _head(_read(path))
    if head.get("schema") != SCHEMA:
        raise CatalogError(f"the catalog has schema {head.get('schema')}, this program reads {SCHEMA}")
    sections: dict[str, Any] = {
        name: Section(os.path.join(folder, file), name, _builder(name)) for file, names in _FILES.items() for name in names
    }
    newest = Section(path, "quality", _newest)
    prepared = None
    if os.path.exists(os.path.join(folder, "prepared.json")):
        prepared = Prepared(**{name: sections[name] for name in _FILES["prepared.json"]}, made_from=sections)
    facts = {name: section for name, section in sections.items() if name not in _FILES["prepared.json"]}
    return records.Catalog(as_of=head["as_of"], digest=head["digest"], newest_evidence=newest, prepared=prepared, **facts)


def _head(data: bytes) -> dict[str, Any]:
    """What stands before the first section."""
    try:
        head = json.loads(data[: data.index(b": [\n")].rpartition(b",\n")[0] + b"}")
        complete = data.endswith(b"]}\n") and {"as_of", "digest"} <= head.keys()
    except (ValueError, AttributeError) as error:
        raise CatalogError(f"the compiled catalog is damaged ({error}); reinstall llm-pick") from error
    if not complete:
        raise CatalogError("the compiled catalog is cut off; reinstall llm-pick")
    loaded: dict[str, Any] = head
    return loaded


@lru_cache(maxsize=4)
def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError as error:
        raise CatalogError(f"no compiled catalog ({os.path.basename(path)}); reinstall llm-pick") from error
    except OSError as error:
        raise CatalogError(f"the compiled catalog cannot be read ({error}); reinstall llm-pick") from error


def _lines_by_id(data: bytes, name: str, path: str) -> dict[str, list[bytes]]:
    """The lines of a section by the value of their first key: the record's id, or the model a score is about."""
    mark = b'\n"%b": [\n' % name.encode()
    start = data.find(mark)
    end = data.find(b"\n]", start + len(mark) - 1)
    if start < 0 or end < 0:
        raise CatalogError(f"{os.path.basename(path)} has no {name}; reinstall llm-pick")
    found: dict[str, list[bytes]] = {}
    for line in data[start + len(mark) : end].split(b"\n"):
        if line:
            found.setdefault(line.split(b'"', 4)[3].decode(), []).append(line)
    return found


_SCAN = json.JSONDecoder().scan_once  # type: ignore[attr-defined]
"""Reads one value and stops, whatever follows: what ``json.loads`` does after looking for encodings and spaces."""


def _parsed(line: bytes) -> Any:  # noqa: ANN401 - JSON
    return _SCAN(line.decode(), 0)[0]


def _builder(name: str) -> Callable[[list[bytes]], Any]:
    if name in ("scores", "api_scores"):
        return lambda lines: tuple(records.Score(**_parsed(line)) for line in lines)
    if name in ("quality", "api_quality"):
        return lambda lines: _quality(_parsed(lines[0]))
    if name in _FILES["prepared.json"]:
        return lambda lines: _parsed(lines[0])["rows"]
    kind = _TYPES[name]
    return lambda lines: _record(kind, lines[0])


_PROVENANCE = b',"sources":{'
"""Where a line goes over to the fields that only readers of sources want, half of its bytes; nothing inside an earlier value
can look like it, as quotes are escaped there."""
_LATER = ("sources", "unknown")


def _record(kind: type[Any], line: bytes) -> Any:  # noqa: ANN401 - the caller knows the type
    """The record of a line, its provenance left for whoever asks for it."""
    cut = line.find(_PROVENANCE)
    if cut < 0:
        return _build(kind, _parsed(line))

    def rest(field: str) -> dict[str, Any]:
        if field == "architecture":
            return {field: shape and _build(records.Architecture, shape)}
        values = _parsed(b"{" + line[cut + 1 :])
        sources = {key: tuple(found) for key, found in values["sources"].items()}
        return {name: sources if name == "sources" else values.get(name, {}) for name in provenance}

    row = _parsed(line[:cut] + b"}")
    provenance = later = tuple(name for name in _LATER if name in field_names(kind))
    shape = row.get("architecture")
    if shape is not None:
        row["architecture"] = None
        later = (*later, "architecture")
    return partial(kind, _values(kind, row), later, rest)


def _newest(lines: list[bytes]) -> str:
    newest: str = _parsed(lines[0]).get("newest", "")
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
