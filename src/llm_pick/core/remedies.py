"""The changes that may admit a candidate, the smallest first: each as the option to type and as the question it makes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from llm_pick.core.estimate.limits import largest_context, most_users
from llm_pick.core.estimate.memory import memory_of
from llm_pick.core.lookup import find_runtime
from llm_pick.core.question import GIB
from llm_pick.core.record import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from llm_pick.core.catalog import Catalog
    from llm_pick.core.question import Question
    from llm_pick.core.recommend import Assessed

Remedy = tuple[str, "Question"]
LEAST_SHARE = 4
"""A context or a number of users cut to less than one in so many is another question."""
LEAST_CONTEXT = 1024
STEPS = 10
"""Steps in a GiB of missing memory: it is rounded up, so that what is named is enough."""


def remedies(item: Assessed, question: Question, catalog: Catalog) -> Iterator[Remedy]:
    """What might admit a candidate that failed one gate; whether it does is for the caller to ask. None for some failures."""
    makers: dict[str, Callable[[Assessed, Question, Catalog], Iterator[Remedy]]] = {
        "licence-policy": _licence, "task-capability": _mode, "enough-context": _context, "fits-memory": _memory,
        "minimum-speed": _speed, "runtime-support": _engine,
    }  # fmt: skip
    (failed,) = item.failed
    if failed in makers:
        yield from makers[failed](item, question, catalog)


def _licence(item: Assessed, question: Question, _catalog: Catalog) -> Iterator[Remedy]:
    id = item.candidate.model.license
    yield f"--license {id}", replace(question, license_policies=(id,))


def _mode(_item: Assessed, question: Question, _catalog: Catalog) -> Iterator[Remedy]:
    if question.mode != "auto":
        yield "--reasoning auto", replace(question, mode="auto")


def _context(item: Assessed, question: Question, _catalog: Catalog) -> Iterator[Remedy]:
    model = item.candidate.model
    most = max(model.context_native, model.context_extended or 0)
    yield f"--context {most}", replace(question, context_tokens=most)


def _memory(item: Assessed, question: Question, catalog: Catalog) -> Iterator[Remedy]:
    tokens = largest_context(item.candidate, question, catalog)
    if tokens >= max(LEAST_CONTEXT, question.context_tokens // LEAST_SHARE):
        yield f"--context {tokens}", replace(question, context_tokens=tokens)
    users = most_users(item.candidate, question, catalog)
    if users >= max(1, question.users // LEAST_SHARE):
        yield f"--users {users}", replace(question, users=users)
    yield from _more_memory(item, question, catalog)


def _more_memory(item: Assessed, question: Question, catalog: Catalog) -> Iterator[Remedy]:
    """The least memory that is enough, found by asking: part of every GiB is the driver's, and devices do not pool."""

    def fits(tenths: int) -> bool:
        return memory_of(item.candidate, _with_more(question, tenths / STEPS), catalog).fits

    low, high = 0, math.ceil(STEPS * item.estimate.memory.shortfall_bytes / GIB)
    most = 4 * high + STEPS
    while high and not fits(high):
        if high > most:
            return
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if fits(middle) else (middle, high)
    more = _with_more(question, high / STEPS)
    hardware = question.hardware
    if hardware.is_cpu:
        yield f"--ram {(more.hardware.ram_bytes or 0) / GIB:g}", more
    else:
        each = " on each device" if len(hardware.devices) > 1 else ""
        yield f"{high / STEPS:.1f} GiB more memory{each}", more


def _with_more(question: Question, gib: float) -> Question:
    hardware = question.hardware
    if hardware.is_cpu:
        return replace(question, hardware=replace(hardware, ram_bytes=(hardware.ram_bytes or 0) + round(gib * GIB)))
    devices = tuple(replace(device, memory_gib=(device.memory_gib or 0.0) + gib) for device in hardware.devices)
    return replace(question, hardware=replace(hardware, devices=devices))


def _speed(item: Assessed, question: Question, _catalog: Catalog) -> Iterator[Remedy]:
    """Whichever of the two levels is missed, or both."""
    speed = item.estimate.speed
    if speed is None:
        return
    words, asked = [], question
    rate, wait = speed.per_user_tok_per_s.likely, speed.ttft_s.likely
    if question.min_tok_per_s is not None and rate < question.min_tok_per_s:
        least = math.floor(rate) if rate >= 1 else math.floor(100 * rate) / 100
        words.append(f"--min-tps {least:g}")
        asked = replace(asked, min_tok_per_s=least)
    if question.max_ttft_s is not None and wait > question.max_ttft_s:
        most = math.ceil(10 * wait) / 10
        words.append(f"--max-ttft {most:g}")
        asked = replace(asked, max_ttft_s=most)
    if words and asked.min_tok_per_s != 0:
        yield " ".join(words), asked


def _engine(item: Assessed, question: Question, catalog: Catalog) -> Iterator[Remedy]:
    """Another number of devices that divides the heads: the next smaller, as it is at hand, else the next larger."""
    hardware, count = question.hardware, len(question.hardware.devices)
    if len({device.id for device in hardware.devices}) == 1:
        for other in (*range(count - 1, 0, -1), *range(count + 1, 2 * count + 1)):
            devices = (hardware.devices[0],) * other
            words = f"{other} device{'s' if other > 1 else ''} instead of {count}"
            yield words, replace(question, hardware=replace(hardware, devices=devices))
    if question.runtime is not None:
        yield "--runtime llama-cpp", replace(question, runtime=find_runtime("llama-cpp", catalog))
