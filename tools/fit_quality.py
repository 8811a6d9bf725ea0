"""Fit one ability per model, mode and task group to all published scores, each with an 80 % interval.

    python -m tools.fit_quality              # ranking by eye
    python -m tools.fit_quality --validate   # held-out error, rank correlation, coverage
    python -m tools.fit_quality --tune       # re-estimate the hyperparameters below

Model. A score s on a benchmark b with chance level c becomes y = logit((s - c) / (1 - c)), and

    y = mu_b + lambda_b * T[model, mode, group] + delta[publisher class, group] + r[model, source] + e
    T = x . (beta + beta_group) + family + model + system + the same three per group

with x the logarithms of total and active parameters, the release date and whether the model thinks. All terms are Gaussian,
so that for given discriminations ``lambda`` the posterior is exact (a Gaussian process whose covariance is block-diagonal over
model families); ``lambda`` and the noise of each benchmark are found by expectation maximisation. The item-response idea is that
of the Epoch Capabilities Index; shrinkage to metadata, task groups and publisher terms are added (see docs/decisions).

A group whose scores general ability does not predict gets a large variance of its own, so that a model without rows there is
answered with a wide interval instead of borrowed confidence.
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import math
import re
import sys
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

MODES = ("non_thinking", "thinking")
INDEPENDENT = ("independent", "leaderboard")
PUBLISHERS = ("vendor", "quoted")
"""Classes with a bias term; independent runs and boards are the reference."""

ANCHOR_LOW = ("llama-3.1-8b-instruct", "non_thinking", 30.0)
ANCHOR_HIGH = ("gpt-oss-120b", "thinking", 65.0)
"""Two widely measured models whose mean ability over ``ANCHOR_GROUPS`` is 30 and 65 by definition: the 0-100 scale stays where
it is when models are added. Scores are 100 / (1 + exp(-z)) with z linear in ability."""
ANCHOR_GROUPS = ("general", "reasoning", "math", "code", "instruction-following")


@dataclass(frozen=True, slots=True)
class Hyper:
    """Standard deviations of the prior, in logits; re-estimated by ``--tune`` (maximum marginal likelihood)."""

    family: float = 0.30
    model: float = 0.28
    system: float = 0.08
    group_family: float = 0.19
    group_model: float = 0.05
    group_system: float = 0.10
    source: float = 0.06
    points: float = 0.012
    """Noise of any published figure, as a share of the scale: makes figures near 0 and 100 % say little."""
    discrimination: float = 0.4
    slope: float = 1.0
    group_slope: float = 0.36
    publisher: float = 0.15
    difficulty: float = 3.0
    group_scale: dict[str, float] = field(
        default_factory=lambda: {
            "agentic-code": 2.0,
            "faithfulness": 1.5,
            "general": 0.3,
            "instruction-following": 2.2,
            "long-context": 5.0,
            "math": 1.2,
            "multilingual": 0.5,
            "reasoning": 0.5,
            "tool-use": 2.7,
        }
    )
    """Factor on the three group terms; 1 where absent."""
    loading: dict[str, float] = field(default_factory=lambda: {"faithfulness": 0.2})
    """Share of the common ability that enters a group; 1 where absent."""
    noise_prior_rows: float = 6.0
    inflation: float = 1.0
    """Factor on the posterior variance so that 80 % intervals hold 80 % of held-out results."""
    silent: float = 0.55
    """Added where no row of a model is fitted: of 15 such models with results that may be looked at but not passed on, abilities
    lay 0.78 around the metadata's guess, where the terms above allow 0.5."""
    silent_shift: float = 0.5
    """Taken off such a model if released after ``SILENT_SINCE``: the five of them measured lay 0.8 below the guess (standard error
    0.2; shrunk here), the ten older ones did not. Where everybody publishes, silence is evidence."""
    rounds: int = 8
    unstated_is_thinking: bool = True
    """A switchable model's row without a stated mode is read as thinking."""


HYPER = Hyper()

SILENT_SINCE = 0.7
"""Years since 2025."""

TYPICAL_ACTIVE_SHARE = 0.06
"""Of a mixture of experts whose maker does not state its active parameters."""


