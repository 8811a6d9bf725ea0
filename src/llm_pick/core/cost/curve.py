"""Monthly cost as a function of traffic: straight lines between edges, and sums of such functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from llm_pick.core.record import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence


class CostCurve(Protocol):
    """Piecewise linear; every piece includes its upper end."""

    def usd_per_month(self, req_per_day: float) -> float:
        """The bill at a traffic."""
        ...

    def line(self, req_per_day: float) -> tuple[float, float]:
        """(USD a month, USD a month per request a day) of the piece that holds this traffic."""
        ...

    def edges(self, low: float, high: float) -> Sequence[float]:
        """Traffics strictly between ``low`` and ``high`` at which a piece ends, ascending."""
        ...

    def asymptote(self) -> float:
        """USD a month per request a day that no traffic undercuts: the lower bound of the average for ever more traffic."""
        ...


@dataclass(frozen=True, slots=True)
class Part:
    """A share of all traffic, under its own cost."""

    share: float
    curve: CostCurve


@dataclass(frozen=True, slots=True)
class Sum:
    """Costs that add up, each for its share of the traffic, plus what is paid once."""

    parts: tuple[Part, ...]
    fixed_usd_per_month: float = 0.0

    def usd_per_month(self, req_per_day: float) -> float:
        """The bill at a total traffic."""
        return self.fixed_usd_per_month + sum(part.curve.usd_per_month(req_per_day * part.share) for part in self.parts)

    def line(self, req_per_day: float) -> tuple[float, float]:
        """The sum of the parts' pieces."""
        fixed, slope = self.fixed_usd_per_month, 0.0
        for part in self.parts:
            one = part.curve.line(req_per_day * part.share)
            fixed, slope = fixed + one[0], slope + one[1] * part.share
        return fixed, slope

    def edges(self, low: float, high: float) -> Sequence[float]:
        """All parts' edges, in total traffic."""
        return sorted({e / p.share for p in self.parts for e in p.curve.edges(low * p.share, high * p.share)})

    def asymptote(self) -> float:
        """The weighted sum of the parts'."""
        return sum(part.share * part.curve.asymptote() for part in self.parts)
