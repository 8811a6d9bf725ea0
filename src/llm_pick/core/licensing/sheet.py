"""A licence without a profile: what anybody may, must and must not do, and the limits to watch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.licensing.findings import region_clause, text_source
from llm_pick.core.licensing.regions import spelled
from llm_pick.core.licensing.thresholds import beyond
from llm_pick.core.record import dataclass

if TYPE_CHECKING:
    from llm_pick.core.catalog import License, Term, Threshold

# Limitations that tell people what not to do; the others say what the licensor keeps, or what may end the grant.
_MUST_NOT = frozenset(
    {
        "commercial-use", "distribution", "hosting", "train-on-outputs", "competing-product", "field-of-use",
        "trademark-use", "endorsement", "reverse-engineering", "safety-guardrail",
    }
)  # fmt: skip
_SAID_BY_THRESHOLDS = frozenset({"user-threshold", "revenue-threshold"})
_EFFECTS = {
    "display": "then show the name",
    "notify": "then notify the licensor",
    "request": "then no rights until the licensor grants them",
    "no-rights": "then no rights",
    "terminate": "then the licence ends",
    "security-review": "then a review by the licensor comes first",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the sheet."""

    id: str
    text: str
    clause: str
    source: str
    license: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """The four lists of a licence."""

    may: tuple[Line, ...]
    must: tuple[Line, ...]
    must_not: tuple[Line, ...]
    limits: tuple[Line, ...]


def sheet_of(licence: License) -> Sheet:
    """All lines of one licence. A text nobody read has none."""
    keep = [t for t in licence.limitations if not (t.id in _SAID_BY_THRESHOLDS and licence.thresholds)]
    banned = [t for t in keep if t.effect or t.id in _MUST_NOT]
    watch = [t for t in keep if t not in banned and not (t.id == "region" and licence.regions_excluded)]
    return Sheet(
        tuple(_line(licence, term) for term in licence.permissions),
        tuple(_line(licence, term, _when(term)) for term in licence.conditions),
        tuple(_line(licence, term) for term in banned),
        (*threshold_lines(licence), *_region_line(licence), *(_line(licence, term) for term in watch)),
    )


def threshold_lines(licence: License) -> tuple[Line, ...]:
    """The thresholds: what is counted, whose, when, and what happens beyond."""
    return tuple(
        Line(f"{row.metric}-threshold", _threshold_text(row), row.clause, text_source(licence, row.clause), licence.id)
        for row in licence.thresholds
    )


def _threshold_text(row: Threshold) -> str:
    head = beyond(row)
    return f"{head[0].upper()}{head[1:]}: {_EFFECTS.get(row.effect, row.effect)}. {row.text}"


def _region_line(licence: License) -> tuple[Line, ...]:
    if not licence.regions_excluded:
        return ()
    text = f"No rights in {spelled(licence.regions_excluded)}. {licence.region_note or ''}".strip()
    clause = region_clause(licence)
    return (Line("region", text, clause, text_source(licence, clause), licence.id),)


def _line(licence: License, term: Term, when: str = "") -> Line:
    return Line(term.id, term.text + when, term.clause, text_source(licence, term.clause), licence.id)


_WORDS = {
    "distribute": "you pass on the weights",
    "fine-tune": "you change the weights",
    "product": "others get a product with it",
    "hosted-api": "others reach it over a network",
    "maas": "you sell plain inference",
    "work-assistant": "you offer a work assistant",
    "train-on-outputs": "its outputs train another model",
    "internal": "it stays in your organisation",
    "commercial": "you use it in commerce",
    "personal": "you use it yourself",
    "research": "you use it for research",
    "competes-with-licensor": "you compete with the licensor",
    "ships-notice": "the work comes with a NOTICE file",
}


def _when(term: Term) -> str:
    """When a duty bites, in words: `` [when you pass on the weights]``."""
    entries = [entry.split("+") for entry in term.applies_to or ("always",)]
    if ["always"] in entries:
        return " [always]"
    first, last = _either([entry[0] for entry in entries]), _either([entry[-1] for entry in entries])
    # Alternatives are written out as pairs; most are a product: (distribute or product) and (change or train).
    every_pair = len({entry[0] for entry in entries}) * len({entry[-1] for entry in entries}) == len(entries)
    if all(len(entry) == 1 for entry in entries):
        return f" [when {first}]"
    if every_pair and all(len(entry) == 2 for entry in entries):
        return f" [when {last}, and {first}]"
    return " [when " + "; or when ".join(" and ".join(map(_word, entry)) for entry in entries) + "]"


def _either(words: list[str]) -> str:
    return " or ".join(_word(word) for word in dict.fromkeys(words))


def _word(word: str) -> str:
    return _WORDS.get(word, word)
