"""The JSON of ``breakeven``: built field by field, so that internals can move. Additive changes only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llm_pick.core.cost.answer import band_of, cheaper_hosts, never_reason
from llm_pick.core.cost.breakdown import breakdown
from llm_pick.core.cost.deployment import carrying_at_low, cold_start_s
from llm_pick.core.provenance import resolve
from llm_pick.render.json_v1 import interval

if TYPE_CHECKING:
    from llm_pick.core.catalog import Catalog
    from llm_pick.core.cost.answer import Answer, Point
    from llm_pick.core.cost.api_choice import Offer
    from llm_pick.core.cost.asked import Asked
    from llm_pick.core.cost.plan import Part, Plan
    from llm_pick.core.cost.uncertainty import Swing
    from llm_pick.core.errors import NoPlanError

CENTS = 2


def body(found: Answer, catalog: Catalog) -> dict[str, Any]:
    """Everything after the envelope."""
    plan, now, crossings, sure = found.plan, found.now, found.crossings, found.spread
    wins = crossings.intervals if crossings else ()
    return {
        "question": question(plan),
        "assumptions": list(plan.assumptions),
        "warnings": list(plan.warnings),
        "workload": _workload(plan),
        "api": _api(found, catalog),
        "self_host": _self_host(found, catalog),
        "hybrid": _hybrid(found),
        "crossings_req_per_day": [round(c.req_per_day, 3) for c in crossings.crossings] if crossings else [],
        "crossings": [
            {"req_per_day": round(c.req_per_day, 3), "kind": c.kind, "cheaper_above": c.cheaper_above}
            for c in crossings.crossings
        ]
        if crossings
        else [],
        "self_host_wins_req_per_day": [
            {"from": round(low, 3), "to": None if high is None else round(high, 3)} for low, high in wins
        ],
        "never": crossings.never if crossings else False,
        "never_reason": never_reason(plan, crossings) if crossings else None,
        "asymptote_usd_per_1k_requests": {
            "self_host": 1000 * crossings.asymptote_self_host,
            "api": 1000 * crossings.asymptote_api,
        }
        if crossings
        else None,
        "breakeven_utilization": found.utilization,
        "verdict": found.verdict,
        "verdict_reason": found.reason,
        "probability_self_host_cheaper": sure.self_host_cheaper if sure else None,
        "probability_hybrid_cheaper": sure.hybrid_cheaper if sure else None,
        "difference_usd_per_month": dict(zip(("p5", "p50", "p95"), (round(v, CENTS) for v in sure.difference), strict=True))
        if sure
        else None,
        "sensitivity": [_swing(swing) for swing in found.tornado],
        "curve": [
            _point(point) | {"self_host_usd_per_month_80": [round(low, CENTS), round(high, CENTS)]}
            for point, (low, high) in zip(found.curve, band_of(plan, catalog), strict=True)
        ],
        "route": {
            "usd_per_month": round(found.route.usd_per_month, CENTS),
            "ways": [{"task": task, "way": way} for task, way in found.route.ways],
        },
        "migration": {"usd": plan.asked.migration_usd, "months_to_repay": found.months_to_repay},
        "alternatives": [offer(item, part, catalog) for part in plan.parts for item in part.others],
        "cheaper_hosts_of_the_same_model": [
            {"model": model, "offer": item.price.id, "usd_per_month": round(bill, CENTS)}
            for model, item, bill in cheaper_hosts(found)
        ],
        "removed_offers": [{"offer": id, "reason": reason} for id, reason in plan.removed],
        "removed_gpu_prices": plan.removed_gpus,
        "parts": [_part(part, found, catalog) for part in plan.parts],
        "pools": [
            {"tasks": [part.task for part in pool.parts], "replicas": pool.own.replicas(pool.req_per_day)} for pool in plan.pools
        ],
        "now": _point(now),
    }


def question(plan: Plan) -> dict[str, Any]:
    """The resolved inputs."""
    return asked(plan.asked) | {
        "req_per_day": plan.req_per_day,
        "redundancy": plan.rates.redundancy,
        "staff_usd_per_month": plan.rates.staff_usd_per_month,
        "pricing": plan.asked.pricing or "on_demand",
        "data_residency": plan.place,
    }


def asked(given: Asked) -> dict[str, Any]:
    """The options as given; ``None`` was not said."""
    names = (
        "req_per_day", "tokens_in", "tokens_out", "cached", "peak_factor", "hours_per_day", "mix", "task", "model", "api",
        "hardware", "quant", "runtime", "provider", "pricing", "redundancy", "staff_usd_per_month", "usd_per_gpu_hour", "eur_usd",
        "capex_usd_per_gpu", "usd_per_kwh", "migration_usd", "output_multiplier", "retries", "batch_share", "api_minimum_usd",
        "data_residency",
        "min_tps", "max_ttft", "as_of",
    )  # fmt: skip
    values = {name: getattr(given, name) for name in names}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def no_plan(error: NoPlanError, given: Asked) -> dict[str, Any]:
    """The body where nothing does it."""
    return {
        "question": asked(given),
        "assumptions": [],
        "warnings": [],
        "plan": None,
        "reason": error.message,
        "limit": error.limit,
        "hint": error.hint,
    }


def _workload(plan: Plan) -> dict[str, Any]:
    first = plan.parts[0].workload
    single = len(plan.parts) == 1
    return {
        "task": plan.parts[0].task if single else None,
        "mix": {part.task: part.share for part in plan.parts},
        "req_per_day": plan.req_per_day,
        "tokens_in": sum(part.share * part.workload.input_tokens for part in plan.parts),
        "tokens_out": sum(part.share * part.workload.output_tokens for part in plan.parts),
        "cached_share": first.cached_share,
        "peak_factor": first.peak_factor,
        "hours_per_day": first.hours_per_day,
        "mean_req_per_s": sum(part.workload.mean_req_per_s for part in plan.parts),
        "peak_req_per_s": sum(part.workload.peak_req_per_s for part in plan.parts),
    }


def _api(found: Answer, catalog: Catalog) -> dict[str, Any] | None:
    """The API side; of a mix the sum, its offers joined by `` + ``."""
    parts = [(part, part.api) for part in found.plan.parts if part.api is not None]
    if found.now.api is None or not parts:
        return None
    each = [offer(item, part, catalog) for part, item in parts]
    if len(each) == 1:
        return each[0]
    joined = {key: " + ".join(dict.fromkeys(one[key] for one in each)) for key in ("offer", "provider", "model", "date")}
    return joined | {"usd_per_month": round(found.now.api, CENTS), "source": " + ".join(one["source"] for one in each)}


def offer(item: Offer, part: Part, catalog: Catalog) -> dict[str, Any]:
    """One offer at this part's traffic."""
    price = item.price
    refs = resolve((price.source,), catalog)
    return {
        "offer": price.id,
        "provider": price.provider,
        "model": price.model,
        "usd_per_month": round(item.cost.usd_per_month(part.workload.req_per_day), CENTS),
        "usd_per_1k_requests": 1000 * item.usd_per_request,
        "usd_per_m_input": item.rates.input,
        "usd_per_m_cached_input": item.rates.cached_input,
        "usd_per_m_output": item.rates.output,
        "source": refs[0].url if refs else price.source,
        "locator": refs[0].locator if refs else "",
        "date": price.date,
        "stale": item.stale,
        "retired": item.retired,
        "same_model": item.same_model,
        "variant": price.variant,
        "quality": interval(item.quality, 1) if item.quality else None,
        "disagreement_usd_per_1k_requests": [1000 * value for value in item.spread] if item.spread else None,
    }


