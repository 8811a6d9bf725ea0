"""The view of ``breakeven``: the verdict, the bills side by side, where they cross, how sure, and everything assumed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.cost.answer import band_of, cheaper_hosts, never_reason, own_curve
from llm_pick.core.cost.breakdown import breakdown
from llm_pick.core.provenance import resolve
from llm_pick.render.breakeven_formulas import formulas
from llm_pick.render.money import per_day, small_usd, usd, usd_span
from llm_pick.render.text import score_range
from llm_pick.render.view import Column, Line, Plot, Table, View

if TYPE_CHECKING:
    from llm_pick.core.catalog import Catalog
    from llm_pick.core.cost.answer import Answer
    from llm_pick.core.cost.api_choice import Offer
    from llm_pick.core.cost.plan import Part
    from llm_pick.core.errors import NoPlanError

WINNERS = {
    "api": "Stay with the API",
    "self_host": "Self-host",
    "hybrid": "Own replicas, the API for what they cannot take",
    "too_close_to_call": "Too close to call",
}
SWINGS_SHOWN = 6
CENT = 0.01
INTERVALS_SHOWN = 6
STEPS_DRAWN = 40
"""Steps of the staircase with corners of their own; later ones are finer than a line is wide."""
JUST_ABOVE = 1e-9


def breakeven_view(found: Answer, catalog: Catalog, *, explain: bool) -> View:
    """The whole answer on paper."""
    plan = found.plan
    tables = [_options(found, catalog), _replicas(found)]
    crossings = _crossings(found)
    if crossings is not None:
        tables.append(crossings)
    if found.tornado:
        tables.append(_tornado(found, len(found.tornado) if explain else SWINGS_SHOWN))
    if explain:
        tables.append(_curve(found))
    details = (
        ("verdict", found.verdict), ("why", _why(found)), *_cheaper_hosts(found), ("self-hosted bill", _bill_text(found)),
        *_where(found),
    )  # fmt: skip
    remarks = [("warning", text) for text in plan.warnings]
    remarks += [("assumed", text) for text in plan.assumptions]
    if explain:
        remarks += [*formulas(found), *_sources(found, catalog)]
    return View(tuple(tables), _headline(found), details, tuple(remarks), plot=_plot(found, catalog))


def _why(found: Answer) -> str:
    """The sentence of the verdict, and what the middle draw says: replicas come whole, so it is not the bill of likely inputs."""
    if found.spread is None:
        return found.reason
    middle = found.spread.difference[1]
    return f"{found.reason}; in the middle draw self-hosting costs {usd(abs(middle))} {'more' if middle >= 0 else 'less'} a month"


def no_plan_view(error: NoPlanError) -> View:
    """Nothing does it: why, and what would."""
    return View((), headline=f"no such plan: {error.message}", remarks=(("hint", error.hint),))


def _plot(found: Answer, catalog: Catalog) -> Plot:
    """Bills over traffic with the uncertainty of the self-hosted one, crossings marked."""
    curve, own = found.curve, own_curve(found.plan)
    ends = (curve[0].req_per_day, curve[-1].req_per_day)
    steps = own.edges(*ends)[:STEPS_DRAWN]
    at = sorted({*(p.req_per_day for p in curve), *steps, *(step * (1 + JUST_ABOVE) for step in steps)})
    lines = [Line("self-host", tuple((x, own.usd_per_month(x)) for x in at if x <= ends[1]))]
    if found.now.api is not None:
        lines.append(Line("API", tuple((p.req_per_day, p.api) for p in curve if p.api is not None)))
        lines.append(Line("hybrid", tuple((p.req_per_day, p.hybrid) for p in curve if p.hybrid is not None)))
    band = tuple((p.req_per_day, low, high) for p, (low, high) in zip(curve, band_of(found.plan, catalog), strict=True))
    crossings = found.crossings.crossings if found.crossings else ()
    marks = tuple((c.req_per_day, own.usd_per_month(c.req_per_day)) for c in crossings if c.req_per_day <= ends[1])
    return Plot("crossing", "requests a day", "USD a month", tuple(lines), band, marks)


def _headline(found: Answer) -> str:
    now = found.now
    traffic = f"at {per_day(now.req_per_day)} requests a day"
    word = WINNERS[found.verdict]
    if now.api is None:
        return f"{word} {traffic}: {usd(now.self_host)} a month; no API may be used"
    hybrid = f", both together {usd(now.hybrid)}" if now.hybrid is not None and now.hybrid < now.self_host else ""
    rarely = ""
    if found.verdict == "api" and found.spread and now.self_host < now.api:
        rarely = f", but that is cheaper in only {100 * found.spread.self_host_cheaper:.0f} % of the draws"
    return f"{word} {traffic}: the API costs {usd(now.api)} a month, self-hosting {usd(now.self_host)}{hybrid}{rarely}"


def _options(found: Answer, catalog: Catalog) -> Table:
    """Monthly bill of every way to serve the traffic."""
    columns = (
        Column("way"),
        Column("what", fold=38),
        Column("USD a month", right=True),
        Column("80 %", right=True),
        Column("per 1,000 requests", right=True, optional=2),
        Column("score", right=True, optional=3),
        Column("price of", optional=1),
    )
    rows, plan, sure = [], found.plan, found.spread
    requests = plan.req_per_day * 365 / 12 / 1000
    several = len(plan.parts) > 1
    for part in plan.parts:
        name = f"{part.task}: " if several else ""
        if part.api is not None:
            span = usd_span(*sure.api) if sure and not several else ""
            rows.append(_offer_row(f"{name}API", part.api, part, span))
        rows += [_offer_row(f"{name}{_beside(offer)}", offer, part, "") for offer in part.others]
    if several and found.now.api is not None:
        rows.append(
            ("API, all", "", usd(found.now.api), usd_span(*sure.api) if sure else "", small_usd(found.now.api / requests), "", "")
        )
    what = " + ".join(dict.fromkeys(_setup(part) for part in plan.parts))
    dates = " + ".join(dict.fromkeys(part.deployment.hour.date or "yours" for part in plan.parts))
    quality = plan.parts[0].deployment.assessed.estimate.quality
    score = score_range(quality.score) if quality and quality.unknown is None and not several else ""
    own = found.now.self_host
    rows.append(
        ("self-host", f"{_replica_count(found.now.replicas)}, {what}", usd(own), usd_span(*sure.self_host) if sure else "",
         small_usd(own / requests), score, dates)
    )  # fmt: skip
    if found.now.hybrid is not None:
        hybrid = found.now.hybrid
        counts = [(pool, pool.hybrid.replicas(pool.req_per_day)) for pool in plan.pools if pool.hybrid]
        away = sum(pool.share * pool.hybrid.spilled(pool.req_per_day, n) for pool, n in counts if pool.hybrid)
        text = f"{sum(n for _, n in counts)} without spares; {100 * away:.3g} % to the API"
        rows.append(
            ("hybrid", text, usd(hybrid), usd_span(*sure.hybrid) if sure else "", small_usd(hybrid / requests), score, dates)
        )
    if several:
        ways = ", ".join(f"{task} {way.replace('_', '-')}" for task, way in found.route.ways)
        bill = found.route.usd_per_month
        rows.append(("cheapest split", ways, usd(bill), "", small_usd(bill / requests), "", ""))
    return Table(columns, tuple(rows))


def _replica_count(number: int) -> str:
    return f"{number:,} replica{'s' if number > 1 else ''}"


def _beside(offer: Offer) -> str:
    if not offer.same_model:
        return "same quality"
    return f"same model, {offer.price.variant}" if offer.price.variant else "same model"


def _offer_row(way: str, offer: Offer, part: Part, span: str) -> tuple[str, ...]:
    bill = offer.cost.usd_per_month(part.workload.req_per_day)
    score = score_range(offer.quality) if offer.quality else "unknown"
    return (way, offer.price.id, usd(bill), span, small_usd(1000 * offer.usd_per_request), score, offer.price.date)


def _setup(part: Part) -> str:
    place = part.deployment
    count = f"{len(place.devices)}x " if len(place.devices) > 1 else ""
    candidate = place.assessed.candidate
    return f"{candidate.model.id} {candidate.quantization.name} on {count}{place.devices[0].id}"


def _replicas(found: Answer) -> Table:
    """What one replica carries, and how many the busiest minute needs."""
    columns = (
        Column("replica", fold=30),
        Column("carries req/s (80 %)", right=True),
        Column("limit"),
        Column("planned req/s", right=True),
        Column("busiest minute", right=True),
        Column("replicas", right=True),
        Column("USD/h", right=True, optional=1),
        Column("seller", optional=2),
    )
    rows = []
    for pool, part in ((one, part) for one in found.plan.pools for part in one.parts):
        place, work = part.deployment, part.workload
        rate = place.req_per_s
        needed, all_of_them = pool.own.carrying(pool.req_per_day), pool.own.replicas(pool.req_per_day)
        shared = f"{needed} + {all_of_them - needed}" + (" shared" if len(pool.parts) > 1 else "")
        rows.append(
            (
                f"{part.task}: {_setup(part)}" if len(found.plan.parts) > 1 else _setup(part),
                f"{rate.likely:.3g} ({rate.low:.2g}–{rate.high:.3g})",
                "queueing" if place.queueing < 1 else LIMITS.get(place.capacity.limit, place.capacity.limit),
                f"{place.planned_req_per_s:.3g}",
                f"{work.peak_req_per_s:.3g} req/s",
                shared,
                f"{place.hour.usd.likely * len(place.devices):.2f}",
                place.hour.provider,
            )
        )
    return Table(columns, tuple(rows), title="one replica at the service level")


LIMITS = {"itl": "token speed", "ttft": "first token", "kv_cache": "KV cache", "engine": "engine"}


def _crossings(found: Answer) -> Table | None:
    if found.crossings is None or found.crossings.never:
        return None
    rows = []
    for low, high in found.crossings.intervals[:INTERVALS_SHOWN]:
        end = "and beyond" if high is None else per_day(high)
        why = "" if high is None else "the next replica makes it dearer"
        rows.append((per_day(low), end, why))
    more = len(found.crossings.intervals) - INTERVALS_SHOWN
    if more > 0:
        last = found.crossings.intervals[-1]
        rows.append(
            (per_day(last[0]), "and beyond" if last[1] is None else per_day(last[1]), f"{more - 1} more intervals before")
        )
    columns = (Column("from requests a day", right=True), Column("to", right=True), Column("then"))
    return Table(columns, tuple(rows), title="self-hosting is cheaper than the API")


def _tornado(found: Answer, shown: int) -> Table:
    columns = (
        Column("input"),
        Column("from", right=True),
        Column("to", right=True),
        Column("self-hosting less API at from", right=True),
        Column("at to", right=True),
        Column("fixed by", optional=1),
    )
    rows = tuple(
        (
            s.input.name,
            _amount(s.input.low, s.input.unit),
            _amount(s.input.high, s.input.unit),
            usd(s.at_low),
            usd(s.at_high),
            s.input.option,
        )
        for s in found.tornado[:shown]
    )
    return Table(columns, rows, title="what it hangs on: one input at a time, USD a month")


def _amount(value: float, unit: str) -> str:
    if unit == "factor":
        return f"x{value:.2f}"
    return usd(value) if unit.startswith("USD") else f"{value:g}"


def _cheaper_hosts(found: Answer) -> list[tuple[str, str]]:
    """That somebody else hosts the same model for less: then the saving is the model's, not the hosting's."""
    return [
        ("but", f"{offer.price.id} hosts {model} for {usd(bill)} a month, less than you would: what is saved, the model saves")
        for model, offer, bill in cheaper_hosts(found)
    ]


def _bill_text(found: Answer) -> str:
    return ", ".join(f"{name} {usd(amount)}" for name, amount in breakdown(found.plan).items() if amount >= CENT)


def _curve(found: Answer) -> Table:
    columns = (Column("requests a day", right=True), Column("replicas", right=True), Column("API", right=True),
               Column("self-host", right=True), Column("hybrid", right=True))  # fmt: skip
    rows = tuple((per_day(p.req_per_day), str(p.replicas), usd(p.api), usd(p.self_host), usd(p.hybrid)) for p in found.curve[::5])
    return Table(columns, rows, title="USD a month by traffic")


def _where(found: Answer) -> list[tuple[str, str]]:
    """Never, or the utilisation that breaks even; what a migration takes to repay."""
    remarks = []
    if found.crossings is not None:
        reason = never_reason(found.plan, found.crossings)
        if reason is not None:
            remarks.append(("never", reason))
        elif found.utilization is not None and found.utilization < 1:
            busy = f"one replica pays for itself when {100 * found.utilization:.0f} % of its capacity is busy"
            remarks.append(("utilisation", f"{busy}, averaged over all hours and without spares or staff"))
    if found.plan.asked.migration_usd is not None:
        months = found.months_to_repay
        text = f"{months:.1f} months repay it" if months is not None else "nothing is saved, so it is never repaid"
        remarks.append(("migration", f"{usd(found.plan.asked.migration_usd)}: {text}"))
    return remarks


def _sources(found: Answer, catalog: Catalog) -> list[tuple[str, str]]:
    ids = [offer.price.source for part in found.plan.parts for offer in (part.api, *part.others) if offer is not None]
    ids += [part.deployment.hour.source for part in found.plan.parts]
    return [("source", str(source)) for id in dict.fromkeys(ids) for source in resolve((id,), catalog)]
