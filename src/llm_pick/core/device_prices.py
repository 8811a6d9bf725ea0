"""What a machine costs to buy and to rent: launch prices of its devices, and what an hour of them is offered for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.cost.asked import Asked
from llm_pick.core.cost.gpu_hours import GpuHour, gpu_hour, sellable
from llm_pick.core.provenance import sources_of
from llm_pick.core.record import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llm_pick.core.catalog import Catalog, Device, GpuPrice
    from llm_pick.core.facts import Range


@dataclass(frozen=True, slots=True)
class MachinePrice:
    """Price of all devices of a machine, without the computer around them. Money in US dollars."""

    launch_usd: float | None
    """Sum of the prices the makers named at launch; ``None`` where one of them is not known."""
    launch_unknown: str | None
    launched: tuple[str, ...]
    """Release dates of the kinds of device, as long as the launch price is known: how old that price is."""
    launch_sources: tuple[str, ...]
    rent: GpuHour | None
    """The offer per accelerator hour on demand that ``breakeven`` would bill."""
    rent_usd_per_hour: Range | None
    """Of the whole machine, or of the smallest that is rented out where that has more of them."""
    rent_unknown: str | None


class DevicePrices:
    """Prices of a catalog as of a day; the hourly offers are sorted by device once."""

    def __init__(self, catalog: Catalog, as_of: str | None = None) -> None:
        self._catalog = catalog
        self._asked = Asked(as_of=as_of)
        self._rows: dict[str, list[GpuPrice]] | None = None

    def of(self, devices: Sequence[Device]) -> MachinePrice:
        """Price of a machine of these devices, one entry per physical device."""
        kinds = list({device.id: device for device in devices}.values())
        unknown = next((_why_no_launch_price(device) for device in kinds if device.launch_price_usd is None), None)
        known = unknown is None
        hour, rent_unknown = self._rent(kinds, len(devices))
        return MachinePrice(
            launch_usd=sum(device.launch_price_usd or 0.0 for device in devices) if known else None,
            launch_unknown=unknown,
            launched=tuple(device.released or "unknown" for device in kinds) if known else (),
            launch_sources=tuple(s for device in kinds for s in sources_of(device, "launch_price_usd")) if known else (),
            rent=hour,
            rent_usd_per_hour=hour.usd.scaled(max(len(devices), hour.machine)) if hour else None,
            rent_unknown=rent_unknown,
        )

    def _rent(self, kinds: Sequence[Device], count: int) -> tuple[GpuHour | None, str | None]:
        if len(kinds) > 1:
            return None, "devices of several kinds are not rented as one machine"
        if self._rows is None:
            self._rows, _ = sellable(self._asked, self._catalog, None)
        (device,) = kinds
        hour = gpu_hour(device, self._rows.get(device.id, ()), count, self._asked, self._catalog)
        return hour, None if hour else "no hourly offer in dollars is known"


def _why_no_launch_price(device: Device) -> str:
    return f"{device.id}: {device.unknown.get('launch_price_usd', 'no launch price is known')}"