def _logit(p: float) -> float:
    return math.log(p / (1.0 - p))


def _expit(z: Any) -> Any:
    return 1.0 / (1.0 + np.exp(-z))


def to_logit(score: float, benchmark: Any) -> tuple[float, float] | None:
    """Chance-corrected logit of a score and the derivative of that logit by the share of the scale; ``None`` if the scale is not fitted."""
    if benchmark.scale == "elo":
        return (score - 1500.0) / 400.0, 1.0
    share = {"percent": score / 100.0, "1-10": (score - 1.0) / 9.0}.get(benchmark.scale)
    if share is None:
        return None
    if not benchmark.higher_is_better:
        share = 1.0 - share
    p = min(max((share - benchmark.chance) / (1.0 - benchmark.chance), 0.01), 0.99)
    return _logit(p), 1.0 / (p * (1.0 - p) * (1.0 - benchmark.chance))


def from_logit(y: Any, chance: Any) -> Any:
    """Points (0-100) that a chance-corrected logit stands for."""
    return 100.0 * (chance + (1.0 - chance) * _expit(y))


def modes_of(model: Any) -> tuple[str, ...]:
    """The modes a model can be asked in."""
    return {"always": ("thinking",), "switchable": MODES}.get(model.reasoning, ("non_thinking",))


def _years(released: str) -> float:
    parts = [int(p) for p in released.split("-")]
    day = date(parts[0], parts[1] if len(parts) > 1 else 7, parts[2] if len(parts) > 2 else 15)
    return day.year + day.timetuple().tm_yday / 365.25 - 2025.0


YEARS = 3
"""Place of the release date among the features."""


def features(model: Any, mode: str) -> list[float]:
    """Metadata known before any benchmark: logarithms of total and active parameters around 8 B, the square of the former (the
    smallest models lose faster), years since 2025, years since 2026 once more (few rows there: the slope may flatten), thinking."""
    total = math.log(model.params_total / 8e9)
    active = math.log((model.params_active or model.params_total * TYPICAL_ACTIVE_SHARE) / 8e9)
    years = _years(model.released)
    return [total, active, 0.2 * total * total, years, max(0.0, years - 1.0), float(mode == "thinking")]


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

    def take(self, keep: Any) -> Rows:
        """The same rows with only those of ``keep``; copies of a cell are counted anew."""
        arrays = {
            f.name: getattr(self, f.name)[keep]
            for f in dataclasses.fields(self)
            if isinstance(getattr(self, f.name), np.ndarray)
        }
        out = dataclasses.replace(self, **arrays)
        return dataclasses.replace(out, copies=_copies(out.system, out.benchmark))


def _copies(system: Ints, benchmark: Ints) -> Array:
    cells = collections.Counter(zip(system.tolist(), benchmark.tolist(), strict=True))
    return np.array([cells[c] for c in zip(system.tolist(), benchmark.tolist(), strict=True)], float)


def family_of(model: Any, models: dict[str, Any]) -> str:
    """The family whose deviations a model shares: that of the model it was made from, if that is known, else its own."""
    base = models.get(getattr(model, "base_model", None) or "")
    return str(family_of(base, models) if base is not None and base is not model else model.family)


def is_fitted(model: Any) -> bool:
    """Models a user can chat with."""
    return model.kind in ("chat", "vision-language")


def assemble(models: Iterable[Any], benchmarks: Iterable[Any], scores: Iterable[Any], hyper: Hyper) -> Rows:
    """Turn records into arrays, in an order that does not depend on the order of the records."""
    by_id = {m.id: m for m in models if is_fitted(m)}
    defined = {b.id: b for b in benchmarks if b.in_fit}
    raw = []
    for s in scores:
        model, benchmark = by_id.get(s.model), defined.get(s.benchmark)
        if model is None or benchmark is None:
            continue
        value = to_logit(s.score, benchmark)
        possible = modes_of(model)
        mode = s.mode or possible[-1 if hyper.unstated_is_thinking else 0]
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
        copies=_copies(system, benchmark),
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


