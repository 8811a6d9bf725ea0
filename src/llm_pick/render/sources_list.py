"""The sources of the catalog: how many of each kind, how old, and each one with the day it was read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llm_pick.core.freshness import age_days, is_old, most_days
from llm_pick.render.view import Column, Table, View

if TYPE_CHECKING:
    from llm_pick.core.catalog import Catalog
    from llm_pick.core.facts import Reference

_MEANING = {
    "spec": "a maker's data sheet",
    "config": "a maker's config file, or a copy of it",
    "card": "a maker's model card, repository or announcement",
    "licence": "a licence text",
    "code": "source code",
    "documentation": "documentation of a tool",
    "measurement": "measured by whoever published it",
    "paper": "a paper",
    "dataset": "a collected data set",
    "claim": "a report or price page, not a document of the maker",
}
OLDEST_SHOWN = 3


def ordered(catalog: Catalog) -> list[Reference]:
    """By kind, the oldest reading first."""
    return sorted(catalog.references.values(), key=lambda r: (r.kind, r.read_on, r.id))


def view(catalog: Catalog, day: str) -> View:
    """A summary by kind, then the list, with ages on ``day``."""
    rows = ordered(catalog)
    kinds = []
    for kind in sorted({r.kind for r in rows}):
        same = [r for r in rows if r.kind == kind]
        newest = max(r.read_on for r in same)
        limit = most_days(kind, catalog)
        due = sum(is_old(kind, r.read_on, day, catalog) for r in same)
        kinds.append((kind, str(len(same)), same[0].read_on, newest, str(age_days(same[0].read_on, day)), str(limit), str(due),
                      _MEANING.get(kind, "-")))  # fmt: skip
    summary = Table(
        (
            Column("kind"),
            Column("sources", right=True),
            Column("oldest"),
            Column("newest"),
            Column("days", right=True),
            Column("fresh for", right=True),
            Column("due", right=True),
            Column("what it is", optional=1),
        ),
        tuple(kinds),
        "By kind",
    )
    listing = Table(
        (Column("kind"), Column("read on"), Column("days", right=True), Column("id"), Column("title", optional=1, fold=24),
         Column("url", optional=2)),
        tuple((r.kind, r.read_on, str(age_days(r.read_on, day)), r.id, r.title, r.url) for r in rows),
        "Each",
    )  # fmt: skip
    return View((summary, listing), headline=f"{len(rows)} sources, catalog of {catalog.as_of}, ages on {day}",
                remarks=tuple(("warning", text) for text in warnings(catalog, day)))  # fmt: skip


def warnings(catalog: Catalog, day: str) -> list[str]:
    """Readings older than their kind allows, else the oldest; and how many are reports only."""
    rows = sorted(catalog.references.values(), key=lambda r: (r.read_on, r.id))
    if not rows:
        return []
    due = [r.id for r in rows if is_old(r.kind, r.read_on, day, catalog)]
    said = [f"{len(due)} sources are older than their kind allows: {_some(due)}; read those again"] if due else []
    if not due:
        days, first = age_days(rows[0].read_on, day), rows[0].read_on
        same = [r.id for r in rows if r.read_on == first]
        said.append(
            f"none is older than its kind allows; the oldest are {days} day{'s' * (days != 1)} old ({first}): {_some(same)}"
        )
    claims = sum(r.kind == "claim" for r in rows)
    if claims:
        said.append(f"{claims} of {len(rows)} sources are reports or price pages, not documents of the maker")
    return said


def _some(ids: list[str]) -> str:
    more = f" and {len(ids) - OLDEST_SHOWN} more" if len(ids) > OLDEST_SHOWN else ""
    return ", ".join(ids[:OLDEST_SHOWN]) + more


def data(catalog: Catalog, day: str) -> dict[str, Any]:
    """The same as JSON."""
    rows = ordered(catalog)
    kinds = sorted({r.kind for r in rows})
    return {
        "question": {"as_of": day},
        "warnings": warnings(catalog, day),
        "kinds": {kind: sum(r.kind == kind for r in rows) for kind in kinds},
        "fresh_days": {kind: most_days(kind, catalog) for kind in kinds},
        "sources": [
            {"id": r.id, "kind": r.kind, "title": r.title, "publisher": r.publisher, "url": r.url, "read_on": r.read_on,
             "age_days": age_days(r.read_on, day), "due": is_old(r.kind, r.read_on, day, catalog), "licence": r.licence,
             "note": r.note}
            for r in rows
        ],
    }  # fmt: skip
