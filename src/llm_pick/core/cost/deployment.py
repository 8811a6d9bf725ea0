"""One replica: which model in which form on which devices, what it carries at the service level, what its hours cost."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from llm_pick.core.cost.queueing import utilization_ceiling
from llm_pick.core.cost.self_host import SelfHost
from llm_pick.core.cost.workload import DAYS_PER_MONTH
from llm_pick.core.errors import NoPlanError
from llm_pick.core.estimate.capacity import Capacity, NoCapacity, ServiceLevel, capacity_at
from llm_pick.core.estimate.serving_setup import serving_setup_of
from llm_pick.core.estimate.weights import weights_bytes
from llm_pick.core.record import dataclass, replace

if TYPE_CHECKING:
    from llm_pick.core.catalog import Catalog, Device
    from llm_pick.core.cost.asked import Asked
    from llm_pick.core.cost.gpu_hours import GpuHour
    from llm_pick.core.cost.workload import Workload
    from llm_pick.core.facts import Range
    from llm_pick.core.recommend import Assessed

GB = 1e9
LEAST_SHARE = 0.01
STEP = 1.1
"""Factor on a request's length over which the elasticity of the capacity is taken."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """A replica and its price."""

    assessed: Assessed
    devices: tuple[Device, ...]
    capacity: Capacity
    """At the promised token speed."""
    load_test: Capacity
    """What a load test with clients that all start at once would show within the whole service level: less."""
    level: ServiceLevel
    queueing: float
    """Share of the capacity at which random arrivals still start in time."""
    ceiling: float
    """Share of the capacity that is planned for: the same, and never above ``cost.utilization_cap``."""
    hour: GpuHour
    elasticity_in: float
    """Percent of capacity lost per percent of longer prompts, as a positive number; the same for answers below."""
    elasticity_out: float

    @property
    def req_per_s(self) -> Range:
        """The most one replica carries within the whole service level."""
        return self.capacity.req_per_s.scaled(self.queueing)

    @property
    def planned_req_per_s(self) -> float:
        """What one replica is planned to carry in the busiest minute."""
        return self.capacity.req_per_s.likely * self.ceiling


def level_of(asked: Asked, task_id: str, catalog: Catalog) -> ServiceLevel:
    """The service level asked for, or the usual one of the task: nobody watches the tokens of a label appear."""
    own = f"traffic.{task_id}.min_tok_per_s"
    usual = catalog.parameter(own if own in catalog.parameters else "cost.min_tok_per_s")
    ttft = catalog.parameter("cost.max_ttft_s") if asked.max_ttft is None else asked.max_ttft
    speed = usual if asked.min_tps is None else asked.min_tps
    return ServiceLevel(max_ttft_s=ttft, max_itl_s=1 / speed)


def capacity_of(
    assessed: Assessed, devices: tuple[Device, ...], workload: Workload, level: ServiceLevel, catalog: Catalog
) -> Capacity | NoCapacity:
    """What one replica carries; prompt tokens found in the prefix cache are not read again but stay in memory."""
    setup = serving_setup_of(
        assessed.candidate, devices, catalog, input_tokens=workload.input_tokens, output_tokens=workload.output_tokens
    )
    fresh = 1 - workload.cached_share
    setup = replace(setup, input_tokens=setup.input_tokens * fresh, attention_flops=setup.attention_flops * fresh)
    return capacity_at(setup, level, catalog)


def deploy(
    assessed: Assessed, devices: tuple[Device, ...], hour: GpuHour, workload: Workload, level: ServiceLevel, catalog: Catalog
) -> Deployment:
    """The replica; ``NoPlanError`` where not even one request at a time meets the service level."""
    tested = capacity_of(assessed, devices, workload, level, catalog)
    if isinstance(tested, NoCapacity):
        raise _refused(assessed, devices, tested)
    found = _streamed(assessed, devices, workload, level, catalog)
    if isinstance(found, NoCapacity):
        raise _refused(assessed, devices, found)
    queued = queueing_share(found, level, workload, catalog)
    return Deployment(
        assessed=assessed,
        devices=devices,
        capacity=found,
        load_test=tested,
        level=level,
        queueing=queued,
        ceiling=min(queued, catalog.parameter("cost.utilization_cap")),
        hour=hour,
        elasticity_in=_elasticity(found, assessed, devices, workload, level, catalog, longer_in=STEP),
        elasticity_out=_elasticity(found, assessed, devices, workload, level, catalog, longer_out=STEP),
    )


def _streamed(
    assessed: Assessed, devices: tuple[Device, ...], workload: Workload, level: ServiceLevel, catalog: Catalog
) -> Capacity | NoCapacity:
    """Capacity at the promised token speed alone: what requests wait for their first token is left to queueing."""
    return capacity_of(assessed, devices, workload, ServiceLevel(max_itl_s=level.max_itl_s), catalog)


def _refused(assessed: Assessed, devices: tuple[Device, ...], found: NoCapacity) -> NoPlanError:
    name = devices[0].id if len(devices) == 1 else f"{len(devices)}x {devices[0].id}"
    hints = {
        "itl": "lower --min-tps, or take more or faster devices (--hardware)",
        "ttft": "raise --max-ttft, or send shorter prompts (--tokens-in)",
    }
    return NoPlanError(
        f"{assessed.candidate.model.id} on {name} meets no such service level: {found.reason} (limit: {found.limit})",
        hints.get(found.limit, "more or larger devices (--hardware), or a smaller form (--quant)"),
        found.limit,
    )


