"""Slips in licence records that would lose a duty without a word: triggers that no profile can ever meet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.licensing.triggers import FIELD, TRIGGERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llm_pick.schema.load import AuthoredCatalog
    from llm_pick.schema.strict_yaml import Problem

_LISTS = ("permissions", "conditions", "limitations", "thresholds")


def triggers(catalog: AuthoredCatalog, _today: str) -> Iterator[Problem]:
    """Every word of ``applies_to`` is one that a profile can make true."""
    for authored in catalog.sections.get("licenses", ()):
        for name in _LISTS:
            for term in getattr(authored.record, name):
                words = {word for entry in term.applies_to for word in entry.split("+")}
                for word in sorted(words):
                    if word not in TRIGGERS and not word.startswith(FIELD):
                        yield authored.problem(f"`{word}` is no trigger: one of {', '.join(sorted(TRIGGERS))}, {FIELD}…", name)
