"""``breakeven`` whole: on the real catalog, through the real command."""

from __future__ import annotations

import dataclasses
import json
import random
import re
from pathlib import Path

import jsonschema
import pytest

from llm_pick.core.cost.answer import answer, api_curve, own_curve, point
from llm_pick.core.cost.asked import Asked
from llm_pick.core.cost.breakdown import breakdown
from llm_pick.core.cost.plan import plan
from llm_pick.core.errors import NoPlanError, QuestionError
from llm_pick.core.recommend import fit

SCHEMA = json.loads(Path("schemas/answers/breakeven.schema.json").read_text(encoding="utf-8"))
SEVENTY = {"model": "llama-3.3-70b", "hardware": ("2x h100-sxm",), "usd_per_gpu_hour": 2.69, "tokens_in": 1000, "tokens_out": 300}


@pytest.fixture(scope="module")
def solve(catalog):
    held = {}

    def run(**options):
        key = json.dumps(options, sort_keys=True, default=str)
        if key not in held:
            held[key] = answer(plan(Asked(**{"req_per_day": 50_000, **options}), catalog), catalog)
        return held[key]

    return run


def test_70b_against_gpt_4o_and_gpt_4o_mini(solve):
    against = {name: solve(**SEVENTY, api=name) for name in ("gpt-4o", "gpt-4o-mini")}
    first = against["gpt-4o"].crossings.crossings[0].req_per_day
    assert 30_000 < first < 150_000
    bare = solve(**SEVENTY, api="gpt-4o", staff_usd_per_month=0)
    assert bare.crossings.crossings[0].req_per_day < first
    assert against["gpt-4o-mini"].crossings.proven
    assert against["gpt-4o-mini"].verdict == "api"


def test_8b_against_the_cheapest_host_of_the_same_8b_is_never_or_above_a_million(solve):
    found = solve(model="llama-3.1-8b", hardware=("h100-sxm",))
    assert found.plan.parts[0].api.same_model
    assert found.crossings.never or found.crossings.crossings[0].req_per_day > 1e6


def test_a_same_model_host_stands_beside_the_closed_model(solve):
    beside = solve(**SEVENTY, api="gpt-4o").plan.parts[0].others
    assert any(offer.same_model for offer in beside)
    assert min(offer.usd_per_request for offer in beside) < solve(**SEVENTY, api="gpt-4o").plan.parts[0].api.usd_per_request


def test_a_verdict_for_own_replicas_does_not_hide_a_cheaper_host_of_the_same_model(solve):
    from llm_pick.core.cost.answer import cheaper_hosts

    found = solve(**SEVENTY, api="gpt-4o", req_per_day=1e6)
    assert found.verdict != "api"
    ((model, offer, bill),) = cheaper_hosts(found)
    assert model == "llama-3.3-70b-instruct"
    assert offer.same_model
    assert bill < min(found.now.self_host, found.now.hybrid)
    assert cheaper_hosts(solve(**SEVENTY, api="gpt-4o-mini")) == []


def test_an_uncertain_capacity_warns_how_many_replicas_it_may_take(solve):
    from llm_pick.core.cost.deployment import carrying_at_low

    part = solve(**SEVENTY, api="gpt-4o", req_per_day=1e6).plan.parts[0]
    low = carrying_at_low(part.own, part.deployment, 1e6)
    assert low is None or low > part.own.carrying(1e6)
    assert any("load-test" in text for text in solve(**SEVENTY, api="gpt-4o", req_per_day=1e6).plan.warnings)