def queueing_share(capacity: Capacity, level: ServiceLevel, workload: Workload, catalog: Catalog) -> float:
    """Largest share of the capacity at which requests that arrive at random still start in time.

    Two queues: for a slot among the sequences of the capacity, and for the prompts before, which are read one after the
    other, a few of them in each step of everybody's tokens. In at most one request of a hundred may either wait exceed what
    the promised time to first token leaves.
    """
    rate = capacity.req_per_s.likely
    a_step = min(1.0, workload.input_tokens / catalog.parameter("cost.prompt_tokens_per_step"))
    prompt_s = capacity.ttft_s / capacity.sequences + a_step * capacity.itl_s
    patience = max(0.0, (level.max_ttft_s or 0.0) - prompt_s)
    late = catalog.parameter("cost.late_share")

    def share(servers: int, service_s: float, service_cv: float) -> float:
        busy = utilization_ceiling(servers, service_s, patience, late, workload.arrival_cv, service_cv)
        return busy * servers / service_s / rate

    slots = share(capacity.sequences, capacity.sequences / rate, workload.length_cv)
    return max(min(1.0, slots, share(1, prompt_s, 1.0)), LEAST_SHARE)


def _elasticity(
    base: Capacity,
    assessed: Assessed,
    devices: tuple[Device, ...],
    workload: Workload,
    level: ServiceLevel,
    catalog: Catalog,
    *,
    longer_in: float = 1.0,
    longer_out: float = 1.0,
) -> float:
    longer = replace(workload, input_tokens=workload.input_tokens * longer_in, output_tokens=workload.output_tokens * longer_out)
    found = _streamed(assessed, devices, longer, level, catalog)
    if isinstance(found, NoCapacity) or found.req_per_s.likely <= 0:
        return 1.0
    return max(0.0, math.log(base.req_per_s.likely / found.req_per_s.likely) / math.log(longer_in * longer_out))


@dataclass(frozen=True, slots=True)
class Rates:
    """What else a self-hosted service costs."""

    redundancy: int
    staff_usd_per_month: float
    storage_usd_per_gb_month: float
    egress_usd_per_gb: float
    egress_bytes_per_token: float


def rates_of(asked: Asked, catalog: Catalog) -> Rates:
    """The options, or the defaults."""
    spare, staff = asked.redundancy, asked.staff_usd_per_month
    return Rates(
        redundancy=int(catalog.parameter("cost.redundancy")) if spare is None else spare,
        staff_usd_per_month=catalog.parameter("cost.staff_usd_per_month") if staff is None else staff,
        storage_usd_per_gb_month=catalog.parameter("cost.storage_usd_per_gb_month"),
        egress_usd_per_gb=catalog.parameter("cost.egress_usd_per_gb"),
        egress_bytes_per_token=catalog.parameter("cost.egress_bytes_per_output_token"),
    )


def gpu_usd_per_month(deployment: Deployment, workload: Workload) -> float:
    """Accelerator hours of one replica for a month: paid while on, busy or not; owned hardware around the clock."""
    hours = 24.0 if deployment.hour.pricing == "owned" else workload.hours_per_day
    return deployment.hour.usd.likely * len(deployment.devices) * hours * DAYS_PER_MONTH


def storage_usd_per_month(deployment: Deployment, rates: Rates, catalog: Catalog) -> float:
    """Disk for the weights of one replica."""
    candidate = deployment.assessed.candidate
    return weights_bytes(candidate.model, candidate.quantization, catalog).likely / GB * rates.storage_usd_per_gb_month


def cold_start_s(deployment: Deployment, catalog: Catalog) -> float:
    """Seconds from an empty machine to the first token: weights read from disk, then the engine's own start."""
    candidate = deployment.assessed.candidate
    weights = weights_bytes(candidate.model, candidate.quantization, catalog).likely
    return weights / GB / catalog.parameter("cost.load_gb_per_s") + catalog.parameter("cost.engine_start_s")


def carrying_at_low(own: SelfHost, deployment: Deployment, req_per_day: float) -> int | None:
    """Replicas the busiest minute needs if the capacity is at the low end of its interval; ``None``: none would do."""
    rate = deployment.capacity.req_per_s
    if rate.low <= 0:
        return None
    slow = replace(own, req_per_s_per_replica=own.req_per_s_per_replica * rate.low / rate.likely)
    return slow.carrying(req_per_day)


def self_host_of(deployment: Deployment, workload: Workload, rates: Rates, catalog: Catalog) -> SelfHost:
    """The staircase of this deployment, without staff: they are paid once for all."""
    return SelfHost(
        req_per_s_per_replica=deployment.planned_req_per_s,
        usd_per_replica_month=gpu_usd_per_month(deployment, workload) + storage_usd_per_month(deployment, rates, catalog),
        fixed_usd_per_month=0.0,
        usd_per_request=workload.output_tokens * rates.egress_bytes_per_token / GB * rates.egress_usd_per_gb,
        redundancy=rates.redundancy,
        peak_factor=workload.peak_factor,
        hours_per_day=workload.hours_per_day,
        load_curve=workload.load_curve,
        sold_together=max(1, deployment.hour.machine // len(deployment.devices)),
    )
