"""NVIDIA devices: NVML first, then ``nvidia-smi``, which also exists where no Python binding is installed (WSL)."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from llm_pick.core.machine import Found

if TYPE_CHECKING:
    from llm_pick.io.detect.probe import Probe

MIB = 2**20
QUERY = ("nvidia-smi", "--query-gpu=index,name,memory.total,memory.free,driver_version", "--format=csv,noheader,nounits")
WSL_TOOL = "/usr/lib/wsl/lib/nvidia-smi"
WINDOWS_TOOL = r"C:\Windows\System32\nvidia-smi.exe"
UNIFIED = ("gb10", "orin", "thor", "xavier", "tegra", "jetson", "gh200")


def devices(probe: Probe) -> tuple[list[Found], list[str]]:
    """NVIDIA accelerators, and what could not be told."""
    for how, said in (
        ("NVML", probe.nvml()),
        ("nvidia-smi", probe.run(*QUERY)),
        ("nvidia-smi (WSL)", probe.run(WSL_TOOL, *QUERY[1:])),
        ("nvidia-smi", probe.run(WINDOWS_TOOL, *QUERY[1:]) if probe.system == "Windows" else None),
    ):
        found = parse(said, how) if said else []
        if found:
            return found, []
    board = _jetson(probe)
    if board:
        return [board], []
    if any((probe.read(path) or "").strip() == "0x10de" for path in probe.glob("/sys/bus/pci/devices/*/vendor")):
        return [], ["an NVIDIA device is on the bus, but neither NVML nor nvidia-smi answers: is its driver loaded?"]
    return [], []


def parse(text: str, how: str) -> list[Found]:
    """Devices of ``index, name, total MiB, free MiB, driver`` lines; a figure that is no number is unknown."""
    found = []
    for row in csv.reader(text.splitlines(), skipinitialspace=True):
        if len(row) < 4 or not row[0].strip().isdigit():
            continue
        name, total, free = row[1].strip(), _mib(row[2]), _mib(row[3])
        unified = total is None or any(word in name.lower() for word in UNIFIED[:-1])
        found.append(
            Found(
                name=name,
                vendor="nvidia",
                how=how,
                memory_bytes=total,
                free_bytes=free,
                unified=unified,
                driver=row[4].strip() if len(row) > 4 else None,
            )
        )
    return found


def _mib(text: str) -> int | None:
    number = text.strip().split(" ")[0]
    return int(number) * MIB if number.isdigit() else None


def _jetson(probe: Probe) -> Found | None:
    """A Jetson board names itself in the device tree; older ones have no nvidia-smi."""
    model = (probe.read("/proc/device-tree/model") or "").strip("\x00 \n")
    return Found(name=model, vendor="nvidia", how="device tree", unified=True) if "jetson" in model.lower() else None
