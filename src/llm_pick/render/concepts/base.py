"""What every page of ``explain`` gets to compute with, and what it hands back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llm_pick.core.candidates import GGUF_OF_NATIVE, published_quantizations
from llm_pick.core.compare import DEFAULT_QUANTIZATION
from llm_pick.core.record import dataclass, field, replace
from llm_pick.render import ladder

if TYPE_CHECKING:
    from llm_pick.core.catalog import Catalog, Model, Quantization, Task
    from llm_pick.core.cost.asked import Asked as Bill
    from llm_pick.core.ladders import LadderAnswer
    from llm_pick.core.question import Question
    from llm_pick.render.view import Table


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose numbers to show."""

    model: Model | None
    task: Task
    context_tokens: int
    users: int
    question: Question | None = None
    """On the reader's machine; ``None`` where none was named."""
    bill: Bill | None = None
    """The reader's traffic; ``None`` where none was given."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """What stands under the page."""

    tables: tuple[Table, ...] = ()
    remarks: tuple[tuple[str, str], ...] = ()
    data: dict[str, Any] = field(default_factory=dict)


def no_model(asked: Asked) -> Numbers:
    """Nothing, or why there is nothing for the model asked about."""
    if asked.model is None:
        return Numbers()
    why = asked.model.unknown.get("architecture", "no published file of it is known")
    return Numbers(remarks=(("warning", f"no numbers for {asked.model.id}: {why}"),))


def usual_quantization(model: Model, catalog: Catalog) -> Quantization | None:
    """The maker's own where it is small, else the usual one; ``None`` where nothing is published."""
    published = {found.id: found for found in published_quantizations(model, catalog)}
    order = (GGUF_OF_NATIVE.get(model.native_dtype), DEFAULT_QUANTIZATION, model.native_dtype, *published)
    return next((published[id] for id in order if id in published), None)


def on_machine(found: LadderAnswer) -> Numbers:
    """A ladder on the reader's machine, as ``fit --ladder`` shows it."""
    said, table, notes = ladder.parts(found)
    remarks = [("note", text) for text in notes] + [("assumed", text) for text in found.question.assumptions]
    return Numbers((replace(table, title=said),), tuple(remarks), ladder.body(found))
