"""The formulas of ``breakeven`` with the reader's own numbers in them, for ``--explain``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.render.money import usd

if TYPE_CHECKING:
    from llm_pick.core.cost.answer import Answer


def formulas(found: Answer) -> list[tuple[str, str]]:
    """The bills with the reader's own numbers in them."""
    out = []
    for part in found.plan.parts:
        work, place = part.workload, part.deployment
        who = f"{part.task}: " if len(found.plan.parts) > 1 else ""
        if part.api is not None:
            rates, month = part.api.rates, f"{work.req_per_day:,.0f} requests x 365/12 days"
            cached = rates.input if rates.cached_input is None else rates.cached_input
            each = f"({work.input_tokens * (1 - work.cached_share):,.0f} x {rates.input:g}"
            if work.cached_share:
                each += f" + {work.input_tokens * work.cached_share:,.0f} x {cached:g}"
            each += f" + {work.output_tokens * part.api.use.output_multiplier:,.0f} x {rates.output:g}) / 1,000,000"
            use, least = part.api.use, part.api.minimum_usd_per_month
            if use.batch_share and rates.batch_input is not None:
                each = f"{1 - use.batch_share:.0%} x {each} + {use.batch_share:.0%} x the same at batch prices"
            each = f"({each}) x {1 + use.retry_share:g} for retries" if use.retry_share else each
            each = f"at least {usd(least)}: {each}" if least else each
            out.append(("formula", f"{who}API: {each} x {month} = {usd(part.api.cost.usd_per_month(work.req_per_day))}"))
        waits = "" if place.queueing >= 1 else f" x {place.queueing:.2f} for the first token in time"
        planned = f"min({place.capacity.req_per_s.likely:.3g} req/s at the token speed{waits}, planned share)"
        out.append(("formula", f"{who}one replica: {planned} = {place.planned_req_per_s:.3g} req/s; a load test that starts all "
                               f"clients at once would show {place.load_test.req_per_s.likely:.3g}"))  # fmt: skip
    for pool in found.plan.pools:
        first = pool.parts[0]
        needed, bought = pool.own.carrying(pool.req_per_day), pool.own.replicas(pool.req_per_day)
        gpus, hours = len(first.deployment.devices), first.workload.hours_per_day
        each = f"{gpus} x {first.deployment.hour.usd.likely:g} USD x {hours:g} h"
        text = f"{needed} for the busiest minute, {bought} billed, each {each}"
        out.append(("formula", f"{' + '.join(part.task for part in pool.parts)}: {text} x 365/12 days, and its disk"))
    return out
