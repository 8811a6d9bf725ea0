"""``fit`` on several machines: what changes from the first to each of the others, and whether the question can use it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.concepts import points_lost
from llm_pick.core.device_prices import DevicePrices, MachinePrice
from llm_pick.core.errors import QuestionError
from llm_pick.core.estimate.capacity import Capacity
from llm_pick.core.estimate.limits import asks_for_service, service_level
from llm_pick.core.facts import Range
from llm_pick.core.fitting import FitAnswer, fit_asked
from llm_pick.core.quality.task_score import probability_better
from llm_pick.core.recommend import fit
from llm_pick.core.record import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llm_pick.core.catalog import Catalog, Model
    from llm_pick.core.question import Question
    from llm_pick.core.recommend import Assessed

MOST = 6
"""Machines a reader can hold beside each other."""


@dataclass(frozen=True, slots=True)
class Machine:
    """The model on one of the machines."""

    question: Question
    answer: FitAnswer | None
    """``None`` where nothing runs it there."""
    missing: str | None
    """Why there is no answer."""
    points_lost: Range | None
    """Points of the task's score that the quantization chosen there costs; ``None`` where there is no score."""
    as_before: Assessed | None
    """In the quantization chosen on the first machine, for a like-for-like speed; ``None`` where it does not run."""
    price: MachinePrice

    @property
    def fits(self) -> bool:
        """Whether all of it fits in the memory of the devices."""
        return self.answer is not None and self.answer.best.estimate.memory.fits

    @property
    def margin_bytes(self) -> int | None:
        """Memory left at the cautious end; negative where some is missing or was moved to system memory."""
        if self.answer is None:
            return None
        memory = self.answer.best.estimate.memory
        left = int(memory.budget_bytes - memory.total_bytes.high) - memory.offloaded_bytes
        return min(left, -memory.shortfall_bytes) if memory.shortfall_bytes else left


@dataclass(frozen=True, slots=True)
class Upgrade:
    """From the first machine to another one."""

    before: Machine
    after: Machine
    reasons: tuple[str, ...]
    """What the question gains: fits | quality | speed | first_token | users. Empty: nothing it can use."""
    losses: tuple[str, ...]
    """The same words for what it loses."""
    decode_ratio: Range | None
    """Decode speed after over before, each in its own quantization, as far apart as both intervals allow."""
    like_for_like_ratio: Range | None
    """The same with both in the quantization of the first machine."""
    prefill_ratio: Range | None
    launch_usd: float | None
    """Launch price after less before; ``None`` where one is not known."""
    rent_usd_per_hour: float | None
    """Likely rent after less before."""

    @property
    def worth_it(self) -> bool:
        """Whether the question as asked gains something, and loses nothing."""
        return bool(self.reasons) and not self.losses


@dataclass(frozen=True, slots=True)
class UpgradeAnswer:
    """One model on several machines; the first is the one that is there."""

    model: Model
    machines: tuple[Machine, ...]
    upgrades: tuple[Upgrade, ...]
    """To each machine but the first."""

    @property
    def question(self) -> Question:
        """On the first machine."""
        return self.machines[0].question


def compare_machines(model: Model, questions: Sequence[Question], catalog: Catalog) -> UpgradeAnswer:
    """The model on the machine of each question, which differ in nothing else."""
    if len(questions) > MOST:
        raise QuestionError(f"{len(questions)} machines are too many to compare", f"name at most {MOST}")
    labels = [question.hardware.label for question in questions]
    twice = next((label for label in labels if labels.count(label) > 1), None)
    if twice is not None:
        raise QuestionError(
            f"{twice} is named {labels.count(twice)} times",
            f'each --hardware is a machine of its own here; two in one machine are `--hardware "2x {twice}"`',
        )
    prices = DevicePrices(catalog, questions[0].as_of)
    machines: list[Machine] = []
    for question in questions:
        first = machines[0].answer if machines else None
        machines.append(_machine(model, question, first, prices, catalog))
    before = machines[0]
    return UpgradeAnswer(model, tuple(machines), tuple(upgrade(before, after, catalog) for after in machines[1:]))


