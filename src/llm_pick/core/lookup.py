"""Finding a record by any of its names, or saying which names are near."""

from __future__ import annotations

import shlex
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from llm_pick.core.errors import QuestionError
from llm_pick.core.names import Names, joined
from llm_pick.core.prepared import prepared_names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llm_pick.core.catalog import Catalog, Device, License, Model, Quantization, Runtime, Task

SECTIONS = {
    "model": "models",
    "licence": "licenses",
    "device": "devices",
    "quantization": "quantizations",
    "runtime": "runtimes",
    "benchmark": "benchmarks",
    "task": "tasks",
    "offer": "api_prices",
    "price": "gpu_prices",
    "API model": "api_models",
    "provider": "providers",
}
"""Kind of record, as a user says it → section of the catalog."""
LISTS = {
    "models": "models",
    "licenses": "licenses",
    "hardware": "devices",
    "quants": "quantizations",
    "runtimes": "runtimes",
    "tasks": "tasks",
    "benchmarks": "benchmarks",
    "offers": "api_prices",
    "gpus": "gpu_prices",
}
"""Name of a list command → section of the catalog."""


ELSEWHERE = ("device", "model", "quantization", "runtime")
"""Kinds of record that a name may be meant for where another kind is asked for."""


def other_names(record: Any) -> tuple[str, ...]:  # noqa: ANN401 - any named record
    """Declared names of a record besides its id: aliases, repository, tag."""
    more = (
        getattr(record, "hf_repo", None),
        getattr(record, "ollama_tag", None),
        getattr(record, "name", None),
    )
    return (*getattr(record, "aliases", ()), *(name for name in more if name))


@lru_cache(maxsize=64)
def _index(kind: str, digest: str, holder: _Holder) -> Names:
    prepared = prepared_names(kind, SECTIONS[kind], holder.catalog)
    if prepared is not None:
        return prepared
    records: Mapping[str, Any] = getattr(holder.catalog, SECTIONS[kind])
    return Names({id: other_names(record) for id, record in records.items()})


class _Holder:
    """Lets a catalog (full of dicts, so unhashable) be a cache key by identity."""

    __slots__ = ("catalog",)

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog

    def __hash__(self) -> int:
        return id(self.catalog)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Holder) and other.catalog is self.catalog


def names_of(kind: str, catalog: Catalog) -> Names:
    """The name index of one kind of record."""
    return _index(kind, catalog.digest, _Holder(catalog))


def find(kind: str, name: str, catalog: Catalog) -> Any:  # noqa: ANN401 - the callers below are typed
    """The record ``name`` means; ``QuestionError`` with the nearest names when it is ambiguous or unknown."""
    match = names_of(kind, catalog).match(name)
    if match.id is not None:
        return getattr(catalog, SECTIONS[kind])[match.id]
    if match.via == "ambiguous":
        shown = ", ".join(match.candidates[:8]) + (", …" if len(match.candidates) > 8 else "")
        raise QuestionError(f"`{name}` could mean {len(match.candidates)} {kind}s", f"one of: {shown}")
    listing = f"`llm-pick list {_list_of(kind)}` shows all"
    other = next((o for o in ELSEWHERE if o != kind and names_of(o, catalog).exactly(name).via != "unknown"), None)
    if other is not None:
        raise QuestionError(f"`{name}` is no {kind} but a {other}", f"`llm-pick show {shlex.quote(name)}` knows it; {listing}")
    near = f"did you mean {', '.join(match.candidates)}? " if match.candidates else ""
    raise QuestionError(f"unknown {kind} `{name}`", near + listing)


def meaning(kind: str, name: str, catalog: Catalog) -> str | None:
    """A sentence when ``name`` stands for a record whose id it does not spell out, e.g. `h100-80gb` for the SXM card."""
    match = names_of(kind, catalog).exactly(name)
    if match.id is None or match.via not in ("alias", "prefix"):
        return None
    record = getattr(catalog, SECTIONS[kind])[match.id]
    spelled = (match.id, record.name, getattr(record, "hf_repo", None) or match.id)
    if any(joined(text) in joined(name) for text in spelled):
        return None
    return f"`{name}` means {match.id}"


def find_model(name: str, catalog: Catalog) -> Model:
    """A model by id, short form, repository or tag."""
    model: Model = find("model", name, catalog)
    return model


def find_device(name: str, catalog: Catalog) -> Device:
    """A device by id or alias."""
    device: Device = find("device", name, catalog)
    return device


def find_license(name: str, catalog: Catalog) -> License:
    """A licence by id or alias."""
    licence: License = find("licence", name, catalog)
    return licence


def find_quantization(name: str, catalog: Catalog) -> Quantization:
    """A quantization by id or alias."""
    quantization: Quantization = find("quantization", name, catalog)
    return quantization


def find_runtime(name: str, catalog: Catalog) -> Runtime:
    """A runtime by id or alias."""
    runtime: Runtime = find("runtime", name, catalog)
    return runtime


def find_task(name: str, catalog: Catalog) -> Task:
    """A task by id."""
    task: Task = find("task", name, catalog)
    return task


def _list_of(kind: str) -> str:
    return next((name for name, section in LISTS.items() if section == SECTIONS[kind]), "offers")
