"""Numbers as people read them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TextIO

    from llm_pick.core.estimate.estimate import QualityEstimate
    from llm_pick.core.facts import Range

GIB = 1024**3


def printable(text: str) -> str:
    """``text`` without control characters: names from files and servers must not steer a terminal."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


def for_terminal(text: str, stream: TextIO) -> str:
    """``text``, folded between words where ``stream`` is a terminal: names in an error are there to be copied."""
    if not stream.isatty():
        return text
    import shutil  # noqa: PLC0415 - errors only
    import textwrap  # noqa: PLC0415

    width = max(shutil.get_terminal_size().columns, 2)
    return textwrap.fill(text, width, subsequent_indent="  " * (width > 20), break_long_words=False, break_on_hyphens=False)


def gib(number: float) -> str:
    """Bytes as GiB with one decimal."""
    return f"{number / GIB:.1f}"


def gib_range(value: Range) -> str:
    """Likely GiB with its interval when that is wider than the rounding."""
    low, high = gib(value.low), gib(value.high)
    return gib(value.likely) if low == high else f"{gib(value.likely)} ({low}–{high})"


def speed_range(value: Range) -> str:
    """Likely tokens per second with the interval, in digits that mean something."""
    return f"{brief(value.likely)} ({brief(value.low)}–{brief(value.high)})"


def score_range(value: Range) -> str:
    """Likely points with the interval."""
    return f"{value.likely:.0f} ({value.low:.0f}–{value.high:.0f})"


def quality_text(quality: QualityEstimate | None) -> str:
    """The score; where it is unknown that word, with the interval nothing narrows."""
    if quality is None:
        return "unknown"
    if quality.unknown is not None:
        return f"unknown ({quality.score.low:.0f}–{quality.score.high:.0f})"
    return score_range(quality.score)


def brief(number: float) -> str:
    """Two significant digits below 10, whole numbers above."""
    if number >= 10:
        return f"{number:,.0f}"
    return f"{number:.1f}"


def billions(parameters: int) -> str:
    """Parameters as ``27.4B`` or ``135M``."""
    if parameters >= 10**12:
        return f"{parameters / 10**12:.2f}T"
    if parameters >= 10**9:
        return f"{parameters / 10**9:.1f}B"
    return f"{parameters / 10**6:.0f}M"


def size_text(total: int, active: int) -> str:
    """Total parameters, and the active ones where they are fewer by more than rounding."""
    whole = billions(total)
    return f"{whole}-A{billions(active)}" if active < 0.8 * total else whole


def tokens(number: int) -> str:
    """Tokens as ``32k`` where that is exact, else with separators."""
    if number >= 1024 and number % 1024 == 0:
        return f"{number // 1024}k"
    return f"{number:,}"


def unwrapped(markdown: str) -> str:
    """Markdown with every paragraph and list item on one line, so that the terminal wraps it to its own width."""
    out: list[str] = []
    for line in markdown.split("\n"):
        begins = not line or not out or not out[-1] or line.startswith(("#", "    ", "- ")) or re.match(r"\d+\. ", line)
        if begins or out[-1].startswith(("#", "    ")):
            out.append(line)
        else:
            out[-1] += " " + line.strip()
    return "\n".join(out)
