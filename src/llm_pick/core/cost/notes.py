"""What an answer says beside its numbers: every default with the option that changes it, every doubt as a warning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.cost.api_choice import always_thinks
from llm_pick.core.cost.deployment import carrying_at_low
from llm_pick.core.freshness import licences_of, old_sources
from llm_pick.core.licensing.profile import parse_profile
from llm_pick.core.licensing.verdict import licence_summary
from llm_pick.core.record import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llm_pick.core.catalog import Catalog, Model
    from llm_pick.core.cost.api_choice import Offer
    from llm_pick.core.cost.asked import Asked
    from llm_pick.core.cost.deployment import Deployment, Rates
    from llm_pick.core.cost.gpu_hours import GpuHour
    from llm_pick.core.cost.plan import Part


@dataclass
class Notes:
    """Collected while a plan is made."""

    assumptions: list[str]
    warnings: list[str]


def tier_notes(model: Model, score: float | None, api: Offer | None, who: str, notes: Notes, catalog: Catalog) -> None:
    """Whether the model is as good as the API it would replace."""
    if api is None:
        return
    if api.quality is None:
        notes.warnings.append(f"{who}how good {api.price.id} is at this task is not known: cost is compared, quality is not")
    elif score is not None and score < api.quality.likely - catalog.parameter("cost.quality_margin"):
        gap = api.quality.likely - score
        notes.warnings.append(f"{who}{model.id} scores {gap:.0f} points less than {api.price.id}: cost and quality differ")


def licence_note(model: Model, asked: Asked, who: str, notes: Notes, catalog: Catalog) -> None:
    """A model the user named may not be theirs to use: the plan stands, the warning says so."""
    verdict = licence_summary(model, parse_profile({"use": "commercial", **asked.profile}), catalog)["verdict"]
    if verdict in ("forbidden", "needs_permission", "unread"):
        words = {
            "forbidden": "forbids this use",
            "needs_permission": "needs permission for this use",
            "unread": "has not been read",
        }
        notes.warnings.append(f"{who}the licence of {model.id} {words[verdict]}: `llm-pick license {model.id}`")


def capacity_notes(part: Part, who: str, notes: Notes) -> None:
    """How many replicas it takes if the estimate of their capacity proves too high."""
    likely = part.own.carrying(part.workload.req_per_day)
    low = carrying_at_low(part.own, part.deployment, part.workload.req_per_day)
    if low is None:
        notes.warnings.append(f"{who}at the low end of its estimate a replica misses the service level: load-test before buying")
    elif low > likely:
        notes.warnings.append(
            f"{who}at the low end of the capacity {low} replicas carry the busiest minute, not {likely}: load-test before buying"
        )


def thinking_notes(model: Model, api: Offer | None, asked: Asked, who: str, notes: Notes, catalog: Catalog) -> None:
    """Models that always think make, or bill, more tokens than an answer shows."""
    if model.reasoning == "always":
        notes.warnings.append(f"{who}{model.id} thinks before it answers: put its hidden tokens into --tokens-out")
    if api is not None and asked.output_multiplier is None and always_thinks(api.price, catalog):
        notes.warnings.append(f"{who}{api.price.id} bills hidden reasoning tokens: state how many (--output-multiplier)")


def hour_notes(found: Deployment, asked: Asked, who: str, notes: Notes) -> None:
    """What an hour of the accelerator costs, at whom, on which day, and how far others are from it."""
    hour = found.hour
    if asked.usd_per_gpu_hour is None and hour.pricing != "owned":
        dated = f", {hour.date}" if hour.date else ""
        terms = hour.pricing.replace("_", " ")
        if asked.provider is None:
            spread = _spread_text(hour)
            notes.assumptions.append(
                f"{who}{hour.device} at ${hour.usd.likely:.2f} an hour, {hour.provider}{dated}, {terms}: "
                f"{spread} (--provider, --pricing, --usd-per-gpu-hour)"
            )
        elif asked.pricing is None:
            notes.assumptions.append(f"{who}on demand: ${hour.usd.likely:.2f} an hour{dated} (--pricing)")
    if hour.pricing == "owned" and asked.usd_per_gpu_hour is None and asked.capex_usd_per_gpu is None:
        dated = f", {hour.date}" if hour.date else ""
        notes.assumptions.append(
            f"{who}{hour.device} owned at ${hour.usd.likely:.2f} an hour, {hour.source}{dated}: "
            f"{hour.usd.low:.2f} to {hour.usd.high:.2f} (--capex-usd-per-gpu, --usd-per-kwh, --usd-per-gpu-hour)"
        )
    if hour.machine > len(found.devices):
        notes.warnings.append(
            f"{who}{hour.provider} sells {hour.device} in machines of {hour.machine}: whole machines are billed"
        )
    if hour.stale:
        notes.warnings.append(f"{who}the price of {hour.device} is of {hour.date}, too old to rely on")
    if _later(hour.date, asked.as_of):
        notes.warnings.append(f"{who}no price of {hour.device} is known before {asked.as_of}: that of {hour.date} stands in")
    if hour.pricing == "spot":
        notes.warnings.append(f"{who}spot capacity can be taken away at short notice: its loss is not priced")


def _spread_text(hour: GpuHour) -> str:
    low, high = f"{hour.usd.low:.2f}", f"{hour.usd.high:.2f}"
    who = f"the middle one of {hour.sellers} sellers" if hour.sellers > 1 else "the only seller with a current price"
    if hour.older_sellers:
        return f"{who}; with the older prices of {hour.older_sellers} more, 80 % of them {low} to {high}"
    if hour.sellers == 1 and hour.stale:
        who = "the only seller"
    if hour.sellers == 1:
        return who if low == high else f"{who}, {low} to {high} by region and machine"
    return f"{who}, 80 % of them {low} to {high}"


def _later(dated: str | None, day: str | None) -> bool:
    return dated is not None and day is not None and dated[: len(day)] > day


def price_warnings(part: Part, as_of: str | None, notes: Notes) -> None:
    """API prices that are old, retired or disputed."""
    for offer in (part.api, *part.others):
        if offer is None:
            continue
        if offer.stale:
            notes.warnings.append(f"the price of {offer.price.id} is of {offer.price.date}, too old to rely on")
        known = offer.price.since or offer.price.date
        if _later(known, as_of):
            notes.warnings.append(f"no price of {offer.price.id} is known before {as_of}: that of {known} stands in")
        if offer.retired:
            notes.warnings.append(f"{offer.price.id} is retired ({offer.price.retired})")
        if offer.spread is not None:
            low, high = offer.spread
            notes.warnings.append(
                f"sources disagree on {offer.price.id}: {1000 * low:.3f} to {1000 * high:.3f} USD per 1,000 requests"
            )


def age_notes(parts: Sequence[Part], day: str, notes: Notes, catalog: Catalog) -> None:
    """Models, devices and licences whose sources were read too long ago."""
    models = [part.deployment.assessed.candidate.model for part in parts]
    devices = {device.id: device for part in parts for device in part.deployment.devices}
    notes.warnings += old_sources((*devices.values(), *models, *licences_of(models, catalog)), day, catalog)


def money_notes(asked: Asked, rates: Rates, notes: Notes) -> None:
    """Defaults of the money side."""
    if asked.redundancy is None:
        notes.assumptions.append(f"{rates.redundancy} spare replica (--redundancy)")
    if asked.staff_usd_per_month is None:
        notes.assumptions.append(f"${rates.staff_usd_per_month:,.0f} a month for the people who run it (--staff-usd-per-month)")
    if asked.output_multiplier is None:
        notes.assumptions.append("no thinking where a model can choose, so no hidden tokens on either side (--output-multiplier)")


def residency_notes(place: str, removed: Mapping[str, str], gpus: int, parts: Sequence[Part], notes: Notes) -> None:
    """What residency removed."""
    notes.warnings.append(
        f"{len(removed)} API offers and {gpus} accelerator prices removed: no source says that data stays in {place} there"
    )
    for part in parts:
        if part.deployment.hour.source == "--usd-per-gpu-hour":
            notes.assumptions.append(f"your own accelerators stand in {place}")


def merged(texts: Sequence[str], tasks: Sequence[str]) -> tuple[str, ...]:
    """Each text once; one that every task of a mix has loses the tasks' names, others keep theirs."""
    said: dict[str, list[str]] = {}
    for text in texts:
        task = next((name for name in tasks if len(tasks) > 1 and text.startswith(f"{name}: ")), "")
        owners = said.setdefault(text.removeprefix(f"{task}: ") if task else text, [])
        if task not in owners:
            owners.append(task)
    out = []
    for text, owners in said.items():
        named = [name for name in owners if name]
        out.append(text if len(named) in (0, len(tasks)) else f"{', '.join(named)}: {text}")
    return tuple(out)
