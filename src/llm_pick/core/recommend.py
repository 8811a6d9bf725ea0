"""The pipeline, readable top to bottom: expand, estimate, judge, rank."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from llm_pick.core.candidates import Candidate, candidates_of, expand
from llm_pick.core.errors import QuestionError
from llm_pick.core.estimate.estimate import Estimate, QualityMemo
from llm_pick.core.near_misses import NearMiss, near_misses
from llm_pick.core.rank import Ranked, rank
from llm_pick.core.rules import RULES
from llm_pick.core.rules.base import Outcome, Rule, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from llm_pick.core.catalog import Catalog, Model
    from llm_pick.core.question import Question


GATES = tuple(rule for rule in RULES if rule.kind == "gate")
ADVICE = tuple(rule for rule in RULES if rule.kind != "gate")


@dataclass(frozen=True, slots=True)
class Memo:
    """What all quantizations of a model share, for one question."""

    verdicts: dict[tuple[str, str], Verdict] = field(default_factory=dict)
    """(rule, model) → verdict of the rules that are about the model itself."""
    qualities: QualityMemo = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Assessed:
    """A candidate with its estimate and what every rule said about it."""

    candidate: Candidate
    estimate: Estimate
    verdicts: tuple[Verdict, ...]
    failed: tuple[str, ...]
    """Ids of the gates it failed, in rule order."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a user should know before relying on it: each rule's doubt, led by the model's id."""
        doubts = (v for v in self.verdicts if v.outcome in (Outcome.WARN, Outcome.UNKNOWN))
        return tuple(f"{self.candidate.model.id}: {verdict.sentence}" for verdict in doubts)

    @property
    def passes(self) -> bool:
        """Whether no gate removed it."""
        return not self.failed


@dataclass(frozen=True, slots=True)
class Recommendation:
    """The answer: picks in order, what nearly made it, and which rule removed how many models."""

    question: Question
    picks: tuple[Ranked, ...]
    near_misses: tuple[NearMiss, ...]
    excluded: dict[str, int]
    considered: int
    """Models that could answer the question at all."""


def recommend(question: Question, catalog: Catalog) -> Recommendation:
    """Answer the question from the catalog alone: same input, same answer."""
    memo = Memo()
    assessed = [item for candidates in expand(question, catalog) for item in _that_matter(candidates, question, catalog, memo)]
    passing = [item for item in assessed if item.passes]
    picks = rank(passing, question, catalog)[: question.top]
    return Recommendation(
        question=question,
        picks=picks,
        near_misses=near_misses(assessed, picks, question, catalog),
        excluded=_excluded(assessed, {item.candidate.model.id for item in passing}),
        considered=len({item.candidate.model.id for item in assessed}),
    )


def _that_matter(candidates: Sequence[Candidate], question: Question, catalog: Catalog, memo: Memo) -> Iterator[Assessed]:
    """The candidates of one model that could be its pick or its near miss, smallest first.

    Skipped, format by format: larger ones than one that does not fit, and larger ones than one that loses no
    quality, as they would only be slower. Where the model itself is outside, its largest that fits stands for it.
    """
    first = assess(candidates[0], question, catalog, memo)
    if any(rule.id in first.failed for rule in GATES if rule.about == "model"):
        larger = (assess(candidate, question, catalog, memo) for candidate in reversed(candidates[1:]))
        yield next((item for item in larger if item.estimate.memory.fits), first)
        return
    settled: set[str] = set()
    for candidate in candidates:
        if candidate.quantization.format in settled:
            continue
        item = first if candidate is candidates[0] else assess(candidate, question, catalog, memo)
        yield item
        if item.estimate.memory.shortfall_bytes or (item.passes and item.estimate.loses_nothing):
            settled.add(candidate.quantization.format)


def assess(candidate: Candidate, question: Question, catalog: Catalog, memo: Memo | None = None) -> Assessed:
    """Judge one candidate by every rule; what a rule does not look at is never computed.

    ``memo`` is shared by the candidates of one question.
    """
    memo = memo or Memo()
    estimate = Estimate(candidate, question, catalog, memo.qualities)
    known = memo.verdicts

    def verdict(rule: Rule) -> Verdict:
        if rule.about == "candidate":
            return rule.judge(candidate, estimate, question, catalog)
        key = (rule.id, candidate.model.id)
        if key not in known:
            known[key] = rule.judge(candidate, estimate, question, catalog)
        return known[key]

    verdicts = tuple(verdict(rule) for rule in GATES)
    failed = tuple(found.rule for found in verdicts if found.outcome is Outcome.FAIL)
    if not failed:
        verdicts = (*verdicts, *(verdict(rule) for rule in ADVICE))
    return Assessed(candidate, estimate, verdicts, failed)


def fit(model: Model, question: Question, catalog: Catalog) -> tuple[Assessed, ...]:
    """One model on the machine of the question, every quantization considered, best first.

    The same assessment as ``recommend``: a question asked twice has one answer.
    """
    most = max(model.context_native, model.context_extended or 0)
    if question.context_tokens > most:
        raise QuestionError(f"{model.id} holds {most:,} tokens, {question.context_tokens:,} were asked", f"--context {most}")
    assessed = [assess(candidate, question, catalog) for candidate in candidates_of(model, question, catalog)]
    if not assessed:
        raise QuestionError(*_why_no_candidate(model, question))
    passing = rank([item for item in assessed if item.passes], question, catalog, per_model=False)
    chosen = tuple(ranked.assessed for ranked in passing)
    rest = sorted(
        (item for item in assessed if item not in chosen),
        key=lambda item: (item.estimate.memory.total_bytes.high, item.candidate.key),
    )
    return (*chosen, *rest)


def _why_no_candidate(model: Model, question: Question) -> tuple[str, str]:
    if model.architecture is None:
        why = model.unknown.get("architecture", "its architecture is not published")
        return f"{model.id} cannot be estimated: {why}", f"`llm-pick show {model.id}` lists what is known"
    if question.quantization is not None and question.runtime is not None:
        return (
            f"{question.runtime.name} does not load {question.quantization.name} on this hardware",
            f"it is loaded by {', '.join(question.quantization.engines)}",
        )
    asked = question.quantization or question.runtime
    what = f"{asked.name} of " if asked else ""
    return (
        f"no way to run {what}{model.id} on {question.hardware.label}",
        "leave out --quant and --runtime to see what is possible",
    )


def _excluded(assessed: Iterable[Assessed], passed: set[str]) -> dict[str, int]:
    """Rule id → models it removed: the first gate failed by the model's least-failing candidate."""
    least: dict[str, tuple[int, tuple[str, ...]]] = {}
    for item in assessed:
        model_id = item.candidate.model.id
        if model_id not in passed:
            found = (len(item.failed), item.failed)
            least[model_id] = min(least.get(model_id, found), found)
    order = [rule.id for rule in RULES]
    counts: dict[str, int] = {}
    for _, failed in least.values():
        counts[failed[0]] = counts.get(failed[0], 0) + 1
    return {rule: counts[rule] for rule in order if rule in counts}
