"""What if: other machines, every device with its price, and ladders. Small cases by hand, then agreement with ``fit``."""

from __future__ import annotations

import pytest

from llm_pick.core.device_prices import DevicePrices
from llm_pick.core.errors import QuestionError
from llm_pick.core.facts import Range
from llm_pick.core.fitting import fit_asked, question_about
from llm_pick.core.hardware import hardware_of
from llm_pick.core.ladders import over_contexts, over_quants, over_users
from llm_pick.core.places import fit_everywhere
from llm_pick.core.upgrades import compare_machines, ratio
from llm_pick.render.upgrade import sentence

GIB = 1024**3


def question(catalog, model, **asked):
    return question_about(catalog.models[model], {"license": ("any",), **asked}, catalog)


def compared(catalog, model, *machines, **asked):
    each = [question(catalog, model, hardware=(machine,), **asked) for machine in machines]
    return compare_machines(catalog.models[model], each, catalog)


# Prices


def test_the_price_of_a_machine_is_the_sum_of_its_devices(catalog):
    known = catalog.devices
    prices = DevicePrices(catalog)
    one, two = known["rtx-3090"], known["rtx-5090"]
    assert prices.of((one,)).launch_usd == one.launch_price_usd
    mixed = prices.of((one, one, two))
    assert mixed.launch_usd == 2 * one.launch_price_usd + two.launch_price_usd
    assert mixed.launched == (one.released, two.released)
    assert mixed.launch_sources
    assert mixed.rent is None
    assert "several kinds" in mixed.rent_unknown


def test_an_hour_of_a_machine_is_what_breakeven_would_bill_per_device(catalog):
    prices = DevicePrices(catalog)
    one = prices.of((catalog.devices["h100-sxm"],))
    assert one.rent.source
    assert one.rent.date
    assert one.rent_usd_per_hour == one.rent.usd.scaled(one.rent.machine)
    eight = prices.of((catalog.devices["h100-sxm"],) * 8)
    assert eight.rent_usd_per_hour == eight.rent.usd.scaled(8)


def test_what_costs_nobody_knows_what_says_why(catalog):
    price = DevicePrices(catalog).of((catalog.devices["m4-max-64gb"],))
    assert price.launch_usd is None
    assert "m4-max" in price.launch_unknown
    assert price.rent is None
    assert price.rent_unknown


# Everywhere


def test_devices_come_cheapest_first_and_each_class_once(catalog):
    found = fit_everywhere(catalog.models["qwen3-32b"], {"license": ("any",), "top": 400}, catalog)
    assert found.count == len(found.rows) > 100
    bought = [place.price.launch_usd for place in found.rows if place.price.launch_usd is not None]
    assert bought == sorted(bought)
    assert [place.price.launch_usd is None for place in found.rows] == sorted(p.price.launch_usd is None for p in found.rows)
    classes = [place.device.device_class for place in found.by_class]
    assert len(classes) == len(set(classes)) >= 5
    assert sum(place.measurably_worse for place in found.by_class) < len(found.by_class) / 2
    for first in found.by_class:
        rivals = [p for p in found.rows if p.device.device_class == first.device.device_class and not p.measurably_worse]
        known = [p.price.launch_usd for p in rivals if p.price.launch_usd is not None]
        assert not (first.measurably_worse and rivals)
        if first.count == 1 and known:
            assert first.price.launch_usd == min(known)


def test_devices_below_the_speed_asked_are_not_listed(catalog, cli):
    asked = {"license": ("any",), "top": 400}
    found = fit_everywhere(catalog.models["qwen3-8b"], {**asked, "min_tps": 150.0}, catalog, "consumer-gpu")
    assert 0 < found.count < fit_everywhere(catalog.models["qwen3-8b"], asked, catalog, "consumer-gpu").count / 2
    for place in (*found.rows, *found.by_class):
        assert place.assessed.estimate.speed.per_user_tok_per_s.likely >= 150
    assert "and the speed asked" in cli("fit", "qwen3-8b", "--class", "board", "--min-tps", "60", "--format", "markdown").out


