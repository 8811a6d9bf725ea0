"""The sources of the catalog: how many of each kind, how old, and each one with the day it was read."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

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


def age_days(reference: Reference, catalog: Catalog) -> int:
    """Days from the reading to the newest reading of the catalog."""
    return (_day(catalog.as_of) - _day(reference.read_on)).days


def _day(text: str) -> date:
    """An ISO date; a year or month stands for its first day."""
    return date.fromisoformat("-".join([*text.split("-"), "01", "01"][:3]))


def oldest(catalog: Catalog) -> list[Reference]:
    """The readings that come first when the catalog is read again."""
    return sorted(catalog.references.values(), key=lambda r: (r.read_on, r.id))


def view(catalog: Catalog) -> View:
    """A summary by kind, then the list."""
    rows = ordered(catalog)
    kinds = []
    for kind in sorted({r.kind for r in rows}):
        same = [r for r in rows if r.kind == kind]
        newest = max(r.read_on for r in same)
        kinds.append((kind, str(len(same)), same[0].read_on, newest, _MEANING.get(kind, "-")))
    summary = Table(
        (Column("kind"), Column("sources", right=True), Column("oldest"), Column("newest"), Column("what it is", optional=1)),
        tuple(kinds),
        "By kind",
    )
    listing = Table(
        (Column("kind"), Column("read on"), Column("days", right=True), Column("id"), Column("title", optional=1, fold=24),
         Column("url", optional=2)),
        tuple((r.kind, r.read_on, str(age_days(r, catalog)), r.id, r.title, r.url) for r in rows),
        "Each",
    )  # fmt: skip
    return View((summary, listing), headline=f"{len(rows)} sources, catalog of {catalog.as_of}",
                remarks=tuple(("warning", text) for text in warnings(catalog)))  # fmt: skip


def warnings(catalog: Catalog) -> list[str]:
    """The oldest readings, and those that are reports only."""
    rows = oldest(catalog)
    if not rows:
        return []
    first = rows[0]
    days = age_days(first, catalog)
    same = [r.id for r in rows if r.read_on == first.read_on]
    more = f" and {len(same) - OLDEST_SHOWN} more" if len(same) > OLDEST_SHOWN else ""
    said = [
        f"the oldest reading is {days} day{'s' * (days != 1)} older than the newest ({first.read_on}): "
        f"{', '.join(same[:OLDEST_SHOWN])}{more}; read those again first"
    ]
    claims = sum(r.kind == "claim" for r in rows)
    if claims:
        said.append(f"{claims} of {len(rows)} sources are reports or price pages, not documents of the maker")
    return said


def data(catalog: Catalog) -> dict[str, Any]:
    """The same as JSON."""
    rows = ordered(catalog)
    return {
        "warnings": warnings(catalog),
        "kinds": {kind: sum(r.kind == kind for r in rows) for kind in sorted({r.kind for r in rows})},
        "sources": [
            {"id": r.id, "kind": r.kind, "title": r.title, "publisher": r.publisher, "url": r.url, "read_on": r.read_on,
             "age_days": age_days(r, catalog), "licence": r.licence, "note": r.note}
            for r in rows
        ],
    }  # fmt: skip