def _machine(model: Model, question: Question, first: FitAnswer | None, prices: DevicePrices, catalog: Catalog) -> Machine:
    most = max(model.context_native, model.context_extended or 0)
    try:
        answer, missing = fit_asked(model, question, catalog), None
    except QuestionError as error:
        if model.architecture is None or question.context_tokens > most:
            raise  # no machine changes that
        answer, missing = None, str(error)
    lost = as_before = None
    if answer is not None:
        lost = points_lost(model, answer.best.candidate.quantization, question.task, catalog)
        as_before = answer.best
    if first is not None:
        as_before = _in_quantization_of(first, model, question, catalog)
    devices = question.hardware.devices
    return Machine(question, answer, missing, lost, as_before, prices.of(devices))


def _in_quantization_of(first: FitAnswer, model: Model, question: Question, catalog: Catalog) -> Assessed | None:
    same = replace(question, quantization=first.best.candidate.quantization)
    try:
        return fit(model, same, catalog)[0]
    except QuestionError:
        return None


def upgrade(before: Machine, after: Machine, catalog: Catalog) -> Upgrade:
    """What changes, and which of it matters to the question: the rules are those of docs/decisions/0006."""
    gains = _gains(before, after, catalog)
    losses = _gains(after, before, catalog)
    was, new = _decode(before.answer), _decode(after.answer)
    same = _decode_of(after.as_before)
    prompts = [answer.best.estimate.speed for answer in (before.answer, after.answer) if answer]
    read = [speed.prefill_tok_per_s for speed in prompts if speed]
    costs, rents = (before.price, after.price), (before.price.rent_usd_per_hour, after.price.rent_usd_per_hour)
    bought = [price.launch_usd for price in costs if price.launch_usd is not None]
    rented = [rent.likely for rent in rents if rent is not None]
    return Upgrade(
        before=before,
        after=after,
        reasons=gains,
        losses=losses,
        decode_ratio=ratio(new, was),
        like_for_like_ratio=ratio(same, was),
        prefill_ratio=ratio(read[1], read[0]) if len(read) == 2 else None,
        launch_usd=bought[1] - bought[0] if len(bought) == 2 else None,
        rent_usd_per_hour=rented[1] - rented[0] if len(rented) == 2 else None,
    )


def ratio(new: Range | None, old: Range | None) -> Range | None:
    """New over old, as far apart as both intervals allow; ``None`` where one is unknown."""
    if new is None or old is None:
        return None
    return Range(new.low / old.high, new.likely / old.likely, new.high / old.low)


def _decode_of(item: Assessed | None) -> Range | None:
    """Tokens per second of one user; ``None`` where it does not run."""
    if item is None or item.estimate.speed is None:
        return None
    return item.estimate.speed.per_user_tok_per_s


def _decode(answer: FitAnswer | None) -> Range | None:
    return _decode_of(answer.best if answer else None)


def _gains(old: Machine, new: Machine, catalog: Catalog) -> tuple[str, ...]:
    """What ``new`` has over ``old`` that the question can use."""
    if not new.fits:
        return ()
    if not old.fits:
        return ("fits",)
    out = []
    scores = [answer.best.estimate.quality for answer in (new.answer, old.answer) if answer]
    if len(scores) == 2 and all(scores):
        better = probability_better(scores[0].score, scores[1].score)  # type: ignore[union-attr]
        if better > catalog.parameter("rank.better_probability"):
            out.append("quality")
    was, now = _decode(old.answer), _decode(new.answer)
    if was is not None and now is not None and was.likely < enough_tok_per_s(new.question) and now.low > was.high:
        out.append("speed")
    limit = service_level(new.question, catalog).max_ttft_s
    waits = [answer.best.estimate.speed for answer in (old.answer, new.answer) if answer]
    if limit is not None and len(waits) == 2 and all(waits) and waits[0].ttft_s.likely > limit >= waits[1].ttft_s.likely:  # type: ignore[union-attr]
        out.append("first_token")
    if asks_for_service(new.question) and sequences(old) < new.question.users <= sequences(new):
        out.append("users")
    return tuple(out)


def enough_tok_per_s(question: Question) -> float:
    """Speed above which faster is no better: the level asked for, else what the task can use."""
    return question.preferences.enough_speed * (question.min_tok_per_s or question.task.enough_tok_per_s)


def sequences(machine: Machine) -> int:
    """Users served at once within the service level."""
    load = machine.answer.served if machine.answer else None
    return load.sequences if isinstance(load, Capacity) else 0
