"""The whole comparison: fill in what was not said, price both sides, find where they cross, say how sure that is."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from llm_pick.core.cost.api_choice import Market, Offer, cheapest_like, market, resolve_named
from llm_pick.core.cost.asked import Asked, Share, checked, parse_mix, parse_residency
from llm_pick.core.cost.choose import choose_devices, choose_model, named_model, place_model, to_be_had, usual_device
from llm_pick.core.cost.deployment import Deployment, Rates, cold_start_s, deploy, level_of, rates_of, self_host_of
from llm_pick.core.cost.gpu_hours import euro_prices, gpu_hour, sellable, with_provider
from llm_pick.core.cost.notes import (
    Notes,
    age_notes,
    capacity_notes,
    hour_notes,
    licence_note,
    merged,
    money_notes,
    price_warnings,
    residency_notes,
    thinking_notes,
    tier_notes,
)
from llm_pick.core.cost.pools import Pool, pools_of
from llm_pick.core.cost.traffic import Traffic, traffic_of
from llm_pick.core.cost.workload import HOURS_PER_DAY
from llm_pick.core.errors import NoPlanError
from llm_pick.core.lookup import find_task
from llm_pick.core.record import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llm_pick.core.catalog import Catalog, GpuPrice, Model, Task
    from llm_pick.core.cost.self_host import SelfHost
    from llm_pick.core.cost.workload import Workload


@dataclass(frozen=True, slots=True)
class Part:
    """One task's share of the traffic, with both ways to serve it."""

    task: str
    share: float
    traffic: Traffic
    deployment: Deployment
    own: SelfHost
    """On replicas of its own, without staff: they are paid once for all."""
    api: Offer | None
    """``None`` where no offer may be used."""
    others: tuple[Offer, ...]
    """Offers to see beside it: the same model elsewhere, the cheapest of the same quality."""

    @property
    def workload(self) -> Workload:
        """Its requests."""
        return self.traffic.workload


@dataclass(frozen=True)
class Plan:
    """What is compared, before any arithmetic over traffic."""

    asked: Asked
    parts: tuple[Part, ...]
    rates: Rates
    place: str | None
    removed: tuple[tuple[str, str], ...]
    """(API offer, why it may not be used)."""
    removed_gpus: int
    assumptions: tuple[str, ...]
    warnings: tuple[str, ...]

    @cached_property
    def pools(self) -> tuple[Pool, ...]:
        """The replicas all parts need when all are self-hosted."""
        return pools_of(self.parts)

    @property
    def req_per_day(self) -> float:
        """All traffic."""
        return sum(part.workload.req_per_day for part in self.parts)


def plan(asked: Asked, catalog: Catalog) -> Plan:
    """Resolve the question; ``QuestionError`` for a wrong one, ``NoPlanError`` where the answer is that nothing does it.

    Each task of a mix gets the devices that are cheapest for it; where two tasks run the same model, the devices of either
    are tried for all, as shared replicas need one spare only.
    """
    asked = with_provider(checked(asked), catalog)
    found = _planned(asked, (), catalog)
    models = {part.deployment.assessed.candidate.model.id for part in found.parts}
    if asked.hardware or len(models) == len(found.pools):
        return found
    plans = [found]
    for group in dict.fromkeys(f"{len(p.deployment.devices)}x {p.deployment.devices[0].id}" for p in found.parts):
        try:
            plans.append(_planned(asked, (group,), catalog))
        except NoPlanError:
            continue
    return min(plans, key=lambda one: sum(pool.own.usd_per_month(pool.req_per_day) for pool in one.pools))


