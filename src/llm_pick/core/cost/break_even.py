"""Where one cost curve falls below another: exactly, piece by piece.

Both curves are straight between edges, so inside a piece the difference has at most one root, and at an edge the
staircase may jump over the other curve. Nothing is sampled: no crossing can be missed.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from llm_pick.core.cost.self_host import MOST_EDGES
from llm_pick.core.record import dataclass

if TYPE_CHECKING:
    from llm_pick.core.cost.curve import CostCurve

LOWEST, HIGHEST = 1e2, 1e8
"""Requests a day between which crossings are searched."""


@dataclass(frozen=True, slots=True)
class Crossing:
    """A traffic at which the cheaper side changes."""

    req_per_day: float
    kind: str
    """equal (both cost the same here) | step (one more replica is needed just above it, and the bill jumps)"""
    cheaper_above: str
    """self_host | api"""


@dataclass(frozen=True, slots=True)
class BreakEven:
    """All crossings of two curves, and the traffics where self-hosting is cheaper."""

    crossings: tuple[Crossing, ...]
    intervals: tuple[tuple[float, float | None], ...]
    """Requests a day from … to … where self-hosting is cheaper; ``None``: at least to the end of the search."""
    asymptote_self_host: float
    """USD per request that self-hosting cannot undercut at any traffic."""
    asymptote_api: float

    @property
    def never(self) -> bool:
        """Whether self-hosting is cheaper nowhere in the search."""
        return not self.intervals

    @property
    def proven(self) -> bool:
        """Whether it is cheaper at no traffic at all, however large."""
        return self.never and self.asymptote_self_host >= self.asymptote_api


def break_even(own: CostCurve, api: CostCurve, low: float = LOWEST, high: float = HIGHEST) -> BreakEven:
    """Compare the bill of ``own`` with that of ``api`` over all traffics from ``low`` to ``high`` requests a day."""
    edges = own.edges(low, high)
    if len(edges) >= MOST_EDGES:
        high = edges[-1]  # so small a replica: what lies beyond so many is not searched
    bounds = [low, *sorted({*edges, *api.edges(low, high)}), high]
    if bounds[-2] == high:
        bounds.pop()
    crossings: list[Crossing] = []
    cheaper = own.usd_per_month(low) < api.usd_per_month(low)
    starts = [low] if cheaper else []
    ends: list[float] = []

    def turn(at: float, kind: str) -> None:
        nonlocal cheaper
        cheaper = not cheaper
        (starts if cheaper else ends).append(at)
        crossings.append(Crossing(at, kind, "self_host" if cheaper else "api"))

    for left, right in itertools.pairwise(bounds):
        (own_fixed, own_slope), (api_fixed, api_slope) = own.line((left + right) / 2), api.line((left + right) / 2)
        fixed, slope = own_fixed - api_fixed, own_slope - api_slope

        def gap(at: float, fixed: float = fixed, slope: float = slope) -> float:
            return fixed + slope * at

        if (gap(left) < 0) != cheaper and left > low:
            turn(left, "step")
        if (gap(right) < 0) != cheaper and slope != 0:
            turn(min(max(-fixed / slope, left), right), "equal")
    wins = tuple((start, end) for start, end in zip(starts, [*ends, None], strict=False))
    per_request = 12 / 365
    return BreakEven(tuple(crossings), wins, own.asymptote() * per_request, api.asymptote() * per_request)
