"""``fit``: one model on one machine with its limits, or on every device known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llm_pick.core.ask import build_question
from llm_pick.core.errors import QuestionError
from llm_pick.core.estimate.limits import largest_context, most_users, served, service_level_assumptions
from llm_pick.core.recommend import fit
from llm_pick.core.record import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llm_pick.core.catalog import Catalog, Device, Model
    from llm_pick.core.estimate.capacity import Capacity, NoCapacity
    from llm_pick.core.question import Question
    from llm_pick.core.recommend import Assessed


@dataclass(frozen=True, slots=True)
class FitAnswer:
    """One model on the machine of the question."""

    question: Question
    best: Assessed
    """The quantization and engine that were asked for or chosen."""
    others: tuple[Assessed, ...]
    """The other quantizations, best first."""
    max_context: int
    """Tokens of the longest context that fits."""
    max_users: int
    """Sequences of the asked context that fit at the same time."""
    served: Capacity | NoCapacity | None
    """What is served within the service level; ``None`` where the model does not fit."""


@dataclass(frozen=True, slots=True)
class FitsOnAnswer:
    """One model on every known device."""

    question: Question
    model: Model
    rows: tuple[tuple[Device, Assessed], ...]
    """Devices that hold it, smallest and slowest first; at most as many as asked for."""
    count: int
    """Devices that hold it."""


def fit_here(model: Model, asked: Mapping[str, Any], catalog: Catalog) -> FitAnswer:
    """Estimate ``model`` on the hardware of ``asked`` (the arguments of ``build_question``)."""
    question = _question(model, asked, catalog)
    usual = service_level_assumptions(question, catalog)
    question = replace(question, assumptions=(*question.assumptions, *usual))
    best, *others = fit(model, question, catalog)
    return FitAnswer(
        question=question,
        best=best,
        others=tuple(others),
        max_context=largest_context(best.candidate, question, catalog),
        max_users=most_users(best.candidate, question, catalog),
        served=served(best.candidate, question, catalog),
    )


def fit_everywhere(model: Model, asked: Mapping[str, Any], catalog: Catalog) -> FitsOnAnswer:
    """Every known device that ``model`` fits on, each alone."""
    rows: list[tuple[Device, Assessed]] = []
    question: Question | None = None
    for device in catalog.devices.values():
        if device.memory_gib is None:
            continue
        question = _question(model, {**asked, "hardware": (device.id,)}, catalog)
        try:
            best = fit(model, question, catalog)[0]
        except QuestionError:
            if model.architecture is None or question.context_tokens > (model.context_extended or model.context_native):
                raise
            continue
        if best.estimate.memory.fits:
            rows.append((device, best))
    assert question is not None
    rows.sort(key=lambda row: (row[0].memory_gib, row[0].bandwidth_gb_per_s, row[0].id))
    return FitsOnAnswer(question=question, model=model, rows=tuple(rows[: question.top]), count=len(rows))


def _question(model: Model, asked: Mapping[str, Any], catalog: Catalog) -> Question:
    """The question; a context that nobody asked for is cut to what the model holds, and said so."""
    question = build_question(catalog, **asked)
    most = max(model.context_native, model.context_extended or 0)
    if asked.get("context") is not None or question.context_tokens <= most:
        return question
    kept = tuple(text for text in question.assumptions if not text.endswith("(--context)"))
    shorter = f"{most:,} tokens per sequence, all that {model.id} holds (--context)"
    return replace(question, context_tokens=most, assumptions=(*kept, shorter))
