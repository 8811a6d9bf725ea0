"""Fills the tables of ``core.prepared`` from a catalog's facts, by the functions that answer without them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llm_pick.core.candidates import ANSWERING_KINDS, published_quantizations
from llm_pick.core.estimate.placement import table_bytes
from llm_pick.core.estimate.weights import counted_elements, mixers_of, weight_parts
from llm_pick.core.hardware import cards_of
from llm_pick.core.licensing.verdict import commercial_verdicts
from llm_pick.core.lookup import SECTIONS, names_of
from llm_pick.core.outline import BUILT_IN, YOURS, outline_of, table_of
from llm_pick.core.quality.task_score import rows_in_any_mode, task_quality

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llm_pick.core.catalog import Catalog, Model, Quality, Quantization, Task

KINDS = {kind: SECTIONS[kind] for kind in ("model", "licence", "device", "task", "quantization", "runtime")}
"""Kinds of record whose index of names is worked out, and their sections."""

Rows = list[dict[str, Any]]


def prepare(catalog: Catalog) -> dict[str, Rows]:
    """All tables of a catalog that has none, as the rows of their sections."""
    return {
        "weights": weights_of(catalog.models.values(), catalog),
        "task_scores": task_scores_of(catalog),
        "names": names_in(catalog, KINDS),
        "outlines": outlines_of(BUILT_IN, catalog.models.values(), catalog),
        "extracts": extracts_of(catalog),
    }


def weights_of(models: Iterable[Model], catalog: Catalog) -> Rows:
    """Parts of the weights of every published quantization, the tables among them, and the elements they count."""
    return [
        {"id": model.id, "rows": {quantization.id: _weights(model, quantization, catalog)
                                  for quantization in published_quantizations(model, catalog)}}
        for model in models if model.kind in ANSWERING_KINDS and model.architecture
    ]  # fmt: skip


def _weights(model: Model, quantization: Quantization, catalog: Catalog) -> list[float]:
    tables = [table_bytes(model, quantization, catalog, pinned=pinned) for pinned in (False, True)]
    return [*weight_parts(model, quantization, catalog), *tables, counted_elements(model, quantization)]


def outlines_of(name: str, models: Iterable[Model], catalog: Catalog) -> Rows:
    """The outlines of the models, as one table; that of a user's says which ids it speaks for, those without outline too."""
    models = list(models)
    found = (outline_of(model, catalog) for model in models)
    table = table_of([outline for outline in found if outline is not None])
    return [{"id": name, "rows": {**table, "replaced": [model.id for model in models]} if name == YOURS else table}]


def names_in(catalog: Catalog, kinds: Iterable[str]) -> Rows:
    """The indexes of names of these kinds of record, table by table."""
    return [
        {"id": f"{kind}/{name}", "rows": table}
        for kind in kinds
        if getattr(catalog, SECTIONS[kind])
        for name, table in names_of(kind, catalog).tables().items()
    ]


def extracts_of(catalog: Catalog) -> Rows:
    """What questions ask of every record of a kind."""
    found = {"cards": cards_of(catalog), "mixers": mixers_of(catalog), "commercial": commercial_verdicts(catalog)}
    return [{"id": name, "rows": rows} for name, rows in found.items()]


def task_scores_of(catalog: Catalog) -> Rows:
    """What every model reaches at every task, in each mode."""
    return [
        {"id": task.id, "rows": {model: [rows_in_any_mode(model, catalog), _scores(model, task, modes, catalog)]
                                 for model, modes in catalog.quality.items()}}
        for task in catalog.tasks.values()
    ]  # fmt: skip


def _scores(model: str, task: Task, modes: dict[str, dict[str, Quality]], catalog: Catalog) -> dict[str, list[Any]]:
    found = {mode: task_quality(model, task, mode, catalog) for mode in modes}
    return {
        mode: [q.score.low, q.score.likely, q.score.high, q.rows, q.independent_rows, q.task_rows, q.unknown]
        for mode, q in found.items() if q is not None
    }  # fmt: skip
