"""What ``list offers`` and ``list gpus`` show: columns, a row, and the same as JSON, on a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llm_pick.core.offers import is_retired, is_stale, spread_of
from llm_pick.core.record import asdict
from llm_pick.render.view import Column

if TYPE_CHECKING:
    from llm_pick.core.catalog import ApiPrice, Catalog, GpuPrice
    from llm_pick.render.listings import Listing


def offers(as_of: str) -> Listing:
    """Columns, row and JSON of an API offer."""
    columns = (
        Column("id"), Column("serves", optional=2), Column("USD/M in", right=True), Column("cached", right=True, optional=3),
        Column("USD/M out", right=True), Column("batch in/out", right=True, optional=5),
        Column("context", right=True, optional=6), Column("processed in", optional=4),
        Column("date"), Column("remarks", optional=1, fold=40),
    )  # fmt: skip

    def row(offer: ApiPrice, catalog: Catalog) -> tuple[str, ...]:
        serves = offer.catalog_model or offer.api_model or "-"
        batch = (offer.usd_per_m_input_batch, offer.usd_per_m_output_batch)
        return (
            offer.id, f"{serves} ({offer.variant})" if offer.variant else serves, usd(offer.usd_per_m_input),
            usd(offer.usd_per_m_cached_input), usd(offer.usd_per_m_output),
            f"{usd(batch[0])}/{usd(batch[1])}" if any(batch) else "-",
            f"{offer.context_tokens:,}" if offer.context_tokens else "-", "/".join(places(offer, catalog)) or "unknown",
            dated(offer, catalog, as_of), ", ".join(remarks(offer, as_of)) or "-",
        )  # fmt: skip

    def data(offer: ApiPrice, catalog: Catalog) -> dict[str, Any]:
        return {
            **asdict(offer), "currency": "USD", "residency": list(places(offer, catalog)),
            "stale": is_stale(offer.date, catalog, as_of),
            "retired_by_then": is_retired(offer, as_of), "spread": {name: list(ends) for name, ends in spread_of(offer).items()},
        }  # fmt: skip

    return columns, row, data


def gpus(as_of: str, eur_usd: float | None) -> Listing:
    """Columns, row and JSON of an accelerator hour. Euros become dollars only at a rate the user gives."""
    columns = (
        Column("id", optional=4), Column("device"), Column("provider"), Column("terms"), Column("USD/h", right=True),
        Column("GPUs", right=True, optional=2), Column("region", optional=1), Column("date"),
        Column("remarks", optional=3, fold=40),
    )  # fmt: skip

    def row(price: GpuPrice, catalog: Catalog) -> tuple[str, ...]:
        found = dollars(price, eur_usd)
        euro = [f"EUR {price.eur_per_gpu_hour:g}/h"] if price.currency == "EUR" and eur_usd else []
        return (
            price.id, price.device, price.provider, price.pricing,
            f"{found:g}" if found is not None else f"EUR {price.eur_per_gpu_hour:g}",
            str(price.count) if price.count else "-", price.region or "-", dated(price, catalog, as_of),
            ", ".join([*euro, *([price.note] if price.note else [])]) or "-",
        )  # fmt: skip

    def data(price: GpuPrice, catalog: Catalog) -> dict[str, Any]:
        return {
            **asdict(price), "usd_per_gpu_hour": dollars(price, eur_usd), "currency": price.currency,
            "stale": is_stale(price.date, catalog, as_of), "residency": list(price.residency),
        }  # fmt: skip

    return columns, row, data


def usd(value: float | None) -> str:
    """A price, or a dash where nobody says."""
    return "-" if value is None else f"{value:g}"


def dollars(price: GpuPrice, eur_usd: float | None) -> float | None:
    """US dollars per accelerator hour; ``None`` for a price in euros without a rate."""
    if price.usd_per_gpu_hour is not None:
        return price.usd_per_gpu_hour
    return round(price.eur_per_gpu_hour * eur_usd, 4) if price.eur_per_gpu_hour is not None and eur_usd else None


def places(offer: ApiPrice, catalog: Catalog) -> tuple[str, ...]:
    """Where an offer is processed, by its own source or its provider's."""
    provider = catalog.providers.get(offer.provider)
    return offer.residency or (provider.residency if provider else ())


def dated(price: ApiPrice | GpuPrice, catalog: Catalog, as_of: str) -> str:
    """The day of a price, marked where it is old."""
    return f"{price.date} old" if is_stale(price.date, catalog, as_of) else price.date


def remarks(offer: ApiPrice, as_of: str) -> list[str]:
    """What a reader must know beside the price."""
    said = []
    if offer.retired:
        said.append(f"retired {offer.retired}" if is_retired(offer, as_of) else f"ends {offer.retired}")
    if offer.free:
        said.append("free")
    if offer.tiers:
        said.append(f"dearer above {offer.tiers[0].above_tokens:,} tokens")
    ends = spread_of(offer)
    if ends:
        parts = [f"{name.removeprefix('usd_per_m_')} {low:g} to {high:g}" for name, (low, high) in ends.items()]
        said.append(f"sources differ: {', '.join(parts)}")
    if offer.note:
        said.append(offer.note)
    return said


def totals(kind: str, records: list[Any], catalog: Catalog, as_of: str) -> list[tuple[str, str]]:
    """Warnings under the list: how many prices are old."""
    old = sum(is_stale(record.date, catalog, as_of) for record in records)
    if not old:
        return []
    days = catalog.parameter("cost.price_stale_days")
    what = "offers" if kind == "offers" else "prices"
    return [("warning", f"{old} of {len(records)} {what} are dated more than {days:g} days before {as_of} (`old`)")]
