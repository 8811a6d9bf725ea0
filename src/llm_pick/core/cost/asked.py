"""What the user asked of ``breakeven``, before anything is filled in. ``None`` means: not said."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from llm_pick.core.ask import day_of
from llm_pick.core.errors import QuestionError
from llm_pick.core.licensing.regions import parse_region
from llm_pick.core.lookup import find_task
from llm_pick.core.record import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llm_pick.core.catalog import Catalog
    from llm_pick.core.cost.workload import Arrivals

PRICINGS = ("on_demand", "spot", "reserved", "owned")
_POSITIVE = {
    "req_per_day": "--req-per-day", "tokens_out": "--tokens-out", "hours_per_day": "--hours-per-day", "min_tps": "--min-tps",
    "max_ttft": "--max-ttft", "usd_per_gpu_hour": "--usd-per-gpu-hour", "eur_usd": "--eur-usd",
    "output_multiplier": "--output-multiplier", "capex_usd_per_gpu": "--capex-usd-per-gpu",
}  # fmt: skip
_NOT_NEGATIVE = {
    "tokens_in": "--tokens-in", "redundancy": "--redundancy", "staff_usd_per_month": "--staff-usd-per-month",
    "migration_usd": "--migration-usd", "usd_per_kwh": "--usd-per-kwh",
    "api_minimum_usd": "--api-minimum-usd",
}  # fmt: skip
_SHARES = {"cached": "--cached", "batch_share": "--batch-share", "retries": "--retries"}
TINY, MOST = 1e-9, 1e12
MOST_TOKENS = 10**8
"""More than any model holds."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of the command, as given."""

    req_per_day: float | None = None
    tokens_in: float | None = None
    tokens_out: float | None = None
    cached: float | None = None
    peak_factor: float | None = None
    hours_per_day: float | None = None
    arrivals: Arrivals | None = None
    """From ``--timestamps``."""
    mix: str | None = None
    task: str | None = None
    model: str | None = None
    api: str | None = None
    hardware: tuple[str, ...] = ()
    quant: str | None = None
    runtime: str | None = None
    kv_dtype: str | None = None
    provider: str | None = None
    pricing: str | None = None
    redundancy: int | None = None
    staff_usd_per_month: float | None = None
    usd_per_gpu_hour: float | None = None
    eur_usd: float | None = None
    capex_usd_per_gpu: float | None = None
    usd_per_kwh: float | None = None
    migration_usd: float | None = None
    output_multiplier: float | None = None
    retries: float | None = None
    batch_share: float | None = None
    api_minimum_usd: float | None = None
    """Least bill of a month."""
    data_residency: str | None = None
    min_tps: float | None = None
    max_ttft: float | None = None
    license: tuple[str, ...] = ()
    profile: Mapping[str, Any] = field(default_factory=dict)
    as_of: str | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """One task's share of the traffic, with its own request size where the user gave one."""

    task: str | None
    share: float
    tokens_in: float | None = None
    tokens_out: float | None = None


def checked(asked: Asked) -> Asked:
    """The same; ``QuestionError`` for a number that means nothing."""
    for names, least, most, text in (
        (_POSITIVE, TINY, MOST, f"a number above 0, at most {MOST:g}"),
        (_NOT_NEGATIVE, 0.0, MOST, f"a number from 0 to {MOST:g}"),
        (_SHARES, 0.0, 1.0, "a share between 0 and 1"),
    ):
        for name, option in names.items():
            value = getattr(asked, name)
            if value is not None and not least <= value <= most:
                raise QuestionError(f"`{option} {value:g}` cannot be", f"{text}, e.g. `{option} {_EXAMPLES.get(name, '1')}`")
    for tokens, option in ((asked.tokens_in, "--tokens-in"), (asked.tokens_out, "--tokens-out")):
        if tokens is not None and tokens > MOST_TOKENS:
            raise QuestionError(f"`{option} {tokens:g}` cannot be", f"no model holds more than {MOST_TOKENS:,} tokens")
    _agreed(asked)
    if asked.req_per_day is None and asked.arrivals is None:
        raise QuestionError("how much traffic?", "requests a day, e.g. `--req-per-day 50000`, or `--timestamps FILE`")
    if asked.peak_factor is not None and not 1 <= asked.peak_factor < 1000:
        raise QuestionError(f"`--peak-factor {asked.peak_factor:g}` cannot be", "busiest minute over mean: 1 or more, e.g. 3")
    if asked.hours_per_day is not None and asked.hours_per_day > 24:
        raise QuestionError(f"a day has no {asked.hours_per_day:g} hours", "`--hours-per-day` is between 0 and 24")
    if asked.pricing is not None and asked.pricing not in PRICINGS:
        raise QuestionError(f"`--pricing {asked.pricing}` is no way to get a GPU", f"one of {', '.join(PRICINGS)}")
    day_of(asked.as_of)
    return asked


def _agreed(asked: Asked) -> None:
    """``QuestionError`` for options that contradict each other: none is dropped silently."""
    if asked.pricing != "owned":
        for value, option in ((asked.capex_usd_per_gpu, "--capex-usd-per-gpu"), (asked.usd_per_kwh, "--usd-per-kwh")):
            if value is not None:
                raise QuestionError(f"`{option}` is about bought hardware, and this is rented", "add `--pricing owned`")
    elif asked.usd_per_gpu_hour is not None and (asked.capex_usd_per_gpu is not None or asked.usd_per_kwh is not None):
        raise QuestionError(
            "`--usd-per-gpu-hour` says already what an hour costs", "leave out --capex-usd-per-gpu and --usd-per-kwh"
        )
    if asked.mix is not None and asked.task is not None:
        raise QuestionError("`--mix` names the tasks already", "leave out --task")
    if asked.arrivals is not None and asked.hours_per_day is not None:
        raise QuestionError("`--timestamps` say already when requests arrive", "leave out --hours-per-day")


_EXAMPLES = {"req_per_day": "50000", "tokens_out": "300", "tokens_in": "1000", "cached": "0.5", "batch_share": "0.5"}


def parse_residency(text: str | None) -> str | None:
    """``EU`` or a country code."""
    return None if text is None else parse_region(text)


def parse_mix(text: str, catalog: Catalog) -> tuple[Share, ...]:
    """``classification=0.8,reasoning=0.2``; with request sizes ``classification=0.8:500/10``. Shares must sum to 1."""
    shares = []
    for item in text.split(","):
        name, _, rest = item.partition("=")
        share, _, sizes = rest.partition(":")
        tokens_in, _, tokens_out = sizes.partition("/")
        try:
            found = Share(
                find_task(name.strip(), catalog).id,
                float(share),
                float(tokens_in) if sizes else None,
                float(tokens_out) if sizes else None,
            )
        except ValueError:
            found = Share(name, math.nan)
        sized = found.tokens_out is None or (found.tokens_out > 0 and (found.tokens_in or 0) >= 0)
        if not 0 < found.share <= 1 or not sized:
            raise QuestionError(f"`--mix {item}` is no share of the traffic", "e.g. `--mix classification=0.8,reasoning=0.2`")
        shares.append(found)
    if abs(math.fsum(found.share for found in shares) - 1) > 1e-6:
        total = math.fsum(found.share for found in shares)
        raise QuestionError(f"the shares of `--mix` sum to {total:g}", "they must sum to 1")
    if len({found.task for found in shares}) < len(shares):
        raise QuestionError("`--mix` names a task twice", "give each task one share")
    return tuple(shares)
