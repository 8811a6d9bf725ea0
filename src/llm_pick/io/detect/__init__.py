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
    devices, hidden = _reachable(probe, devices, around.kind)
    unknown += hidden
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


def _reachable(probe: Probe, devices: list[Found], container: str | None) -> tuple[list[Found], list[str]]:
    """Devices this process can open: a container sees every device of its host in /sys, and is given few."""
    if container == "wsl":
        others = [] if devices else ["graphics cards other than NVIDIA's: WSL does not show them"]
        return devices, others
    if container is None or probe.glob("/dev/dri/renderD*"):
        return devices, []
    seen = [device for device in devices if device.how.startswith(("sysfs", "lspci"))]
    rest = [device for device in devices if device not in seen]
    return rest, [f"{device.name} is in the machine, but this container is not given it (/dev/dri)" for device in seen]
