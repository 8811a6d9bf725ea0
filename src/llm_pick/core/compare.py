"""Models side by side: the setup each would run in, its score at every task, and on what evidence they differ."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from typing import TYPE_CHECKING, Any

from llm_pick.core.candidates import GGUF_OF_NATIVE, candidates_of
from llm_pick.core.catalog import Device
from llm_pick.core.errors import QuestionError
from llm_pick.core.estimate.estimate import Estimate, QualityEstimate
from llm_pick.core.estimate.limits import largest_context
from llm_pick.core.licensing.verdict import licence_summary
from llm_pick.core.lookup import find_model
from llm_pick.core.offers import offers_of
from llm_pick.core.quality.task_score import best_mode, evidence_for, percentile, probability_better, task_quality
from llm_pick.core.question import Hardware
from llm_pick.core.rank import rank
from llm_pick.core.recommend import Assessed, assess
from llm_pick.core.record import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llm_pick.core.catalog import ApiPrice, Catalog, Model, Score, Task
    from llm_pick.core.question import Question

MOST = 6
"""Columns a reader can hold beside each other."""
DEFAULT_QUANTIZATION = "q4_k_m"
"""The quantization taken where no machine decides, unless the maker published in lower precision."""
ROOMY_GIB = 4096.0


@dataclass(frozen=True, slots=True)
class Contender:
    """One model of the comparison."""

    model: Model
    setup: Assessed | None
    """The setup ``fit`` would name first; ``None`` where nothing can be estimated."""
    missing: str | None
    """Why there is no setup."""
    quality: Mapping[str, QualityEstimate | None]
    """Task id → score in that setup (at full precision where there is none)."""
    longest_context: int | None
    """Tokens that fit on the machine; ``None`` without a machine or setup."""
    licence: dict[str, Any]
    offers: tuple[ApiPrice, ...]


@dataclass(frozen=True, slots=True)
class SharedBenchmark:
    """One benchmark that at least two of the models have a published result on."""

    benchmark: str
    rows: Mapping[str, Score]
    """Model id → the result to compare: from a source they share where there is one, else the most trusted."""
    same_source: bool
    """Whether all rows come from one source: one harness, one set of settings."""


@dataclass(frozen=True, slots=True)
class Duel:
    """Which of two models is better at the task, and on what evidence."""

    a: str
    b: str
    probability: float | None
    """That ``a`` is better; ``None`` where one of the two is unknown."""
    unknown: str | None
    """Why there is no probability."""
    better: str | None
    """The model that is better with the required probability; ``None`` for a tie."""
    shared: tuple[SharedBenchmark, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The whole answer; ``question.hardware`` is a roomy stand-in when ``has_machine`` is false."""

    question: Question
    has_machine: bool
    contenders: tuple[Contender, ...]
    duels: tuple[Duel, ...]
    """Every pair, in the order the models were named."""
    shared: tuple[SharedBenchmark, ...]


def find_contenders(names: Sequence[str], catalog: Catalog) -> tuple[Model, ...]:
    """The models named; ``QuestionError`` for an unknown name, a model named twice, or too few or too many of them."""
    if not 2 <= len(names) <= MOST:
        given = "one model" if len(names) == 1 else f"{len(names)} models"
        raise QuestionError(f"{given} cannot be compared", f"name 2 to {MOST} models, e.g. `llm-pick compare A B --task code`")
    models = tuple(find_model(name, catalog) for name in names)
    for id, count in Counter(model.id for model in models).items():
        if count > 1:
            raise QuestionError(f"{id} is named {count} times", "name different models; --quant fixes the quantization")
    return models


def roomy_hardware(catalog: Catalog) -> Hardware:
    """A machine that holds everything, with the engines of the commonest accelerators: for memory needs, never for speed."""
    cards = [device for device in catalog.devices.values() if device.device_class.endswith("-gpu")]
    backends, _ = min(Counter(device.backends for device in cards).items(), key=lambda item: (-item[1], item[0]))
    alike = min((device for device in cards if device.backends == backends), key=lambda device: device.id)
    device = Device(
        id="no-machine",
        name="no machine named",
        vendor=alike.vendor,
        device_class=alike.device_class,
        memory_gib=ROOMY_GIB,
        bandwidth_gb_per_s=alike.bandwidth_gb_per_s,
        backends=backends,
    )
    return Hardware("no machine named", (device,))


def compare(models: Sequence[Model], question: Question, catalog: Catalog, *, has_machine: bool) -> Comparison:
    """The models side by side, judged by the functions ``recommend`` and ``fit`` use."""
    contenders = tuple(_contender(model, question, catalog, has_machine=has_machine) for model in models)
    task = question.task
    return Comparison(
        question=question,
        has_machine=has_machine,
        contenders=contenders,
        duels=tuple(_duel(a, b, task, catalog) for a, b in combinations(contenders, 2)),
        shared=shared_benchmarks(contenders, task, catalog),
    )


