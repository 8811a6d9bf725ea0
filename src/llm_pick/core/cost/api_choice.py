"""Which API: the one the user replaces, the cheapest of the same quality, and the cheapest host of the same model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.cost.api import ApiCost, ApiRates, ApiUse, usd_per_request
from llm_pick.core.errors import QuestionError
from llm_pick.core.lookup import find
from llm_pick.core.names import normal
from llm_pick.core.offers import is_retired, is_stale, prices_on, residency, spread_of
from llm_pick.core.quality.task_score import best_mode, task_quality
from llm_pick.core.record import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llm_pick.core.catalog import ApiPrice, Catalog, Model, Task
    from llm_pick.core.cost.asked import Asked
    from llm_pick.core.cost.workload import Workload
    from llm_pick.core.facts import Range


@dataclass(frozen=True, slots=True)
class Offer:
    """An API offer with what one request of the workload costs there."""

    price: ApiPrice
    rates: ApiRates
    """Those for prompts of the workload's length."""
    use: ApiUse
    usd_per_request: float
    quality: Range | None
    """Score of its model at the task; ``None``: unknown."""
    same_model: bool
    stale: bool
    retired: bool
    spread: tuple[float, float] | None
    """Lowest and highest price of a request over sources that disagree."""
    minimum_usd_per_month: float = 0.0

    @property
    def cost(self) -> ApiCost:
        """The bill as a function of traffic."""
        return ApiCost(self.usd_per_request, self.minimum_usd_per_month)


def use_of(asked: Asked) -> ApiUse:
    """How the API is used."""
    return ApiUse(asked.output_multiplier or 1.0, asked.retries or 0.0, asked.batch_share or 0.0)


def rates_at(price: ApiPrice, prompt_tokens: float) -> ApiRates | None:
    """The rates for prompts of this length; ``None`` where the price is unknown. Zero is a price only where it is free."""
    into, out, cached = price.usd_per_m_input, price.usd_per_m_output, price.usd_per_m_cached_input
    for tier in price.tiers:
        if prompt_tokens > tier.above_tokens:
            into = tier.usd_per_m_input if tier.usd_per_m_input is not None else into
            out = tier.usd_per_m_output if tier.usd_per_m_output is not None else out
            cached = tier.usd_per_m_cached_input if tier.usd_per_m_cached_input is not None else cached
    if into is None or out is None or (not price.free and not (into or out)):
        return None
    return ApiRates(into, out, cached, price.usd_per_m_input_batch, price.usd_per_m_output_batch)


def offer_of(
    price: ApiPrice, workload: Workload, model: Model | None, task: Task, asked: Asked, catalog: Catalog
) -> Offer | None:
    """The offer for this workload; ``None`` where its price is unknown."""
    rates = rates_at(price, workload.input_tokens)
    if rates is None:
        return None
    use = use_of(asked)
    lengths = (workload.input_tokens, workload.output_tokens, workload.cached_share)
    each = usd_per_request(rates, use, *lengths)
    others = [
        usd_per_request(ApiRates(f.usd_per_m_input, f.usd_per_m_output), use, *lengths)
        for f in price.other_figures
        if f.usd_per_m_input is not None and f.usd_per_m_output is not None
    ]
    day = asked.as_of or catalog.as_of
    return Offer(
        price=price,
        rates=rates,
        use=use,
        usd_per_request=each,
        quality=quality_of(price, task, catalog),
        same_model=model is not None and price.catalog_model == model.id,
        stale=is_stale(price.date, catalog, asked.as_of),
        retired=is_retired(price, day),
        spread=(min(each, *others), max(each, *others)) if others and spread_of(price) else None,
        minimum_usd_per_month=asked.api_minimum_usd or 0.0,
    )


def quality_of(price: ApiPrice, task: Task, catalog: Catalog) -> Range | None:
    """Score of the model an offer serves, without thinking where it can; ``None`` where nobody measured it."""
    model_id = price.catalog_model or price.api_model
    if model_id is None:
        return None
    table = catalog.quality if price.catalog_model else catalog.api_quality
    seen = catalog if price.catalog_model else replace(catalog, quality=dict(table))
    modes = table.get(model_id, {})
    mode = best_mode(model_id, task, seen, ("non_thinking",) if "non_thinking" in modes else ("thinking",))
    found = task_quality(model_id, task, mode, seen) if mode else None
    return None if found is None or found.unknown else found.score