@dataclass(frozen=True, slots=True)
class Targets:
    """What to predict: abilities of (family, model, system, group), with their metadata."""

    family: Ints
    model: Ints
    system: Ints
    group: Ints
    x: Array


def _same(a: Ints, b: Ints) -> Array:
    return (a[:, None] == b[None, :]).astype(float)


def _kernel(a: Any, b: Any, scale: Array, loading: Array, h: Hyper) -> Array:
    """Prior covariance of abilities inside one family."""
    model, system = _same(a.model, b.model), _same(a.system, b.system)
    common = loading[a.group][:, None] * loading[b.group][None, :] * (h.family**2 + model * h.model**2 + system * h.system**2)
    group = h.group_family**2 + model * h.group_model**2 + system * h.group_system**2
    return common + _same(a.group, b.group) * scale[a.group][:, None] * scale[b.group][None, :] * group


class Fit:
    """The posterior, able to predict any ability."""

    def __init__(self, rows: Rows, hyper: Hyper) -> None:
        self.rows, self.hyper = rows, hyper
        self.scale = np.array([hyper.group_scale.get(g, 1.0) for g in rows.groups])
        self.loading = np.array([hyper.loading.get(g, 1.0) for g in rows.groups])
        self.discrimination = np.ones(len(rows.benchmarks))
        self.noise = np.full(len(rows.benchmarks), 0.35)
        self.members = [np.flatnonzero(rows.family == f) for f in range(len(rows.families))]
        self.likelihood = 0.0
        for _ in range(hyper.rounds):
            self._solve()
            self._update()
        self._solve()

    def _design(self, rows: Any, discrimination: Array, *, observed: bool) -> Array:
        """Columns: difficulty per benchmark, slopes, slopes per group, publisher bias per group."""
        n, n_b, n_g, n_x = len(rows.group), len(self.rows.benchmarks), len(self.rows.groups), rows.x.shape[1]
        out = np.zeros((n, n_b + n_x + n_x * n_g + len(PUBLISHERS) * n_g))
        at = np.arange(n)
        if observed:
            out[at, rows.benchmark] = 1.0
        weighted = rows.x * discrimination[:, None]
        out[:, n_b : n_b + n_x] = weighted * self.loading[rows.group][:, None]
        for j in range(n_x):
            out[at, n_b + n_x + rows.group * n_x + j] = weighted[:, j]
        if observed:
            biased = rows.publisher >= 0
            out[at[biased], n_b + n_x + n_x * n_g + (rows.publisher * n_g + rows.group)[biased]] = 1.0
        return out

    def _prior(self) -> Array:
        h, rows = self.hyper, self.rows
        n_b, n_g, n_x = len(rows.benchmarks), len(rows.groups), rows.x.shape[1]
        sd = [h.difficulty] * n_b + [h.slope] * n_x + [h.group_slope] * (n_x * n_g) + [h.publisher] * (len(PUBLISHERS) * n_g)
        return np.array(sd)

    def _solve(self) -> None:
        h, rows = self.hyper, self.rows
        lam = self.discrimination[rows.benchmark]
        design = self._design(rows, lam, observed=True)
        sd = self._prior()
        precision = np.diag(sd**-2.0)
        right = np.zeros(len(sd))
        self.blocks: list[tuple[Ints, Array, Array] | None] = []
        quad = logdet = 0.0
        for members in self.members:
            if not len(members):
                self.blocks.append(None)
                continue
            part = rows.take(members)
            part = dataclasses.replace(part, copies=rows.copies[members])
            l = lam[members]
            cov = l[:, None] * l[None, :] * _kernel(part, part, self.scale, self.loading, h)
            cov += _same(part.source, part.source) * h.source**2
            var = self.noise[part.benchmark] ** 2 + (h.points * part.slope) ** 2
            cov[np.diag_indices_from(cov)] += var * part.copies
            factor = np.linalg.cholesky(cov)
            inverse = np.linalg.inv(factor)
            inverse = inverse.T @ inverse
            w = design[members]
            wv = w.T @ inverse
            precision += wv @ w
            right += wv @ part.y
            quad += float(part.y @ inverse @ part.y)
            logdet += 2.0 * float(np.log(np.diag(factor)).sum())
            self.blocks.append((members, inverse, l))
        factor = np.linalg.cholesky(precision)
        self.coefficients = np.linalg.solve(precision, right)
        inverse = np.linalg.inv(factor)
        self.coefficient_cov = inverse.T @ inverse
        self.design = design
        logdet += 2.0 * float(np.log(np.diag(factor)).sum()) + 2.0 * float(np.log(sd).sum())
        self.likelihood = -0.5 * (quad - float(right @ self.coefficients) + logdet)

    def predict(self, targets: Any) -> tuple[Array, Array]:
        """Posterior mean and variance of the abilities asked for."""
        n = len(targets.group)
        base = self._design(targets, np.ones(n), observed=False)
        mean, var = base @ self.coefficients, np.zeros(n)
        jacobian = base
        for f in np.unique(targets.family):
            t = np.flatnonzero(targets.family == f)
            part = Targets(targets.family[t], targets.model[t], targets.system[t], targets.group[t], targets.x[t])
            prior = self.hyper.family**2 + self.hyper.model**2 + self.hyper.system**2
            group = self.hyper.group_family**2 + self.hyper.group_model**2 + self.hyper.group_system**2
            var[t] = prior * self.loading[part.group] ** 2 + group * self.scale[part.group] ** 2
            block = self.blocks[f]
            if block is None:
                continue
            members, inverse, l = block
            cross = _kernel(part, self.rows.take(members), self.scale, self.loading, self.hyper) * l[None, :]
            gain = cross @ inverse
            mean[t] += gain @ (self.rows.y[members] - self.design[members] @ self.coefficients)
            var[t] -= np.einsum("ij,ij->i", gain, cross)
            jacobian[t] -= gain @ self.design[members]
        var += np.einsum("ij,jk,ik->i", jacobian, self.coefficient_cov, jacobian, optimize=True)
        return mean, np.maximum(var, 1e-6)

    def _update(self) -> None:
        """One expectation-maximisation step for discriminations and noise."""
        h, rows = self.hyper, self.rows
        ability, var = self.predict(rows)
        n_b, n_g, n_x = len(rows.benchmarks), len(rows.groups), rows.x.shape[1]
        bias = np.zeros(len(rows.y))
        biased = rows.publisher >= 0
        deltas = self.coefficients[n_b + n_x + n_x * n_g :]
        bias[biased] = deltas[(rows.publisher * n_g + rows.group)[biased]]
        target = rows.y - bias
        total = self.noise[rows.benchmark] ** 2 + (h.points * rows.slope) ** 2
        weight = 1.0 / (total * rows.copies)

        def per_benchmark(values: Array) -> Array:
            return np.bincount(rows.benchmark, values, n_b)

        s0, s1, s2 = per_benchmark(weight), per_benchmark(weight * ability), per_benchmark(weight * (ability**2 + var))
        t0, t1 = per_benchmark(weight * target), per_benchmark(weight * ability * target)
        a, c = s0 + h.difficulty**-2.0, s2 + h.discrimination**-2.0
        lam = (a * (t1 + h.discrimination**-2.0) - s1 * t0) / (a * c - s1 * s1)
        self.discrimination = np.maximum(lam, 0.1)
        difficulty = (t0 - self.discrimination * s1) / a
        j = rows.benchmark
        residual = (target - difficulty[j] - self.discrimination[j] * ability) ** 2 + self.discrimination[j] ** 2 * var
        share = self.noise[j] ** 2 / total
        expected = share**2 * residual / rows.copies + (1.0 - share) * self.noise[j] ** 2 / rows.copies
        count, summed = per_benchmark(1.0 / rows.copies), per_benchmark(expected)
        pooled = summed.sum() / count.sum()
        self.noise = np.sqrt((summed + h.noise_prior_rows * pooled) / (count + h.noise_prior_rows))

    def observe(self, rows: Rows) -> tuple[Array, Array]:
        """Predicted logit and its variance for results that were not fitted."""
        ability, var = self.predict(rows)
        lam = self.discrimination[rows.benchmark]
        shell = self._design(rows, np.zeros(len(rows.y)), observed=True)
        noise = self.noise[rows.benchmark] ** 2 + (self.hyper.points * rows.slope) ** 2 + self.hyper.source**2
        return shell @ self.coefficients + lam * ability, lam**2 * var * self.hyper.inflation + noise


