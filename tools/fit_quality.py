"""Fit one ability per model, mode and task group to all published scores, each with an 80 % interval.

    python -m tools.fit_quality              # ranking by eye
    python -m tools.fit_quality --validate   # held-out error, rank correlation, coverage; --json for the figures alone
    python -m tools.fit_quality --tune       # re-estimate the hyperparameters below

Model. A score s on a benchmark b with chance level c becomes y = logit((s - c) / (1 - c)), and

    y = mu_b + lambda_b * T[model, mode, group] + delta[publisher class, group] + r[model, source] + e
    T = x . (beta + beta_group) + family + model + system + the same three per group

with x the logarithms of total and active parameters, the release date and whether the model thinks. All terms are Gaussian,
so that for given discriminations ``lambda`` the posterior is exact (a Gaussian process whose covariance is block-diagonal over
model families); ``lambda`` and the noise of each benchmark are found by expectation maximisation. The item-response idea is that
of the Epoch Capabilities Index; shrinkage to metadata, task groups and publisher terms are added.

A group whose scores general ability does not predict gets a large variance of its own, so that a model without rows there is
answered with a wide interval instead of borrowed confidence.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import dataclasses
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from llm_pick.core.quality.published import YEARS, features, logit
from tools.quality_rows import PUBLISHERS, Array, Ints, Rows, assemble, expit, family_of, is_fitted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llm_pick.core.catalog import Benchmark, Model, Score


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


HYPER = Hyper()

SILENT_SINCE = 0.7
"""Years since 2025."""


@dataclass(frozen=True, slots=True)
class Targets:
    """What to predict: abilities of (family, model, system, group), with their metadata."""

    family: Ints
    model: Ints
    system: Ints
    group: Ints
    x: Array


def same(a: Ints, b: Ints) -> Array:
    """1 where two indices agree, else 0."""
    return (a[:, None] == b[None, :]).astype(float)


def kernel(a: Rows | Targets, b: Rows | Targets, scale: Array, loading: Array, h: Hyper) -> Array:
    """Prior covariance of abilities inside one family."""
    model, system = same(a.model, b.model), same(a.system, b.system)
    common = loading[a.group][:, None] * loading[b.group][None, :] * (h.family**2 + model * h.model**2 + system * h.system**2)
    group = h.group_family**2 + model * h.group_model**2 + system * h.group_system**2
    return common + same(a.group, b.group) * scale[a.group][:, None] * scale[b.group][None, :] * group


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

    def design(self, rows: Rows | Targets, discrimination: Array, *, observed: bool) -> Array:
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
        design = self.design(rows, lam, observed=True)
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
            own = lam[members]
            cov = own[:, None] * own[None, :] * kernel(part, part, self.scale, self.loading, h)
            cov += same(part.source, part.source) * h.source**2
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
            self.blocks.append((members, inverse, own))
        factor = np.linalg.cholesky(precision)
        self.coefficients = np.linalg.solve(precision, right)
        inverse = np.linalg.inv(factor)
        self.coefficient_cov = inverse.T @ inverse
        self._matrix = design
        logdet += 2.0 * float(np.log(np.diag(factor)).sum()) + 2.0 * float(np.log(sd).sum())
        self.likelihood = -0.5 * (quad - float(right @ self.coefficients) + logdet)

    def predict(self, targets: Rows | Targets) -> tuple[Array, Array]:
        """Posterior mean and variance of the abilities asked for."""
        n = len(targets.group)
        base = self.design(targets, np.ones(n), observed=False)
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
            members, inverse, own = block
            cross = kernel(part, self.rows.take(members), self.scale, self.loading, self.hyper) * own[None, :]
            gain = cross @ inverse
            mean[t] += gain @ (self.rows.y[members] - self._matrix[members] @ self.coefficients)
            var[t] -= np.einsum("ij,ij->i", gain, cross)
            jacobian[t] -= gain @ self._matrix[members]
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
        shell = self.design(rows, np.zeros(len(rows.y)), observed=True)
        noise = self.noise[rows.benchmark] ** 2 + (self.hyper.points * rows.slope) ** 2 + self.hyper.source**2
        return shell @ self.coefficients + lam * ability, lam**2 * var * self.hyper.inflation + noise


def _all_targets(rows: Rows, models: dict[str, Model]) -> Targets:
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
    models: Sequence[Model], benchmarks: Sequence[Benchmark], scores: Sequence[Score], hyper: Hyper = HYPER
) -> dict[str, dict[str, dict[str, dict[str, float]]]]:
    """Model id → mode → task group → low, likely, high (0-100) and how many rows stand behind them.

    Every chat model gets every group (``vision`` only with image input), also one without any row: its answer comes from size,
    date and family, is wide, and counts 0 rows. ``rows`` and ``independent_rows`` count the published results of this mode,
    ``task_rows`` those of this group.
    """
    return abilities(solve(models, benchmarks, scores, hyper), models)


@dataclass(frozen=True, slots=True)
class Solved:
    """The posterior and the scale on which abilities are told: what another model needs to be placed beside these."""

    posterior: Fit
    targets: Targets
    mean: Array
    var: Array
    offset: float
    slope: float


def solve(models: Sequence[Model], benchmarks: Sequence[Benchmark], scores: Sequence[Score], hyper: Hyper = HYPER) -> Solved:
    """Fit the rows; abilities as (system, group) arrays."""
    by_id = {m.id: m for m in models if is_fitted(m)}
    rows = assemble(models, benchmarks, scores)
    posterior = Fit(rows, hyper)
    targets = _all_targets(rows, by_id)
    mean, var = posterior.predict(targets)
    silent = ~np.isin(targets.model, rows.model)
    var += silent * hyper.silent**2
    mean -= silent * hyper.silent_shift * (targets.x[:, YEARS] > SILENT_SINCE)
    shape = (len(rows.systems), len(rows.groups))
    mean, var = mean.reshape(shape), var.reshape(shape)
    return Solved(posterior, targets, mean, var, *_scale(rows, mean))


def abilities(solved: Solved, models: Sequence[Model]) -> dict[str, dict[str, dict[str, dict[str, float]]]]:
    """Model id → mode → task group → the cell that ``fit`` describes."""
    by_id = {m.id: m for m in models if is_fitted(m)}
    rows, mean = solved.posterior.rows, solved.mean
    sd = np.sqrt(solved.var * solved.posterior.hyper.inflation)
    counts = collections.Counter(zip(rows.system.tolist(), rows.group.tolist(), strict=True))
    total = np.bincount(rows.system, minlength=len(rows.systems))
    independent = np.bincount(rows.system, rows.independent.astype(float), len(rows.systems))
    out: dict[str, dict[str, dict[str, dict[str, float]]]] = {}
    for s, (model, mode) in enumerate(rows.systems):
        cells: dict[str, dict[str, float]] = {}
        for g, group in enumerate(rows.groups):
            if group == "vision" and "image" not in by_id[model].modalities_in:
                continue
            cells[group] = cell(solved, mean[s, g], sd[s, g]) | {
                "rows": int(total[s]),
                "independent_rows": int(independent[s]),
                "task_rows": counts[s, g],
            }
        out.setdefault(model, {})[mode] = cells
    return out


def cell(solved: Solved, mean: float, sd: float) -> dict[str, float]:
    """An ability and its standard deviation as an 80 % interval on the 0-100 scale."""
    centre, spread = solved.offset + solved.slope * mean, solved.slope * sd * Z80
    points = expit(np.array([centre - spread, centre, centre + spread]))
    return dict(zip(("low", "likely", "high"), (100.0 * points).tolist(), strict=True))


def _scale(rows: Rows, mean: Array) -> tuple[float, float]:
    """Offset and slope from ability to the logit of the 0-100 score, by the anchor pair."""
    groups = [rows.groups.index(g) for g in ANCHOR_GROUPS if g in rows.groups]
    at = {s: i for i, s in enumerate(rows.systems)}
    low, high = at.get(ANCHOR_LOW[:2]), at.get(ANCHOR_HIGH[:2])
    if low is None or high is None or not groups:
        return 0.0, 0.5
    t_low, t_high = mean[low, groups].mean(), mean[high, groups].mean()
    z_low, z_high = logit(ANCHOR_LOW[2] / 100.0), logit(ANCHOR_HIGH[2] / 100.0)
    slope = (z_high - z_low) / max(t_high - t_low, 0.1)
    return float(z_low - slope * t_low), float(slope)


def load(folder: Path) -> tuple[list[Model], list[Benchmark], list[Score]]:
    """Models, benchmarks and scores of the authored catalog."""
    from llm_pick.schema.load import load_folder

    authored = load_folder(folder)
    return authored.records("models"), authored.records("benchmarks"), authored.records("scores")


def main(argv: list[str] | None = None) -> int:
    """Command line; see the module text."""
    parser = argparse.ArgumentParser(description="Fit abilities to published scores.")
    parser.add_argument("--validate", action="store_true")
    parser.add_argument("--tune", action="store_true")
    parser.add_argument("--json", action="store_true", help="With --validate: the figures as one JSON object on stdout.")
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parent.parent / "data")
    args = parser.parse_args(argv)
    records = load(args.data)
    if args.validate or args.tune:
        from tools.validate_quality import tune, validate

        with contextlib.redirect_stdout(sys.stderr if args.json else sys.stdout):
            figures = (validate if args.validate else tune)(*records)
        if args.json and isinstance(figures, dict):
            print(json.dumps(figures, indent=2))
    else:
        table = fit(*records)
        for group in ANCHOR_GROUPS:
            ranked = sorted(
                ((c[group]["likely"], m, mode) for m, modes in table.items() for mode, c in modes.items()), reverse=True
            )
            print(group, *(f"\n  {score:5.1f} {model} {mode}" for score, model, mode in ranked[:15]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
