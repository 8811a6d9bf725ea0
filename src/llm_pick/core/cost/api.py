"""The bill of an API: tokens by class and price tier, plus what a list price does not say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.cost.workload import DAYS_PER_MONTH
from llm_pick.core.record import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

MILLION = 1e6


@dataclass(frozen=True, slots=True)
class ApiRates:
    """USD per million tokens that apply to one prompt length."""

    input: float
    output: float
    cached_input: float | None = None
    """``None``: cached tokens cost as much as others."""
    batch_input: float | None = None
    batch_output: float | None = None
    """``None``: no batch price."""


@dataclass(frozen=True, slots=True)
class ApiUse:
    """How the API is used, beyond the workload."""

    output_multiplier: float = 1.0
    """Output tokens billed per token of the answer: above 1 where the model thinks and bills it."""
    retry_share: float = 0.0
    """Share of the requests that are sent and billed twice."""
    batch_share: float = 0.0
    """Share of the requests that can wait for a batch price."""


def usd_per_request(rates: ApiRates, use: ApiUse, input_tokens: float, output_tokens: float, cached_share: float) -> float:
    """Mean price of one request of these mean lengths; ``output_tokens`` are those of the answer itself."""
    cached_rate = rates.input if rates.cached_input is None else rates.cached_input
    output = output_tokens * use.output_multiplier * rates.output
    mean = input_tokens * ((1 - cached_share) * rates.input + cached_share * cached_rate) + output
    if use.batch_share and rates.batch_input is not None and rates.batch_output is not None:
        batch = input_tokens * rates.batch_input + output_tokens * use.output_multiplier * rates.batch_output
        mean = (1 - use.batch_share) * mean + use.batch_share * min(mean, batch)
    return mean * (1 + use.retry_share) / MILLION


@dataclass(frozen=True, slots=True)
class ApiCost:
    """A price per request, with a least bill."""

    usd_per_request: float
    minimum_usd_per_month: float = 0.0

    def usd_per_month(self, req_per_day: float) -> float:
        """The bill at this traffic."""
        return max(self.minimum_usd_per_month, self.usd_per_request * req_per_day * DAYS_PER_MONTH)

    def line(self, req_per_day: float) -> tuple[float, float]:
        """The piece that holds this traffic."""
        slope = self.usd_per_request * DAYS_PER_MONTH
        return (self.minimum_usd_per_month, 0.0) if slope * req_per_day < self.minimum_usd_per_month else (0.0, slope)

    def edges(self, low: float, high: float) -> Sequence[float]:
        """The traffic from which the minimum no longer matters."""
        if not self.minimum_usd_per_month or not self.usd_per_request:
            return ()
        edge = self.minimum_usd_per_month / (self.usd_per_request * DAYS_PER_MONTH)
        return (edge,) if low < edge < high else ()

    def asymptote(self) -> float:
        """USD a month per request a day, the minimum far behind."""
        return self.usd_per_request * DAYS_PER_MONTH