@pytest.mark.parametrize("options", [SEVENTY | {"api": "gpt-4o"}, {"mix": "classification=0.8,reasoning=0.2"}])
def test_the_parts_of_an_answer_agree(solve, options):
    found = solve(**options)
    now, own, api = found.now, own_curve(found.plan), api_curve(found.plan)
    assert now.self_host == pytest.approx(own.usd_per_month(50_000)) == pytest.approx(sum(breakdown(found.plan).values()))
    assert now.api == pytest.approx(api.usd_per_month(50_000))
    for crossing in found.crossings.crossings:
        if crossing.kind == "equal":
            at = crossing.req_per_day
            assert own.usd_per_month(at) == pytest.approx(api.usd_per_month(at), abs=0.01)
    assert [p.self_host for p in found.curve] == sorted(p.self_host for p in found.curve)
    assert [p.req_per_day for p in found.curve][:: len(found.curve) - 1] == [100, 1e7]
    assert found.route.usd_per_month <= min(now.api, now.self_host, now.hybrid) + 1e-6


def test_the_likely_inputs_give_the_bills_that_are_shown(solve, catalog):
    from llm_pick.core.cost.inputs import bills_of, inputs_of

    found = solve(**SEVENTY, api="gpt-4o")
    likely = bills_of(found.plan)({item.name: item.likely for item in inputs_of(found.plan, catalog)})
    assert likely.api == pytest.approx(found.now.api)
    assert likely.self_host == pytest.approx(found.now.self_host)
    assert likely.hybrid == pytest.approx(found.now.hybrid)


def test_the_verdict_follows_the_probability(solve):
    for options in (
        SEVENTY | {"api": "gpt-4o"},
        SEVENTY | {"api": "gpt-4o-mini"},
        SEVENTY | {"api": "gpt-4o", "req_per_day": 1e6},
    ):
        found = solve(**options)
        share = found.spread.self_host_cheaper
        if 0.25 <= share <= 0.75:
            assert found.verdict == "too_close_to_call"
        elif share > 0.75:
            assert found.verdict in ("self_host", "hybrid")
    assert solve(**SEVENTY, api="gpt-4o", req_per_day=1e6).verdict in ("self_host", "hybrid", "too_close_to_call")


def test_order_of_offers_and_prices_does_not_matter(catalog):
    mixed = random.Random(5)

    def shuffled(records):
        items = list(records.items())
        mixed.shuffle(items)
        return dict(items)

    other = dataclasses.replace(
        catalog,
        api_prices=shuffled(catalog.api_prices),
        gpu_prices=shuffled(catalog.gpu_prices),
        devices=shuffled(catalog.devices),
    )
    asked = Asked(req_per_day=20_000, model="llama-3.1-8b")
    one, two = plan(asked, catalog), plan(asked, other)
    assert point(one, 20_000) == point(two, 20_000)
    assert one.parts[0].api.price.id == two.parts[0].api.price.id
    assert one.parts[0].deployment.hour == two.parts[0].deployment.hour


def test_doubling_every_price_doubles_both_bills(catalog):
    def doubled(price):
        names = ("usd_per_m_input", "usd_per_m_output", "usd_per_m_cached_input")
        return dataclasses.replace(price, **{name: 2 * v for name in names if (v := getattr(price, name)) is not None})

    dear = dataclasses.replace(catalog, api_prices={id: doubled(price) for id, price in catalog.api_prices.items()})
    options = {**SEVENTY, "api": "openai/gpt-4o", "req_per_day": 50_000, "staff_usd_per_month": 0, "cached": 0.3}
    one = point(plan(Asked(**options), catalog), 50_000)
    two = point(plan(Asked(**{**options, "usd_per_gpu_hour": 5.38}), dear), 50_000)
    assert two.api == pytest.approx(2 * one.api)
    assert two.self_host == pytest.approx(2 * one.self_host, rel=0.01)  # the disk of the weights is not doubled


def test_one_engine(solve, catalog):
    """The form that is served is one that ``fit`` lists for the same question, with the same memory."""
    from llm_pick.core.cost.choose import question_for

    found = solve(**SEVENTY, api="gpt-4o").plan
    chosen = found.parts[0].deployment.assessed
    asked = question_for(found.asked, "general", found.asked.hardware, found.parts[0].workload, catalog, license=("any",))
    same = [item for item in fit(chosen.candidate.model, asked, catalog) if item.candidate.key == chosen.candidate.key]
    assert same[0].estimate.memory.total_bytes == chosen.estimate.memory.total_bytes


