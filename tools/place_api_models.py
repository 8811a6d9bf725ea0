"""Place the models behind APIs on the scale of the open models' fit, which they do not move.

    python -m tools.place_api_models              # ranking by eye
    python -m tools.place_api_models --validate   # error and coverage on hidden rows

The benchmarks' difficulties and discriminations, the publishers' habits and the slopes of date stay what the open models'
rows made of them, with their uncertainty. Size is not published, so that the prior of such a model is that of a large open
model of its day, ``UNKNOWN_SIZE`` wide; its own rows do the rest. The conditional is exact (Gaussian), family by family.
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tools.fit_quality import Solved, Targets, cell, kernel, same, solve
from tools.quality_rows import Array, Ints, Rows, assemble, from_logit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llm_pick.core.catalog import ApiModel, Benchmark, Model, Score

STAND_IN = (300_000_000_000, 30_000_000_000)
"""Total and active parameters whose prior mean a model of unpublished size gets: those of the large open models."""
UNKNOWN_SIZE = 0.8
"""Standard deviation, in logits, of an ability around that mean. On the log-likelihood of the rows, 0.6 to 1.0 are alike."""


@dataclass(frozen=True, slots=True)
class _StandIn:
    id: str
    family: str
    reasoning: str
    released: str
    kind: str = "chat"
    base_model: None = None
    params_total: int = STAND_IN[0]
    params_active: int = STAND_IN[1]


def rows_of(models: Sequence[ApiModel], benchmarks: Sequence[Benchmark], scores: Sequence[Score], solved: Solved) -> Rows:
    """The rows on benchmarks the open models' fit knows, with its indices of benchmarks."""
    known = {name: i for i, name in enumerate(solved.posterior.rows.benchmarks)}
    first: dict[str, str] = {}
    for score in scores:
        first[score.model] = min(first.get(score.model, score.date), score.date)
    stand_ins = [_StandIn(m.id, m.family, m.reasoning, m.released or first[m.id]) for m in models if m.id in first]
    rows = assemble(stand_ins, benchmarks, [s for s in scores if s.benchmark in known])  # type: ignore[arg-type]
    order = np.array([known[name] for name in rows.benchmarks], np.int64)
    return dataclasses.replace(rows, benchmark=order[rows.benchmark], benchmarks=solved.posterior.rows.benchmarks)


def _prior(a: Rows | Targets, b: Rows | Targets, solved: Solved) -> Array:
    fit = solved.posterior
    wide = same(a.model, b.model) * UNKNOWN_SIZE**2 * fit.loading[a.group][:, None] * fit.loading[b.group][None, :]
    return kernel(a, b, fit.scale, fit.loading, fit.hyper) + wide


def placed(rows: Rows, targets: Targets, solved: Solved) -> tuple[Array, Array]:
    """Posterior mean and variance of the abilities asked for, given the rows and the open models' fit."""
    fit = solved.posterior
    mean = np.zeros(len(targets.group))
    var = np.zeros(len(targets.group))
    for family in np.unique(targets.family):
        t, o = np.flatnonzero(targets.family == family), np.flatnonzero(rows.family == family)
        asked = Targets(targets.family[t], targets.model[t], targets.system[t], targets.group[t], targets.x[t])
        part = dataclasses.replace(rows.take(o), copies=rows.copies[o])
        lam = fit.discrimination[part.benchmark]
        seen, unseen = fit.design(part, lam, observed=True), fit.design(asked, np.ones(len(t)), observed=False)
        spread = lam[:, None] * lam[None, :] * _prior(part, part, solved) + seen @ fit.coefficient_cov @ seen.T
        spread += same(part.source, part.source) * fit.hyper.source**2
        spread[np.diag_indices_from(spread)] += (
            fit.noise[part.benchmark] ** 2 + (fit.hyper.points * part.slope) ** 2
        ) * part.copies
        cross = _prior(asked, part, solved) * lam[None, :] + unseen @ fit.coefficient_cov @ seen.T
        gain = np.linalg.solve(spread, cross.T).T
        mean[t] = unseen @ fit.coefficients + gain @ (part.y - seen @ fit.coefficients)
        own = np.diag(_prior(asked, asked, solved)) + np.einsum("ij,jk,ik->i", unseen, fit.coefficient_cov, unseen)
        var[t] = np.maximum(own - np.einsum("ij,ij->i", gain, cross), 1e-6)
    return mean, var


