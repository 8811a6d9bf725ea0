"""Ordering what passed: one number made of visible parts, ties called ties."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from llm_pick.core.quality.task_score import probability_better, rows_in_any_mode
from llm_pick.core.record import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llm_pick.core.catalog import Catalog, Task
    from llm_pick.core.estimate.estimate import QualityEstimate, Reach
    from llm_pick.core.facts import Range
    from llm_pick.core.quality.task_score import TaskQuality
    from llm_pick.core.question import Question
    from llm_pick.core.recommend import Assessed

ROUNDING = 1e-6
"""More than what rounding can add to a score: a bound must not fall short of it."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with its place and the parts of its score (each 0 to 1)."""

    rank: int
    assessed: Assessed
    score: float
    parts: dict[str, float]
    ties_with: tuple[str, ...]
    """Models of the list whose quality cannot be told apart from this one's."""
    evidence_tier: int = 1
    """1 where enough benchmark rows back the score; the others come after."""
    dominated_by: str | None = None
    """The first other model of the list at least as good, as fast and as small, and better in one of these."""


class Scored(NamedTuple):
    """A candidate with what decides its place; the smallest is the best."""

    order: tuple[int, float, bool, float, tuple[str, str, str]]
    tier: int
    score: float
    parts: dict[str, float]
    item: Assessed

    @property
    def merit(self) -> tuple[int, float]:
        """Evidence tier and score: what comes first in the order."""
        return self.tier, self.score


def rank(passing: Sequence[Assessed], question: Question, catalog: Catalog) -> tuple[Ranked, ...]:
    """All candidates, best first, in a total order.

    A model without enough benchmark evidence comes after all that have some: its score is a guess. Of equal scores,
    on a data-centre card the maker's own weights come first, then the faster, then the name decides.
    """
    scored = sorted((_scored(item, question, catalog) for item in passing), key=lambda found: found.order)
    return _placed(scored, [], catalog)


def best_of(passing: Sequence[Assessed], question: Question, catalog: Catalog) -> Scored:
    """The candidate that stands for its model."""
    return min((_scored(item, question, catalog) for item in passing), key=lambda found: found.order)


def listed(best: Sequence[Scored], catalog: Catalog) -> tuple[Ranked, ...]:
    """The list, from the best candidate of each of its models in order: with ties and what each is dominated by."""
    return _placed(best, [found.item for found in best], catalog)


def _placed(scored: Sequence[Scored], others: Sequence[Assessed], catalog: Catalog) -> tuple[Ranked, ...]:
    return tuple(
        Ranked(
            rank=place,
            assessed=found.item,
            score=found.score,
            parts=found.parts,
            ties_with=_ties(found.item, others, catalog),
            evidence_tier=found.tier,
            dominated_by=_dominated_by(found.item, others),
        )
        for place, found in enumerate(scored, 1)
    )


def most_merit(reach: Reach | None, question: Question, catalog: Catalog) -> tuple[int, float]:
    """No candidate of a model has more merit: quality at full precision, and the other parts of the score at their most."""
    wants = question.preferences
    if reach is None:
        return 0, wants.speed + wants.memory + wants.cost + ROUNDING
    tier = 0 if reach.unknown else _tier_of(reach.rows_in_any_mode, catalog)
    most = wants.quality * _cautious(reach, wants.caution) / 100
    return tier, most + wants.speed + wants.memory + wants.cost + ROUNDING


def _scored(item: Assessed, question: Question, catalog: Catalog) -> Scored:
    parts = score_parts(item, question, catalog)
    score = round(sum(getattr(question.preferences, part) * value for part, value in parts.items()), 9)
    candidate, speed = item.candidate, item.estimate.speed
    tier = _tier(candidate.model.id, item.estimate.quality, question.task, catalog)
    served = all(device.device_class == "datacentre-gpu" for device in question.hardware.devices)
    converted = served and candidate.quantization.id != candidate.model.native_dtype
    slower = -speed.decode_likely if speed else 0.0
    return Scored((-tier, -score, converted, slower, candidate.key), tier, score, parts, item)