def test_more_spares_more_staff_and_a_higher_peak_never_cost_less(solve):
    base = solve(**SEVENTY, api="gpt-4o").now.self_host
    assert (
        solve(**SEVENTY, api="gpt-4o", redundancy=0).now.self_host
        < base
        < solve(**SEVENTY, api="gpt-4o", redundancy=2).now.self_host
    )
    assert solve(**SEVENTY, api="gpt-4o", staff_usd_per_month=9000).now.self_host == pytest.approx(base + 7000)
    assert solve(**SEVENTY, api="gpt-4o", peak_factor=20).now.self_host > base
    assert solve(**SEVENTY, api="gpt-4o", hours_per_day=12).now.self_host < base


def test_cached_prompts_cost_less_on_either_side(solve):
    plain, cached = (solve(**SEVENTY, api="gpt-4o", cached=share) for share in (0.0, 0.6))
    assert cached.now.api < plain.now.api
    assert cached.plan.parts[0].deployment.req_per_s.likely > plain.plan.parts[0].deployment.req_per_s.likely


def test_owned_hardware_by_hand(solve):
    # $30,000 a GPU: x 1.3 server / 48 months / 730 h = 1.1130; spares 5 % of it; 700 W x 1.5 = 1.05 kW: x 1.3 x 0.15 = 0.2048;
    # 1.05 kW x $150 / 730 h = 0.2158.
    found = solve(**{**SEVENTY, "usd_per_gpu_hour": None}, api="gpt-4o", pricing="owned", capex_usd_per_gpu=30_000)
    hour = found.plan.parts[0].deployment.hour
    assert dict(hour.parts) == pytest.approx(
        {"amortisation": 1.1130, "spares": 0.05565, "power": 0.20475, "colo": 0.21575}, rel=1e-3
    )
    assert set(breakdown(found.plan)) >= {"amortisation", "power", "staff"}
    assert breakdown(found.plan)["gpu"] == 0
    assert hour.usd.low < hour.usd.likely < hour.usd.high


def test_migration_is_repaid_from_what_is_saved(solve):
    found = solve(**SEVENTY, api="gpt-4o", req_per_day=1e6, migration_usd=100_000)
    saved = found.now.api - min(found.now.self_host, found.now.hybrid)
    assert found.months_to_repay == pytest.approx(100_000 / saved)
    assert solve(**SEVENTY, api="gpt-4o-mini", migration_usd=100_000).months_to_repay is None


def test_residency_comes_before_cost(solve, catalog):
    free, bound = (solve(model="llama-3.1-8b", data_residency=place) for place in (None, "EU"))
    allowed = {id for id, _ in bound.plan.removed}
    assert free.plan.removed == ()
    assert bound.plan.removed
    assert bound.plan.parts[0].api is None or bound.plan.parts[0].api.price.id not in allowed
    assert any("EU" in text for text in bound.plan.warnings)


@pytest.mark.parametrize(
    ("options", "limit"),
    [
        ({"model": "llama-3.3-70b", "hardware": ("l4",)}, "memory"),
        ({**SEVENTY, "min_tps": 5000}, "itl"),
        ({**SEVENTY, "max_ttft": 0.001}, "ttft"),
        ({"model": "llama-3.1-8b", "hardware": ("h100-sxm",), "pricing": "reserved", "provider": "lambda"}, "price"),
    ],
)
def test_no_such_plan_says_which_limit(catalog, options, limit):
    with pytest.raises(NoPlanError) as refused:
        plan(Asked(req_per_day=1000, **options), catalog)
    assert refused.value.limit == limit
    assert refused.value.hint


