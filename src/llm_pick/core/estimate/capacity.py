"""What one replica serves within a service level, and which limit is met first.

Sequences are added until the next one would break a limit:

* ``itl``: the mean time between tokens, prompts of other requests read in between (``serving.token_seconds``);
* ``ttft``: the 99th percentile of the time to first token, taken as the worst case that the prompts of all sequences
  arrive together, so that the last one waits for every other: ``sequences x prompt seconds + one step``. This is what a
  load test with that many clients shows when it starts, and with few requests per client that start is more than one
  request in a hundred. Mean times hide it: prompt-heavy traffic meets this limit long before any other;
* ``kv_cache``: caches at their mean length fill the memory that weights and overhead leave;
* ``engine``: the sequences the engine runs at most.

The rate at that point is that of ``serving.output_rate``. Speed is an interval, so capacity is one: each end of it is a
search of its own with all times divided by that end's factor.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from llm_pick.core.estimate.serving import output_rate, prompt_seconds, serving_costs, speed_factors, step_seconds, token_seconds
from llm_pick.core.facts import Range
from llm_pick.core.record import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llm_pick.core.catalog import Catalog
    from llm_pick.core.estimate.serving import ServingCosts, ServingSetup


@dataclass(frozen=True, slots=True)
class ServiceLevel:
    """What users are promised; ``None``: nothing."""

    max_ttft_s: float | None = None
    """Seconds to the first token, 99th percentile."""
    max_itl_s: float | None = None
    """Seconds between tokens, mean."""

    def __post_init__(self) -> None:
        for name in ("max_ttft_s", "max_itl_s"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise ValueError(f"{name} must be above 0, not {value:g}")


@dataclass(frozen=True, slots=True)
class Capacity:
    """The most one replica serves within a service level."""

    sequences: int
    """Requests in flight at that point, at the likely speed."""
    sequences_range: Range
    """The same as an 80 % interval."""
    req_per_s: Range
    """Requests completed per second; ``low`` is 0 where a slow replica would not meet the level at all."""
    output_tok_per_s: Range
    itl_s: float
    """Likely mean time between tokens there."""
    ttft_s: float
    """Likely 99th percentile of the time to first token there."""
    limit: str
    """What the next sequence would break: itl | ttft | kv_cache | engine."""
    kv_limit_sequences: int | None
    """Sequences of full length that memory alone would admit; ``None`` where it is not known."""
    kv_limit_range: Range | None = None
    """The same as an 80 % interval."""
    groups: int = 1
    """Replicas that the devices are split into."""


@dataclass(frozen=True, slots=True)
class NoCapacity:
    """Not even one sequence meets the level."""

    limit: str
    """itl | ttft | kv_cache"""
    itl_s: float
    """Of one sequence alone."""
    ttft_s: float
    """Of one sequence alone."""
    reason: str
    """A sentence for people."""


def capacity_at(setup: ServingSetup, level: ServiceLevel, catalog: Catalog) -> Capacity | NoCapacity:
    """The largest load within ``level``; the setup's own ``concurrency`` is ignored.

    Raises ``ValueError`` for no output or no bandwidth.
    """
    costs = serving_costs(setup, catalog)
    most, bound = _most_sequences(setup, costs, level)
    alone = _times(setup, costs, catalog, 1)
    if most < 1:
        return NoCapacity(bound, *alone, "the memory that the weights leave does not hold the cache of one request")
    likely = _largest(setup, costs, level, catalog, most, 1.0)
    if likely == 0:
        return _refused(level, *alone)
    low_factor, high_factor = speed_factors(setup, catalog)
    low = _largest(setup, costs, level, catalog, most, low_factor)
    high = _largest(setup, costs, level, catalog, most, high_factor)

    def rate(sequences: int, factor: float) -> float:
        return factor * output_rate(replace(setup, concurrency=sequences), costs, catalog) if sequences else 0.0

    output = Range(rate(low, low_factor), rate(likely, 1.0), rate(high, high_factor))
    itl, ttft = _times(setup, costs, catalog, likely)
    return Capacity(
        sequences=likely,
        sequences_range=Range(low, likely, high),
        req_per_s=output.scaled(1 / setup.output_tokens),
        output_tok_per_s=output,
        itl_s=itl,
        ttft_s=ttft,
        limit=bound if likely == most else _first_broken(level, *_times(setup, costs, catalog, likely + 1)),
        kv_limit_sequences=kv_limit_sequences(setup),
        kv_limit_range=_kv_limit_range(setup),
        groups=setup.groups,
    )


def best_capacity(setups: Sequence[ServingSetup], level: ServiceLevel, catalog: Catalog) -> Capacity | NoCapacity:
    """The most of several layouts of one machine; that of the first where none meets the level."""
    found = [capacity_at(setup, level, catalog) for setup in setups]
    able = [capacity for capacity in found if isinstance(capacity, Capacity)]
    return max(able, key=lambda capacity: capacity.output_tok_per_s.likely, default=found[0])


def kv_limit_sequences(setup: ServingSetup) -> int | None:
    """Sequences of full length that memory holds; ``None`` where room or need is unknown."""
    full = setup.kv_bytes_full or setup.kv_bytes_held
    return None if setup.kv_capacity_bytes is None or full <= 0 else max(0, int(setup.kv_capacity_bytes / full))


def _kv_limit_range(setup: ServingSetup) -> Range | None:
    room, full = setup.kv_capacity_range, setup.kv_bytes_full or setup.kv_bytes_held
    if room is None or full <= 0:
        return None
    return Range(*(float(max(0, int(end / full))) for end in (room.low, room.likely, room.high)))


def _most_sequences(setup: ServingSetup, costs: ServingCosts, level: ServiceLevel) -> tuple[int, str]:
    """Most sequences whatever their speed, and what limits them.

    Where a first token is promised nobody may wait for cache, and requests that came together are long together.
    """
    engine = int(setup.max_sequences or costs.max_sequences * setup.groups)
    if setup.kv_capacity_bytes is None or setup.kv_bytes_held <= 0:
        return engine, "engine"
    full = kv_limit_sequences(setup)
    if not full:
        return 0, "kv_cache"
    cached = int(setup.kv_capacity_bytes / setup.kv_bytes_held) if level.max_ttft_s is None else full
    return (engine, "engine") if engine <= cached else (cached, "kv_cache")


def _times(setup: ServingSetup, costs: ServingCosts, catalog: Catalog, sequences: int) -> tuple[float, float]:
    """(seconds between tokens, seconds to the first token of the last of that many prompts)."""
    waiting = ceil(sequences / setup.groups)
    # Prompts are read in steps of so many tokens; every step also gives the sequences that are through a token.
    steps = max(1.0, waiting * setup.input_tokens / catalog.parameter("serving.step_tokens"))
    first = waiting * prompt_seconds(setup, costs, catalog) + steps * step_seconds(setup, costs, catalog, (sequences + 1) / 2)
    return token_seconds(setup, costs, catalog, sequences), first


def _first_broken(level: ServiceLevel, itl: float, ttft: float) -> str:
    """Which promise these times break; the worse one where both do; empty where none is."""
    worst, name = 1.0, ""
    for found, most, id in ((itl, level.max_itl_s, "itl"), (ttft, level.max_ttft_s, "ttft")):
        if most is not None and found / most > worst:
            worst, name = found / most, id
    return name


def _largest(setup: ServingSetup, costs: ServingCosts, level: ServiceLevel, catalog: Catalog, most: int, factor: float) -> int:
    """Most sequences within the level when everything is ``factor`` times as fast; 0 if not even one is."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        itl, ttft = _times(setup, costs, catalog, middle)
        if _first_broken(level, itl / factor, ttft / factor):
            high = middle - 1
        else:
            low = middle
    return low


def _refused(level: ServiceLevel, itl: float, ttft: float) -> NoCapacity:
    limit = _first_broken(level, itl, ttft)
    if limit == "itl":
        text = f"a single request gets a token every {itl * 1000:.0f} ms, above {(level.max_itl_s or 0) * 1000:.0f} ms"
    else:
        text = f"a single prompt takes {ttft:.1f} s to its first token, above {level.max_ttft_s:g} s"
    return NoCapacity(limit, itl, ttft, text)
