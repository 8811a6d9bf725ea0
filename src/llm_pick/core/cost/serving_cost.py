"""What one recommendation costs a month at a traffic: the bill of ``breakeven`` on the machine of the question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.cost.asked import Asked, Share, checked
from llm_pick.core.cost.deployment import Deployment, deploy, level_of, rates_of, self_host_of
from llm_pick.core.cost.gpu_hours import GpuHour, gpu_hour, sellable
from llm_pick.core.cost.traffic import traffic_of
from llm_pick.core.cost.workload import DAYS_PER_MONTH
from llm_pick.core.errors import NoPlanError
from llm_pick.core.facts import Range
from llm_pick.core.record import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llm_pick.core.catalog import Catalog, Device
    from llm_pick.core.cost.workload import Workload
    from llm_pick.core.question import Question
    from llm_pick.core.recommend import Assessed


@dataclass(frozen=True, slots=True)
class ServingCost:
    """The bill, or why there is none."""

    replicas: int | None
    """Spares included; ``None`` where the service level cannot be met."""
    capacity_req_per_s: Range | None
    usd_per_month: Range | None
    """Likely with the price billed; low and high with the sellers' spread of prices."""
    usd_per_1k_requests: float | None
    hour: GpuHour | None
    unknown: str | None


def workload_of(values: Mapping[str, float | None], task_id: str, catalog: Catalog) -> tuple[Workload, tuple[str, ...]] | None:
    """The workload of the traffic options and what was assumed; ``None`` without a traffic."""
    if values.get("req_per_day") is None:
        return None
    asked = checked(Asked(**values))  # type: ignore[arg-type]
    found = traffic_of(asked, Share(task_id, 1.0), task_id, catalog)
    return found.workload, found.assumptions


def replicas_needed(item: Assessed, question: Question, catalog: Catalog) -> int | None:
    """Replicas the busiest minute needs, spares aside: the bill is in proportion; ``None`` where the level cannot be met."""
    placed = _placed(item, question, _free(question.hardware.devices[0]), catalog)
    if isinstance(placed, str) or question.workload is None:
        return None
    return self_host_of(placed, question.workload, rates_of(Asked(), catalog), catalog).carrying(question.workload.req_per_day)


def serving_cost(item: Assessed, question: Question, catalog: Catalog) -> ServingCost | None:
    """The monthly bill with one spare replica and without staff; ``None`` where no traffic was given."""
    work = question.workload
    if work is None:
        return None
    hour = _hour(question, catalog)
    placed = _placed(item, question, hour or _free(question.hardware.devices[0]), catalog)
    if isinstance(placed, str):
        return ServingCost(None, None, None, None, hour, placed)
    own = self_host_of(placed, work, rates_of(Asked(), catalog), catalog)
    replicas = own.replicas(work.req_per_day)
    if hour is None:
        why = f"nobody is known to rent out {question.hardware.devices[0].name}, and its price is not known"
        return ServingCost(replicas, placed.req_per_s, None, None, None, why)
    bill = own.usd_per_month(work.req_per_day)
    hours = replicas * len(placed.devices) * work.hours_per_day * DAYS_PER_MONTH
    low, high = (bill + hours * (end - hour.usd.likely) for end in (hour.usd.low, hour.usd.high))
    each = 1000 * bill / (work.req_per_day * DAYS_PER_MONTH)
    return ServingCost(replicas, placed.req_per_s, Range(low, bill, high), each, hour, None)


def _placed(item: Assessed, question: Question, hour: GpuHour, catalog: Catalog) -> Deployment | str:
    assert question.workload is not None  # the callers looked
    asked = Asked(min_tps=question.min_tok_per_s, max_ttft=question.max_ttft_s)
    level = level_of(asked, question.task.id, catalog)
    try:
        return deploy(item, question.hardware.devices, hour, question.workload, level, catalog)
    except NoPlanError as error:
        return error.message


def _hour(question: Question, catalog: Catalog) -> GpuHour | None:
    """The hourly price of the machine's device: rented, else bought at its launch price; of an anonymous one the middle."""
    hardware = question.hardware
    devices: Sequence[Device] = hardware.stand_ins or hardware.devices[:1]
    found = []
    rows, _ = sellable(Asked(as_of=question.as_of), catalog, None)
    for device in devices:
        hour = gpu_hour(device, rows.get(device.id, ()), len(hardware.devices), Asked(as_of=question.as_of), catalog)
        hour = hour or gpu_hour(device, (), 1, Asked(pricing="owned", as_of=question.as_of), catalog)
        if hour is not None:
            found.append(hour)
    found.sort(key=lambda hour: (hour.usd.likely, hour.device))
    if not found:
        return None
    middle = found[(len(found) - 1) // 2]
    return middle if len(found) == 1 else _over(found, middle)


def _over(found: Sequence[GpuHour], middle: GpuHour) -> GpuHour:
    spread = Range(min(h.usd.low for h in found), middle.usd.likely, max(h.usd.high for h in found))
    return replace(middle, usd=spread)


def _free(device: Device) -> GpuHour:
    """No price: enough to tell what a replica carries."""
    return GpuHour(device.id, "on_demand", Range.exact(0.0), "", "", None, 0)