def test_a_model_that_does_not_fit_says_how_many_would(catalog):
    with pytest.raises(NoPlanError, match="does not fit") as refused:
        plan(Asked(req_per_day=1000, model="llama-3.3-70b", hardware=("l4",)), catalog)
    count = int(refused.value.hint.split("x ")[0])
    assert plan(Asked(req_per_day=1000, model="llama-3.3-70b", hardware=(f"{count}x l4",), min_tps=1, max_ttft=60), catalog)


@pytest.mark.parametrize(
    "options",
    [
        {"req_per_day": 0}, {"req_per_day": -1}, {"req_per_day": None}, {"req_per_day": float("nan")}, {"cached": 1.5},
        {"peak_factor": 0.5}, {"tokens_out": 0}, {"redundancy": -1}, {"pricing": "rent"}, {"provider": "nobody"},
        {"api": "gpt-four"}, {"hardware": ("h9000",)}, {"model": "no-such-model"}, {"mix": "code=0.5"},
        {"mix": "code=0.5,code=0.5"}, {"mix": "code=x"}, {"mix": "nothing=1"}, {"data_residency": "Mars"}, {"hours_per_day": 25},
    ],
)  # fmt: skip
def test_a_wrong_question_is_refused(catalog, options):
    with pytest.raises(QuestionError):
        plan(Asked(**{"req_per_day": 1000, **options}), catalog)


def test_command_answers_with_traffic_alone(cli):
    ran = cli("breakeven", "--req-per-day", "50000", "--json")
    assert ran.code == 0, ran.err
    jsonschema.validate(ran.json, SCHEMA)
    assert ran.json["api"]["source"]
    assert ran.json["self_host"]["model"]
    for option in ("--model", "--api", "--hardware", "--tokens-in", "--peak-factor", "--redundancy", "--staff-usd-per-month"):
        assert any(option in text for text in ran.json["assumptions"]), option


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["--req-per-day", "50000", "--mix", "classification=0.8,reasoning=0.2"], 0),
        (["--req-per-day", "2000", "--model", "llama-3.3-70b", "-H", "l4"], 1),
        (["--req-per-day", "2000", "--model", "qwen3-8b", "-H", "h100-sxm", "--usd-per-gpu-hour", "2"], 0),
    ],
)
def test_json_keeps_its_schema(cli, args, code):
    ran = cli("breakeven", *args, "--json")
    assert ran.code == code, ran.err
    jsonschema.validate(ran.json, SCHEMA)


def test_table_names_dates_options_and_the_probability(cli):
    ran = cli(
        "breakeven",
        "--req-per-day",
        "50000",
        "--model",
        "llama-3.3-70b",
        "--api",
        "gpt-4o",
        "-H",
        "2x h100-sxm",
        "--format",
        "table",
    )
    assert ran.code == 0
    for text in ("openai/gpt-4o", "2x h100-sxm", "% of 10,000 draws", "same model", "hybrid", "--redundancy"):
        assert text in ran.out, text


def test_zero_traffic_is_a_wrong_question_and_a_winning_api_is_an_answer(cli):
    assert cli("breakeven", "--req-per-day", "0").code == 2
    assert cli("breakeven").code == 2
    won = cli("breakeven", "--req-per-day", "100", "--model", "llama-3.1-8b", "--json")
    assert (won.code, won.json["verdict"]) == (0, "api")


def test_timestamps_replace_traffic_and_peak(cli, tmp_path):
    file = tmp_path / "requests.csv"
    moments = [second for minute in range(30) for second in range(minute * 60, minute * 60 + 60, 2 if minute % 10 == 0 else 6)]
    file.write_text("moment\n" + "\n".join(str(moment) for moment in [*moments, 1800]), encoding="utf-8")
    ran = cli("breakeven", "--timestamps", str(file), "--model", "llama-3.1-8b", "--json")
    assert ran.code == 0, ran.err
    # 3 minutes of 30 requests and 27 of 10: 360 in half an hour, 17,280 a day; the busiest minute is 30 over 12.
    assert ran.json["workload"]["req_per_day"] == pytest.approx(17_280)
    assert ran.json["workload"]["peak_factor"] == pytest.approx(2.5)
    file.write_text("moment\nyesterday\n", encoding="utf-8")
    assert cli("breakeven", "--timestamps", str(file)).code == 2
    assert cli("breakeven", "--timestamps", str(tmp_path / "none")).code == 2


