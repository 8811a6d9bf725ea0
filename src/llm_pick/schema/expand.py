"""One authored record that stands for several: an Apple chip sold with several memory capacities."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llm_pick.core.catalog import Device


def expand_devices(devices: list[Device]) -> list[Device]:
    """One device per sold memory capacity, where a record lists several."""
    out = []
    for device in devices:
        for gib in device.memory_options_gib or (None,):
            if gib is None:
                out.append(device)
                continue
            size = f"{gib:g}"
            out.append(
                dataclasses.replace(
                    device,
                    id=f"{device.id}-{size}gb",
                    name=f"{device.name} {size} GB",
                    memory_gib=float(gib),
                    memory_options_gib=(),
                    chip=device.id,
                    unknown={key: why for key, why in device.unknown.items() if key != "memory_gib"},
                    sources=device.sources | {"memory_gib": device.sources.get("memory_options_gib", ())},
                    aliases=tuple(
                        alias.replace("{n}", size)
                        for alias in device.aliases
                        if "{n}" in alias or gib == device.memory_options_gib[-1]
                    ),
                )
            )
    return out
