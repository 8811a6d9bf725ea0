"""How sure a comparison is: one input at a time (tornado), and all together (seeded draws).

A range is read as the 80 % interval and median of a two-piece distribution: normal on either side of the median, in
logarithms where the input is a positive quantity of unknown scale, in its own unit where it may be 0.
"""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING, NamedTuple

from llm_pick.core.record import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


Z80 = 1.2815515655446004
"""Half-width of the central 80 % of a standard normal distribution."""
SEED = 7
DRAWS = 10_000
BAND_DRAWS = 200


@dataclass(frozen=True, slots=True)
class Input:
    """One uncertain input of the comparison."""

    name: str
    low: float
    likely: float
    high: float
    unit: str
    option: str
    """The option that fixes it."""
    least: float = 0.0
    most: float = math.inf


class Bills(NamedTuple):
    """USD a month of the three ways."""

    api: float
    self_host: float
    hybrid: float


@dataclass(frozen=True, slots=True)
class Swing:
    """One input moved from its low to its high value, the others at their likely one."""

    input: Input
    at_low: float
    """USD a month by which self-hosting is dearer than the API (negative: cheaper)."""
    at_high: float

    @property
    def swing(self) -> float:
        """Change of that difference; swapping low and high changes its sign."""
        return self.at_high - self.at_low


@dataclass(frozen=True, slots=True)
class Spread:
    """What the draws say."""

    self_host_cheaper: float
    """Share of the draws in which self-hosting is cheaper than the API."""
    hybrid_cheaper: float
    difference: tuple[float, float, float]
    """p5, p50, p95 of self-hosting less API, USD a month."""
    self_host: tuple[float, float]
    """p10 and p90 of the bill, USD a month."""
    api: tuple[float, float]
    hybrid: tuple[float, float]


def tornado(inputs: Sequence[Input], bills: Callable[[Mapping[str, float]], Bills]) -> tuple[Swing, ...]:
    """Every input alone, the one that matters most first."""
    base = {item.name: item.likely for item in inputs}

    def difference(name: str, value: float) -> float:
        found = bills({**base, name: value})
        return found.self_host - found.api

    swings = [Swing(item, difference(item.name, item.low), difference(item.name, item.high)) for item in inputs]
    return tuple(sorted(swings, key=lambda found: (-abs(found.swing), found.input.name)))


def spread(
    inputs: Sequence[Input], bills: Callable[[Mapping[str, float]], Bills], draws: int = DRAWS, seed: int = SEED
) -> Spread:
    """All inputs at once, drawn independently; the same seed gives the same answer."""
    source = random.Random(seed)
    samplers = [(item.name, _sampler(item)) for item in inputs]
    rows = [bills({name: sample(source.gauss(0.0, 1.0)) for name, sample in samplers}) for _ in range(draws)]
    gaps = sorted(row.self_host - row.api for row in rows)
    return Spread(
        self_host_cheaper=sum(gap < 0 for gap in gaps) / draws,
        hybrid_cheaper=sum(row.hybrid < row.api for row in rows) / draws,
        difference=(_at(gaps, 0.05), _at(gaps, 0.5), _at(gaps, 0.95)),
        self_host=_outer([row.self_host for row in rows]),
        api=_outer([row.api for row in rows]),
        hybrid=_outer([row.hybrid for row in rows]),
    )


def band(
    inputs: Sequence[Input], bills: Callable[[Mapping[str, float]], Bills], scales: Sequence[float], traffic: str, draws: int
) -> tuple[tuple[float, float], ...]:
    """80 % of the self-hosted bill at several traffics, given as factors on the likely one; the same draws at each."""
    source = random.Random(SEED)
    samplers = [(item.name, _sampler(item)) for item in inputs if item.name != traffic]
    drawn = [{name: sample(source.gauss(0.0, 1.0)) for name, sample in samplers} for _ in range(draws)]
    return tuple(_outer([bills({**values, traffic: scale}).self_host for values in drawn]) for scale in scales)


def _sampler(item: Input) -> Callable[[float], float]:
    """From a standard normal number to a value of the input."""
    low, likely, high = item.low, item.likely, item.high
    least, most = item.least, item.most
    if low == high:
        return lambda _: likely
    if low > 0:
        below, above, middle = math.log(likely / low) / Z80, math.log(high / likely) / Z80, math.log(likely)
        return lambda z: min(most, max(least, math.exp(middle + z * (above if z > 0 else below))))
    under, over = (likely - low) / Z80, (high - likely) / Z80
    return lambda z: min(most, max(least, likely + z * (over if z > 0 else under)))


def _at(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _outer(values: Sequence[float]) -> tuple[float, float]:
    ordered = sorted(values)
    return _at(ordered, 0.1), _at(ordered, 0.9)
