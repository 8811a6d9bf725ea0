"""Names of devices as drivers print them: their spellings, the family each means, the member with the right memory."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from llm_pick.core.lookup import names_of
from llm_pick.core.names import joined
from llm_pick.core.record import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llm_pick.core.catalog import Catalog, Device

GIB = 2**30
MOST_WITHHELD = 0.14
"""Share of the marketed memory missing from a reported total: an eighth where error correction takes it, and a little more."""
MOST_ABOVE = 0.02
NOISE = re.compile(
    r"\((?:tm|r|c)\)|™|®|©|\b(?:graphics|series|corporation|inc\.?|oam|engineering reference|developer kit)\b", re.IGNORECASE
)
_BRAND = re.compile(r"\b(?:geforce|radeon|instinct|arc|tesla)\b ", re.IGNORECASE)
_MAKERS = ("nvidia", "amd", "intel", "apple", "qualcomm", "advanced micro devices")
_CAPACITY = re.compile(r"-\d+gb(?:-base)?$")
_VARIANT = re.compile(r"-\d+c$")
_CORES = re.compile(r"\b(\d+)-core GPU|-(\d+)c\b", re.IGNORECASE)
_NEEDLESS = re.compile(r"\b(?:generation|gpu|blackwell|workstation edition|data center|lp)\b|[\s-]sxm\d\b.*$", re.IGNORECASE)
"""Words that tell a device apart in some names and say nothing in others: left out last."""


@dataclass(frozen=True, slots=True)
class Meant:
    """A device of the catalog, and why it is not quite certain."""

    device: Device
    doubts: tuple[str, ...] = ()


def family(name: str, catalog: Catalog) -> list[Device]:
    """All capacities and core counts of the device that a name means, or of all the devices that it lists."""
    index = names_of("device", catalog)
    for spelling in spellings(name):
        known = index.exactly(spelling)
        stems = {_stem(id) for id in ({known.id} if known.id else known.candidates)}
        # The beginning of another device's name is no name of it, save where only capacities follow.
        named = {stem for stem in stems if joined(stem) == joined(spelling)} or (set() if known.via == "prefix" else stems)
        if len(named) == 1:
            stem = named.pop()
            return [device for id, device in catalog.devices.items() if _stem(id) == stem]
    parts = re.split(r"\s*/\s*", _listing(name))
    return [device for part in parts for device in family(part, catalog)] if len(parts) > 1 else []


def _listing(name: str) -> str:
    """Names that a driver cannot tell apart: what stands in brackets, or the whole (Navi 21 [Radeon RX 6800/6800 XT])."""
    inner = re.search(r"\[([^\]]+)\]$", name)
    return inner.group(1) if inner else name


def _stem(id: str) -> str:
    return _VARIANT.sub("", _CAPACITY.sub("", id))


def spellings(name: str) -> Iterable[str]:
    """The driver's name, then shorter forms of it, the most specific first."""
    bare = " ".join(NOISE.sub(" ", name).split())
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


def variant(family: list[Device], total_bytes: int | None, cores: int | None, *, shared: bool) -> Meant | None:
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
