"""Traffic: how many requests, how large, how uneven.

The unevenness is a load-duration curve: how the request rate, as a multiple of its mean, is spread over time. Where
only the peak ``P`` (largest over mean) is known, the one-parameter curve

    load(u) = P x u^(P - 1),   u the share of time with a lower load

has mean 1 and maximum P for every P >= 1; what lies above a capacity ``c`` then has the closed form of
``spilled_share``. Timestamps of real requests replace it by their own curve.
"""

from __future__ import annotations

import itertools
import math
import statistics
from typing import TYPE_CHECKING

from llm_pick.core.record import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

SECONDS_PER_HOUR = 3600.0
HOURS_PER_DAY = 24.0
DAYS_PER_MONTH = 365 / 12
HOURS_PER_MONTH = DAYS_PER_MONTH * HOURS_PER_DAY
"""730: a month is a twelfth of a year."""
CURVE_POINTS = 200
BUSY_WINDOWS = 6
LONGEST_SPAN_S = 10 * 365 * HOURS_PER_DAY * SECONDS_PER_HOUR


@dataclass(frozen=True, slots=True)
class Workload:
    """Requests of one kind."""

    req_per_day: float
    input_tokens: float
    """Mean prompt tokens of a request."""
    output_tokens: float
    """Mean answer tokens of a request, without hidden reasoning."""
    cached_share: float = 0.0
    """Share of the prompt tokens that a prefix cache already holds, 0 to 1."""
    peak_factor: float = 1.0
    """Busiest minute over mean, as request rates, within the hours on."""
    arrival_cv: float = 1.0
    """Coefficient of variation of the time between requests; 1 is a Poisson stream."""
    length_cv: float = 1.0
    """Coefficient of variation of the time a request is served, as that of its answer's length."""
    hours_per_day: float = HOURS_PER_DAY
    """Hours a day in which requests arrive and replicas are paid."""
    load_curve: tuple[float, ...] = ()
    """Loads as multiples of the mean, each for an equal share of the time; empty: the curve of this module."""

    def __post_init__(self) -> None:
        if self.req_per_day <= 0 or self.input_tokens < 0 or self.output_tokens <= 0:
            raise ValueError("traffic needs requests, and requests need answers")
        if not 0 <= self.cached_share <= 1 or self.peak_factor < 1 or not 0 < self.hours_per_day <= HOURS_PER_DAY:
            raise ValueError("cached share 0 to 1, peak factor from 1, hours a day up to 24")

    @property
    def mean_req_per_s(self) -> float:
        """Requests per second, averaged over the hours on."""
        return self.req_per_day / (self.hours_per_day * SECONDS_PER_HOUR)

    @property
    def peak_req_per_s(self) -> float:
        """Requests per second in the busiest minute."""
        return self.mean_req_per_s * self.peak_factor


def spilled_share(capacity_over_mean: float, peak_factor: float, load_curve: Sequence[float] = ()) -> float:
    """Share of all requests that arrive above a capacity (in multiples of the mean rate), 0 to 1.

    On the curve of this module: with ``u0 = (c / P)^(1 / (P - 1))`` the integral of ``P u^(P-1) - c`` from ``u0`` to 1
    is ``1 - u0^P - c (1 - u0)``.
    """
    if capacity_over_mean <= 0:
        return 1.0
    if load_curve:
        return math.fsum(max(0.0, load - capacity_over_mean) for load in load_curve) / math.fsum(load_curve)
    if capacity_over_mean >= peak_factor:
        return 0.0
    if peak_factor - 1 < 1e-9:
        return 1.0 - capacity_over_mean
    start = math.pow(capacity_over_mean / peak_factor, 1 / (peak_factor - 1))
    return max(0.0, 1 - math.pow(start, peak_factor) - capacity_over_mean * (1 - start))


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What the timestamps of real requests say."""

    req_per_day: float
    peak_factor: float
    arrival_cv: float
    """Of the gaps within the busiest windows: the slower ups and downs are in the peak and the curve already."""
    load_curve: tuple[float, ...]
    span_s: float
    """From the first request to the last."""


def arrivals_of(seconds: Sequence[float], window_s: float) -> Arrivals:
    """Rate, peak and load-duration curve of requests that arrived at these times (in seconds, any order, any origin).

    The rate is counted in windows of ``window_s``; ``ValueError`` for fewer than two whole windows, or for more than
    ``LONGEST_SPAN_S``.
    """
    ordered = sorted(seconds)
    span = ordered[-1] - ordered[0] if ordered else 0.0
    if span > LONGEST_SPAN_S:
        raise ValueError("the first and the last request are more than ten years apart: are these seconds?")
    windows = int(span // window_s)
    if windows < 2:
        raise ValueError(f"requests must span at least two windows of {window_s:g} seconds")
    held: dict[int, list[float]] = {}
    for moment in ordered:
        index = int((moment - ordered[0]) // window_s)
        if index < windows:
            held.setdefault(index, []).append(moment)
    busiest = sorted(held.values(), key=len, reverse=True)
    counts = [0] * (windows - len(held)) + [len(moments) for moments in reversed(busiest)]
    mean = sum(counts) / windows
    return Arrivals(
        req_per_day=mean / window_s * HOURS_PER_DAY * SECONDS_PER_HOUR,
        peak_factor=len(busiest[0]) / mean,
        arrival_cv=_gap_cv(busiest[:BUSY_WINDOWS]),
        load_curve=_condensed([count / mean for count in counts]),
        span_s=span,
    )


def _gap_cv(windows: Sequence[Sequence[float]]) -> float:
    """Median coefficient of variation of the gaps within each window; that of a Poisson stream where none has two gaps."""
    spreads = []
    for moments in windows:
        gaps = [b - a for a, b in itertools.pairwise(moments)]
        if len(gaps) > 1 and sum(gaps) > 0:
            spreads.append(statistics.pstdev(gaps) / statistics.fmean(gaps))
    return statistics.median(spreads) if spreads else 1.0


def _condensed(loads: list[float]) -> tuple[float, ...]:
    """At most ``CURVE_POINTS`` means of consecutive loads: the same mean, one value per equal share of time."""
    if len(loads) <= CURVE_POINTS:
        return tuple(loads)
    whole = len(loads) // CURVE_POINTS * CURVE_POINTS
    size = whole // CURVE_POINTS
    kept = loads[len(loads) - whole :]
    means = [math.fsum(kept[i : i + size]) / size for i in range(0, whole, size)]
    scale = CURVE_POINTS / math.fsum(means)
    return tuple(value * scale for value in means)
