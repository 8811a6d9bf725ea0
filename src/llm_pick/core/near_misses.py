"""Candidates that failed one gate only: the smallest change that admits them is advice, tried before it is given."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from llm_pick.core.record import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from llm_pick.core.candidates import Candidate
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
    assessed: Sequence[Assessed],
    picks: Sequence[Ranked],
    question: Question,
    catalog: Catalog,
    admits: Callable[[Candidate, Question], bool],
) -> tuple[NearMiss, ...]:
    """Models that failed exactly one gate by little and are better than the last pick, with the change each needs.

    Without any pick those that need the least more memory, be it much: the way out of a dead end.
    ``admits`` asks whether a candidate passes the gates of a changed question: advice that does not help is not given.
    """
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
    if not picks and not any(_distance(item)[0] <= near_enough for item in best_first):
        near_enough = math.inf
        best_first.sort(key=_distance)
    found: list[NearMiss] = []
    for item in best_first:
        if len(found) == SHOWN:
            break
        if _distance(item)[0] <= near_enough and model_quality(item) > beaten:
            from llm_pick.core.remedies import remedies  # noqa: PLC0415 - most lists have no miss near enough

            helps = (text for text, asked in remedies(item, question, catalog) if admits(item.candidate, asked))
            change = next(helps, None)
            if change is not None:
                found.append(NearMiss(item, item.failed[0], change))
    return tuple(found)


def _distance(item: Assessed) -> tuple[float, tuple[str, str, str]]:
    memory = item.estimate.memory
    return (memory.shortfall_bytes / max(1, memory.budget_bytes), item.candidate.key)


def model_quality(item: Assessed) -> float:
    """Likely score of a candidate with evidence of its own; 0 where there is none."""
    quality = item.estimate.quality
    return quality.score.likely if quality and quality.rows and quality.unknown is None else 0.0
