"""How far one setup can be pushed: the longest context and the most users that still fit."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from llm_pick.core.estimate.memory import memory_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from llm_pick.core.candidates import Candidate
    from llm_pick.core.catalog import Catalog
    from llm_pick.core.question import Question

STEP_TOKENS = 256
MOST_USERS = 1 << 16
"""Where the search for users ends: no engine holds so many sequences."""


def largest_context(candidate: Candidate, question: Question, catalog: Catalog) -> int:
    """Most tokens per sequence, in steps of 256, that fit beside the asked number of users; 0 if none do.

    Bounded by the model's own (extended) context.
    """
    model = candidate.model
    most = max(model.context_native, model.context_extended or 0) // STEP_TOKENS

    def fits(steps: int) -> bool:
        asked = dataclasses.replace(question, context_tokens=steps * STEP_TOKENS)
        return memory_of(candidate, asked, catalog).fits

    return _last_true(fits, most) * STEP_TOKENS


def context_limit(tokens: int, candidate: Candidate) -> str:
    """What keeps ``largest_context`` from being longer: the ``model`` itself, or ``memory``."""
    most = max(candidate.model.context_native, candidate.model.context_extended or 0)
    return "model" if tokens == most // STEP_TOKENS * STEP_TOKENS else "memory"


def most_users(candidate: Candidate, question: Question, catalog: Catalog) -> int:
    """Most sequences of the asked context that fit in the devices' memory at the same time; 0 if not even one does.

    The memory limit only: what a service level allows is often far less.
    """

    def fits(users: int) -> bool:
        return memory_of(candidate, dataclasses.replace(question, users=users), catalog).fits

    return _last_true(fits, MOST_USERS)


def users_limit(users: int) -> str:
    """What keeps ``most_users`` from being more: ``memory``, or the ``search`` that ended there."""
    return "search" if users == MOST_USERS else "memory"


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
