"""One statement of a licence about one profile, with the clause it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.licensing.regions import inside, spelled
from llm_pick.core.licensing.thresholds import (
    CONDITION_EFFECTS,
    beyond,
    exceeded,
    exempt,
    figure,
)
from llm_pick.core.licensing.triggers import bites, words
from llm_pick.core.record import dataclass

if TYPE_CHECKING:
    from llm_pick.core.catalog import License, Term, Threshold
    from llm_pick.core.licensing.profile import Profile

ALLOWED = "allowed"
CONDITIONS = "allowed_with_conditions"
PERMISSION = "needs_permission"
UNREAD = "unread"
FORBIDDEN = "forbidden"
SEVERITY = {ALLOWED: 0, CONDITIONS: 1, PERMISSION: 2, UNREAD: 2, FORBIDDEN: 3}
"""A text nobody read weighs as much as a permission nobody has."""
YES = frozenset({ALLOWED, CONDITIONS})
_EFFECTS = {"forbidden": FORBIDDEN, "permission": PERMISSION}
_NOT_WHOLE = frozenset({"S", "U"})
_EFFORTS = frozenset({"latest-version"})
"""Conditions that ask for reasonable efforts: said as a finding, no act that can be owed and ticked off."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one clause means for the profile."""

    verdict: str
    text: str
    clause: str
    source: str
    """Address of the text the clause stands in."""
    license: str
    ground: str
    """grant | condition | policy | limitation | threshold | region | end-user | unread"""
    obligation: str | None = None
    term: Term | None = None
    threshold: Threshold | None = None
    places: tuple[str, ...] = ()
    """Regions without rights, for ground ``region``."""


def worst(findings: tuple[Finding, ...]) -> str:
    """The verdict of all findings together: the worst one, ``unread`` before ``needs_permission``."""
    return max((f.verdict for f in findings), key=lambda v: (SEVERITY[v], v == UNREAD), default=UNREAD)


def findings_of(licence: License, profile: Profile, multimodal: bool | None) -> tuple[Finding, ...]:
    """Everything ``licence`` says about this profile, worst first."""
    if licence.license_class == "unread" or licence.commercial_use == "unread":
        why = licence.unknown.get("commercial_use", "Nobody read this text for the catalog.")
        return (_unread(licence, f"Nothing is known of what it grants. {why}"),)
    found = _region(licence, profile, multimodal)
    if profile.role == "end_user":
        return tuple(found) or (_end_user(licence, profile),)
    true = words(profile)
    found += [_of_threshold(licence, row, profile) for row in licence.thresholds if _reached(row, profile, true)]
    found += [
        _of_term(licence, term, _EFFECTS[term.effect], "limitation", term.obligation)
        for term in licence.limitations
        if term.effect and bites(term.applies_to, true)
    ]
    if profile.field_of_use not in (None, "general"):
        # A policy that speaks of fields under conditions the profile cannot state: read it, the verdict stands.
        found += [
            _of_term(licence, term, CONDITIONS, "policy", None)
            for term in licence.limitations
            if term.id == "field-of-use" and not term.effect
        ]
    found += [
        _of_term(licence, term, CONDITIONS, "condition", None if term.id in _EFFORTS else term.id)
        for term in licence.conditions
        if bites(term.applies_to, true)
    ]
    if all(finding.verdict in YES for finding in found):
        if licence.read_mark in _NOT_WHOLE:
            found.append(_unread(licence, "Only reports of this text were read: a grant cannot rest on them."))
        else:
            found += _grants(licence, profile)
    return tuple(sorted(found, key=lambda finding: -SEVERITY[finding.verdict]))


def text_source(licence: License, clause: str) -> str:
    """Address of the text a clause stands in: the use policy where the clause names one, else the licence."""
    if licence.policy_url and "policy" in clause.lower():
        return licence.policy_url
    return licence.text_url


def region_clause(licence: License) -> str:
    """The clause of the regional exclusion."""
    return next((t.clause for t in licence.limitations if t.id == "region"), licence.region_note or "territory")


def region_applies(licence: License, profile: Profile, multimodal: bool | None) -> bool:
    """Whether the exclusion covers this model; with the model unknown, only stated text use counts as spared."""
    if not licence.regions_excluded:
        return False
    if licence.regions_apply_to == "all" or multimodal:
        return True
    return multimodal is None and profile.modality != "text"


def _reached(row: Threshold, profile: Profile, true: frozenset[str]) -> bool:
    return bites(row.applies_to, true) and exceeded(row, profile) and not exempt(row, profile)


def _region(licence: License, profile: Profile, multimodal: bool | None) -> list[Finding]:
    if profile.region is None or not region_applies(licence, profile, multimodal):
        return []
    if not inside(profile.region, licence.regions_excluded):
        return []
    if profile.role == "end_user" and "end-user" in licence.regions_exempt:
        return []
    whole = "the whole licence" if licence.regions_apply_to == "all" else "multimodal models, text use included"
    text = f"No rights for whoever is based in {spelled(licence.regions_excluded)}: {whole} ({profile.region})."
    clause = region_clause(licence)
    source = text_source(licence, clause)
    return [Finding(FORBIDDEN, text, clause, source, licence.id, "region", places=licence.regions_excluded)]


def _of_threshold(licence: License, row: Threshold, profile: Profile) -> Finding:
    verdict = CONDITIONS if row.effect in CONDITION_EFFECTS else PERMISSION
    stated = f" Stated: {figure(row, profile):,.0f}, which is {beyond(row)}."
    return Finding(
        verdict, row.text + stated, row.clause, text_source(licence, row.clause), licence.id, "threshold",
        obligation=row.obligation, threshold=row,
    )  # fmt: skip


def _of_term(licence: License, term: Term, verdict: str, ground: str, obligation: str | None) -> Finding:
    source = text_source(licence, term.clause)
    return Finding(verdict, term.text, term.clause, source, licence.id, ground, obligation, term)


def _unread(licence: License, text: str) -> Finding:
    advice = f"{text} Have {licence.text_url} read."
    clause = f"none relied on (mark {licence.read_mark})"
    return Finding(UNREAD, advice, clause, licence.text_url, licence.id, "unread")


def _end_user(licence: License, profile: Profile) -> Finding:
    spared = profile.region is not None and inside(profile.region, licence.regions_excluded)
    clause = region_clause(licence) if spared else next((t.clause for t in licence.permissions), "grant")
    text = "An end user of a finished product takes no licence of the model and owes nothing under it."
    return Finding(ALLOWED, text, clause, text_source(licence, clause), licence.id, "end-user")


def _grants(licence: License, profile: Profile) -> list[Finding]:
    """The permissions this use rests on."""
    wanted = ["commercial-use" if profile.commercial else "private-use"]
    wanted += ["modifications"] if profile.fine_tune else []
    wanted += ["distribution"] if profile.distribute else []
    wanted += ["hosting"] if profile.saas else []
    wanted += ["train-on-outputs"] if profile.train_competitor_on_outputs else []
    held = [term for term in licence.permissions if term.id in wanted] or list(licence.permissions[:1])
    return [_of_term(licence, term, ALLOWED, "grant", None) for term in held]
