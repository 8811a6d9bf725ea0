"""Candidates that failed one gate only: the smallest change that would admit them is advice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.record import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llm_pick.core.catalog import Catalog
    from llm_pick.core.question import Question
    from llm_pick.core.rank import Ranked
    from llm_pick.core.recommend import Assessed

SHOWN = 3


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A candidate one change away."""

    assessed: Assessed
    rule: str
    change: str
    """The change, as the option or the amount that would admit it."""


def near_misses(
    assessed: Sequence[Assessed], picks: Sequence[Ranked], question: Question, catalog: Catalog
) -> tuple[NearMiss, ...]:
    """Models that failed exactly one gate by little and are better than the last pick, with the change each needs."""
    admitted = {item.candidate.model.id for item in assessed if item.passes}
    beaten = min((model_quality(ranked.assessed) for ranked in picks), default=0.0)
    closest: dict[str, Assessed] = {}
    for item in assessed:
        model_id = item.candidate.model.id
        if len(item.failed) != 1 or model_id in admitted:
            continue
        best = closest.get(model_id)
        if best is None or _distance(item) < _distance(best):
            closest[model_id] = item
    best_first = sorted(closest.values(), key=lambda item: (-model_quality(item), item.candidate.key))
    near_enough = catalog.parameter("rank.near_miss_share")
    near = [item for item in best_first if _distance(item)[0] <= near_enough and model_quality(item) > beaten]
    return tuple(NearMiss(item, item.failed[0], _change(item, question, catalog)) for item in near[:SHOWN])


def _distance(item: Assessed) -> tuple[float, tuple[str, str, str]]:
    memory = item.estimate.memory
    return (memory.shortfall_bytes / max(1, memory.budget_bytes), item.candidate.key)


def model_quality(item: Assessed) -> float:
    """Likely score of a candidate with evidence of its own; 0 where there is none."""
    quality = item.estimate.quality
    return quality.score.likely if quality and quality.rows and quality.unknown is None else 0.0


def _change(item: Assessed, question: Question, catalog: Catalog) -> str:
    if item.failed[0] == "fits-memory":
        from llm_pick.core.estimate.limits import largest_context  # noqa: PLC0415 - most lists have no such miss

        tokens = largest_context(item.candidate, question, catalog)
        if tokens >= question.context_tokens // 4 and tokens >= 1024:
            return f"--context {tokens}"
    verdict = next(verdict for verdict in item.verdicts if verdict.rule == item.failed[0])
    return verdict.remedy or verdict.sentence
