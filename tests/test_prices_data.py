"""The priced catalog itself: no zero without a reason, links that resolve, dates, spread; and the commands that show it."""

from __future__ import annotations

import re

import pytest

from llm_pick.core.catalog import ApiPrice
from llm_pick.core.licensing.regions import parse_region
from llm_pick.core.offers import hourly_prices, offers_of, prices_on, residency
from llm_pick.core.quality.task_score import best_mode, percentile, task_quality

DATE = re.compile(r"20\d\d(-\d\d(-\d\d)?)?$")


def test_no_price_is_zero_unless_the_offer_is_free(catalog):
    for price in catalog.api_prices.values():
        values = [getattr(holder, name) for holder in (price, *price.tiers, *price.other_figures)
                  for name in holder.__dataclass_fields__ if name.startswith("usd_per_")]  # fmt: skip
        assert price.free or all(value is None or value > 0 for value in values), price.id
        assert price.usd_per_m_input is not None or price.usd_per_m_output is not None, price.id
        if price.free:
            assert price.model.endswith(":free"), price.id
    for price in catalog.gpu_prices.values():
        assert (price.usd_per_gpu_hour or price.eur_per_gpu_hour or 0) > 0, price.id
        assert (price.usd_per_gpu_hour is None) != (price.eur_per_gpu_hour is None), price.id


def test_dates_are_dates_and_not_in_the_future(catalog):
    for price in (*catalog.api_prices.values(), *catalog.gpu_prices.values()):
        assert DATE.match(price.date), price.id
        assert price.date <= catalog.as_of, price.id


def test_every_link_resolves(catalog):
    for price in (*catalog.api_prices.values(), *catalog.gpu_prices.values()):
        assert price.provider in catalog.providers, price.id
        for place in price.residency:
            assert parse_region(place) == place, price.id
        if isinstance(price, ApiPrice):
            assert price.catalog_model is None or price.catalog_model in catalog.models, price.id
            assert price.api_model is None or price.api_model in catalog.api_models, price.id
            assert not (price.catalog_model and price.api_model), price.id
        else:
            assert price.device in catalog.devices, price.id


def test_other_figures_differ_by_more_than_the_spread(catalog):
    spread = catalog.parameter("cost.price_spread")
    seen = 0
    for price in catalog.api_prices.values():
        for other in price.other_figures:
            pairs = ((price.usd_per_m_input, other.usd_per_m_input), (price.usd_per_m_output, other.usd_per_m_output))
            assert any(abs(a - b) > spread * max(a, b) for a, b in pairs if a and b), price.id
            assert other.source.split()[0] != price.source.split()[0], price.id
            seen += 1
    assert seen > 50


def test_tiers_rise_and_cost_more(catalog):
    tiered = [price for price in catalog.api_prices.values() if price.tiers]
    assert len(tiered) > 50
    for price in tiered:
        steps = [tier.above_tokens for tier in price.tiers]
        assert steps == sorted(set(steps)), price.id


def test_regions_of_clouds_lie_where_their_names_say(catalog):
    for price in catalog.api_prices.values():
        if price.provider == "bedrock" and price.model.startswith("eu."):
            assert price.residency == ("EU",), price.id
        if price.provider == "azure" and price.model.startswith("us/"):
            assert price.residency == ("US",), price.id


def test_known_offers(catalog):
    by_id = {price.id: price for price in prices_on(catalog)}
    gpt = by_id["openai/gpt-4o"]
    assert (gpt.usd_per_m_input, gpt.usd_per_m_cached_input, gpt.usd_per_m_output) == (2.5, 1.25, 10)
    assert (gpt.usd_per_m_input_batch, gpt.usd_per_m_output_batch, gpt.api_model) == (1.25, 5, "gpt-4o")
    haiku = by_id["anthropic/claude-haiku-5-5"]
    assert (haiku.tiers[0].above_tokens, haiku.tiers[0].usd_per_m_input, haiku.usd_per_m_input) == (100_000, 0.5, 0.1)


def test_open_models_have_offers_and_none_is_another_models(catalog):
    assert sum(bool(offers_of(model, catalog)) for model in catalog.models.values()) > 200
    served = {offer.id for offer in offers_of(catalog.models["llama-3.3-70b-instruct"], catalog)}
    assert "groq/meta-llama/llama-3.3-70b-instruct" in served
    assert not any("nemotron" in id or "distill" in id for id in served)


def test_models_behind_apis_have_quality_on_the_same_scale(catalog):
    general = catalog.tasks["general"]
    scored = [id for id in catalog.api_models if best_mode(id, general, catalog)]
    assert len(scored) >= 50

    def likely(id):
        return task_quality(id, general, best_mode(id, general, catalog), catalog).score.likely

    # Orders that every source agrees on.
    for better, worse in (("gpt-4o", "gpt-4o-mini"), ("gpt-4.1", "gpt-4.1-nano"), ("claude-sonnet-4.5", "claude-3.5-sonnet"),
                          ("gemini-2.5-pro", "gemini-2.5-flash-lite"), ("gpt-5", "gpt-5-nano")):  # fmt: skip
        assert likely(better) > likely(worse), (better, worse)
    assert likely("gpt-4o-mini") > likely("gpt-3.5-turbo")


