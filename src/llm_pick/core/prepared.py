"""Results that depend on facts alone, worked out when the catalog was compiled: a question need not repeat them.

They hold for the very records they were made from. Whoever puts another record or parameter in a catalog gets the result
computed, by the same functions that filled the tables (``schema.prepare``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llm_pick.core.record import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llm_pick.core.catalog import Catalog, Model, Quantization, Task
    from llm_pick.core.names import Names

TaskTable = dict[str, tuple[int, dict[str, "Sequence[Any]"]]]
"""Model id → published rows in the mode that has most, and mode → the fields of its ``TaskQuality``."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """The tables, and the sections of the catalog they were made from."""

    weights: Mapping[str, Mapping[str, Sequence[float]]]
    """Model id → quantization id → the computed parts of its weights, the tables among them that a host may hold (as
    ``placement.table_bytes``, pinned or not), and the elements they count."""
    task_scores: Mapping[str, TaskTable]
    """By task id."""
    names: Mapping[str, dict[str, Any]]
    """``<kind of record>/<table>`` → that table of its index of names."""
    outlines: Mapping[str, Any]
    """``traits``, ``offers`` and ``models``: see ``core.outline``."""
    extracts: Mapping[str, Any]
    """What is asked of every record of a kind: ``cards``, ``mixers`` and ``commercial``."""
    made_from: Mapping[str, object]
    """Section of the catalog → what it was."""

    def holds(self, catalog: Catalog, *sections: str) -> bool:
        """Whether these sections of the catalog are the ones the tables were made from."""
        return all(getattr(catalog, section) is self.made_from[section] for section in sections)


def weights_row(model: Model, quantization: Quantization, catalog: Catalog) -> Sequence[float] | None:
    """The prepared parts of these weights, if they were prepared for these records."""
    global _weights
    held = _weights  # once: another thread may ask of another catalog meanwhile
    if held[0] is not catalog:
        prepared = catalog.prepared
        valid = prepared is not None and prepared.holds(catalog, "tensor_types", "quantizations", "models", "parameters")
        held = _weights = (catalog, prepared.weights if prepared is not None and valid else None)
    table = held[1]
    if (
        table is None
        or catalog.quantizations.get(quantization.id) is not quantization
        or catalog.models.get(model.id) is not model
    ):
        return None
    rows = table.get(model.id)
    return rows.get(quantization.id) if rows else None


_weights: tuple[Catalog | None, Mapping[str, Mapping[str, Sequence[float]]] | None] = (None, None)
"""The catalog that was asked last, and its table if it holds."""


def prepared_names(kind: str, section: str, catalog: Catalog) -> Names | None:
    """The prepared index of names of a kind of record, if it was prepared for this section."""
    prepared = catalog.prepared
    if prepared is None or not prepared.holds(catalog, section) or f"{kind}/ids" not in prepared.names:
        return None
    from llm_pick.core.names import Names  # noqa: PLC0415 - a name is looked up

    names = prepared.names
    return Names.from_tables(lambda table: names[f"{kind}/{table}"])


def task_table(task: Task, catalog: Catalog) -> TaskTable | None:
    """The prepared scores of every model at this task, if they were prepared for these facts."""
    global _scores
    held = _scores
    if held[0] is not catalog or held[1] is not task:
        prepared = catalog.prepared
        valid = (
            prepared is not None
            and prepared.holds(catalog, "quality", "parameters", "tasks")
            and catalog.tasks.get(task.id) is task
        )
        held = _scores = (catalog, task, prepared.task_scores.get(task.id) if prepared is not None and valid else None)
    return held[2]


_scores: tuple[Catalog | None, Task | None, TaskTable | None] = (None, None, None)
"""The catalog and the task that were asked for last, and their table if it holds."""


def extract(name: str, catalog: Catalog, *sections: str) -> Any:  # noqa: ANN401 - whatever was extracted
    """What was taken out of every record of these sections; ``None`` where it was not, or they are others now."""
    prepared = catalog.prepared
    if prepared is None or not prepared.holds(catalog, *sections):
        return None
    return prepared.extracts.get(name)
