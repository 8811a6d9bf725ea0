"""What would flip a verdict: each change is tried, not guessed, by judging the changed profile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llm_pick.core.licensing.findings import PERMISSION, SEVERITY, YES, Finding
from llm_pick.core.licensing.regions import spelled
from llm_pick.core.licensing.thresholds import below, beyond, fields_of, inferred
from llm_pick.core.licensing.triggers import WORK_ASSISTANTS, biting, words
from llm_pick.core.record import replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from llm_pick.core.licensing.profile import Profile

    Judge = Callable[[Profile], tuple[tuple[Finding, ...], str]]

# Trigger word → (what would undo it, the profile fields to change); the most specific words come first.
_UNDO: dict[str, tuple[str, dict[str, Any]]] = {
    "train-on-outputs": ("not training another model on its outputs", {"train_competitor_on_outputs": False}),
    "competes-with-licensor": ("no product that competes with the licensor", {"competes_with_licensor": False}),
    "work-assistant": ("a product that is no stand-alone coding or office assistant", {"field_of_use": "general"}),
    "maas": ("a product with the model inside instead of a plain model API", {"saas_kind": "product"}),
    "hosted-api": ("keeping it away from third parties", {"saas": False, "saas_kind": None}),
    "distribute": ("not passing on weights or derivatives", {"distribute": False}),
    "product": ("keeping it inside your organisation", {"saas": False, "saas_kind": None, "distribute": False}),
    "fine-tune": ("not changing the weights", {"fine_tune": False}),
    "commercial": ("research or personal use without commercial purpose", {"use": "research"}),
}
# Changes tried on a verdict that is yes: what would lose it.
_RISKS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("training another model on its outputs", {"train_competitor_on_outputs": True}),
    ("reaching third parties over a network", {"saas": True}),
    ("offering it as a plain model API", {"saas": True, "saas_kind": "model_api"}),
    ("offering it as a stand-alone coding or office assistant", {"saas": True, "field_of_use": WORK_ASSISTANTS[0]}),
    ("passing on the weights", {"distribute": True}),
    ("commercial use", {"use": "commercial"}),
    ("military use", {"field_of_use": "military"}),
    ("medical use", {"field_of_use": "medical"}),
    ("law enforcement use", {"field_of_use": "law-enforcement"}),
    ("competing with the licensor", {"competes_with_licensor": True}),
    ("a principal place of business in the European Union", {"region": "EU"}),
    ("a principal place of business in the United Kingdom", {"region": "GB"}),
    ("a principal place of business in South Korea", {"region": "KR"}),
    ("a group with more users in the month before the release date", {"mau_at_release": float("inf")}),
    ("a product with more users", {"mau": float("inf")}),
    ("more revenue in a year", {"revenue_usd": float("inf")}),
    ("more revenue in a month", {"revenue_month_usd": float("inf")}),
    ("more recurring revenue", {"arr_usd": float("inf")}),
)


def would_change(findings: tuple[Finding, ...], verdict: str, profile: Profile, judge: Judge) -> tuple[str, ...]:
    """Sentences ``change: verdict then (licence clause)``."""
    if verdict in YES:
        return _losing(findings, profile, judge)
    return _winning(tuple(f for f in findings if f.verdict not in YES), verdict, profile, judge)


def _winning(bad: tuple[Finding, ...], verdict: str, profile: Profile, judge: Judge) -> tuple[str, ...]:
    lines: list[str] = []
    together = profile
    changed: list[str] = []
    for finding in bad:
        where = f"{finding.license} {finding.clause}"
        if finding.ground == "unread":
            lines.append(f"a reading of the text by your lawyer ({finding.license}, {finding.source})")
            continue
        undone = _undo(finding, profile)
        if undone:
            phrase, values = undone
            then = judge(replace(profile, **values))[1]
            together = replace(together, **values)
            if phrase not in changed:
                better = SEVERITY[then] < SEVERITY[verdict]
                lines.append(f"{phrase}: {then}{'' if better else ' still, for another reason'} ({where})")
                changed.append(phrase)
        if finding.verdict == PERMISSION and finding.obligation:
            who = finding.obligation.partition(":")[2] or "the licensor"
            asked = "registration with" if finding.obligation.startswith("register") else "permission of"
            lines.append(f"{asked} {who} ({where})")
    if len(changed) > 1:
        then = judge(together)[1]
        if SEVERITY[then] < SEVERITY[verdict]:
            lines.append(f"all of these changes together: {then}")
    return tuple(dict.fromkeys(lines))


def _undo(finding: Finding, profile: Profile) -> tuple[str, dict[str, Any]] | None:
    """The smallest change of the profile under which this finding would not arise."""
    if finding.ground == "region":
        return f"principal place of business outside {spelled(finding.places)}", {"region": None}
    if finding.threshold is not None:
        from_year = inferred(finding.threshold, profile) is not None
        return below(finding.threshold), dict.fromkeys(("revenue_usd",) if from_year else fields_of(finding.threshold))
    if finding.term is None:
        return None
    phrases: list[str] = []
    values: dict[str, Any] = {}
    for entry in biting(finding.term.applies_to, words(profile)):
        for word in (*(w for w in _UNDO if w in entry.split("+")), entry):
            if word.startswith("field:"):
                phrase, change = f"a field of use other than {word.partition(':')[2]}", {"field_of_use": "general"}
            elif word in _UNDO:
                phrase, change = _UNDO[word][0], dict(_UNDO[word][1])
            else:
                continue
            phrases.append(phrase)
            values.update(change)
            break
    return (" and ".join(dict.fromkeys(phrases)), values) if phrases else None


def _losing(findings: tuple[Finding, ...], profile: Profile, judge: Judge) -> tuple[str, ...]:
    """Changes that would turn a yes into a no or cross a threshold, each with the clause that would do it."""
    known = {_key(finding) for finding in findings}
    lines = []
    for phrase, values in _RISKS:
        after, then = judge(replace(profile, **values))
        causes = [f for f in after if f.verdict == then] if then not in YES else [f for f in after if f.threshold]
        for cause in causes:
            if _key(cause) not in known:
                known.add(_key(cause))
                said = beyond(cause.threshold) if cause.threshold else phrase
                lines.append(f"{said}: {then} ({cause.license} {cause.clause})")
    return tuple(dict.fromkeys(lines))


def _key(finding: Finding) -> tuple[str, str, str]:
    said = finding.threshold or finding.term
    return finding.license, finding.clause, said.text if said else finding.text
