"""What differs between two licences, aspect by aspect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.licensing.regions import spelled
from llm_pick.core.licensing.thresholds import beyond
from llm_pick.core.record import dataclass

if TYPE_CHECKING:
    from llm_pick.core.catalog import License, Term

_FACTS = (
    ("class", "license_class"),
    ("commercial use", "commercial_use"),
    ("text of", "text_date"),
    ("read mark", "read_mark"),
    ("training on outputs", "outputs_for_training"),
    ("patents", "patent_grant"),
    ("termination", "termination"),
    ("governing law", "governing_law"),
    ("use policy", "policy_url"),
    ("who to ask", "ask"),
    ("EU AI Act, open licence", "eu_ai_act_open"),
)
_LISTS = (("may", "permissions"), ("must", "conditions"), ("must not / limit", "limitations"))
NOTHING = "—"


@dataclass(frozen=True, slots=True)
class Difference:
    """One aspect in which the two texts differ; each side ends in its clause."""

    aspect: str
    left: str
    right: str


def differences(left: License, right: License) -> tuple[Difference, ...]:
    """Facts first, then permissions, duties, limitations and thresholds; what both share is left out."""
    rows = []
    for label, field in _FACTS:
        one, two = str(getattr(left, field) or NOTHING), str(getattr(right, field) or NOTHING)
        if one != two:
            rows.append(Difference(label, one, two))
    if (left.regions_excluded, left.regions_apply_to) != (right.regions_excluded, right.regions_apply_to):
        rows.append(Difference("excluded regions", _regions(left), _regions(right)))
    for label, field in _LISTS:
        rows += _terms(label, getattr(left, field), getattr(right, field))
    one, two = _thresholds(left), _thresholds(right)
    if one != two:
        rows.append(Difference("thresholds", one, two))
    return tuple(rows)


def _terms(label: str, left: tuple[Term, ...], right: tuple[Term, ...]) -> list[Difference]:
    words = dict.fromkeys(term.id.partition(":")[0] for term in (*left, *right))
    rows = []
    for word in words:
        one = [term for term in left if term.id.partition(":")[0] == word]
        two = [term for term in right if term.id.partition(":")[0] == word]
        if [_meaning(term) for term in one] != [_meaning(term) for term in two]:
            rows.append(Difference(f"{label}: {word}", _said(one), _said(two)))
    return rows


def _meaning(term: Term) -> tuple[object, ...]:
    return term.id, term.text, term.applies_to, term.effect, term.obligation


def _said(terms: list[Term]) -> str:
    return " ".join(f"{term.text} ({term.clause})" for term in terms) or NOTHING


def _regions(licence: License) -> str:
    if not licence.regions_excluded:
        return "none"
    what = "" if licence.regions_apply_to == "all" else ", for multimodal models"
    return f"{spelled(licence.regions_excluded)}{what}"


def _thresholds(licence: License) -> str:
    return "; ".join(f"{beyond(row)} → {row.effect} ({row.clause})" for row in licence.thresholds) or "none"
