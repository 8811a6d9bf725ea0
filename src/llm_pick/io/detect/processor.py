"""The processor and its memory on Linux: kernel files, and the firmware's table of memory modules."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from llm_pick.core.machine import Processor

if TYPE_CHECKING:
    from llm_pick.io.detect.probe import Probe

KIB = 1024
VECTORS = ("avx", "avx2", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8", "amx_bf16",
           "asimd", "asimddp", "i8mm", "bf16", "sve", "sve2")  # fmt: skip
"""Flags of /proc/cpuinfo that engines have kernels for."""
ASK_ROOT = "memory speed and channels: `sudo dmidecode -t memory` tells them"


class Modules(NamedTuple):
    """Installed memory, as the firmware lists its modules."""

    kind: str | None
    """``DDR5-5600``: kind and the slowest configured speed in MT/s"""
    channels: int | None
    gb_per_s: float | None
    """Transfers per second times the width of the filled channels."""


def processor(probe: Probe) -> tuple[Processor, list[str]]:
    """The host, and what could not be told."""
    said = probe.run("dmidecode", "-t", "memory")
    modules = parse_dmidecode(said or "")
    missing = [] if modules.kind else [ASK_ROOT if said is None else "memory speed: the firmware does not list its modules"]
    info = probe.read("/proc/cpuinfo") or ""
    amounts = memory_amounts(probe.read("/proc/meminfo") or "")
    flags = re.search(r"^(?:flags|Features)\s*:\s*(.+)$", info, re.MULTILINE)
    known = set(flags.group(1).split()) if flags else set()
    found = Processor(
        name=_name(probe, info),
        cores=physical_cores(info),
        instructions=tuple(vector for vector in VECTORS if vector in known),
        memory_bytes=amounts.get("MemTotal"),
        available_bytes=amounts.get("MemAvailable"),
        memory_kind=modules.kind,
        memory_channels=modules.channels,
        memory_bandwidth_gb_per_s=modules.gb_per_s,
    )
    return found, missing


def _name(probe: Probe, info: str) -> str | None:
    """The board's own name, the kernel's, or the core design ``lscpu`` knows by number (ARM servers)."""
    board = (probe.read("/proc/device-tree/model") or "").strip()
    name = re.search(r"^(?:model name|Model)\s*:\s*(.+)$", info, re.MULTILINE)
    if board or name:
        return board or (name.group(1).strip() if name else None)
    listed = re.search(r"^\s*Model name:\s*(\S.*)$", probe.run("lscpu") or "", re.MULTILINE)
    return listed.group(1).strip() if listed else None


def memory_amounts(meminfo: str) -> dict[str, int]:
    """``/proc/meminfo`` in bytes."""
    found = re.findall(r"^(\w+):\s+(\d{1,15}) kB$", meminfo, re.MULTILINE)
    return {name: int(amount) * KIB for name, amount in found}


def physical_cores(cpuinfo: str) -> int | None:
    """Distinct (package, core) pairs; threads of one core count once. ARM lists cores alone."""
    blocks = [block for block in cpuinfo.split("\n\n") if re.search(r"^processor\s*:", block, re.MULTILINE)]
    pairs = set()
    for block in blocks:
        package = re.search(r"^physical id\s*:\s*(\d+)", block, re.MULTILINE)
        core = re.search(r"^core id\s*:\s*(\d+)", block, re.MULTILINE)
        if package and core:
            pairs.add((package.group(1), core.group(1)))
    return len(pairs) or len(blocks) or None


def parse_dmidecode(text: str) -> Modules:
    """Kind, channels in use and bandwidth from ``dmidecode -t memory``.

    A channel is as wide as its widest module, however many modules share it; a table that does not name channels
    leaves both unknown.
    """
    kinds, speeds = set(), set()
    widths: dict[str, int] = {}
    wired = True
    for block in text.split("Memory Device\n")[1:]:
        if not re.search(r"^\s*Size:\s*\d+\s*[MG]", block, re.MULTILINE):
            continue
        kind = re.search(r"^\s*Type:\s*((?:LP)?DDR\w*)", block, re.MULTILINE)
        speed = re.search(r"^\s*Configured (?:Memory|Clock) Speed:\s*(\d{1,6})\b", block, re.MULTILINE)
        width = re.search(r"^\s*Data Width:\s*(\d{1,4})\b", block, re.MULTILINE)
        place = _channel(block)
        if kind:
            kinds.add(kind.group(1))
        if speed:
            speeds.add(int(speed.group(1)))
        if place and width:
            widths[place] = max(widths.get(place, 0), int(width.group(1)))
        else:
            wired = False
    if len(kinds) != 1:
        return Modules(None, None, None)
    name = kinds.pop() + (f"-{min(speeds)}" if speeds else "")
    if not (wired and widths):
        return Modules(name, None, None)
    bits = sum(widths.values())
    return Modules(name, len(widths), round(min(speeds) * bits / 8 / 1000, 1) if speeds else None)


def _channel(block: str) -> str | None:
    """Socket, controller and channel of one module, as its two locators spell them; ``None`` where they do not."""
    lines = re.findall(r"^\s*(?:Bank )?Locator:[ \t]*(.*)$", block, re.MULTILINE)
    words = " ".join(lines).upper()
    channel = re.search(r"CHANNEL[ _-]?([A-Z]|\d+)", words) or re.search(r"DIMM[ _]?([A-Z])\d?\b", words)
    if channel is None:
        return None
    socket = re.search(r"\b(?:P|CPU|PROC|NODE)[ _]?(\d)(?!\d)", words)
    controller = re.search(r"CONTROLLER[ _]?(\d)", words)
    return "/".join(part.group(1) if part else "" for part in (socket, controller, channel))
