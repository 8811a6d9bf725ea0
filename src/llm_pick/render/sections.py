"""Which part of a document a remark belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.record import dataclass

if TYPE_CHECKING:
    from llm_pick.render.view import View

_CAVEATS = ("warning", "unknown", "left out")
_SOURCES = ("source",)
_ASSUMED = ("assumed",)
_WHY = ("tie", "dominated", "differs", "duel", "licence", "near miss", "removed", "hint", "note")
"""Labels of remarks that belong to the answer. Any other label is part of ``--explain``."""


@dataclass(frozen=True, slots=True)
class Sections:
    """The remarks of an answer, sorted by what a reader does with them; each part keeps its order."""

    why: tuple[tuple[str, str], ...]
    """(label, text): belongs to the answer."""
    caveats: tuple[str, ...]
    working: tuple[tuple[str, str], ...]
    """(label, text): formulas, rules and checks of ``--explain``."""
    assumed: tuple[str, ...]
    sources: tuple[str, ...]


def sections_of(view: View) -> Sections:
    """Every remark of ``view`` in exactly one part."""
    why = tuple(pair for pair in view.remarks if pair[0] in _WHY)
    named = (*_CAVEATS, *_ASSUMED, *_SOURCES, *_WHY)
    return Sections(
        why=why,
        caveats=tuple(text for label, text in view.remarks if label in _CAVEATS),
        working=tuple(pair for pair in view.remarks if pair[0] not in named),
        assumed=tuple(text for label, text in view.remarks if label in _ASSUMED),
        sources=tuple(text for label, text in view.remarks if label in _SOURCES),
    )


def heading(title: str) -> str:
    """A table's title at the head of a part of a document; a name that it begins with keeps its letters."""
    return title[:1].upper() + title[1:] if title.partition(" ")[0].isalpha() else title


def grouped(pairs: tuple[tuple[str, str], ...]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """(label, texts) with each label once, in the order of first use."""
    groups: dict[str, list[str]] = {}
    for label, text in pairs:
        groups.setdefault(label, []).append(text)
    return tuple((label, tuple(texts)) for label, texts in groups.items())
