"""Whether an engine and backend were measured on the devices of a question: elsewhere every speed is less certain.

The calibration writes a parameter ``<family>.<engine>.<backend>.known_devices`` with the devices whose rows of trust A
and B it was fitted on; a chip sold with several memory capacities is one device.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.estimate.decode import engines_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llm_pick.core.catalog import Catalog, Device


def are_known(devices: Sequence[Device], family: str, runtime_id: str, backend: str, catalog: Catalog) -> bool:
    """Whether ``family`` (decode | prefill | serving) has rows of every device with this engine, or the one it shares."""
    lists = [catalog.parameters.get(f"{family}.{e}.{backend}.known_devices") for e in engines_of(catalog, runtime_id)]
    known = [id for found in lists if found is not None for id in found.devices]
    return all((device.chip or device.id) in known for device in devices)
