"""Offers: which price holds on a day, how old it is, what sources disagree on, which model is served, and where."""

from __future__ import annotations

import re
import statistics
from datetime import date
from typing import TYPE_CHECKING

from llm_pick.core.licensing.regions import inside, spelled
from llm_pick.core.lookup import other_names
from llm_pick.core.names import joined
from llm_pick.core.record import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from llm_pick.core.catalog import ApiModel, ApiPrice, Catalog, GpuPrice, Model

STALE_DAYS = "cost.price_stale_days"
SPREAD = "cost.price_spread"
_SUFFIX = re.compile(r"(:free|:nitro|:extended|:floor|-maas|@default|@\d+)$", re.IGNORECASE)
_VARIANT = re.compile(
    r"[-_.:](turbo|lite|fast|ultrafast|highspeed|tee|us|fp8(?:-dynamic|-kv|-tput|-fast)?|nvfp4|fp4|mxfp4|bf16|fp16|awq|gptq|int4|"
    r"int8|w4a16|w8a8|reference)(?=[-_.:]|$)",
    re.IGNORECASE,
)
_ROUTE = re.compile(r"^(us|eu|apac|jp|au|in|global|regional|us-gov)[./]", re.IGNORECASE)
_REVISION = re.compile(r"-v[1-9]\d*(:\d+)*$|-\d(:\d+)+$|:0$")
_DATED = re.compile(r"-20\d\d-?\d\d-?\d\d(?=$|-v\d)")
_TUNED = re.compile(r"instruct|chat|-it(?![a-z])", re.IGNORECASE)
_MAKER = re.compile(r"^(databricks-|fw-|[a-z0-9]+\.(?=[a-z]))", re.IGNORECASE)


def names_of_offer(name: str) -> tuple[str, ...]:
    """The spellings under which a provider's model name may be known: whole, without the maker, without the marks of a cloud.

    Fireworks writes ``3p1`` for 3.1. Marks of precision (``-turbo``, ``-fp8``) stay: they name something else than the maker's
    weights.
    """
    bare = _SUFFIX.sub("", name)
    last = bare.rsplit("/", 1)[-1]
    cloud = _REVISION.sub("", _ROUTE.sub("", last))
    maker = _MAKER.sub("", cloud)
    spellings = [bare, _ROUTE.sub("", bare), last, cloud, maker]
    spellings += [re.sub(r"(?<=\d)p(?=\d)", ".", text) for text in spellings]
    spellings += [re.sub(r"(?<=llama-)v(?=\d)|^meta-(?=llama)", "", text) for text in spellings]
    spellings += [re.sub(r"-instruct$", "", text, flags=re.IGNORECASE) for text in spellings]
    return tuple(dict.fromkeys(joined(text) for text in spellings if text))


def variant_of(name: str) -> str | None:
    """The mark of another precision or speed class in a provider's model name, lower case; ``None`` without one."""
    found = _VARIANT.search(name.rsplit("/", 1)[-1])
    return found.group(1).lower() if found else None


def linked(prices: Sequence[ApiPrice], models: Mapping[str, Model], api_models: Mapping[str, ApiModel]) -> list[ApiPrice]:
    """The prices with ``catalog_model``, ``api_model`` and ``variant`` filled in by names, where a row does not say.

    An offer serves a model when its name, or its part after the maker, is a name of that model. A name with a mark of
    precision serves the model named without it, as a ``variant``. Names that several models claim link to none, and a
    short name links to none where the same provider also has the one that says ``instruct``: it is the base model.
    """
    open_names, closed_names = _by_name(models), _by_name(api_models)
    found = [_link(price, open_names, closed_names) for price in prices]
    tuned = {(p.provider, p.catalog_model) for p in found if p.catalog_model and _TUNED.search(p.model)}
    return [
        replace(new, catalog_model=None, variant=old.variant)
        if old.catalog_model is None
        and (new.provider, new.catalog_model) in tuned
        and _TUNED.search(new.catalog_model or "")
        and not _TUNED.search(new.model)
        else new
        for old, new in zip(prices, found, strict=True)
    ]


