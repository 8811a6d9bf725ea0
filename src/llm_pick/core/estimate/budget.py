"""How much of a device's memory a model may use: the marketed capacity less what the system keeps.

* A card of its own loses what its driver never reports and what it holds before any program runs, and, where
  error correction is kept in the memory itself, that part (``budget.<vendor>.*``).
* Where CPU and GPU share one memory, the system lets the GPU use a fraction of it: per vendor where it publishes
  limits (``budget.<vendor>.wired_fraction_*``, a smaller one on small machines), else ``budget.unified.*``.
* Host memory loses what the operating system takes (``budget.cpu.os_reserved_bytes``).

The context a program opens on the device is part of the engine's overhead, not of this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llm_pick.core.catalog import Catalog, Device

GIB = 1024**3
DATACENTRE = "datacentre-gpu"
"""Class whose devices keep their memory for themselves even where a host processor shares it."""
_ECC_IN_MEMORY = "GDDR6"
"""Memory without room for check bits of its own; data-centre cards with it ship with error correction on."""


def budget_bytes(device: Device, catalog: Catalog, reserve_bytes: int = 0) -> int:
    """Bytes of ``device`` a model may use after leaving ``reserve_bytes`` free; never below 0.

    ``ValueError`` for a device without a memory of its own (a CPU: see ``host_budget_bytes``).
    """
    if device.memory_gib is None:
        raise ValueError(f"{device.id} has no memory of its own")
    marketed = device.memory_gib * GIB
    shared = device.unified_memory and device.device_class != DATACENTRE
    usable = _shared(device, marketed, catalog) if shared else _own(device, marketed, catalog)
    return max(0, int(usable) - reserve_bytes)


def host_budget_bytes(ram_bytes: int, catalog: Catalog) -> int:
    """Bytes of system memory that may hold a model or its offloaded layers; never below 0."""
    return max(0, ram_bytes - int(catalog.parameter("budget.cpu.os_reserved_bytes")))


def _own(device: Device, marketed: float, catalog: Catalog) -> float:
    vendor = f"budget.{device.vendor}"
    usable = marketed * (1 - _value(catalog, f"{vendor}.unreported_fraction"))
    kind = device.memory_kind or ""
    if device.device_class == DATACENTRE and kind.startswith(_ECC_IN_MEMORY):
        usable = marketed * (1 - _value(catalog, f"{vendor}.gddr6_ecc_fraction"))
    held = catalog.parameters.get(f"{vendor}.driver_reserved_bytes")
    return usable - (held.value if held else catalog.parameter("budget.any.driver_reserved_bytes"))


def _shared(device: Device, marketed: float, catalog: Catalog) -> float:
    vendor = f"budget.{device.vendor}"
    until = _value(catalog, f"{vendor}.wired_small_until_gib")
    if until:
        size = "small" if (device.memory_gib or 0) <= until else "large"
        return marketed * catalog.parameter(f"{vendor}.wired_fraction_{size}")
    main = device.backends[0] if device.backends else ""
    listed = _value(catalog, f"budget.unified.{main}_usable_fraction")
    if listed:
        return host_budget_bytes(int(marketed * listed), catalog)
    return marketed * catalog.parameter("budget.unified.usable_fraction")


def _value(catalog: Catalog, id: str) -> float:
    """The parameter, or 0 where this vendor or backend has none."""
    found = catalog.parameters.get(id)
    return found.value if found else 0.0
