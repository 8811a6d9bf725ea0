"""An answer as one HTML page that needs nothing else: answer, caveats, question, tables, pictures as SVG, assumptions."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from llm_pick.render.html_style import SORT, STYLE
from llm_pick.render.plain import COMMANDS
from llm_pick.render.sections import grouped, heading, sections_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llm_pick.render.view import Plot, Table, View

_ADDRESS = re.compile(r"https://[^\s<>,;]+[^\s<>,;.)]")
SHORT, ROW_NAME = 12, 40
"""Letters of a cell that is not broken, and of a cell that names its row."""
UNSORTED = ("what", "fact")
"""First headers of tables whose rows are of different kinds."""


def to_html(view: View) -> str:
    """The whole page."""
    said = sections_of(view)
    parts = [_head(view), _list("Caveats", said.caveats, css="caveats"), _pairs("Question", view.question)]
    if view.prose:
        parts.append(_prose(view.prose))
    for number, table in enumerate(view.tables):
        parts.append(_table(table, view.headline))
        if number == 0:
            parts += _pictures(view)
    parts += [
        _pairs("How it was worked out", said.working),
        _list("Assumptions", said.assumed),
        _list("Sources", said.sources),
        _footer(view),
        f"<script>{SORT}</script>",
    ]
    body = "\n".join(part for part in parts if part)
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(view.headline or 'llm-pick')}</title><style>{STYLE}</style>"
    )
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head>\n<body>\n{body}\n</body></html>\n'


def _head(view: View) -> str:
    """The answer, and what belongs to it."""
    day = dict(view.question).get("as of")
    title = f'<p class="kicker">Decision memo{f", as of {escape(day)}" if day else ""}</p>\n' if view.question else ""
    title += f"<h1>{escape(view.headline)}</h1>" if view.headline else ""
    lead = _pairs("", (*view.details, *sections_of(view).why), css="lead")
    return f"<header>{title}\n{lead}</header>" if title or lead else ""


def _pictures(view: View) -> list[str]:
    """The plot and the chart, with what their marks mean."""
    found = []
    if view.plot is not None:
        from llm_pick.render.svg_plot import svg  # noqa: PLC0415 - most answers have no plot

        found.append(f"<figure>{svg(view.plot)}\n<figcaption>{escape(_caption(view.plot))}</figcaption></figure>")
    if view.chart is not None:
        from llm_pick.render.svg_chart import svg as chart  # noqa: PLC0415 - documents only

        note = "Dot: the likely value. Bar: 80 % interval." + (" Dashed: what is usable." if view.chart.limit else "")
        found.append(
            f"<h2>{escape(view.chart.title)}</h2>\n<figure>{chart(view.chart)}\n<figcaption>{note}</figcaption></figure>"
        )
    return found


def _table(table: Table, headline: str) -> str:
    """A table that scrolls sideways where it is wider than the page; the first column names its row."""
    title = f"<h2>{escape(heading(table.title))}</h2>\n" if table.title else ""
    sides = ["r" if column.right else "" for column in table.columns]
    heads = "".join(
        f'<th scope="col"{_css(f"{side} s" if len(column.header) <= SHORT else side)}>{escape(column.header)}</th>'
        for column, side in zip(table.columns, sides, strict=True)
    )
    naming = _naming(table)
    rows = "".join(f"<tr>{_cells(row, sides, naming)}</tr>\n" for row in table.rows)
    sortable = len(table.rows) > 1 and len(table.columns) > 1 and table.columns[0].header not in UNSORTED
    kind = ' class="sortable"' if sortable else ""
    label = escape(table.title or headline or "table", quote=True)
    return (
        f'{title}<div class="t" role="region" aria-label="{label}" tabindex="0"><table{kind}><thead><tr>{heads}</tr></thead>\n'
        f"<tbody>\n{rows}</tbody></table></div>"
    )


def _naming(table: Table) -> int | None:
    """The column that names the rows: the first of text, unless it holds sentences or, after numbers, names no row for itself."""
    if len(table.columns) < 2:
        return None
    first = next((number for number, column in enumerate(table.columns) if not column.right), None)
    if first and len({row[first] for row in table.rows} - {""}) < len(table.rows):
        first = 0
    if first is None or any(len(row[first]) > ROW_NAME or row[first].endswith(".") for row in table.rows):
        return None
    return first


def _cells(row: tuple[str, ...], sides: list[str], naming: int | None) -> str:
    out = []
    for number, (cell, side) in enumerate(zip(row, sides, strict=True)):
        names_row = number == naming
        css = _css(side or ("s" if len(cell) <= SHORT or (names_row and " " not in cell) else ""))
        out.append(f'<th scope="row"{css}>{_cell(cell)}</th>' if names_row else f"<td{css}>{_cell(cell)}</td>")
    return "".join(out)


def _css(name: str) -> str:
    return f' class="{name}"' if name else ""


def _cell(text: str) -> str:
    """A cell; an address becomes a link."""
    if text.startswith(("https://", "http://")) and " " not in text:
        return f'<a href="{escape(text, quote=True)}">{escape(text.partition("://")[2])}</a>'
    return escape(text)


def _pairs(title: str, pairs: tuple[tuple[str, str], ...], css: str = "") -> str:
    """Texts by their label, each label once; commands as code."""
    if not pairs:
        return ""
    items = "\n".join(
        f"<dt>{escape(label)}</dt>" + "".join(f"<dd>{_said(label, text)}</dd>" for text in texts)
        for label, texts in grouped(pairs)
    )
    head = f"<h2>{escape(title)}</h2>\n" if title else ""
    return f"{head}<dl{_css(css)}>{items}</dl>"


def _said(label: str, text: str) -> str:
    if label in COMMANDS:
        return f"<code>{escape(text)}</code>"
    return _inline(text)


def _inline(text: str) -> str:
    """Text with `code` between backticks, and addresses as links."""
    parts = escape(text).split("`")
    if len(parts) % 2 == 0:  # a backtick without its other half
        return _linked(escape(text))
    return "".join(f"<code>{part}</code>" if index % 2 else _linked(part) for index, part in enumerate(parts))


def _linked(escaped: str) -> str:
    return _ADDRESS.sub(lambda found: f'<a href="{found.group()}">{found.group().partition("://")[2]}</a>', escaped)


def _list(title: str, texts: Iterable[str], css: str = "") -> str:
    items = "".join(f"<li>{_inline(text)}</li>\n" for text in texts)
    return f"<section{_css(css)}><h2>{escape(title)}</h2>\n<ul>{items}</ul></section>" if items else ""


def _footer(view: View) -> str:
    items = "".join(f"<dt>{escape(label)}</dt><dd><code>{escape(text)}</code></dd>\n" for label, text in view.footer)
    return f"<footer><dl>{items}</dl></footer>" if items else ""


def _caption(plot: Plot) -> str:
    """What the marks of the picture mean."""
    said = [f"{plot.y_label} over {plot.x_label}, both axes logarithmic."]
    said += [f"Shaded: 80 % of {plot.lines[0].label}."] * bool(plot.band) + [f"Ringed: {plot.title}."] * bool(plot.marks)
    return " ".join(said)


def _prose(markdown: str) -> str:
    """A page of ``explain``."""
    from markdown_it import MarkdownIt  # noqa: PLC0415 - documents of `explain` only

    return str(MarkdownIt("commonmark", {"html": False}).enable("table").render(markdown))
