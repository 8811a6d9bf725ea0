"""What a decision memo adds to an answer on a screen: the question, the evidence with its sources, the duties, a chart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.licensing.verdict import licence_summary
from llm_pick.core.provenance import resolve
from llm_pick.core.quality.task_score import evidence_for
from llm_pick.core.record import replace
from llm_pick.render.answers import LICENCE_WORDS
from llm_pick.render.text import tokens
from llm_pick.render.view import Chart, Column, Table

if TYPE_CHECKING:
    from llm_pick.core.catalog import Catalog
    from llm_pick.core.question import Question
    from llm_pick.core.rank import Ranked
    from llm_pick.core.recommend import Recommendation
    from llm_pick.render.view import View

ROWS_EACH = 5
"""Benchmark results shown for a model."""


def memo(view: View, answer: Recommendation, catalog: Catalog) -> View:
    """The answer as a document: for whoever decides and did not ask."""
    if not answer.picks:
        return replace(view, tables=(_question(answer.question), *view.tables))
    tables = (_question(answer.question), *view.tables, _evidence(answer, catalog), _duties(answer, catalog))
    return replace(view, tables=tables, chart=_chart(answer))


def _question(asked: Question) -> Table:
    profile = ", ".join(sorted(name for name, value in _given(asked)))
    rows = (
        ("task", asked.task.name),
        ("hardware", asked.hardware.label),
        ("context", f"{tokens(asked.context_tokens)} tokens, {asked.users} at the same time"),
        ("licence policy", ", ".join(asked.license_policies)),
        ("licence profile", profile or "commercial use, nothing else stated"),
        ("judged as of", asked.as_of),
    )
    return Table((Column("question"), Column("value")), rows)


def _given(asked: Question) -> list[tuple[str, str]]:
    from dataclasses import asdict  # noqa: PLC0415 - documents only

    return [(f"{name} = {value}", str(value)) for name, value in asdict(asked.profile).items() if value is not None]


def _evidence(answer: Recommendation, catalog: Catalog) -> Table:
    columns = (Column("model"), Column("benchmark"), Column("score", right=True), Column("by"), Column("date"), Column("source"))
    rows = [row for ranked in answer.picks for row in _evidence_of(ranked, answer.question, catalog)]
    return Table(columns, tuple(rows), title="Evidence")


def _evidence_of(ranked: Ranked, asked: Question, catalog: Catalog) -> list[tuple[str, ...]]:
    quality, model = ranked.assessed.estimate.quality, ranked.assessed.candidate.model
    if quality is None:
        return []
    rows: list[tuple[str, ...]] = []
    for score in evidence_for(model.id, asked.task, quality.mode, catalog)[:ROWS_EACH]:
        source = next(iter(resolve((score.source,), catalog)), None)
        where = source.url if source is not None else score.source
        rows.append((model.id, catalog.benchmarks[score.benchmark].name, f"{score.score:g}", score.by, score.date, where))
    return rows


def _duties(answer: Recommendation, catalog: Catalog) -> Table:
    columns = (Column("model"), Column("licence"), Column("commercial use"), Column("owed"))
    rows = []
    for ranked in answer.picks:
        model = ranked.assessed.candidate.model
        summary = licence_summary(model, answer.question.profile, catalog)
        licences = ", ".join((model.license, *model.base_licenses))
        rows.append((model.id, licences, LICENCE_WORDS[summary["verdict"]], ", ".join(summary["obligations"]) or "nothing"))
    return Table(columns, tuple(rows), title="Licence duties")


def _chart(answer: Recommendation) -> Chart | None:
    rows = []
    for ranked in answer.picks:
        quality = ranked.assessed.estimate.quality
        if quality is not None and quality.unknown is None:
            rows.append((ranked.assessed.candidate.model.id, quality.score.low, quality.score.likely, quality.score.high))
    return Chart(f"Score at {answer.question.task.id}, 80 % interval", tuple(rows)) if rows else None