def test_models_behind_apis_are_no_candidates(catalog):
    assert not set(catalog.api_models) & set(catalog.models)
    assert not set(catalog.api_models) & set(catalog.quality)
    # Percentiles count open models only.
    assert percentile(100.0, catalog.tasks["general"], catalog) == 100


def test_a_model_without_rows_has_no_score(catalog):
    for id in catalog.api_models:
        if id not in catalog.api_scores:
            assert id not in catalog.api_quality


def test_some_offers_and_machines_can_stay_in_the_eu(catalog):
    inside = [price for price in prices_on(catalog) if residency(price, "EU", catalog).complies]
    assert {"mistral", "scaleway", "ovhcloud", "bedrock", "azure"} <= {price.provider for price in inside}
    assert not any(price.provider in ("openai", "anthropic", "openrouter", "deepseek") for price in inside)
    machines = {p.provider for p in catalog.gpu_prices.values() if residency(p, "EU", catalog).complies}
    assert {"hetzner", "nebius", "gcp"} <= machines


def test_medians_lie_between_the_ends(catalog):
    found = hourly_prices(catalog)
    assert ("h100-sxm", "on_demand") in found
    for price in found.values():
        assert price.low <= price.median <= price.high


def test_list_offers_of_one_model(cli):
    ran = cli("list", "offers", "--model", "gpt-4o", "--json")
    assert ran.code == 0
    offers = ran.json["offers"]
    assert {offer["api_model"] for offer in offers} == {"gpt-4o"}
    assert all({"stale", "spread", "retired_by_then", "currency"} <= set(offer) for offer in offers)
    outs = [offer["usd_per_m_output"] for offer in offers]
    assert outs == sorted(outs)


def test_list_offers_of_one_provider_on_a_later_day_are_old(cli):
    now = cli("list", "offers", "--provider", "groq")
    later = cli("list", "offers", "--provider", "groq", "--as-of", "2027-06-01")
    assert now.code == later.code == 0
    assert later.out.count(" old\t") > now.out.count(" old\t")
    assert "60 days before 2027-06-01" in later.err


def test_retired_offers_are_marked(cli):
    ran = cli("list", "offers", "--match", "gpt-4o-2024-05-13", "--as-of", "2026-11-29")
    assert "retired 2026-10-23" in ran.out


def test_list_gpus_keeps_euros_until_a_rate_is_given(cli):
    args = ("list", "gpus", "--provider", "hetzner", "--device", "rtx-pro-4000-sff", "--json")
    plain, converted = cli(*args).json["gpus"][0], cli(*args, "--eur-usd", "1.1").json["gpus"][0]
    assert (plain["usd_per_gpu_hour"], plain["currency"]) == (None, "EUR")
    # EUR 214 / 730 h = 0.2932 EUR/h; x 1.1 = 0.3225
    assert converted["usd_per_gpu_hour"] == pytest.approx(214 / 730 * 1.1, abs=1e-3)


def test_list_gpus_by_device_and_terms(cli):
    rows = cli("list", "gpus", "--device", "H100 SXM", "--pricing", "spot", "--json").json["gpus"]
    assert rows
    assert {(row["device"], row["pricing"]) for row in rows} == {("h100-sxm", "spot")}


@pytest.mark.parametrize(
    "args",
    [
        ("list", "offers", "--provider", "nobody"),
        ("list", "offers", "--model", "no-such-model"),
        ("list", "models", "--provider", "openai"),
        ("list", "gpus", "--pricing", "barter"),
        ("list", "gpus", "--eur-usd", "0"),
        ("list", "gpus", "--device", "abacus"),
        ("list", "offers", "--as-of", "2026-13-45"),
    ],
)
def test_wrong_questions(cli, args):
    ran = cli(*args)
    assert ran.code == 2
    assert ran.err.startswith("error: ")
    assert "hint: " in ran.err


def test_show_an_offer_with_every_source(cli):
    ran = cli("show", "openai/gpt-4o", "--json")
    fields = {fact["field"]: fact for fact in ran.json["facts"]}
    assert fields["usd_per_m_input"]["value"] == 2.5
    assert all(fact["sources"] for fact in ran.json["facts"])
    assert {source["id"].split("-")[0] for fact in ran.json["facts"] for source in fact["sources"]} >= {
        "genai",
        "litellm",
        "models",
    }


def test_show_a_model_behind_an_api(cli, catalog):
    answer = cli("show", "gpt-4o-mini", "--json").json
    assert answer["kind"] == "API model"
    assert 20 < answer["quality"]["general"]["likely"] < 60
    assert answer["evidence"]
    assert "openai/gpt-4o-mini" in answer["offers"]
    silent = next(id for id in sorted(catalog.api_models) if id not in catalog.api_quality)
    unknown = cli("show", silent, "--json").json
    assert unknown["quality"] == {}
    assert unknown["quality_unknown"]
