"""The shape every answer has on paper: a headline, tables, remarks. Renderers know nothing else."""

from __future__ import annotations

from llm_pick.core.record import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its header, its side, and how early it may be dropped on a narrow terminal."""

    header: str
    right: bool = False
    optional: int = 0
    """0 is never dropped; the highest number goes first."""
    fold: int | None = None
    """Width down to which long cells may be folded over several lines; ``None``: kept whole while optional ones can go."""
    source: bool = False
    """Its cells name sources, which a terminal shows as numbers, with the names below."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text under named columns."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    title: str = ""
    beside: bool = False
    """The columns after the first are the things compared: on a narrow terminal fewer of them stand side by side."""
    answer: int | None = None
    """Which row is the answer itself; the first column says so too."""


@dataclass(frozen=True, slots=True)
class Line:
    """One curve of a plot."""

    label: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Plot:
    """Curves over two logarithmic axes: drawn on a terminal, and where a format can hold a picture."""

    title: str
    x_label: str
    y_label: str
    lines: tuple[Line, ...]
    band: tuple[tuple[float, float, float], ...] = ()
    """(x, low, high): the uncertainty of the first line."""
    marks: tuple[tuple[float, float], ...] = ()
    """Where two curves cross."""


@dataclass(frozen=True, slots=True)
class Chart:
    """Intervals side by side, for documents."""

    title: str
    rows: tuple[tuple[str, float, float, float], ...]
    """(label, low, likely, high)"""
    digits: int = 0
    """Decimals of the values written beside the rows."""
    limit: tuple[str, float] | None = None
    """(label, value): a line that no interval should cross."""


@dataclass(frozen=True, slots=True)
class View:
    """A whole answer, ready to be written."""

    tables: tuple[Table, ...]
    headline: str = ""
    details: tuple[tuple[str, str], ...] = ()
    """(label, text): part of the answer, e.g. the command to run."""
    remarks: tuple[tuple[str, str], ...] = ()
    """(label, text): assumptions and warnings; stderr in a pipe."""
    question: tuple[tuple[str, str], ...] = ()
    """(what, value): what was asked, for documents; on a screen it stands in the command above."""
    prose: str = ""
    """Markdown to read before the tables: the pages of ``explain``."""
    footer: tuple[tuple[str, str], ...] = ()
    """(label, text): what a document needs to be checked later: the command, the catalog, the program."""
    chart: Chart | None = None
    """Drawn after the tables by formats that can hold a picture; the tables say the same."""
    plot: Plot | None = None
    """Drawn after the first table; formats that hold no picture leave it out, as the tables say the same."""
