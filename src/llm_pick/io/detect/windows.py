"""Windows: one PowerShell question about processor, memory and graphics cards."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from llm_pick.core.machine import Found, Processor
from llm_pick.io.detect.intel import has_own_memory

if TYPE_CHECKING:
    from llm_pick.io.detect.probe import Probe

CLASS = r"HKLM:\SYSTEM\CurrentControlSet\Control\Class\{4d36e968-e325-11ce-bfc1-08002be10318}\0*"
"""Display drivers; ``qwMemorySize`` is right where ``AdapterRAM``, 32 bits wide, ends at 4 GiB."""
SCRIPT = (
    "$p=@(Get-CimInstance Win32_Processor);$c=Get-CimInstance Win32_ComputerSystem;$o=Get-CimInstance Win32_OperatingSystem;"
    "@{processor=@($p|Select-Object Name,NumberOfCores);total=$c.TotalPhysicalMemory;free_kib=$o.FreePhysicalMemory;"
    "modules=@(Get-CimInstance Win32_PhysicalMemory|Select-Object Capacity,ConfiguredClockSpeed,SMBIOSMemoryType);"
    "video=@(Get-CimInstance Win32_VideoController|Select-Object Name,PNPDeviceID,DriverVersion);"
    f"registry=@(Get-ItemProperty '{CLASS}' -ErrorAction SilentlyContinue|"
    "Select-Object DriverDesc,@{n='memory';e={$_.'HardwareInformation.qwMemorySize'}})}|ConvertTo-Json -Depth 4 -Compress"
)
QUESTION = ("powershell", "-NoProfile", "-NonInteractive", "-Command", SCRIPT)
VENDORS = {"1002": "amd", "8086": "intel", "5143": "qualcomm"}
KINDS = {24: "DDR3", 26: "DDR4", 30: "LPDDR4", 34: "DDR5", 35: "LPDDR5"}
"""SMBIOS memory types."""
MODULES = "memory channels: Windows does not say how its modules are wired"


def parse(text: str) -> dict[str, Any]:
    """The answer as a mapping of lists and numbers; empty where it is none."""
    try:
        said: Any = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def devices(probe: Probe) -> tuple[list[Found], list[str]]:
    """Graphics cards other than NVIDIA's, which has a tool of its own."""
    said = parse(probe.run(*QUESTION) or "")
    sizes = {str(row.get("DriverDesc")): _number(row.get("memory")) for row in _rows(said, "registry")}
    found = []
    for row in _rows(said, "video"):
        name = str(row.get("Name") or "").strip()
        maker = re.match(r"PCI\\VEN_([0-9A-F]{4})", str(row.get("PNPDeviceID") or ""), re.IGNORECASE)
        vendor = VENDORS.get(maker.group(1)) if maker else None
        if not name or vendor is None:
            continue
        memory = sizes.get(name)
        discrete = has_own_memory(name) if vendor == "intel" else bool(re.search(r"\b(?:RX|Pro|AI PRO|VII) ?\w", name))
        found.append(
            Found(
                name=name,
                vendor=vendor,
                how="Windows",
                memory_bytes=memory,
                unified=not discrete,
                driver=str(row.get("DriverVersion") or "") or None,
            )
        )
    return found, []


def processor(probe: Probe) -> tuple[Processor, list[str]]:
    """The host, and what could not be told."""
    said = parse(probe.run(*QUESTION) or "")
    if not said:
        return Processor(), [f"processor and memory: {probe.failures.get('powershell', 'PowerShell does not answer')}"]
    hosts = _rows(said, "processor")
    modules = _rows(said, "modules")
    kinds = {KINDS.get(_number(row.get("SMBIOSMemoryType")) or 0) for row in modules}
    speeds = [speed for row in modules if (speed := _number(row.get("ConfiguredClockSpeed")))]
    kind = kinds.pop() if len(kinds) == 1 else None
    free = _number(said.get("free_kib"))
    found = Processor(
        name=str(hosts[0].get("Name") or "").strip() or None if hosts else None,
        cores=sum(_number(row.get("NumberOfCores")) or 0 for row in hosts) or None,
        memory_bytes=_number(said.get("total")),
        available_bytes=free * 1024 if free is not None else None,
        memory_kind=f"{kind}-{min(speeds)}" if kind and speeds else None,
    )
    return found, [MODULES, "vector instructions: not read on Windows"]


def _rows(said: dict[str, Any], name: str) -> list[dict[str, Any]]:
    rows = said.get(name)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _number(value: Any) -> int | None:  # noqa: ANN401 - a JSON value
    return int(str(value)) if re.fullmatch(r"[0-9]{1,18}", str(value)) else None