def _all_targets(rows: Rows, models: dict[str, Any]) -> Targets:
    family = {n: i for i, n in enumerate(rows.families)}
    index = {n: i for i, n in enumerate(rows.models)}
    wanted = [(s, m, mode, g) for s, (m, mode) in enumerate(rows.systems) for g in range(len(rows.groups))]
    return Targets(
        np.array([family[family_of(models[m], models)] for _, m, _, _ in wanted]),
        np.array([index[m] for _, m, _, _ in wanted]),
        np.array([s for s, _, _, _ in wanted]),
        np.array([g for _, _, _, g in wanted]),
        np.array([features(models[m], mode) for _, m, mode, _ in wanted]),
    )


Z80 = 1.2815515594


def fit(
    models: Sequence[Any], benchmarks: Sequence[Any], scores: Sequence[Any], hyper: Hyper = HYPER
) -> dict[str, dict[str, dict[str, dict[str, float]]]]:
    """Model id → mode → task group → low, likely, high (0-100) and how many rows stand behind them.

    Every chat model gets every group (``vision`` only with image input), also one without any row: its answer comes from size,
    date and family, is wide, and counts 0 rows. ``rows`` and ``independent_rows`` count the published results of this mode,
    ``task_rows`` those of this group.
    """
    by_id = {m.id: m for m in models if is_fitted(m)}
    rows = assemble(models, benchmarks, scores, hyper)
    posterior = Fit(rows, hyper)
    targets = _all_targets(rows, by_id)
    mean, var = posterior.predict(targets)
    silent = ~np.isin(targets.model, rows.model)
    var += silent * hyper.silent**2
    mean -= silent * hyper.silent_shift * (targets.x[:, YEARS] > SILENT_SINCE)
    shape = (len(rows.systems), len(rows.groups))
    mean, sd = mean.reshape(shape), np.sqrt(var.reshape(shape) * hyper.inflation)
    offset, slope = _scale(rows, mean)
    counts = collections.Counter(zip(rows.system.tolist(), rows.group.tolist(), strict=True))
    total = np.bincount(rows.system, minlength=len(rows.systems))
    independent = np.bincount(rows.system, rows.independent.astype(float), len(rows.systems))
    out: dict[str, dict[str, dict[str, dict[str, float]]]] = {}
    for s, (model, mode) in enumerate(rows.systems):
        cells: dict[str, dict[str, float]] = {}
        for g, group in enumerate(rows.groups):
            if group == "vision" and "image" not in by_id[model].modalities_in:
                continue
            centre, spread = offset + slope * mean[s, g], slope * sd[s, g] * Z80
            cells[group] = {
                "low": float(100.0 * _expit(centre - spread)),
                "likely": float(100.0 * _expit(centre)),
                "high": float(100.0 * _expit(centre + spread)),
                "rows": int(total[s]),
                "independent_rows": int(independent[s]),
                "task_rows": counts[s, g],
            }
        out.setdefault(model, {})[mode] = cells
    return out


