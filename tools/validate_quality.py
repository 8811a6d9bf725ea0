"""How far the fitted abilities can be trusted: results hidden from the fit, predicted, compared; and the search for the prior.

Run through ``python -m tools.fit_quality --validate`` or ``--tune``.
"""

from __future__ import annotations

import collections
import dataclasses
import math
import re
import zlib
from typing import TYPE_CHECKING

import numpy as np

from tools.fit_quality import HYPER, Z80, Fit, Hyper
from tools.quality_rows import Array, Ints, Rows, assemble, from_logit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from llm_pick.core.catalog import Benchmark, Model, Score

_VARIANT = re.compile(
    r"-(?:v?\d|ollb2|tii|logprob|lm-eval|unstated|tools|hub|val|pro|redux|diamond|plus|lite|prox|evalplus|vendor|airline|retail|telecom"
    r"|average|banking|creative|hard|multi|polyglot|code-editing|full|verified|multilingual|challenge|feb|nov|level|mul)"
)


def benchmark_family(benchmark: str) -> str:
    """Versions and variants of one benchmark, which must be held out together."""
    return _VARIANT.split(benchmark)[0]


def _spearman(a: Array, b: Array) -> float:
    def ranks(v: Array) -> Array:
        order = np.argsort(v, kind="mergesort")
        out = np.empty(len(v))
        out[order] = np.arange(len(v))
        for value in np.unique(v):
            out[v == value] = out[v == value].mean()
        return out

    return float(np.corrcoef(ranks(a), ranks(b))[0, 1])


def _size_only(train: Rows, test: Rows) -> Array:
    """Difficulty per benchmark plus one slope on ln total parameters: what a table of parameter counts knows."""
    n_b = len(train.benchmarks)
    slope, level = 0.0, np.zeros(n_b)
    size, weight = train.x[:, 0], 1.0 / train.copies
    for _ in range(30):
        rest = train.y - slope * size
        mean = np.average(rest, weights=weight)
        level = (np.bincount(train.benchmark, weight * rest, n_b) + 0.3 * mean) / (
            np.bincount(train.benchmark, weight, n_b) + 0.3
        )
        rest = train.y - level[train.benchmark]
        slope = float((weight * size * rest).sum() / ((weight * size * size).sum() + 0.5))
    return level[test.benchmark] + slope * test.x[:, 0]


def report(name: str, rows: Rows, y: Array, var: Array | None) -> dict[str, float]:
    """Print and return the error of predicted logits in points, rank correlation within benchmarks, coverage."""
    error = from_logit(y, rows.chance) - from_logit(rows.y, rows.chance)
    rhos, sizes = [], []
    for b in np.unique(rows.benchmark):
        k = rows.benchmark == b
        if k.sum() >= 10:
            rhos.append(_spearman(y[k], rows.y[k]))
            sizes.append(k.sum())
    out = {
        "rows": float(len(y)),
        "mae": float(np.abs(error).mean()),
        "bias": float(error.mean()),
        "rho": float(np.average(rhos, weights=sizes)) if rhos else math.nan,
    }
    if var is not None:
        out["coverage"] = float((np.abs(y - rows.y) <= Z80 * np.sqrt(var)).mean())
    print(f"{name:<44} " + "  ".join(f"{k} {v:.3f}" if k in ("rho", "coverage") else f"{k} {v:.1f}" for k, v in out.items()))
    return out


def held_out(
    rows: Rows, key: Ints, eligible: NDArray[np.bool_], hyper: Hyper, folds: int = 20
) -> tuple[Rows, Array, Array, Array]:
    """Predictions for eligible rows while all rows of their ``key`` fold were hidden; also the size-only baseline."""
    fold = key % folds
    parts, ys, vs, base = [], [], [], []
    for k in range(folds):
        hidden = fold == k
        test = np.flatnonzero(hidden & eligible)
        if not len(test):
            continue
        train = rows.take(np.flatnonzero(~hidden))
        probe = rows.take(test)
        y, v = Fit(train, hyper).observe(probe)
        parts.append(test)
        ys.append(y)
        vs.append(v)
        base.append(_size_only(train, probe))
    return rows.take(np.concatenate(parts)), np.concatenate(ys), np.concatenate(vs), np.concatenate(base)


def _hash(*parts: object) -> int:
    return zlib.crc32("#".join(map(str, parts)).encode())


