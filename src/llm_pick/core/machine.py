"""What was found of a machine: facts as its own tools print them, each with where it was read."""

from __future__ import annotations

from llm_pick.core.record import dataclass, field


@dataclass(frozen=True, slots=True)
class Found:
    """One accelerator as the machine describes it; nothing is looked up yet."""

    name: str
    """As the driver spells it."""
    vendor: str
    """nvidia | amd | intel | apple | …"""
    how: str
    """Tool or file that said so."""
    memory_bytes: int | None = None
    """Its own memory; of an integrated GPU the part set aside for it."""
    free_bytes: int | None = None
    unified: bool = False
    """True where it works in the memory of the system."""
    cores: int | None = None
    """GPU cores, where they tell one variant of a chip from another (Apple)."""
    driver: str | None = None
    pci_id: str | None = None
    part_of: str | None = None
    """The GPU this is a slice of (MIG); an engine uses one slice."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Processor:
    """The host's processor and its memory."""

    name: str | None = None
    cores: int | None = None
    """Physical cores of the machine."""
    instructions: tuple[str, ...] = ()
    """Vector extensions that engines use: avx2, avx512f, amx_int8, neon, sve, …"""
    memory_bytes: int | None = None
    available_bytes: int | None = None
    memory_kind: str | None = None
    """e.g. ``DDR5-5600``, at the speed it runs at"""
    memory_channels: int | None = None
    memory_bandwidth_gb_per_s: float | None = None
    """Transfers per second times the width of all filled channels."""


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
    core_limit: float | None = None
    """Cores' worth of time a control group allows this process."""
    unknown: tuple[str, ...] = ()
    """What could not be read, each with the reason or the way to see it."""

    @property
    def usable_memory_bytes(self) -> int | None:
        """System memory a model may live in: what there is, or the control group's limit where that is less."""
        amounts = [amount for amount in (self.processor.memory_bytes, self.memory_limit_bytes) if amount]
        return min(amounts, default=None)
