"""For people: an answer sized to the terminal, readable without colour: what to do, why, the facts, then the caveats."""

from __future__ import annotations

import os
from itertools import groupby
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from llm_pick.render.plain import COMMANDS
from llm_pick.render.terminal.footnotes import numbered
from llm_pick.render.terminal.labels import BETWEEN, labelled, whole, wrapped
from llm_pick.render.terminal.layout import ADDRESS, GAP, panels

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from llm_pick.render.terminal.layout import Panel
    from llm_pick.render.view import Column, Table, View

USUAL_WIDTH, LEAST_WIDTH = 80, 20
PROSE_WIDTH, REMARK_WIDTH = 100, 120
"""Longer lines of text are hard to read."""
REASONS = ("why", "but", "never", "utilisation", "differs", "duel")
"""Labels of what explains the headline: they stand right below it."""
SAID = ("verdict",)
"""Labels of words for programs, which the headline says in a sentence."""
SHORT = 30
"""Characters of a fact that may stand with others on a line."""


def print_view(view: View) -> None:
    """Write the view to stdout, as wide as the terminal (or ``COLUMNS``)."""
    console = _console()
    view = numbered(view)
    said = [pair for pair in (*view.details, *view.remarks) if pair[0] not in SAID]
    reasons = [pair for pair in said if pair[0] in REASONS]
    commands = [pair for pair in said if pair[0] in COMMANDS]
    rest = [pair for pair in said if pair not in reasons and pair not in commands]
    narrow = min(console.width, REMARK_WIDTH)
    if view.headline:
        _print_strong(console, view.headline)
    _print_all(console, labelled(reasons, narrow))
    if view.prose:
        from llm_pick.render.terminal.prose import page  # noqa: PLC0415 - only for the pages of `explain`

        console.print()
        _print_all(console, page(view.prose, console, min(console.width, PROSE_WIDTH)))
    for number, (_, alike) in enumerate(groupby(view.tables, key=lambda table: table.columns)):
        group = tuple(alike)
        if number or group[0].title or reasons:
            console.print()
        _print_tables(console, group)
        if not number:
            _print_plot(console, view)
            _print_all(console, labelled(commands, console.width))
            commands = []
    _print_all(console, labelled(commands, console.width))
    if rest and (view.tables or view.prose):
        console.print()
    _print_all(console, labelled(rest, narrow))


def _console() -> Console:
    no_color = bool(os.environ.get("NO_COLOR"))
    force = bool(os.environ.get("FORCE_COLOR")) and not no_color
    console = Console(highlight=False, no_color=no_color, force_terminal=True if force else None, soft_wrap=False)
    # A terminal that does not know its width says 0, and rich would print nothing at all.
    console.width = max(console.width or USUAL_WIDTH, LEAST_WIDTH)
    return console


def _print(console: Console, line: Text) -> None:
    console.print(line, soft_wrap=True)


def _print_strong(console: Console, text: str) -> None:
    for line in wrapped(text, min(console.width, REMARK_WIDTH)):
        _print(console, Text(line, style="bold"))


def _print_all(console: Console, lines: Iterator[Text]) -> None:
    for line in lines:
        _print(console, line)


def _print_plot(console: Console, view: View) -> None:
    """The plot, where there is one and the terminal is wide enough for it."""
    if view.plot is None:
        return
    from llm_pick.render.terminal.plot import draw  # noqa: PLC0415 - most answers have no plot

    colour = not console.no_color and console.is_terminal
    drawn = draw(view.plot, console.width, colour=colour, ascii_only=not console.encoding.startswith("utf"))
    if drawn is not None:
        console.print()
        console.print(Text.from_ansi(drawn))


def _print_tables(console: Console, tables: Sequence[Table]) -> None:
    """Tables with the same columns, as the sections of one: the header once, everything below one another."""
    found = panels(tables, console.width)
    if not found:
        _print_blocks(console, tables)
    for number, panel in enumerate(found):
        if number:
            console.print()
        for section, table in enumerate(tables):
            if section:
                console.print()
            if table.title:
                _print_strong(console, table.title)
            _print_all(console, _drawn(table, panel, console.width, header=not section))


def _drawn(table: Table, panel: Panel, most: int, *, header: bool) -> Iterator[Text]:
    """The lines of a table; beside fewer things than all, without the rows that say nothing of these."""
    if header and (len(table.columns) > 1 or not table.title):  # of a single column the title says enough
        heads = [wrapped(table.columns[index].header, width) for index, width in zip(panel.columns, panel.widths, strict=True)]
        height = max(map(len, heads))
        for line in _placed([[""] * (height - len(head)) + head for head in heads], panel, table.columns, most):
            yield Text(line, style="bold")
        yield Text("─" * (sum(panel.widths) + GAP * (len(panel.widths) - 1)))
    for number, row in enumerate(table.rows):
        cells = [row[index] for index in panel.columns]
        if len(cells) < len(row) and table.beside and set(cells[1:]) == {"-"}:
            continue
        folded = [_folded(cell, width) for cell, width in zip(cells, panel.widths, strict=True)]
        for line in _placed(folded, panel, table.columns, most):
            yield Text(line, style="bold" if number == table.answer else "")


def _placed(cells: Sequence[Sequence[str]], panel: Panel, columns: Sequence[Column], most: int) -> list[str]:
    """Folded cells side by side, none beyond ``most``: what a longer word leaves no room for goes on the next line."""
    lines: list[str] = []
    first, start = 0, 0
    for cell, index, width in zip(cells, panel.columns, panel.widths, strict=True):
        at = first
        for number, text in enumerate(cell):
            size = cell_len(text)
            begin = max(0, min(start + (width - size) * columns[index].right, most - size))
            while at < len(lines) and lines[at] and cell_len(lines[at]) >= begin:
                at += 1
            lines += [""] * (at + 1 - len(lines))
            if text:
                lines[at] += " " * (begin - cell_len(lines[at])) + text
            first = first if number else at
            at += 1
        start += width + GAP
    return lines


def _folded(cell: str, width: int) -> list[str]:
    """A cell in lines, words whole; letters of double width and addresses longer than the column are cut where it ends."""
    if cell_len(cell) <= width:
        return [cell]
    if cell_len(cell) > len(cell):
        return [line.plain.rstrip() for line in Text(cell).wrap(Console(), width)]
    return [part for line in wrapped(cell, width) for part in _cut(line, width)]


def _cut(line: str, width: int) -> list[str]:
    if len(line) <= width or not ADDRESS.search(line):
        return [line]
    return [line[at : at + width] for at in range(0, len(line), width)]


def _print_blocks(console: Console, tables: Sequence[Table]) -> None:
    """Where not even the words fit beside one another: each row below its first cell, without what is optional."""
    for number, table in enumerate(tables):
        if number:
            console.print()
        if table.title:
            _print_strong(console, table.title)
        for row in table.rows:
            names = 2 if row[0].isdigit() and len(row) > 1 else 1  # a rank names nothing
            _print_strong(console, " ".join(row[:names]))
            columns = zip(table.columns[names:], row[names:], strict=True)
            facts = [f"{column.header}: {cell}" for column, cell in columns if cell and not column.optional]
            if max(map(len, facts), default=0) <= SHORT:
                facts = [BETWEEN.join(whole(fact) for fact in facts)]
            for text in facts:
                for line in wrapped(text, console.width, "  ", "    "):
                    _print(console, Text(line))
