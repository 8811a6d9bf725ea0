"""AMD devices: ``rocm-smi`` where it is installed, else what the amdgpu driver writes into sysfs."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from llm_pick.core.machine import Found

if TYPE_CHECKING:
    from llm_pick.io.detect.probe import Probe

VENDOR = "0x1002"
ROCM = ("rocm-smi", "--showproductname", "--showmeminfo", "vram", "--json")
NAMES = ("/usr/share/libdrm/amdgpu.ids", "/opt/amdgpu/share/libdrm/amdgpu.ids")
"""libdrm's table of marketing names: ``device id, revision, name``."""
GIB = 2**30
SMALL_CARVE_OUT = 4 * GIB
"""Video memory of an integrated GPU that borrows the rest from the system; discrete cards of today have more."""


def devices(probe: Probe) -> tuple[list[Found], list[str]]:
    """AMD accelerators, and what could not be told."""
    found = _from_sysfs(probe)
    named = parse_rocm(probe.run(*ROCM) or "")
    if not found:
        return named, []
    by_id = {device.pci_id: device for device in named if device.pci_id}
    merged = [_named(device, by_id.get(device.pci_id or "")) for device in found]
    nameless = [device for device in merged if device.name == "AMD GPU"]
    missing = [f"name of the AMD device {device.pci_id}: no rocm-smi, no amdgpu.ids" for device in nameless]
    return merged, missing


def _named(device: Found, better: Found | None) -> Found:
    if device.name == "AMD GPU" and better is not None:
        return replace(device, name=better.name, how=f"{device.how}, {better.how}")
    return device


def parse_rocm(text: str) -> list[Found]:
    """Devices of ``rocm-smi --json``; keys differ in case and words between releases."""
    try:
        cards: Any = json.loads(text)
    except ValueError:
        return []
    found = []
    for key, card in sorted(cards.items()) if isinstance(cards, dict) else ():
        if not (key.startswith("card") and isinstance(card, dict)):
            continue
        values = {name.lower(): str(value) for name, value in card.items()}
        name = next((values[k] for k in ("card series", "device name", "card model") if _is_name(values.get(k))), "AMD GPU")
        total, used = values.get("vram total memory (b)", ""), values.get("vram total used memory (b)", "")
        memory = int(total) if total.isdigit() else None
        pci = next((values[k] for k in ("device id", "card model", "gpu id") if values.get(k, "").startswith("0x")), None)
        found.append(
            Found(
                name=name,
                vendor="amd",
                how="rocm-smi",
                memory_bytes=memory,
                free_bytes=memory - int(used) if memory and used.isdigit() else None,
                unified=memory is not None and memory < SMALL_CARVE_OUT,
                pci_id=pci,
            )
        )
    return found


def _is_name(text: str | None) -> bool:
    return bool(text) and not str(text).startswith("0x") and str(text) != "N/A"


def _from_sysfs(probe: Probe) -> list[Found]:
    table = next((text for path in NAMES if (text := probe.read(path))), "")
    found = []
    for path in probe.glob("/sys/class/drm/card*/device/vendor"):
        if not re.search(r"/card\d+/", path) or (probe.read(path) or "").strip() != VENDOR:
            continue
        folder = path.removesuffix("/vendor")

        def number(name: str, folder: str = folder) -> int | None:
            text = (probe.read(f"{folder}/{name}") or "").strip()
            return int(text) if text.isdigit() else None

        device = (probe.read(f"{folder}/device") or "").strip()
        revision = (probe.read(f"{folder}/revision") or "").strip()
        vram, used, shared = number("mem_info_vram_total"), number("mem_info_vram_used"), number("mem_info_gtt_total")
        name = (probe.read(f"{folder}/product_name") or "").strip() or marketing_name(table, device, revision) or "AMD GPU"
        unified = vram is not None and vram < SMALL_CARVE_OUT
        notes: tuple[str, ...] = ()
        if unified and vram and shared:
            notes = (f"{vram / GIB:.1f} GiB set aside, {shared / GIB:.1f} GiB more it may borrow (GTT)",)
        found.append(
            Found(
                name=name,
                vendor="amd",
                how="sysfs",
                memory_bytes=vram,
                free_bytes=vram - used if vram is not None and used is not None else None,
                unified=unified,
                pci_id=device or None,
                notes=notes,
            )
        )
    return found


def marketing_name(table: str, device: str, revision: str) -> str | None:
    """The name libdrm's table gives a device id and revision, both hexadecimal with ``0x``."""
    wanted = device.removeprefix("0x").upper(), revision.removeprefix("0x").upper()
    for line in table.splitlines():
        parts = [part.strip() for part in line.split(",", 2)]
        if len(parts) == 3 and (parts[0].upper(), parts[1].upper().zfill(2)) == wanted:
            return parts[2]
    return None
