"""What the quality fit found, as the program needs it to place scores it did not see (``core/quality/placing.py``).

python -m tools.placing_table --validate
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tools.quality_rows import PUBLISHERS

if TYPE_CHECKING:
    from tools.fit_quality import Solved

HYPER = ("family", "model", "system", "group_family", "group_model", "group_system", "source", "points", "inflation")
DIGITS = 4


def table(solved: Solved) -> list[dict[str, Any]]:
    """One row for the fit as a whole, for each task group, benchmark and class of publisher that has a habit."""
    fit = solved.posterior
    rows, n_b, n_g = fit.rows, len(fit.rows.benchmarks), len(fit.rows.groups)
    n_x = rows.x.shape[1]
    width = len(fit.coefficients)
    out: list[dict[str, Any]] = [
        {"id": "fit", "offset": _round(solved.offset), "slope": _round(solved.slope)}
        | {name: _round(getattr(fit.hyper, name)) for name in HYPER}
    ]
    for g, group in enumerate(rows.groups):
        take = np.zeros((n_x, width))
        for j in range(n_x):
            take[j, n_b + j] = fit.loading[g]
            take[j, n_b + n_x + g * n_x + j] = 1.0
        out.append(
            {
                "id": f"group/{group}",
                "loading": _round(fit.loading[g]),
                "scale": _round(fit.scale[g]),
                "slopes": [_round(value) for value in take @ fit.coefficients],
                "cov": [[_round(value) for value in row] for row in take @ fit.coefficient_cov @ take.T],
            }
        )
    for b, benchmark in enumerate(rows.benchmarks):
        out.append(
            {
                "id": f"benchmark/{benchmark}",
                "difficulty": _round(fit.coefficients[b]),
                "sd": _round(np.sqrt(fit.coefficient_cov[b, b])),
                "discrimination": _round(fit.discrimination[b]),
                "noise": _round(fit.noise[b]),
            }
        )
    habits = fit.coefficients[n_b + n_x + n_x * n_g :].reshape(len(PUBLISHERS), n_g)
    for publisher, found in zip(PUBLISHERS, habits, strict=True):
        habit = {group: _round(value) for group, value in zip(rows.groups, found, strict=True)}
        out.append({"id": f"publisher/{publisher}", "habit": habit})
    return out


def _round(value: float) -> float:
    return round(float(value), DIGITS)


def validate(folder: Path, folds: int = 5) -> dict[str, float]:
    """Points between abilities placed by the program and those of the whole fit, for families the placing fit did not see."""
    from llm_pick.core.quality.placing import placed
    from llm_pick.core.record import replace
    from llm_pick.io.store import built_in_catalog
    from tools.fit_quality import abilities, load, solve
    from tools.quality_rows import family_of

    models, benchmarks, scores = load(folder)
    by_id = {model.id: model for model in models}
    family = {model.id: family_of(model, by_id) for model in models}
    whole = abilities(solve(models, benchmarks, scores), models)
    names = sorted(set(family.values()))
    order = np.random.default_rng(7).permutation(len(names)) % folds
    fold_of = dict(zip(names, order.tolist(), strict=True))
    catalog = built_in_catalog()
    off, inside, spread = [], [], []
    for k in range(folds):
        seen = [score for score in scores if fold_of[family[score.model]] != k]
        hidden: dict[str, list[Any]] = {}
        for score in scores:
            if fold_of[family[score.model]] == k:
                hidden.setdefault(score.model, []).append(score)
        rows = {row["id"]: row for row in table(solve(models, benchmarks, seen))}
        beside = replace(catalog, placing=rows, quality={})
        for id, own in sorted(hidden.items()):
            for mode, groups in placed(by_id[id], own, beside).items():
                for group, cell in groups.items():
                    truth = whole[id][mode][group]
                    if truth["rows"]:
                        off.append(cell.likely - truth["likely"])
                        inside.append(cell.low <= truth["likely"] <= cell.high)
                        spread.append((cell.high - cell.low) / (truth["high"] - truth["low"]))
    error = np.abs(off)
    return {
        "abilities": len(off), "median_points": float(np.median(error)), "p90_points": float(np.quantile(error, 0.9)),
        "bias": float(np.mean(off)), "inside": float(np.mean(inside)), "width_ratio": float(np.median(spread)),
    }  # fmt: skip


def main(argv: list[str] | None = None) -> int:
    """Command line; see the module text."""
    parser = argparse.ArgumentParser(description="Check how scores the fit did not see are placed.")
    parser.add_argument("--validate", action="store_true", required=True)
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parent.parent / "data")
    print(validate(parser.parse_args(argv).data))
    return 0


if __name__ == "__main__":
    sys.exit(main())
