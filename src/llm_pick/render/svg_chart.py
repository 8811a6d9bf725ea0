"""A chart of intervals: one line from low to high per row, a dot at the likely value."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llm_pick.render.view import Chart

WIDTH, ROW, LEFT, RIGHT, FOOT, TOP = 640, 26, 220, 60, 30, 18
INK, LINE, LIMIT = "currentColor", "var(--c1,#0b67b0)", "var(--c2,#b3470b)"
STEPS = (1, 2, 5)


def svg(chart: Chart) -> str:
    """The chart as an SVG element with a text alternative; colours follow the page."""
    import drawsvg  # type: ignore[import-untyped]  # noqa: PLC0415 - only where a picture is drawn

    ends = [value for row in chart.rows for value in (row[1], row[3])] + ([chart.limit[1]] if chart.limit else [])
    step = _step(max(ends) - min(ends))
    first, last = math.floor(min(ends) / step) * step, math.ceil(max(ends) / step) * step
    height = TOP + ROW * len(chart.rows) + FOOT

    def x(value: float) -> float:
        return round(LEFT + (value - first) / (last - first or 1) * (WIDTH - LEFT - RIGHT), 1)

    drawing = drawsvg.Drawing(WIDTH, height, font_family="inherit", role="img", aria_label=chart.title)
    drawing.append_title(chart.title)
    told = "; ".join(
        f"{label} {low:,.{chart.digits}f} to {high:,.{chart.digits}f}, likely {likely:,.{chart.digits}f}"
        for label, low, likely, high in chart.rows
    )
    drawing.append(drawsvg.Raw(f"<desc>{escape(told)}</desc>"))
    for number in range(round((last - first) / step) + 1):
        at = first + number * step
        drawing.append(drawsvg.Line(x(at), TOP, x(at), height - FOOT, stroke=INK, stroke_opacity=0.15))
        drawing.append(drawsvg.Text(f"{at:,g}", 11, x(at), height - FOOT + 16, fill=INK, text_anchor="middle"))
    if chart.limit:
        name, value = chart.limit
        drawing.append(drawsvg.Line(x(value), TOP, x(value), height - FOOT, stroke=LIMIT, stroke_width=2, stroke_dasharray="5 3"))
        drawing.append(drawsvg.Text(f"{name} {value:,.{chart.digits}f}", 12, x(value), TOP - 5, fill=INK, text_anchor="middle"))
    for number, (label, low, likely, high) in enumerate(chart.rows):
        y = TOP + ROW * (number + 0.5)
        drawing.append(drawsvg.Text(label, 12, LEFT - 10, y + 4, fill=INK, text_anchor="end"))
        drawing.append(drawsvg.Line(x(low), y, x(high), y, stroke=LINE, stroke_width=4))
        drawing.append(drawsvg.Circle(x(likely), y, 5, fill=LINE))
        drawing.append(drawsvg.Text(f"{likely:,.{chart.digits}f}", 12, WIDTH - RIGHT + 12, y + 4, fill=INK))
    return str(drawing.as_svg(header=""))


def _step(width: float) -> float:
    """A round distance of grid lines, about six of them."""
    wanted = max(width, 1e-9) / 6
    power: float = 10.0 ** math.floor(math.log10(wanted))
    return next((step * power for step in STEPS if step * power >= wanted), 10 * power)
