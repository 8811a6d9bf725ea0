"""The two kinds of value an answer is made of: sourced facts and predictions with an interval."""

from __future__ import annotations

from llm_pick.core.record import dataclass


@dataclass(frozen=True, slots=True)
class Range:
    """A prediction: an 80 % interval and its median, all in one unit (the name of the field says which).

    Invariant: ``low <= likely <= high``; violating it raises ``ValueError``, because an interval that
    does not hold its own median would mislead silently.
    """

    low: float
    likely: float
    high: float

    def __post_init__(self) -> None:
        if not self.low <= self.likely <= self.high:
            raise ValueError(f"not an interval: {self.low} <= {self.likely} <= {self.high}")

    @classmethod
    def exact(cls, value: float) -> Range:
        """A value that is known: all three bounds are equal."""
        return cls(value, value, value)

    def __add__(self, other: Range) -> Range:
        """Sum of two predictions whose errors are treated as fully correlated (the cautious reading)."""
        return Range(self.low + other.low, self.likely + other.likely, self.high + other.high)

    def scaled(self, factor: float) -> Range:
        """The same prediction times a non-negative ``factor``."""
        return Range(self.low * factor, self.likely * factor, self.high * factor)


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a fact was read. Every source named anywhere in the catalog resolves to one of these."""

    id: str
    title: str
    publisher: str
    url: str
    """Public address; for a package, its registry page plus version; for a repository, with its commit."""
    read_on: str
    """ISO date on which somebody read it for this catalog."""
    kind: str
    """spec | config | card | licence | code | documentation | measurement | paper | dataset | claim"""
    licence: str | None = None
    """Terms of the source itself, where facts are copied in bulk."""
    note: str | None = None