def _planned(asked: Asked, together: tuple[str, ...], catalog: Catalog) -> Plan:
    place = parse_residency(asked.data_residency)
    rows, removed_gpus = sellable(asked, catalog, place)
    euros = euro_prices(asked, rows, place, catalog)
    if not rows and asked.usd_per_gpu_hour is None and asked.pricing != "owned":
        raise NoPlanError(*_nobody_sells(asked, place, removed_gpus, euros))
    notes = Notes([], [])
    if euros and asked.usd_per_gpu_hour is None:
        which = "an accelerator price in euros stays" if euros == 1 else f"{euros} accelerator prices in euros stay"
        notes.assumptions.append(f"{which} out, as no rate was given (--eur-usd)")
    rates = rates_of(asked, catalog)
    shares = parse_mix(asked.mix, catalog) if asked.mix is not None else (Share(asked.task, 1.0),)
    parts, removed = [], dict[str, str]()
    for share in shares:
        part, gone = _part(share, asked, together, rows, rates, place, notes, catalog)
        parts.append(part)
        removed.update(gone)
    money_notes(asked, rates, notes)
    if place is not None:
        residency_notes(place, removed, removed_gpus, parts, notes)
    age_notes(parts, asked.as_of or catalog.as_of, notes, catalog)
    return Plan(
        asked=asked,
        parts=tuple(parts),
        rates=rates,
        place=place,
        removed=tuple(sorted(removed.items())),
        removed_gpus=removed_gpus,
        assumptions=merged(notes.assumptions, [part.task for part in parts]),
        warnings=merged(notes.warnings, [part.task for part in parts]),
    )


def _part(
    share: Share,
    asked: Asked,
    together: tuple[str, ...],
    rows: Mapping[str, Sequence[GpuPrice]],
    rates: Rates,
    place: str | None,
    notes: Notes,
    catalog: Catalog,
) -> tuple[Part, dict[str, str]]:
    task = find_task(share.task or "general", catalog)
    who = f"{task.id}: " if asked.mix else ""
    if share.task is None:
        notes.assumptions.append("task `general` (--task)")
    traffic = traffic_of(asked, share, task.id, catalog)
    notes.assumptions += [who + text for text in traffic.assumptions]
    workload = traffic.workload
    model = named_model(asked, catalog)
    named = resolve_named(asked.api, workload, model, task, asked, catalog) if asked.api else None
    if model is None:
        wanted = named[0].quality if named else None
        model, score = _default_model(asked, task, workload, rows, wanted.likely if wanted else None, who, notes, catalog)
        tier_notes(model, score, named[0] if named else None, who, notes, catalog)
    deployment = _deployment(model, asked, together, task, workload, rows, who, notes, catalog)
    offers = market(workload, model, task, asked, place, catalog)
    quality = deployment.assessed.estimate.quality
    score = quality.score.likely if quality and quality.unknown is None else None
    alike = cheapest_like(offers, score, catalog)
    same = next((offer for offer in offers.offers if offer.same_model), None)
    api = _api(named, same if asked.model and same else alike, offers, place, who, notes)
    beside = {o.price.id: o for o in (same, alike) if o is not None and (api is None or o.price.id != api.price.id)}
    own = self_host_of(deployment, workload, rates, catalog)
    part = Part(task.id, share.share, traffic, deployment, own, api, tuple(beside.values()))
    price_warnings(part, asked.as_of, notes)
    capacity_notes(part, who, notes)
    thinking_notes(model, api, asked, who, notes, catalog)
    return part, dict(offers.removed)


def _default_model(
    asked: Asked,
    task: Task,
    workload: Workload,
    rows: Mapping[str, Sequence[GpuPrice]],
    least: float | None,
    who: str,
    notes: Notes,
    catalog: Catalog,
) -> tuple[Model, float | None]:
    hardware = asked.hardware or (usual_device(rows, catalog) if rows else "h100-sxm",)
    model, score = choose_model(asked, task.id, hardware, workload, least, catalog)
    why = "of those no worse than the API" if least is not None else "of the best that fit"
    where = "" if asked.hardware else f" on {hardware[0]}, the card most sellers rent out"
    notes.assumptions.append(f"{who}{model.id}: {why} at {task.id}, the one that serves most requests{where} (--model)")
    return model, score


