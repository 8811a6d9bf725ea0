"""The JSON of ``license``, built field by field. Additive changes only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llm_pick.core.freshness import old_sources
from llm_pick.core.licensing.ai_act import ai_act_duties
from llm_pick.core.licensing.contrast import contrast
from llm_pick.core.licensing.diff import differences
from llm_pick.core.licensing.sheet import Line, sheet_of
from llm_pick.core.provenance import resolve, sources_of
from llm_pick.render.envelope import origin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llm_pick.core.catalog import Catalog, License, Model
    from llm_pick.core.licensing.profile import Profile
    from llm_pick.core.licensing.target import Target
    from llm_pick.core.licensing.verdict import LicenseVerdict


def identity(licence: License, catalog: Catalog) -> dict[str, Any]:
    """The licence itself: names, class, the text that was read, and what stays the same for everybody."""
    return {
        "id": licence.id,
        **origin("licenses", licence.id, catalog),
        "name": licence.name,
        "version": licence.version,
        "spdx": licence.spdx,
        "class": licence.license_class,
        "osi_approved": licence.osi_approved,
        "text_url": licence.text_url,
        "read_on": licence.read_on,
        "read_mark": licence.read_mark,
        "text_date": licence.text_date,
        "text_sha256": licence.text_sha256,
        "licensor": licence.licensor,
        "commercial_use": licence.commercial_use,
        "outputs_for_training": licence.outputs_for_training,
        "policy_url": licence.policy_url,
        "policy_mutable": licence.policy_mutable,
        "patent_grant": licence.patent_grant,
        "termination": licence.termination,
        "governing_law": licence.governing_law,
        "ask": licence.ask,
        "eu_ai_act_open": licence.eu_ai_act_open,
        "notes": list(licence.notes),
        "unknown": dict(licence.unknown),
        "sources": [
            {"id": s.id, "locator": s.locator, "url": s.url, "read_on": s.read_on}
            for s in resolve(sources_of(licence, "*"), catalog)
        ],
    }


def spdx(licences: Sequence[License]) -> str:
    """One SPDX expression for licences that all apply, own licence first; ids outside the SPDX list are LicenseRefs."""
    ids = tuple(dict.fromkeys(licence.spdx for licence in licences))
    if len(ids) == 1:
        return ids[0]
    from license_expression import Licensing  # noqa: PLC0415 - only derivatives need an expression

    return str(Licensing(ids).parse(" AND ".join(ids), validate=True, strict=True).render())


def line(found: Line) -> dict[str, str]:
    """One line of the sheet."""
    return {
        "id": found.id, "text": found.text, "clause": found.clause, "source": found.source, "license": found.license,
    }  # fmt: skip


def model(record: Model, catalog: Catalog) -> dict[str, Any]:
    """A model with the licences it comes under."""
    return {
        "id": record.id,
        "name": record.name,
        "hf_repo": record.hf_repo,
        "license": record.license,
        "base_licenses": list(record.base_licenses),
        "released": record.released,
        **origin("models", record.id, catalog),
    }


def judged(found: LicenseVerdict) -> dict[str, Any]:
    """Verdict, findings, obligations, changes."""
    return {
        "verdict": found.verdict,
        "findings": [
            {"verdict": f.verdict, "text": f.text, "clause": f.clause, "source": f.source, "license": f.license}
            for f in found.findings
        ],
        "obligations": list(found.obligations),
        "would_change": list(found.would_change),
    }


def answer(
    target: Target,
    profile: Profile | None,
    verdicts: Sequence[LicenseVerdict],
    catalog: Catalog,
    as_of: str | None = None,
) -> dict[str, Any]:
    """The body for a model, a licence or a family; a split family has ``license: null`` and its ``groups``."""
    read = verdicts[0].profile if verdicts else profile
    body: dict[str, Any] = {
        "question": {"name": target.name, "kind": target.kind, "profile": read.stated() if read else None, "as_of": as_of},
        "assumptions": list(dict.fromkeys(text for v in verdicts for text in v.assumptions)),
        "warnings": [
            *dict.fromkeys(text for v in verdicts for text in v.warnings),
            *remarks_of(target, as_of),
            *old_licences(target, as_of, catalog),
        ],
    }
    if len(target.groups) > 1:
        return {**body, **_split(target, verdicts, catalog)}
    licences = target.subject.licences
    sheets = [sheet_of(licence) for licence in licences]
    body |= {
        "license": identity(licences[0], catalog),
        "base_licenses": [identity(licence, catalog) for licence in licences[1:]],
        "spdx": spdx(licences),
        "models": [model(record, catalog) for record in target.groups[0][1]],
        "may": [line(found) for sheet in sheets for found in sheet.may],
        "must": [line(found) for sheet in sheets for found in sheet.must],
        "must_not": [line(found) for sheet in sheets for found in sheet.must_not],
        "limits": [line(found) for sheet in sheets for found in sheet.limits],
        "eu_ai_act": [
            {"who": duty.who, "text": duty.text, "clause": duty.clause, "source": duty.source} for duty in ai_act_duties(licences)
        ],
    }
    return {**body, **judged(verdicts[0])} if verdicts else body


def old_licences(target: Target, as_of: str | None, catalog: Catalog) -> tuple[str, ...]:
    """Texts that were read too long before the day asked about, and cards that name them."""
    licences = {licence.id: licence for subject, _ in target.groups for licence in subject.licences}
    models = [target.subject.model] if len(target.groups) == 1 and target.subject.model else []
    return old_sources((*licences.values(), *models), as_of or catalog.as_of, catalog)


def remarks_of(target: Target, as_of: str | None) -> tuple[str, ...]:
    """What to know about the name and the day, whatever the profile."""
    licences = {licence.id: licence for subject, _ in target.groups for licence in subject.licences}
    later = [
        f"{licence.id} is judged by its text of {licence.text_date}, which came out after {as_of}"
        for licence in licences.values()
        if as_of and licence.text_date and licence.text_date > as_of[: len(licence.text_date)]
    ]
    return (*((target.note,) if target.note else ()), *later)


def _split(target: Target, verdicts: Sequence[LicenseVerdict], catalog: Catalog) -> dict[str, Any]:
    groups = []
    for index, (subject, models) in enumerate(target.groups):
        group: dict[str, Any] = {
            "license": identity(subject.licences[0], catalog),
            "base_licenses": [identity(licence, catalog) for licence in subject.licences[1:]],
            "spdx": spdx(subject.licences),
            "multimodal": subject.multimodal,
            "models": [model(record, catalog) for record in models],
        }
        groups.append({**group, **judged(verdicts[index])} if verdicts else group)
    return {
        "license": None,
        "family": target.name,
        "models": [model(record, catalog) for _, models in target.groups for record in models],
        "groups": groups,
        "may": [], "must": [], "must_not": [], "limits": [],
    }  # fmt: skip


def in_order(left: Target, right: Target) -> tuple[License, License]:
    """The two licences, the older text first, so that both ways to write ``--diff`` read as what changed."""
    one, two = left.subject.licences[0], right.subject.licences[0]
    return (two, one) if one.text_date and two.text_date and two.text_date < one.text_date else (one, two)


def difference(left: Target, right: Target, catalog: Catalog) -> dict[str, Any]:
    """The body of ``license A --diff B``."""
    one, two = in_order(left, right)
    return {
        "question": {"name": left.name, "diff": right.name},
        "assumptions": [],
        "warnings": [],
        "license": identity(left.subject.licences[0], catalog),
        "other": identity(right.subject.licences[0], catalog),
        "left": one.id,
        "right": two.id,
        "differences": [{"aspect": d.aspect, "left": d.left, "right": d.right} for d in differences(one, two)],
    }


def contrasted(target: Target, catalog: Catalog) -> dict[str, Any]:
    """The body of ``license NAME --contrast``."""
    return {
        "question": {"name": target.name, "kind": target.kind},
        "assumptions": [],
        "warnings": [],
        "license": identity(target.subject.licences[0], catalog),
        "contrast": [
            {
                "id": row.license,
                "name": row.name,
                "text_date": row.text_date,
                "train_on_outputs": row.train_on_outputs,
                "weights": row.weights,
                "source": row.source,
            }
            for row in contrast(target.subject.licences, catalog)
        ],
    }