def test_a_model_too_large_for_one_device_gets_several_of_a_kind(catalog):
    found = fit_everywhere(catalog.models["llama-3.1-405b-instruct"], {"license": ("any",)}, catalog, "consumer-gpu")
    assert found.count == 0
    (place,) = found.by_class
    assert place.count in (2, 4, 8)
    alone = fit_asked(found.model, question(catalog, found.model.id, hardware=(place.name,)), catalog).best
    assert alone.estimate.memory == place.assessed.estimate.memory
    assert place.price.launch_usd == place.count * place.device.launch_price_usd
    half = question(catalog, found.model.id, hardware=(f"{place.count // 2}x {place.device.id}",))
    assert not fit_asked(found.model, half, catalog).best.estimate.memory.fits or place.count == 2


def test_processors_are_listed_where_their_memory_is_known(catalog):
    model = catalog.models["gpt-oss-20b"]
    assert not any(p.device.device_class == "cpu" for p in fit_everywhere(model, {"license": ("any",)}, catalog).by_class)
    asked = {"license": ("any",), "ram_gb": 64.0}
    assert any(p.device.device_class == "cpu" for p in fit_everywhere(model, asked, catalog).by_class)


def test_only_one_class(cli):
    answer = cli("fit", "gpt-oss-20b", "--class", "apple", "--json").json
    assert {row["device_class"] for row in answer["devices"]} == {"apple"}
    for row in answer["devices"]:
        assert (row["price"]["launch_usd"] is None) == (row["price"]["launch_unknown"] is not None)
        assert (row["price"]["rent"] is None) == (row["price"]["rent_unknown"] is not None)


# From one machine to another


def test_a_ratio_is_as_far_apart_as_both_intervals_allow():
    assert ratio(Range(30, 40, 50), Range(10, 20, 25)) == Range(1.2, 2.0, 5.0)
    assert ratio(None, Range(1, 2, 3)) is None


def test_each_machine_says_what_fit_says_of_it(catalog):
    found = compared(catalog, "qwen3-32b", "rtx-3090", "rtx-5090")
    for machine in found.machines:
        alone = fit_asked(found.model, machine.question, catalog)
        assert machine.answer.best.candidate.key == alone.best.candidate.key
        assert machine.answer.best.estimate.memory == alone.best.estimate.memory
        assert machine.answer.max_context == alone.max_context
        memory = alone.best.estimate.memory
        assert machine.margin_bytes == int(memory.budget_bytes - memory.total_bytes.high)
    (step,) = found.upgrades
    assert step.launch_usd == catalog.devices["rtx-5090"].launch_price_usd - catalog.devices["rtx-3090"].launch_price_usd
    first, second = found.machines
    assert second.as_before.candidate.quantization == first.answer.best.candidate.quantization
    was = first.answer.best.estimate.speed.decode_tok_per_s.likely
    now = second.as_before.estimate.speed.decode_tok_per_s.likely
    assert step.like_for_like_ratio.likely == pytest.approx(now / was)
    assert step.like_for_like_ratio.likely == pytest.approx(
        catalog.devices["rtx-5090"].bandwidth_gb_per_s / catalog.devices["rtx-3090"].bandwidth_gb_per_s, rel=0.25
    )


def test_worth_it_where_it_did_not_fit(catalog):
    (step,) = compared(catalog, "qwen3-32b", "gtx-1060-6gb", "rtx-5090").upgrades
    assert step.worth_it
    assert step.reasons == ("fits",)
    assert step.before.margin_bytes < 0 < step.after.margin_bytes
    assert sentence(step).startswith("worth it at $1,700 more")
    (back,) = compared(catalog, "qwen3-32b", "rtx-5090", "gtx-1060-6gb").upgrades
    assert (back.worth_it, back.reasons, back.losses) == (False, (), ("fits",))
    assert "step back" in sentence(back)


