"""From what drivers call a device to the catalog's record of it; memory and GPU cores decide between variants.

Nothing is substituted silently: every step that is not certain becomes a note.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llm_pick.core.lookup import find_device, names_of
from llm_pick.core.names import joined

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from llm_pick.core.catalog import Catalog, Device
    from llm_pick.core.machine import Found, Machine

GIB = 2**30
MOST_WITHHELD = 0.14
"""Share of the marketed memory missing from a reported total: an eighth where error correction takes it, and a little more."""
MOST_ABOVE = 0.02
HOSTS = ("cpu", "board")
"""Classes of devices that a processor's name means."""
SAME_SPEED = 0.98
"""Bandwidths that differ by less are the same."""
_NOISE = re.compile(
    r"\((?:tm|r|c)\)|™|®|©|\b(?:graphics|series|corporation|inc\.?|oam|engineering reference|developer kit)\b", re.IGNORECASE
)
_BRAND = re.compile(r"\b(?:geforce|radeon|instinct|arc|tesla)\b ", re.IGNORECASE)
_MAKERS = ("nvidia", "amd", "intel", "apple", "qualcomm", "advanced micro devices")
_CAPACITY = re.compile(r"-\d+gb(?:-base)?$")
_VARIANT = re.compile(r"-\d+c$")
_CORES = re.compile(r"\b(\d+)-core GPU|-(\d+)c\b", re.IGNORECASE)
_NEEDLESS = re.compile(r"\b(?:generation|gpu|blackwell|workstation edition|data center|lp)\b|[\s-]sxm\d\b.*$", re.IGNORECASE)
"""Words that tell a device apart in some names and say nothing in others: left out last."""
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


@dataclass(frozen=True, slots=True)
class Meant:
    """A device of the catalog, and why it is not quite certain."""

    device: Device
    doubts: tuple[str, ...] = ()


def match(machine: Machine, catalog: Catalog) -> Matched:
    """What to ask for this machine: its accelerators if it has any a model can use, else its processor."""
    hardware: list[str] = []
    vram: list[str] = []
    notes: list[str] = []
    own = [found for found in machine.devices if not found.unified]
    for found in _usable(machine.devices, notes):
        meant = device_for(found, machine, catalog)
        if meant and own and found.unified:
            notes.append(
                f"{found.name} is left out beside {own[0].name}: it works in system memory (-H {meant.device.id} asks for it)"
            )
        elif meant:
            hardware.append(meant.device.id)
            notes.append(f"{meant.device.id}: {found.name}, read from {found.how}{_free(found)}")
            notes += [
                *(f"{meant.device.id}: {text}" for text in meant.doubts),
                *(f"{found.name}: {text}" for text in found.notes),
            ]
        elif found.memory_bytes and not found.unified:
            size = f"{round(found.memory_bytes / GIB)}"
            vram.append(size)
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
    slices = [found for found in devices if found.part_of]
    if not slices:
        return list(devices)
    largest = max(slices, key=lambda found: found.memory_bytes or 0)
    if len(slices) > 1:
        notes.append(f"{len(slices)} MIG slices: an engine uses one, the largest is taken (--vram names another)")
    return [found for found in devices if not found.part_of or found is largest]


def device_for(found: Found, machine: Machine, catalog: Catalog) -> Meant | None:
    """The catalog's device that a driver's name means; ``None`` where the name is not known or the memory is another's."""
    names = [found.name]
    if found.unified and found.vendor == "amd" and machine.processor.name:
        names += [*re.findall(r"\bw/ (.*)$", machine.processor.name), re.sub(r"\bw/ .*$", "", machine.processor.name)]
    for name in names:
        family = [d for d in _family(name, catalog) if d.vendor == found.vendor and d.device_class != "cpu"]
        if family:
            shared = family[0].unified_memory
            # What firmware sets aside for a GPU that shares the system's memory is missing from the system's total.
            system = (machine.processor.memory_bytes or 0) + (found.memory_bytes or 0 if found.vendor == "amd" else 0)
            total = system if shared else found.memory_bytes
            return _variant(family, total or None, found.cores, shared=shared)
    return None


