"""``hardware detect`` on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.render.view import Column, Table, View

if TYPE_CHECKING:
    from llm_pick.core.machine import Found, Machine
    from llm_pick.core.match_machine import Matched

GIB = 2**30


def machine_view(machine: Machine, found: Matched) -> View:
    """Devices and host as two tables; how to ask for this machine; what could not be read."""
    host = machine.processor
    devices = Table(
        (Column("device"), Column("GiB", right=True), Column("free", right=True), Column("driver", optional=2),
         Column("read from", optional=1)),
        tuple(_device_row(device) for device in machine.devices),
        title="Accelerators",
    )  # fmt: skip
    facts = [
        ("processor", host.name or "unknown"),
        ("cores", str(host.cores or "unknown")),
        ("vector instructions", ", ".join(host.instructions) or "unknown"),
        ("memory", _amount(host.memory_bytes) + _available(machine)),
        ("memory modules", _modules(machine)),
        ("runs in", machine.container or "no container that could be seen"),
    ]
    if machine.memory_limit_bytes:
        facts.append(("memory this container allows", f"{_amount(machine.memory_limit_bytes)} GiB"))
    if machine.core_limit:
        facts.append(("cores this container allows", f"{machine.core_limit:g}"))
    host_table = Table((Column("host"), Column("value", fold=30)), tuple(facts), title="Host")
    asked = found.options
    options = [f"--hardware {_quoted(name)}" for name in asked["hardware"]] + [f"--vram {text}" for text in asked["vram"]]
    if found.ram_gb is not None:
        options.append(f"--ram {found.ram_gb:g}")
    return View(
        (devices, host_table) if machine.devices else (host_table,),
        headline="This machine: " + ", ".join((*asked["hardware"], *(f"{size} GB" for size in asked["vram"]))),
        details=(("same as", " ".join(options)),),
        remarks=tuple(("note", text) for text in found.notes) + tuple(("not read", text) for text in machine.unknown),
    )


def _device_row(device: Found) -> tuple[str, ...]:
    memory = _amount(device.memory_bytes)
    if device.unified:
        memory = "shared" if device.memory_bytes is None else f"{memory} + shared"
    cores = f" ({device.cores} GPU cores)" if device.cores else ""
    return (device.name + cores, memory, _amount(device.free_bytes), device.driver or "unknown", device.how)


def _quoted(name: str) -> str:
    return f'"{name}"' if " " in name else name


def _amount(amount: int | None) -> str:
    return "unknown" if amount is None else f"{amount / GIB:.1f}"


def _available(machine: Machine) -> str:
    if machine.processor.memory_bytes is None:
        return ""
    free = machine.processor.available_bytes
    return " GiB" + (f", {free / GIB:.1f} available now" if free is not None else "")


def _modules(machine: Machine) -> str:
    host = machine.processor
    if host.memory_kind is None:
        return "unknown"
    channels, speed = host.memory_channels, host.memory_bandwidth_gb_per_s
    wiring = f", {channels} channel{'s' if channels != 1 else ''}" if channels else ""
    return host.memory_kind + wiring + (f", {speed:g} GB/s" if speed else "")