def _deployment(
    model: Model,
    asked: Asked,
    together: tuple[str, ...],
    task: Task,
    workload: Workload,
    rows: Mapping[str, Sequence[GpuPrice]],
    who: str,
    notes: Notes,
    catalog: Catalog,
) -> Deployment:
    hardware = asked.hardware or together
    if not hardware:
        found = choose_devices(model, asked, task.id, workload, rows, catalog)
        count, device = len(found.devices), found.devices[0].id
        notes.assumptions.append(f"{who}{count}x {device} a replica, the cheapest that carries this traffic (--hardware)")
    else:
        assessed, devices = place_model(model, asked, task.id, hardware, workload, catalog)
        if together:
            notes.assumptions.append(f"{who}{together[0]} a replica, the cheapest for all tasks together (--hardware)")
        hour = gpu_hour(devices[0], rows.get(devices[0].id, ()), len(devices), asked, catalog)
        if len({device.id for device in devices}) > 1:
            raise NoPlanError("a replica here is made of equal devices", 'name one kind: `--hardware "2x h100-sxm"`', "price")
        if hour is None:
            terms = f"{asked.pricing or 'on_demand'}" + (f" at {asked.provider}" if asked.provider else "")
            raise NoPlanError(
                f"no price of {devices[0].id} is known, {terms}",
                "give yours: --usd-per-gpu-hour (or --pricing owned --capex-usd-per-gpu)",
                "price",
            )
        found = deploy(assessed, devices, hour, workload, level_of(asked, task.id, catalog), catalog)
    candidate = found.assessed.candidate
    if asked.quant is None:
        notes.assumptions.append(f"{who}{candidate.quantization.name} on {candidate.runtime.name} (--quant, --runtime)")
    if not candidate.published:
        then = "the engine makes it on load" if to_be_had(found.assessed) else "you would have to make one"
        notes.warnings.append(f"{who}no published {candidate.quantization.name} file of {model.id} is known: {then}")
    hour_notes(found, asked, who, notes)
    if asked.hours_per_day is not None and asked.hours_per_day < HOURS_PER_DAY:
        minutes = cold_start_s(found, catalog) / 60
        notes.warnings.append(f"{who}replicas that are switched off take about {minutes:.0f} minutes to come back")
    licence_note(model, asked, who, notes, catalog)
    if asked.min_tps is None or asked.max_ttft is None:
        wait, speed = found.level.max_ttft_s or 0.0, 1 / (found.level.max_itl_s or 1.0)
        notes.assumptions.append(
            f"{who}99 of 100 requests start within {wait:g} s, then {speed:g} tokens a second each (--max-ttft, --min-tps)"
        )
    return found


def _api(
    named: tuple[Offer, tuple[str, ...]] | None,
    alike: Offer | None,
    offers: Market,
    place: str | None,
    who: str,
    notes: Notes,
) -> Offer | None:
    """The API compared with: the named one where its data may go there, else the like-for-like one."""
    if named is not None:
        allowed = {offer.price.id for offer in offers.offers}
        chosen, also = named
        if place is None or chosen.price.id in allowed:
            if also:
                notes.assumptions.append(
                    f"{who}{chosen.price.id}, the maker's own or the cheapest; also {', '.join(also[:4])} (--api)"
                )
            return chosen
        other = next((offer for offer in offers.offers if offer.price.id in also), None)
        instead = other or alike
        what = f"{instead.price.id} stands in" if instead else "no other offer may stand in"
        notes.warnings.append(
            f"{who}{chosen.price.id} may not be used: {dict(offers.removed).get(chosen.price.id, place)}; {what}"
        )
        return instead
    if alike is not None:
        kind = "a host of the same model" if alike.same_model else "the cheapest API of the same quality"
        notes.assumptions.append(f"{who}against {alike.price.id}, {kind} (--api)")
    else:
        notes.warnings.append(f"{who}no API of the same quality with a known price may be used")
    return alike


def _nobody_sells(asked: Asked, place: str | None, removed: int, euros: int) -> tuple[str, str, str]:
    terms = (asked.pricing or "on_demand").replace("_", " ")
    who = f" by {asked.provider}" if asked.provider else ""
    if euros:
        return f"no accelerator prices{who}, {terms}, in dollars ({euros} in euros)", "give a rate: `--eur-usd 1.1`", "price"
    if place is not None and removed:
        return (
            f"no accelerator price{who}, {terms}, is known to keep data in {place} ({removed} removed)",
            "give the price of machines you know to comply: --usd-per-gpu-hour",
            "residency",
        )
    return f"no accelerator prices{who}, {terms}", "another --provider or --pricing, or --usd-per-gpu-hour", "price"