def host_for(machine: Machine, catalog: Catalog) -> Meant:
    """The catalog's record of this very processor, else of memory as fast as the installed, else the generic one."""
    host = machine.processor
    installed = host.memory_bandwidth_gb_per_s
    bare = " ".join(_HOST_NOISE.sub(" ", _NOISE.sub(" ", host.name or "")).split())
    # A letter for "no graphics" or "one socket" changes nothing of the memory; a Qualcomm chip has its number in the middle.
    number = re.search(r" - X(\d[EP])(\d\d)(\d{3}) - ", host.name or "")
    names = [f"X{'-'.join(number.groups())}"] if number else []
    names += [bare, re.sub(r"\b(i[3579]-\d{4,5}K?)[FS]$", r"\1", bare), re.sub(r"\b(\d{4})P$", r"\1", bare), f"cpu {bare}"]
    families = (
        [d for d in _family(name, catalog) if d.device_class in HOSTS or d.vendor == "qualcomm"] for name in names if name
    )
    family = next((found for found in families if found), [])
    if family:
        meant = _variant(family, machine.processor.memory_bytes, None, shared=True)
        if meant:
            slower = installed and installed < SAME_SPEED * meant.device.bandwidth_gb_per_s
            doubt = f"installed is {_memory(machine)}: {installed} GB/s, less than the {meant.device.bandwidth_gb_per_s:g} GB/s it is known for"
            return Meant(meant.device, (*meant.doubts, doubt)) if slower else meant
    generic = find_device("cpu", catalog)
    if installed is None:
        return Meant(generic, ("its memory bandwidth is not known: taken as an ordinary desktop's",))
    known = [d for d in catalog.devices.values() if d.device_class == "cpu" and d.vendor == "generic"]
    kind = re.match(r"(?:LP)?DDR\d", host.memory_kind or "")
    alike = [d for d in known if kind and (d.memory_kind or "").startswith(kind.group(0))] or known
    slower = [d for d in alike if d.bandwidth_gb_per_s <= installed / SAME_SPEED]
    nearest = max(slower, key=lambda d: d.bandwidth_gb_per_s) if slower else min(alike, key=lambda d: d.bandwidth_gb_per_s)
    return Meant(nearest, (f"installed is {_memory(machine)}: {installed} GB/s, taken as {nearest.bandwidth_gb_per_s:g}",))


def _memory(machine: Machine) -> str:
    return f"{machine.processor.memory_kind} on {machine.processor.memory_channels} channels"


def _family(name: str, catalog: Catalog) -> list[Device]:
    """All capacities and core counts of the device that a name means, or of all the devices that it lists."""
    index = names_of("device", catalog)
    for spelling in _spellings(name):
        known = index.exactly(spelling)
        stems = {_stem(id) for id in ({known.id} if known.id else known.candidates)}
        # The beginning of another device's name is no name of it, save where only capacities follow.
        named = {stem for stem in stems if joined(stem) == joined(spelling)} or (set() if known.via == "prefix" else stems)
        if len(named) == 1:
            stem = named.pop()
            return [device for id, device in catalog.devices.items() if _stem(id) == stem]
    parts = re.split(r"\s*/\s*", _listing(name))
    return [device for part in parts for device in _family(part, catalog)] if len(parts) > 1 else []


def _listing(name: str) -> str:
    """Names that a driver cannot tell apart: what stands in brackets, or the whole (Navi 21 [Radeon RX 6800/6800 XT])."""
    inner = re.search(r"\[([^\]]+)\]$", name)
    return inner.group(1) if inner else name


def _stem(id: str) -> str:
    return _VARIANT.sub("", _CAPACITY.sub("", id))


def _spellings(name: str) -> Iterable[str]:
    """The driver's name, then shorter forms of it, the most specific first."""
    bare = " ".join(_NOISE.sub(" ", name).split())
    yield from (name, bare)
    for maker in _MAKERS:
        if bare.lower().startswith(maker + " "):
            bare = bare[len(maker) + 1 :]
            yield bare
    inner = re.search(r"\[([^/\]]+)\]$", bare)  # Navi 31 [Radeon RX 7900 XTX]
    if inner:
        bare = inner.group(1).strip()
        yield bare
    bare = re.sub(r"\bwith max-q design\b", "Laptop", bare, flags=re.IGNORECASE)
    unbranded = _BRAND.sub("", bare)
    yield unbranded
    if re.match(r"orin|xavier|thor", unbranded, re.IGNORECASE):  # some boards leave their family's name out
        yield f"jetson {unbranded}"
    if re.match(r"\d{4}", unbranded):  # the second of "Radeon RX 6800/6800 XT"
        yield f"rx {unbranded}"
    # "H100 80GB HBM3", "A100-SXM4-40GB", "GH200 480GB": the amount is compared apart.
    bare = re.sub(r"[\s-]+\d+\s*gb\b.*$", "", unbranded, flags=re.IGNORECASE)
    yield bare
    yield " ".join(_NEEDLESS.sub(" ", bare).split())


def _variant(family: list[Device], total_bytes: int | None, cores: int | None, *, shared: bool) -> Meant | None:
    """The member of a family with this memory and this many GPU cores; of several the most modest, and said so."""
    devices, doubts = family, []
    if cores:
        devices = _by_cores(devices, cores) or devices
    if total_bytes:
        devices = _by_memory(devices, total_bytes)
        if not devices and shared:
            smaller = [d for d in family if d.memory_gib and d.memory_gib * GIB <= total_bytes * (1 + MOST_WITHHELD)]
            largest = max((d.memory_gib or 0 for d in smaller), default=0)
            devices = [d for d in smaller if d.memory_gib == largest]
            doubts = [f"{total_bytes / GIB:.1f} GiB were found: taken as the next smaller size listed"]
    if not devices:
        return None
    modest = min(devices, key=lambda d: (d.memory_gib or 0, d.bandwidth_gb_per_s, d.id))
    if len(devices) > 1:
        others = ", ".join(sorted(d.id for d in devices if d is not modest))
        doubts.append(f"could also be {others}: taken as the most modest")
    return Meant(modest, tuple(doubts))


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


def _free(found: Found) -> str:
    if found.memory_bytes is None or found.free_bytes is None:
        return ""
    free, total = found.free_bytes / GIB, found.memory_bytes / GIB
    return f", {free:.1f} of {total:.1f} GiB free now (--reserve keeps memory for other programs)"
