"""From what drivers call a device to the catalog's record of it; memory and GPU cores decide between variants."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llm_pick.core.lookup import find_device, names_of
from llm_pick.core.names import joined

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llm_pick.core.catalog import Catalog, Device
    from llm_pick.core.machine import Found, Machine

GIB = 2**30
CHANNELS = {1: "single", 2: "dual"}
"""Words for the channels in the ids of generic processors."""
MOST_WITHHELD = 0.12
"""Share of the marketed memory that drivers, error correction or a carve-out keep from the reported total."""
MOST_ABOVE = 0.02
_NOISE = re.compile(r"\((?:tm|r|c)\)|™|®|©|\b(?:graphics|series|corporation|inc\.?|gpu|generation)\b", re.IGNORECASE)
_BRAND = re.compile(r"\b(?:geforce|radeon|instinct|arc|tesla) ", re.IGNORECASE)
_CAPACITY = re.compile(r"-\d+gb$")
_CORES = re.compile(r"\b(\d+)-core GPU|-(\d+)c\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Matched:
    """The machine in the words of a question."""

    hardware: tuple[str, ...] = ()
    """Device ids, one entry per accelerator, or ``cpu``."""
    vram: tuple[str, ...] = ()
    """Memory sizes of accelerators the catalog does not know."""
    ram_gb: float | None = None
    """System memory, where the model will live in it."""
    notes: tuple[str, ...] = ()
    """What was read, and what was assumed."""


def match(machine: Machine, catalog: Catalog) -> Matched:
    """What to ask for this machine: its accelerators if it has any a model can use, else its processor."""
    hardware: list[str] = []
    vram: list[str] = []
    notes: list[str] = []
    system_gb = round((machine.usable_memory_bytes or 0) / GIB, 1) or None
    for found in machine.devices:
        if "integrated" in found.notes:
            notes.append(f"{found.name} is left out: it shares the memory of the system and is slower")
            continue
        device = device_for(found, machine, catalog)
        if device is not None:
            hardware.append(device.id)
            notes.append(f"{device.id}: {found.name}, read from {found.how}{_free(found)}")
        elif found.memory_bytes and not found.unified:
            size = round(found.memory_bytes / GIB)
            vram.append(str(size))
            notes.append(f"{found.name} ({found.how}) is not in the catalog: taken as any accelerator of {size} GB")
        else:
            notes.append(f"{found.name} ({found.how}) is not in the catalog, and its memory is not known: left out")
    if vram and hardware:
        notes.append(f"the unknown device of {', '.join(vram)} GB is left out: it cannot be mixed with known ones")
        vram = []
    if not hardware and not vram:
        hardware = [_host(machine, catalog)]
        name = machine.processor.name or "a processor"
        notes.append(f"no accelerator found: {name}, taken as {hardware[0]}, {system_gb or 'unknown'} GiB of memory")
    unified = hardware and all(catalog.devices[id].memory_gib is None for id in hardware)
    return Matched(tuple(hardware), tuple(vram), system_gb if unified else None, tuple(notes))


def device_for(found: Found, machine: Machine, catalog: Catalog) -> Device | None:
    """The catalog's device that a driver's name means; ``None`` where that is not sure."""
    total = machine.processor.memory_bytes if found.unified else found.memory_bytes
    index = names_of("device", catalog)
    for name in _spellings(found.name):
        known = index.exactly(name)
        # A bare name may be the alias of one capacity while the machine holds another.
        capacities = {id for id in index.members(name) if joined(_CAPACITY.sub("", id)) == joined(name)}
        for ids in ({known.id} if known.id else set(), capacities, set(known.candidates)):
            candidates = [device for id in sorted(ids) if (device := catalog.devices[id]).vendor == found.vendor]
            if found.cores:
                candidates = _by_cores(candidates, found.cores)
            if total:
                candidates = _by_memory(candidates, total)
            if len(candidates) == 1:
                return candidates[0]
    return None


def _spellings(name: str) -> Iterable[str]:
    """The driver's name, then shorter forms of it, the most specific first."""
    yield name
    bare = " ".join(_NOISE.sub(" ", name).split())
    yield bare
    for vendor in ("nvidia", "amd", "intel", "apple", "advanced micro devices"):
        if bare.lower().startswith(vendor + " "):
            bare = bare[len(vendor) + 1 :]
            yield bare
    inner = re.search(r"\[([^/\]]+)\]", name)
    if inner:
        yield _BRAND.sub("", inner.group(1))
    bare = _BRAND.sub("", bare)
    yield bare
    yield re.sub(r"\s*-?\s*\d+\s*gb\b.*$", "", bare, flags=re.IGNORECASE)


def _by_memory(devices: list[Device], total_bytes: int) -> list[Device]:
    """Those whose marketed memory can show as ``total_bytes``, the nearest; all that state none."""
    amount = total_bytes / GIB
    sized = [d for d in devices if d.memory_gib and -MOST_ABOVE <= 1 - amount / d.memory_gib <= MOST_WITHHELD]
    if sized:
        nearest = min(abs((d.memory_gib or 0) - amount) for d in sized)
        return [d for d in sized if abs((d.memory_gib or 0) - amount) == nearest]
    return [d for d in devices if d.memory_gib is None]


def _by_cores(devices: list[Device], cores: int) -> list[Device]:
    """Those that say they have this many GPU cores, else those that say nothing of cores."""
    stated = {device.id: _CORES.search(device.name) or _CORES.search(device.id) for device in devices}
    exact = [d for d in devices if (found := stated[d.id]) and cores == int(found.group(1) or found.group(2))]
    return exact or [d for d in devices if not stated[d.id]]


def _host(machine: Machine, catalog: Catalog) -> str:
    """The catalog's record of this very processor, else of its kind of memory, else the generic one."""
    host = machine.processor
    bare = re.sub(r"\b\d+-Core Processor\b|CPU @.*$|\bProcessor\b|\bCPU\b", "", host.name or "")
    memory = f"cpu-{host.memory_kind}-{CHANNELS.get(host.memory_channels or 0, '')}" if host.memory_kind else ""
    for spelling in (*_spellings(bare), memory):
        known = names_of("device", catalog).exactly(spelling)
        if known.id is not None and known.via in ("id", "alias") and catalog.devices[known.id].device_class in ("cpu", "board"):
            return known.id
    return find_device("cpu", catalog).id


def _free(found: Found) -> str:
    if found.memory_bytes is None or found.free_bytes is None:
        return ""
    free, total = found.free_bytes / GIB, found.memory_bytes / GIB
    return f", {free:.1f} of {total:.1f} GiB free now (--reserve keeps memory for other programs)"
