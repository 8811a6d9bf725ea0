"""What a reader of a model's own files returns."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from llm_pick.core.record import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llm_pick.core.catalog import Architecture


class Unreadable(Exception):
    """The files do not describe a language model that can be estimated; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Read:
    """An architecture with its parameter counts and what was assumed to fill it."""

    architecture: Architecture
    params_total: int
    params_active: int
    notes: tuple[str, ...]


def grouped(items: Iterable[Any]) -> tuple[Any, ...]:
    """Equal one-layer groups as one, in the order of their first appearance."""
    return tuple(replace(item, layers=count) for item, count in Counter(items).items())
