"""How busy replicas may be before requests wait too long.

A replica that runs ``B`` sequences at a time is a queue with B servers, each holding a request for ``S = B / mu``
seconds. With Poisson arrivals and exponential holding times Erlang's C gives the chance of waiting, and the wait of
those who wait is exponential with rate ``(B / S - lambda)``; for other streams Allen and Cunneen scale the wait by
``(Ca^2 + Cs^2) / 2``, the squared coefficients of variation of gaps and holding times.

Sources: A. K. Erlang 1917; A. O. Allen, Probability, Statistics and Queueing Theory, 1990, G/G/m approximation.
``simulated_waits`` is the reference both are tested against.
"""

from __future__ import annotations

import heapq
import math
import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

STEPS = 40


def erlang_c(servers: int, offered: float) -> float:
    """Chance that an arriving request waits; ``offered`` is the load in erlangs. 1 where the load exceeds the servers."""
    if servers < 1 or offered < 0:
        raise ValueError("a queue needs servers and a load of 0 or more")
    if offered >= servers:
        return 1.0
    blocked = 1.0  # Erlang B by its recursion, which never overflows
    for count in range(1, servers + 1):
        blocked = offered * blocked / (count + offered * blocked)
    return blocked / (1 - offered / servers * (1 - blocked))


def wait_exceeds(seconds: float, servers: int, service_s: float, req_per_s: float, arrival_cv: float, service_cv: float) -> float:
    """Chance that a request waits longer than ``seconds`` for a free slot (Allen-Cunneen)."""
    offered = req_per_s * service_s
    if offered >= servers:
        return 1.0
    variability = max((arrival_cv**2 + service_cv**2) / 2, 1e-9)
    drain = (servers / service_s - req_per_s) / variability
    return erlang_c(servers, offered) * math.exp(-drain * seconds)


def mean_wait_s(servers: int, service_s: float, req_per_s: float, arrival_cv: float, service_cv: float) -> float:
    """Mean wait for a free slot in seconds (Allen-Cunneen); infinite where the load exceeds the servers."""
    offered = req_per_s * service_s
    if offered >= servers:
        return math.inf
    return erlang_c(servers, offered) / (servers / service_s - req_per_s) * (arrival_cv**2 + service_cv**2) / 2


def utilization_ceiling(
    servers: int, service_s: float, wait_s: float, late_share: float, arrival_cv: float = 1.0, service_cv: float = 1.0
) -> float:
    """Largest share of a replica's capacity at which at most ``late_share`` of the requests wait longer than ``wait_s``."""
    low, high = 0.0, 1.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        late = wait_exceeds(wait_s, servers, service_s, middle * servers / service_s, arrival_cv, service_cv)
        low, high = (middle, high) if late <= late_share else (low, middle)
    return low


def simulated_waits(
    servers: int, service_s: float, req_per_s: float, arrival_cv: float, service_cv: float, requests: int, seed: int
) -> list[float]:
    """Waits in seconds of simulated requests, first come first served; gamma-distributed gaps and holding times."""
    draw = random.Random(seed)
    gap, hold = _gamma(1 / req_per_s, arrival_cv, draw), _gamma(service_s, service_cv, draw)
    free = [0.0] * servers
    now, waits = 0.0, []
    for _ in range(requests):
        now += gap()
        start = max(now, heapq.heappop(free))
        heapq.heappush(free, start + hold())
        waits.append(start - now)
    return waits


def _gamma(mean: float, cv: float, draw: random.Random) -> Callable[[], float]:
    if cv == 0:
        return lambda: mean
    shape = 1 / cv**2
    return lambda: draw.gammavariate(shape, mean / shape)