def _self_host(found: Answer, catalog: Catalog) -> dict[str, Any]:
    plan, sure = found.plan, found.spread
    each = [_deployment(part, catalog) for part in plan.parts]
    likely = found.now.self_host
    low, high = (min(sure.self_host[0], likely), max(sure.self_host[1], likely)) if sure else (likely, likely)
    money = {
        "replicas": found.now.replicas,
        "usd_per_month": {"low": round(low, CENTS), "likely": round(likely, CENTS), "high": round(high, CENTS)},
        "breakdown": {name: round(value, CENTS) for name, value in breakdown(plan).items()},
    }
    if len(each) == 1:
        return each[0] | money
    joined = {key: " + ".join(dict.fromkeys(str(one[key]) for one in each)) for key in ("model", "quant", "runtime", "device")}
    counts = {one["gpus_per_replica"] for one in each}
    gpus = counts.pop() if len(counts) == 1 else None
    return joined | {"gpus_per_replica": gpus, "capacity_req_per_s": _mixed_capacity(plan), "see": "parts"} | money


def _mixed_capacity(plan: Plan) -> dict[str, float] | None:
    """Requests of the mixture one replica carries, where all tasks share their replicas; else ``None``: see ``parts``."""
    if len(plan.pools) > 1:
        return None
    rates = [(part.share, part.deployment.req_per_s) for part in plan.parts]

    def mean(end: str) -> float:
        each = [(share, float(getattr(rate, end))) for share, rate in rates]
        return 1 / sum(share / value for share, value in each) if all(value > 0 for _, value in each) else 0.0

    return {end: round(mean(end), 4) for end in ("low", "likely", "high")}


