"""From fitted abilities per benchmark group to one score per task, with its interval and the evidence behind it.

The abilities are fitted when the catalog is compiled (``tools/fit_quality.py``); here they are only combined. Scores run from
0 to 100 on a scale fixed by two anchor models, so they compare models with each other and are no percentage of anything.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from typing import TYPE_CHECKING

from llm_pick.core.facts import Range
from llm_pick.core.prepared import task_table
from llm_pick.core.record import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from llm_pick.core.catalog import Catalog, Quality, Score, Task

Z80 = 1.2815515655446004
"""Half-width of the central 80 % of a standard normal distribution."""

MODES = ("thinking", "non_thinking")
INDEPENDENT = ("independent", "leaderboard")
"""Who measured: not the maker, and nobody copying the maker."""


@dataclass(frozen=True, slots=True)
class TaskQuality:
    """Score of one model in one mode at one task, at full precision."""

    score: Range
    """0 to 100."""
    rows: int
    """Published results of this model in this mode, at anything."""
    independent_rows: int
    """Those of them not published by a model maker."""
    task_rows: int
    """Those of the task's own benchmark groups; 0 means the score rests on general ability, size and date alone."""
    unknown: str | None = None
    """Why the score says nothing: the task needs results of its own and there are none. The interval is then a prior."""


def task_quality(model_id: str, task: Task, mode: str, catalog: Catalog) -> TaskQuality | None:
    """Weighted mean over the task's benchmark groups, or ``None`` where one of them does not apply to the model.

    ``model_id`` may be an open model or an ``ApiModel``; of the latter those without a fitted row have no score.

    The half-widths of the groups are combined as errors of equal correlation ``quality.task.group_correlation``: they share
    the error of general ability and have one of their own. The result does not depend on the order of the groups.
    """
    table = task_table(task, catalog)
    if table is not None and model_id in table:
        row = table[model_id][1].get(mode)
        return row and TaskQuality(Range(*row[:3]), *row[3:])  # type: ignore[return-value]
    abilities = _abilities(model_id, catalog).get(mode)
    if abilities is None:
        return None
    cells = [(weight, abilities.get(group)) for group, weight in sorted(task.groups.items()) if weight > 0]
    known: list[tuple[float, Quality]] = [(weight, cell) for weight, cell in cells if cell is not None]
    if not known or len(known) < len(cells):
        return None
    total = math.fsum(weight for weight, _ in known)
    likely = math.fsum(weight * cell.likely for weight, cell in known) / total
    correlation = catalog.parameter("quality.task.group_correlation")
    below = _combined([weight * (cell.likely - cell.low) / total for weight, cell in known], correlation)
    above = _combined([weight * (cell.high - cell.likely) / total for weight, cell in known], correlation)
    return TaskQuality(
        score=Range(max(0.0, likely - below), likely, min(100.0, likely + above)),
        rows=max(cell.rows for _, cell in known),
        independent_rows=max(cell.independent_rows for _, cell in known),
        task_rows=sum(cell.task_rows for _, cell in known),
        unknown=_unknown(task, abilities),
    )


def _abilities(model_id: str, catalog: Catalog) -> Mapping[str, dict[str, Quality]]:
    """Mode → group → ability of an open model, or of one behind an API: both are on the same scale."""
    found = catalog.quality.get(model_id)
    return found if found is not None else catalog.api_quality.get(model_id, {})


def _unknown(task: Task, abilities: dict[str, Quality]) -> str | None:
    if not task.own_groups or any(group in abilities and abilities[group].task_rows for group in task.own_groups):
        return None
    return f"no published {' or '.join(task.own_groups)} result, and general ability does not predict it"


def _combined(widths: list[float], correlation: float) -> float:
    """Half-width of a sum of errors with equal pairwise ``correlation``."""
    squares = math.fsum(width * width for width in widths)
    together = math.fsum(widths)
    return math.sqrt((1 - correlation) * squares + correlation * together * together)


