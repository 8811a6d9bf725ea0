"""The numbers a licence counts: which figure of the profile answers each, and in which words."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llm_pick.core.catalog import Threshold
    from llm_pick.core.licensing.profile import Profile

# (metric, window) → profile fields that hold the figure; with several, the largest counts.
_FIELDS: dict[tuple[str, str], tuple[str, ...]] = {
    ("mau", "calendar-month-before-release"): ("mau_at_release",),
    ("mau", "preceding-month"): ("mau",),
    ("mau", "monthly"): ("mau",),
    ("mau", "ongoing"): ("mau",),
    ("revenue", "monthly"): ("revenue_month_usd",),
    ("revenue", "preceding-month"): ("revenue_month_usd",),
    ("revenue", "annual"): ("revenue_usd",),
    ("revenue", "ongoing"): ("revenue_usd",),
    ("revenue", "annual-recurring"): ("arr_usd",),
    # The clauses count licensee and affiliates as a whole, once one of them runs such a business.
    ("revenue", "any-12-consecutive-months"): ("maas_revenue_12m_usd", "revenue_usd"),
}
MONTHS = 12
_WHOSE = {
    "licensee": "of the licensee alone",
    "licensee+affiliates": "of licensee and affiliates",
    "product": "of the product",
    "maas-business": "of the model service business",
    "employer-consolidated": "of the whole company or employer, consolidated",
}
_PERIOD = {
    "preceding-month": "in the preceding month",
    "monthly": "in a month",
    "annual": "in a year",
    "annual-recurring": "recurring in a year",
    "any-12-consecutive-months": "in any 12 consecutive months",
    "ongoing": "at any time",
}
CONDITION_EFFECTS = frozenset({"display", "notify"})
"""Effects that ask for an act and leave the grant whole; all others hold the grant back."""


def fields_of(row: Threshold) -> tuple[str, ...]:
    """Profile fields that answer ``row``; none where the profile has no such figure (daily users)."""
    return _FIELDS.get((row.metric, row.window), ())


def figure(row: Threshold, profile: Profile) -> float | None:
    """The figure the clause counts; ``None`` when the profile states neither it nor what it follows from."""
    stated = [value for name in fields_of(row) if (value := getattr(profile, name)) is not None]
    return max(stated) if stated else inferred(row, profile)


def inferred(row: Threshold, profile: Profile) -> float | None:
    """A month of the whole company's revenue from a stated year, where the month itself is not stated.

    A product's revenue does not follow from its company's, so only clauses that count the whole company infer.
    """
    if row.scope != "employer-consolidated" or fields_of(row) != ("revenue_month_usd",):
        return None
    if profile.revenue_month_usd is not None or profile.revenue_usd is None:
        return None
    return profile.revenue_usd / MONTHS


def exceeded(row: Threshold, profile: Profile) -> bool:
    """Whether the stated figure is beyond the line; an unstated one is not."""
    value = figure(row, profile)
    if value is None:
        return False
    return value >= row.value if row.op == ">=" else value > row.value


def exempt(row: Threshold, profile: Profile) -> bool:
    """Whether the clause itself spares this profile."""
    return ("internal" in row.exempts and profile.internal) or ("end-user" in row.exempts and profile.role == "end_user")


def when_counted(row: Threshold) -> str:
    """``in March 2025`` for a count before a version date, else the period in words."""
    if row.window == "calendar-month-before-release":
        if row.as_of is None or len(row.as_of) < len("2025-04"):
            return "in the calendar month before the release date"
        year, month = int(row.as_of[:4]), int(row.as_of[5:7])
        before = datetime.date(year, month, 1) - datetime.timedelta(days=1)
        return f"in {before:%B %Y} (the month before {row.as_of})"
    return _PERIOD.get(row.window, row.window)


def amount(row: Threshold) -> str:
    """``700 million monthly active users`` or ``USD 20 million of revenue``."""
    number = round_words(row.value)
    if row.metric == "revenue":
        return f"{row.currency or 'USD'} {number} of revenue"
    return f"{number} {'daily' if row.metric == 'dau' else 'monthly'} active users"


def round_words(value: float) -> str:
    """``700 million``, ``10 billion``, or digits where it is not round."""
    for size, word in ((1e9, "billion"), (1e6, "million")):
        if value >= size:
            return f"{value / size:g} {word}"
    return f"{value:,.0f}"


def counted(row: Threshold) -> str:
    """The whole metric: amount, whose, when."""
    return f"{amount(row)} {_WHOSE.get(row.scope, row.scope)} {when_counted(row)}"


def below(row: Threshold) -> str:
    """The state that does not reach the line."""
    return f"{'below' if row.op == '>=' else 'at most'} {counted(row)}"


def beyond(row: Threshold) -> str:
    """The state that reaches it."""
    return f"{'from' if row.op == '>=' else 'above'} {counted(row)}"
