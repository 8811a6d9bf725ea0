"""``catalog diff``: what changes, for people and as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from llm_pick.core.record import asdict
from llm_pick.render.text import printable
from llm_pick.render.view import Column, Table, View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llm_pick.io.own.diff import Change

LONGEST = 60
"""Characters of a value; the JSON has it whole."""


def view(found: Sequence[Change], what: str) -> View:
    """One line a change."""
    columns = (Column("change"), Column("kind"), Column("id"), Column("field", fold=12), Column("old", fold=12),
               Column("new", fold=12))  # fmt: skip
    rows = tuple((c.change, c.kind, c.id, c.field or "-", _text(c.old, c), _text(c.new, c)) for c in found)
    counts = ", ".join(f"{sum(c.change == word for c in found)} {word}" for word in ("added", "removed", "changed"))
    return View((Table(columns, rows),) if rows else (), headline=f"{printable(what)} against the built-in catalog: {counts}")


def _text(value: Any, change: Change) -> str:  # noqa: ANN401 - any field
    if change.field is None:
        return "-"
    if value is None:
        return "default or unknown"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return printable(text if len(text) <= LONGEST else text[: LONGEST - 1] + "…")


def data(found: Sequence[Change], what: str) -> dict[str, Any]:
    """The same, whole."""
    return {"question": {"other": what}, "assumptions": [], "warnings": [], "changes": [asdict(c) for c in found]}