def _deployment(part: Part, catalog: Catalog) -> dict[str, Any]:
    place = part.deployment
    candidate, hour = place.assessed.candidate, place.hour
    quality = place.assessed.estimate.quality
    return {
        "model": candidate.model.id,
        "quant": candidate.quantization.id,
        "runtime": candidate.runtime.id,
        "device": place.devices[0].id,
        "gpus_per_replica": len(place.devices),
        "replicas": part.own.replicas(part.workload.req_per_day),
        "carrying_at_low_capacity": carrying_at_low(part.own, place, part.workload.req_per_day),
        "capacity_req_per_s": interval(place.req_per_s, 4),
        "planned_req_per_s": round(place.planned_req_per_s, 4),
        "planned_utilization": round(place.ceiling, 4),
        "capacity_limit": "queueing" if place.queueing < 1 else place.capacity.limit,
        "sequences": place.capacity.sequences,
        "load_test_req_per_s": interval(place.load_test.req_per_s, 4),
        "cold_start_s": round(cold_start_s(place, catalog), 1),
        "kv_limit_sequences": place.capacity.kv_limit_sequences,
        "max_ttft_s": place.level.max_ttft_s,
        "min_tok_per_s": 1 / place.level.max_itl_s if place.level.max_itl_s else None,
        "quality": interval(quality.score, 1) if quality and quality.unknown is None else None,
        "price": {
            "usd_per_gpu_hour": interval(hour.usd, 4),
            "pricing": hour.pricing,
            "provider": hour.provider,
            "source": hour.source,
            "date": hour.date,
            "sellers": hour.sellers,
            "sold_in": hour.machine,
            "stale": hour.stale,
            "parts": dict(hour.parts) or None,
        },
    }


def _hybrid(found: Answer) -> dict[str, Any] | None:
    if found.now.hybrid is None:
        return None
    sure = found.spread
    counts = [(pool, pool.hybrid.replicas(pool.req_per_day)) for pool in found.plan.pools if pool.hybrid]
    spilled = sum(pool.share * pool.hybrid.spilled(pool.req_per_day, n) for pool, n in counts if pool.hybrid)
    return {
        "replicas": sum(count for _, count in counts),
        "spilled_share": round(spilled, 5),
        "usd_per_month": round(found.now.hybrid, CENTS),
        "usd_per_month_80": [round(value, CENTS) for value in sure.hybrid] if sure else None,
    }


def _part(part: Part, found: Answer, catalog: Catalog) -> dict[str, Any]:
    work = part.workload
    way = dict(found.route.ways).get(part.task)
    return {
        "task": part.task,
        "share": part.share,
        "req_per_day": work.req_per_day,
        "tokens_in": work.input_tokens,
        "tokens_out": work.output_tokens,
        "api": offer(part.api, part, catalog) if part.api else None,
        "self_host": _deployment(part, catalog) | {"usd_per_month": round(part.own.usd_per_month(work.req_per_day), CENTS)},
        "cheapest_way": way,
    }


def _swing(swing: Swing) -> dict[str, Any]:
    item = swing.input
    return {
        "input": item.name,
        "option": item.option,
        "unit": item.unit,
        "low": item.low,
        "likely": item.likely,
        "high": item.high,
        "difference_usd_at_low": round(swing.at_low, CENTS),
        "difference_usd_at_high": round(swing.at_high, CENTS),
        "swing_usd": round(swing.swing, CENTS),
    }


def _point(point: Point) -> dict[str, Any]:
    return {
        "req_per_day": round(point.req_per_day, 3),
        "replicas": point.replicas,
        "api_usd_per_month": None if point.api is None else round(point.api, CENTS),
        "self_host_usd_per_month": round(point.self_host, CENTS),
        "hybrid_usd_per_month": None if point.hybrid is None else round(point.hybrid, CENTS),
    }