def _link(price: ApiPrice, open_names: Mapping[str, str], closed_names: Mapping[str, str]) -> ApiPrice:
    if price.catalog_model or price.api_model:
        return price
    spellings, mark = names_of_offer(price.model), variant_of(price.model)
    closed = _first(spellings, closed_names) or _first(names_of_offer(_DATED.sub("", price.model)), closed_names)
    if closed:
        return replace(price, api_model=closed)
    model = _first(spellings, open_names)
    if model is None and mark:
        model = _first(names_of_offer(_VARIANT.sub("", price.model)), open_names)
        return replace(price, catalog_model=model, variant=price.variant or mark) if model else price
    return replace(price, catalog_model=model) if model else price


def _by_name(records: Mapping[str, Model] | Mapping[str, ApiModel]) -> dict[str, str]:
    owners: dict[str, set[str]] = {}
    for record in records.values():
        for name in (record.id, *other_names(record)):
            for text in (name, name.rsplit("/", 1)[-1]):
                owners.setdefault(joined(text), set()).add(record.id)
    found = {name: next(iter(ids)) for name, ids in owners.items() if len(ids) == 1}
    return found | {joined(id): id for id in records}


def _first(spellings: Iterable[str], known: Mapping[str, str]) -> str | None:
    return next((known[text] for text in spellings if text in known), None)


def prices_on(catalog: Catalog, as_of: str | None = None, *, with_free: bool = False) -> tuple[ApiPrice, ...]:
    """One price per offer: the newest dated on or before ``as_of`` (default: the catalog's day), else the oldest there is.

    An offer is a provider, its name for the model, and the region where the price holds in one only. Free offers are rate
    limited and promise nothing, so that nobody plans with them: they are left out unless asked for.
    """
    day = as_of or catalog.as_of
    held: dict[tuple[str, str, str | None], ApiPrice] = {}
    for price in catalog.api_prices.values():
        if price.free and not with_free:
            continue
        key = (price.provider, price.model, price.region)
        best = held.get(key)
        if best is None or _better(_known_on(price), _known_on(best), day):
            held[key] = price
    return tuple(held.values())


def _known_on(price: ApiPrice) -> str:
    return price.since or price.date


def _better(new: str, old: str, day: str) -> bool:
    """Whether a price known on ``new`` answers for ``day`` better than one known on ``old``."""
    if (new[: len(day)] <= day) != (old[: len(day)] <= day):
        return new[: len(day)] <= day
    return new > old if new[: len(day)] <= day else new < old


def offers_of(model: Model | ApiModel, catalog: Catalog, as_of: str | None = None) -> tuple[ApiPrice, ...]:
    """Priced offers of an open or API-only model on a day, not retired by then; the cheapest output first.

    Offers in another precision (``variant``) are among them: who compares quality leaves them out or says so.
    """
    day = as_of or catalog.as_of
    found = [
        price
        for price in prices_on(catalog, day)
        if model.id in (price.catalog_model, price.api_model) and not is_retired(price, day)
    ]
    return tuple(sorted(found, key=by_price))


def by_price(price: ApiPrice) -> tuple[float, float, str]:
    """Sort key: output, then input; unknown halves of a price go last."""
    unknown = float("inf")
    out, into = price.usd_per_m_output, price.usd_per_m_input
    return (unknown if out is None else out, unknown if into is None else into, price.id)


def is_retired(price: ApiPrice, as_of: str) -> bool:
    """Whether the provider had stopped serving it by ``as_of``."""
    return price.retired is not None and price.retired <= as_of


def age_days(dated: str, as_of: str) -> int:
    """Days from a date to ``as_of``. A month or year without its day counts from its start: the oldest it can be."""
    return max(0, (_first_day(as_of) - _first_day(dated)).days)


def _first_day(text: str) -> date:
    year, month, day = (*(int(part) for part in text.split("-")), 1, 1)[:3]
    return date(year, month, day)


