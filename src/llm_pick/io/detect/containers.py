"""Where this process runs: bare, in a container, in WSL; and the memory its control group allows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llm_pick.io.detect.probe import Probe

NO_LIMIT = 1 << 60
"""Version 1 of control groups writes a number near 2**63 for no limit."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """A container's kind and memory limit."""

    kind: str | None
    memory_limit_bytes: int | None


def surroundings(probe: Probe) -> Surroundings:
    """Kind of container and its memory limit; both ``None`` on a bare machine."""
    return Surroundings(_kind(probe), _memory_limit(probe))


def _kind(probe: Probe) -> str | None:
    if "microsoft" in (probe.read("/proc/version") or "").lower():
        return "wsl"
    groups = probe.read("/proc/1/cgroup") or ""
    if "kubepods" in groups:
        return "kubernetes"
    if probe.read("/.dockerenv") is not None or "docker" in groups:
        return "docker"
    if probe.read("/run/.containerenv") is not None:
        return "podman"
    return "lxc" if "lxc" in groups else None


def _memory_limit(probe: Probe) -> int | None:
    """The smallest limit from the process's own group up to the root (version 2), or version 1's."""
    own = next((line.split("::", 1)[1] for line in (probe.read("/proc/self/cgroup") or "").splitlines() if "::" in line), "/")
    parts = [part for part in own.strip().split("/") if part and part != ".."]
    paths = ["/".join(["/sys/fs/cgroup", *parts[:depth], "memory.max"]) for depth in range(len(parts), -1, -1)]
    limits = [probe.read(path) for path in (*paths, "/sys/fs/cgroup/memory/memory.limit_in_bytes")]
    numbers = [int(text) for text in limits if text and text.strip().isdigit()]
    return min((number for number in numbers if number < NO_LIMIT), default=None)