def validate(
    models: Sequence[Model], benchmarks: Sequence[Benchmark], scores: Sequence[Score], hyper: Hyper = HYPER
) -> dict[str, dict[str, float]]:
    """All held-out measurements the documentation quotes."""
    rows = assemble(models, benchmarks, scores)
    by_id = {m.id: m for m in models}
    family = [benchmark_family(rows.benchmarks[b]) for b in rows.benchmark]
    families_of, systems_of = collections.defaultdict(set), collections.defaultdict(set)
    for s, b, f in zip(rows.system, rows.benchmark, family, strict=True):
        families_of[s].add(f)
        systems_of[b].add(s)
    eligible = np.array(
        [len(families_of[s]) >= 4 and len(systems_of[b]) >= 8 for s, b in zip(rows.system, rows.benchmark, strict=True)]
    )
    print(
        f"{len(rows.y)} fitted rows, {len(set(rows.system))} systems, {len(rows.benchmarks)} benchmarks, {int(eligible.sum())} eligible"
    )
    out = {
        "fitted": {
            "rows": float(len(rows.y)),
            "models": float(len(set(rows.model.tolist()))),
            "systems": float(len(set(rows.system.tolist()))),
            "benchmarks": float(len(rows.benchmarks)),
            "eligible_rows": float(eligible.sum()),
        }
    }
    key = np.array([_hash(rows.systems[s], f) for s, f in zip(rows.system, family, strict=True)])
    probe, y, v, base = held_out(rows, key, eligible, hyper)
    out["family_out"] = report("benchmark family of the system hidden", probe, y, v)
    out["size_only"] = report("  size only", probe, base, None)
    for g, name in enumerate(rows.groups):
        k = np.flatnonzero(probe.group == g)
        if len(k) >= 20:
            out[f"group_{name}"] = report(f"  {name}", probe.take(k), y[k], v[k])
    key = np.array([_hash(rows.models[m]) for m in rows.model])
    probe, y, v, base = held_out(rows, key, eligible, hyper)
    out["model_out"] = report("whole model hidden", probe, y, v)
    out["model_out_size_only"] = report("  size only", probe, base, None)
    late = np.array([by_id[rows.models[m]].released >= "2026-04" for m in rows.model])
    train, probe = rows.take(np.flatnonzero(~late)), rows.take(np.flatnonzero(late & eligible))
    y, v = Fit(train, hyper).observe(probe)
    out["temporal"] = report("models since 2026-04, nothing known of them", probe, y, v)
    out["temporal_size_only"] = report("  size only", probe, _size_only(train, probe), None)
    return out


def tune(models: Sequence[Model], benchmarks: Sequence[Benchmark], scores: Sequence[Score]) -> Hyper:
    """Coordinate ascent of the marginal likelihood over the standard deviations and group factors."""
    best = HYPER
    rows = assemble(models, benchmarks, scores)
    start = Fit(rows, best)

    def value(h: Hyper) -> float:
        model = object.__new__(Fit)
        model.rows, model.hyper = rows, h
        model.scale = np.array([h.group_scale.get(g, 1.0) for g in rows.groups])
        model.loading = start.loading
        model.discrimination, model.noise, model.members = start.discrimination, start.noise, start.members
        model._solve()
        return model.likelihood

    names = [
        "family",
        "model",
        "system",
        "group_family",
        "group_model",
        "group_system",
        "source",
        "points",
        "group_slope",
        "publisher",
    ]
    top = value(best)
    for step in (1.5, 1.2, 1.1):
        start = Fit(rows, best)
        top = value(best)
        moves: list[Callable[[Hyper, float], Hyper]] = [
            (lambda h, f, n=n: dataclasses.replace(h, **{n: getattr(h, n) * f}))
            for n in names  # type: ignore[misc]
        ]
        moves += [
            (lambda h, f, g=g: dataclasses.replace(h, group_scale={**h.group_scale, g: h.group_scale.get(g, 1.0) * f}))  # type: ignore[misc]
            for g in rows.groups
        ]
        for move in moves:
            for factor in (step, 1.0 / step):
                while (v := value(candidate := move(best, factor))) > top + 0.1:
                    best, top = candidate, v
        print(f"step {step}: log likelihood {top:.1f}")
    print(best)
    return best
