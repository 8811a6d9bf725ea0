"""What one catalog says otherwise than another: records added and removed, fields changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llm_pick.core.record import dataclass
from llm_pick.schema.compact import compact

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from llm_pick.core.catalog import Catalog

SECTIONS = {
    "models": "model", "licenses": "licence", "devices": "device", "quantizations": "quantization", "runtimes": "runtime",
    "providers": "provider", "api_prices": "offer", "gpu_prices": "price", "api_models": "API model", "tasks": "task",
    "benchmarks": "benchmark", "scores": "score", "parameters": "parameter",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. ``field`` is ``None`` where the whole record was added or removed."""

    change: str
    """added | removed | changed"""
    kind: str
    id: str
    field: str | None = None
    old: Any = None
    new: Any = None


def changes(old: Catalog, new: Catalog) -> list[Change]:
    """Every difference, by kind and id. Sources and references are left out: they follow the facts."""
    return [change for section, kind in SECTIONS.items() for change in _of_section(section, kind, old, new)]


def _of_section(section: str, kind: str, old: Catalog, new: Catalog) -> Iterator[Change]:
    before, after = _records(section, old), _records(section, new)
    ids = new.yours.get(section, {}) if new.yours else before.keys() | after.keys()
    for id in sorted(ids):
        if id not in after:
            yield Change("removed", kind, id)
        elif id not in before:
            yield Change("added", kind, id)
        else:
            was, now = _flat(compact(before[id])), _flat(compact(after[id]))
            for field in [*was, *(name for name in now if name not in was)]:
                if was.get(field) != now.get(field):
                    yield Change("changed", kind, id, field, was.get(field), now.get(field))


def _records(section: str, catalog: Catalog) -> Mapping[str, Any]:
    """Records by id, scores by key."""
    if section == "scores":
        return {score.key: score for rows in catalog.scores.values() for score in rows}
    found: Mapping[str, Any] = getattr(catalog, section)
    return found


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """Fields of a record, those of a mapping in it by their path."""
    out = {}
    for name, value in row.items():
        if name in ("sources", "source"):
            continue
        if isinstance(value, dict):
            out.update({f"{name}.{key}": inner for key, inner in value.items()})
        else:
            out[name] = value
    return out
