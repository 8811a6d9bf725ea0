"""What would flip the order of two picks: the weight of one part, or the quality, at which the second overtakes the first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.record import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llm_pick.core.question import Preferences
    from llm_pick.core.rank import Ranked

PARTS = ("quality", "speed", "memory", "cost")


@dataclass(frozen=True, slots=True)
class Turn:
    """One weight at which the order turns, the other weights keeping their proportions."""

    part: str
    now: float
    at: float
    """Beyond this weight (above it where ``at`` > ``now``, else below) the runner-up is first."""


@dataclass(frozen=True, slots=True)
class Flip:
    """How firm the first place is."""

    first: str
    runner_up: str
    margin: float
    """Score of the first less that of the second."""
    turns: tuple[Turn, ...]
    """Nearest first; empty where no single weight turns the order."""
    quality_points: float | None
    """Points of quality the runner-up lacks, all else equal; ``None`` where quality has no weight."""
    by_evidence: bool
    """True where the runner-up comes second for want of benchmark rows, whatever its score."""


def flip(first: Ranked, second: Ranked, preferences: Preferences) -> Flip:
    """The changes that would put ``second`` first, each alone, with both in the setup they have now."""
    weights = {part: float(getattr(preferences, part)) for part in PARTS}
    margin = first.score - second.score
    by_evidence = first.evidence_tier > second.evidence_tier
    quality = weights["quality"]
    return Flip(
        first=first.assessed.candidate.model.id,
        runner_up=second.assessed.candidate.model.id,
        margin=margin,
        turns=() if by_evidence else turns(first.parts, second.parts, weights),
        quality_points=100 * margin / quality if quality and not by_evidence else None,
        by_evidence=by_evidence,
    )


def turns(first: Mapping[str, float], second: Mapping[str, float], weights: Mapping[str, float]) -> tuple[Turn, ...]:
    """Weights at which two weighted sums are equal, one weight moved at a time.

    With d the lead of the first in the part and r its weighted lead in the others (their weights scaled to sum to 1), the
    sums are equal at the weight w of w * d + (1 - w) * r = 0.
    """
    found = []
    for part, now in weights.items():
        lead = first[part] - second[part]
        others = 1 - now
        if others <= 0:
            continue
        rest = sum(weights[other] * (first[other] - second[other]) for other in weights if other != part) / others
        if lead * rest < 0:
            found.append(Turn(part, now, rest / (rest - lead)))
    return tuple(sorted(found, key=lambda turn: (abs(turn.at - turn.now), turn.part)))
