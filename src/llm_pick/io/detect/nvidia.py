"""NVIDIA devices: NVML first, then ``nvidia-smi``, which also exists where no Python binding is installed (WSL)."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

from llm_pick.core.machine import Found

if TYPE_CHECKING:
    from llm_pick.io.detect.probe import Probe

MIB = 2**20
GIB = 2**30
FIELDS = "index,name,memory.total,memory.free,driver_version"
FORMAT = "--format=csv,noheader,nounits"
TOOLS = {
    "Windows": ("nvidia-smi", r"C:\Windows\System32\nvidia-smi.exe"),
    "Linux": ("nvidia-smi", "/usr/lib/wsl/lib/nvidia-smi"),
}
_SHARED = re.compile(r"\bgb10\b|\borin\b|\bthor\b|\bxavier\b|tegra|nvgpu", re.IGNORECASE)
"""Names of devices that work in the system's memory."""
_SLICE = re.compile(r"^\s+MIG (\S+\.(\d+)gb\S*)\s+Device")


def devices(probe: Probe) -> tuple[list[Found], list[str]]:
    """NVIDIA accelerators, and what could not be told."""
    board = _jetson(probe)
    if board:
        return [board], []
    tools = TOOLS.get(probe.system, ())
    said, how = probe.nvml(), "NVML"
    for tool in tools:
        if said:
            break
        said, how = probe.run(tool, f"--query-gpu={FIELDS},mig.mode.current", FORMAT), "nvidia-smi"
        if not said and "valid field" in probe.failures.get(tool, ""):  # drivers before 450 know nothing of MIG
            said = probe.run(tool, f"--query-gpu={FIELDS}", FORMAT)
    found = parse(said or "", how)
    if any("MIG" in device.notes for device in found):
        listed = next((text for tool in tools if (text := probe.run(tool, "-L"))), "")
        return with_slices(found, listed), []
    if found or not _on_bus(probe):
        return found, []
    why = next((probe.failures[tool] for tool in tools if tool in probe.failures), "neither NVML nor nvidia-smi is there")
    return [], [f"an NVIDIA device is on the bus, but its driver does not answer: {why}"]


def parse(text: str, how: str) -> list[Found]:
    """Devices of ``index, name, total MiB, free MiB, driver[, MIG mode]`` lines; a figure that is no number is unknown."""
    found = []
    for row in csv.reader(text.splitlines(), skipinitialspace=True):
        if len(row) < 4 or not row[0].strip().isdigit():
            continue
        name = row[1].strip()
        found.append(
            Found(
                name=name,
                vendor="nvidia",
                how=how,
                memory_bytes=_mib(row[2]),
                free_bytes=_mib(row[3]),
                unified=bool(_SHARED.search(name)),
                driver=row[4].strip() if len(row) > 4 else None,
                notes=("MIG",) if len(row) > 5 and row[5].strip() == "Enabled" else (),
            )
        )
    return found


def with_slices(found: list[Found], listed: str) -> list[Found]:
    """Each GPU that is cut into slices (MIG) replaced by them, as ``nvidia-smi -L`` lists them.

    A slice is as large as its profile says: ``3g.40gb`` has about 40 GiB.
    """
    slices: dict[int, list[tuple[str, int]]] = {}
    index = -1
    for line in listed.splitlines():
        head = re.match(r"GPU (\d+):", line)
        if head:
            index = int(head.group(1))
        part = _SLICE.match(line)
        if part and len(part.group(2)) <= 4:
            slices.setdefault(index, []).append((part.group(1), int(part.group(2)) * GIB))
    out = []
    for place, device in enumerate(found):
        if "MIG" not in device.notes:
            out.append(device)
            continue
        out += [
            Found(f"{device.name} MIG {profile}", "nvidia", "nvidia-smi -L", size, driver=device.driver, part_of=device.name)
            for profile, size in slices.get(place, ())
        ] or [Found(device.name, "nvidia", device.how, driver=device.driver, part_of=device.name)]
    return out


def _mib(text: str) -> int | None:
    number = text.strip().split(" ")[0]
    return int(number) * MIB if re.fullmatch(r"[0-9]{1,9}", number) else None


def _on_bus(probe: Probe) -> bool:
    """Whether a display controller of NVIDIA is on the PCI bus."""
    for path in probe.glob("/sys/bus/pci/devices/*/vendor"):
        if (probe.read(path) or "").strip() == "0x10de":
            kind = (probe.read(path.removesuffix("vendor") + "class") or "0x03").strip()
            if kind.startswith("0x03"):
                return True
    return False


def _jetson(probe: Probe) -> Found | None:
    """A Jetson board names itself in the device tree; its nvidia-smi, where there is one, knows no memory."""
    if "nvidia,tegra" not in (probe.read("/proc/device-tree/compatible") or ""):
        return None
    model = (probe.read("/proc/device-tree/model") or "NVIDIA Tegra").strip()
    return Found(name=model, vendor="nvidia", how="device tree", unified=True)
