"""From what drivers call a device to the catalog's record of it; memory and GPU cores decide between variants.

Nothing is substituted silently: every step that is not certain becomes a note.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from llm_pick.core.driver_names import NOISE, Meant, family, variant
from llm_pick.core.lookup import find_device
from llm_pick.core.record import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llm_pick.core.catalog import Catalog
    from llm_pick.core.machine import Found, Machine

GIB = 2**30
HOSTS = ("cpu", "board")
"""Classes of devices that a processor's name means."""
SAME_SPEED = 0.98
"""Bandwidths that differ by less are the same."""
_HOST_NOISE = re.compile(
    r"\b(?:\d+|two|four|six|eight|twelve|sixteen)-cores?\b|@.*$|\bw/ .*$|\bwith radeon.*$|\bprocessor\b|\bcpu\b"
    r"|^\d+th gen |\brev [\d.]+$| - .*$",
    re.IGNORECASE,
)


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

    @property
    def options(self) -> dict[str, tuple[str, ...]]:
        """``hardware`` and ``vram`` as a user writes them, equal devices counted: ``2x rtx-4090``, ``2x24``."""
        return {"hardware": _counted(self.hardware, "x "), "vram": _counted(self.vram, "x")}


def match(machine: Machine, catalog: Catalog) -> Matched:
    """What to ask for this machine: its accelerators if it has any a model can use, else its processor."""
    hardware: list[str] = []
    vram: list[str] = []
    notes: list[str] = []
    used: list[str] = []
    for found in sorted(_usable(machine.devices, notes), key=lambda found: found.unified):
        meant = device_for(found, machine, catalog)
        if meant and used and found.unified:
            notes.append(
                f"{found.name} is left out beside {used[0]}: it works in system memory (-H {meant.device.id} asks for it)"
            )
        elif meant:
            hardware.append(meant.device.id)
            used.append(found.name)
            notes.append(f"{meant.device.id}: {found.name}, read from {found.how}{_free(found)}")
            notes += [
                *(f"{meant.device.id}: {text}" for text in meant.doubts),
                *(f"{found.name}: {text}" for text in found.notes),
            ]
        elif found.memory_bytes and not found.unified:
            size = f"{round(found.memory_bytes / GIB)}"
            vram.append(size)
            used.append(found.name)
            notes.append(f"{found.name} ({found.how}) is not in the catalog: taken as any accelerator of {size} GB")
        else:
            why = "it works in system memory" if found.unified else "its memory is not known"
            notes.append(f"{found.name} ({found.how}) is not in the catalog, and {why}: left out")
    if vram and hardware:
        notes.append(f"the unknown device of {', '.join(vram)} GB is left out: it cannot be mixed with known ones")
        vram = []
    ram_gb = round((machine.usable_memory_bytes or 0) / GIB, 1) or None
    if not hardware and not vram:
        meant = host_for(machine, catalog)
        hardware = [meant.device.id]
        name = machine.processor.name or "a processor without a name"
        notes.append(f"no accelerator to use: {name}, taken as {meant.device.id}, {ram_gb or 'unknown'} GiB of memory")
        notes += [f"{meant.device.id}: {text}" for text in meant.doubts]
    in_system_memory = hardware and all(catalog.devices[id].memory_gib is None for id in hardware)
    if machine.memory_limit_bytes and hardware and not in_system_memory:
        limit = machine.memory_limit_bytes / GIB
        notes.append(f"this container may use {limit:.1f} GiB of system memory; loading a larger model can fail")
    return Matched(tuple(hardware), tuple(vram), ram_gb if in_system_memory else None, tuple(notes))


def _usable(devices: Sequence[Found], notes: list[str]) -> list[Found]:
    """The devices a model can be spread over: of the slices of one machine's GPUs, the largest alone."""
    slices = [found for found in devices if found.part_of and found.memory_bytes]
    notes += [
        f"{found.name} is cut into slices (MIG), and none is there to use" for found in devices if found.part_of == found.name
    ]
    if len(slices) > 1:
        notes.append(f"{len(slices)} MIG slices: an engine uses one, the largest is taken (--vram names another)")
    largest = max(slices, key=lambda found: found.memory_bytes or 0, default=None)
    return [found for found in devices if not found.part_of or found is largest]


