"""The uncertain inputs of a plan, and its bills as a function of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.cost.api import usd_per_request
from llm_pick.core.cost.deployment import gpu_usd_per_month
from llm_pick.core.cost.pools import combined
from llm_pick.core.cost.self_host import Hybrid
from llm_pick.core.cost.uncertainty import Bills, Input
from llm_pick.core.cost.workload import DAYS_PER_MONTH
from llm_pick.core.record import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from llm_pick.core.catalog import Catalog
    from llm_pick.core.cost.plan import Part, Plan
    from llm_pick.core.cost.self_host import SelfHost
    from llm_pick.core.facts import Range

    One = Callable[[Mapping[str, float], int], tuple[SelfHost, float]]

TRAFFIC = "traffic"
SLOWEST = 0.1
"""Least factor on a capacity whose low end is nothing at all."""


def inputs_of(found: Plan, catalog: Catalog) -> tuple[Input, ...]:
    """What is not known exactly, as factors on the likely values where no unit says otherwise.

    What the user stated about money is exact; traffic and lengths stay uncertain, as they are forecasts.
    """
    asked, first = found.asked, found.parts[0]
    places = [part.deployment for part in found.parts]
    inputs = [
        _factor("GPU price", [place.hour.usd for place in places], "--usd-per-gpu-hour", 0.0),
        _factor("capacity of a replica", [place.capacity.req_per_s for place in places], "--hardware", SLOWEST),
        _parameter(catalog, "cost.volume_factor", TRAFFIC, "--req-per-day"),
        _parameter(catalog, "cost.tokens_factor", "prompt length", "--tokens-in"),
        _parameter(catalog, "cost.tokens_factor", "answer length", "--tokens-out"),
        _api_price(found.parts, catalog),
        _factor("peak", [part.traffic.peak for part in found.parts], "--peak-factor", 0.0),
    ]
    cached = first.traffic.cached
    if cached.high > cached.low:
        inputs.append(Input("cached share", cached.low, cached.likely, cached.high, "share of the prompt", "--cached", 0.0, 1.0))
    if asked.staff_usd_per_month is None:
        inputs.append(_parameter(catalog, "cost.staff_usd_per_month", "staff", "--staff-usd-per-month"))
    if asked.redundancy is None:
        inputs.append(_parameter(catalog, "cost.redundancy", "spare replicas", "--redundancy", most=1.0))
    return tuple(inputs)


def _factor(name: str, values: Sequence[Range], option: str, least: float) -> Input:
    """Intervals as factors on their likely values: of several tasks the widest ends."""
    low = min(value.low / value.likely for value in values)
    return Input(name, max(low, least), 1.0, max(value.high / value.likely for value in values), "factor", option, least)


def _api_price(parts: Sequence[Part], catalog: Catalog) -> Input:
    """What a year may do to the list price, and what sources disagree on today."""
    item = _parameter(catalog, "cost.api_price_factor", "API price", "--api")
    disputed = [offer for part in parts if (offer := part.api) is not None and offer.spread is not None]
    ends = [end / offer.usd_per_request for offer in disputed for end in offer.spread or ()]
    return replace(item, low=min([item.low, *ends]), high=max([item.high, *ends]))


def _parameter(catalog: Catalog, id: str, name: str, option: str, most: float = float("inf")) -> Input:
    record = catalog.parameters[id]
    low, high = record.low, record.high
    return Input(
        name, record.value if low is None else low, record.value, record.value if high is None else high, record.unit, option,
        most=most,
    )  # fmt: skip


def bills_of(found: Plan) -> Callable[[Mapping[str, float]], Bills]:
    """The bills at the traffic asked as a function of the uncertain inputs."""
    pools = [[(part.share / pool.share, _moved(part)) for part in pool.parts] for pool in found.pools]
    traffics = [pool.req_per_day for pool in found.pools]
    all_traffic = sum(traffics)
    least = found.asked.api_minimum_usd or 0.0
    staff_likely, spare_likely = found.rates.staff_usd_per_month, found.rates.redundancy

    def bills(values: Mapping[str, float]) -> Bills:
        staff = values.get("staff", staff_likely)
        spare = round(values.get("spare replicas", spare_likely))
        api, own, hybrid = 0.0, staff, staff
        for movers, likely in zip(pools, traffics, strict=True):
            traffic = likely * values[TRAFFIC]
            moved = [(weight, *move(values, spare)) for weight, move in movers]
            each = sum(weight * price for weight, _, price in moved)
            pool = combined([(weight, scaled) for weight, scaled, _ in moved])
            api += each * traffic * DAYS_PER_MONTH
            own += pool.usd_per_month(traffic)
            hybrid += Hybrid(pool, each, least * likely / all_traffic).usd_per_month(traffic)
        return Bills(max(least, api), own, hybrid)

    return bills


def _moved(part: Part) -> One:
    """The staircase of one part and the API price of its mean request, at other inputs."""
    own, work, place, offer = part.own, part.workload, part.deployment, part.api
    gpu_share = gpu_usd_per_month(place, work) / own.usd_per_replica_month
    fresh_likely = 1 - work.cached_share

    def moved(values: Mapping[str, float], spare: int) -> tuple[SelfHost, float]:
        longer_in, longer_out = values["prompt length"], values["answer length"]
        cached = values.get("cached share", work.cached_share)
        read = longer_in * ((1 - cached) / fresh_likely if fresh_likely else 1.0)
        rate = own.req_per_s_per_replica * values["capacity of a replica"]
        rate /= max(read, SLOWEST) ** place.elasticity_in * longer_out**place.elasticity_out
        scaled = replace(
            own,
            req_per_s_per_replica=rate,
            usd_per_replica_month=own.usd_per_replica_month * (1 + gpu_share * (values["GPU price"] - 1)),
            redundancy=spare,
            peak_factor=max(1.0, own.peak_factor * values["peak"]),
        )
        if offer is None:
            return scaled, 0.0
        each = usd_per_request(offer.rates, offer.use, work.input_tokens * longer_in, work.output_tokens * longer_out, cached)
        return scaled, each * values["API price"]

    return moved
