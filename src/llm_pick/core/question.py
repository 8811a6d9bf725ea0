"""What the user asked, fully resolved: hardware, work, limits and preferences, with every default on record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.record import dataclass, field

if TYPE_CHECKING:
    from llm_pick.core.catalog import Device, Quantization, Runtime, Task
    from llm_pick.core.cost.workload import Workload
    from llm_pick.core.licensing.profile import Profile

GIB = 1024**3


@dataclass(frozen=True, slots=True)
class Hardware:
    """The machine of the question: one or more devices that do not pool their memory, and a host."""

    label: str
    """As the user would write it again, e.g. ``2x rtx-3090`` or ``--vram 24``."""
    devices: tuple[Device, ...]
    """One entry per physical device."""
    stand_ins: tuple[Device, ...] = ()
    """For ``--vram``: the known devices of that size; speed is a range over them. Empty for named devices."""
    ram_bytes: int | None = None
    """System memory that may hold offloaded layers; for a CPU, all the memory there is."""
    reserve_bytes: int = 0
    """Memory of each device to leave free for other programs."""

    @property
    def is_cpu(self) -> bool:
        """True where there is no accelerator at all."""
        return all(device.device_class == "cpu" for device in self.devices)

    @property
    def backends(self) -> tuple[str, ...]:
        """Backends that every device of the machine (or every stand-in's majority) offers, preferred first."""
        first = self.devices[0].backends
        return tuple(b for b in first if all(b in device.backends for device in self.devices))


@dataclass(frozen=True, slots=True)
class Preferences:
    """Weights of the parts of the ranking, summing to 1."""

    name: str
    quality: float
    speed: float
    memory: float
    cost: float
    enough_headroom: float
    """Free share of the budget above which more is no better."""
    enough_speed: float
    """Times the speed a task can use, above which faster is no better."""
    caution: float
    """How far towards the low end of its interval a quality score counts: 0 the likely value, 1 the low end."""


@dataclass(frozen=True, slots=True)
class Question:
    """Everything an answer depends on besides the catalog."""

    hardware: Hardware
    task: Task
    context_tokens: int
    users: int
    preferences: Preferences
    license_policies: tuple[str, ...]
    profile: Profile
    as_of: str
    quantization: Quantization | None = None
    kv_dtype: str | None = None
    runtime: Runtime | None = None
    min_tok_per_s: float | None = None
    max_ttft_s: float | None = None
    mode: str = "auto"
    """thinking | non_thinking | auto: the better one that the context has room for."""
    top: int = 5
    workload: Workload | None = None
    """Traffic to price; ``None``: none was given, and no cost is worked out."""
    assumptions: tuple[str, ...] = field(default_factory=tuple)
    """Defaults that change the answer, each a sentence with the option that changes it."""
