"""Offers: links by name, the price of a day, age, spread, residency, medians. Every case small enough to check by hand."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_pick.core.catalog import ApiModel, ApiPrice, GpuPrice, PriceFigure, Provider
from llm_pick.core.offers import (
    age_days,
    gpu_prices_on,
    hourly_prices,
    is_stale,
    linked,
    names_of_offer,
    offers_of,
    prices_on,
    residency,
    spread_of,
    variant_of,
)


def offer(id, model, out=1.0, date="2026-11-01", **more):
    return ApiPrice(
        id=id, provider=id.split("/")[0], model=model, usd_per_m_input=more.pop("into", 1.0), usd_per_m_output=out, date=date,
        source="s row", **more,
    )  # fmt: skip


def hour(provider, usd, date="2026-11-01", pricing="on_demand", **more):
    id = f"{provider}/{usd}/{date}/{pricing}"
    return GpuPrice(id=id, provider=provider, device="d", pricing=pricing, date=date, source="s", usd_per_gpu_hour=usd, **more)


def catalog(api=(), gpu=(), providers=(), as_of="2026-11-29"):
    values = {"cost.price_stale_days": 60.0}
    return SimpleNamespace(
        as_of=as_of,
        api_prices={price.id: price for price in api},
        gpu_prices={price.id: price for price in gpu},
        providers={provider.id: provider for provider in providers},
        parameter=values.__getitem__,
    )


OPEN = {
    "m-3.1-8b-instruct": SimpleNamespace(
        id="m-3.1-8b-instruct", aliases=("m-3.1-8b",), hf_repo="Maker/M-3.1-8B-Instruct", ollama_tag="m3.1:8b", name="M 3.1 8B"
    )
}
CLOSED = {"q-4": ApiModel(id="q-4", name="Q-4", vendor="V", family="q", reasoning="none", aliases=("q-4-latest",))}


@pytest.mark.parametrize(
    ("name", "open_id", "closed_id", "variant"),
    [
        ("maker/m-3.1-8b-instruct", "m-3.1-8b-instruct", None, None),
        ("@cf/maker/m-3.1-8b", "m-3.1-8b-instruct", None, None),
        ("accounts/x/models/m-3p1-8b-instruct", "m-3.1-8b-instruct", None, None),
        ("us.maker.m3-1-8b-instruct-v1:0", "m-3.1-8b-instruct", None, None),
        ("maker/m-3.1-8b-instruct:free", "m-3.1-8b-instruct", None, None),
        ("maker/m-3.1-8b-instruct-turbo", "m-3.1-8b-instruct", None, "turbo"),
        ("maker/m-3.1-8b-instruct-fp8", "m-3.1-8b-instruct", None, "fp8"),
        ("maker/m-3.1-8b-instruct-abliterated", None, None, None),
        ("m-3.1-80b-instruct", None, None, None),
        ("q-4", None, "q-4", None),
        ("q-4-2024-05-13", None, "q-4", None),
        ("q-4-20240513", None, "q-4", None),
        ("eu/q-4", None, "q-4", None),
        ("q-4-mini", None, None, None),
    ],
)
def test_an_offer_is_linked_by_name_and_by_nothing_else(name, open_id, closed_id, variant):
    (found,) = linked([offer("p/x", name)], OPEN, CLOSED)
    assert (found.catalog_model, found.api_model, found.variant) == (open_id, closed_id, variant)


def test_a_written_link_is_kept():
    (found,) = linked([offer("p/x", "anything", catalog_model="m-3.1-8b-instruct")], OPEN, CLOSED)
    assert found.catalog_model == "m-3.1-8b-instruct"


def test_a_short_name_beside_the_instruct_one_is_the_base_model():
    both = [offer("p/a", "maker/M-3.1-8B"), offer("p/b", "maker/M-3.1-8B-Instruct"), offer("q/a", "maker/M-3.1-8B")]
    found = {price.id: price.catalog_model for price in linked(both, OPEN, CLOSED)}
    assert found == {"p/a": None, "p/b": "m-3.1-8b-instruct", "q/a": "m-3.1-8b-instruct"}


def test_marks_of_precision():
    assert variant_of("maker/M-8B-Instruct-FP8") == "fp8"
    assert variant_of("maker-turbo/M-8B") is None  # the maker is not the model
    assert "m3-1-8binstruct" in names_of_offer("meta.m3-1-8b-instruct-v1:0")


def test_the_price_of_a_day_is_the_newest_by_then():
    rows = [
        offer("p/m", "m", 3.0, "2026-11-01", since="2026-09-01"),
        offer("p/m@2026-08-31", "m", 5.0, "2026-08-31"),
        offer("p/m:eu", "m", 9.0, "2026-11-01", region="eu-1"),
    ]
    known = catalog(rows)
    assert {price.usd_per_m_output for price in prices_on(known)} == {3.0, 9.0}
    assert {price.usd_per_m_output for price in prices_on(known, "2026-08-31")} == {5.0, 9.0}
    # Before everything known: the oldest price, which is the nearest.
    assert {price.usd_per_m_output for price in prices_on(known, "2020-01-01")} == {5.0, 9.0}


@given(st.permutations(range(4)))
def test_the_order_of_rows_changes_no_price(order):
    rows = [offer(f"p/m@{i}", "m", float(i + 1), f"2026-0{i + 1}-01") for i in range(4)]
    (found,) = prices_on(catalog([rows[i] for i in order]), "2026-03-15")
    assert found.usd_per_m_output == 3.0


def test_offers_of_a_model_are_the_cheapest_first_without_the_retired():
    rows = [
        offer("a/m", "m", 2.0, catalog_model="m"),
        offer("b/m", "m", 1.0, catalog_model="m", retired="2026-10-01"),
        offer("c/m", "m", None, catalog_model="m"),
        offer("d/m", "m", 1.5, catalog_model="m", variant="fp8"),
        offer("e/n", "n", 0.1, catalog_model="n"),
    ]
    found = [price.id for price in offers_of(SimpleNamespace(id="m"), catalog(rows))]
    assert found == ["d/m", "a/m", "c/m"]  # an unknown half of a price goes last
    assert "b/m" in [price.id for price in offers_of(SimpleNamespace(id="m"), catalog(rows), "2026-09-30")]


def test_nobody_plans_with_a_free_offer():
    rows = [offer("a/m:free", "m:free", 0.0, into=0.0, free=True, catalog_model="m"), offer("b/m", "m", catalog_model="m")]
    assert [price.id for price in offers_of(SimpleNamespace(id="m"), catalog(rows))] == ["b/m"]
    assert len(prices_on(catalog(rows), with_free=True)) == 2


def test_age_counts_from_the_first_day_a_date_can_mean():
    assert age_days("2026-11-01", "2026-11-29") == 28
    assert age_days("2026-11", "2026-11-29") == 28
    assert age_days("2026", "2026-03-01") == 59  # 31 + 28
    assert age_days("2027-01-01", "2026-11-29") == 0
    assert not is_stale("2026-09-30", catalog())  # 60 days
    assert is_stale("2026-09-29", catalog())  # 61


def test_spread_is_the_lowest_and_highest_of_all_sources():
    price = offer("p/m", "m", 4.0, into=2.0, other_figures=(PriceFigure(1.0, 4.0, "2026-11", "t"),))
    assert spread_of(price) == {"usd_per_m_input": (1.0, 2.0)}
    assert spread_of(offer("p/m", "m")) == {}


@pytest.mark.parametrize(
    ("places", "region", "complies"),
    [
        (("EU",), "EU", True),
        (("DE",), "EU", True),
        (("DE", "FR"), "EU", True),
        (("DE", "US"), "EU", False),
        (("CH",), "EU", False),  # not a member
        (("US",), "US", True),
        (("EU",), "DE", False),  # anywhere in the EU is not Germany
        ((), "EU", False),  # unknown does not comply
    ],
)
def test_residency(places, region, complies):
    found = residency(offer("p/m", "m", residency=places), region, catalog(providers=(Provider("p", "P"),)))
    assert found.complies is complies
    assert "P" in found.reason


def test_the_offers_own_place_beats_its_providers():
    eu = Provider("p", "P", residency=("EU",), sources={"*": ("r x",)})
    assert residency(offer("p/m", "m"), "EU", catalog(providers=(eu,))).sources == ("r x",)
    assert not residency(offer("p/m", "m", residency=("US",)), "EU", catalog(providers=(eu,))).complies
    option = Provider("p", "P", eu_option="ask for it")
    assert "ask for it" in residency(offer("p/m", "m"), "EU", catalog(providers=(option,))).reason


def test_each_seller_counts_once_in_the_median():
    rows = [hour("a", 1.0, region="x"), hour("a", 3.0, region="y"), hour("b", 4.0), hour("c", 10.0), hour("c", 0.1, "2026-01-01")]
    found = hourly_prices(catalog(gpu=rows))["d", "on_demand"]
    # a: median of 1 and 3 = 2; b: 4; c: 10, its old price left out -> median 4
    assert (found.sellers, found.low, found.median, found.high) == (3, 1.0, 4.0, 10.0)


def test_euros_stay_out_of_dollar_medians():
    euro = GpuPrice(id="e", provider="e", device="d", pricing="on_demand", date="2026-11-01", source="s", eur_per_gpu_hour=0.5)
    assert euro.currency == "EUR"
    assert hourly_prices(catalog(gpu=[euro])) == {}
    assert len(gpu_prices_on(catalog(gpu=[euro]))) == 1
