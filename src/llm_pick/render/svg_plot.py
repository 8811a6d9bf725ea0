"""A plot as SVG, for HTML pages: both axes logarithmic, the band shaded, crossings ringed. No script, no font to load."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from llm_pick.render.view import Plot

WIDTH, HEIGHT = 760, 440
LEFT, RIGHT, TOP, BOTTOM = 85, 110, 20, 50
COLOURS = ("var(--c1,#0b67b0)", "var(--c2,#b3470b)", "var(--c3,#1f7a4a)")
DASHES = ("none", "7 3", "2 3")
"""Lines differ in more than colour."""
INK = "currentColor"
FONT = 12


def svg(plot: Plot) -> str:
    """The plot as one ``<svg>`` element. Values that are not positive have no place on it."""
    import drawsvg  # type: ignore[import-untyped]  # noqa: PLC0415 - only where a picture is drawn

    lines = [[(x, y) for x, y in line.points if x > 0 and y > 0] for line in plot.lines]
    band = [row for row in plot.band if row[1] > 0]
    xs = [x for points in lines for x, _ in points]
    ys = [y for points in lines for _, y in points] + [value for row in band for value in row[1:]]
    place = _Place(_decades(xs), _decades(ys))
    title = f"{plot.y_label} over {plot.x_label}: {', '.join(line.label for line in plot.lines)}"
    picture = drawsvg.Drawing(WIDTH, HEIGHT, font_family="inherit", role="img", aria_label=title)
    picture.append_title(title)
    picture.append(drawsvg.Raw(f"<desc>{escape(_told(plot))}</desc>"))
    _axes(picture, drawsvg, place, plot)
    if band:
        outline = [(x, low) for x, low, _ in band] + [(x, high) for x, _, high in reversed(band)]
        picture.append(drawsvg.Lines(*place.flat(outline), close=True, fill=COLOURS[0], fill_opacity=0.15, stroke="none"))
    for points, colour, dash in zip(lines, COLOURS, DASHES, strict=False):
        picture.append(drawsvg.Lines(*place.flat(points), fill="none", stroke=colour, stroke_width=2, stroke_dasharray=dash))
    _labels(picture, drawsvg, place, [(line.label, points[-1]) for line, points in zip(plot.lines, lines, strict=True)])
    for x, y in plot.marks:
        if x > 0 and y > 0:
            mark = drawsvg.Circle(*place.at(x, y), 5, fill="none", stroke=INK, stroke_width=1.5)
            mark.append_title(f"{plot.title}: {x:,.0f} {plot.x_label}, {y:,.0f} {plot.y_label}")
            picture.append(mark)
    return str(picture.as_svg(header=""))


class _Place:
    """From values to points of the picture."""

    def __init__(self, x: tuple[int, int], y: tuple[int, int]) -> None:
        self.x, self.y = x, y

    def at(self, x: float, y: float) -> tuple[float, float]:
        across = (math.log10(x) - self.x[0]) / (self.x[1] - self.x[0])
        up = (math.log10(y) - self.y[0]) / (self.y[1] - self.y[0])
        return round(LEFT + across * (WIDTH - LEFT - RIGHT), 1), round(HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM), 1)

    def flat(self, points: list[tuple[float, float]]) -> list[float]:
        return [value for x, y in points for value in self.at(x, y)]


def _told(plot: Plot) -> str:
    """The ends of every line in words, and where they cross."""
    ends = []
    for line in plot.lines:
        (x, y), (far, end) = line.points[0], line.points[-1]
        ends.append(f"{line.label} from {y:,.0f} at {x:,.0f} to {end:,.0f} at {far:,.0f}")
    crossed = ", ".join(f"{x:,.0f}" for x, _ in plot.marks)
    return f"{'; '.join(ends)}." + (f" {plot.title} at {crossed}." if crossed else "")


def _decades(values: list[float]) -> tuple[int, int]:
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return low, max(high, low + 1)


def _axes(picture: Any, drawsvg: Any, place: _Place, plot: Plot) -> None:  # noqa: ANN401 - untyped library
    (left, right), (bottom, top) = place.x, place.y
    for exponent in range(left, right + 1):
        x, floor = place.at(10**exponent, 10**bottom)
        picture.append(drawsvg.Line(x, TOP, x, floor, stroke=INK, stroke_opacity=0.15))
        picture.append(drawsvg.Text(_power(exponent), FONT, x, floor + 18, text_anchor="middle", fill=INK))
    for exponent in range(bottom, top + 1):
        _, y = place.at(10**left, 10**exponent)
        picture.append(drawsvg.Line(LEFT, y, WIDTH - RIGHT, y, stroke=INK, stroke_opacity=0.15))
        picture.append(drawsvg.Text(_power(exponent), FONT, LEFT - 8, y + 4, text_anchor="end", fill=INK))
    picture.append(drawsvg.Text(plot.x_label, FONT, (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, text_anchor="middle", fill=INK))
    picture.append(drawsvg.Text(plot.y_label, FONT, LEFT, TOP - 6, text_anchor="start", fill=INK))


def _labels(picture: Any, drawsvg: Any, place: _Place, ends: list[tuple[str, tuple[float, float]]]) -> None:  # noqa: ANN401
    """Names at the right ends of the lines, pushed apart where they would overlap."""
    wanted = sorted(((place.at(*end)[1], label, colour) for (label, end), colour in zip(ends, COLOURS, strict=False)))
    last = -math.inf
    for y, label, colour in wanted:
        last = max(y, last + FONT + 2)
        picture.append(drawsvg.Text(label, FONT, WIDTH - RIGHT + 6, last + 4, fill=colour, font_weight="bold"))


def _power(exponent: int) -> str:
    return f"{10**exponent:,}" if 0 <= exponent <= 9 else f"{10.0**exponent:g}"