def test_more_speed_than_the_task_can_use_is_no_reason(catalog):
    (step,) = compared(catalog, "qwen3-8b", "rtx-3090", "rtx-5090", quant="q4_k_m").upgrades
    assert step.like_for_like_ratio.low > 1
    assert step.reasons == ()
    assert "can use" in sentence(step)
    (asked,) = compared(catalog, "qwen3-8b", "rtx-3090", "rtx-5090", quant="q4_k_m", min_tps=150).upgrades
    assert asked.reasons == ("speed",)


def test_a_loss_is_told_in_the_direction_of_the_step(catalog):
    (step,) = compared(catalog, "qwen3-32b", "rtx-4090", "m4-max-64gb").upgrades
    assert "speed" in step.losses
    assert "decode falls from" in sentence(step)
    assert f"s instead of {step.before.answer.best.estimate.speed.ttft_s.likely:.1f} (" in sentence(step)


def test_a_second_card_that_admits_a_better_quantization_is_a_reason(catalog):
    (step,) = compared(catalog, "llama-3.3-70b-instruct", "rtx-5090", "2x rtx-5090").upgrades
    assert "quality" in step.reasons
    assert step.after.points_lost.likely < step.before.points_lost.likely


def test_more_users_in_time_are_a_reason_only_where_users_are_asked(catalog):
    asked = {"context": 4096, "quant": "q4_k_m"}
    (alone,) = compared(catalog, "qwen3-32b", "rtx-3090", "rtx-5090", **asked).upgrades
    assert alone.reasons == ()
    (step,) = compared(catalog, "qwen3-32b", "rtx-3090", "rtx-5090", users=4, min_tps=20, **asked).upgrades
    assert step.reasons == ("users",)
    assert step.before.answer.served.sequences < 4 <= step.after.answer.served.sequences


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("-H", "rtx-3090", "-H", "rtx-3090"), "2x rtx-3090"),
        (("-H", "rtx-3090", "--vram", "24"), "one of them"),
        (("-H", "rtx-3090", "-H", "rtx-9999"), "rtx-9999"),
        (sum((("-H", f"{n}x rtx-3090") for n in range(1, 8)), ()), "at most 6"),
        (("--ladder", "contexts"), "explain quantization"),
        (("-H", "rtx-3090", "-H", "rtx-4090", "--ladder", "contexts"), "one machine"),
        (("-H", "rtx-3090", "--ladder", "prices"), "quants, contexts, users"),
        (("-H", "rtx-3090", "--class", "apple"), "--class"),
        (("--class", "gpus"), "consumer-gpu"),
        (("--class", "cpu"), "--ram"),
    ],
    ids=str,
)
def test_a_wrong_what_if_is_exit_2(cli, args, says):
    ran = cli("fit", "qwen3-8b", *args)
    assert ran.code == 2, ran.out
    assert ran.err.startswith("error: ")
    assert says in ran.err


def test_a_machine_nothing_runs_on_is_told_beside_the_others(cli):
    ran = cli("fit", "qwen3-8b", "-H", "rtx-4090", "-H", "m4-max-64gb", "--runtime", "vllm", "--json")
    assert ran.code == 0
    runs, not_there = ran.json["machines"]
    assert runs["fits"]
    assert not_there["answer"] is None
    assert not_there["unknown"]
    assert ran.json["upgrades"][0]["losses"] == ["fits"]


def test_one_machine_of_two_kinds_is_written_with_a_plus(catalog, cli):
    joined = hardware_of(catalog, names=["2x rtx-3090 + rtx-4090"])
    apart = hardware_of(catalog, names=["2x rtx-3090", "rtx-4090"])
    assert joined.devices == apart.devices
    assert joined.label == apart.label
    assert [d.memory_gib for d in hardware_of(catalog, vram=["24 + 2x80"]).devices] == [24, 80, 80]
    answer = cli("fit", "qwen3-32b", "-H", "rtx-3090 + rtx-4090", "--json").json
    assert answer["question"]["devices"] == ["rtx-3090", "rtx-4090"]
    with pytest.raises(QuestionError):
        hardware_of(catalog, names=["rtx-3090 + "])