def device_for(found: Found, machine: Machine, catalog: Catalog) -> Meant | None:
    """The catalog's device that a driver's name means; ``None`` where the name is not known or the memory is another's."""
    names = [found.name]
    if found.unified and found.vendor == "amd" and machine.processor.name:
        names += [*re.findall(r"\bw/ (.*)$", machine.processor.name), re.sub(r"\bw/ .*$", "", machine.processor.name)]
    for name in names:
        devices = [d for d in family(name, catalog) if d.vendor == found.vendor and d.device_class != "cpu"]
        if devices:
            shared = devices[0].unified_memory
            # What firmware sets aside for a GPU that shares the system's memory is missing from the system's total.
            system = (machine.processor.memory_bytes or 0) + (found.memory_bytes or 0 if found.vendor == "amd" else 0)
            total = system if shared else found.memory_bytes
            return variant(devices, total or None, found.cores, shared=shared)
    return None


def host_for(machine: Machine, catalog: Catalog) -> Meant:
    """The catalog's record of this very processor, else of memory as fast as the installed, else the generic one."""
    host = machine.processor
    installed = host.memory_bandwidth_gb_per_s
    bare = " ".join(_HOST_NOISE.sub(" ", NOISE.sub(" ", host.name or "")).split())
    # A letter for "no graphics" or "one socket" changes nothing of the memory; a Qualcomm chip has its number in the middle.
    number = re.search(r" - X(\d[EP])(\d\d)(\d{3}) - ", host.name or "")
    names = [f"X{'-'.join(number.groups())}"] if number else []
    names += [bare, re.sub(r"\b(i[3579]-\d{4,5}K?)[FS]$", r"\1", bare), re.sub(r"\b(\d{4})P$", r"\1", bare), f"cpu {bare}"]
    families = ([d for d in family(name, catalog) if d.device_class in HOSTS or d.vendor == "qualcomm"] for name in names if name)
    devices = next((found for found in families if found), [])
    meant = variant(devices, host.memory_bytes, None, shared=True)
    if meant:
        record = meant.device.bandwidth_gb_per_s
        if installed is None or installed >= SAME_SPEED * record:
            return meant
        doubt = f"installed is {_memory(machine)}: {installed} GB/s, less than the {record:g} GB/s it is known for"
        return Meant(meant.device, (*meant.doubts, doubt))
    generic = find_device("cpu", catalog)
    if installed is None:
        return Meant(generic, ("its memory bandwidth is not known: taken as an ordinary desktop's",))
    known = [d for d in catalog.devices.values() if d.device_class == "cpu" and d.vendor == "generic"]
    kind = re.match(r"(?:LP)?DDR\d", host.memory_kind or "")
    alike = [d for d in known if kind and (d.memory_kind or "").startswith(kind.group(0))] or known
    slower = [d for d in alike if d.bandwidth_gb_per_s <= installed / SAME_SPEED]
    nearest = max(slower or alike, key=lambda d: d.bandwidth_gb_per_s if slower else -d.bandwidth_gb_per_s)
    return Meant(nearest, (f"installed is {_memory(machine)}: {installed} GB/s, taken as {nearest.bandwidth_gb_per_s:g}",))


def _memory(machine: Machine) -> str:
    return f"{machine.processor.memory_kind} on {machine.processor.memory_channels} channels"


def _free(found: Found) -> str:
    if found.memory_bytes is None or found.free_bytes is None:
        return ""
    free, total = found.free_bytes / GIB, found.memory_bytes / GIB
    return f", {free:.1f} of {total:.1f} GiB free now (--reserve keeps memory for other programs)"


def _counted(names: tuple[str, ...], times: str) -> tuple[str, ...]:
    return tuple(f"{names.count(name)}{times}{name}" if names.count(name) > 1 else name for name in dict.fromkeys(names))
