"""What every kind of row shares: the outcome of one prediction, and reading a folder of rows."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from llm_pick.core.facts import Range


@dataclass(frozen=True, slots=True)
class Outcome:
    """One figure of one row: predicted, or skipped with the reason. Values are in the row's own unit."""

    id: str
    kind: str
    """sizes | memory | decode | prefill | serving"""
    field: str
    truth: float | None = None
    predicted: Range | None = None
    naive: dict[str, float] | None = None
    """Baseline name → value."""
    skipped: str | None = None
    device: str = ""
    group: str = ""
    """What is reported apart within a kind, e.g. dense and moe."""
    trust: str = "A"
    tolerance: float = 0.0
    """Half of the last printed digit of the truth: no error inside it."""

    @property
    def error(self) -> float:
        """Signed relative error of the likely value."""
        if self.truth is None or self.predicted is None:
            raise ValueError("a skipped row has no error")
        miss = self.predicted.likely - self.truth
        return 0.0 if abs(miss) <= self.tolerance else miss / self.truth

    @property
    def held(self) -> bool:
        """Whether the interval held the truth."""
        if self.truth is None or self.predicted is None:
            raise ValueError("a skipped row has no interval")
        return self.predicted.low - self.tolerance <= self.truth <= self.predicted.high + self.tolerance

    def as_line(self) -> dict[str, Any]:
        """The row of a predictions file."""
        head = {"id": self.id, "kind": self.kind, "field": self.field}
        if self.predicted is None:
            return head | {"skipped": self.skipped}
        values = {"low": self.predicted.low, "likely": self.predicted.likely, "high": self.predicted.high}
        return head | {"truth": self.truth} | values


def rows_of(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    """The rows of ``name`` in ``folder``; none where the file is missing."""
    path = folder / name
    if not path.exists():
        return
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)
