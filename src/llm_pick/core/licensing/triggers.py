"""From a profile to the words in which licence terms say when they apply (``Term.applies_to``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llm_pick.core.licensing.profile import Profile


_FIELDS = {
    "military": ("military", "defence", "defense", "warfare", "weapons"),
    "medical": ("medical", "medicine", "clinical", "medical-advice"),
    "law-enforcement": (
        "law-enforcement", "police", "policing", "justice", "administration-of-justice", "courts", "judiciary",
        "immigration", "asylum", "border-control",
    ),
}  # fmt: skip
"""The words in which licence terms speak of a field, and other words people use for it."""
TRIGGERS = frozenset({
    "always", "commercial", "personal", "research", "distribute", "product", "hosted-api", "maas", "internal", "fine-tune",
    "train-on-outputs", "competes-with-licensor", "work-assistant", "ships-notice",
})  # fmt: skip
"""Every word a term may name, besides fields of use. ``ships-notice`` is told of the repository, not of the profile."""
FIELD = "field:"
WORK_ASSISTANTS = ("work-assistant", "ai-work-assistant", "coding-assistant", "office-assistant")


def words(profile: Profile) -> frozenset[str]:
    """Every trigger word that is true of this profile."""
    found = {"always"}
    if profile.commercial:
        found.add("commercial")
    elif profile.use:
        found.add(profile.use)
    if profile.distribute:
        found |= {"distribute", "product"}
    if profile.saas:
        found |= {"product", "hosted-api"}
        if profile.saas_kind == "model_api":
            found.add("maas")
    if profile.internal:
        found.add("internal")
    if profile.fine_tune:
        found.add("fine-tune")
    if profile.train_competitor_on_outputs:
        found.add("train-on-outputs")
    if profile.competes_with_licensor:
        found.add("competes-with-licensor")
    if profile.field_of_use and profile.field_of_use != "general":
        found.add(f"field:{profile.field_of_use}")
        found |= {f"field:{field}" for field, spellings in _FIELDS.items() if profile.field_of_use in spellings}
        # The clauses on assistants are about a business that offers one; colleagues using it are internal use.
        if profile.field_of_use in WORK_ASSISTANTS and not profile.internal:
            found.add("work-assistant")
    return frozenset(found)


def biting(applies_to: tuple[str, ...], true: frozenset[str]) -> tuple[str, ...]:
    """The alternatives of ``applies_to`` that hold: ``a+b`` needs both words; no alternatives means always."""
    return tuple(entry for entry in applies_to or ("always",) if true.issuperset(entry.split("+")))


def bites(applies_to: tuple[str, ...], true: frozenset[str]) -> bool:
    """Whether a term applies."""
    return bool(biting(applies_to, true))
