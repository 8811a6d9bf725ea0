"""The pipeline, readable top to bottom: expand, estimate, judge, rank."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from llm_pick.core.candidates import Candidate, candidates_of, expand
from llm_pick.core.errors import QuestionError
from llm_pick.core.estimate.estimate import Estimate, QualityMemo
from llm_pick.core.near_misses import NearMiss, model_quality, near_misses
from llm_pick.core.rank import Ranked, Scored, best_of, listed, most_merit, rank
from llm_pick.core.record import dataclass, field
from llm_pick.core.rules import RULES
from llm_pick.core.rules.base import Outcome, Rule, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from llm_pick.core.catalog import Catalog, Model
    from llm_pick.core.question import Question


GATES = tuple(rule for rule in RULES if rule.kind == "gate")
MODEL_GATES = tuple(rule for rule in GATES if rule.about == "model")
"""Asked first, as they come first in the list of rules."""
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
    """Answer the question from the catalog alone: same input, same answer.

    Models are looked at in the order of the best score they could reach; once the list is full of better ones, of the rest
    only whether anything passes is asked. That leaves out work, never an answer.
    """
    memo = Memo()
    models = [_Considered(candidates, question, catalog, memo) for candidates in expand(question, catalog)]
    inside = sorted((model for model in models if not model.outside), key=lambda model: model.bound, reverse=True)
    assessed: list[Assessed] = []
    best: list[Scored] = []
    admitted = set()
    for model in inside:
        beaten = len(best) == question.top and model.bound < best[-1].merit
        items = (
            _until_one_passes(model, question, catalog, memo) if beaten else list(_that_matter(model, question, catalog, memo))
        )
        passing = [item for item in items if item.passes]
        if passing:
            admitted.add(model.id)
        if not (beaten and passing):
            assessed += items
        if passing and not beaten:
            best = sorted([*best, best_of(passing, question, catalog)])[: question.top]
    picks = listed(best, catalog)
    worst = min((model_quality(pick.assessed) for pick in picks), default=0.0)
    outside = [model for model in models if model.outside]
    near = [model for model in outside if len(model.outside) == 1 and model.most_quality > worst]
    assessed += [item for model in near for item in _that_matter(model, question, catalog, memo)]
    return Recommendation(
        question=question,
        picks=picks,
        near_misses=near_misses(assessed, picks, question, catalog, lambda item, asked: assess(item, asked, catalog).passes),
        excluded=_excluded(outside, assessed, admitted),
        considered=len(models),
    )


class _Considered:
    """One model that could answer: its candidates, the gates that keep the model itself out, and how good it can be."""

    def __init__(self, candidates: Sequence[Candidate], question: Question, catalog: Catalog, memo: Memo) -> None:
        self.candidates = candidates
        self.id = candidates[0].model.id
        estimate = Estimate(candidates[0], question, catalog, memo.qualities)
        self.outside = tuple(
            rule.id
            for rule in MODEL_GATES
            if _verdict(rule, candidates[0], estimate, question, catalog, memo).outcome is Outcome.FAIL
        )
        """Ids of the gates about the model that it fails: no quantization helps."""
        quality = estimate.unquantized
        known = quality is not None and quality.rows > 0 and quality.unknown is None
        self.most_quality = quality.score.likely if quality and known else 0.0
        self.bound = most_merit(self.id, quality, question, catalog)


def _until_one_passes(model: _Considered, question: Question, catalog: Catalog, memo: Memo) -> list[Assessed]:
    """The candidates of a model that cannot make the list, up to the first that passes the gates."""
    items = []
    for item in _that_matter(model, question, catalog, memo, advise=False):
        items.append(item)
        if item.passes:
            break
    return items


def _that_matter(
    model: _Considered, question: Question, catalog: Catalog, memo: Memo, *, advise: bool = True
) -> Iterator[Assessed]:
    """The candidates of one model that could be its pick or its near miss, smallest first.

    Skipped, format by format: larger ones than one that does not fit, and larger ones than one that loses no
    quality, as they would only be slower. Where the model itself is outside, its largest that fits stands for it.
    """
    candidates = model.candidates
    if model.outside:
        first = assess(candidates[0], question, catalog, memo)
        larger = (assess(candidate, question, catalog, memo) for candidate in reversed(candidates[1:]))
        yield next((item for item in larger if item.estimate.memory.fits), first)
        return
    settled: set[str] = set()
    for candidate in candidates:
        if candidate.quantization.format in settled:
            continue
        item = assess(candidate, question, catalog, memo, advise=advise)
        yield item
        if item.estimate.memory.shortfall_bytes or (item.passes and item.estimate.loses_nothing):
            settled.add(candidate.quantization.format)


def assess(
    candidate: Candidate, question: Question, catalog: Catalog, memo: Memo | None = None, *, advise: bool = True
) -> Assessed:
    """Judge one candidate by every rule; what a rule does not look at is never computed.

    ``memo`` is shared by the candidates of one question. Without ``advise`` only the gates are asked.
    """
    memo = memo or Memo()
    estimate = Estimate(candidate, question, catalog, memo.qualities)
    verdicts = tuple(_verdict(rule, candidate, estimate, question, catalog, memo) for rule in GATES)
    failed = tuple(found.rule for found in verdicts if found.outcome is Outcome.FAIL)
    if not failed and advise:
        verdicts = (*verdicts, *(_verdict(rule, candidate, estimate, question, catalog, memo) for rule in ADVICE))
    return Assessed(candidate, estimate, verdicts, failed)


def _verdict(rule: Rule, candidate: Candidate, estimate: Estimate, question: Question, catalog: Catalog, memo: Memo) -> Verdict:
    """What the rule says; a rule about the model is asked once for all its candidates."""
    if rule.about == "candidate":
        return rule.judge(candidate, estimate, question, catalog)
    key = (rule.id, candidate.model.id)
    found = memo.verdicts.get(key)
    if found is None:
        found = memo.verdicts[key] = rule.judge(candidate, estimate, question, catalog)
    return found


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
    passing = rank([item for item in assessed if item.passes], question, catalog)
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


def _excluded(outside: Iterable[_Considered], assessed: Iterable[Assessed], admitted: set[str]) -> dict[str, int]:
    """Rule id → models it removed: the first gate failed by the model's least-failing candidate."""
    least = {model.id: (0, model.outside) for model in outside}
    for item in assessed:
        model_id = item.candidate.model.id
        if model_id not in admitted:
            found = (len(item.failed), item.failed)
            least[model_id] = min(least.get(model_id, found), found)
    counts = Counter(failed[0] for _, failed in least.values())
    return {rule.id: counts[rule.id] for rule in RULES if rule.id in counts}