def _scale(rows: Rows, mean: Array) -> tuple[float, float]:
    """Offset and slope from ability to the logit of the 0-100 score, by the anchor pair."""
    groups = [rows.groups.index(g) for g in ANCHOR_GROUPS if g in rows.groups]
    at = {s: i for i, s in enumerate(rows.systems)}
    low, high = at.get(ANCHOR_LOW[:2]), at.get(ANCHOR_HIGH[:2])
    if low is None or high is None or not groups:
        return 0.0, 0.5
    t_low, t_high = mean[low, groups].mean(), mean[high, groups].mean()
    z_low, z_high = _logit(ANCHOR_LOW[2] / 100.0), _logit(ANCHOR_HIGH[2] / 100.0)
    slope = (z_high - z_low) / max(t_high - t_low, 0.1)
    return float(z_low - slope * t_low), float(slope)


# ---- validation -----------------------------------------------------------------------------------------------------------


def benchmark_family(benchmark: str) -> str:
    """Versions and variants of one benchmark, which must be held out together."""
    return re.split(r"-(?:v?\d|ollb2|tii|logprob|lm-eval|unstated|tools|hub|val|pro|redux|diamond|plus|lite|prox|evalplus|vendor|airline|retail|telecom|average|banking|creative|hard|multi|polyglot|code-editing|full|verified|multilingual|challenge|feb|nov|level|mul)", benchmark)[0]


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
        level = (np.bincount(train.benchmark, weight * rest, n_b) + 0.3 * mean) / (np.bincount(train.benchmark, weight, n_b) + 0.3)
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


