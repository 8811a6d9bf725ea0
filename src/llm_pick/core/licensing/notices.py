"""The files a distributor owes: NOTICE with the exact sentences, and what to show, name and enclose."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from llm_pick.core.licensing.triggers import bites

if TYPE_CHECKING:
    from collections.abc import Collection

    from llm_pick.core.catalog import License, Term
    from llm_pick.core.licensing.subject import Subject

_QUOTED = re.compile(r'"([^"]+)"\s*$')


def notice_sentence(term: Term) -> str | None:
    """The fixed sentence a ``notice-file`` term quotes, or ``None`` where the work brings its own NOTICE."""
    found = _QUOTED.search(term.text)
    return found.group(1) if found else None


def notice_files(subject: Subject, owed: Collection[str] | None = None) -> dict[str, str]:
    """File name → text for one model or licence.

    ``owed`` restricts the contents to these obligation ids (a profile's); without it everything that somebody who
    passes on a changed model may owe is in. ``NOTICE`` is left out where no licence fixes a sentence.
    """
    notices: list[str] = []
    duties: list[str] = []
    for licence in subject.licences:
        terms = [term for term in licence.conditions if _wanted(term, owed)]
        notices += [s for term in terms if term.id == "notice-file" and (s := notice_sentence(term))]
        duties += _section(licence, terms)
    name = subject.model.name if subject.model else " and ".join(licence.name for licence in subject.licences)
    files = {}
    if notices:
        files["NOTICE"] = "\n".join(dict.fromkeys(notices)) + "\n"
    head = f"# Attribution and licence duties: {name}\n\n"
    files["ATTRIBUTION.md"] = head + ("\n".join(duties) if duties else "Nothing is owed.\n")
    return files


def _wanted(term: Term, owed: Collection[str] | None) -> bool:
    if owed is not None:
        return term.id.partition("|")[0] in owed
    everything = frozenset({"always", "distribute", "product", "fine-tune", "commercial"})
    return bites(term.applies_to, everything) or term.id == "notice-file"


def _section(licence: License, terms: list[Term]) -> list[str]:
    lines = [f"## {licence.name} ({licence.spdx})", "", f"Text to enclose: {licence.text_url}", ""]
    for term in terms:
        word, _, phrase = term.id.partition(":")
        if word == "display-attribution":
            first, *others = phrase.split("|")
            also = f" (or: {', '.join(others)})" if others else ""
            lines.append(f"- **{first}**{also}: {term.text} ({term.clause})")
        elif word == "name-prefix":
            lines.append(f"- Name **{phrase}…**: {term.text} ({term.clause})")
        elif word == "notice-file" and notice_sentence(term):
            lines.append(f"- Ship the file NOTICE next to this one. ({term.clause})")
        else:
            lines.append(f"- {term.text} ({term.clause})")
    return [*lines, ""]
