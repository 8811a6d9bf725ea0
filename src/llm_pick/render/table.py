"""For people: rich tables sized to the terminal, readable without colour."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from llm_pick.render.text import unwrapped

if TYPE_CHECKING:
    from llm_pick.render.view import Table, View

USUAL_WIDTH, LEAST_WIDTH = 80, 20
GAP = 3
"""Characters rich puts between two columns."""
PROSE_WIDTH = 100
"""Longer lines are hard to read."""
WHOLE_LINES = ("run", "assumed")
"""Labels whose text has the label's style too; of the others the text is content, in the terminal's own colour."""
LABEL_STYLES = {"warning": "yellow", "near miss": "cyan", "assumed": "dim", "run": "bold green"}


def print_view(view: View) -> None:
    """Write the view to stdout, as wide as the terminal (or ``COLUMNS``)."""
    console = _console()
    if view.headline:
        console.print(Text(view.headline, style="bold"))
    if view.prose:
        console.print()
        for prose in unwrapped(view.prose).split("\n"):
            heading = prose.startswith("#")
            shown = Text(prose.lstrip("# ") if heading else prose, style="bold" if heading else "")
            console.print(shown, width=min(console.width, PROSE_WIDTH))
    for table in view.tables:
        if table.title:
            console.print()
            console.print(Text(table.title, style="bold"))
        console.print(_fitted(table, console.width))
        if view.plot is not None and table is view.tables[0]:
            from llm_pick.render.terminal_plot import draw  # noqa: PLC0415 - most answers have no plot

            colour = not console.no_color and console.is_terminal
            drawn = draw(view.plot, console.width, colour=colour, ascii_only=not console.encoding.startswith("utf"))
            if drawn is not None:
                console.print()
                console.print(Text.from_ansi(drawn))
    for label, text in (*view.details, *view.remarks):
        style = LABEL_STYLES.get(label, "dim")
        line = Text().append(f"{label}: ", style=style)
        line.append(text, style=style if label in WHOLE_LINES else "")
        console.print(line, soft_wrap=label == "run")


def _console() -> Console:
    no_color = bool(os.environ.get("NO_COLOR"))
    force = bool(os.environ.get("FORCE_COLOR")) and not no_color
    console = Console(highlight=False, no_color=no_color, force_terminal=True if force else None, soft_wrap=False)
    # A terminal that does not know its width says 0, and rich would print nothing at all.
    console.width = max(console.width or USUAL_WIDTH, LEAST_WIDTH)
    return console


def _fitted(table: Table, width: int) -> RichTable:
    """Drop optional columns, the most optional first, until the longest cells fit."""
    keep = list(range(len(table.columns)))
    least = [_least_width(table, index) for index in keep]
    while sum(least[index] + GAP for index in keep) > width + GAP:
        droppable = [index for index in keep if table.columns[index].optional]
        if not droppable:
            break
        keep.remove(max(droppable, key=lambda index: (table.columns[index].optional, index)))
    tight = sum(least[index] + GAP for index in keep) > width + GAP  # nothing left to drop: fold rather than cut
    rich = RichTable(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
    for i in keep:
        column = table.columns[i]
        whole = None if column.fold or tight else least[i]
        rich.add_column(column.header, justify="right" if column.right else "left", overflow="fold", min_width=whole)
    for row in table.rows:
        rich.add_row(*(Text(row[i]) for i in keep))
    return rich


def _least_width(table: Table, index: int) -> int:
    """Width a column cannot do without: its longest cell, or where it folds, its fold."""
    column = table.columns[index]
    longest = max([len(column.header), *(len(row[index]) for row in table.rows)])
    return min(longest, column.fold) if column.fold else longest
