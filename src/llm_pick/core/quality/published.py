"""A published score as the quality fit reads it, and what is known of a model before any score."""

from __future__ import annotations

import math
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llm_pick.core.catalog import Benchmark, Model

MODES = ("non_thinking", "thinking")
YEARS = 3
"""Place of the release date among the features."""


def logit(p: float) -> float:
    """Logarithm of the odds."""
    return math.log(p / (1.0 - p))


def to_logit(score: float, benchmark: Benchmark) -> tuple[float, float] | None:
    """Chance-corrected logit of a score, and its derivative by the share of the scale; ``None`` if the scale is not fitted."""
    if benchmark.scale == "elo":
        return (score - 1500.0) / 400.0, 1.0
    share = {"percent": score / 100.0, "1-10": (score - 1.0) / 9.0}.get(benchmark.scale)
    if share is None:
        return None
    if not benchmark.higher_is_better:
        share = 1.0 - share
    p = min(max((share - benchmark.chance) / (1.0 - benchmark.chance), 0.01), 0.99)
    return logit(p), 1.0 / (p * (1.0 - p) * (1.0 - benchmark.chance))


def modes_of(model: Model) -> tuple[str, ...]:
    """The modes a model can be asked in."""
    return {"always": ("thinking",), "switchable": MODES}.get(model.reasoning, ("non_thinking",))


def features(model: Model, mode: str) -> list[float]:
    """Metadata known before any benchmark: logarithms of total and active parameters around 8 B, the square of the former (the
    smallest models lose faster), years since 2025, years since 2026 once more (few rows there: the slope may flatten), thinking.
    """
    total = math.log(model.params_total / 8e9)
    active = math.log(model.params_active / 8e9)
    years = _years(model.released)
    return [total, active, 0.2 * total * total, years, max(0.0, years - 1.0), float(mode == "thinking")]


def _years(released: str) -> float:
    parts = [int(p) for p in released.split("-")]
    day = date(parts[0], parts[1] if len(parts) > 1 else 7, parts[2] if len(parts) > 2 else 15)
    return day.year + day.timetuple().tm_yday / 365.25 - 2025.0