def test_recommend_prices_its_picks_and_ranks_by_cost(cli):
    args = ("recommend", "-H", "h100-sxm", "--req-per-day", "500000", "--json")
    plain, cheap = cli(*args), cli(*args, "--prefer", "cost")
    bills = [[pick["cost"]["usd_per_month"]["likely"] for pick in ran.json["recommendations"]] for ran in (plain, cheap)]
    assert all(bill > 0 for bill in bills[0])
    assert bills[1][0] <= bills[0][0]
    assert any("spare" in text for text in plain.json["assumptions"])
    assert not any("memory stands for cost" in text for text in cheap.json["assumptions"])
    assert "cost" not in cli("recommend", "-H", "h100-sxm", "--json").json["recommendations"][0]


def test_html_is_one_page_with_a_picture(cli, tmp_path):
    from html.parser import HTMLParser

    class Tags(HTMLParser):
        def __init__(self):
            super().__init__()
            self.open, self.seen = [], []

        def handle_starttag(self, tag, attrs):
            self.seen.append(tag)
            if tag not in ("meta", "line", "circle", "path"):
                self.open.append(tag)

        def handle_startendtag(self, tag, attrs):
            self.seen.append(tag)

        def handle_endtag(self, tag):
            if tag in self.open:
                assert self.open.pop() == tag

    page = tmp_path / "answer.html"
    ran = cli(
        "breakeven", "--req-per-day", "50000", "--model", "llama-3.3-70b", "--api", "gpt-4o", "-H", "2x h100-sxm",
        "--format", "html", "-o", str(page),
    )  # fmt: skip
    assert ran.code == 0, ran.err
    text = page.read_text(encoding="utf-8")
    tags = Tags()
    tags.feed(text)
    assert tags.open == []
    assert tags.seen.count("svg") == 1
    assert tags.seen.count("table") >= 4
    assert "crossing:" in text
    assert "--redundancy" in text
    assert "src=" not in text  # the page needs nothing else: its one script, which sorts tables, is inside
    assert not re.search(r"(?:src|srcset)=|@import|url\(", text), "links lead to the sources, and nothing is loaded"


def test_the_plot_on_a_terminal_has_its_key_and_marks(cli):
    args = ("breakeven", "--req-per-day", "50000", "--model", "llama-3.3-70b", "--api", "gpt-4o", "-H", "2x h100-sxm")
    assert "(USD a month) ^" not in cli(*args, "--format", "table", COLUMNS="60", NO_COLOR="1").out
    for width in ("80", "140"):
        ran = cli(*args, "--format", "table", COLUMNS=width, NO_COLOR="1")
        assert "S self-host, A API, H hybrid" in ran.out
        drawing = [line for line in ran.out.splitlines() if " | " in line]
        assert len(drawing) > 10
        assert any("x" in line for line in drawing)
        assert "\x1b" not in ran.out


def test_an_offer_inside_the_region_stands_in_for_the_one_that_may_not_be_used(cli):
    args = ("breakeven", "--req-per-day", "50000", "--model", "llama-3.3-70b", "-H", "2x h100-sxm", "--api", "gpt-4o", "--json")
    ran = cli(*args, "--data-residency", "EU")
    assert ran.code == 0, ran.err
    jsonschema.validate(ran.json, SCHEMA)
    assert ran.json["api"]["offer"] != "openai/gpt-4o"
    assert "gpt-4o" in ran.json["api"]["model"]
    assert any("openai/gpt-4o may not be used" in text for text in ran.json["warnings"])
    assert "openai/gpt-4o" in [row["offer"] for row in ran.json["removed_offers"]]


