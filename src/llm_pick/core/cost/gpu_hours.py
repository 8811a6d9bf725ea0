"""What one accelerator costs per hour: a dated row of a named seller, with the spread of the others beside it."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from llm_pick.core.cost.owned import owned_hour
from llm_pick.core.errors import QuestionError
from llm_pick.core.facts import Range
from llm_pick.core.names import joined
from llm_pick.core.offers import gpu_prices_on, is_stale, residency
from llm_pick.core.record import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llm_pick.core.catalog import Catalog, Device, GpuPrice
    from llm_pick.core.cost.asked import Asked


@dataclass(frozen=True, slots=True)
class GpuHour:
    """The price of one accelerator for one hour."""

    device: str
    pricing: str
    usd: Range
    """Likely: what is billed here. Low and high: 80 % of the sellers."""
    provider: str
    source: str
    date: str | None
    sellers: int
    machine: int = 1
    """Accelerators that are only sold together."""
    stale: bool = False
    older_sellers: int = 0
    """Sellers whose prices are old: they count in the spread only."""
    parts: tuple[tuple[str, float], ...] = ()
    """For owned hardware: (what, USD an hour)."""


def sellable(asked: Asked, catalog: Catalog, place: str | None) -> tuple[dict[str, list[GpuPrice]], int]:
    """(device → priced rows that the options admit, number of rows removed because they may leave ``place``)."""
    pricing = asked.pricing or "on_demand"
    found: dict[str, list[GpuPrice]] = {}
    removed = 0
    for price in gpu_prices_on(catalog, asked.as_of):
        if price.pricing != pricing or (asked.provider and price.provider != asked.provider):
            continue
        if usd_of(price, asked) is None:
            continue
        if place is not None and pricing != "owned" and not residency(price, place, catalog).complies:
            removed += 1
            continue
        found.setdefault(price.device, []).append(price)
    return found, removed


def euro_prices(asked: Asked, rows: Mapping[str, Sequence[GpuPrice]], place: str | None, catalog: Catalog) -> int:
    """Number of prices that only a rate for the euro would add to ``rows``."""
    with_them, _ = sellable(replace(asked, eur_usd=asked.eur_usd or 1.0), catalog, place)
    return sum(map(len, with_them.values())) - sum(map(len, rows.values()))


def usd_of(price: GpuPrice, asked: Asked) -> float | None:
    """Dollars per accelerator hour; euros only at a rate the user gave."""
    if price.usd_per_gpu_hour is not None:
        return price.usd_per_gpu_hour or None
    if price.eur_per_gpu_hour is not None and asked.eur_usd is not None:
        return price.eur_per_gpu_hour * asked.eur_usd
    return None


def gpu_hour(device: Device, rows: Sequence[GpuPrice], gpus: int, asked: Asked, catalog: Catalog) -> GpuHour | None:
    """The price of ``device`` in a replica of ``gpus``; ``None`` where nobody sells it on these terms.

    Of several sellers the one in the middle is billed (each with its median row), so that neither a marketplace's
    cheapest hour nor a list price decides. Of fewer than ``cost.least_sellers`` the old prices of others widen the
    spread. A machine that is larger than the replica is used only where no other is, and so is a stale price.
    """
    pricing = asked.pricing or "on_demand"
    if asked.usd_per_gpu_hour is not None:
        return GpuHour(device.id, pricing, Range.exact(asked.usd_per_gpu_hour), "yours", "--usd-per-gpu-hour", None, 1)
    if pricing == "owned":
        found = owned_hour(device, rows, asked, catalog)
        if found is None:
            return None
        hour, source, date, parts = found
        stale = date is not None and is_stale(date, catalog, asked.as_of)
        return GpuHour(device.id, pricing, hour, "owned", source, date, 1, stale=stale, parts=parts)
    fitting = [row for row in rows if (row.count or 1) <= gpus] or list(rows)
    if not fitting:
        return None
    current = [row for row in fitting if not is_stale(row.date, catalog, asked.as_of)] or fitting
    middle = _one_a_seller(current, asked)
    billed = _middle(middle, asked)
    spread = middle
    if len(middle) < catalog.parameter("cost.least_sellers"):
        # too few to say what the market asks: the old prices of other sellers say at least how far apart they are
        known = {row.provider for row in middle}
        spread = [*middle, *_one_a_seller([row for row in fitting if row.provider not in known], asked)]
    each = sorted(_usd(row, asked) for row in (spread if len(spread) > 1 else current))
    usd = _usd(billed, asked)
    low, high = each[int(0.1 * len(each))], each[min(len(each) - 1, int(0.9 * len(each)))]
    return GpuHour(
        device=device.id,
        pricing=pricing,
        usd=Range(min(low, usd), usd, max(high, usd)),
        provider=billed.provider,
        source=billed.source,
        date=billed.date,
        sellers=len(middle),
        older_sellers=len(spread) - len(middle),
        machine=billed.count if (billed.count or 1) > gpus and billed.count else 1,
        stale=is_stale(billed.date, catalog, asked.as_of),
    )


def _one_a_seller(rows: Sequence[GpuPrice], asked: Asked) -> list[GpuPrice]:
    sellers: dict[str, list[GpuPrice]] = {}
    for row in rows:
        sellers.setdefault(row.provider, []).append(row)
    return [_middle(group, asked) for group in sellers.values()]


def current_sellers(rows: Sequence[GpuPrice], asked: Asked, catalog: Catalog) -> int:
    """How many sellers have a price that is not too old to rely on."""
    return len({row.provider for row in rows if not is_stale(row.date, catalog, asked.as_of)})


def _usd(price: GpuPrice, asked: Asked) -> float:
    found = usd_of(price, asked)
    assert found is not None  # rows without a price in dollars were never admitted
    return found


def _middle(rows: Sequence[GpuPrice], asked: Asked) -> GpuPrice:
    """The lower median by price; equal prices by id, so that the order of the rows does not matter."""
    ordered = sorted(rows, key=lambda row: (_usd(row, asked), row.id))
    return ordered[(len(ordered) - 1) // 2]


def with_provider(asked: Asked, catalog: Catalog) -> Asked:
    """The same with the provider's id; ``QuestionError`` with the nearest names where nobody of that name rents out any."""
    if asked.provider is None:
        return asked
    sellers = {joined(name): name for name in sorted({price.provider for price in catalog.gpu_prices.values()})}
    wanted = joined(asked.provider)
    if wanted not in sellers:
        near = [name for key, name in sellers.items() if wanted and (key.startswith(wanted) or wanted.startswith(key))]
        near = near or [sellers[key] for key in get_close_matches(wanted, sellers)]
        said = f"did you mean {', '.join(near)}?" if near else f"one of {', '.join(sellers.values())}"
        raise QuestionError(f"no accelerator prices of `{asked.provider}`", said)
    return replace(asked, provider=sellers[wanted])
