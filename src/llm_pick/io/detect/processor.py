"""The processor and its memory: kernel files on Linux, ``sysctl`` on a Mac, CIM on Windows."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Any

from llm_pick.core.machine import Processor

if TYPE_CHECKING:
    from llm_pick.io.detect.probe import Probe

KIB = 1024
VECTORS = ("avx", "avx2", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8", "amx_bf16",
           "asimd", "asimddp", "i8mm", "bf16", "sve", "sve2")  # fmt: skip
"""Flags of /proc/cpuinfo that engines have kernels for."""


def processor(probe: Probe) -> tuple[Processor, list[str]]:
    """The host, and what could not be told."""
    if probe.system == "Darwin":
        return _mac(probe), []
    if probe.system == "Windows":
        return _windows(probe), ["memory speed and channels: not read on Windows"]
    kind, channels, missing = _modules(probe)
    info = probe.read("/proc/cpuinfo") or ""
    amounts = memory_amounts(probe.read("/proc/meminfo") or "")
    name = re.search(r"^(?:model name|Model)\s*:\s*(.+)$", info, re.MULTILINE)
    board = (probe.read("/proc/device-tree/model") or "").strip("\x00 \n")
    flags = re.search(r"^(?:flags|Features)\s*:\s*(.+)$", info, re.MULTILINE)
    known = set(flags.group(1).split()) if flags else set()
    found = Processor(
        name=board or (name.group(1).strip() if name else None),
        cores=physical_cores(info),
        instructions=tuple(vector for vector in VECTORS if vector in known),
        memory_bytes=amounts.get("MemTotal"),
        available_bytes=amounts.get("MemAvailable"),
        memory_kind=kind,
        memory_channels=channels,
    )
    return found, missing


def memory_amounts(meminfo: str) -> dict[str, int]:
    """``/proc/meminfo`` in bytes."""
    found = re.findall(r"^(\w+):\s+(\d+) kB$", meminfo, re.MULTILINE)
    return {name: int(amount) * KIB for name, amount in found}


def physical_cores(cpuinfo: str) -> int | None:
    """Distinct (package, core) pairs; threads of one core count once. ARM lists cores alone."""
    blocks = [block for block in cpuinfo.split("\n\n") if "processor" in block]
    pairs = set()
    for block in blocks:
        package = re.search(r"^physical id\s*:\s*(\d+)", block, re.MULTILINE)
        core = re.search(r"^core id\s*:\s*(\d+)", block, re.MULTILINE)
        if package and core:
            pairs.add((package.group(1), core.group(1)))
    return len(pairs) or len(blocks) or None


def _modules(probe: Probe) -> tuple[str | None, int | None, list[str]]:
    """Kind and count of the memory modules from the firmware's table; it needs root."""
    said = probe.run("dmidecode", "-t", "memory")
    if said is None:
        return None, None, ["memory speed and channels: `sudo dmidecode -t memory` tells them"]
    kind, channels = parse_dmidecode(said)
    return kind, channels, [] if kind else ["memory speed and channels: the firmware does not list its modules"]


def parse_dmidecode(text: str) -> tuple[str | None, int | None]:
    """(``DDR5-5600``, channels in use) from ``dmidecode -t memory``; channels as the locators name them."""
    kinds, speeds, channels, filled = set(), set(), set(), 0
    for block in text.split("Memory Device")[1:]:
        size = re.search(r"^\s*Size:\s*(\d+)\s*[MG]", block, re.MULTILINE)
        if size is None:
            continue
        filled += 1
        kind = re.search(r"^\s*Type:\s*(LP)?(DDR\w+)", block, re.MULTILINE)
        speed = re.search(r"^\s*Configured (?:Memory|Clock) Speed:\s*(\d+)", block, re.MULTILINE)
        channel = re.search(r"(?:CHANNEL|Channel|ChannelId|DIMM_|CH)\s*-?([A-Z0-9])", block)
        if kind:
            kinds.add((kind.group(1) or "") + kind.group(2))
        if speed:
            speeds.add(int(speed.group(1)))
        if channel:
            channels.add(channel.group(1))
    if len(kinds) != 1:
        return None, None
    name = kinds.pop() + (f"-{min(speeds)}" if speeds else "")
    return name, len(channels) or None


def _mac(probe: Probe) -> Processor:
    def value(name: str) -> str:
        return (probe.run("sysctl", "-n", name) or "").strip()

    cores, memory = value("hw.physicalcpu"), value("hw.memsize")
    return Processor(
        name=value("machdep.cpu.brand_string") or None,
        cores=int(cores) if cores.isdigit() else None,
        instructions=("neon",) if value("hw.optional.neon") == "1" else (),
        memory_bytes=int(memory) if memory.isdigit() else None,
    )


def _windows(probe: Probe) -> Processor:
    script = (
        "Get-CimInstance Win32_Processor | Select-Object -First 1 Name,NumberOfCores | ConvertTo-Json;"
        "(Get-CimInstance Win32_ComputerSystem).TotalPhysicalMemory"
    )
    said = probe.run("powershell", "-NoProfile", "-Command", script) or ""
    described, _, memory = said.strip().rpartition("\n")
    try:
        found: Any = json.loads(described)
    except ValueError:
        found = {}
    memory = memory.strip()
    return Processor(
        name=found.get("Name"),
        cores=found.get("NumberOfCores"),
        memory_bytes=int(memory) if memory.isdigit() else None,
    )


def allowed_cores() -> int | None:
    """Logical processors this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