def place(
    models: Sequence[ApiModel], benchmarks: Sequence[Benchmark], scores: Sequence[Score], solved: Solved
) -> dict[str, dict[str, dict[str, dict[str, float]]]]:
    """Model id → mode → task group → the cells of ``tools.fit_quality.fit``, for the modes that have a row which bears on general ability."""
    rows = rows_of(models, benchmarks, scores, solved)
    if not len(rows.y):
        return {}
    total = np.bincount(rows.system, minlength=len(rows.systems))
    telling = np.bincount(rows.system, solved.posterior.loading[rows.group] >= 1.0, len(rows.systems))
    targets = _targets(rows, np.flatnonzero(telling))
    mean, var = placed(rows, targets, solved)
    sd = np.sqrt(var * solved.posterior.hyper.inflation)
    independent = np.bincount(rows.system, rows.independent.astype(float), len(rows.systems))
    counts = collections.Counter(zip(rows.system.tolist(), rows.group.tolist(), strict=True))
    out: dict[str, dict[str, dict[str, dict[str, float]]]] = {}
    for i, (system, group) in enumerate(zip(targets.system.tolist(), targets.group.tolist(), strict=True)):
        model, mode = rows.systems[system]
        out.setdefault(model, {}).setdefault(mode, {})[rows.groups[group]] = cell(solved, float(mean[i]), float(sd[i])) | {
            "rows": int(total[system]), "independent_rows": int(independent[system]), "task_rows": counts[system, group],
        }  # fmt: skip
    return out


def _targets(rows: Rows, systems: Ints) -> Targets:
    at = {name: i for i, name in enumerate(rows.models)}
    where = {int(rows.system[i]): i for i in range(len(rows.y))}
    wanted = [(int(s), g) for s in systems for g in range(len(rows.groups))]
    return Targets(
        np.array([rows.family[where[s]] for s, _ in wanted]),
        np.array([at[rows.systems[s][0]] for s, _ in wanted]),
        np.array([s for s, _ in wanted]),
        np.array([g for _, g in wanted]),
        np.array([rows.x[where[s]] for s, _ in wanted]),
    )


def validate(rows: Rows, solved: Solved, folds: int = 5) -> dict[str, float]:
    """Hide a fifth of the (model, source) pairs at a time and predict their scores: error in points, share inside 80 %."""
    fit = solved.posterior
    sources = np.unique(rows.source)
    fold_of = dict(zip(sources.tolist(), np.random.default_rng(7).permutation(len(sources)) % folds, strict=True))
    fold = np.array([fold_of[s] for s in rows.source.tolist()])
    errors, inside = [], []
    for k in range(folds):
        keep, hidden = np.flatnonzero(fold != k), np.flatnonzero(fold == k)
        hidden = hidden[np.isin(rows.model[hidden], rows.model[keep])]
        test = rows.take(hidden)
        ability, var = placed(rows.take(keep), Targets(test.family, test.model, test.system, test.group, test.x), solved)
        lam = fit.discrimination[test.benchmark]
        shell = fit.design(test, np.zeros(len(test.y)), observed=True)
        noise = fit.noise[test.benchmark] ** 2 + (fit.hyper.points * test.slope) ** 2 + fit.hyper.source**2
        y, sd = shell @ fit.coefficients + lam * ability, np.sqrt(lam**2 * var * fit.hyper.inflation + noise)
        errors += np.abs(from_logit(y, test.chance) - test.points).tolist()
        inside += (np.abs(y - test.y) <= 1.2815515594 * sd).tolist()
    return {"rows": len(errors), "median_error": float(np.median(errors)), "coverage": float(np.mean(inside))}


def main(argv: list[str] | None = None) -> int:
    """Command line; see the module text."""
    from llm_pick.schema.load import load_folder

    parser = argparse.ArgumentParser(description="Place the models behind APIs on the open models' scale.")
    parser.add_argument("--validate", action="store_true")
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parent.parent / "data")
    args = parser.parse_args(argv)
    authored = load_folder(args.data)
    open_models: list[Model] = authored.records("models")
    benchmarks = authored.records("benchmarks")
    solved = solve(open_models, benchmarks, authored.records("scores"))
    models, scores = authored.records("api_models"), authored.records("api_scores")
    if args.validate:
        print(validate(rows_of(models, benchmarks, scores, solved), solved))
        return 0
    table = place(models, benchmarks, scores, solved)
    for group in ("general", "code"):
        ranked = sorted(
            ((c[group]["likely"], m, mode, c[group]) for m, modes in table.items() for mode, c in modes.items()), reverse=True
        )
        print(group)
        for likely, model, mode, found in ranked:
            print(f"  {likely:5.1f} [{found['low']:.0f}, {found['high']:.0f}] {model} {mode}, {found['rows']} rows")
    return 0


if __name__ == "__main__":
    sys.exit(main())
