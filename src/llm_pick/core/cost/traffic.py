"""From a task and the traffic options to a workload; whatever was filled in becomes an assumption."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.cost.workload import HOURS_PER_DAY, SECONDS_PER_HOUR, Workload
from llm_pick.core.facts import Range
from llm_pick.core.record import dataclass

if TYPE_CHECKING:
    from llm_pick.core.catalog import Catalog
    from llm_pick.core.cost.asked import Asked, Share

KINDS = {"code": "code", "agent": "long", "tool-use": "long", "long-context": "long", "rag": "long"}
"""Task → the traced kind of traffic that is nearest; any other task is a conversation."""
WEEK_S = 7 * HOURS_PER_DAY * SECONDS_PER_HOUR
KIND_WORDS = {
    "conversation": "a measured chat service",
    "code": "a measured code service",
    "long": "a measured long-prompt service",
}


@dataclass(frozen=True, slots=True)
class Traffic:
    """A workload, how sure its parts are, and what was assumed."""

    workload: Workload
    peak: Range
    cached: Range
    assumptions: tuple[str, ...]


def traffic_of(asked: Asked, share: Share, task_id: str, catalog: Catalog) -> Traffic:
    """The traffic of one task."""
    kind = KINDS.get(task_id, "conversation")
    notes: list[str] = []
    tokens_in = _first(share.tokens_in, asked.tokens_in)
    tokens_out = _first(share.tokens_out, asked.tokens_out)
    given = (tokens_in, tokens_out)
    own = task_id not in KIND_WORDS and f"traffic.{task_id}.input_tokens" in catalog.parameters
    source = task_id if own else kind
    if tokens_in is None:
        tokens_in = catalog.parameter(f"traffic.{source}.input_tokens")
    if tokens_out is None:
        tokens_out = catalog.parameter(f"traffic.{source}.output_tokens")
    basis = "our choice, no public trace" if own else KIND_WORDS[kind]
    if given == (None, None):
        notes.append(f"{tokens_in:,.0f} tokens in and {tokens_out:,.0f} out a request, {basis} (--tokens-in, --tokens-out)")
    elif given[0] is None:
        notes.append(f"{tokens_in:,.0f} tokens in a request, {basis} (--tokens-in)")
    elif given[1] is None:
        notes.append(f"{tokens_out:,.0f} tokens out a request, {basis} (--tokens-out)")
    arrivals = asked.arrivals
    peak = _peak(asked, kind, catalog)
    if arrivals is not None and asked.peak_factor is None and arrivals.span_s < WEEK_S:
        hours = arrivals.span_s / SECONDS_PER_HOUR
        notes.append(f"the {hours:,.1f} hours of the file hold the busiest minute of the week (--peak-factor, --timestamps)")
    if arrivals is None and asked.peak_factor is None:
        of = "the mean" if asked.hours_per_day is None else "the mean of the hours on"
        notes.append(f"the busiest minute is {peak.likely:g} times {of}, {KIND_WORDS[kind]} (--peak-factor, --timestamps)")
    if asked.cached is None:
        notes.append("no prompt tokens come from a cache (--cached)")
    hours = HOURS_PER_DAY if asked.hours_per_day is None else asked.hours_per_day
    if asked.hours_per_day is None:
        notes.append("replicas run around the clock (--hours-per-day)")
    cached = asked.cached or 0.0
    total = asked.req_per_day if asked.req_per_day is not None else arrivals.req_per_day if arrivals else 0.0
    workload = Workload(
        req_per_day=total * share.share,
        input_tokens=tokens_in,
        output_tokens=tokens_out,
        cached_share=cached,
        peak_factor=peak.likely,
        arrival_cv=arrivals.arrival_cv if arrivals else catalog.parameter(f"traffic.{kind}.arrival_cv"),
        length_cv=catalog.parameter(f"traffic.{kind}.length_cv"),
        hours_per_day=hours,
        load_curve=arrivals.load_curve if arrivals and asked.peak_factor is None else (),
    )
    high = cached if asked.cached is not None else catalog.parameter("cost.cached_share_high")
    return Traffic(workload, peak, Range(cached, cached, high), tuple(notes))


def _peak(asked: Asked, kind: str, catalog: Catalog) -> Range:
    if asked.peak_factor is not None:
        return Range.exact(asked.peak_factor)
    if asked.arrivals is not None:
        return Range.exact(max(1.0, asked.arrivals.peak_factor))
    found = catalog.parameters[f"traffic.{kind}.peak_factor"]
    whole = Range(found.low or found.value, found.value, found.high or found.value)
    if asked.hours_per_day is None:
        return whole
    # Hours off are quiet ones: the mean of the hours on is higher, and less of the day's shape is left within them.
    day = catalog.parameter("traffic.day_factor")
    inside = whole.scaled(max(1.0, day * asked.hours_per_day / HOURS_PER_DAY) / day)
    return Range(max(1.0, inside.low), max(1.0, inside.likely), max(1.0, inside.high))


def _first(*values: float | None) -> float | None:
    return next((value for value in values if value is not None), None)
