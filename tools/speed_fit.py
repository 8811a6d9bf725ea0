"""Fitting constants of a speed formula: robust, in logarithms, shrunk, and judged on what the fit did not see."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import least_squares

from llm_pick.core.catalog import Parameter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

AS_OF = "2026-11-29"
SCRIPT = "tools/calibrate_speed.py"
LOSS_SCALE = 0.12
"""Log error beyond which a row counts as an outlier."""
LEAST_ROWS = 3
INTERVAL_ROWS = 20
GENERIC_DEVICES = 2
"""How many devices of an engine weigh as much as all engines together when its interval is made."""
INFORMED = 0.01
"""Change of a logarithm below which the rows said nothing about a constant."""
KNOWN_DEVICES = "devices with rows of this engine and backend, trust A and B"
Engine = tuple[str, str]
GENERIC: Engine = ("any", "any")


@dataclasses.dataclass(frozen=True, slots=True)
class Constant:
    """How one constant is fitted: where it starts, how far rows may pull it, its bounds."""

    start: float
    spread: float
    """Standard deviation of its logarithm before rows are seen; 0 keeps it where it starts."""
    least: float
    most: float
    unit: str
    meaning: str
    own: float | None = None
    """The same for one engine and backend around the generic value, where it differs."""


@dataclasses.dataclass(frozen=True, slots=True)
class Sample:
    """One measured row, resolved. ``measured`` is a rate: more is faster."""

    row: dict[str, Any]
    setup: Any
    device: str
    chip: str
    """The catalog's device, or the record of several capacities it is one of."""
    family: str
    group: str
    """What is reported apart."""
    weight: float
    measured: float
    tokens: int = 0
    """Prompt tokens, where the rate depends on them."""
    counted: float = 0.0
    """Tokens the measured rate counts."""
    other_seconds: float = 0.0
    """Seconds of the run that this formula is not about."""

    @property
    def engine(self) -> Engine:
        """Engine and backend."""
        return self.setup.runtime_id, self.setup.backend


@dataclasses.dataclass(frozen=True, slots=True)
class Formula:
    """A family of parameters and the rate they predict."""

    family: str
    constants: dict[str, Constant]
    rate: Callable[[dict[str, float], Sample], float]
    """(constants by name, sample) → predicted rate."""
    generic: Callable[[Sample], bool]
    """Whether a sample speaks about the generic constants."""

    @property
    def names(self) -> tuple[str, ...]:
        """The constants in their order."""
        return tuple(self.constants)

    def errors(self, values: Sequence[float], samples: Sequence[Sample]) -> np.ndarray:
        """ln(predicted / measured rate) of every sample."""
        named = dict(zip(self.names, map(float, values), strict=True))
        return np.array([np.log(self.rate(named, s) / s.measured) for s in samples])


def fit_group(formula: Formula, samples: Sequence[Sample], prior: Sequence[float], *, own: bool = False) -> np.ndarray:
    """Constants that fit the samples best, given where they lie before rows are seen: of one engine (``own``) or of all."""
    table = formula.constants.values()
    spread = np.array([max(c.own if own and c.own is not None else c.spread, 1e-4) for c in table])
    least, most = np.log([c.least for c in table]), np.log([c.most for c in table])
    centre = np.clip(np.log(prior), least + 1e-6, most - 1e-6)
    weights = np.sqrt([s.weight for s in samples])

    def residuals(x: np.ndarray) -> np.ndarray:
        misses = weights * formula.errors(np.exp(x), samples) / LOSS_SCALE
        robust = np.sign(misses) * np.sqrt(2 * (np.sqrt(1 + misses**2) - 1))
        return np.concatenate([robust, (x - centre) / spread])

    return np.exp(least_squares(residuals, centre, bounds=(least, most), diff_step=1e-3, max_nfev=40).x)


def fit_all(formula: Formula, samples: Sequence[Sample]) -> dict[Engine, np.ndarray]:
    """The generic constants, then those of every engine and backend with enough rows."""
    start = [c.start for c in formula.constants.values()]
    pooled = [s for s in samples if formula.generic(s)]
    generic = fit_group(formula, pooled, start) if pooled else np.array(start)
    found = {GENERIC: generic}
    groups: dict[Engine, list[Sample]] = defaultdict(list)
    for sample in samples:
        groups[sample.engine].append(sample)
    for engine, members in sorted(groups.items()):
        if engine[0] != "unknown" and len(members) >= LEAST_ROWS:
            found[engine] = fit_group(formula, members, generic, own=True)
    return found


