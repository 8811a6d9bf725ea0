"""Marks whatever in an answer is of the user's own facts, in every command by the same rule."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from llm_pick.core.record import replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from llm_pick.core.catalog import Catalog
    from llm_pick.render.view import View

MARK = " (yours)"
NAMED = 6
"""Records said one by one; beyond, only how many there are."""
_TOKEN = re.compile(r"[a-z0-9][a-z0-9._+/:@-]*")
"""What can be an id."""
_EVERYWHERE = ("parameters", "tasks")
"""Sections whose records change answers that do not name them."""


def marked(view: View, catalog: Catalog, *, cells: bool) -> View:
    """``view`` with the user's records marked: in the cells that are their ids, where ``cells``, and in remarks."""
    if not catalog.yours:
        return view
    ids = {id for section, rows in catalog.yours.items() if section != "scores" for id in rows}
    found = list(_mentioned(view, catalog))
    tables = view.tables
    if cells:
        tables = tuple(
            replace(
                table,
                columns=tuple(replace(c, header=c.header + MARK) if c.header in ids else c for c in table.columns),
                rows=tuple(tuple(cell + MARK if cell in ids else cell for cell in row) for row in table.rows),
            )
            for table in tables
        )
    said = [("yours", f"{id}: {place}") for id, place in found[:NAMED]]
    if len(found) > NAMED:
        said.append(("yours", f"and {len(found) - NAMED:,} more records of your own files"))
    return replace(view, tables=tables, remarks=(*view.remarks, *said))


def named_in(body: Any, catalog: Catalog) -> list[dict[str, str]]:  # noqa: ANN401 - any JSON
    """The user's records that the texts of a JSON answer name, and those that change every answer."""
    said = {token.strip(".:") for text in _texts(body) for token in _TOKEN.findall(text)}
    return [
        {"section": section, "id": id, "place": place}
        for section, rows in catalog.yours.items()
        for id, place in (_of_models(rows) if section == "scores" else rows).items()
        if id in said or section in _EVERYWHERE
    ]


def _texts(value: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)


def _mentioned(view: View, catalog: Catalog) -> Iterator[tuple[str, str]]:
    """(id, place) of each own record that the answer names, or that changes every answer."""
    cells = {cell for table in view.tables for row in table.rows for cell in row}
    cells |= {column.header for table in view.tables for column in table.columns}
    text = " ".join((view.headline, *(text for _, text in view.details), *(t.title for t in view.tables if t.title), *cells))
    for section, rows in catalog.yours.items():
        records = catalog.models if section == "scores" else getattr(catalog, section)
        for id, place in _of_models(rows).items() if section == "scores" else rows.items():
            names = {id, getattr(records.get(id), "name", None) or id}
            if section in _EVERYWHERE or names & cells or any(_says(text, name) for name in names):
                yield id, place


def _of_models(scores: Mapping[str, str]) -> dict[str, str]:
    """Model id → how many scores of it, and where the first stands."""
    places: dict[str, list[str]] = {}
    for key, place in scores.items():
        places.setdefault(key.partition(" ")[0], []).append(place)
    return {id: f"{len(found)} benchmark score{'s' * (len(found) > 1)}, {found[0]}" for id, found in places.items()}


def _says(text: str, name: str) -> bool:
    return name in text and re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", text) is not None