def held_out(rows: Rows, key: Ints, eligible: NDArray[np.bool_], hyper: Hyper, folds: int = 20) -> tuple[Rows, Array, Array, Array]:
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


def validate(models: Sequence[Any], benchmarks: Sequence[Any], scores: Sequence[Any], hyper: Hyper = HYPER) -> dict[str, dict[str, float]]:
    """All held-out measurements the documentation quotes."""
    rows = assemble(models, benchmarks, scores, hyper)
    by_id = {m.id: m for m in models}
    family = [benchmark_family(rows.benchmarks[b]) for b in rows.benchmark]
    families_of, systems_of = collections.defaultdict(set), collections.defaultdict(set)
    for s, b, f in zip(rows.system, rows.benchmark, family, strict=True):
        families_of[s].add(f)
        systems_of[b].add(s)
    eligible = np.array(
        [len(families_of[s]) >= 4 and len(systems_of[b]) >= 8 for s, b in zip(rows.system, rows.benchmark, strict=True)]
    )
    print(f"{len(rows.y)} fitted rows, {len(set(rows.system))} systems, {len(rows.benchmarks)} benchmarks, {int(eligible.sum())} eligible")
    out = {}
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
    report("  size only", probe, _size_only(train, probe), None)
    return out


def tune(models: Sequence[Any], benchmarks: Sequence[Any], scores: Sequence[Any]) -> Hyper:
    """Coordinate ascent of the marginal likelihood over the standard deviations and group factors."""
    best = HYPER
    rows = assemble(models, benchmarks, scores, best)
    start = Fit(rows, best)

    def value(h: Hyper) -> float:
        model = object.__new__(Fit)
        model.rows, model.hyper = rows, h
        model.scale = np.array([h.group_scale.get(g, 1.0) for g in rows.groups])
        model.loading = start.loading
        model.discrimination, model.noise, model.members = start.discrimination, start.noise, start.members
        model._solve()
        return model.likelihood

    names = ["family", "model", "system", "group_family", "group_model", "group_system", "source", "points", "group_slope", "publisher"]
    top = value(best)
    for step in (1.5, 1.2, 1.1):
        start = Fit(rows, best)
        top = value(best)
        moves: list[Callable[[Hyper, float], Hyper]] = [
            (lambda h, f, n=n: dataclasses.replace(h, **{n: getattr(h, n) * f})) for n in names  # type: ignore[misc]
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


def load(folder: Path) -> tuple[list[Any], list[Any], list[Any]]:
    """Models, benchmarks and scores of the authored catalog."""
    from llm_pick.schema.load import load_folder

    authored = load_folder(folder)
    return authored.records("models"), authored.records("benchmarks"), authored.records("scores")


def main(argv: list[str] | None = None) -> int:
    """Command line; see the module text."""
    parser = argparse.ArgumentParser(description="Fit abilities to published scores.")
    parser.add_argument("--validate", action="store_true")
    parser.add_argument("--tune", action="store_true")
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parent.parent / "data")
    args = parser.parse_args(argv)
    records = load(args.data)
    if args.validate:
        validate(*records)
    elif args.tune:
        tune(*records)
    else:
        table = fit(*records)
        for group in ANCHOR_GROUPS:
            ranked = sorted(((c[group]["likely"], m, mode) for m, modes in table.items() for mode, c in modes.items()), reverse=True)
            print(group, *(f"\n  {score:5.1f} {model} {mode}" for score, model, mode in ranked[:15]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
