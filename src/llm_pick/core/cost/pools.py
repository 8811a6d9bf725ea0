"""Tasks that run the same model in the same form on the same devices share their replicas, and one spare for all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.cost.self_host import Hybrid, SelfHost
from llm_pick.core.cost.workload import SECONDS_PER_HOUR
from llm_pick.core.record import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llm_pick.core.cost.plan import Part


@dataclass(frozen=True, slots=True)
class Pool:
    """One set of equal replicas and the tasks it serves."""

    parts: tuple[Part, ...]
    share: float
    """Of all traffic."""
    own: SelfHost
    """Over the pool's own traffic."""
    hybrid: Hybrid | None
    """``None`` where a task has no API to spill over to."""

    @property
    def req_per_day(self) -> float:
        """Traffic of its tasks."""
        return sum(part.workload.req_per_day for part in self.parts)


def combined(owns: Sequence[tuple[float, SelfHost]]) -> SelfHost:
    """One staircase for several kinds of requests, given with their shares of the pool's traffic, which sum to 1.

    A request takes ``1 / req_per_day_per_replica`` of a replica, so a mixture takes the weighted mean of that.
    """
    if len(owns) == 1:
        return owns[0][1]
    first = owns[0][1]
    peak = sum(weight * own.peak_factor for weight, own in owns)
    per_day = 1 / sum(weight / own.req_per_day_per_replica for weight, own in owns)
    return replace(
        first,
        req_per_s_per_replica=per_day * peak / (first.hours_per_day * SECONDS_PER_HOUR),
        peak_factor=peak,
        usd_per_request=sum(weight * own.usd_per_request for weight, own in owns),
    )


def pools_of(parts: Sequence[Part]) -> tuple[Pool, ...]:
    """The pools that these tasks need, in the order of their first task. Several share a least API bill by traffic."""
    groups: dict[tuple[object, ...], list[Part]] = {}
    for part in parts:
        place = part.deployment
        key = (place.assessed.candidate.key, tuple(device.id for device in place.devices))
        groups.setdefault(key, []).append(part)
    traffic = sum(part.share for part in parts)
    return tuple(_pool(tuple(group), traffic) for group in groups.values())


def _pool(parts: tuple[Part, ...], traffic: float) -> Pool:
    share = sum(part.share for part in parts)
    own = combined([(part.share / share, part.own) for part in parts])
    offers = [(part.share / share, part.api) for part in parts]
    known = [(weight, offer.usd_per_request) for weight, offer in offers if offer is not None]
    least = max((part.api.minimum_usd_per_month for part in parts if part.api is not None), default=0.0) * share / traffic
    hybrid = Hybrid(own, sum(weight * usd for weight, usd in known), least) if len(known) == len(offers) else None
    return Pool(parts, share, own, hybrid)
