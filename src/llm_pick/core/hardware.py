"""From what the user typed (``2x RTX 3090``, ``--vram 24``, ``cpu``) to the machine of the question."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from llm_pick.core.catalog import Device
from llm_pick.core.errors import QuestionError
from llm_pick.core.lookup import find_device, meaning, names_of
from llm_pick.core.prepared import extract
from llm_pick.core.question import Hardware
from llm_pick.core.record import replace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llm_pick.core.catalog import Catalog

MAX_DEVICES = 1024
_COUNT_FIRST = r"^\s*(\d+)\s*[x×*]\s*(.+)$"
_COUNT_LAST = r"^(.+?)\s*[x×*]\s*(\d+)\s*$"
_JOINED = r"\s+\+\s+"
_STAND_IN_CLASSES = ("consumer-gpu", "workstation-gpu", "datacentre-gpu")


def parse_devices(names: Sequence[str], catalog: Catalog) -> tuple[Device, ...]:
    """One device per physical card: ``["2x rtx-3090", "rtx-4090"]`` gives three, and so does ``["2x rtx-3090 + rtx-4090"]``."""
    devices: list[Device] = []
    for name in _parts(names):
        count, bare = _split_count(name, catalog)
        devices += [find_device(bare, catalog)] * count
    if len(devices) > MAX_DEVICES:
        raise QuestionError(f"{len(devices)} devices are more than {MAX_DEVICES}", "give a smaller count")
    if len({device.device_class == "cpu" for device in devices}) > 1:
        raise QuestionError("a CPU and an accelerator cannot be one machine here", "use --ram for host memory")
    return tuple(devices)


def _parts(names: Sequence[str]) -> tuple[str, ...]:
    """The devices of one machine, each with its count: a plus sign between spaces joins them in one name."""
    return tuple(part for name in names for part in re.split(_JOINED, name))


def _split_count(name: str, catalog: Catalog) -> tuple[int, str]:
    if names_of("device", catalog).exactly(name).id is not None:
        return 1, name
    for pattern, count_group, name_group in ((_COUNT_FIRST, 1, 2), (_COUNT_LAST, 2, 1)):
        found = re.match(pattern, name, re.IGNORECASE)
        if found:
            count = int(found.group(count_group))
            if not 1 <= count <= MAX_DEVICES:
                raise QuestionError(f"`{name}`: a count is between 1 and {MAX_DEVICES}", "e.g. `2x rtx-3090`")
            return count, found.group(name_group)
    return 1, name


def stand_ins_of(names: Sequence[str], catalog: Catalog) -> tuple[str, ...]:
    """What was read into the names: ``h100-80gb`` is declared for one of several cards, so the answer says which."""
    said = []
    for name in _parts(names):
        bare = _split_count(name, catalog)[1].strip()
        text = meaning("device", bare, catalog)
        if text is not None:
            said.append(text)
    return tuple(dict.fromkeys(said))


class _Card(NamedTuple):
    """What is asked of every graphics card."""

    id: str
    memory_gib: float
    vendor: str
    modern: bool
    """Whether its 16-bit peak is known."""


def cards_of(catalog: Catalog) -> list[list[Any]]:
    """The fields of a ``_Card`` for every graphics card of known size."""
    return [
        [device.id, device.memory_gib, device.vendor, "fp16" in device.tflops_dense]
        for device in catalog.devices.values()
        if device.memory_gib and device.device_class in _STAND_IN_CLASSES
    ]


def parse_vram(text: str, catalog: Catalog) -> tuple[tuple[Device, ...], tuple[Device, ...]]:
    """Anonymous devices for ``24`` or ``2x80``, and the known cards of that size that stand in for speed.

    Cards too old for a 16-bit peak stand for nothing: few run models on them, and they would widen every range.
    The software is that of the maker most cards are from; whose card is in the middle must not decide it.
    """
    found = re.fullmatch(r"\s*(?:(\d+)\s*[x×*]\s*)?(\d+(?:\.\d+)?)\s*(?:gi?b)?\s*", text, re.IGNORECASE)
    if not found:
        raise QuestionError(f"`--vram {text}` is not a memory size", "gigabytes, e.g. `--vram 24` or `--vram 2x80`")
    count, size = int(found.group(1) or 1), float(found.group(2))
    if not 0 < size <= 4096 or not 1 <= count <= MAX_DEVICES:
        raise QuestionError(f"`--vram {text}` is outside what exists", "between 1 and 4096 GB per device")
    known = [_Card(*row) for row in extract("cards", catalog, "devices") or cards_of(catalog)]
    modern = [card for card in known if card.modern] or known
    nearest = min((card.memory_gib for card in modern), key=lambda gib: (abs(gib - size), gib))
    stand_ins = tuple(catalog.devices[id] for id in sorted(card.id for card in modern if card.memory_gib == nearest))
    middle = sorted(stand_ins, key=lambda d: d.bandwidth_gb_per_s)[len(stand_ins) // 2]
    makers = Counter(card.vendor for card in known)
    usual = max(stand_ins, key=lambda d: (makers[d.vendor], -abs(d.bandwidth_gb_per_s - middle.bandwidth_gb_per_s)))
    device = Device(
        id=f"vram-{size:g}gb",
        name=f"any {size:g} GB accelerator",
        vendor=usual.vendor,
        device_class=middle.device_class,
        memory_gib=size,
        bandwidth_gb_per_s=middle.bandwidth_gb_per_s,
        backends=usual.backends,
        sources=middle.sources,
    )
    return (device,) * count, stand_ins


def hardware_of(
    catalog: Catalog,
    *,
    names: Sequence[str] = (),
    vram: Sequence[str] = (),
    ram_gb: float | None = None,
    reserve_gb: float = 0.0,
) -> Hardware:
    """The machine of the question; ``QuestionError`` when it is missing, contradictory or unknown."""
    if names and vram:
        raise QuestionError("--hardware and --vram describe the same thing twice", "give one of them")
    if not names and not vram:
        raise QuestionError(
            "which machine?",
            "name a device, e.g. `--hardware rtx-4090` (`llm-pick list hardware`), or give its memory: `--vram 24`",
        )
    for label, value in (("--ram", ram_gb), ("--reserve", reserve_gb)):
        if value is not None and not 0 <= value <= 65536:
            raise QuestionError(f"{label} {value:g} is no amount of memory", "gigabytes, 0 or more")
    stand_ins: tuple[Device, ...] = ()
    if vram:
        devices: tuple[Device, ...] = ()
        for text in _parts(vram):
            more, known = parse_vram(text, catalog)
            devices += more
            stand_ins += tuple(d for d in known if d not in stand_ins)
    else:
        devices = parse_devices(names, catalog)
    devices, ram_gb = _with_memory(devices, ram_gb)
    ram_bytes = None if ram_gb is None else round(ram_gb * 1024**3)
    if all(device.device_class == "cpu" for device in devices) and ram_bytes is None:
        raise QuestionError("how much system memory has this CPU?", "give it in GB, e.g. `--ram 32`")
    return Hardware(
        label=_label(names, vram),
        devices=devices,
        stand_ins=stand_ins,
        ram_bytes=ram_bytes,
        reserve_bytes=round(reserve_gb * 1024**3),
    )


def _with_memory(devices: tuple[Device, ...], ram_gb: float | None) -> tuple[tuple[Device, ...], float | None]:
    """An accelerator sold with memory nobody listed (a phone) takes ``--ram`` as its own, and leaves no other."""
    bare = [device for device in devices if device.memory_gib is None and device.device_class != "cpu"]
    if not bare:
        return devices, ram_gb
    if not ram_gb or len(devices) > 1:
        raise QuestionError(f"how much memory has this {bare[0].name}?", "give it in GB, e.g. `--ram 12`")
    return (replace(bare[0], memory_gib=ram_gb),), None


def _label(names: Sequence[str], vram: Sequence[str]) -> str:
    parts = [f"--vram {text}" for text in _parts(vram)] or [f'"{name}"' if " " in name else name for name in _parts(names)]
    return " + ".join(parts)
