"""API offers of an open model, found by the names providers give it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.lookup import other_names
from llm_pick.core.names import normal

if TYPE_CHECKING:
    from llm_pick.core.catalog import ApiPrice, Catalog, Model


def offers_of(model: Model, catalog: Catalog) -> tuple[ApiPrice, ...]:
    """Priced offers whose model name, or its part after the maker, is a name of this model; the cheapest output first.

    A name that merely resembles it (another precision, a provider's own variant) is not taken for it.
    """
    own = {normal(name) for name in (model.id, *other_names(model))}
    found = [
        offer
        for offer in catalog.api_prices.values()
        if normal(offer.model) in own or normal(offer.model.rsplit("/", 1)[-1]) in own
    ]
    return tuple(sorted(found, key=lambda offer: (offer.usd_per_m_output, offer.usd_per_m_input, offer.id)))
