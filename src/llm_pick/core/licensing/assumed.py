"""What a clause asks, the profile does not say, and the verdict therefore assumes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.licensing.regions import spelled
from llm_pick.core.licensing.thresholds import below, exempt, fields_of, figure, inferred
from llm_pick.core.licensing.triggers import bites, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llm_pick.core.catalog import License
    from llm_pick.core.licensing.profile import Profile
    from llm_pick.core.licensing.subject import Subject

# Profile field → (trigger words it decides, what its absence is taken for).
_ABSENT: dict[str, tuple[frozenset[str], str]] = {
    "distribute": (frozenset({"distribute", "product"}), "weights and derivatives stay with you"),
    "fine_tune": (frozenset({"fine-tune"}), "the weights are not changed"),
    "saas": (frozenset({"hosted-api", "product", "maas"}), "nobody outside reaches it over a network"),
    "train_competitor_on_outputs": (frozenset({"train-on-outputs"}), "its outputs train no other model"),
    "competes_with_licensor": (frozenset({"competes-with-licensor"}), "you do not compete with the licensor"),
}


def assumptions_of(subject: Subject, profile: Profile) -> tuple[str, ...]:
    """One sentence for each fact that was needed and not stated."""
    if profile.role == "end_user":
        return ()
    lines = [] if profile.use else ["use not stated: judged as commercial"]
    for licence in subject.licences:
        lines += [*_figures(licence, profile), *_facts(licence, profile), *_place(licence, subject, profile)]
    return tuple(dict.fromkeys(lines))


def _figures(licence: License, profile: Profile) -> Iterator[str]:
    true = words(profile)
    for row in licence.thresholds:
        if not bites(row.applies_to, true) or exempt(row, profile):
            continue
        if (month := inferred(row, profile)) is not None:
            yield f"revenue_month_usd not stated: a twelfth of revenue_usd taken, {month:,.0f} ({licence.id} {row.clause})"
            continue
        if figure(row, profile) is not None:
            continue
        names = " or ".join(fields_of(row)) or "daily users"
        yield f"{names} not stated: assumed {below(row)} ({licence.id} {row.clause})"


def _facts(licence: License, profile: Profile) -> Iterator[str]:
    terms = (*licence.conditions, *(term for term in licence.limitations if term.effect))
    entries = [*(term.applies_to for term in terms), *(row.applies_to for row in licence.thresholds)]
    asked = {word for applies_to in entries for entry in applies_to for word in entry.split("+")}
    for name, (triggers, meaning) in _ABSENT.items():
        if getattr(profile, name) is None and asked & triggers:
            yield f"{name} not stated: assumed that {meaning}"
    if profile.saas and profile.saas_kind is None and "maas" in asked:
        yield "saas_kind not stated: assumed a product, not a plain model API"
    if profile.field_of_use is None and any(word.startswith("field:") or word == "work-assistant" for word in asked):
        yield "field_of_use not stated: assumed general"


def _place(licence: License, subject: Subject, profile: Profile) -> Iterator[str]:
    if not licence.regions_excluded:
        return
    where = f"{licence.id}: no rights in {spelled(licence.regions_excluded)}"
    if licence.regions_apply_to != "all":
        if subject.multimodal is False:
            return
        if subject.multimodal is None:
            kind = "text-only" if profile.modality == "text" else "multimodal"
            yield f"no model named: assumed a {kind} one ({where} for multimodal models)"
    if profile.region is None:
        yield f"region not stated: assumed outside the excluded places ({where})"
