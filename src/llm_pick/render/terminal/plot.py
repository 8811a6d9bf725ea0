"""A plot as characters, for terminals: both axes logarithmic."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llm_pick.render.view import Plot

GUTTER = 14
"""Characters beside the drawing."""
ROWS_PER_DECADE = 3
COLUMNS_PER_DECADE = (20, 10)
"""The drawing puts a tick every ten characters, so these give ticks at round numbers; the widest that fits is taken."""
LETTERS_PER_LINE = 3
OWN = "white"
"""Stands for the terminal's own colour, which the drawing has no name for."""
COLOURS = ("magenta", OWN, "red")
"""Of the lines. The other colours of a plain terminal are lost on white, or on black."""
BAND_COLOUR, MARK_COLOUR = COLOURS[0], OWN
ROUND = 1e-6
_WHITE, _DEFAULT = "\x1b[37m", "\x1b[39m"
NOTHING = "\u2800"


def draw(plot: Plot, columns: int, *, colour: bool, ascii_only: bool = False) -> str | None:
    """The plot with its key; every line carries its letter, so that it reads without colour.

    Values that are not positive have no place on it. ``ascii_only`` draws the lines of their letters. ``None`` where the
    terminal is too narrow for it.
    """
    from plotille import Figure  # type: ignore[import-untyped]  # noqa: PLC0415 - only where something is drawn

    lines = [[(x, y) for x, y in line.points if x > 0 and y > 0] for line in plot.lines]
    band = [(x, value) for x, low, high in plot.band for value in (low, high) if value > 0]
    xs = [x for points in lines for x, _ in points]
    ys = [y for points in [*lines, band] for _, y in points]
    left, right = math.log10(min(xs)), math.log10(max(xs))
    bottom, top = math.floor(math.log10(min(ys))), math.ceil(math.log10(max(ys)))
    wide = next((n for n in COLUMNS_PER_DECADE if n * (right - left) + GUTTER <= columns), None)
    if wide is None:
        return None
    figure = Figure()
    figure.width, figure.height = round(wide * (right - left)), ROWS_PER_DECADE * (top - bottom)
    figure.color_mode, figure.with_colors = "names", colour
    figure.origin = False  # its lines through nought: of logarithms, that is a dollar and a request
    figure.set_x_limits(left, right)
    figure.set_y_limits(bottom, top)
    figure.x_label, figure.y_label = "", plot.y_label
    figure.x_ticks_fkt = lambda low, _: _amount(low)
    figure.y_ticks_fkt = lambda low, _: _amount(low) if abs(low - round(low)) < ROUND else ""
    if not ascii_only:
        for points, name in zip(lines, COLOURS, strict=False):
            figure.plot(*_logs(points), lc=name)
    _write(figure, band, ".", BAND_COLOUR)
    for number, (line, points, name) in enumerate(zip(plot.lines, lines, COLOURS, strict=False)):
        step = 1 if ascii_only else len(points) // LETTERS_PER_LINE
        first = 0 if ascii_only else step // 3 + 2 * number
        _write(figure, points[first::step], line.label[0].upper(), name)
    _write(figure, [(x, y) for x, y in plot.marks if x > 0 and y > 0], "x", MARK_COLOUR)
    key = [f"{line.label[0].upper()} {line.label}" for line in plot.lines]
    key += [f". 80 % of {plot.lines[0].label}"] * bool(band) + [f"x {plot.title}"] * bool(plot.marks)
    shown = figure.show().replace(_WHITE, _DEFAULT)
    blank = shown.replace(NOTHING, " ")  # fonts without braille draw even its empty cell
    drawn = "\n".join(line.rstrip().removesuffix(" ()") for line in blank.splitlines())
    return f"{drawn}\n{plot.x_label}; {', '.join(key)}"


def _logs(points: Sequence[tuple[float, float]]) -> tuple[list[float], list[float]]:
    return [math.log10(x) for x, _ in points], [math.log10(y) for _, y in points]


def _write(figure: Any, points: Sequence[tuple[float, float]], letter: str, colour: str) -> None:  # noqa: ANN401 - untyped
    if points:
        figure.text(*_logs(points), [letter] * len(points), lc=colour)


def _amount(exponent: float) -> str:
    """A power of ten in at most five characters: 100, 1k, 30k, 2M."""
    value = 10**exponent
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.3g}{unit}"
    return f"{value:.3g}"
