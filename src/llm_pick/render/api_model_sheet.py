"""A model behind an API as a sheet: its facts, its place on the open models' quality scale, who sells it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llm_pick.core.offers import offers_of
from llm_pick.core.quality.task_score import best_mode, task_quality
from llm_pick.render import json_v1
from llm_pick.render.price_listings import usd
from llm_pick.render.view import Column, Table, View

if TYPE_CHECKING:
    from llm_pick.core.catalog import ApiModel, Catalog
    from llm_pick.core.quality.task_score import TaskQuality


def view(model: ApiModel, catalog: Catalog, facts: tuple[Table, ...], meant: str | None) -> View:
    """The sheet for people; ``facts`` are the tables every record has."""
    found = _scores(model, catalog)
    scores = tuple(
        (task, f"{q.score.low:.0f}–{q.score.likely:.0f}–{q.score.high:.0f}" if q.unknown is None else "unknown",
         mode.replace("_", "-"), str(q.rows))
        for task, (mode, q) in found.items()
    )  # fmt: skip
    columns = (Column("task"), Column("quality", right=True), Column("mode"), Column("results", right=True))
    tables = (Table(columns, scores, "Quality, on the open models' scale"),) if scores else ()
    sold = tuple(
        (o.id, usd(o.usd_per_m_input), usd(o.usd_per_m_output), f"{o.date}{f', ends {o.retired}' if o.retired else ''}")
        for o in offers_of(model, catalog)
    )
    offer_columns = (Column("offer"), Column("USD/M in", right=True), Column("USD/M out", right=True), Column("date"))
    offers = (Table(offer_columns, sold, "Offers"),) if sold else ()
    remarks = [("assumed", meant)] if meant else []
    if not scores:
        remarks.append(("unknown", why_unknown(model.id, catalog)))
    remarks.append(("note", "a yardstick for what is replaced: it is never recommended"))
    return View((*facts, *tables, *offers), headline=f"{model.name} (model behind an API)", remarks=tuple(remarks))


def data(model: ApiModel, catalog: Catalog) -> dict[str, Any]:
    """Quality per task, evidence and offers as JSON."""
    quality = {task: json_v1.quality_cell(q) | {"mode": mode} for task, (mode, q) in _scores(model, catalog).items()}
    return {
        "quality": quality,
        "quality_unknown": None if quality else why_unknown(model.id, catalog),
        "evidence": [
            {"benchmark": s.benchmark, "score": s.score, "mode": s.mode, "by": s.by, "source": s.source, "date": s.date}
            for s in catalog.api_scores.get(model.id, ())
        ],
        "offers": [offer.id for offer in offers_of(model, catalog)],
    }


def why_unknown(model_id: str, catalog: Catalog) -> str:
    """Why a model behind an API has no quality score."""
    if model_id in catalog.api_scores:
        return "no quality score: its published results are on benchmarks that say little of general ability"
    return "no quality score: no published result was found under terms that let it be passed on"


def _scores(model: ApiModel, catalog: Catalog) -> dict[str, tuple[str, TaskQuality]]:
    out = {}
    for task in catalog.tasks.values():
        mode = best_mode(model.id, task, catalog)
        found = task_quality(model.id, task, mode, catalog) if mode else None
        if mode and found:
            out[task.id] = (mode, found)
    return out
