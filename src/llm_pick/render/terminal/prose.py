"""Pages of text on a terminal: paragraphs and lists wrapped between words, headings bold, formulas as they stand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rich.text import Text

from llm_pick.render.terminal.labels import JOINT, joined
from llm_pick.render.text import unwrapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

_ITEM = re.compile(r"- |\d+\. ")
_STRONG = re.compile(r"\*\*(.+?)\*\*")


def page(markdown: str, console: Console, width: int) -> Iterator[Text]:
    """The lines of the page."""
    for line in unwrapped(markdown).split("\n"):
        if line.startswith("    ") and len(line) <= width:
            yield Text(line)
            continue
        item = _ITEM.match(line)
        indent = len(item.group()) if item else 0
        for number, part in enumerate(_styled(joined(line[indent:])).wrap(console, width - indent)):
            part.rstrip()
            part.plain = part.plain.replace(JOINT, " ")
            yield Text(line[:indent] if not number else " " * indent).append_text(part)


def _styled(line: str) -> Text:
    """Without the marks of Markdown that say bold."""
    if line.startswith("#"):
        return Text(line.lstrip("# "), style="bold")
    out = Text()
    for number, part in enumerate(_STRONG.split(line)):
        out.append(part, style="bold" if number % 2 else "")
    return out
