"""This machine, as its own tools and files describe it: one small adapter per kind of device."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from llm_pick.core.machine import Found, Machine
from llm_pick.io.detect import amd, apple, containers, intel, nvidia, processor

if TYPE_CHECKING:
    from llm_pick.io.detect.probe import Probe


def detect(probe: Probe) -> Machine:
    """Ask every detector; those whose device is not there answer with nothing."""
    unknown: list[str] = []
    devices: list[Found] = []
    for detector in (nvidia.devices, amd.devices, intel.devices, apple.devices):
        found, missing = detector(probe)
        devices += found
        unknown += missing
    host, missing = processor.processor(probe)
    unknown += missing
    around = containers.surroundings(probe)
    # An integrated GPU beside a real one is no place for a model.
    if any(not device.unified for device in devices):
        devices = [device if not device.unified else replace(device, notes=(*device.notes, "integrated")) for device in devices]
    return Machine(
        system=probe.system,
        devices=tuple(devices),
        processor=host,
        container=around.kind,
        memory_limit_bytes=around.memory_limit_bytes,
        unknown=tuple(unknown),
    )
