"""From the findings of all licences of a model to one verdict: the worst finding wins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llm_pick.core.licensing.findings import CONDITIONS, PERMISSION, SEVERITY, UNREAD, YES, Finding, findings_of, worst
from llm_pick.core.licensing.profile import Profile, consistent
from llm_pick.core.licensing.subject import Subject, subject_of_model
from llm_pick.core.prepared import extract
from llm_pick.core.record import dataclass

if TYPE_CHECKING:
    from llm_pick.core.catalog import Catalog, Model
    from llm_pick.core.licensing.sheet import Line

PERSONAL_USERS = "licensing.personal_use.users_max"
COMMERCIAL = Profile(use="commercial")
"""An ordinary commercial use: the profile when none is given."""


@dataclass(frozen=True, slots=True)
class LicenseVerdict:
    """What the licences of one model mean for one profile."""

    verdict: str
    """allowed | allowed_with_conditions | needs_permission | forbidden | unread"""
    findings: tuple[Finding, ...]
    obligations: tuple[str, ...]
    """The acts this profile owes and no others, as controlled ids; none where the use is forbidden or unread."""
    would_change: tuple[str, ...]
    """What flips the verdict, with the clause: for the better where it is no; where it is yes, what would lose it and
    which thresholds would add a duty."""
    assumptions: tuple[str, ...]
    """Figures and facts a clause needs and the profile does not state."""
    limits: tuple[Line, ...]
    """Thresholds of these licences."""
    warnings: tuple[str, ...]
    profile: Profile
    """As it was read, contradictions resolved."""

    @property
    def yes(self) -> bool:
        """Whether the use is granted."""
        return self.verdict in YES


def judge(subject: Subject, profile: Profile, catalog: Catalog) -> LicenseVerdict:
    """The verdict with everything a lawyer asks for."""
    from llm_pick.core.licensing.assumed import assumptions_of  # noqa: PLC0415 - a short verdict needs none of it
    from llm_pick.core.licensing.changes import would_change  # noqa: PLC0415
    from llm_pick.core.licensing.sheet import threshold_lines  # noqa: PLC0415

    read, warnings = consistent(profile, catalog.parameter(PERSONAL_USERS))
    findings, verdict = _found(subject, read)
    changes = would_change(findings, verdict, read, lambda other: _found(subject, other))
    return LicenseVerdict(
        verdict,
        findings,
        obligations_of(findings, verdict, subject),
        changes,
        assumptions_of(subject, read),
        tuple(line for licence in subject.licences for line in threshold_lines(licence)),
        warnings,
        read,
    )


def judge_model(model: Model, profile: Profile, catalog: Catalog) -> LicenseVerdict:
    """The verdict on one model, its base licences included."""
    return judge(subject_of_model(model, catalog), profile, catalog)


def licence_summary(model: Model, profile: Profile, catalog: Catalog) -> dict[str, Any]:
    """The short form beside a pick: licence id, base licences, verdict, obligations, deciding clause."""
    subject = subject_of_model(model, catalog)
    read, _ = consistent(profile, catalog.parameter(PERSONAL_USERS))
    findings, verdict = _found(subject, read)
    return {
        "id": model.license,
        "base": list(model.base_licenses),
        "verdict": verdict,
        "obligations": list(obligations_of(findings, verdict, subject)),
        "clause": f"{findings[0].license} {findings[0].clause}",
    }


def verdict_of(licence: str, profile: Profile, multimodal: bool, catalog: Catalog) -> str:
    """The verdict of one licence alone. Of several that apply, the worst is the verdict of them together."""
    prepared = extract("commercial", catalog, "licenses", "parameters") if profile == COMMERCIAL else None
    if prepared is not None:
        verdict: str = prepared[licence][multimodal]
        return verdict
    read, _ = consistent(profile, catalog.parameter(PERSONAL_USERS))
    return worst(tuple(findings_of(catalog.licenses[licence], read, multimodal)))


def commercial_verdicts(catalog: Catalog) -> dict[str, list[str]]:
    """Licence id → its verdict on an ordinary commercial use, of a text model and of a multimodal one."""
    return {id: [verdict_of(id, COMMERCIAL, kind, catalog) for kind in (False, True)] for id in catalog.licenses}


def obligations_of(findings: tuple[Finding, ...], verdict: str, subject: Subject) -> tuple[str, ...]:
    """The minimal set owed under ``verdict``.

    Where permission is missing, asking for it is all there is to do: duties of a grant nobody has are not owed.
    Of interchangeable phrases (``A|B``) the first is named.
    """
    if verdict in (PERMISSION, UNREAD):
        wanted = [f for f in findings if f.verdict == PERMISSION]
    elif verdict == CONDITIONS:
        wanted = [f for f in findings if f.verdict == CONDITIONS]
    else:
        return ()
    ids = [f.obligation.partition("|")[0] for f in wanted if f.obligation]
    if verdict == CONDITIONS:
        owing = {f.license for f in wanted}
        ids += [f"base-licence:{base.id}" for base in subject.licences[1:] if base.id in owing]
    return tuple(dict.fromkeys(ids))


def _found(subject: Subject, profile: Profile) -> tuple[tuple[Finding, ...], str]:
    found = [f for licence in subject.licences for f in findings_of(licence, profile, subject.multimodal)]
    if any(finding.verdict not in YES for finding in found):
        # A grant in one licence is no comfort where another withholds it.
        found = [finding for finding in found if finding.ground != "grant"]
    findings = tuple(sorted(found, key=lambda finding: -SEVERITY[finding.verdict]))
    return findings, worst(findings)
