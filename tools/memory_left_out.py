"""Runtime memory with model families or sources left out of the fit: how the fitted constants do on what they never saw.

A reading of a total is weights + cache + overhead; per engine and backend three constants are fitted on readings: the
engine's own allocations (``base_gib``: the median of what the rest of the formula leaves), and the factors ``low`` and
``high`` (the 10th and 90th percentile of reading over likely overhead). Here they are fitted again without one family
or one source at a time, and the left-out rows are predicted.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.memory import ALLOCATOR, TOTALS, figures, held_bytes, overhead_of, predict, run_of, weights_of
from benchmarks.truth import Outcome

from llm_pick.core.estimate.runtime_memory import GIB, engine_memory
from llm_pick.core.facts import Range

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.memory import Run
    from benchmarks.resolve import Resolver, Row

LOW, HIGH = 0.1, 0.9
"""Quantiles an 80 % interval lies between."""
LEAST_ROWS = 20
"""Engines and backends with fewer readings keep chosen constants."""
LEAST_GROUPS = 2
"""A constant can only be fitted without a group where there is another."""


@dataclasses.dataclass(frozen=True, slots=True)
class Fold:
    """Score of one engine and backend with one kind of group left out at a time."""

    engine: str
    left_out: str
    """nothing | family | source"""
    groups: int
    rows: int
    median_error_pct: float
    p90_error_pct: float
    within_20_pct: float
    holds_pct: float
    above_high_pct: float
    base_gib: float | None
    low: float | None
    high: float | None
    """The constants as fitted on all rows; ``None`` for all engines together."""

    def as_text(self) -> str:
        """One line for people."""
        constants = (
            "" if self.base_gib is None else f"; fitted: base {self.base_gib:.2f} GiB, low {self.low:.2f}, high {self.high:.2f}"
        )
        return (
            f"{self.engine:22s} without one {self.left_out:8s} of {self.groups:2d}: {self.rows:4d} rows, median "
            f"{self.median_error_pct:5.1f} %, p90 {self.p90_error_pct:6.1f} %, within 20 % {self.within_20_pct:3.0f} %, "
            f"holds {self.holds_pct:3.0f} %, above high {self.above_high_pct:3.0f} %{constants}"
        )


class Sample(NamedTuple):
    """One reading, in bytes, with the parts of its prediction."""

    family: str
    source: str
    truth: float
    held: Range
    """Weights and cache."""
    beside_base: float
    """Likely overhead without the engine's own allocations, over all devices."""
    devices: int
    extra: float
    """What the upper bound holds beyond the formula (a server's prompt cache)."""
    short: float
    """What the lower bound holds less (a context that may not have been opened)."""


NOTHING = "nothing"
GROUPS: dict[str, Callable[[Sample], str]] = {
    NOTHING: lambda _: "",
    "family": lambda s: s.family,
    "source": lambda s: s.source,
}
"""What is left out → the group a sample belongs to."""


class Constants(NamedTuple):
    """What is fitted."""

    base: float
    """Bytes on each device."""
    low: float
    high: float


def left_out(rows: Sequence[Row], resolver: Resolver) -> list[Fold]:
    """Every engine and backend with readings of several groups: fitted on all rows, then without each group."""
    samples: dict[str, list[Sample]] = defaultdict(list)
    for row in rows:
        run = run_of(row, resolver)
        if isinstance(run, str) or row.get("trust") == "C":
            continue
        sample = sample_of(row, run, resolver)
        if sample is not None:
            samples[f"{run.runtime.id} {run.backend}"].append(sample)
    enough = {engine: found for engine, found in sorted(samples.items()) if len(found) >= LEAST_ROWS}
    folds = [fold for engine, found in enough.items() for key in GROUPS if (fold := score(engine, key, found))]
    for key in GROUPS:
        together = [o for found in enough.values() for o in predicted_without(key, found)]
        if together:
            count = len({(engine, GROUPS[key](s)) for engine, found in enough.items() for s in found})
            folds.append(_fold("all of these", key, count, together, None))
    return folds


