"""What a rule is, and what it may say."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING

from llm_pick.core.record import dataclass

if TYPE_CHECKING:
    from llm_pick.core.candidates import Candidate
    from llm_pick.core.catalog import Catalog, Model
    from llm_pick.core.estimate.estimate import Estimate
    from llm_pick.core.outline import Traits
    from llm_pick.core.question import Question


class Outcome(StrEnum):
    """Unknown is an outcome of its own: it never silently becomes a pass."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One rule's answer about one candidate."""

    rule: str
    outcome: Outcome
    sentence: str
    cites: tuple[str, ...] | Callable[[], tuple[str, ...]] = ()
    """The sources, or what looks them up: most verdicts are never shown."""

    @property
    def sources(self) -> tuple[str, ...]:
        """Where the facts it rests on were read."""
        return self.cites() if callable(self.cites) else self.cites


Judge = Callable[["Candidate", "Estimate", "Question", "Catalog"], Verdict]


Fails = Callable[["Model | Traits", "Question", "Catalog"], bool]


@dataclass(frozen=True, slots=True)
class Rule:
    """A named check. A gate removes a candidate on ``fail``; advice only speaks."""

    id: str
    title: str
    kind: str
    """gate | advice"""
    since: str
    judge: Judge
    about: str
    """model (one answer for all its quantizations) | candidate"""
    doc: str
    """The module's docstring: what it checks, why, how it decides, when it is unknown, what to do."""
    fails: Fails | None = None
    """For gates about the model: whether it fails, from its outline and without the sentence."""
