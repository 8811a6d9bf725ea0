"""``fit`` on one machine: the model there with its limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llm_pick.core.ask import build_question
from llm_pick.core.errors import QuestionError
from llm_pick.core.estimate.limits import largest_context, most_users, served, service_level_assumptions
from llm_pick.core.recommend import fit
from llm_pick.core.record import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llm_pick.core.catalog import Catalog, Model
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


def fit_asked(model: Model, question: Question, catalog: Catalog) -> FitAnswer:
    """Estimate ``model`` on the machine of the question."""
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


def question_about(model: Model, asked: Mapping[str, Any], catalog: Catalog) -> Question:
    """The question; a context that nobody asked for is cut to what the model holds, and said so."""
    question = build_question(catalog, **asked)
    most = max(model.context_native, model.context_extended or 0)
    if asked.get("context") is not None or question.context_tokens <= most:
        return question
    kept = tuple(text for text in question.assumptions if not text.endswith("(--context)"))
    shorter = f"{most:,} tokens per sequence, all that {model.id} holds (--context)"
    return replace(question, context_tokens=most, assumptions=(*kept, shorter))


def machines_of(asked: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
    """One machine for each ``--hardware`` or ``--vram``; see docs/decisions/0006."""
    if asked["hardware"] and asked["vram"]:
        raise QuestionError("--hardware and --vram describe the same thing twice", "give one of them")
    named = [{"hardware": (name,), "vram": ()} for name in asked["hardware"]]
    return tuple(named or [{"hardware": (), "vram": (size,)} for size in asked["vram"]])
