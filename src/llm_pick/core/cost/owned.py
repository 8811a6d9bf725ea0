"""What bought hardware costs an hour: price written off, power, room, spares; or a published total.

USD per hour = [ price x server factor x (1 + spares) / months + kW x PUE x 730 h x tariff + kW x colo ] / 730 h
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.cost.workload import HOURS_PER_MONTH
from llm_pick.core.facts import Range

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llm_pick.core.catalog import Catalog, Device, GpuPrice
    from llm_pick.core.cost.asked import Asked

WATTS_PER_KW = 1000.0
Parts = tuple[tuple[str, float], ...]


def owned_hour(
    device: Device, rows: Sequence[GpuPrice], asked: Asked, catalog: Catalog
) -> tuple[Range, str, str | None, Parts] | None:
    """(USD per accelerator hour, source, date, parts); ``None`` where neither a price nor a published total is known.

    A price the user gives wins; then the dearest published total cost of ownership; then the launch price of the device.
    """
    published = sorted(row.usd_per_gpu_hour for row in rows if row.usd_per_gpu_hour)
    if asked.capex_usd_per_gpu is None and published:
        dearest = published[-1]  # the others buy by the ten thousand
        row = min((row for row in rows if row.usd_per_gpu_hour == dearest), key=lambda row: row.id)
        return Range(published[0], dearest, dearest), row.source, row.date, ()
    price = asked.capex_usd_per_gpu or device.launch_price_usd
    if price is None or device.power_w is None:
        return None
    source = "--capex-usd-per-gpu" if asked.capex_usd_per_gpu else f"launch price of {device.id}"
    likely = bottom_up(price, device.power_w, asked, catalog, "value")
    low, high = (bottom_up(price, device.power_w, asked, catalog, end) for end in ("low", "high"))
    total, least, most = (sum(usd for _, usd in parts) for parts in (likely, low, high))
    return Range(min(least, total), total, max(most, total)), source, None, likely


def bottom_up(price_usd: float, power_w: float, asked: Asked, catalog: Catalog, end: str) -> Parts:
    """(what, USD per accelerator hour); ``end`` takes every parameter's low or high end, whichever makes it cheap or dear."""

    def parameter(name: str, *, inverse: bool = False) -> float:
        found = catalog.parameters[f"cost.owned.{name}"]
        which = {"low": "high", "high": "low"}.get(end, end) if inverse else end
        value = getattr(found, which)
        return float(found.value if value is None else value)

    tariff = parameter("usd_per_kwh") if asked.usd_per_kwh is None else asked.usd_per_kwh
    kw = power_w / WATTS_PER_KW * parameter("server_power_factor")
    capital = price_usd * parameter("server_price_factor") / parameter("months", inverse=True) / HOURS_PER_MONTH
    return (
        ("amortisation", capital),
        ("spares", capital * parameter("spare_share")),
        ("power", kw * parameter("pue") * tariff),
        ("colo", kw * parameter("colo_usd_per_kw_month") / HOURS_PER_MONTH),
    )
