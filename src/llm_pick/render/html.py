"""An answer as one HTML page that needs nothing else: tables, the plot as SVG, remarks. Readable when printed."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from llm_pick.render.plain import COMMANDS

if TYPE_CHECKING:
    from llm_pick.render.view import Plot, Table, View

STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}"
    "table{border-collapse:collapse;margin:1rem 0}th,td{padding:.3rem .7rem;border-bottom:1px solid #ddd;text-align:left}"
    "th.r,td.r{text-align:right;font-variant-numeric:tabular-nums}h1{font-size:1.4rem}h2{font-size:1.1rem}"
    "th{cursor:pointer;vertical-align:bottom}table{font-size:.92rem}td a{word-break:break-all}"
    "td.r,td.s{white-space:nowrap}figure{margin:1rem 0}figcaption{font-size:.9rem;color:#444}"
    "dt{font-weight:600}dd{margin:0 0 .4rem}svg{max-width:100%;height:auto}pre{white-space:pre-wrap}"
    "footer{margin-top:2rem;border-top:1px solid #ddd;font-size:.85rem;color:#555}code{background:#f4f4f4;padding:.1rem .3rem}"
    "@media print{body{margin:0;max-width:none;font-size:11pt}th{cursor:auto}table,figure{break-inside:avoid}}"
)
SORT = (
    "document.querySelectorAll('th').forEach(h=>h.onclick=()=>{const i=h.cellIndex,b=h.closest('table').tBodies[0],"
    "d=h.dataset.d=h.dataset.d==='1'?'-1':'1',n=t=>{const m=t.replace(/,/g,'').match(/-?[0-9]+(\\.[0-9]+)?/);return m?+m[0]:NaN};"
    "[...b.rows].sort((r,s)=>{const x=r.cells[i].innerText,y=s.cells[i].innerText,p=n(x),q=n(y);"
    "return d*(isNaN(p)||isNaN(q)?x.localeCompare(y):p-q)}).forEach(r=>b.append(r))})"
)
"""A click on a header sorts its table by the first number of each cell, else by text; a second click turns it round."""

SHORT = 12
"""Letters of a cell that is not broken."""


def to_html(view: View) -> str:
    """The whole page."""
    parts = [f"<h1>{escape(view.headline)}</h1>"] if view.headline else []
    if view.prose:
        parts.append(f"<pre>{escape(view.prose)}</pre>")
    for number, table in enumerate(view.tables):
        parts.append(_table(table))
        if number == 0 and view.plot is not None:
            from llm_pick.render.svg_plot import svg  # noqa: PLC0415 - most answers have no plot

            parts.append(f"<figure>{svg(view.plot)}\n<figcaption>{escape(_caption(view.plot))}</figcaption></figure>")
    if view.chart is not None:
        from llm_pick.render.svg_chart import svg as chart  # noqa: PLC0415 - documents only

        parts.append(f"<h2>{escape(view.chart.title)}</h2>\n<figure>{chart(view.chart)}</figure>")
    parts += [_details(view.details), _pairs(view.remarks)]
    if view.footer:
        parts.append("<footer>" + _details(view.footer, always=True) + "</footer>")
    parts.append(f"<script>{SORT}</script>")
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
        "<tr>"
        + "".join(f"<td{side or _short(cell)}>{_cell(cell)}</td>" for cell, side in zip(row, sides, strict=True))
        + "</tr>\n"
        for row in table.rows
    )
    return f"{title}<table><thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}</tbody></table>"


def _short(cell: str) -> str:
    """Dates and single words stay on one line."""
    return ' class="s"' if len(cell) <= SHORT else ""


def _cell(text: str) -> str:
    """A cell; an address becomes a link."""
    if text.startswith("https://") and " " not in text:
        return f'<a href="{escape(text, quote=True)}">{escape(text.removeprefix("https://"))}</a>'
    return escape(text)


def _details(pairs: tuple[tuple[str, str], ...], *, always: bool = False) -> str:
    """Pairs, commands (or ``always``) as code."""
    if not pairs:
        return ""
    items = (
        f"<dt>{escape(label)}</dt><dd>{_code(text) if always or label in COMMANDS else escape(text)}</dd>\n"
        for label, text in pairs
    )
    return f"<dl>{''.join(items)}</dl>"


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>"


def _caption(plot: Plot) -> str:
    """What the marks of the picture mean."""
    said = [f"{plot.y_label} over {plot.x_label}, both axes logarithmic."]
    said += [f"Shaded: 80 % of {plot.lines[0].label}."] * bool(plot.band) + [f"Ringed: {plot.title}."] * bool(plot.marks)
    return " ".join(said)


def _pairs(pairs: tuple[tuple[str, str], ...]) -> str:
    """Remarks by their label, each label once."""
    groups: dict[str, list[str]] = {}
    for label, text in pairs:
        groups.setdefault(label, []).append(text)
    items = "\n".join(
        f"<dt>{escape(label)}</dt>" + "".join(f"<dd>{escape(text)}</dd>" for text in texts) for label, texts in groups.items()
    )
    return f"<dl>{items}</dl>" if items else ""
