"""Apple chips: ``sysctl`` names the chip, ``system_profiler`` counts its GPU cores (they tell the bandwidth variant)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from llm_pick.core.machine import Found

if TYPE_CHECKING:
    from llm_pick.io.detect.probe import Probe


def devices(probe: Probe) -> tuple[list[Found], list[str]]:
    """The GPU of an Apple chip, which shares the system's memory."""
    if probe.system != "Darwin":
        return [], []
    chip = (probe.run("sysctl", "-n", "machdep.cpu.brand_string") or "").strip()
    if not chip.startswith("Apple"):
        return [], ["this Mac has an Intel processor: its graphics card is not used by the engines llm-pick knows"]
    memory = (probe.run("sysctl", "-n", "hw.memsize") or "").strip()
    cores = gpu_cores(probe.run("system_profiler", "SPDisplaysDataType", "-json") or "")
    wired = (probe.run("sysctl", "-n", "iogpu.wired_limit_mb") or "").strip()
    notes = (f"iogpu.wired_limit_mb is set to {wired}",) if wired.isdigit() and int(wired) else ()
    found = Found(
        name=chip,
        vendor="apple",
        how="sysctl",
        memory_bytes=int(memory) if memory.isdigit() else None,
        unified=True,
        cores=cores,
        notes=notes,
    )
    missing = [] if cores else ["GPU cores: system_profiler did not say; they tell variants of one chip apart"]
    return [found], missing


def gpu_cores(text: str) -> int | None:
    """``sppci_cores`` of the first display adapter that has it."""
    try:
        listed: Any = json.loads(text)["SPDisplaysDataType"]
        return next((int(entry["sppci_cores"]) for entry in listed if str(entry.get("sppci_cores", "")).isdigit()), None)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
