"""How much of a device's memory a model may use: the marketed capacity less what the system keeps.

    budget = share * marketed bytes - reserved - what the user wants left free

``share`` and ``reserved`` are parameters ``budget.<scope>.*`` of the device itself, else of its class. A
discrete card loses the driver's share; where CPU and GPU share one memory the operating system lets the GPU
use a part of it only, and a smaller part on small machines (``small_share`` up to ``small_until_gib``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llm_pick.core.catalog import Catalog, Device, Parameter

GIB = 1024**3


def budget_bytes(device: Device, catalog: Catalog, reserve_bytes: int = 0) -> int:
    """Bytes of ``device`` a model may use, never below 0.

    ``ValueError`` for a device without a memory of its own (a CPU: see ``host_budget_bytes``).
    """
    if device.memory_gib is None:
        raise ValueError(f"{device.id} has no memory of its own")
    share = _parameter(device, "share", catalog)
    small, until = _parameter(device, "small_share", catalog), _parameter(device, "small_until_gib", catalog)
    if small is not None and until is not None and device.memory_gib <= until.value:
        share = small
    reserved = _parameter(device, "reserved_gib", catalog)
    usable = device.memory_gib * (share.value if share else 1.0) - (reserved.value if reserved else 0.0)
    return max(0, int(usable * GIB) - reserve_bytes)


def host_budget_bytes(ram_bytes: int, catalog: Catalog) -> int:
    """Bytes of system memory that may hold a model or its offloaded layers, never below 0."""
    share = catalog.parameter("budget.host.share")
    return max(0, int(ram_bytes * share - catalog.parameter("budget.host.reserved_gib") * GIB))


def _parameter(device: Device, name: str, catalog: Catalog) -> Parameter | None:
    for scope in (device.id, device.device_class):
        found = catalog.parameters.get(f"budget.{scope}.{name}")
        if found is not None:
            return found
    return None
