"""The bill of own replicas: a staircase, because GPUs come whole.

    replicas = ceil(peak requests per second / (utilisation ceiling x capacity of one replica)) + spare ones

A replica is a whole tensor-parallel group. Rented GPUs bill every hour they are on, busy or not.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from llm_pick.core.cost.workload import DAYS_PER_MONTH, SECONDS_PER_HOUR, spilled_share
from llm_pick.core.record import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_EDGES = 200_000
EXACT = 1e-12
"""Relative slack against rounding where a peak is exactly what whole replicas carry."""


@dataclass(frozen=True, slots=True)
class SelfHost:
    """Own replicas under a growing traffic."""

    req_per_s_per_replica: float
    """What one replica is planned to carry: its capacity at the service level times the utilisation ceiling."""
    usd_per_replica_month: float
    fixed_usd_per_month: float
    """Staff and the like: paid once, whatever the traffic."""
    usd_per_request: float
    """Egress."""
    redundancy: int
    peak_factor: float
    hours_per_day: float
    load_curve: tuple[float, ...] = ()
    sold_together: int = 1
    """Replicas that fit on the smallest machine on sale: fewer are not billed."""

    @property
    def req_per_day_per_replica(self) -> float:
        """Mean traffic whose peak one replica carries."""
        return self.req_per_s_per_replica * self.hours_per_day * SECONDS_PER_HOUR / self.peak_factor

    def replicas(self, req_per_day: float) -> int:
        """Replicas bought for this traffic, spares included."""
        return self.billed(self.carrying(req_per_day) + self.redundancy)

    def billed(self, wanted: int) -> int:
        """Replicas paid for ``wanted`` ones: whole machines."""
        return -(-wanted // self.sold_together) * self.sold_together

    def carrying(self, req_per_day: float) -> int:
        """Replicas the busiest minute needs."""
        return max(1, math.ceil(req_per_day / self.req_per_day_per_replica * (1 - EXACT)))

    def usd_per_month(self, req_per_day: float) -> float:
        """The bill at this traffic."""
        fixed, slope = self.line(req_per_day)
        return fixed + slope * req_per_day

    def line(self, req_per_day: float) -> tuple[float, float]:
        """The step that holds this traffic."""
        fixed = self.fixed_usd_per_month + self.replicas(req_per_day) * self.usd_per_replica_month
        return fixed, self.usd_per_request * DAYS_PER_MONTH

    def edges(self, low: float, high: float) -> Sequence[float]:
        """Traffics that fill one, two, three … replicas."""
        width = self.req_per_day_per_replica
        first, last = math.floor(low / width) + 1, math.ceil(high / width) - 1
        return [count * width for count in range(first, min(last, first + MOST_EDGES) + 1) if low < count * width < high]

    def asymptote(self) -> float:
        """USD a month per request a day with every replica full and neither spares nor staff to pay."""
        return self.usd_per_replica_month / self.req_per_day_per_replica + self.usd_per_request * DAYS_PER_MONTH


@dataclass(frozen=True, slots=True)
class Hybrid:
    """Own replicas without spares, filled first; what they cannot take at once goes to an API.

    The number of replicas is the cheapest for the traffic. Each further one saves less than the one before it.
    """

    own: SelfHost
    api_usd_per_request: float
    api_minimum_usd_per_month: float = 0.0
    """What the API takes whether or not anything spills over."""

    def spilled(self, req_per_day: float, replicas: int) -> float:
        """Share of the requests that go to the API."""
        mean = req_per_day / (self.own.hours_per_day * SECONDS_PER_HOUR)
        return spilled_share(replicas * self.own.req_per_s_per_replica / mean, self.own.peak_factor, self.own.load_curve)

    def replicas(self, req_per_day: float) -> int:
        """The cheapest number, at least one machine."""
        low, high = 1, self.own.billed(self.own.carrying(req_per_day)) // self.own.sold_together
        while low < high:
            middle = (low + high) // 2
            here, more = middle * self.own.sold_together, (middle + 1) * self.own.sold_together
            if self._bill(req_per_day, more) < self._bill(req_per_day, here):
                low = middle + 1
            else:
                high = middle
        return low * self.own.sold_together

    def usd_per_month(self, req_per_day: float) -> float:
        """The bill at this traffic."""
        return self._bill(req_per_day, self.replicas(req_per_day))

    def _bill(self, req_per_day: float, replicas: int) -> float:
        away = self.spilled(req_per_day, replicas)
        requests = req_per_day * DAYS_PER_MONTH
        own = replicas * self.own.usd_per_replica_month + self.own.fixed_usd_per_month
        api = max(self.api_minimum_usd_per_month, requests * away * self.api_usd_per_request)
        return own + requests * (1 - away) * self.own.usd_per_request + api
