"""Apple chips: ``sysctl`` names the chip, IOKit counts its GPU cores (they tell the bandwidth variant)."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from llm_pick.core.machine import Found, Processor

if TYPE_CHECKING:
    from llm_pick.io.detect.probe import Probe


def devices(probe: Probe) -> tuple[list[Found], list[str]]:
    """The GPU of an Apple chip, which shares the system's memory."""
    chip = _value(probe, "machdep.cpu.brand_string")
    if not chip.startswith("Apple"):
        return [], ["this Mac has no Apple chip: its graphics card is not read"]
    cores = registry_cores(probe.run("ioreg", "-r", "-d", "1", "-c", "AGXAccelerator") or "")
    cores = cores or gpu_cores(probe.run("system_profiler", "SPDisplaysDataType", "-json") or "")
    wired = _value(probe, "iogpu.wired_limit_mb")
    notes = (f"iogpu.wired_limit_mb is set to {wired}",) if wired.isdigit() and int(wired) else ()
    found = Found(name=chip, vendor="apple", how="sysctl", unified=True, cores=cores, notes=notes)
    return [found], [] if cores else ["GPU cores: neither ioreg nor system_profiler counts them; they tell variants apart"]


def processor(probe: Probe) -> tuple[Processor, list[str]]:
    """The host, and what could not be told; memory speed is the chip's own."""
    cores, memory = _value(probe, "hw.physicalcpu"), _value(probe, "hw.memsize")
    found = Processor(
        name=_value(probe, "machdep.cpu.brand_string") or None,
        cores=int(cores) if re.fullmatch(r"[0-9]{1,5}", cores) else None,
        instructions=("neon",) if _value(probe, "hw.optional.neon") == "1" else (),
        memory_bytes=int(memory) if re.fullmatch(r"[0-9]{1,18}", memory) else None,
    )
    return found, []


def _value(probe: Probe, name: str) -> str:
    return (probe.run("sysctl", "-n", name) or "").strip()


def registry_cores(text: str) -> int | None:
    """``gpu-core-count`` of the IOKit registry."""
    found = re.search(r'"gpu-core-count"\s*=\s*(\d{1,4})\b', text)
    return int(found.group(1)) if found else None


def gpu_cores(text: str) -> int | None:
    """``sppci_cores`` of the first display adapter that has it."""
    try:
        listed: Any = json.loads(text)["SPDisplaysDataType"]
        counts = (str(entry.get("sppci_cores", "")) for entry in listed)
        return next((int(count) for count in counts if re.fullmatch(r"[0-9]{1,4}", count)), None)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
