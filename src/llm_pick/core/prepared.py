"""Results that depend on facts alone, worked out when the catalog was compiled: a question need not repeat them.

They hold for the very records they were made from. Whoever puts another record or parameter in a catalog gets the result
computed, by the same functions that filled the tables (``tools/compile_catalog.py``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llm_pick.core.record import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llm_pick.core.catalog import Catalog, Model, Quantization, Task

TaskTable = dict[str, tuple[int, dict[str, "Sequence[Any]"]]]
"""Model id → published rows in the mode that has most, and mode → the fields of its ``TaskQuality``."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """The tables, and the sections of the catalog they were made from."""

    weights: Mapping[str, Mapping[str, Sequence[float]]]
    """Model id → quantization id → the computed parts of its weights, and the elements they count."""
    task_scores: Mapping[str, TaskTable]
    """By task id."""
    names: Mapping[str, list[Any]]
    """Kind of record → the tables of its index of names."""
    made_from: Mapping[str, object]
    """Section of the catalog → what it was."""


def weights_row(model: Model, quantization: Quantization, catalog: Catalog) -> Sequence[float] | None:
    """The prepared parts of these weights, if they were prepared for these records."""
    prepared = catalog.prepared
    if prepared is None:
        return None
    made_from = prepared.made_from
    if (
        catalog.tensor_types is not made_from["tensor_types"]
        or catalog.quantizations is not made_from["quantizations"]
        or catalog.models is not made_from["models"]
        or catalog.quantizations.get(quantization.id) is not quantization
        or catalog.models.get(model.id) is not model
    ):
        return None
    rows = prepared.weights.get(model.id)
    return rows.get(quantization.id) if rows else None


def name_tables(kind: str, section: str, catalog: Catalog) -> list[Any] | None:
    """The prepared index of names of a kind of record, if it was prepared for this section."""
    prepared = catalog.prepared
    if prepared is None or getattr(catalog, section) is not prepared.made_from[section]:
        return None
    return prepared.names.get(kind)


def task_table(task: Task, catalog: Catalog) -> TaskTable | None:
    """The prepared scores of every model at this task, if they were prepared for these facts."""
    prepared = catalog.prepared
    if prepared is None:
        return None
    made_from = prepared.made_from
    if (
        catalog.quality is not made_from["quality"]
        or catalog.parameters is not made_from["parameters"]
        or catalog.tasks is not made_from["tasks"]
        or catalog.tasks.get(task.id) is not task
    ):
        return None
    return prepared.task_scores.get(task.id)
