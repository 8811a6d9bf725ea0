"""From a plan to the answer: bills at the traffic asked, crossings over all traffics, how sure, and the verdict."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from llm_pick.core.cost.api import ApiCost
from llm_pick.core.cost.break_even import HIGHEST, BreakEven, break_even
from llm_pick.core.cost.curve import Part as CurvePart
from llm_pick.core.cost.curve import Sum
from llm_pick.core.cost.inputs import TRAFFIC, bills_of, inputs_of
from llm_pick.core.cost.pools import pools_of
from llm_pick.core.cost.uncertainty import BAND_DRAWS, DRAWS, Spread, Swing, band, spread, tornado
from llm_pick.core.cost.workload import DAYS_PER_MONTH, SECONDS_PER_HOUR
from llm_pick.core.record import dataclass

if TYPE_CHECKING:
    from llm_pick.core.catalog import Catalog
    from llm_pick.core.cost.api_choice import Offer
    from llm_pick.core.cost.plan import Part, Plan

DECADES = range(2, 7)
STEPS_PER_DECADE = 10
ENDS = 1e7


@dataclass(frozen=True, slots=True)
class Point:
    """Bills at one traffic."""

    req_per_day: float
    replicas: int
    api: float | None
    self_host: float
    hybrid: float | None


@dataclass(frozen=True, slots=True)
class Route:
    """How each part of a mix is served in the cheapest combination, and the bill."""

    ways: tuple[tuple[str, str], ...]
    """(task, api | self_host | hybrid)."""
    usd_per_month: float


@dataclass(frozen=True, slots=True)
class Answer:
    """All that is said."""

    plan: Plan
    now: Point
    """At the traffic asked."""
    crossings: BreakEven | None
    """``None`` where there is no API to compare with."""
    spread: Spread | None
    tornado: tuple[Swing, ...]
    curve: tuple[Point, ...]
    route: Route
    verdict: str
    reason: str
    utilization: float | None
    """Share of one replica's capacity that must be busy, averaged over the hours paid, for it to cost what the API does."""
    months_to_repay: float | None


def answer(found: Plan, catalog: Catalog) -> Answer:
    """Same plan, same answer."""
    own, api = own_curve(found), api_curve(found)
    now = point(found, found.req_per_day)
    crossings = break_even(own, api) if api else None
    inputs = inputs_of(found, catalog)
    bills = bills_of(found)
    sure = spread(inputs, bills) if api else None
    route = cheapest_route(found)
    verdict, reason = _verdict(found, now, crossings, sure, catalog)
    saved = None if now.api is None else now.api - min(now.self_host, now.hybrid or now.self_host)
    migration = found.asked.migration_usd
    return Answer(
        plan=found,
        now=now,
        crossings=crossings,
        spread=sure,
        tornado=tornado(inputs, bills) if api else (),
        curve=curve_of(found),
        route=route,
        verdict=verdict,
        reason=reason,
        utilization=utilization_of(found.parts[0]) if len(found.parts) == 1 else None,
        months_to_repay=migration / saved if migration is not None and saved is not None and saved > 0 else None,
    )


def own_curve(found: Plan) -> Sum:
    """The self-hosted bill over total traffic, staff once."""
    return Sum(tuple(CurvePart(pool.share, pool.own) for pool in found.pools), found.rates.staff_usd_per_month)


def api_curve(found: Plan) -> ApiCost | None:
    """The API bill over total traffic, one least bill for all parts; ``None`` where a part has no API."""
    known = [part.share * part.api.usd_per_request for part in found.parts if part.api is not None]
    if len(known) < len(found.parts):
        return None
    return ApiCost(sum(known), found.asked.api_minimum_usd or 0.0)


def point(found: Plan, req_per_day: float) -> Point:
    """All bills at one total traffic."""
    api, staff = api_curve(found), found.rates.staff_usd_per_month
    hybrids = [pool.hybrid.usd_per_month(req_per_day * pool.share) for pool in found.pools if pool.hybrid is not None]
    return Point(
        req_per_day=req_per_day,
        replicas=sum(pool.own.replicas(req_per_day * pool.share) for pool in found.pools),
        api=api.usd_per_month(req_per_day) if api else None,
        self_host=own_curve(found).usd_per_month(req_per_day),
        hybrid=sum(hybrids) + staff if len(hybrids) == len(found.pools) else None,
    )


def curve_of(found: Plan) -> tuple[Point, ...]:
    """Bills from 10^2 to 10^7 requests a day, ten steps a decade."""
    return tuple(point(found, at) for at in _grid())


def _grid() -> list[float]:
    return [10 ** (decade + step / STEPS_PER_DECADE) for decade in DECADES for step in range(STEPS_PER_DECADE)] + [ENDS]


