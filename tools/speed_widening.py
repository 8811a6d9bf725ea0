"""How far rows that a fit did not see lie outside an interval, and how much wider a device nobody measured needs it.

The *strain* of a row is its miss over the end of the interval on that side, in logarithms: 1 lies on the end, and an
interval raised to an exponent holds every row whose strain is at most that.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from tools.speed_fit import GENERIC, LEAST_ROWS, Formula, Misses, Sample, folds_of, intervals

if TYPE_CHECKING:
    from collections.abc import Callable

HELD = 0.8


@dataclasses.dataclass(frozen=True, slots=True)
class Widening:
    """The exponents the program raises an interval to, other than that of an unknown device."""

    unmeasured: float
    """Where the engine and backend have no rows."""
    others: Callable[[Sample], float]
    """Of all other reasons that apply to a row, multiplied."""


@dataclasses.dataclass(frozen=True, slots=True)
class Strains:
    """Strains of rows left out, nan for rows that do not count, and what the fit without them did not know."""

    values: np.ndarray
    unmeasured: np.ndarray
    """Whether fewer than ``LEAST_ROWS`` rows of the engine and backend were left."""
    widths: np.ndarray
    """ln(high / low) of the interval that a strain of 1 lies on the end of."""
    trusted: np.ndarray
    """Whether a row is of trust A or B."""
    fold: np.ndarray
    """Which rows were left out together."""

    @property
    def speaking(self) -> np.ndarray:
        """Rows that tell how uncertain an unknown device is: the others are of a crowd, or of an engine unmeasured without it."""
        return np.isfinite(self.values) & self.trusted & ~self.unmeasured


def strains(formula: Formula, misses: Misses, pool: Misses, key: Callable[[Sample], str], widening: Widening) -> Strains:
    """How far out every row lies of the interval that the program would make without any row of its group (``key``)."""
    fold = folds_of(misses.samples, key)
    values, widths = np.full((2, len(misses.samples)), np.nan)
    unmeasured = np.zeros(len(misses.samples), dtype=bool)
    at = np.array([fold[key(s)] for s in misses.samples])
    for k in sorted(set(at)):
        made = intervals(formula, pool.without(np.array([fold.get(key(s)) == k for s in pool.samples])))
        left = Counter((misses.kind(s), s.engine) for s, gone in zip(misses.samples, at == k, strict=True) if not gone)
        for i in np.flatnonzero(at == k):
            s, miss = misses.samples[i], -misses.errors[i]
            prefix = misses.kind(s)
            if prefix == "skip" or (prefix, GENERIC) not in made:
                continue
            low, high, _ = made.get((prefix, s.engine), made[prefix, GENERIC])
            unmeasured[i] = left[prefix, s.engine] < LEAST_ROWS
            values[i] = miss / np.log(high if miss > 0 else low) / widening.others(s)
            widths[i] = np.log(high / low) * widening.others(s)
    trusted = np.array([s.row["trust"] != "C" for s in misses.samples], dtype=bool)
    return Strains(values, unmeasured, widths, trusted, at)


def unknown_device_exponent(found: Strains, apart: int | None = None) -> float:
    """The least exponent, 1 or more, with which intervals hold 80 % of the rows that say so: ``speaking``.

    ``apart``: a fold whose rows have no say.
    """
    counts = found.speaking if apart is None else found.speaking & (found.fold != apart)
    return max(1.0, float(np.quantile(found.values[counts], HELD))) if counts.any() else 1.0


def exponents(found: Strains, widening: Widening) -> np.ndarray:
    """What the program raises the interval of every row to, its device being known."""
    return np.where(found.unmeasured, widening.unmeasured, 1.0)


def exponents_unknown(found: Strains, widening: Widening) -> np.ndarray:
    """The same of devices left out: their exponent is made without the rows it is tried on."""
    each = np.array([unknown_device_exponent(found, apart=k) for k in range(max(found.fold, default=0) + 1)])
    return np.maximum(exponents(found, widening), each[found.fold])


def held(found: Strains, raised: np.ndarray) -> np.ndarray:
    """1 where the interval raised to these exponents holds a row, 0 where not, nan for rows that do not count."""
    return np.where(np.isfinite(found.values), (found.values <= raised).astype(float), np.nan)
