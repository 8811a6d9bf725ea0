"""Who uses the model, how, and how big they are: the facts a licence clause asks for."""

from __future__ import annotations

import math
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from llm_pick.core.errors import QuestionError
from llm_pick.core.licensing.regions import parse_region
from llm_pick.core.record import dataclass, field_names, replace

if TYPE_CHECKING:
    from collections.abc import Mapping

USES = ("commercial", "internal-commercial", "personal", "research")
_WORDS = {
    "use": USES,
    "modality": ("text", "vision", "audio"),
    "saas_kind": ("model_api", "product"),
    "role": ("operator", "end_user"),
}
_NUMBERS = frozenset({"mau", "mau_at_release", "revenue_usd", "revenue_month_usd", "arr_usd", "maas_revenue_12m_usd"})
_YES_NO = frozenset({"distribute", "fine_tune", "train_competitor_on_outputs", "saas", "competes_with_licensor"})
_FLAG_NAMES = {
    "revenue": "revenue_usd",
    "revenue_month": "revenue_month_usd",
    "train_on_outputs": "train_competitor_on_outputs",
}
_AMOUNT = r"(\d+(?:\.\d+)?(?:e\d+)?)([kmbt]?)"
_SUFFIX = {"": 1.0, "k": 1e3, "m": 1e6, "b": 1e9, "t": 1e12}


@dataclass(frozen=True, slots=True)
class Profile:
    """One user of one model. ``None`` means not stated: not exceeded, not applicable."""

    use: str | None = None
    """commercial | internal-commercial | personal | research; unstated counts as commercial."""
    mau: float | None = None
    """Monthly active users of the product today."""
    mau_at_release: float | None = None
    """Monthly active users in the calendar month before the licence version came out, counted as its clause says."""
    revenue_usd: float | None = None
    """A year, company and affiliates."""
    revenue_month_usd: float | None = None
    arr_usd: float | None = None
    """Annual recurring revenue of the product."""
    maas_revenue_12m_usd: float | None = None
    """Revenue over any 12 consecutive months of whoever runs a model service."""
    region: str | None = None
    """Principal place of business: ISO 3166-1 alpha-2, or EU."""
    modality: str | None = None
    distribute: bool | None = None
    """Weights or a derivative leave your hands."""
    fine_tune: bool | None = None
    train_competitor_on_outputs: bool | None = None
    saas: bool | None = None
    """Third parties reach it over a network."""
    saas_kind: str | None = None
    role: str | None = None
    field_of_use: str | None = None
    """general | military | medical | law-enforcement | work-assistant | … ; a word, lower case, hyphens."""
    competes_with_licensor: bool | None = None

    @property
    def commercial(self) -> bool:
        """Whether the use serves a business, inside it or outside."""
        return self.use in (None, "commercial", "internal-commercial")

    @property
    def internal(self) -> bool:
        """Whether nothing reaches third parties."""
        return not self.saas and not self.distribute

    def stated(self) -> dict[str, Any]:
        """The fields somebody filled in; whole numbers as integers."""
        pairs = ((name, getattr(self, name)) for name in field_names(self))
        return {
            name: int(value) if isinstance(value, float) and value.is_integer() else value
            for name, value in pairs
            if value is not None
        }


FIELDS = field_names(Profile)


def parse_profile(values: Mapping[str, Any]) -> Profile:
    """A profile from plain values (a file, flags, a test case); ``None`` counts as absent.

    Numbers may be written ``800M`` or ``20k``. Raises ``QuestionError`` for an unknown key, naming the nearest
    ones, and for a value its field cannot hold.
    """
    known: dict[str, Any] = {}
    for given, value in values.items():
        key = str(given).replace("-", "_").lower()
        key = _FLAG_NAMES.get(key, key)
        if key not in FIELDS:
            import difflib  # noqa: PLC0415 - only for a mistake

            near = difflib.get_close_matches(key, FIELDS, n=3, cutoff=0.5)
            hint = f"did you mean {', '.join(near)}? " if near else ""
            raise QuestionError(f"unknown profile key `{given}`", f"{hint}known keys: {', '.join(FIELDS)}")
        if value is not None:
            if key in known:
                raise QuestionError(f"profile key `{key}` is given twice", "keep one of them")
            known[key] = _value(key, value)
    return Profile(**known)


def _value(key: str, value: object) -> Any:  # noqa: ANN401 - the field decides the type
    if key in _NUMBERS:
        return _number(key, value)
    if key in _YES_NO:
        if isinstance(value, bool):
            return value
        raise QuestionError(f"profile key `{key}` is `{value}`", "true or false")
    if not isinstance(value, str) or not value.strip():
        # YAML 1.1 reads the country code NO as false: say so instead of "not a string".
        hint = 'quote it: region: "NO"' if key == "region" and value is False else "a word is needed"
        raise QuestionError(f"profile key `{key}` is `{value}`", hint)
    if key == "region":
        return parse_region(value)
    word = value.strip().lower()
    if key == "field_of_use":
        return re.sub(r"[\s_]+", "-", word)
    allowed = _WORDS[key]
    for choice in allowed:
        if word.replace("_", "-") == choice.replace("_", "-"):
            return choice
    import difflib  # noqa: PLC0415 - only for a mistake

    near = difflib.get_close_matches(word, allowed, n=1)
    hint = (f"did you mean {near[0]}? " if near else "") + "one of: " + ", ".join(allowed)
    raise QuestionError(f"profile key `{key}` is `{value}`", hint)


def _number(key: str, value: object) -> float:
    number: float | None = None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        with suppress(OverflowError):
            number = float(value)
    elif isinstance(value, str):
        # A float of any length parses to infinity, which is refused below.
        written = re.sub(r"[\s_,$]", "", value.lower())
        match = re.fullmatch(_AMOUNT, written)
        number = float(match.group(1)) * _SUFFIX[match.group(2)] if match else None
    if number is None or not math.isfinite(number) or number < 0:
        raise QuestionError(f"profile key `{key}` is `{value}`", "a number of 0 or more: 20000, 700M, 1.5B")
    return number


def consistent(profile: Profile, personal_users: float) -> tuple[Profile, tuple[str, ...]]:
    """The profile read without its contradictions, and a warning for each that says which reading was used.

    The stricter reading is used. ``personal_users`` is the number of users up to which a use is believed to be
    personal (a parameter of the catalog).
    """
    warnings: list[str] = []
    users = max(profile.mau or 0, profile.mau_at_release or 0)
    if profile.use == "personal" and users > personal_users:
        warnings.append(f"use is personal, yet {users:,.0f} users are stated: read as commercial")
        profile = replace(profile, use="commercial")
    if profile.use == "internal-commercial" and not profile.internal:
        how = "others reach it over a network" if profile.saas else "weights are passed on"
        warnings.append(f"use is internal, yet {how}: read as commercial use that reaches third parties")
        profile = replace(profile, use="commercial")
    if profile.saas_kind and not profile.saas:
        warnings.append(f"saas_kind is {profile.saas_kind}, yet saas is not true: read as a hosted service")
        profile = replace(profile, saas=True)
    if profile.role == "end_user" and (profile.saas or profile.distribute or profile.fine_tune):
        warnings.append("role is end_user, yet the profile hosts, changes or passes on the model: read as operator")
        profile = replace(profile, role="operator")
    return profile, tuple(warnings)
