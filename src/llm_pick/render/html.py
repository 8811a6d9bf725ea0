"""An answer as one HTML page that needs nothing else: tables, the plot as SVG, remarks. Readable when printed."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llm_pick.render.view import Table, View

STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}"
    "table{border-collapse:collapse;margin:1rem 0}th,td{padding:.3rem .7rem;border-bottom:1px solid #ddd;text-align:left}"
    "th.r,td.r{text-align:right;font-variant-numeric:tabular-nums}h1{font-size:1.4rem}h2{font-size:1.1rem}"
    "dt{font-weight:600}dd{margin:0 0 .4rem}svg{max-width:100%;height:auto}pre{white-space:pre-wrap}"
)


def to_html(view: View) -> str:
    """The whole page."""
    parts = [f"<h1>{escape(view.headline)}</h1>"] if view.headline else []
    if view.prose:
        parts.append(f"<pre>{escape(view.prose)}</pre>")
    for number, table in enumerate(view.tables):
        parts.append(_table(table))
        if number == 0 and view.plot is not None:
            from llm_pick.render.svg_plot import svg  # noqa: PLC0415 - most answers have no plot

            parts.append(f"<figure>{svg(view.plot)}</figure>")
    parts += [_pairs(view.details), _pairs(view.remarks)]
    body = "\n".join(part for part in parts if part)
    title = escape(view.headline or "llm-pick")
    head = (
        f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title><style>{STYLE}</style>'
    )
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head>\n<body>\n{body}\n</body></html>\n'


def _table(table: Table) -> str:
    title = f"<h2>{escape(table.title)}</h2>\n" if table.title else ""
    sides = [' class="r"' if column.right else "" for column in table.columns]
    heads = "".join(f"<th{side}>{escape(column.header)}</th>" for column, side in zip(table.columns, sides, strict=True))
    rows = "".join(
        "<tr>" + "".join(f"<td{side}>{escape(cell)}</td>" for cell, side in zip(row, sides, strict=True)) + "</tr>\n"
        for row in table.rows
    )
    return f"{title}<table><thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}</tbody></table>"


def _pairs(pairs: tuple[tuple[str, str], ...]) -> str:
    if not pairs:
        return ""
    return "<dl>" + "".join(f"<dt>{escape(label)}</dt><dd>{escape(text)}</dd>\n" for label, text in pairs) + "</dl>"
