"""What the self-hosted bill is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.cost.deployment import gpu_usd_per_month
from llm_pick.core.cost.workload import DAYS_PER_MONTH

if TYPE_CHECKING:
    from llm_pick.core.cost.plan import Plan


def breakdown(found: Plan) -> dict[str, float]:
    """USD a month by kind at the traffic asked; they sum to the bill. Owned hardware is split into its parts, where known."""
    out: dict[str, float] = {"gpu": 0.0, "storage": 0.0, "egress": 0.0, "staff": found.rates.staff_usd_per_month}
    for pool in found.pools:
        first = pool.parts[0]
        replicas = pool.own.replicas(pool.req_per_day)
        gpus = replicas * gpu_usd_per_month(first.deployment, first.workload)
        out["storage"] += replicas * pool.own.usd_per_replica_month - gpus
        out["egress"] += pool.own.usd_per_request * pool.req_per_day * DAYS_PER_MONTH
        hour = first.deployment.hour
        if not hour.parts:
            out["gpu"] += gpus
        for name, usd in hour.parts:
            out[name] = out.get(name, 0.0) + gpus * usd / hour.usd.likely
    return out
