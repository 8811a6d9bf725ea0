"""Intel graphics: ``xpu-smi`` where it is installed, else the name in the PCI list."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from llm_pick.core.machine import Found
from llm_pick.io.detect import pci

if TYPE_CHECKING:
    from llm_pick.io.detect.probe import Probe

VENDOR = "0x8086"
MOST_DEVICES = 16
"""Devices asked one by one for their memory."""
_OWN_MEMORY = re.compile(r"\barc (?:pro )?[ab]\d{2,3}|\barc [ab]\d{3}m|data center|\bflex\b|\bmax\b", re.IGNORECASE)
"""Names of devices with memory of their own."""


def devices(probe: Probe) -> tuple[list[Found], list[str]]:
    """Intel accelerators, and what could not be told."""
    on_bus = [path for path in probe.glob("/sys/class/drm/card*/device/vendor") if re.search(r"/card\d+/", path)]
    if not any((probe.read(path) or "").strip() == VENDOR for path in on_bus):
        return [], []
    found = parse_xpu_smi(probe.run("xpu-smi", "discovery", "-j") or "")
    if found:
        # The list leaves the memory out; one device asked alone tells it.
        detailed = [
            next(iter(parse_xpu_smi(probe.run("xpu-smi", "discovery", "-d", str(index), "-j") or "")), device)
            if device.memory_bytes is None and index < MOST_DEVICES
            else device
            for index, device in enumerate(found)
        ]
        return detailed, []
    listed = [
        Found(
            name=item.name if item.name.startswith("Intel") else f"Intel {item.name}",
            vendor="intel",
            how="lspci",
            unified=not has_own_memory(item.name),
            pci_id=f"0x{item.device}",
        )
        for item in pci.listed(probe, VENDOR.removeprefix("0x"))
    ]
    if listed:
        return listed, [f"memory of {device.name}: xpu-smi is not installed" for device in listed if not device.unified]
    return [], ["an Intel GPU is there, but neither xpu-smi nor lspci names it"]


def has_own_memory(name: str) -> bool:
    """Whether an Intel device of this name has memory of its own."""
    return bool(_OWN_MEMORY.search(re.sub(r"\((?:R|TM)\)", "", name)))


def parse_xpu_smi(text: str) -> list[Found]:
    """Devices of ``xpu-smi discovery -j``, or of ``-d N -j``, which is one device alone."""
    try:
        said: Any = json.loads(text)
    except (ValueError, RecursionError):
        return []
    if not isinstance(said, dict):
        return []
    listed = said.get("device_list", [said] if "device_name" in said else [])
    found = []
    for entry in listed if isinstance(listed, list) else ():
        if not isinstance(entry, dict):
            continue
        name = str(entry.get("device_name") or "Intel GPU")
        memory, free = (_count(entry.get(f"memory_{kind}_size_byte")) for kind in ("physical", "free"))
        found.append(
            Found(
                name=name,
                vendor="intel",
                how="xpu-smi",
                memory_bytes=memory,
                free_bytes=free,
                # A nameless device ("Graphics [0xe211]") that reports memory of its own has it.
                unified=not has_own_memory(name) and not (memory and "[0x" in name),
                driver=str(entry.get("driver_version") or "") or None,
                pci_id=str(entry.get("pci_device_id") or "") or None,
            )
        )
    return found


def _count(value: Any) -> int | None:  # noqa: ANN401 - a JSON value
    return int(str(value)) if re.fullmatch(r"[0-9]{1,18}", str(value)) else None
