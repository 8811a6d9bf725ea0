"""Scores of the user's own, read against the fit of the published ones, which they do not move.

Each score says: its logit is the benchmark's difficulty plus its discrimination times the ability, plus the habit of whoever
published it, plus noise (``tools/fit_quality.py``; what that fit found is ``Catalog.placing``). The ability before the scores is
what the catalog holds of the model, else what size and date suggest. Every score then narrows it (Kalman update), that of other
modes and groups less than its own, as the fit's covariances say.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from llm_pick.core.catalog import Quality
from llm_pick.core.quality.published import features, logit, modes_of, to_logit
from llm_pick.core.quality.task_score import INDEPENDENT, Z80

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from llm_pick.core.catalog import Catalog, Model, Score

CHAT = ("chat", "vision-language")
"""Kinds of model whose abilities are fitted."""
EXTREME = 0.05
"""Points from the ends of the 0-100 scale at which rounded abilities are read back."""

Cell = tuple[str, str]
"""(mode, task group)"""


def placed(model: Model, scores: Iterable[Score], catalog: Catalog) -> dict[str, dict[str, Quality]]:
    """Mode → task group → ability with ``scores`` taken into account; the catalog's own where none of them can be fitted.

    ``scores`` are those the fit did not see. A score without a mode counts as the mode that makers report: thinking, where the
    model can.
    """
    held = catalog.quality.get(model.id, {})
    told = list(_told(model, scores, catalog))
    if not told or (not held and model.released == "unknown"):
        return held
    fit = catalog.placing["fit"]
    groups = [name for name in _groups(catalog) if name != "vision" or "image" in model.modalities_in]
    cells = [(mode, group) for mode in modes_of(model) for group in groups]
    prior = [_before(model, cell, held, catalog) for cell in cells]
    mean = [likely for likely, _ in prior]
    cov = _covariance(cells, [sd for _, sd in prior], catalog)
    copies = Counter((mode, score.benchmark) for mode, _, score in told)
    for mode, group, score in told:
        if (mode, group) in cells:
            _update(mean, cov, cells.index((mode, group)), *_observed(score, group, copies[mode, score.benchmark], catalog))
    inflation = math.sqrt(fit["inflation"])
    out: dict[str, dict[str, Quality]] = {}
    for i, cell in enumerate(cells):
        low, likely, high = _points(mean[i], inflation * math.sqrt(max(cov[i][i], 0.0)), fit)
        out.setdefault(cell[0], {})[cell[1]] = Quality(low, likely, high, *_counts(cell, held, told))
    return out


def _told(model: Model, scores: Iterable[Score], catalog: Catalog) -> Iterable[tuple[str, str, Score]]:
    """(mode, group, score) of the scores that can be fitted."""
    possible = modes_of(model)
    for score in scores if model.kind in CHAT else ():
        benchmark, mode = catalog.benchmarks[score.benchmark], score.mode or possible[-1]
        fitted = f"benchmark/{benchmark.id}" in catalog.placing and to_logit(score.score, benchmark) is not None
        if fitted and benchmark.in_fit and mode in possible:
            yield mode, benchmark.task_group, score


def _groups(catalog: Catalog) -> list[str]:
    return [key.removeprefix("group/") for key in catalog.placing if key.startswith("group/")]


def _before(model: Model, cell: Cell, held: Mapping[str, Mapping[str, Quality]], catalog: Catalog) -> tuple[float, float]:
    """Ability and its standard deviation before the scores, in the fit's logits."""
    mode, group = cell
    fit, about = catalog.placing["fit"], catalog.placing[f"group/{group}"]
    known = held.get(mode, {}).get(group)
    if known is not None:
        low, likely, high = (
            logit(min(max(points, EXTREME), 100.0 - EXTREME) / 100.0) for points in (known.low, known.likely, known.high)
        )
        return (likely - fit["offset"]) / fit["slope"], (high - low) / (2 * Z80 * fit["slope"] * math.sqrt(fit["inflation"]))
    x = features(model, mode)
    spread = sum(a * b * cov for a, row in zip(x, about["cov"], strict=True) for b, cov in zip(x, row, strict=True))
    own = _kernel(cell, cell, catalog) + spread
    return sum(a * slope for a, slope in zip(x, about["slopes"], strict=True)), math.sqrt(own)


def _kernel(a: Cell, b: Cell, catalog: Catalog) -> float:
    """Prior covariance of two abilities of one model."""
    fit, one, two = catalog.placing["fit"], catalog.placing[f"group/{a[1]}"], catalog.placing[f"group/{b[1]}"]
    same = float(a[0] == b[0])
    common = fit["family"] ** 2 + fit["model"] ** 2 + same * fit["system"] ** 2
    group = fit["group_family"] ** 2 + fit["group_model"] ** 2 + same * fit["group_system"] ** 2
    return float(one["loading"] * two["loading"] * common + (a[1] == b[1]) * one["scale"] * two["scale"] * group)


def _covariance(cells: Sequence[Cell], sds: Sequence[float], catalog: Catalog) -> list[list[float]]:
    """The prior's correlations at the widths that are known."""
    root = [math.sqrt(_kernel(cell, cell, catalog)) for cell in cells]
    return [
        [_kernel(a, b, catalog) / (root[i] * root[j]) * sds[i] * sds[j] for j, b in enumerate(cells)] for i, a in enumerate(cells)
    ]


def _observed(score: Score, group: str, copies: int, catalog: Catalog) -> tuple[float, float, float]:
    """Discrimination, what the score says of discrimination times ability, and the variance of that."""
    fit, about = catalog.placing["fit"], catalog.placing[f"benchmark/{score.benchmark}"]
    read = to_logit(score.score, catalog.benchmarks[score.benchmark])
    assert read is not None  # `_told` leaves others out
    habit = catalog.placing.get(f"publisher/{score.by}", {}).get("habit", {}).get(group, 0.0)
    noise = (about["noise"] ** 2 + (fit["points"] * read[1]) ** 2) * copies + fit["source"] ** 2 + about["sd"] ** 2
    return about["discrimination"], read[0] - about["difficulty"] - habit, noise


def _update(mean: list[float], cov: list[list[float]], at: int, discrimination: float, told: float, noise: float) -> None:
    row = list(cov[at])
    spread = discrimination**2 * row[at] + noise
    off = told - discrimination * mean[at]
    gain = [discrimination * value / spread for value in row]
    for i, share in enumerate(gain):
        mean[i] += share * off
        for j, value in enumerate(row):
            cov[i][j] -= share * discrimination * value


def _points(mean: float, sd: float, fit: Mapping[str, float]) -> tuple[float, float, float]:
    """80 % interval and median on the 0-100 scale."""
    centre, half = fit["offset"] + fit["slope"] * mean, fit["slope"] * sd * Z80
    low, likely, high = (round(100.0 / (1.0 + math.exp(-z)), 1) for z in (centre - half, centre, centre + half))
    return low, likely, high


def _counts(
    cell: Cell, held: Mapping[str, Mapping[str, Quality]], told: Sequence[tuple[str, str, Score]]
) -> tuple[int, int, int]:
    """Rows of the mode, independent ones of them, rows of the group: those of the catalog and those told."""
    old = held.get(cell[0], {}).get(cell[1])
    rows = [(group, score) for mode, group, score in told if mode == cell[0]]
    return (
        (old.rows if old else 0) + len(rows),
        (old.independent_rows if old else 0) + sum(score.by in INDEPENDENT for _, score in rows),
        (old.task_rows if old else 0) + sum(group == cell[1] for group, _ in rows),
    )
