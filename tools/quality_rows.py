"""Published scores as arrays: chance-corrected logits, indices of what they belong to, and the metadata of each model."""

from __future__ import annotations

import collections
import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from llm_pick.core.quality.published import features, modes_of, to_logit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llm_pick.core.catalog import Benchmark, Model, Score

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

INDEPENDENT = ("independent", "leaderboard")
PUBLISHERS = ("vendor", "quoted")
"""Classes with a bias term; independent runs and boards are the reference."""


def expit(z: Array) -> Array:
    """Share whose logit is ``z``."""
    return 1.0 / (1.0 + np.exp(-z))


def from_logit(y: Array, chance: Array) -> Array:
    """Points (0-100) that a chance-corrected logit stands for."""
    return 100.0 * (chance + (1.0 - chance) * expit(y))


@dataclass(frozen=True, slots=True)
class Rows:
    """The fitted rows as parallel arrays, plus the names their indices stand for."""

    y: Array
    slope: Array
    benchmark: Ints
    group: Ints
    family: Ints
    model: Ints
    system: Ints
    source: Ints
    publisher: Ints
    copies: Array
    x: Array
    points: Array
    chance: Array
    independent: NDArray[np.bool_]
    benchmarks: tuple[str, ...]
    groups: tuple[str, ...]
    systems: tuple[tuple[str, str], ...]
    models: tuple[str, ...]
    families: tuple[str, ...]

    def take(self, keep: Ints) -> Rows:
        """The same rows with only those of ``keep``; copies of a cell are counted anew."""
        arrays = {
            f.name: getattr(self, f.name)[keep] for f in dataclasses.fields(self) if isinstance(getattr(self, f.name), np.ndarray)
        }
        out = dataclasses.replace(self, **arrays)
        return dataclasses.replace(out, copies=copies_of(out.system, out.benchmark))


def copies_of(system: Ints, benchmark: Ints) -> Array:
    """How many rows report the same system on the same benchmark, for each row."""
    cells = collections.Counter(zip(system.tolist(), benchmark.tolist(), strict=True))
    return np.array([cells[c] for c in zip(system.tolist(), benchmark.tolist(), strict=True)], float)


def family_of(model: Model, models: dict[str, Model]) -> str:
    """The family whose deviations a model shares: that of the model it was made from, if that is known, else its own."""
    base = models.get(getattr(model, "base_model", None) or "")
    return str(family_of(base, models) if base is not None and base is not model else model.family)


def is_fitted(model: Model) -> bool:
    """Models a user can chat with."""
    return model.kind in ("chat", "vision-language")


def assemble(
    models: Iterable[Model], benchmarks: Iterable[Benchmark], scores: Iterable[Score], *, unstated_is_thinking: bool = True
) -> Rows:
    """Turn records into arrays, in an order that does not depend on the order of the records.

    A switchable model's row without a stated mode counts as thinking, the mode makers report, unless told otherwise.
    """
    by_id = {m.id: m for m in models if is_fitted(m)}
    defined = {b.id: b for b in benchmarks if b.in_fit}
    raw = []
    for s in scores:
        model, benchmark = by_id.get(s.model), defined.get(s.benchmark)
        if model is None or benchmark is None:
            continue
        value = to_logit(s.score, benchmark)
        possible = modes_of(model)
        mode = s.mode or possible[-1 if unstated_is_thinking else 0]
        if value is None or mode not in possible:
            continue
        raw.append((s.model, mode, s.benchmark, s.source.split()[0], s.by, s.score, *value))
    raw.sort()
    systems = sorted({(m, mode) for m, model in by_id.items() for mode in modes_of(model)})
    names = {
        "benchmark": sorted({r[2] for r in raw}),
        "group": sorted({b.task_group for b in defined.values()}),
        "family": sorted({family_of(m, by_id) for m in by_id.values()}),
        "model": sorted(by_id),
        "source": sorted({(r[0], r[3]) for r in raw}),
    }
    at = {k: {n: i for i, n in enumerate(v)} for k, v in names.items()}
    at_system = {s: i for i, s in enumerate(systems)}

    def ints(values: Iterable[int]) -> Ints:
        return np.fromiter(values, np.int64)

    benchmark = ints(at["benchmark"][r[2]] for r in raw)
    system = ints(at_system[r[0], r[1]] for r in raw)
    return Rows(
        y=np.array([r[6] for r in raw]),
        slope=np.array([r[7] for r in raw]),
        benchmark=benchmark,
        group=ints(at["group"][defined[r[2]].task_group] for r in raw),
        family=ints(at["family"][family_of(by_id[r[0]], by_id)] for r in raw),
        model=ints(at["model"][r[0]] for r in raw),
        system=system,
        source=ints(at["source"][r[0], r[3]] for r in raw),
        publisher=ints(PUBLISHERS.index(r[4]) if r[4] in PUBLISHERS else -1 for r in raw),
        copies=copies_of(system, benchmark),
        x=np.array([features(by_id[r[0]], r[1]) for r in raw]),
        points=np.array([r[5] for r in raw]),
        chance=np.array([defined[r[2]].chance for r in raw]),
        independent=np.array([r[4] in INDEPENDENT for r in raw]),
        benchmarks=tuple(names["benchmark"]),
        groups=tuple(names["group"]),
        systems=tuple(systems),
        models=tuple(names["model"]),
        families=tuple(names["family"]),
    )