def test_without_any_lawful_api_the_answer_says_so(cli):
    ran = cli(
        "breakeven", "--req-per-day", "50000", "--model", "llama-3.3-70b", "-H", "2x h100-sxm", "--api", "gpt-4o-mini",
        "--data-residency", "CH", "--usd-per-gpu-hour", "3", "--json",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    jsonschema.validate(ran.json, SCHEMA)
    assert ran.json["api"] is None
    assert ran.json["verdict"] == "self_host"
    assert ran.json["probability_self_host_cheaper"] is None


def test_a_least_api_bill_counts_once_in_every_way(solve, catalog):
    from llm_pick.core.cost.inputs import bills_of, inputs_of

    for options in (SEVENTY | {"api": "gpt-4o"}, {"mix": "classification=0.8,reasoning=0.2"}):
        found = solve(**options, req_per_day=1000, api_minimum_usd=5000)
        assert found.now.api == 5000
        assert found.now.hybrid == pytest.approx(solve(**options, req_per_day=1000).now.hybrid + 5000, abs=200)
        likely = bills_of(found.plan)({item.name: item.likely for item in inputs_of(found.plan, catalog)})
        assert likely == pytest.approx((found.now.api, found.now.self_host, found.now.hybrid))


@pytest.mark.parametrize(
    "options",
    [
        {"capex_usd_per_gpu": 30_000},
        {"usd_per_kwh": 0.2},
        {"pricing": "owned", "usd_per_gpu_hour": 2, "capex_usd_per_gpu": 30_000},
        {"mix": "code=1", "task": "code"},
        {"mix": ""},
        {"retries": 2},
        {"tokens_out": 1e9},
    ],
)
def test_options_that_contradict_each_other_are_refused(catalog, options):
    with pytest.raises(QuestionError) as refused:
        plan(Asked(req_per_day=1000, **options), catalog)
    assert "context" not in refused.value.message


def test_a_seller_answers_in_any_spelling_and_the_nearest_are_named(catalog):
    asked = {"req_per_day": 1000, "model": "llama-3.1-8b", "hardware": ("h100-sxm",)}
    assert plan(Asked(**asked, provider="Nebius"), catalog).parts[0].deployment.hour.provider == "nebius"
    with pytest.raises(QuestionError) as refused:
        plan(Asked(**asked, provider="nebus"), catalog)
    assert "nebius" in refused.value.hint


def test_euros_stay_euros_until_a_rate_is_given(catalog):
    asked = {"req_per_day": 1000, "model": "llama-3.1-8b", "hardware": ("l4",), "provider": "ovhcloud"}
    with pytest.raises(NoPlanError) as refused:
        plan(Asked(**asked), catalog)
    assert "--eur-usd" in refused.value.hint
    one, two = (plan(Asked(**asked, eur_usd=rate), catalog).parts[0].deployment.hour.usd.likely for rate in (1.0, 1.5))
    assert two == pytest.approx(1.5 * one)


def test_a_device_chosen_unasked_has_several_current_sellers(solve, catalog):
    from llm_pick.core.cost.gpu_hours import current_sellers, sellable

    found = solve().plan
    rows, _ = sellable(found.asked, catalog, None)
    device = found.parts[0].deployment.devices[0].id
    assert current_sellers(rows[device], found.asked, catalog) >= catalog.parameter("cost.least_sellers")


def test_few_current_sellers_are_spread_by_the_old_prices_of_others(catalog):
    from llm_pick.core.cost.gpu_hours import gpu_hour

    first = next(iter(catalog.gpu_prices.values()))

    def row(provider, usd, date):
        return dataclasses.replace(
            first, id=f"{provider}/{usd}", provider=provider, usd_per_gpu_hour=usd, eur_per_gpu_hour=None, date=date, count=1
        )

    rows = [row("a", 2.0, "2026-11-01"), row("b", 1.0, "2026-01-01"), row("c", 5.0, "2026-01-01")]
    hour = gpu_hour(catalog.devices["h100-sxm"], rows, 1, Asked(as_of="2026-11-20"), catalog)
    assert (hour.usd.low, hour.usd.likely, hour.usd.high) == (1.0, 2.0, 5.0)
    assert (hour.provider, hour.sellers, hour.older_sellers, hour.stale) == ("a", 1, 2, False)


def test_both_sides_are_scored_without_thinking_where_they_can(solve):
    """The same model has the same score, self-hosted at full precision or at a host."""
    part = solve(task="code").plan.parts[0]
    model = part.deployment.assessed.candidate.model
    assert model.reasoning == "switchable"
    assert part.deployment.assessed.estimate.quality.mode == "non_thinking"
    same = next(offer for offer in (part.api, *part.others) if offer.same_model)
    assert part.deployment.assessed.estimate.quality.score.likely <= same.quality.likely


def test_tasks_of_the_same_model_share_devices_where_that_is_cheaper(solve):
    plan_of_both = solve(mix="classification=0.8,reasoning=0.2").plan
    models = {part.deployment.assessed.candidate.model.id for part in plan_of_both.parts}
    assert len(models) == len(plan_of_both.pools) == 1


def test_hours_off_are_taken_from_the_quiet_ones(solve, catalog):
    # The peak of 3 is 1.5 within the hour times a day's shape of 2; half a day on leaves 1.5 of its own mean: the same rate.
    whole, half = (solve(**SEVENTY, api="gpt-4o", **more).plan.parts[0].workload for more in ({}, {"hours_per_day": 12}))
    assert (whole.peak_factor, half.peak_factor) == (pytest.approx(3), pytest.approx(1.5))
    assert whole.peak_req_per_s == pytest.approx(half.peak_req_per_s)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "span"),
        ("100\n", "span"),
        ("5\n5\n5\n", "span"),
        ("0\n1e18\n5\n", "ten years"),
        ("1790000000000\n1790000100000\n1790000300000\n", "milliseconds"),
        ("moment\n1\nlater\n", "line 3"),
        ("\0\x1b[31m\n\x1b[31m\n", "line 2"),
    ],
)
def test_a_bad_file_of_timestamps_is_one_error_and_one_hint(cli, tmp_path, text, word):
    file = tmp_path / "requests.txt"
    file.write_text(text, encoding="utf-8")
    ran = cli("breakeven", "--timestamps", str(file))
    assert ran.code == 2
    assert ran.out == ""
    lines = ran.err.splitlines()
    assert [line.split(":")[0] for line in lines] == ["error", "hint"]
    assert word in ran.err
    assert "\x1b" not in ran.err


def test_timestamps_without_a_zone_mean_the_same_everywhere(cli, tmp_path):
    file = tmp_path / "requests.txt"
    file.write_text("\n".join(f"2026-03-29T{hour:02}:{minute:02}:00" for hour in range(6) for minute in range(60)) + "\n")
    answers = {cli("breakeven", "--timestamps", str(file), "--json", TZ=zone).out for zone in ("UTC", "Europe/Berlin")}
    assert len(answers) == 1
    assert "hours of the file" in answers.pop()


def test_the_plot_reads_in_ascii(cli):
    args = ("breakeven", "--req-per-day", "50000", "--model", "llama-3.3-70b", "--api", "gpt-4o", "-H", "2x h100-sxm")
    out = cli(*args, "--format", "table", COLUMNS="80", NO_COLOR="1", PYTHONIOENCODING="ascii", PYTHONUTF8="0").out
    assert "SSSSSSSS" in out
    assert "HHHHHHHH" in out
    assert "?" not in out
    assert out.isascii()
