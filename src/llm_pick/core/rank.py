"""Ordering what passed: one number made of visible parts, ties called ties."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llm_pick.core.quality.task_score import probability_better

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llm_pick.core.catalog import Catalog
    from llm_pick.core.facts import Range
    from llm_pick.core.question import Question
    from llm_pick.core.recommend import Assessed


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


def rank(
    passing: Sequence[Assessed], question: Question, catalog: Catalog, *, per_model: bool = True
) -> tuple[Ranked, ...]:
    """Best first: the best candidate of each model (or all candidates), in a total order.

    A model without enough benchmark evidence comes after all that have some: its score is a guess. Equal scores are
    ordered by speed, then by name.
    """
    scored = []
    for item in passing:
        parts = score_parts(item, question)
        weights = question.preferences
        score = sum(getattr(weights, part) * value for part, value in parts.items())
        speed = item.estimate.speed
        faster = -speed.decode_likely if speed else 0.0
        scored.append((-_evidence_tier(item, catalog), -round(score, 9), faster, item.candidate.key, parts, item))
    scored.sort(key=lambda row: row[:4])
    if per_model:
        seen: set[str] = set()
        kept = []
        for row in scored:
            model_id = row[3][0]
            if model_id not in seen:
                seen.add(model_id)
                kept.append(row)
        scored = kept
    listed = scored[: question.top] if per_model else scored
    return tuple(
        Ranked(
            rank=place,
            assessed=row[5],
            score=-row[1],
            parts=row[4],
            ties_with=_ties(row[5], [other[5] for other in listed], catalog) if per_model else (),
            evidence_tier=-row[0],
            dominated_by=_dominated_by(row[5], [other[5] for other in listed]) if per_model else None,
        )
        for place, row in enumerate(scored, 1)
    )


def score_parts(item: Assessed, question: Question) -> dict[str, float]:
    """Quality at the cautious end; speed up to what the task can use; memory as headroom; cost as the share left unused."""
    quality, speed, memory = item.estimate.quality, item.estimate.speed, item.estimate.memory
    enough = question.preferences.enough_speed * (question.min_tok_per_s or question.task.enough_tok_per_s)
    headroom = 1 - memory.total_bytes.likely / memory.budget_bytes if memory.budget_bytes else 0.0
    return {
        "quality": _cautious(quality.score, question.preferences.caution) / 100 if quality else 0.0,
        # The first tokens per second matter most: the square root pays half of the worth for a quarter of the speed.
        "speed": math.sqrt(min(1.0, speed.per_user_likely / enough)) if speed else 0.0,
        "memory": max(0.0, min(1.0, headroom / question.preferences.enough_headroom)),
        "cost": max(0.0, headroom),
    }


def _cautious(score: Range, caution: float) -> float:
    """The score with its uncertainty held against it, so that three flattering rows do not beat thirty mixed ones."""
    return score.likely - caution * (score.likely - score.low)


def _evidence_tier(item: Assessed, catalog: Catalog) -> int:
    """1 where enough rows back the score and the task's own groups are among them, else 0."""
    quality = item.estimate.quality
    if quality is None or quality.unknown is not None:
        return 0
    return int(quality.rows >= catalog.parameter("rank.minimum_evidence_rows"))


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