def sample_of(row: Row, run: Run, resolver: Resolver) -> Sample | None:
    """The reading of a row that prints a total; ``None`` for others."""
    field = next((name for name in figures(row) if name in TOTALS), None)
    weights = weights_of(row, run, resolver)
    if field is None or isinstance(weights, str):
        return None
    held, overhead = held_bytes(row, run, weights, resolver), overhead_of(row, run, resolver)
    predicted = predict(row, field, run, resolver)
    if isinstance(predicted, str):
        return None
    engine = engine_memory(run.runtime, run.backend, resolver.catalog)
    unit = TOTALS[field]
    return Sample(
        family=run.model.family,
        source=str(row["source_family"]) + (ALLOCATOR if row.get("metric") == ALLOCATOR else ""),
        truth=row[field] * unit,
        held=held,
        beside_base=overhead.likely - engine.base * run.devices,
        devices=run.devices,
        extra=predicted.high * unit - (held + overhead).high,
        short=(held + overhead).low - predicted.low * unit,
    )


def fit(samples: Sequence[Sample]) -> Constants:
    """The constants that samples of one engine and backend give; allocations are never negative."""
    spare = sorted((s.truth - s.held.likely - s.beside_base) / s.devices for s in samples)
    base = max(0.0, quantile(spare, 0.5))
    ratios = sorted((s.truth - s.held.likely) / (s.beside_base + base * s.devices) for s in samples)
    return Constants(base, min(1.0, max(0.0, quantile(ratios, LOW))), max(1.0, quantile(ratios, HIGH)))


def score(engine: str, key: str, samples: Sequence[Sample]) -> Fold | None:
    """The left-out score; ``None`` where there is only one group."""
    groups = {GROUPS[key](s) for s in samples}
    if key != NOTHING and len(groups) < LEAST_GROUPS:
        return None
    return _fold(engine, key, len(groups), predicted_without(key, samples), fit(samples))


def predicted_without(key: str, samples: Sequence[Sample]) -> list[Outcome]:
    """Every sample predicted by constants fitted without its group (with all samples where there is no other)."""
    group_of, outcomes = GROUPS[key], []
    for group in sorted({group_of(s) for s in samples}):
        rest = [s for s in samples if group_of(s) != group] or samples
        constants = fit(rest)
        outcomes += [outcome(s, constants) for s in samples if group_of(s) == group]
    return outcomes


def _fold(engine: str, key: str, groups: int, outcomes: Sequence[Outcome], constants: Constants | None) -> Fold:
    errors = sorted(abs(o.error) * 100 for o in outcomes)
    count = len(outcomes)
    return Fold(
        engine=engine,
        left_out=key,
        groups=groups,
        rows=count,
        median_error_pct=round(quantile(errors, 0.5), 2),
        p90_error_pct=round(quantile(errors, HIGH), 1),
        within_20_pct=round(100 * sum(e <= 20 for e in errors) / count, 1),
        holds_pct=round(100 * sum(o.held for o in outcomes) / count, 1),
        above_high_pct=round(100 * sum((o.truth or 0) > o.predicted.high for o in outcomes if o.predicted) / count, 1),
        base_gib=None if constants is None else round(constants.base / GIB, 3),
        low=None if constants is None else round(constants.low, 2),
        high=None if constants is None else round(constants.high, 2),
    )


def outcome(sample: Sample, constants: Constants) -> Outcome:
    """A sample predicted with given constants."""
    overhead = sample.beside_base + constants.base * sample.devices
    predicted = Range(
        sample.held.low + overhead * constants.low - sample.short,
        sample.held.likely + overhead,
        sample.held.high + overhead * constants.high + sample.extra,
    )
    return Outcome("", "memory", "total", truth=sample.truth, predicted=predicted)


def quantile(ordered: Sequence[float], share: float) -> float:
    """The value that ``share`` of the ordered values do not exceed."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