# Ladders


def test_down_the_quants_memory_falls_and_the_loss_grows(catalog):
    found = over_quants(catalog.models["qwen3-32b"], question(catalog, "qwen3-32b", hardware=("rtx-4090",)), catalog)
    ggufs = [step for step in found.quants if step.assessed.candidate.runtime.id == "llama-cpp"]
    sizes = [step.assessed.estimate.memory.total_bytes.likely for step in ggufs]
    assert sizes == sorted(sizes, reverse=True)
    lost = [step.points_lost.likely for step in ggufs]
    assert lost == sorted(lost)
    assert [step.chosen for step in found.quants].count(True) == 1
    for step in found.quants:
        assert (step.max_context > 0) >= step.assessed.estimate.memory.fits


def test_along_the_contexts_the_cache_grows_as_the_formula_says(catalog):
    asked = question(catalog, "llama-3.1-8b-instruct", hardware=("rtx-3060-12gb",), quant="q4_k_m", context="20k")
    found = over_contexts(catalog.models["llama-3.1-8b-instruct"], asked, catalog)
    assert {8192, 20480, 32768, 131072} <= {step.context_tokens for step in found.contexts}
    for step in found.contexts:
        # 2 x 32 layers x 8 KV heads x 128 x 2 bytes = 128 KiB a token
        assert step.assessed.estimate.memory.kv_cache_bytes == step.context_tokens * 128 * 1024
        assert (step.context_tokens == 20480) == (step.why == "asked")
    first, *_, last = [step for step in found.contexts if step.full]
    assert first.full.depth_tokens == first.context_tokens
    assert last.full.decode_tok_per_s.likely < first.full.decode_tok_per_s.likely
    assert last.full.ttft_s.likely > first.full.ttft_s.likely
    longest = next(step for step in found.contexts if step.why == "most that fits")
    assert longest.assessed.estimate.memory.fits
    assert not any(s.assessed.estimate.memory.fits for s in found.contexts if s.context_tokens > longest.context_tokens)


def test_over_users_the_last_that_fits_is_the_most(catalog):
    found = over_users(catalog.models["qwen3-8b"], question(catalog, "qwen3-8b", hardware=("h100-sxm",)), catalog)
    fitting = [step.users for step in found.users if step.assessed.estimate.memory.fits]
    most = next(step for step in found.users if step.why == "most that fit")
    assert max(fitting) == most.users
    assert found.users[-1].users > most.users
    together = [s.assessed.estimate.speed.aggregate_tok_per_s.likely for s in found.users if s.assessed.estimate.speed]
    assert together == sorted(together)


@pytest.mark.parametrize("format", ["table", "plain", "markdown", "html", "csv"])
@pytest.mark.parametrize(
    "args",
    [
        ("--top", "3", "--class", "consumer-gpu", "--quant", "q6_k"),
        ("-H", "rtx-3090", "-H", "rtx-5090"),
        ("-H", "rtx-4090", "--ladder", "quants"),
    ],
    ids=["devices", "upgrade", "ladder"],
)
def test_in_every_format(cli, args, format):
    ran = cli("fit", "qwen3-8b", *args, "--format", format, COLUMNS="80", NO_COLOR="1")
    assert ran.code == 0, ran.err
    assert "Q6_K" in ran.out


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["--class", "phone"], "--explain is about one machine"),
        (["-H", "rtx-4070", "-H", "rtx-4090"], "speed: rtx-4090: decode at"),
        (["-H", "rtx-4070", "--ladder", "users"], "speed: decode at"),
    ],
    ids=["everywhere", "upgrade", "ladder"],
)
def test_explain_is_not_ignored(cli, args, says):
    assert says in cli("fit", "qwen3-8b", *args, "--explain").err
