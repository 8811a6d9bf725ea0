"""What a count of right answers can prove: the arithmetic of testing on a few examples of one's own."""

from __future__ import annotations

from math import comb, sqrt
from statistics import NormalDist


def standard_error(share: float, items: int) -> float:
    """Standard deviation of the share right on ``items`` questions drawn at random, when ``share`` is the truth (0 to 1)."""
    return sqrt(share * (1 - share) / items)


def share_interval(right: int, items: int, level: float) -> tuple[float, float]:
    """Wilson's interval for the true share (0 to 1) after ``right`` of ``items``; it stays inside 0 and 1.

    Formula: E. B. Wilson, Probable inference, the law of succession, and statistical inference, 1927.
    """
    z = NormalDist().inv_cdf((1 + level) / 2)
    share, squared = right / items, z * z
    centre = (share + squared / (2 * items)) / (1 + squared / items)
    half = z * sqrt(share * (1 - share) / items + squared / (2 * items) ** 2) / (1 + squared / items)
    return max(0.0, centre - half), min(1.0, centre + half)


def wins_needed(disagreements: int, level: float) -> int | None:
    """Of the examples that exactly one of two models got right, how many one must win to be called better.

    Two-sided sign test: the fewest wins that equals would reach on either side with a chance of at most ``1 - level``;
    ``None`` where not even all of them prove it.
    """
    tail = 0.0
    needed = None
    for wins in range(disagreements, -1, -1):
        tail += comb(disagreements, wins) / 2**disagreements
        if 2 * tail > 1 - level:
            break
        needed = wins
    return needed
