"""Price of a machine in a cell, in a remark and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llm_pick.core.provenance import resolve
from llm_pick.render.json_v1 import interval
from llm_pick.render.money import usd

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llm_pick.core.catalog import Catalog
    from llm_pick.core.device_prices import MachinePrice

NOTES = (
    "launch prices are what the makers asked at release, of the devices alone; shops may ask more or less today "
    "(sources: `llm-pick show DEVICE`)",
    "rent is per hour on demand, the middle seller's price (sources: `llm-pick list gpus --device DEVICE`)",
)


def launch_cell(price: MachinePrice) -> str:
    """Launch price with the year it is from."""
    if price.launch_usd is None:
        return "unknown"
    years = "/".join(dict.fromkeys(date[:4] for date in price.launched))
    return f"{usd(price.launch_usd)} ({years})"


def rent_cell(price: MachinePrice) -> str:
    """Dollars per hour, with the number of devices where fewer are not rented out."""
    if price.rent is None or price.rent_usd_per_hour is None:
        return "unknown"
    together = f" for {price.rent.machine}" if price.rent.machine > 1 else ""
    return f"{usd(price.rent_usd_per_hour.likely)}{together}"


def price_notes(prices: Iterable[MachinePrice]) -> list[str]:
    """What the figures shown are; nothing where none is."""
    shown = list(prices)
    known = (any(p.launch_usd is not None for p in shown), any(p.rent is not None for p in shown))
    return [text for text, said in zip(NOTES, known, strict=True) if said]


def price_data(price: MachinePrice, catalog: Catalog) -> dict[str, Any]:
    """``null`` with a sibling reason where nothing is known."""
    hour = price.rent
    return {
        "launch_usd": price.launch_usd,
        "launched": list(price.launched),
        "launch_sources": [
            {"id": s.id, "locator": s.locator, "url": s.url, "read_on": s.read_on} for s in resolve(price.launch_sources, catalog)
        ],
        "launch_unknown": price.launch_unknown,
        "rent_usd_per_hour": interval(price.rent_usd_per_hour, 4) if price.rent_usd_per_hour else None,
        "rent": {
            "pricing": hour.pricing, "provider": hour.provider, "sellers": hour.sellers, "devices": hour.machine,
            "source": _url(hour.source, catalog), "date": hour.date, "stale": hour.stale,
        } if hour else None,
        "rent_unknown": price.rent_unknown,
    }  # fmt: skip


def _url(source: str, catalog: Catalog) -> str:
    refs = resolve((source,), catalog)
    return refs[0].url if refs else source