def is_stale(dated: str, catalog: Catalog, as_of: str | None = None) -> bool:
    """Whether a price is older than ``cost.price_stale_days`` on ``as_of`` (default: the catalog's day)."""
    return age_days(dated, as_of or catalog.as_of) > catalog.parameter(STALE_DAYS)


def spread_of(price: ApiPrice) -> dict[str, tuple[float, float]]:
    """Field → lowest and highest figure, for prices on which sources disagree (``other_figures``)."""
    out = {}
    for name in ("usd_per_m_input", "usd_per_m_output"):
        values = [getattr(holder, name) for holder in (price, *price.other_figures)]
        known = [value for value in values if value is not None]
        if len(known) > 1 and min(known) != max(known):
            out[name] = (min(known), max(known))
    return out


@dataclass(frozen=True, slots=True)
class Residency:
    """Whether an offer or a machine keeps data inside a place, and why."""

    complies: bool
    reason: str
    sources: tuple[str, ...] = ()


def residency(price: ApiPrice | GpuPrice, place: str, catalog: Catalog) -> Residency:
    """Whether what ``price`` buys is processed inside ``place`` (ISO 3166 or EU). Unknown does not comply.

    It says where machines stand, not which courts reach their owner.
    """
    provider = catalog.providers.get(price.provider)
    places: tuple[str, ...] = price.residency
    sources: tuple[str, ...] = (price.source,)
    if not places and provider is not None and provider.residency:
        places, sources = provider.residency, provider.sources.get("residency", provider.sources.get("*", ()))
    who = provider.name if provider else price.provider
    if not places:
        option = f"; it can be had: {provider.eu_option}" if provider and provider.eu_option and place == "EU" else ""
        return Residency(False, f"no source says where {who} processes this{option}")
    outside = tuple(code for code in places if not _within(code, place))
    where = spelled(places)
    if outside:
        return Residency(False, f"{who} processes this in {where}", sources)
    return Residency(True, f"{who} processes this in {where}", sources)


def _within(code: str, place: str) -> bool:
    return code == place or (place == "EU" and inside(code, ("EU",)))


@dataclass(frozen=True, slots=True)
class HourlyPrice:
    """What an accelerator costs per hour over all sellers on one kind of terms: US dollars."""

    device: str
    pricing: str
    sellers: int
    low: float
    median: float
    high: float
    newest: str
    oldest: str


def gpu_prices_on(catalog: Catalog, as_of: str | None = None) -> tuple[GpuPrice, ...]:
    """One price per provider, device, terms, region, size of machine and length of reservation: the newest by ``as_of``."""
    day = as_of or catalog.as_of
    held: dict[tuple[object, ...], GpuPrice] = {}
    for price in catalog.gpu_prices.values():
        key = (price.provider, price.device, price.pricing, price.region, price.count, price.term_months)
        best = held.get(key)
        if best is None or _better(price.date, best.date, day):
            held[key] = price
    return tuple(held.values())


def hourly_prices(catalog: Catalog, as_of: str | None = None) -> dict[tuple[str, str], HourlyPrice]:
    """(device, pricing) → lowest, median and highest price per accelerator hour, in US dollars.

    Each seller counts once, with its median; of a seller that has prices which are not old, the old ones are left out.
    """
    day = as_of or catalog.as_of
    rows: dict[tuple[str, str], dict[str, list[GpuPrice]]] = {}
    for price in gpu_prices_on(catalog, as_of):
        if price.usd_per_gpu_hour is not None:
            rows.setdefault((price.device, price.pricing), {}).setdefault(price.provider, []).append(price)
    out = {}
    for (device, pricing), all_sellers in sorted(rows.items()):
        sellers = {name: [p for p in found if not is_stale(p.date, catalog, day)] or found for name, found in all_sellers.items()}
        each = [statistics.median(p.usd_per_gpu_hour or 0.0 for p in found) for found in sellers.values()]
        dates = [p.date for found in sellers.values() for p in found]
        every = [p.usd_per_gpu_hour or 0.0 for found in sellers.values() for p in found]
        out[device, pricing] = HourlyPrice(
            device, pricing, len(each), min(every), statistics.median(each), max(every), max(dates), min(dates)
        )
    return out