def always_thinks(price: ApiPrice, catalog: Catalog) -> bool:
    """Whether it bills tokens nobody sees: the price of a request is then unknown without a multiplier."""
    record = catalog.models.get(price.catalog_model or "") or catalog.api_models.get(price.api_model or "")
    return record is not None and record.reasoning == "always"


@dataclass(frozen=True, slots=True)
class Market:
    """Offers that may be used, and how many may not."""

    offers: tuple[Offer, ...]
    """The cheapest request first."""
    removed: tuple[tuple[str, str], ...]
    """(offer id, why it may not be used)."""


def market(workload: Workload, model: Model | None, task: Task, asked: Asked, place: str | None, catalog: Catalog) -> Market:
    """All priced, current offers whose data may go where they are processed."""
    day = asked.as_of or catalog.as_of
    offers, removed = [], []
    for price in prices_on(catalog, asked.as_of):
        if is_retired(price, day) or price.free:
            continue
        if place is not None:
            found = residency(price, place, catalog)
            if not found.complies:
                removed.append((price.id, found.reason))
                continue
        offer = offer_of(price, workload, model, task, asked, catalog)
        if offer is not None:
            offers.append(offer)
    offers.sort(key=lambda offer: (offer.usd_per_request, offer.price.id))
    return Market(tuple(offers), tuple(sorted(removed)))


def named_offers(name: str, catalog: Catalog, as_of: str | None) -> list[ApiPrice]:
    """Offers a name means: an offer id, or a provider's name for a model; ``QuestionError`` with the nearest names."""
    prices = prices_on(catalog, as_of)
    exact = [price for price in prices if price.id == name or f"{price.provider}/{price.model}" == name]
    if exact:
        return exact
    wanted = normal(name)
    found = [p for p in prices if wanted in (normal(p.id), normal(p.model), normal(p.model.rsplit("/", 1)[-1]))]
    if not found:
        found = [p for p in prices if name in (p.catalog_model, p.api_model)]
    if found:
        return found
    price: ApiPrice = find("offer", name, catalog)
    return [price]


def pick_named(offers: Sequence[Offer], catalog: Catalog) -> Offer:
    """Of several sellers of one name the model's own maker, else the cheapest."""

    def order(offer: Offer) -> tuple[bool, bool, float, str]:
        record = catalog.api_models.get(offer.price.api_model or "")
        makers = (record.vendor if record else "").lower()
        return (offer.retired, offer.price.provider.lower() not in makers, offer.usd_per_request, offer.price.id)

    return min(offers, key=order)


def cheapest_like(market: Market, score: float | None, catalog: Catalog) -> Offer | None:
    """The cheapest offer of the same model, or of one that scores no more than the margin lower."""
    margin = catalog.parameter("cost.quality_margin")

    def fair(offer: Offer) -> bool:
        if offer.same_model:
            return True
        good = score is not None and offer.quality is not None and offer.quality.likely >= score - margin
        return good and not always_thinks(offer.price, catalog)

    return next((offer for offer in market.offers if fair(offer)), None)


def resolve_named(
    name: str, workload: Workload, model: Model | None, task: Task, asked: Asked, catalog: Catalog
) -> tuple[Offer, tuple[str, ...]]:
    """The offer the user named, and the others of that name."""
    found = named_offers(name, catalog, asked.as_of)
    if all(price.free for price in found):
        raise QuestionError(f"`{name}` is free, and nobody promises that for a traffic", "a paid offer: `llm-pick list offers`")
    priced = [offer_of(price, workload, model, task, asked, catalog) for price in found if not price.free]
    offers = [offer for offer in priced if offer is not None]
    if not offers:
        raise QuestionError(f"the price of `{name}` is not known", "another offer: `llm-pick list offers`")
    chosen = pick_named(offers, catalog)
    return chosen, tuple(offer.price.id for offer in offers if offer is not chosen)
