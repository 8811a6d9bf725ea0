"""Where self-hosting meets an API: rows of ``breakeven.jsonl``.

Each row prints the price of a GPU hour, what the API takes for a thousand requests, and from a measured capacity the
traffic at which both cost the same, the share of the capacity busy there, and the cost of a thousand requests at
capacity. Rows count neither spares nor staff nor peaks; nor does the prediction. The capacity is predicted, within the
service level the rows' source tests at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.capacity import capacity_of
from benchmarks.truth import Outcome
from llm_pick.core.cost.api import ApiCost
from llm_pick.core.cost.break_even import break_even
from llm_pick.core.cost.self_host import SelfHost
from llm_pick.core.cost.workload import HOURS_PER_DAY, HOURS_PER_MONTH, SECONDS_PER_HOUR
from llm_pick.core.facts import Range

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from benchmarks.resolve import Resolver, Row
    from llm_pick.core.estimate.capacity import Capacity

FIELDS = ("breakeven_requests_per_day", "breakeven_utilization", "hosted_usd_per_1k_requests_at_capacity")
MS = 1000
ROUNDED = 0.005
"""Half of the last digit in which rows print a traffic."""


def outcomes(rows: Iterable[Row], resolver: Resolver) -> Iterator[Outcome]:
    """Predictions of all rows, one per figure a row prints."""
    level = {
        "slo_ttft_p99_ms": resolver.catalog.parameter("cost.max_ttft_s") * MS,
        "slo_itl_median_ms": MS / resolver.catalog.parameter("cost.min_tok_per_s"),
    }
    for row in rows:
        found = capacity_of({"engine": "vllm"} | level | row, resolver)
        id = str(row.get("id") or " ".join(str(row.get(word)) for word in ("model", "workload", "gpu", "gpus", "precision")))
        for field in FIELDS:
            if row.get(field) is None:
                continue
            head = {"id": id, "kind": "breakeven", "field": field, "trust": row.get("trust", "A")}
            predicted = found if isinstance(found, str) else in_field(field, row, found)
            if isinstance(predicted, str):
                yield Outcome(**head, skipped=predicted)
            else:
                yield Outcome(**head, truth=float(row[field]), predicted=predicted, device=str(row.get("gpu")), group=field,
                              tolerance=ROUNDED if field == FIELDS[0] else 0.0)  # fmt: skip


def in_field(field: str, row: Row, found: Capacity) -> Range | str:
    """One figure of a row; a utilisation above 1 reads: never, on this one replica."""
    gpus, hour = int(row.get("gpus") or 1), float(row["usd_per_hour"])
    each = float(row["api_usd_per_1k_requests"]) / 1000
    if field == "breakeven_requests_per_day":
        return _earned_back(hour * gpus, each, found)
    rate = found.req_per_s
    if rate.low <= 0:
        return "a slow replica may not meet the level at all"
    per_request = [hour * gpus / (one * SECONDS_PER_HOUR) for one in (rate.high, rate.likely, rate.low)]
    scale = 1000.0 if field == "hosted_usd_per_1k_requests_at_capacity" else 1 / each
    return Range(*(value * scale for value in per_request))


def _earned_back(usd_per_hour: float, api_usd_per_request: float, found: Capacity) -> Range | str:
    """The first crossing of the staircase with the API's line, at the likely capacity."""
    own = SelfHost(
        req_per_s_per_replica=found.req_per_s.likely,
        usd_per_replica_month=usd_per_hour * HOURS_PER_MONTH,
        fixed_usd_per_month=0.0,
        usd_per_request=0.0,
        redundancy=0,
        peak_factor=1.0,
        hours_per_day=HOURS_PER_DAY,
    )
    crossings = break_even(own, ApiCost(api_usd_per_request)).crossings
    return Range.exact(crossings[0].req_per_day) if crossings else "never, at the likely capacity"
