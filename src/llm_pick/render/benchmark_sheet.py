"""``show BENCHMARK``: what it measures, how far to trust it, who was measured, and by whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llm_pick.core.provenance import resolve, sources_of
from llm_pick.core.quality.task_score import INDEPENDENT
from llm_pick.render.view import Column, Table, View

if TYPE_CHECKING:
    from llm_pick.core.catalog import Benchmark, Catalog, Score

_BEST_SHOWN = 8
_DOUBTS = {
    "saturated": "good models crowd at its ceiling: small differences there mean nothing",
    "contaminated": "its answers are public and older than many models: some have seen them in training",
    "judge": "a model judges the answers: length, style and the judge's own family count",
}


def view(record: Benchmark, catalog: Catalog, meant: str | None = None) -> View:
    """The sheet for people; ``meant`` says how the name was read, where it was not plain."""
    rows = _rows(record, catalog)
    unit = "" if record.scale == "percent" else f", on the scale {record.scale}"
    guess = f"; a guesser gets {100 * record.chance:.0f}" if record.chance else ""
    tasks = ", ".join(f"{task} {weight:g}" for task, weight in _tasks(record, catalog).items())
    facts = [
        ("measures", record.measures),
        ("limits", record.limits),
        *(("doubt", text) for field, text in _DOUBTS.items() if getattr(record, field)),
        ("reads", ("higher is better" if record.higher_is_better else "lower is better") + unit + guess),
        ("group", f"{record.task_group}; weight in tasks: {tasks or 'none'}"),
        ("in the fit", "yes" if record.in_fit else f"no: {_why_not(record, catalog)}, shown beside the score only"),
        ("results here", _counts(rows)),
    ]
    best = sorted(rows, key=lambda row: (-row.score if record.higher_is_better else row.score, row.model, row.date))
    columns = (Column("model"), Column("score", right=True), Column("mode", optional=2), Column("by"), Column("date"),
               Column("setting", optional=1, fold=20))  # fmt: skip
    lines = tuple(
        (row.model, f"{row.score:g}", (row.mode or "unstated").replace("_", "-"), row.by, row.date, row.setting or "unstated")
        for row in best[:_BEST_SHOWN]
    )
    tables = [Table((Column("what"), Column("answer", fold=40)), tuple(facts))]
    if lines:
        tables.append(Table(columns, lines, title=f"best published, {len(lines)} of {len(rows)}; sources and settings differ"))
    refs = resolve(sources_of(record, "*"), catalog)
    remarks = [("assumed", meant)] if meant else []
    remarks += [("source", f"{ref}, {ref.url}") for ref in refs]
    remarks.append(("note", "how to read a score: `llm-pick explain benchmarks`"))
    return View(tuple(tables), headline=f"{record.name} (benchmark)", remarks=tuple(remarks))


def _why_not(record: Benchmark, catalog: Catalog) -> str:
    return "how hard it is is not known" if catalog.origin("benchmarks", record.id) else "a composite or a relative rank"


def data(record: Benchmark, catalog: Catalog) -> dict[str, Any]:
    """What the sheet adds to the facts of the record."""
    rows = _rows(record, catalog)
    return {
        "explained": {
            "measures": record.measures,
            "limits": record.limits,
            "doubts": [text for field, text in _DOUBTS.items() if getattr(record, field)],
            "guesser_scores": record.chance,
            "tasks": _tasks(record, catalog),
        },
        "evidence": {
            "rows": len(rows),
            "models": len({row.model for row in rows}),
            "independent_rows": sum(row.by in INDEPENDENT for row in rows),
            "newest": max((row.date for row in rows), default=None),
        },
    }


def _rows(record: Benchmark, catalog: Catalog) -> list[Score]:
    return [row for model in sorted(catalog.scores) for row in catalog.scores[model] if row.benchmark == record.id]


def _tasks(record: Benchmark, catalog: Catalog) -> dict[str, float]:
    """Task → weight of this benchmark's group in it."""
    found = {task.id: task.groups.get(record.task_group, 0.0) for task in catalog.tasks.values()}
    return {task: weight for task, weight in sorted(found.items(), key=lambda item: (-item[1], item[0])) if weight}


def _counts(rows: list[Score]) -> str:
    if not rows:
        return "none that may be passed on"
    independent = sum(row.by in INDEPENDENT for row in rows)
    models = len({row.model for row in rows})
    return f"{len(rows)} of {models} models, {independent} independent, the newest of {max(row.date for row in rows)}"
