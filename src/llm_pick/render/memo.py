"""Answers as documents, for whoever decides and did not ask: ``recommend``, ``fit``, ``compare``, ``inspect``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.record import replace
from llm_pick.render.memo_parts import api_prices, duties, evidence, machine_of, machine_price, question_of, weights
from llm_pick.render.text import GIB, gib, gib_range, quality_text, speed_range
from llm_pick.render.view import Chart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llm_pick.core.catalog import Catalog, Model
    from llm_pick.core.compare import Comparison
    from llm_pick.core.fitting import FitAnswer
    from llm_pick.core.inspected import Inspected
    from llm_pick.core.question import Question
    from llm_pick.core.recommend import Assessed, Recommendation
    from llm_pick.render.view import Table, View


def recommendation_memo(view: View, answer: Recommendation, catalog: Catalog) -> View:
    """The picks, what they rest on, what they cost and what is owed for them."""
    asked = answer.question
    view = replace(view, question=question_of(asked), details=(*view.details, *machine_price(asked)))
    where = f"{asked.task.id} on {machine_of(asked.hardware)}"
    if not answer.picks:
        return replace(view, headline=f"No model satisfies this for {where}")
    chosen = [ranked.assessed for ranked in answer.picks]
    best = chosen[0].candidate
    view = replace(
        view,
        headline=f"For {where}: {best.model.name}, {best.quantization.name}",
        details=(("what you get", _promise(chosen[0], asked)), *view.details),
    )
    return about(
        [a.candidate.model for a in chosen],
        chosen,
        asked,
        catalog,
        without(first_titled(view, "Alternatives"), "licence", "commercial"),
    )


def fit_memo(view: View, answer: FitAnswer, catalog: Catalog) -> View:
    """Memory of every quantization against what the machine has, then evidence, costs and duties."""
    asked, best = answer.question, answer.best
    view = replace(
        view, question=question_of(asked, licence=False), details=(*view.details, *machine_price(asked)),
        chart=memory_chart((best, *answer.others), best),
    )  # fmt: skip
    return about([best.candidate.model], [best], asked, catalog, first_titled(view, "Memory and speed"))


def comparison_memo(view: View, found: Comparison, catalog: Catalog) -> View:
    """The models beside each other, with evidence, costs and duties of each."""
    asked = found.question
    question = tuple(row for row in question_of(asked, licence=False) if found.has_machine or row[0] != "hardware")
    view = replace(view, question=question, headline=_names(found, view.headline))
    chosen = [c.setup for c in found.contenders if c.setup is not None]
    return about([c.model for c in found.contenders], chosen, asked, catalog, first_titled(view, "Side by side"))


def inspection_memo(view: View, found: Inspected, assessed: Sequence[Assessed], asked: Question, catalog: Catalog) -> View:
    """What a repository or file holds, against the machine; what its licence tag would mean."""
    shown = replace(view, question=question_of(asked, licence=False), chart=memory_chart(assessed, assessed[0]))
    return replace(shown, tables=(*shown.tables, duties([found.model], asked.profile, catalog)))


def about(models: Sequence[Model], chosen: Sequence[Assessed], asked: Question, catalog: Catalog, view: View) -> View:
    """``view`` with the tables every memo on models ends with."""
    known = [model for model in models if model.id in catalog.models]
    rested = [(a.candidate.model, a.estimate.quality.mode) for a in chosen if a.estimate.quality is not None]
    found = (weights(known), evidence(rested, asked.task, catalog), api_prices(known, asked, catalog),
             duties(known, asked.profile, catalog))  # fmt: skip
    tables = tuple(table for table in found if table is not None and table.rows)
    chart = view.chart or _score_chart(chosen, asked)
    return replace(view, tables=(*view.tables, *tables), chart=chart)


def _promise(assessed: Assessed, asked: Question) -> str:
    """The first pick in one sentence."""
    estimate = assessed.estimate
    said = [f"score {quality_text(estimate.quality)} of 100 at {asked.task.id}"]
    if estimate.speed:
        said.append(f"{speed_range(estimate.speed.decode_tok_per_s)} tokens a second")
    budget = f"{gib(estimate.memory.budget_bytes)} GiB usable"
    return f"{', '.join(said)}, {gib_range(estimate.memory.total_bytes)} GiB of {budget} (likely value, 80 % interval)"


def first_titled(view: View, title: str) -> View:
    """The first table under a title: on a screen it follows the headline and needs none."""
    if not view.tables or view.tables[0].title:
        return view
    first: Table = replace(view.tables[0], title=title)
    return replace(view, tables=(first, *view.tables[1:]))


def without(view: View, *headers: str) -> View:
    """The tables without columns that another part of the memo says in full: a page has no room for all."""
    return replace(view, tables=tuple(_narrower(table, headers) for table in view.tables))


def _narrower(table: Table, headers: Sequence[str]) -> Table:
    kept = [number for number, column in enumerate(table.columns) if column.header not in headers]
    columns = tuple(table.columns[number] for number in kept)
    return replace(table, columns=columns, rows=tuple(tuple(row[number] for number in kept) for row in table.rows))


def _names(found: Comparison, headline: str) -> str:
    """The models' names instead of ``models``."""
    return headline.replace("models compared", ", ".join(c.model.name for c in found.contenders) + " compared", 1)


def _score_chart(chosen: Sequence[Assessed], asked: Question) -> Chart | None:
    rows = []
    for assessed in chosen:
        quality = assessed.estimate.quality
        if quality is not None and quality.unknown is None:
            rows.append((assessed.candidate.model.id, quality.score.low, quality.score.likely, quality.score.high))
    return Chart(f"Score at {asked.task.id}, 0 to 100", tuple(rows)) if len(rows) > 1 else None


def memory_chart(assessed: Sequence[Assessed], best: Assessed, labels: Sequence[str] | None = None) -> Chart:
    """Memory of each against what the machine has; ``labels`` where it is not the quantization they differ in."""
    labels = labels or [f"{a.candidate.quantization.name}, {a.candidate.runtime.id}" for a in assessed]
    needs = [a.estimate.memory.total_bytes for a in assessed]
    rows = tuple((label, need.low / GIB, need.likely / GIB, need.high / GIB) for label, need in zip(labels, needs, strict=True))
    return Chart("Memory needed, GiB", rows, digits=1, limit=("usable", best.estimate.memory.budget_bytes / GIB))