def best_mode(model_id: str, task: Task, catalog: Catalog, modes: Collection[str] = MODES) -> str | None:
    """Of ``modes``, the one with the higher likely score at the task, known before unknown; ``None`` where none can be scored."""
    best: tuple[tuple[bool, float], str] | None = None
    for mode in sorted(set(_modes(model_id, task, catalog)) & set(modes)):
        found = task_quality(model_id, task, mode, catalog)
        if found is None:
            continue
        merit = (found.unknown is None, found.score.likely)
        if best is None or merit > best[0]:
            best = (merit, mode)
    return None if best is None else best[1]


def _modes(model_id: str, task: Task, catalog: Catalog) -> Collection[str]:
    table = task_table(task, catalog)
    return table[model_id][1] if table is not None and model_id in table else _abilities(model_id, catalog)


def rows_in_any_mode(model_id: str, catalog: Catalog, task: Task | None = None) -> int:
    """Published results of the model in the mode that has most of them; a ``task`` only spares looking them up."""
    table = task_table(task, catalog) if task else None
    if table is not None and model_id in table:
        return table[model_id][0]
    modes = _abilities(model_id, catalog).values()
    return max((cell.rows for groups in modes for cell in groups.values()), default=0)


_sorted_scores: dict[str, tuple[object, dict[str, float], list[float]]] = {}
"""Task id → the table and weights it was computed for, and every model's likely score in its better mode, ascending. A memo
of the latest catalog only; it changes no answer."""


def _scores(task: Task, catalog: Catalog) -> list[float]:
    held = _sorted_scores.get(task.id)
    if held is not None and held[0] is catalog.quality and held[1] == task.groups:
        return held[2]
    table = task_table(task, catalog)
    if table is not None:
        scores = sorted(max(row[1] for row in modes.values()) for _, modes in table.values() if modes)
    else:
        scores = []
        for model_id, modes in catalog.quality.items():
            found = [task_quality(model_id, task, mode, catalog) for mode in modes]
            likely = [item.score.likely for item in found if item is not None]
            if likely:
                scores.append(max(likely))
        scores.sort()
    _sorted_scores[task.id] = (catalog.quality, task.groups, scores)
    return scores


def percentile(score: float, task: Task, catalog: Catalog) -> int:
    """Share of the catalog's models, in whole percent, whose likely score at the task lies below ``score``; 0 of none."""
    scores = _scores(task, catalog)
    return 100 * bisect_left(scores, score) // len(scores) if scores else 0


def probability_better(a: Range, b: Range) -> float:
    """Probability that ``a`` is the better one, both taken as independent normal distributions; 0.5 for equal certain values."""
    spread = math.hypot(a.high - a.low, b.high - b.low) / (2 * Z80)
    difference = a.likely - b.likely
    if spread == 0:
        return 0.5 if difference == 0 else float(difference > 0)
    return 0.5 * math.erfc(-difference / (spread * math.sqrt(2)))


def evidence_for(model_id: str, task: Task, mode: str, catalog: Catalog) -> tuple[Score, ...]:
    """Published results of the task's benchmark groups in this mode (or in none stated), those that bear most on it first.

    Order: weight of the benchmark's group in the task; fitted before merely shown; independent before makers' own; newest first.
    """

    def relevance(row: Score) -> tuple[float, bool, bool]:
        benchmark = catalog.benchmarks[row.benchmark]
        return task.groups.get(benchmark.task_group, 0.0), benchmark.in_fit, row.by in INDEPENDENT

    rows = [
        row
        for row in catalog.scores.get(model_id, ())
        if row.mode in (None, mode) and task.groups.get(catalog.benchmarks[row.benchmark].task_group, 0.0) > 0
    ]
    rows.sort(key=lambda row: (row.benchmark, row.source, row.score))
    rows.sort(key=lambda row: row.date, reverse=True)
    rows.sort(key=relevance, reverse=True)
    return tuple(rows)
