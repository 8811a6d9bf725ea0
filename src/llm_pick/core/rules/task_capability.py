"""The model can do what the task needs: see, call tools, reason.

What it checks: input modalities, tool calling, languages and reasoning against the task's needs and ``--reasoning``.
Why it matters: a text model cannot look at a picture, however good its score.
How it decides: a need the model's record denies is a failure; a need it grants is a pass.
When it is unknown: the makers say nothing about tool calling for some models; that is ``unknown`` and
shown, not a failure.
What to do about a failure: choose another task, or a model with that capability.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.provenance import sources_of
from llm_pick.core.rules.base import Outcome, Rule, Verdict

if TYPE_CHECKING:
    from llm_pick.core.candidates import Candidate
    from llm_pick.core.catalog import Catalog, Model
    from llm_pick.core.estimate.estimate import Estimate
    from llm_pick.core.outline import Traits
    from llm_pick.core.question import Question

ID = "task-capability"
MODES = {"none": ("non_thinking",), "always": ("thinking",), "switchable": ("thinking", "non_thinking")}
"""Reasoning of a model → the modes it can be run in."""


def has(model: Model | Traits, need: str) -> bool | None:
    """Whether the model meets ``need``; ``None`` where its record does not say."""
    match need:
        case "vision":
            return "image" in model.modalities_in
        case "audio":
            return "audio" in model.modalities_in
        case "tools":
            return model.tools
        case "languages":
            return None if model.languages is None else model.languages != "en"
        case "reasoning":
            return model.reasoning != "none"
        case _:
            return None


def _lacking(model: Model | Traits, question: Question) -> list[str]:
    lacking = [need for need in question.task.needs if has(model, need) is False]
    if question.mode not in ("auto", *MODES[model.reasoning]):
        lacking.append(question.mode.replace("_", "-") + " mode")
    return lacking


def fails(model: Model | Traits, question: Question, _catalog: Catalog) -> bool:
    """Whether the model lacks something the task or ``--reasoning`` needs."""
    return bool(_lacking(model, question))


def judge(candidate: Candidate, _estimate: Estimate, question: Question, _catalog: Catalog) -> Verdict:
    """Fail on the first need the model lacks, unknown on the first nobody states, else pass."""
    model, task = candidate.model, question.task
    found = {need: has(model, need) for need in task.needs}
    lacking = _lacking(model, question)

    def sources() -> tuple[str, ...]:
        fields = ("modalities_in", "tools", "reasoning", "languages")
        return tuple(dict.fromkeys(source for field in fields for source in sources_of(model, field)))

    if lacking:
        return Verdict(ID, Outcome.FAIL, f"no {' or '.join(lacking)}, which was asked for or `{task.id}` needs", sources)
    silent = [need for need, value in found.items() if value is None]
    if silent:
        return Verdict(ID, Outcome.UNKNOWN, f"{' and '.join(silent)} support is not documented", sources)
    return Verdict(ID, Outcome.PASS, f"meets the needs of `{task.id}`", sources)


RULE = Rule(ID, "Can do the task", "gate", "0.1", judge, "model", __doc__ or "", fails)
