"""API prices of today, as genai-prices publishes them, over those the catalog holds."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from llm_pick.core.errors import NetworkError
from llm_pick.core.offers import prices_on
from llm_pick.io.hub.transport import fetch, is_safe, shown
from llm_pick.io.refresh import genai
from llm_pick.schema.compact import compact

if TYPE_CHECKING:
    from llm_pick.core.catalog import ApiPrice, Catalog

ADDRESS = "https://raw.githubusercontent.com/pydantic/genai-prices/refs/heads/main/prices/new_data/v2/data.json"
"""What genai-prices' own updater asks for."""
MOST_BYTES = 64 << 20
_FIGURES = ("usd_per_m_input", "usd_per_m_output", "usd_per_m_cached_input", "usd_per_m_cache_write", "usd_per_m_input_batch",
            "usd_per_m_output_batch", "tiers", "free")  # fmt: skip


def address() -> str:
    """Where prices are asked for; ``LLM_PICK_PRICES_URL`` names a mirror."""
    return os.environ.get("LLM_PICK_PRICES_URL") or ADDRESS


def fresh_prices(catalog: Catalog, today: str) -> dict[str, Any]:
    """Sections of a file of own facts: prices that changed or are new, and the day of those that did not change.

    Raises ``NetworkError`` where no data set that can be read comes.
    """
    release = f"genai-prices-of-{today}"
    held = {(price.provider, price.model, price.region): price for price in prices_on(catalog, today, with_free=True)}
    rows: dict[str, dict[str, Any]] = {}
    for offer in genai.offers(_data_set(), release, today, today):
        if offer.provider not in catalog.providers:
            continue
        row = _row(offer, held.get((offer.provider, offer.model, None)), catalog, today)
        rows[row["id"]] = row
    reference = {
        "id": release, "title": f"genai-prices, data of {today}", "publisher": "Pydantic", "url": ADDRESS, "read_on": today,
        "kind": "dataset", "licence": "MIT",
    }  # fmt: skip
    return {"api_prices": [rows[id] for id in sorted(rows)], "references": [reference]}


def _row(offer: genai.Offer, old: ApiPrice | None, catalog: Catalog, today: str) -> dict[str, Any]:
    values = {name: value for name, value in offer.values.items() if value not in (None, [], False)}
    date = min(max(offer.date, old.date if old else ""), today)
    if old is not None and _figures(values) == _figures(compact(old)):
        return {"id": old.id, "date": date, "source": offer.source}
    id = f"{offer.provider}/{offer.model}"
    if old is not None or id in catalog.api_prices:
        id = f"{id}@{today}"
        if old is not None and values.get("since", "9999") <= (old.since or old.date):
            del values["since"]  # a change of that day would have been known: this figure was seen today
    return {"id": id, "provider": offer.provider, "model": offer.model,
            **dict.fromkeys(("usd_per_m_input", "usd_per_m_output")), **values, "date": date, "source": offer.source}  # fmt: skip


def _figures(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row.get(name) or None for name in _FIGURES)


def _data_set() -> Any:  # noqa: ANN401 - the library's records
    import pydantic
    from genai_prices.types import _providers_from_raw

    url = address()
    if os.environ.get("HF_HUB_OFFLINE", "").lower() in ("1", "true", "yes", "on"):
        raise NetworkError("HF_HUB_OFFLINE is set", "unset it to refresh; everything else works offline")
    if not is_safe(url):
        raise NetworkError(f"`{shown(url)}` is not HTTPS", "LLM_PICK_PRICES_URL names a mirror of genai-prices")
    answer = fetch(url, headers={}, most_bytes=MOST_BYTES)
    if answer.status != 200:
        raise NetworkError(f"{shown(url)} answers with status {answer.status}", "try again later; nothing was changed")
    try:
        return _providers_from_raw(json.loads(answer.body))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, pydantic.ValidationError) as error:
        hint = "a newer release of llm-pick may read it; nothing was changed"
        raise NetworkError(f"what {shown(url)} sends is no data set of genai-prices", hint) from error
