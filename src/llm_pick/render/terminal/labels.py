"""Labelled sentences on a terminal: each label once, its sentences below one another, words and commands whole."""

from __future__ import annotations

import os
import re
import textwrap
from typing import TYPE_CHECKING

from rich.text import Text

from llm_pick.render.plain import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

RUNNING = ("assumed",)
"""Labels whose sentences follow one another like the words of a paragraph: many, short, and read last."""
BETWEEN = " · "
STYLES = {"warning": "bold magenta"}
STYLE = "bold"
"""Of labels. Of the colours of a plain terminal only magenta and red can be read on white as well as on black."""
DEEPEST = 14
"""Longer labels stand on the left of sentences that begin a little further in."""
JOINT = "\ue000"
"""Stands for a blank where no line may end."""
_SHELL_WORD = re.compile(r"""(?:'[^']*'|"[^"]*"|\S)+""")


def labelled(pairs: Sequence[tuple[str, str]], width: int) -> Iterator[Text]:
    """The lines of all pairs, none wider than ``width`` unless one word is."""
    groups: dict[str, list[str]] = {}
    for label, text in pairs:
        groups.setdefault(label, []).append(text)
    for label, texts in groups.items():
        if label in COMMANDS:
            for text in texts:
                yield from _command(label, text, width)
        else:
            yield from _sentences(label, [BETWEEN.join(texts)] if label in RUNNING else texts, width)


def _sentences(label: str, texts: Sequence[str], width: int) -> Iterator[Text]:
    deep = len(label) + 2 if len(label) + 2 <= min(DEEPEST, width // 4) else 2
    first = True
    for text in texts:
        for part in text.split("\n\n"):
            start = f"{label}: " if first else " " * deep
            further = " " * (deep + (2 if len(texts) > 1 else 0))
            for number, line in enumerate(wrapped(part, width, start, further)):
                if first and not number:
                    yield Text().append(line[: len(label) + 1], style=STYLES.get(label, STYLE)).append(line[len(label) + 1 :])
                else:
                    yield Text(line)
            first = False


def _command(label: str, command: str, width: int) -> Iterator[Text]:
    """A command that may be copied as it stands: folded before a word, as a shell reads on after a backslash.

    Consoles of Windows do not, so there it is one line, however long.
    """
    start = f"{label}: "
    line, lines = start, []
    for word in _SHELL_WORD.findall(command):
        room = width - len(" \\")
        if os.name != "nt" and line.strip() and len(line) + len(word) > room and line != start:
            lines.append(f"{line}\\")
            line = " " * len(start)
        line += f"{word} "
    lines.append(line.rstrip())
    for number, text in enumerate(lines):
        if number:
            yield Text(text, style="bold")
        else:
            yield Text().append(text[: len(start)], style=STYLE).append(text[len(start) :], style="bold")


def wrapped(text: str, width: int, start: str = "", further: str = "") -> list[str]:
    """``text`` in lines of ``width``, broken between words only; a number keeps its per cent sign."""
    folding = textwrap.TextWrapper(
        max(width, len(further) + 1), initial_indent=start, subsequent_indent=further, break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip
    return [line.replace(JOINT, " ") for line in folding.wrap(joined(text))] or [start.rstrip()]


def joined(text: str) -> str:
    """``text`` with its per cent signs joined to their numbers, which is undone after folding."""
    return text.replace(" %", f"{JOINT}%")


def whole(text: str) -> str:
    """``text`` that is not folded at all, as far as it fits."""
    return text.replace(" ", JOINT)
