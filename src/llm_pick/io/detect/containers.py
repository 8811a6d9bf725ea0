"""Where this process runs: bare, in a container, in WSL; and the memory and time its control group allows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from llm_pick.core.record import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llm_pick.io.detect.probe import Probe

NO_LIMIT = 1 << 60
"""Version 1 of control groups writes a number near 2**63 for no limit."""
MOST_LEVELS = 32


@dataclass(frozen=True, slots=True)
class Surroundings:
    """A container's kind and its limits."""

    kind: str | None
    memory_limit_bytes: int | None
    core_limit: float | None


def surroundings(probe: Probe) -> Surroundings:
    """Kind of container and its limits; all ``None`` on a bare machine."""
    if probe.system != "Linux":
        return Surroundings(None, None, None)
    groups = probe.read("/proc/self/cgroup") or ""
    return Surroundings(_kind(probe, groups), _memory_limit(probe, groups), _core_limit(probe, groups))


def _kind(probe: Probe, groups: str) -> str | None:
    if "microsoft" in (probe.read("/proc/version") or "").lower():
        return "wsl"
    told = groups + (probe.read("/proc/1/cgroup") or "") + (probe.read("/run/systemd/container") or "")
    if "kubepods" in told or probe.glob("/var/run/secrets/kubernetes.io/*"):
        return "kubernetes"
    for kind, mark in (("docker", "/.dockerenv"), ("podman", "/run/.containerenv")):
        if kind in told or probe.read(mark) is not None:
            return kind
    return next((kind for kind in ("lxc", "systemd-nspawn") if kind in told), None)


def _files(groups: str, controller: str, unified: str, legacy: str) -> Iterator[str]:
    """Where a limit may stand: the process's own group and every group above it, in version 2 and version 1."""
    for line in groups.splitlines():
        _, _, rest = line.partition(":")
        controllers, _, group = rest.partition(":")
        if controllers and controller not in controllers.split(","):
            continue
        parts = [part for part in group.strip().split("/") if part and part != ".."][:MOST_LEVELS]
        roots = [f"/sys/fs/cgroup/{controllers}"] if controllers else ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"]
        for root in roots:
            for depth in range(len(parts), -1, -1):
                yield "/".join([root, *parts[:depth], legacy if controllers else unified])


def _memory_limit(probe: Probe, groups: str) -> int | None:
    """The smallest limit from the process's own group up to the root."""
    texts = [(probe.read(path) or "").strip() for path in _files(groups, "memory", "memory.max", "memory.limit_in_bytes")]
    numbers = [int(text) for text in texts if re.fullmatch(r"[0-9]{1,20}", text)]
    return min((number for number in numbers if 0 < number < NO_LIMIT), default=None)


def _core_limit(probe: Probe, groups: str) -> float | None:
    """Cores' worth of time: quota over period, the smallest of all groups."""
    shares = []
    for path in _files(groups, "cpu", "cpu.max", "cpu.cfs_quota_us"):
        text = (probe.read(path) or "").strip()
        if path.endswith("cpu.cfs_quota_us"):
            text += " " + (probe.read(path.replace("cfs_quota", "cfs_period")) or "").strip()
        found = re.fullmatch(r"([0-9]{1,12}) ([1-9][0-9]{0,11})", text)
        if found:
            shares.append(int(found.group(1)) / int(found.group(2)))
    return min((share for share in shares if share > 0), default=None)
