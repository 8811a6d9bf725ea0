"""``fit --ladder``: one model on one machine, step by step over its quantizations, context lengths or users."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.concepts import points_lost
from llm_pick.core.errors import QuestionError
from llm_pick.core.estimate.limits import largest_context, most_users
from llm_pick.core.estimate.speed import Speed
from llm_pick.core.fitting import fit_asked
from llm_pick.core.recommend import assess
from llm_pick.core.record import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from llm_pick.core.candidates import Candidate
    from llm_pick.core.catalog import Catalog, Model
    from llm_pick.core.facts import Range
    from llm_pick.core.question import Question
    from llm_pick.core.recommend import Assessed

SHORTEST = 8192
"""Tokens of the first step over contexts; each further one is four times as long."""
SEVERAL = 2
"""Users for whom the engine of a ladder over users is chosen, where one was asked for: engines differ from two on."""


@dataclass(frozen=True, slots=True)
class QuantStep:
    """One quantization, in the engine that would run it."""

    assessed: Assessed
    points_lost: Range | None
    """Of the task's likely score, to the quantization alone."""
    max_context: int
    """Tokens of the longest context that fits; 0 where none does."""
    chosen: bool


@dataclass(frozen=True, slots=True)
class ContextStep:
    """One context length, in the quantization chosen for the context asked."""

    context_tokens: int
    assessed: Assessed
    full: Speed | None
    """Speed with every one of the tokens in use; ``None`` where it does not run."""
    why: str
    """step | asked | most that fits | all the model holds"""


@dataclass(frozen=True, slots=True)
class UserStep:
    """One number of users at the same time."""

    users: int
    assessed: Assessed
    why: str
    """step | asked | most that fit"""


@dataclass(frozen=True, slots=True)
class LadderAnswer:
    """All steps of one kind; the others are empty."""

    kind: str
    """quants | contexts | users"""
    question: Question
    candidate: Candidate
    """What ``fit`` would choose; held on all steps but those over quantizations."""
    quants: tuple[QuantStep, ...] = ()
    contexts: tuple[ContextStep, ...] = ()
    users: tuple[UserStep, ...] = ()

    @property
    def fits(self) -> bool:
        """Whether at least one step fits."""
        steps: tuple[QuantStep | ContextStep | UserStep, ...] = (*self.quants, *self.contexts, *self.users)
        return any(step.assessed.estimate.memory.fits for step in steps)


def ladder_here(kind: str, model: Model, question: Question, catalog: Catalog) -> LadderAnswer:
    """The ladder of ``kind`` on the machine of the question."""
    if kind not in KINDS:
        raise QuestionError(f"`--ladder {kind}` is no ladder", f"one of {', '.join(KINDS)}")
    return KINDS[kind](model, question, catalog)


def over_quants(model: Model, question: Question, catalog: Catalog) -> LadderAnswer:
    """Every quantization that can be had and run here, the most bits first."""
    found = fit_asked(model, question, catalog)
    items = sorted((found.best, *found.others), key=lambda item: (-item.estimate.bits_per_weight, item.candidate.key))
    steps = tuple(
        QuantStep(
            item,
            points_lost(model, item.candidate.quantization, question.task, catalog),
            largest_context(item.candidate, question, catalog),
            chosen=item is found.best,
        )
        for item in items
    )
    return LadderAnswer("quants", question, found.best.candidate, quants=steps)


def over_contexts(model: Model, question: Question, catalog: Catalog) -> LadderAnswer:
    """From short to all the model holds, in fourfold steps, with the length asked for and the longest that fits."""
    chosen = fit_asked(model, question, catalog).best.candidate
    most = max(model.context_native, model.context_extended or 0)
    longest = largest_context(chosen, question, catalog)
    lengths = {most: "all the model holds"}
    length = SHORTEST
    while length < most:
        lengths[length] = "step"
        length *= 4
    if longest and longest not in lengths:
        lengths[longest] = "most that fits"
    lengths[question.context_tokens] = "asked"
    steps = []
    for tokens in sorted(lengths):
        asked = replace(question, context_tokens=tokens)
        item = assess(chosen, asked, catalog)
        memory = item.estimate.memory
        full = None if memory.shortfall_bytes else Speed(chosen, memory, asked, catalog, full=True)
        steps.append(ContextStep(tokens, item, full, lengths[tokens]))
    return LadderAnswer("contexts", question, chosen, contexts=tuple(steps))


def over_users(model: Model, question: Question, catalog: Catalog) -> LadderAnswer:
    """From one user up in doublings, to a little beyond the most that fit, in an engine meant for several."""
    several = replace(question, users=max(SEVERAL, question.users))
    chosen = fit_asked(model, several, catalog).best.candidate
    most = most_users(chosen, question, catalog)
    counts = {most: "most that fit"} if most else {}
    count = 1
    while count <= max(1, most):
        counts.setdefault(count, "step")
        count *= 2
    counts.setdefault(count, "step")
    if question.users > 1:
        counts[question.users] = "asked"
    steps = tuple(
        UserStep(count, assess(chosen, replace(question, users=count), catalog), counts[count]) for count in sorted(counts)
    )
    return LadderAnswer("users", question, chosen, users=steps)


KINDS: dict[str, Callable[[Model, Question, Catalog], LadderAnswer]] = {
    "quants": over_quants,
    "contexts": over_contexts,
    "users": over_users,
}