def predicted_errors(formula: Formula, samples: Sequence[Sample], found: dict[Engine, np.ndarray]) -> np.ndarray:
    """ln(predicted / measured) of every sample under fitted constants."""
    out = np.zeros(len(samples))
    for engine in {s.engine for s in samples}:
        index = [i for i, s in enumerate(samples) if s.engine == engine]
        out[index] = formula.errors(found.get(engine, found[GENERIC]), [samples[i] for i in index])
    return out


def folds_of(samples: Sequence[Sample], key: Callable[[Sample], str], folds: int = 10) -> dict[str, int]:
    """The batch in which every group that ``key`` names is left out."""
    sizes: dict[str, int] = defaultdict(int)
    for s in samples:
        sizes[key(s)] += 1
    return {name: i % folds for i, name in enumerate(sorted(sizes, key=lambda n: (-sizes[n], n)))}


def cross_errors(formula: Formula, samples: Sequence[Sample], key: Callable[[Sample], str], folds: int = 10) -> np.ndarray:
    """Errors on the groups that ``key`` names, each predicted by a fit that did not see it (in ``folds`` batches)."""
    fold = folds_of(samples, key, folds)
    out = np.zeros(len(samples))
    for k in sorted(set(fold.values())):
        kept = [s for s in samples if fold[key(s)] != k]
        index = [i for i, s in enumerate(samples) if fold[key(s)] == k]
        out[index] = predicted_errors(formula, [samples[i] for i in index], fit_all(formula, kept))
    return out


def print_fit(formula: Formula, samples: Sequence[Sample], found: dict[Engine, np.ndarray]) -> None:
    """The constants of every engine and backend."""
    print(f"\n{formula.family}: {len(samples)} rows")
    for engine, values in found.items():
        own = samples if engine == GENERIC else [s for s in samples if s.engine == engine]
        listed = "  ".join(f"{n}={v:.3g}" for n, v in zip(formula.names, values, strict=True))
        print(f"  {engine[0]:12s} {engine[1]:7s} {len(own):4d} rows  {listed}")


def parameter(id: str, value: float, unit: str, meaning: str, obtained: str, rows: int | None = None) -> Parameter:
    """A parameter as the calibration writes them."""
    script = SCRIPT if obtained == "fitted" else None
    return Parameter(
        id=id, value=float(f"{value:.4g}"), unit=unit, meaning=meaning, obtained=obtained, as_of=AS_OF, rows=rows,
        script=script,
    )  # fmt: skip


def constant_parameters(formula: Formula, samples: Sequence[Sample], found: dict[Engine, np.ndarray]) -> list[Parameter]:
    """The generic constants, and of every engine those that its rows moved."""
    out = []
    for engine, values in found.items():
        own = len(samples) if engine == GENERIC else sum(s.engine == engine for s in samples)
        for name, value, common in zip(formula.names, values, found[GENERIC], strict=True):
            if engine == GENERIC or abs(np.log(value / common)) > INFORMED:
                c = formula.constants[name]
                obtained = "fitted" if c.spread else "chosen"
                id = f"{formula.family}.{engine[0]}.{engine[1]}.{name}"
                out.append(parameter(id, float(value), c.unit, c.meaning, obtained, own if c.spread else None))
    return out


@dataclasses.dataclass(frozen=True, slots=True)
class Misses:
    """Errors of rows that a fit did not see, and which of them an interval is for."""

    samples: Sequence[Sample]
    errors: np.ndarray
    """ln(predicted / measured rate)"""
    kind: Callable[[Sample], str]
    """Prefix of the interval's parameter; ``skip`` where a row does not count."""

    def without(self, hidden: np.ndarray) -> Misses:
        """The same without some rows."""
        kept = [s for s, gone in zip(self.samples, hidden, strict=True) if not gone]
        return Misses(kept, self.errors[~hidden], self.kind)


