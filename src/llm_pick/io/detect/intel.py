"""Intel graphics: ``xpu-smi`` where it is installed, else the kernel's description of the device."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from llm_pick.core.machine import Found

if TYPE_CHECKING:
    from llm_pick.io.detect.probe import Probe

VENDOR = "0x8086"


def devices(probe: Probe) -> tuple[list[Found], list[str]]:
    """Intel accelerators, and what could not be told."""
    found = parse_xpu_smi(probe.run("xpu-smi", "discovery", "-j") or "")
    if found:
        return found, []
    listed = parse_lspci(probe.run("lspci", "-nn", "-d", "8086::0300") or "")
    listed += parse_lspci(probe.run("lspci", "-nn", "-d", "8086::0380") or "")
    if listed:
        return listed, [f"memory of {device.name}: xpu-smi is not installed" for device in listed if not device.unified]
    on_bus = [path for path in probe.glob("/sys/class/drm/card*/device/vendor") if re.search(r"/card\d+/", path)]
    if any((probe.read(path) or "").strip() == VENDOR for path in on_bus):
        return [], ["an Intel GPU is there, but neither xpu-smi nor lspci names it"]
    return [], []


def parse_xpu_smi(text: str) -> list[Found]:
    """Devices of ``xpu-smi discovery -j``."""
    try:
        listed: Any = json.loads(text)["device_list"]
    except (ValueError, KeyError, TypeError):
        return []
    found = []
    for entry in listed if isinstance(listed, list) else ():
        name = str(entry.get("device_name") or "Intel GPU")
        size = str(entry.get("memory_physical_size_byte") or entry.get("max_mem_alloc_size_byte") or "")
        found.append(
            Found(
                name=name,
                vendor="intel",
                how="xpu-smi",
                memory_bytes=int(size) if size.isdigit() else None,
                unified=not re.search(r"\b(arc|flex|max|battlemage|data center)\b", name, re.IGNORECASE),
                pci_id=str(entry.get("pci_device_id") or "") or None,
            )
        )
    return found


def parse_lspci(text: str) -> list[Found]:
    """Devices of ``lspci -nn`` lines: the name in the last square brackets before the id pair."""
    found = []
    for line in text.splitlines():
        match = re.search(r"Intel Corporation (.+?) \[8086:([0-9a-f]{4})\]", line)
        if match is None:
            continue
        inner = re.search(r"\[(.+?)\]", match.group(1))
        name = inner.group(1) if inner else match.group(1)
        unified = "arc a" not in name.lower() and not re.search(r"arc (pro )?b\d", name.lower())
        found.append(Found(name=f"Intel {name}", vendor="intel", how="lspci", unified=unified, pci_id=f"0x{match.group(2)}"))
    return found
