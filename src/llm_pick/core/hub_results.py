"""Evaluation results of a repository on the hub, as scores of the catalog; whatever cannot be one is kept with the reason.

What lies in the repository itself is what its owner says of its model (``vendor``), unless the hub has verified the run.
What somebody proposes in an open pull request is nobody's statement yet, and is not used.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from llm_pick.core.catalog import Score
from llm_pick.core.record import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from llm_pick.core.catalog import Benchmark, Catalog

SAME = 0.05
"""Points within which two figures of one test are the same figure, rounded."""
TOOLS_BELONG = ("agentic-code", "tool-use")
"""Groups of benchmarks that are tests of tools."""
LONGEST_SETTING = 120
_NO_TOOLS = re.compile(r"\b(no|without|w/o)[ -]tools?\b", re.IGNORECASE)
_TOOLS = re.compile(r"\b(with|w/|using)[ -]?(tools?|python|search|code)\b|^\W*tools?\b", re.IGNORECASE)
_NON_THINKING = re.compile(r"non-?(thinking|reasoning)|(thinking|reasoning):? off|no-?think", re.IGNORECASE)
_THINKING = re.compile(r"\bthinking\b|reasoning:? (mode|on|high|medium)|(high|medium) (reasoning|effort)", re.IGNORECASE)
_LOW = re.compile(r"\b(low|minimal) (reasoning|effort)|(reasoning|effort):? (low|minimal)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class HubResult:
    """One entry of ``.eval_results/*.yaml`` as the hub reports it."""

    dataset: str
    task: str
    value: float
    file: str
    date: str | None = None
    verified: bool = False
    """The hub can prove that the run is what it says."""
    pending: bool = False
    """In an open pull request, not in the repository."""
    notes: str | None = None
    source: str | None = None
    """Address the entry names as its own source."""


@dataclass(frozen=True, slots=True)
class ReadResults:
    """What of a repository's results is evidence, and what is not."""

    scores: tuple[Score, ...]
    left_out: tuple[tuple[HubResult, str], ...]
    """Result and reason."""
    known: int
    """Results that the catalog has already."""


def read_results(results: Iterable[HubResult], model_id: str, source: str, day: str, catalog: Catalog) -> ReadResults:
    """Scores of ``model_id``; ``source`` is the reference of the repository, ``day`` stands in where a result has no date."""
    benchmarks = {task: benchmark for benchmark in catalog.benchmarks.values() for task in benchmark.hub_tasks}
    scores: dict[str, Score] = {}
    left_out, known = [], 0
    for result in results:
        benchmark = _benchmark(result, benchmarks)
        why = _why_not(result, benchmark)
        if why is None and benchmark is not None:
            value = round(100.0 * result.value if 0.0 < result.value <= 1.0 else result.value, 4)
            score = Score(
                model=model_id, benchmark=benchmark.id, score=value, by="independent" if result.verified else "vendor",
                source=f"{source} {result.file}", date=min(result.date or day, day), mode=_mode(result.notes or ""),
                setting=_setting(result),
            )  # fmt: skip
            if _has(score, catalog):
                known += 1
                continue
            earlier = scores.get(score.key)
            if earlier is None or score.date >= earlier.date:
                scores[score.key] = score
        else:
            left_out.append((result, why or ""))
    return ReadResults(tuple(scores.values()), tuple(left_out), known)


def _benchmark(result: HubResult, benchmarks: Mapping[str, Benchmark]) -> Benchmark | None:
    """The benchmark a result is of. With tools is another test, unless the benchmark is about them."""
    task, notes = f"{result.dataset}#{result.task}", result.notes or ""
    if _NO_TOOLS.search(notes):
        return benchmarks.get(f"{task}+no-tools") or benchmarks.get(task)
    plain = benchmarks.get(task)
    if _TOOLS.search(notes) and not (plain is not None and plain.task_group in TOOLS_BELONG):
        return benchmarks.get(f"{task}+tools")
    return plain


def _why_not(result: HubResult, benchmark: Benchmark | None) -> str | None:
    if result.pending:
        return "proposed in an open pull request"
    if benchmark is None:
        return "no benchmark of the catalog"
    if _LOW.search(result.notes or ""):
        return "measured at low effort"
    if benchmark.scale != "percent" or not math.isfinite(result.value) or not 0.0 <= result.value <= 100.0:
        return "off the scale of the benchmark"
    if 0.0 < result.value <= 1.0 and benchmark.chance == 0.0:
        return "a share or percent: it does not say"
    return None


def _mode(notes: str) -> str | None:
    if _NON_THINKING.search(notes):
        return "non_thinking"
    return "thinking" if _THINKING.search(notes) else None


def _setting(result: HubResult) -> str | None:
    """What the entry says of how it came about, bounded."""
    parts = [
        result.notes or "",
        "verified by the hub" if result.verified else "",
        f"states {result.source}" if result.source else "",
    ]
    text = "; ".join(" ".join(part.split()) for part in parts if part.strip())
    return text[:LONGEST_SETTING] or None


def _has(score: Score, catalog: Catalog) -> bool:
    """Whether the catalog has this figure of this test, wherever it was read."""
    return any(
        row.benchmark == score.benchmark and abs(row.score - score.score) <= SAME and score.mode in (None, row.mode or score.mode)
        for row in catalog.scores.get(score.model, ())
    )
