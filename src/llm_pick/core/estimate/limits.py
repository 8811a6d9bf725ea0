"""How far one setup can be pushed: the longest context, the most users that fit, and the most that are served well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.estimate.capacity import Capacity, NoCapacity, ServiceLevel, best_capacity
from llm_pick.core.estimate.memory import memory_of
from llm_pick.core.estimate.speed import Speed
from llm_pick.core.record import replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from llm_pick.core.candidates import Candidate
    from llm_pick.core.catalog import Catalog
    from llm_pick.core.question import Question

STEP_TOKENS = 256
SERVED = "users served at once"
"""How assumptions about the service level begin."""
MOST_USERS = 1 << 16
"""Where the search for users ends: no engine holds so many sequences."""


def largest_context(candidate: Candidate, question: Question, catalog: Catalog) -> int:
    """Most tokens per sequence, in steps of 256, that fit beside the asked number of users; 0 if none do.

    Bounded by the model's own (extended) context.
    """
    model = candidate.model
    most = max(model.context_native, model.context_extended or 0) // STEP_TOKENS

    def fits(steps: int) -> bool:
        asked = replace(question, context_tokens=steps * STEP_TOKENS)
        return memory_of(candidate, asked, catalog).fits

    return _last_true(fits, most) * STEP_TOKENS


def context_limit(tokens: int, candidate: Candidate) -> str:
    """What keeps ``largest_context`` from being longer: the ``model`` itself, or ``memory``."""
    most = max(candidate.model.context_native, candidate.model.context_extended or 0)
    return "model" if tokens == most // STEP_TOKENS * STEP_TOKENS else "memory"


def most_users(candidate: Candidate, question: Question, catalog: Catalog) -> int:
    """Most sequences of the asked context that fit in the devices' memory at the same time; 0 if not even one does.

    The memory limit only: what a service level allows is often far less (``served``).
    """

    def fits(users: int) -> bool:
        return memory_of(candidate, replace(question, users=users), catalog).fits

    return _last_true(fits, MOST_USERS)


def users_limit(users: int) -> str:
    """What keeps ``most_users`` from being more: ``memory``, or the ``search`` that ended there."""
    return "search" if users == MOST_USERS else "memory"


def service_level(question: Question, catalog: Catalog) -> ServiceLevel:
    """The level asked for (``--max-ttft``, ``--min-tps``), and a usual one where nothing was."""
    ttft, rate = question.max_ttft_s, question.min_tok_per_s
    return ServiceLevel(
        max_ttft_s=catalog.parameter("serving.default_max_ttft_s") if ttft is None else ttft,
        max_itl_s=1 / (catalog.parameter("serving.default_min_tok_per_s") if rate is None else rate),
    )


def asks_for_service(question: Question) -> bool:
    """Whether somebody is to be served: several users, or one who named a level."""
    return question.users > 1 or question.min_tok_per_s is not None or question.max_ttft_s is not None


def service_level_assumptions(question: Question, catalog: Catalog) -> tuple[str, ...]:
    """The parts of the service level that nobody asked for, as sentences."""
    level = service_level(question, catalog)
    out = []
    if question.max_ttft_s is None:
        out.append(f"{SERVED}: first token within {level.max_ttft_s:g} s, 99 of 100 times (--max-ttft)")
    if question.min_tok_per_s is None:
        out.append(f"{SERVED}: {1 / (level.max_itl_s or 1):g} tok/s each (--min-tps)")
    return tuple(out)


def served(candidate: Candidate, question: Question, catalog: Catalog) -> Capacity | NoCapacity | None:
    """The most one replica serves within the service level; ``None`` where not even one sequence fits in memory.

    Requests have the lengths at which the speeds are stated. For an anonymous device the median one it may be counts.
    """
    alone = replace(question, users=1)
    memory = memory_of(candidate, alone, catalog)
    if not memory.fits:
        return None
    return best_capacity(Speed(candidate, memory, alone, catalog).replicas, service_level(question, catalog), catalog)


def _last_true(holds: Callable[[int], bool], most: int) -> int:
    """Largest n in 1..most for which the monotone ``holds`` is true; 0 if it never is."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if holds(middle):
            low = middle
        else:
            high = middle - 1
    return low
