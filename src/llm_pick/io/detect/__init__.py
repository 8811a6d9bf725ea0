"""This machine, as its own tools and files describe it: one small adapter per kind of device."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.machine import Found, Machine
from llm_pick.io.detect import amd, apple, containers, intel, nvidia, processor, windows

if TYPE_CHECKING:
    from llm_pick.io.detect.probe import Probe


def detect(probe: Probe) -> Machine:
    """Ask every detector; those whose device is not there answer with nothing."""
    unknown: list[str] = []
    devices: list[Found] = []
    detectors = {
        "Darwin": (apple.devices,),
        "Windows": (nvidia.devices, windows.devices),
    }.get(probe.system, (nvidia.devices, amd.devices, intel.devices))
    for detector in detectors:
        found, missing = detector(probe)
        devices += found
        unknown += missing
    host, missing = {"Darwin": apple.processor, "Windows": windows.processor}.get(probe.system, processor.processor)(probe)
    unknown += missing
    around = containers.surroundings(probe)
    limit, whole = around.memory_limit_bytes, host.memory_bytes
    return Machine(
        system=probe.system,
        devices=tuple(devices),
        processor=host,
        container=around.kind,
        memory_limit_bytes=limit if limit and (not whole or limit < whole) else None,
        core_limit=around.core_limit,
        unknown=tuple(unknown),
    )