def score_parts(item: Assessed, question: Question, catalog: Catalog) -> dict[str, float]:
    """Quality at the cautious end; speed up to what the task can use; memory as headroom; cost by the replicas to pay for.

    On one machine the bill is in proportion to the replicas that the traffic needs, so cost is one over their number;
    without a traffic it is the share of the memory left unused.
    """
    quality, speed, memory = item.estimate.quality, item.estimate.speed, item.estimate.memory
    enough = question.preferences.enough_speed * (question.min_tok_per_s or question.task.enough_tok_per_s)
    usable = catalog.parameter("rank.usable_tok_per_s")
    headroom = 1 - memory.total_bytes.likely / memory.budget_bytes if memory.budget_bytes else 0.0
    return {
        "quality": _cautious(quality.score, question.preferences.caution) / 100 if quality else 0.0,
        "speed": _worth(speed.per_user_likely, enough, usable) if speed else 0.0,
        "memory": max(0.0, min(1.0, headroom / question.preferences.enough_headroom)),
        "cost": max(0.0, headroom) if question.workload is None else _affordable(item, question, catalog),
    }


def _affordable(item: Assessed, question: Question, catalog: Catalog) -> float:
    """One over the replicas the traffic needs; 0 where the service level cannot be met, or where cost has no weight."""
    if not question.preferences.cost:
        return 0.0
    from llm_pick.core.cost.serving_cost import replicas_needed  # noqa: PLC0415 - most questions have no traffic

    needed = replicas_needed(item, question, catalog)
    return 1 / needed if needed else 0.0


def _worth(tok_per_s: float, enough: float, usable: float) -> float:
    """Worth of a speed, 0 to 1: nothing below what is usable, then by the square root, as the first tokens matter most."""
    return math.sqrt(min(1.0, tok_per_s / enough)) if tok_per_s >= usable else 0.0


def _cautious(score: Range | Reach, caution: float) -> float:
    """The score with its uncertainty held against it, so that three flattering rows do not beat thirty mixed ones."""
    return score.likely - caution * (score.likely - score.low)


def _tier(model_id: str, quality: QualityEstimate | TaskQuality | None, task: Task, catalog: Catalog) -> int:
    """1 where enough rows back the model, in whichever mode, and the task's own groups are among them, else 0."""
    if quality is None or quality.unknown is not None:
        return 0
    return _tier_of(rows_in_any_mode(model_id, catalog, task), catalog)


def _tier_of(rows: int, catalog: Catalog) -> int:
    return int(rows >= catalog.parameter("rank.minimum_evidence_rows"))


def dominates(a: Sequence[float], b: Sequence[float]) -> bool:
    """Whether ``a`` is nowhere worse than ``b`` and somewhere better; more is better in every place."""
    return all(x >= y for x, y in zip(a, b, strict=True)) and any(x > y for x, y in zip(a, b, strict=True))


def _merits(item: Assessed) -> tuple[float, float, float]:
    """Likely quality, likely decode speed, and memory left alone: what a pick is wanted for."""
    quality, speed = item.estimate.quality, item.estimate.speed
    return (
        quality.score.likely if quality and quality.unknown is None else 0.0,
        speed.decode_likely if speed else 0.0,
        -item.estimate.memory.total_bytes.likely,
    )


def _dominated_by(item: Assessed, listed: Sequence[Assessed]) -> str | None:
    own = _merits(item)
    return next((other.candidate.model.id for other in listed if dominates(_merits(other), own)), None)


def _ties(item: Assessed, listed: Sequence[Assessed], catalog: Catalog) -> tuple[str, ...]:
    """Other models of the list that are better or worse with no more than the required probability."""
    ours = item.estimate.quality
    if ours is None:
        return ()
    sure = catalog.parameter("rank.better_probability")
    ties = []
    for other in listed:
        theirs = other.estimate.quality
        if other is item or theirs is None:
            continue
        if 1 - sure <= probability_better(ours.score, theirs.score) <= sure:
            ties.append(other.candidate.model.id)
    return tuple(ties)
