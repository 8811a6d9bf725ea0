"""All that is predicted of one candidate, each part computed when somebody first looks at it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from llm_pick.core.estimate.memory import Memory, memory_of
from llm_pick.core.estimate.speed import Speed
from llm_pick.core.estimate.weights import bits_per_weight
from llm_pick.core.prepared import task_table
from llm_pick.core.quality.quantization_loss import logit_loss, quantized_score
from llm_pick.core.quality.task_score import TaskQuality, best_mode, percentile, rows_in_any_mode, task_quality
from llm_pick.core.record import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from llm_pick.core.candidates import Candidate
    from llm_pick.core.catalog import Catalog
    from llm_pick.core.facts import Range
    from llm_pick.core.question import Question


@dataclass(frozen=True, slots=True)
class QualityEstimate:
    """Score at the task, 0 to 100 on the catalog's scale, after the loss of the quantization."""

    mode: str
    """thinking | non_thinking: the better one for the task."""
    score: Range
    percentile: int
    """Share of the catalog's answering models that score lower, in percent."""
    rows: int
    independent_rows: int
    task_rows: int
    unknown: str | None = None
    """Why the score says nothing (``TaskQuality.unknown``); the interval is then a prior."""


QualityMemo = dict[str, tuple[str | None, TaskQuality | None]]


class Estimate:
    """Memory, speed and quality of a candidate under a question."""

    def __init__(self, candidate: Candidate, question: Question, catalog: Catalog, memo: QualityMemo | None = None) -> None:
        """``memo`` keeps the score of each model at full precision, which its quantizations share."""
        self._candidate, self._question, self._catalog = candidate, question, catalog
        self._memo: QualityMemo = {} if memo is None else memo

    @cached_property
    def memory(self) -> Memory:
        """Bytes against the budget."""
        return memory_of(self._candidate, self._question, self._catalog)

    @cached_property
    def speed(self) -> Speed | None:
        """Tokens per second; ``None`` where it does not run at all."""
        if self.memory.shortfall_bytes:
            return None
        return Speed(self._candidate, self.memory, self._question, self._catalog)

    @cached_property
    def bits_per_weight(self) -> float:
        """Likely bits per parameter."""
        return bits_per_weight(self._candidate.model, self._candidate.quantization, self._catalog)

    @property
    def loses_nothing(self) -> bool:
        """Whether the quantization costs no quality that was ever measured."""
        model, quantization = self._candidate.model, self._candidate.quantization
        loss = logit_loss(self.bits_per_weight, model.params_total, model.native_dtype, self._catalog)
        return quantization.lossless or loss.high == 0

    @property
    def unquantized(self) -> TaskQuality | None:
        """Score at the task in the better mode, before the loss of the quantization."""
        return self._at_full_precision()[1]

    def _at_full_precision(self) -> tuple[str | None, TaskQuality | None]:
        model = self._candidate.model
        return score_at_full_precision(model.id, model.reasoning, self._question, self._catalog, self._memo)

    @cached_property
    def quality(self) -> QualityEstimate | None:
        """Score at the task in the better mode, or ``None`` where nothing could be fitted."""
        model, task, catalog = self._candidate.model, self._question.task, self._catalog
        mode, found = self._at_full_precision()
        if mode is None or found is None:
            return None
        score = quantized_score(found.score, model, self._candidate.quantization, self.bits_per_weight, catalog)
        return QualityEstimate(
            mode=mode,
            score=score,
            percentile=percentile(score.likely, task, catalog),
            rows=found.rows,
            independent_rows=found.independent_rows,
            task_rows=found.task_rows,
            unknown=found.unknown,
        )


def score_at_full_precision(
    model_id: str, reasoning: str, question: Question, catalog: Catalog, memo: QualityMemo
) -> tuple[str | None, TaskQuality | None]:
    """The better mode that the question admits, and the score in it before the loss of a quantization."""
    found = memo.get(model_id)
    if found is None:
        task = question.task
        mode = best_mode(model_id, task, catalog, _modes(reasoning, question, catalog))
        found = memo[model_id] = (mode, task_quality(model_id, task, mode, catalog) if mode else None)
    return found


class Reach(NamedTuple):
    """What the score of a model at full precision means for its place."""

    low: float
    likely: float
    rows: int
    """Published results in the better mode."""
    unknown: bool
    """Whether the score says nothing."""
    rows_in_any_mode: int


def reach_of(question: Question, catalog: Catalog) -> Callable[[str, str], Reach | None]:
    """From a model's id and its ``reasoning`` to its reach, for all models: read off the prepared table where it holds."""
    table = task_table(question.task, catalog)
    modes = {reasoning: sorted(_modes(reasoning, question, catalog)) for reasoning in ("none", "always", "switchable")}

    def reach(model_id: str, reasoning: str) -> Reach | None:
        held = table.get(model_id) if table is not None else None
        if held is None:
            found = score_at_full_precision(model_id, reasoning, question, catalog, {})[1]
            rows = rows_in_any_mode(model_id, catalog)
            if found is None:
                return None
            return Reach(found.score.low, found.score.likely, found.rows, found.unknown is not None, rows)
        allowed = [held[1][mode] for mode in modes[reasoning] if mode in held[1]]
        if not allowed:
            return None
        low, likely, _, rows, _, _, unknown = max(allowed, key=lambda row: (row[6] is None, row[1]))
        return Reach(low, likely, rows, unknown is not None, held[0])

    return reach


def _modes(reasoning: str, question: Question, catalog: Catalog) -> tuple[str, ...]:
    """Modes the question admits: thinking needs room, so a short context means the other mode where there is one."""
    if question.mode != "auto":
        return (question.mode,)
    room = catalog.parameter("question.thinking_context_tokens")
    short = reasoning == "switchable" and question.context_tokens < room
    return ("non_thinking",) if short else ("thinking", "non_thinking")
