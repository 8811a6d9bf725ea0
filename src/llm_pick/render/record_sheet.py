"""One record as a sheet of facts: value, source, date; unknowns in plain words."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from llm_pick.core.catalog import Term
from llm_pick.core.provenance import resolve, sources_of
from llm_pick.render.text import size_text, tokens
from llm_pick.render.view import Column, Table, View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llm_pick.core.catalog import Catalog, Model

_APART = {"sources", "unknown", "notes", "disagreements", "source", "doc", "judge"}


def facts(record: Any, catalog: Catalog) -> list[dict[str, Any]]:  # noqa: ANN401 - any record
    """Every field that has a value, flattened one level, with its resolved sources."""
    out = []
    for item in dataclasses.fields(record):
        value = getattr(record, item.name)
        if item.name in _APART or value in (None, (), {}, ""):
            continue
        own = (record.source,) if isinstance(getattr(record, "source", None), str) else ()
        refs = resolve(own or sources_of(record, item.name), catalog)
        for key, part in _parts(item.name, value):
            out.append({"field": key, "value": part, "sources": refs})
    return out


def _parts(name: str, value: Any) -> list[tuple[str, Any]]:  # noqa: ANN401 - any value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        parts = []
        for item in dataclasses.fields(value):
            inner = getattr(value, item.name)
            if inner not in (None, (), {}, 0, False, item.default):
                parts += _parts(f"{name}.{item.name}", inner)
        return parts
    if isinstance(value, tuple) and value and isinstance(value[0], Term):
        return [(f"{name}: {term.id}", f"{term.text} ({term.clause})") for term in value]
    if isinstance(value, tuple) and value and dataclasses.is_dataclass(value[0]):
        return [(f"{name}[{index}]", _row(element)) for index, element in enumerate(value)]
    if isinstance(value, tuple):
        return [(name, ", ".join(map(str, value)))]
    if isinstance(value, dict):
        return [(f"{name}.{key}", inner) for key, inner in value.items()]
    return [(name, value)]


def _row(element: Any) -> str:  # noqa: ANN401 - any nested record
    pairs = []
    for item in dataclasses.fields(element):
        value = getattr(element, item.name)
        if value in (None, (), {}, "") or (value == item.default and value is not True):
            continue
        shown = ", ".join(map(str, value)) if isinstance(value, tuple) else value
        pairs.append(f"{item.name} {shown}")
    return "; ".join(pairs)


def view(kind: str, record: Any, catalog: Catalog) -> View:  # noqa: ANN401 - any record
    """The sheet for people."""
    if kind == "rule":
        return View((), headline=record.title, details=((record.id, record.doc.strip()),))
    rows = []
    for fact in facts(record, catalog):
        first = fact["sources"][0] if fact["sources"] else None
        where = f"{first.id} ({first.read_on})" if first else "-"
        value = (
            f"{fact['value']:,}"
            if isinstance(fact["value"], int) and fact["value"] > 9999
            else str(fact["value"])
        )
        rows.append((fact["field"], value, where))
    columns = (Column("fact", fold=20), Column("value", fold=24), Column("source (read on)", fold=16))
    remarks = [("unknown", f"{field}: {why}") for field, why in getattr(record, "unknown", {}).items()]
    remarks += [("note", text) for text in getattr(record, "notes", ()) or ()]
    remarks += [("disagreement", text) for text in getattr(record, "disagreements", ())]
    seen = {ref.id: ref for fact in facts(record, catalog) for ref in fact["sources"]}
    remarks += [("source", f"{ref.id}: {ref.title}, {ref.url}") for ref in seen.values()]
    headline = f"{getattr(record, 'name', record.id)} ({kind})"
    return View((Table(columns, tuple(rows)),), headline=headline, remarks=tuple(remarks))


def data(record: Any, catalog: Catalog) -> dict[str, Any]:  # noqa: ANN401 - any record
    """The sheet as JSON: field, value, sources."""
    if not hasattr(record, "sources") and not hasattr(record, "source"):
        return {"id": record.id, "title": getattr(record, "title", None), "doc": getattr(record, "doc", None)}
    rows = [
        {
            "field": fact["field"],
            "value": fact["value"],
            "sources": [
                {"id": s.id, "locator": s.locator, "url": s.url, "read_on": s.read_on}
                for s in fact["sources"]
            ],
        }
        for fact in facts(record, catalog)
    ]
    return {
        "id": record.id,
        "facts": rows,
        "unknown": dict(getattr(record, "unknown", {})),
        "notes": list(getattr(record, "notes", ()) or ()),
        "disagreements": list(getattr(record, "disagreements", ())),
    }


def brief(model: Model) -> dict[str, Any]:
    """A family member in one object."""
    return {
        "id": model.id, "name": model.name, "released": model.released, "license": model.license,
        "params_b": round(model.params_total / 1e9, 3), "hf_repo": model.hf_repo,
    }  # fmt: skip


def family_view(name: str, members: Sequence[Model]) -> View:
    """The members of a family."""
    columns = (Column("id"), Column("size", right=True), Column("context", right=True), Column("licence"),
               Column("released", optional=1), Column("repository", optional=2))  # fmt: skip
    rows = tuple(
        (
            m.id,
            size_text(m.params_total, m.params_active),
            tokens(m.context_native),
            m.license,
            m.released,
            m.hf_repo,
        )
        for m in members
    )
    return View(
        (Table(columns, rows),), headline=f"{name}: {len(rows)} models; a licence belongs to each, not to it"
    )