def band_of(found: Plan, catalog: Catalog) -> tuple[tuple[float, float], ...]:
    """80 % of the self-hosted bill at every point of ``curve_of``."""
    scales = [at / found.req_per_day for at in _grid()]
    return band(inputs_of(found, catalog), bills_of(found), scales, TRAFFIC, BAND_DRAWS)


def cheapest_route(found: Plan) -> Route:
    """The cheapest combination of parts on own replicas and parts at the API, staff paid once where any is on own ones."""
    routes = []
    for count in range(len(found.parts) + 1):
        for kept in itertools.combinations(found.parts, count):
            away = [part.api for part in found.parts if part not in kept]
            if any(offer is None for offer in away):
                continue
            each = sum(p.api.usd_per_request * p.workload.req_per_day for p in found.parts if p not in kept and p.api)
            least = (found.asked.api_minimum_usd or 0.0) if away else 0.0
            sent = max(least, each * DAYS_PER_MONTH)
            pools = pools_of(kept)
            own = sum(pool.own.usd_per_month(pool.req_per_day) for pool in pools)
            both = [pool.hybrid.usd_per_month(pool.req_per_day) for pool in pools if pool.hybrid is not None]
            staff = found.rates.staff_usd_per_month if kept else 0.0
            bills = [("self_host", own)] + ([("hybrid", sum(both))] if len(both) == len(pools) and kept else [])
            for way, usd in bills:
                ways = tuple((part.task, way if part in kept else "api") for part in found.parts)
                routes.append((usd + sent + staff, ways))
    bill, ways = min(routes)
    return Route(ways, bill)


def cheaper_hosts(found: Answer) -> list[tuple[str, Offer, float]]:
    """(model, offer, USD a month) of hosts of a self-hosted model that beat every own way to serve it, API aside.

    Where the verdict is for own replicas this is what it must not hide.
    """
    if found.verdict == "api":
        return []
    out = []
    for pool in found.plan.pools:
        own = pool.own.usd_per_month(pool.req_per_day)
        both = pool.hybrid.usd_per_month(pool.req_per_day) if pool.hybrid else own
        for part in pool.parts:
            share = part.workload.req_per_day / pool.req_per_day
            for offer in part.others:
                bill = offer.cost.usd_per_month(part.workload.req_per_day)
                if offer.same_model and bill < min(own, both) * share:
                    out.append((part.deployment.assessed.candidate.model.id, offer, bill))
    return out


def utilization_of(part: Part) -> float | None:
    """Mean load over capacity at which one replica, always on, costs what the API would for the same requests."""
    if part.api is None or part.api.usd_per_request <= 0:
        return None
    requests = part.own.usd_per_replica_month / part.api.usd_per_request
    capacity = part.deployment.req_per_s.likely * part.workload.hours_per_day * SECONDS_PER_HOUR * DAYS_PER_MONTH
    return requests / capacity


def _verdict(found: Plan, now: Point, crossings: BreakEven | None, sure: Spread | None, catalog: Catalog) -> tuple[str, str]:
    """The verdict at the traffic asked, and the sentence that carries it."""
    if now.api is None or crossings is None or sure is None:
        return "self_host", "no API of this quality may be used, so there is nothing to compare with"
    low, high = catalog.parameter("cost.close_low"), catalog.parameter("cost.close_high")
    own, both = sure.self_host_cheaper, sure.hybrid_cheaper
    alone = f"self-hosting is cheaper than the API in {100 * own:.0f} % of {DRAWS:,} draws over the uncertain inputs"
    spilling = f"own replicas that spill over to the API in {100 * both:.0f} %"
    prefers_both = now.hybrid is not None and now.hybrid < min(now.self_host, now.api)
    reason = f"{alone}, {spilling}" if prefers_both else alone
    if low <= own <= high:
        return "too_close_to_call", reason
    if own > high:
        return ("hybrid" if prefers_both and both > high else "self_host"), reason
    if prefers_both and both >= low:
        return ("hybrid" if both > high else "too_close_to_call"), reason
    return "api", reason


def never_reason(found: Plan, crossings: BreakEven) -> str | None:
    """Why self-hosting is never cheaper; ``None`` where it is somewhere."""
    if not crossings.never:
        return None
    own, api = 1000 * crossings.asymptote_self_host, 1000 * crossings.asymptote_api
    if crossings.proven:
        return (
            f"even with every replica full, and neither spares nor staff to pay, 1,000 requests cost ${own:.3f} on own replicas "
            f"and ${api:.3f} from the API: more traffic does not help"
        )
    return (
        f"full replicas would do 1,000 requests for ${own:.3f}, the API takes ${api:.3f}, but spares and staff are not earned "
        f"back below {HIGHEST:,.0f} requests a day"
    )
