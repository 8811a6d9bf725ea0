"""AMD devices: what the amdgpu driver writes into sysfs, named by ``rocm-smi``, libdrm's table or ``lspci``."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from llm_pick.core.machine import Found
from llm_pick.core.record import replace
from llm_pick.io.detect import pci

if TYPE_CHECKING:
    from llm_pick.io.detect.probe import Probe

VENDOR = "0x1002"
ROCM = ("rocm-smi", "--showproductname", "--showmeminfo", "vram", "--json")
NAMES = ("/usr/share/libdrm/amdgpu.ids", "/opt/amdgpu/share/libdrm/amdgpu.ids")
"""libdrm's table of marketing names: ``device id, revision, name``."""
NAMELESS = "AMD GPU"
GIB = 2**30
SMALL_CARVE_OUT = 4 * GIB
"""A device with less memory of its own borrows the rest from the system; cards of today have more."""
_INTEGRATED = re.compile(r"\b\d{3}M\b|\b80[456]0S\b|\bw/ |Ryzen|Raphael|Phoenix|Strix|Vega \d+ Graphics", re.IGNORECASE)
"""Words of the names of integrated GPUs, whatever the firmware sets aside for them."""


def devices(probe: Probe) -> tuple[list[Found], list[str]]:
    """AMD accelerators, and what could not be told."""
    found = _from_sysfs(probe)
    if found and all(device.name != NAMELESS for device in found):
        return found, []
    named = parse_rocm(probe.run(*ROCM) or "")
    if not found:
        return named, []
    on_bus = {item.device: item.name for item in pci.listed(probe, VENDOR.removeprefix("0x"))}
    merged = [_named(device, named, on_bus) for device in found]
    why = "no rocm-smi, no libdrm table and no lspci names it"
    return merged, [f"name of the AMD device {device.pci_id}: {why}" for device in merged if device.name == NAMELESS]


def _named(device: Found, named: list[Found], on_bus: dict[str, str]) -> Found:
    """The device under the name another tool has for its PCI id."""
    if device.name != NAMELESS:
        return device
    tool = next((other for other in named if other.pci_id == device.pci_id and other.name != NAMELESS), None)
    listed = on_bus.get((device.pci_id or "").removeprefix("0x"))
    if tool:
        return replace(device, name=tool.name, how=f"{device.how}, {tool.how}")
    return replace(device, name=listed, how=f"{device.how}, lspci") if listed else device


def parse_rocm(text: str) -> list[Found]:
    """Devices of ``rocm-smi --json``; keys differ in case and words between releases."""
    start = text.find("{")  # a warning about low-power states may stand before it
    try:
        cards: Any = json.loads(text[start:]) if start >= 0 else {}
    except (ValueError, RecursionError):
        return []
    found = []
    for key, card in sorted(cards.items()) if isinstance(cards, dict) else ():
        if not (key.startswith("card") and isinstance(card, dict)):
            continue
        values = {name.lower(): str(value) for name, value in card.items()}
        name = next((values[k] for k in ("card series", "device name", "card model") if _is_name(values.get(k))), NAMELESS)
        memory, used = _count(values.get("vram total memory (b)")), _count(values.get("vram total used memory (b)"))
        pci_id = next((values[k] for k in ("device id", "card model", "card series", "gpu id") if _is_id(values.get(k))), None)
        found.append(
            Found(
                name=name,
                vendor="amd",
                how="rocm-smi",
                memory_bytes=memory,
                free_bytes=max(0, memory - used) if memory is not None and used is not None else None,
                unified=_is_integrated(name, memory),
                pci_id=pci_id,
            )
        )
    return found


def _is_name(text: str | None) -> bool:
    return bool(text) and not _is_id(text) and text != "N/A"


def _is_id(text: str | None) -> bool:
    return bool(text) and re.fullmatch(r"0x[0-9a-fA-F]{4}", str(text)) is not None


def _is_integrated(name: str, memory: int | None) -> bool:
    return bool(_INTEGRATED.search(name)) or (memory is not None and memory < SMALL_CARVE_OUT)


def _count(text: str | None) -> int | None:
    return int(text) if text and re.fullmatch(r"[0-9]{1,18}", text) else None


def _from_sysfs(probe: Probe) -> list[Found]:
    table = ""
    found = []
    for path in probe.glob("/sys/class/drm/card*/device/vendor"):
        if not re.search(r"/card\d+/", path) or (probe.read(path) or "").strip() != VENDOR:
            continue
        folder = path.removesuffix("/vendor")

        def value(name: str, folder: str = folder) -> str:
            return (probe.read(f"{folder}/{name}") or "").strip()

        table = table or next((text for place in NAMES if (text := probe.read(place))), "")
        device, revision = value("device"), value("revision")
        vram, used, shared = (_count(value(f"mem_info_{name}")) for name in ("vram_total", "vram_used", "gtt_total"))
        name = value("product_name") or marketing_name(table, device, revision) or NAMELESS
        unified = _is_integrated(name, vram)
        notes: tuple[str, ...] = ()
        if unified and vram and shared:
            notes = (f"{vram / GIB:.1f} GiB set aside for it, {shared / GIB:.1f} GiB more it may borrow (GTT)",)
        found.append(
            Found(
                name=name,
                vendor="amd",
                how="sysfs",
                memory_bytes=vram,
                free_bytes=max(0, vram - used) if vram is not None and used is not None else None,
                unified=unified,
                pci_id=device or None,
                notes=notes,
            )
        )
    return found


def marketing_name(table: str, device: str, revision: str) -> str | None:
    """The name libdrm's table gives a device id and revision, both hexadecimal with ``0x``."""
    wanted = device.removeprefix("0x").upper(), revision.removeprefix("0x").upper().zfill(2)
    for line in table.splitlines():
        parts = [part.strip() for part in line.split(",", 2)]
        if len(parts) == 3 and (parts[0].upper(), parts[1].upper().zfill(2)) == wanted:
            return parts[2]
    return None