def intervals(formula: Formula, misses: Misses) -> dict[tuple[str, Engine], tuple[float, float, int]]:
    """Factors on the likely rate that hold 80 % of unseen rows, and how many rows: by kind, engine and backend.

    Rows count by their weight, as in the fit. What few devices say about an engine and backend is drawn towards what
    all say; with fewer than ``INTERVAL_ROWS`` rows it is not asked at all.
    """
    groups: dict[tuple[str, Engine], list[tuple[float, float]]] = defaultdict(list)
    devices: dict[tuple[str, Engine], set[str]] = defaultdict(set)
    for s, e in zip(misses.samples, misses.errors, strict=True):
        prefix = misses.kind(s)
        if prefix != "skip":
            groups[prefix, s.engine].append((-e, s.weight))
            devices[prefix, s.engine].add(s.device)
            if formula.generic(s):
                groups[prefix, GENERIC].append((-e, s.weight))
    ends = {key: np.array(weighted_quantiles(found, (0.1, 0.9))) for key, found in groups.items()
            if len(found) >= INTERVAL_ROWS or key[1] == GENERIC}  # fmt: skip
    out = {}
    for (prefix, engine), own in ends.items():
        share = len(devices[prefix, engine]) / (len(devices[prefix, engine]) + GENERIC_DEVICES)
        if engine != GENERIC and (prefix, GENERIC) in ends:
            own = share * own + (1 - share) * ends[prefix, GENERIC]
        low, high = np.exp(own)
        out[prefix, engine] = (min(float(low), 0.95), max(float(high), 1.05), len(groups[prefix, engine]))
    return out


def weighted_quantiles(found: Sequence[tuple[float, float]], shares: Sequence[float]) -> list[float]:
    """The values below which these shares of the weight lie."""
    ordered = sorted(found)
    weights = np.array([w for _, w in ordered])
    middle = (np.cumsum(weights) - weights / 2) / weights.sum()
    return [float(np.interp(share, middle, [v for v, _ in ordered])) for share in shares]


def interval_parameters(formula: Formula, misses: Misses) -> list[Parameter]:
    """``intervals`` as parameters."""
    out = []
    for (prefix, engine), (low, high, rows) in intervals(formula, misses).items():
        for name, value in (("low", low), ("high", high)):
            out.append(
                parameter(
                    f"{formula.family}.{engine[0]}.{engine[1]}.{prefix}{name}", value, "ratio",
                    f"{name} end of the 80 % interval over the likely value", "fitted", rows,
                )
            )  # fmt: skip
    return out


def measured_parameters(formula: Formula, samples: Sequence[Sample], kind: Callable[[Sample], str]) -> list[Parameter]:
    """How many devices the rows of each engine and backend come from: its mere presence makes a basis ``calibrated``."""
    devices: dict[tuple[str, Engine], set[str]] = defaultdict(set)
    rows: dict[tuple[str, Engine], int] = defaultdict(int)
    for s in samples:
        if kind(s) != "skip":
            devices[kind(s), s.engine].add(s.device)
            rows[kind(s), s.engine] += 1
    return [
        parameter(f"{formula.family}.{engine[0]}.{engine[1]}.{prefix}devices_measured", len(devices[prefix, engine]), "devices",
                  "devices that rows of this engine and backend come from", "fitted", count)
        for (prefix, engine), count in rows.items() if count >= LEAST_ROWS and engine[0] != "unknown"
    ]  # fmt: skip


def known_device_parameters(formula: Formula, samples: Sequence[Sample]) -> list[Parameter]:
    """Which devices the rows of each engine and backend come from, crowd rows left out: elsewhere intervals are wider."""
    found: dict[Engine, list[Sample]] = defaultdict(list)
    for s in samples:
        if s.engine[0] != "unknown" and s.row["trust"] != "C":
            found[s.engine].append(s)
    out = []
    for engine, members in found.items():
        devices = tuple(sorted({s.chip for s in members}))
        counted = parameter(f"{formula.family}.{engine[0]}.{engine[1]}.known_devices", len(devices), "devices",
                            KNOWN_DEVICES, "fitted", len(members))  # fmt: skip
        out.append(dataclasses.replace(counted, devices=devices))
    return out
