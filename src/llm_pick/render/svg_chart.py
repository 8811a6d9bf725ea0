"""A chart of intervals: one line from low to high per row, a dot at the likely value."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llm_pick.render.view import Chart

WIDTH, ROW, LEFT, RIGHT, FOOT = 640, 26, 200, 60, 30
INK, LINE, GRID = "#222", "#1f6fb2", "#ddd"


def svg(chart: Chart) -> str:
    """The chart as an SVG element with a text alternative."""
    import drawsvg  # type: ignore[import-untyped]  # noqa: PLC0415 - only where a picture is drawn

    lows, highs = [row[1] for row in chart.rows], [row[3] for row in chart.rows]
    step = max(1, math.ceil((max(highs) - min(lows)) / 6))
    first, last = math.floor(min(lows) / step) * step, math.ceil(max(highs) / step) * step
    height = ROW * len(chart.rows) + FOOT

    def x(value: float) -> float:
        return LEFT + (value - first) / (last - first or 1) * (WIDTH - LEFT - RIGHT)

    drawing = drawsvg.Drawing(WIDTH, height, font_family="system-ui, sans-serif", role="img")
    drawing.append_title(chart.title)
    for value in range(first, last + 1, step):
        drawing.append(drawsvg.Line(x(value), 0, x(value), height - FOOT, stroke=GRID))
        drawing.append(drawsvg.Text(str(value), 11, x(value), height - FOOT + 16, fill=INK, text_anchor="middle"))
    for number, (label, low, likely, high) in enumerate(chart.rows):
        y = ROW * (number + 0.5)
        drawing.append(drawsvg.Text(label, 12, LEFT - 10, y + 4, fill=INK, text_anchor="end"))
        drawing.append(drawsvg.Line(x(low), y, x(high), y, stroke=LINE, stroke_width=3))
        drawing.append(drawsvg.Circle(x(likely), y, 5, fill=LINE))
        drawing.append(drawsvg.Text(f"{likely:.0f}", 12, WIDTH - RIGHT + 12, y + 4, fill=INK))
    return str(drawing.as_svg(header=""))