def _contender(model: Model, question: Question, catalog: Catalog, *, has_machine: bool) -> Contender:
    setup = _setup(model, question, catalog, has_machine=has_machine)
    missing = None
    if setup is None:
        missing = model.unknown.get("architecture", "its architecture is not published")
        if model.architecture is not None:
            missing = f"nothing runs it so on {question.hardware.label}"
    known = setup is not None and has_machine
    return Contender(
        model=model,
        setup=setup,
        missing=missing,
        quality={task.id: _quality(model, setup, task, question, catalog) for task in catalog.tasks.values()},
        longest_context=largest_context(setup.candidate, question, catalog) if known and setup else None,
        licence=licence_summary(model, question.profile, catalog),
        offers=offers_of(model, catalog),
    )


def _setup(model: Model, question: Question, catalog: Catalog, *, has_machine: bool) -> Assessed | None:
    """What ``fit`` would name first; where no gate is passed, the best that fits, else the smallest."""
    candidates = list(candidates_of(model, question, catalog))
    if not has_machine and question.quantization is None:
        order = (GGUF_OF_NATIVE.get(model.native_dtype), DEFAULT_QUANTIZATION, model.native_dtype)
        usual = [c for id in order for c in candidates if c.quantization.id == id]
        candidates = usual[:1] or candidates
    items = [assess(candidate, question, catalog) for candidate in candidates]
    for able in ([i for i in items if i.passes], [i for i in items if i.estimate.memory.fits]):
        if able:
            return rank(able, question, catalog)[0].assessed
    return min(items, key=lambda i: (i.estimate.memory.total_bytes.high, i.candidate.key), default=None)


def _quality(model: Model, setup: Assessed | None, task: Task, question: Question, catalog: Catalog) -> QualityEstimate | None:
    if setup is not None:
        return Estimate(setup.candidate, replace(question, task=task), catalog).quality
    mode = best_mode(model.id, task, catalog)
    found = task_quality(model.id, task, mode, catalog) if mode else None
    if mode is None or found is None:
        return None
    return QualityEstimate(
        mode=mode,
        score=found.score,
        percentile=percentile(found.score.likely, task, catalog),
        rows=found.rows,
        independent_rows=found.independent_rows,
        task_rows=found.task_rows,
        unknown=found.unknown,
    )


def _duel(a: Contender, b: Contender, task: Task, catalog: Catalog) -> Duel:
    ours, theirs = a.quality[task.id], b.quality[task.id]
    unknown = _why_unknown(a, task) or _why_unknown(b, task)
    probability = None
    better = None
    if unknown is None and ours is not None and theirs is not None:
        probability = probability_better(ours.score, theirs.score)
        sure = catalog.parameter("rank.better_probability")
        better = a.model.id if probability > sure else b.model.id if probability < 1 - sure else None
    return Duel(a.model.id, b.model.id, probability, unknown, better, shared_benchmarks((a, b), task, catalog))


def _why_unknown(contender: Contender, task: Task) -> str | None:
    found = contender.quality[task.id]
    if found is None:
        return f"{contender.model.id} has no score at {task.id}"
    return f"{contender.model.id}: {found.unknown}" if found.unknown else None


def shared_benchmarks(contenders: Sequence[Contender], task: Task, catalog: Catalog) -> tuple[SharedBenchmark, ...]:
    """Benchmarks of the task's groups with a result of at least two models, in the mode each is scored in; weightiest first.

    Results of one source come before results of several: another harness moves a score by more than most models differ.
    """
    found: dict[str, dict[str, list[Score]]] = {}
    for contender in contenders:
        quality = contender.quality[task.id]
        if quality is not None:
            for row in evidence_for(contender.model.id, task, quality.mode, catalog):
                found.setdefault(row.benchmark, {}).setdefault(contender.model.id, []).append(row)
    shared = [_paired(benchmark, rows) for benchmark, rows in found.items() if len(rows) > 1]

    def order(item: SharedBenchmark) -> tuple[float, bool, bool, int, str]:
        benchmark = catalog.benchmarks[item.benchmark]
        return (-task.groups[benchmark.task_group], not benchmark.in_fit, not item.same_source, -len(item.rows), benchmark.id)

    return tuple(sorted(shared, key=order))


def _paired(benchmark: str, rows: Mapping[str, Sequence[Score]]) -> SharedBenchmark:
    """One row per model, from the source that covers most models (the earliest in the models' own order), else the first."""
    trusted = list(dict.fromkeys(_source(row) for found in rows.values() for row in found))
    covers = {source: sum(any(_source(row) == source for row in found) for found in rows.values()) for source in trusted}
    best = max(trusted, key=lambda source: covers[source])
    if covers[best] == 1:
        best = ""
    chosen = {model: next((row for row in found if _source(row) == best), found[0]) for model, found in rows.items()}
    return SharedBenchmark(benchmark, chosen, len({_source(row) for row in chosen.values()}) == 1)


def _source(row: Score) -> str:
    return row.source.split(" ", 1)[0]
