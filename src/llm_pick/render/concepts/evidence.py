"""Numbers of the page on benchmarks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llm_pick.core.concepts import evidence_facts
from llm_pick.core.quality.task_score import best_mode, task_quality
from llm_pick.core.sampling import share_interval, wins_needed
from llm_pick.render.concepts.base import Asked, Numbers
from llm_pick.render.json_v1 import quality_cell
from llm_pick.render.text import score_range
from llm_pick.render.view import Column, Table

if TYPE_CHECKING:
    from llm_pick.core.catalog import Catalog, Model

LEVEL = 0.95
"""Confidence of the statements about one's own examples: the custom of the trade."""
_EXAMPLES = (50, 100, 200)
_SHARE_RIGHT = 0.8
_DISAGREEMENTS = (10, 20, 40)


def benchmarks(asked: Asked, catalog: Catalog) -> Numbers:
    """What published results say about each other, what a count of one's own proves, and one model's evidence."""
    facts = evidence_facts(catalog)
    shared = Table(
        (Column("in this catalog"), Column("figure", right=True)),
        (
            ("published results", f"{facts.rows:,}"),
            ("models with any", str(facts.models)),
            ("of them not by a maker", f"{facts.independent_rows:,}"),
            (f"maker less independent, mean of {facts.pairs} pairs", f"{facts.maker_gap_mean:+.1f} points"),
            ("the same, median", f"{facts.maker_gap_median:+.1f} points"),
            (f"sources apart, median of {facts.repeated} repeated results", f"{facts.spread_median:.1f} points"),
            ("the same, upper quarter from", f"{facts.spread_upper_quarter:.1f} points"),
        ),
        title="how far published figures agree",
    )
    counts = [(round(n * _SHARE_RIGHT), n) for n in _EXAMPLES]
    ranges = [share_interval(right, n, LEVEL) for right, n in counts]
    wins = [(n, wins_needed(n, LEVEL)) for n in _DISAGREEMENTS]
    own = Table(
        (Column("your own test"), Column("what it proves (95 %)")),
        (
            *((f"{right} of {n} right", f"{100 * low:.0f} to {100 * high:.0f} %")
              for (right, n), (low, high) in zip(counts, ranges, strict=True)),
            *((f"{n} examples that only one of two got right", f"{need} must go to one side") for n, need in wins),
        ),
        title="what a count can prove",
    )  # fmt: skip
    data: dict[str, Any] = {
        "rows": facts.rows,
        "models": facts.models,
        "independent_rows": facts.independent_rows,
        "maker_less_independent_points": {
            "mean": round(facts.maker_gap_mean, 2), "median": round(facts.maker_gap_median, 2), "pairs": facts.pairs,
        },
        "spread_between_sources_points": {
            "median": round(facts.spread_median, 2), "upper_quarter": round(facts.spread_upper_quarter, 2),
            "repeated_results": facts.repeated,
        },
        "own_examples": [
            {"right": right, "examples": n, "low": round(low, 3), "high": round(high, 3), "level": LEVEL}
            for (right, n), (low, high) in zip(counts, ranges, strict=True)
        ],
        "wins_needed": [{"disagreements": n, "wins": need, "level": LEVEL} for n, need in wins],
    }  # fmt: skip
    if asked.model is None:
        return Numbers((shared, own), data=data)
    table, found = _evidence_of(asked.model, catalog)
    return Numbers((shared, own, table), data={**data, "model": found})


def _evidence_of(model: Model, catalog: Catalog) -> tuple[Table, dict[str, Any]]:
    rows, cells = [], {}
    for task in catalog.tasks.values():
        mode = best_mode(model.id, task, catalog)
        found = task_quality(model.id, task, mode, catalog) if mode else None
        if mode is None or found is None:
            continue
        said = "unknown" if found.unknown else score_range(found.score)
        rows.append((task.id, said, str(found.task_rows), str(found.rows), str(found.independent_rows)))
        cells[task.id] = quality_cell(found) | {"mode": mode}
    columns = (Column("task"), Column("score (80 %)", right=True), Column("results in its groups", right=True),
               Column("at anything", right=True), Column("independent", right=True))  # fmt: skip
    return Table(columns, tuple(rows), title=f"what is known of {model.id}"), {"id": model.id, "quality": cells}
