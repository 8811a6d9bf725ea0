"""Sources as numbered notes: a sheet says once, below its facts, what stands behind each number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.record import replace

if TYPE_CHECKING:
    from llm_pick.render.view import View

SOURCE = "source"
"""Label of the remarks that say what a source is: ``id: title, address``."""


def numbered(view: View) -> View:
    """``view`` with numbers in the columns of sources, and the sources, in the order of their numbers, among the remarks."""
    numbers: dict[str, int] = {}

    def noted(cell: str) -> str:
        name, plus, more = cell.partition(" +")
        if name in ("", "-"):
            return cell
        return f"[{numbers.setdefault(name, len(numbers) + 1)}]{plus}{more}"

    tables = []
    for table in view.tables:
        at = {index for index, column in enumerate(table.columns) if column.source}
        columns = tuple(replace(c, header=SOURCE, fold=None) if c.source else c for c in table.columns)
        rows = tuple(tuple(noted(cell) if index in at else cell for index, cell in enumerate(row)) for row in table.rows)
        tables.append(replace(table, columns=columns, rows=rows) if at else table)
    if not numbers:
        return view
    said = {text.partition(": ")[0]: text.partition(": ")[2] for label, text in view.remarks if label == SOURCE}
    notes = []
    for name, number in numbers.items():
        title = said.pop(name.partition(" (")[0], "")
        notes.append((SOURCE, f"[{number}] {name}{': ' if title else ''}{title}"))
    others = [pair for pair in view.remarks if pair[0] != SOURCE]
    unnumbered = [pair for pair in view.remarks if pair[0] == SOURCE and pair[1].partition(": ")[0] in said]
    return replace(view, tables=tuple(tables), remarks=(*others, *notes, *unnumbered))
