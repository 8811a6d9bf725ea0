"""What was found: devices, processor, memory and the limits around them, with what could not be read."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llm_pick.io.detect.probe import Probe

GIB = 2**30


@dataclass(frozen=True, slots=True)
class Found:
    """One accelerator, as its driver names it."""

    name: str
    vendor: str
    """nvidia | amd | intel | apple"""
    how: str
    """Tool or file that said so."""
    memory_bytes: int | None = None
    free_bytes: int | None = None
    unified: bool = False
    """True where it works in the memory of the system."""
    cores: int | None = None
    """GPU cores, where they tell one variant of a chip from another (Apple)."""
    driver: str | None = None
    pci_id: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Processor:
    """The host's processor and its memory."""

    name: str | None = None
    cores: int | None = None
    """Physical cores this process may use."""
    instructions: tuple[str, ...] = ()
    """Vector extensions that engines use: avx2, avx512f, amx_int8, neon, sve, …"""
    memory_bytes: int | None = None
    available_bytes: int | None = None
    memory_kind: str | None = None
    """e.g. ``DDR5-5600``"""
    memory_channels: int | None = None


@dataclass(frozen=True, slots=True)
class Machine:
    """Everything one look at a machine tells."""

    system: str
    devices: tuple[Found, ...] = ()
    processor: Processor = field(default_factory=Processor)
    container: str | None = None
    """docker | podman | kubernetes | wsl | … where this is not the bare machine."""
    memory_limit_bytes: int | None = None
    """What a control group allows this process, where that is less than the machine has."""
    unknown: tuple[str, ...] = ()
    """What could not be read, each with the reason or the way to see it."""

    @property
    def usable_memory_bytes(self) -> int | None:
        """System memory a model may live in: what there is, or the control group's limit where that is less."""
        amounts = [amount for amount in (self.processor.memory_bytes, self.memory_limit_bytes) if amount]
        return min(amounts, default=None)


def detect(probe: Probe) -> Machine:
    """Ask every detector; those whose device is not there answer with nothing."""
    from llm_pick.io.detect import amd, apple, containers, intel, nvidia, processor  # noqa: PLC0415 - they need these records

    unknown: list[str] = []
    devices: list[Found] = []
    for detector in (nvidia.devices, amd.devices, intel.devices, apple.devices):
        found, missing = detector(probe)
        devices += found
        unknown += missing
    host, missing = processor.processor(probe)
    unknown += missing
    around = containers.surroundings(probe)
    # An integrated GPU beside a real one is no place for a model.
    if any(not device.unified for device in devices):
        devices = [device if not device.unified else replace(device, notes=(*device.notes, "integrated")) for device in devices]
    return Machine(
        system=probe.system,
        devices=tuple(devices),
        processor=host,
        container=around.kind,
        memory_limit_bytes=around.memory_limit_bytes,
        unknown=tuple(unknown),
    )
