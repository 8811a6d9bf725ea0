"""The pipeline, readable top to bottom: outline, estimate, judge, rank."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from llm_pick.core.candidates import Candidate, Engines, candidates_of, engine_for, offered
from llm_pick.core.errors import QuestionError
from llm_pick.core.estimate.estimate import Estimate, QualityMemo, reach_of
from llm_pick.core.near_misses import NearMiss, model_quality, near_misses
from llm_pick.core.outline import Bounds, outlines
from llm_pick.core.rank import Ranked, Scored, best_of, listed, most_merit, rank
from llm_pick.core.record import dataclass, field
from llm_pick.core.rules import RULES, fits_memory
from llm_pick.core.rules.base import Outcome, Rule, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from llm_pick.core.catalog import Catalog, Model
    from llm_pick.core.outline import Outline, Traits
    from llm_pick.core.question import Question


GATES = tuple(rule for rule in RULES if rule.kind == "gate")
MODEL_GATES = tuple(rule for rule in GATES if rule.fails)
"""Asked first, as they come first in the list of rules."""
ADVICE = tuple(rule for rule in RULES if rule.kind != "gate")


@dataclass(frozen=True, slots=True)
class Memo:
    """What all quantizations of a model share, for one question."""

    verdicts: dict[tuple[str, str], Verdict] = field(default_factory=dict)
    """(rule, model) → verdict of the rules that are about the model itself."""
    qualities: QualityMemo = field(default_factory=dict)
    engines: Engines = field(default_factory=dict)


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
    only whether anything passes is asked, which their outlines mostly tell. That leaves out work, never an answer.
    """
    memo = Memo()
    models = _considered(question, catalog, memo)
    bounds = Bounds(question, catalog, memo.engines)
    inside = sorted((model for model in models if not model.outside), key=lambda model: model.bound, reverse=True)
    assessed: list[Assessed] = []
    best: list[Scored] = []
    admitted = set()
    too_large = []
    worst: float | None = None
    for model in inside:
        beaten = len(best) == question.top and model.bound < best[-1].merit
        if beaten and worst is None:  # the list is final, as bounds only fall
            worst = min(model_quality(scored.item) for scored in best)
        known = bounds.decide(model.outline, near=worst is None or model.most_quality > worst)
        if known is False:
            too_large.append(model)
            continue
        if beaten and known:
            continue
        look = _until_one_passes if beaten else _that_matter
        items = list(look(model, question, catalog, memo))
        passing = [item for item in items if item.passes]
        if passing:
            admitted.add(model.outline.id)
        if not (beaten and passing):
            assessed += items
        if passing and not beaten:
            best = sorted([*best, best_of(passing, question, catalog)])[: question.top]
    picks = listed(best, catalog)
    if not picks:  # however far the nearest is, what it needs is all the advice there is
        assessed += [item for model in too_large for item in _that_matter(model, question, catalog, memo)]
    least = min((model_quality(pick.assessed) for pick in picks), default=0.0)
    outside = [model for model in models if model.outside]
    for model in outside:
        one_away = len(model.outside) == 1 and model.most_quality > least
        if one_away and bounds.decide(model.outline, near=True) is not False:
            assessed += _that_matter(model, question, catalog, memo)
    return Recommendation(
        question=question,
        picks=picks,
        near_misses=near_misses(assessed, picks, question, catalog, lambda item, asked: assess(item, asked, catalog).passes),
        excluded=_excluded(outside, too_large, assessed, admitted),
        considered=len(models),
    )


class _Considered(NamedTuple):
    """One model that could answer: the gates that keep the model itself out, and how good it can be."""

    outline: Outline
    outside: tuple[str, ...]
    """Ids of the gates about the model that it fails: no quantization helps."""
    most_quality: float
    bound: tuple[int, float]

    def candidates(self, question: Question, catalog: Catalog, memo: Memo) -> tuple[Candidate, ...]:
        """The ways to run it, smallest first."""
        offer = None if question.quantization or question.runtime else self.outline.offered
        return tuple(candidates_of(catalog.models[self.outline.id], question, catalog, memo.engines, offer))


def _considered(question: Question, catalog: Catalog, memo: Memo) -> list[_Considered]:
    """Every model that something runs on this machine, in the order of the ids."""
    found: list[_Considered] = []
    outside: dict[Traits, tuple[str, ...]] = {}
    run: dict[tuple[str, ...], bool] = {}
    reaches = reach_of(question, catalog)
    for outline in sorted(outlines(catalog), key=lambda outline: outline.id):
        offer = outline.offered
        if question.quantization or question.runtime:
            offer = tuple(q.id for q, _ in offered(catalog.models[outline.id], question.quantization, question.runtime, catalog))
        if offer not in run:
            run[offer] = any(engine_for(catalog.quantizations[id], question, catalog, memo.engines) for id in offer)
        if not run[offer]:
            continue
        failed = outside.get(outline.traits)
        if failed is None:
            failed = outside[outline.traits] = tuple(
                rule.id for rule in MODEL_GATES if rule.fails and rule.fails(outline.traits, question, catalog)
            )
        reach = reaches(outline.id, outline.traits.reasoning)
        most = reach.likely if reach and reach.rows and not reach.unknown else 0.0
        found.append(_Considered(outline, failed, most, most_merit(reach, question, catalog)))
    return found


def _until_one_passes(model: _Considered, question: Question, catalog: Catalog, memo: Memo) -> Iterator[Assessed]:
    """The candidates of a model that cannot make the list, up to the first that passes the gates."""
    for item in _that_matter(model, question, catalog, memo, advise=False):
        yield item
        if item.passes:
            return


def _that_matter(
    model: _Considered, question: Question, catalog: Catalog, memo: Memo, *, advise: bool = True
) -> Iterator[Assessed]:
    """The candidates of one model that could be its pick or its near miss, smallest first.

    Skipped, format by format: larger ones than one that does not fit, and larger ones than one that loses no
    quality, as they would only be slower. Where the model itself is outside, its largest that fits stands for it.
    """
    candidates = model.candidates(question, catalog, memo)
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


def _excluded(
    outside: Iterable[_Considered], too_large: Iterable[_Considered], assessed: Iterable[Assessed], admitted: set[str]
) -> dict[str, int]:
    """Rule id → models it removed: the first gate failed by the model's least-failing candidate."""
    least = {model.outline.id: (0, model.outside) for model in outside}
    least.update((model.outline.id, (0, (fits_memory.ID,))) for model in too_large)
    for item in assessed:
        model_id = item.candidate.model.id
        if model_id not in admitted:
            found = (len(item.failed), item.failed)
            least[model_id] = min(least.get(model_id, found), found)
    counts = Counter(failed[0] for _, failed in least.values())
    return {rule.id: counts[rule.id] for rule in RULES if rule.id in counts}
