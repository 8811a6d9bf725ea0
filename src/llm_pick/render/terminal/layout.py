"""How wide each column of a table is on a terminal: names stay whole, prose folds between words, the optional goes first.

A name that is longer than most goes over the edge of its column, so that one does not widen a table of hundreds.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rich.cells import cell_len

from llm_pick.core.record import dataclass
from llm_pick.render.terminal.labels import joined, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from llm_pick.render.view import Table

GAP = 2
"""Characters between two columns."""
ADDRESS = re.compile(r"https?://\S+|[0-9a-f]{40,}")
_ADDRESS_WIDTH = 30
"""Width down to which an address or a digest may be cut in a cell: the JSON has it whole, and nobody types it."""


_COUNTED = 60
"""Rows up to which the lines are counted that a narrower column takes."""
_HEAD_LINES = 2
"""Lines of a header before a column that can be done without is."""
_PROSE = 16
"""Prose in a narrower column is a ladder of words: the rows are then shown below one another."""
_NEARLY, _HALF = 0.95, 0.5
"""Shares of the rows whose cells a column must hold: where the terminal is narrow, and where nothing else helps."""
_MANY = 10
"""Rows from which a few that go over the edge of their column are worth the width."""


@dataclass(frozen=True, slots=True)
class Panel:
    """Columns shown side by side, by their index, and their widths."""

    columns: tuple[int, ...]
    widths: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Widths:
    """Widths of a column: for everything on one line, as narrow as looks well, for nearly all cells, for its longest word,
    for half its words.
    """

    whole: int
    comfortable: int
    nearly: int
    least: int
    half: int


def panels(tables: Sequence[Table], width: int) -> tuple[Panel, ...]:
    """The columns of ``tables``, which have the same ones, within ``width``; empty where not even words fit.

    In turn: everything on one line; headers and prose folded, optional columns dropped one by one; the longest names over
    the edge of their column; every cell folded between words. Where the columns are the things compared, several
    panels below one another instead.
    """
    columns = tables[0].columns
    found = [_widths(tables, index) for index in range(len(columns))]
    keep = list(range(len(columns)))
    while True:
        if _fits([found[i].comfortable for i in keep], width):
            return (Panel(tuple(keep), _shared(keep, found, [found[i].comfortable for i in keep], width, tables)),)
        droppable = [i for i in keep if columns[i].optional]
        if not droppable:
            break
        keep.remove(max(droppable, key=lambda i: (columns[i].optional, i)))
    if tables[0].beside:
        return _beside(tables, found, width)
    for floor in ([found[i].nearly for i in keep], [found[i].least for i in keep], [found[i].half for i in keep]):
        if _fits(floor, width):
            widths = _shared(keep, found, floor, width, tables)
            prose = [min(columns[i].fold or 0, found[i].whole, _PROSE) for i in keep]
            if all(now >= least for now, least in zip(widths, prose, strict=True)):
                return (Panel(tuple(keep), widths),)
    return ()


def _beside(tables: Sequence[Table], found: Sequence[_Widths], width: int) -> tuple[Panel, ...]:
    """The first column again in every panel, and beside it as many of the others as fit."""
    out: list[Panel] = []
    rest = list(range(1, len(found)))
    while rest:
        count = len(rest)
        while count and not _fits([found[i].comfortable for i in (0, *rest[:count])], width):
            count -= 1
        keep = [0, *rest[: max(count, 1)]]
        floor = [found[i].comfortable if count else found[i].least for i in keep]
        if not _fits(floor, width):
            return ()
        out.append(Panel(tuple(keep), _shared(keep, found, floor, width, tables)))
        rest = rest[max(count, 1) :]
    return tuple(out)


def _fits(widths: Sequence[int], width: int) -> bool:
    return sum(widths) + GAP * (len(widths) - 1) <= width


def _shared(
    keep: Sequence[int], found: Sequence[_Widths], floor: Sequence[int], width: int, tables: Sequence[Table]
) -> tuple[int, ...]:
    """Whole widths, narrowed one by one until all fit, none below its ``floor``: where it adds fewest lines, the widest first."""
    now = [found[i].whole for i in keep]
    sizes = [[cell_len(row[i]) for i in keep] for table in tables for row in table.rows]
    few = sizes if len(sizes) <= _COUNTED else []
    while not _fits(now, width):
        options = [at for at in range(len(now)) if now[at] > floor[at]]
        lines = {at: _lines(few, [size - (other == at) for other, size in enumerate(now)]) for at in options}
        now[min(options, key=lambda at: (lines[at], -now[at]))] -= 1
    return tuple(now)


def _lines(rows: Sequence[Sequence[int]], widths: Sequence[int]) -> int:
    """About how many lines the rows take."""
    return sum(max(-(-size // max(width, 1)) for size, width in zip(row, widths, strict=True)) for row in rows)


def _widths(tables: Sequence[Table], index: int) -> _Widths:
    column = tables[0].columns[index]
    cells = [row[index] for table in tables for row in table.rows]
    header, longest = cell_len(column.header), max((cell_len(cell) for cell in cells), default=0)
    least = max(_word(column.header), *(_word(cell) for cell in cells), 1)
    head = next(size for size in range(_word(column.header), header + 2) if len(wrapped(column.header, size)) <= _HEAD_LINES)
    comfortable = max(longest, head)
    if column.fold:
        comfortable = min(comfortable, max(column.fold, least, head))
    loose = not column.fold and not column.right and len(cells) >= _MANY
    nearly = max(_share(_NEARLY, map(cell_len, cells)), head) if loose else comfortable
    half = max(_share(_HALF, map(_word, cells)), _word(column.header))
    return _Widths(max(header, longest), comfortable, nearly, least, half)


def _share(share: float, lengths: Iterable[int]) -> int:
    """The length within which that share of them is."""
    ordered = sorted(lengths)
    return ordered[int(share * (len(ordered) - 1))] if ordered else 0


def _word(text: str) -> int:
    """The longest word; of an address only what a cell must show of it."""
    return max(
        (min(cell_len(word), _ADDRESS_WIDTH) if ADDRESS.search(word) else cell_len(word) for word in joined(text).split(" ")),
        default=0,
    )
