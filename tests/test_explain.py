"""The pages and the arithmetic under them: every figure in a text is recomputed here."""

from __future__ import annotations

import re

import pytest

from llm_pick.core.concepts import cache_engine, cache_rows, cache_shares, evidence_facts, experts_of, ladder
from llm_pick.core.estimate.kv_cache import kv_bytes_per_token
from llm_pick.core.estimate.weights import file_bytes
from llm_pick.core.sampling import share_interval, standard_error, wins_needed
from llm_pick.io.explanations import ALIASES, page, topics
from llm_pick.render.citations import cited, numbered
from llm_pick.render.concepts import NUMBERS, Asked
from llm_pick.render.text import unwrapped

GIB = 1024**3


def test_standard_errors_of_the_page():
    assert 100 * standard_error(0.87, 14_000) == pytest.approx(0.3, abs=0.05)
    assert 100 * standard_error(0.6, 198) == pytest.approx(3.5, abs=0.05)
    assert 8 < 100 * standard_error(0.6, 30) < 9


@pytest.mark.parametrize(
    ("right", "items", "low", "high"), [(80, 100, 71, 87), (40, 50, 67, 89), (0, 10, 0, 28), (10, 10, 72, 100)]
)
def test_intervals_of_a_count(right, items, low, high):
    found = share_interval(right, items, 0.95)
    assert (round(100 * found[0]), round(100 * found[1])) == (low, high)


@pytest.mark.parametrize(("disagreements", "wins"), [(0, None), (5, None), (6, 6), (10, 9), (20, 15), (30, 21)])
def test_wins_needed_by_the_sign_test(disagreements, wins):
    assert wins_needed(disagreements, 0.95) == wins


def test_figures_in_the_text_are_those_of_the_catalog(catalog):
    text = page("benchmarks")[1]
    facts = evidence_facts(catalog)
    assert re.search(r"by (\d\.\d) points on\s+average", text).group(1) == f"{facts.maker_gap_mean:.1f}"
    assert 0 < facts.independent_rows < facts.rows
    assert facts.spread_median < facts.spread_upper_quarter
    assert "71 to 87 %" in text
    assert catalog.parameter("rank.better_probability") == 0.8


def test_the_cache_of_the_text_is_the_cache_of_the_estimator(catalog):
    model = catalog.models["llama-3.1-8b-instruct"]
    engine = cache_engine(catalog)
    assert kv_bytes_per_token(model.architecture, "f16", engine, catalog) == 128 * 1024
    (row,) = (row for row in cache_rows(model, 131072, 1, catalog) if row.context_tokens == 131072)
    assert row.bytes_by_type["f16"] == 16 * GIB
    assert row.bytes_by_type["q8_0"] / row.bytes_by_type["f16"] == pytest.approx(34 / 64)
    assert row.bytes_by_type["q4_0"] / row.bytes_by_type["f16"] == pytest.approx(18 / 64)
    assert row.unwindowed_bytes is None
    (double,) = (row for row in cache_rows(model, 131072, 2, catalog) if row.context_tokens == 131072)
    assert double.bytes_by_type["f16"] == 32 * GIB


def test_a_sliding_window_shows_what_it_saves(catalog):
    windowed = next(
        model
        for model in catalog.models.values()
        if model.architecture and any(mixer.kind == "attention" and mixer.window for mixer in model.architecture.mixers)
    )
    row = cache_rows(windowed, windowed.context_native, 1, catalog)[-1]
    assert row.unwindowed_bytes > row.bytes_by_type["f16"]


def test_down_the_ladder_nothing_grows(catalog):
    rungs = ladder(catalog.models["qwen3-32b"], catalog.tasks["general"], catalog)
    assert len(rungs) > 5
    bits = [rung.bits_per_weight for rung in rungs]
    assert bits == sorted(bits, reverse=True)
    lost = [rung.points_lost.likely for rung in rungs]
    assert lost == sorted(lost)
    for rung in rungs:
        assert 0 <= rung.points_lost.low <= rung.points_lost.likely <= rung.points_lost.high


def test_each_bit_taken_away_triples_the_loss(catalog):
    assert 2.5 < 2.718281828 ** catalog.parameter("quality.quantization.decay") < 3.5


def test_a_mixture_reads_less_than_it_holds(catalog):
    model = catalog.models["gpt-oss-20b"]
    found = experts_of(model, catalog.quantizations["mxfp4_moe"], catalog)
    assert (found.experts, found.active_experts) == (32, 4)
    assert found.bytes_read_per_token.likely < found.file_bytes.likely / 3


def test_every_page_has_a_title_a_body_and_numbers():
    assert (
        set(topics())
        == set(NUMBERS)
        == set(ALIASES)
        >= {"benchmarks", "quantization", "kv-cache", "moe", "open-weight", "hybrid"}
    )
    for topic in topics():
        title, body = page(topic)
        assert title
        assert not title.startswith("#")
        assert len(body.split()) < 700
        assert max(map(len, body.splitlines())) <= 100


def test_paragraphs_are_unwrapped_and_lists_and_formulas_kept():
    text = "# T\n\none\ntwo\n\n    a = b\n\n- x\n  y\n- z\n1. u\n2. v"
    assert unwrapped(text) == "# T\n\none two\n\n    a = b\n\n- x y\n- z\n1. u\n2. v"


@pytest.mark.parametrize("topic", sorted(NUMBERS))
def test_any_model_can_be_asked_about(catalog, topic):
    for id in sorted(catalog.models)[::9]:
        asked = Asked(catalog.models[id], catalog.tasks["general"], 8192, 1)
        found = NUMBERS[topic](asked, catalog)
        assert found.tables or found.remarks, id


@pytest.mark.parametrize("topic", sorted(NUMBERS))
@pytest.mark.parametrize("format", ["table", "plain", "markdown", "json"])
def test_pages_in_every_format(cli, topic, format):
    ran = cli("explain", topic, "--model", "llama-3.1-8b", "--format", format, COLUMNS="80", NO_COLOR="1")
    assert ran.code == 0, ran.err
    assert len(ran.out) > 1000


def test_the_readers_own_numbers(cli):
    answer = cli("explain", "kv-cache", "--model", "llama-3.1-8b", "--context", "128k", "--json").json
    assert answer["schema"] == "llm-pick/explain@1"
    asked = next(row for row in answer["numbers"]["kv_cache"] if row["context"] == 131072)
    assert asked["bytes"]["f16"] == 16 * GIB
    rungs = cli("explain", "quantization", "--model", "qwen3.8-27b", "--json").json["numbers"]["ladder"]
    assert {"q4_k_m", "q8_0"} <= {rung["quant"] for rung in rungs}
    assert cli("explain", "benchmarks", "--json").json["numbers"]["wins_needed"][0] == {
        "disagreements": 10, "wins": 9, "level": 0.95,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("quantizatoin",), "quantization"),
        (("zzz",), "benchmarks"),
        (("batching", "-H", "rtx-9999"), "rtx-9999"),
        (("hybrid", "--api", "gpt-4o"), "--req-per-day"),
        (("context", "--ram", "32"), "--hardware"),
        (("moe", "--model", "qwen3-30b-a3b", "--quant", "fp8"), "--hardware"),
        (("moe", "--model", "gpt-oss-21b"), "gpt-oss-20b"),
        (("kv-cache", "--context", "much"), "--context"),
        (("kv-cache", "--users", "0"), "--users"),
        (("benchmarks", "--task", "coding"), "code"),
    ],
    ids=lambda value: " ".join(value) or "nothing" if isinstance(value, tuple) else None,
)
def test_a_wrong_topic_is_exit_2(cli, args, says):
    ran = cli("explain", *args)
    assert ran.code == 2, ran.err
    assert ran.out == ""
    assert says in ran.err


def test_show_explains_a_benchmark_and_its_limits(cli):
    answer = cli("show", "mmlu", "--json").json
    assert len(answer["explained"]["doubts"]) == 2
    assert answer["explained"]["guesser_scores"] == 0.25
    assert answer["evidence"]["rows"] >= answer["evidence"]["independent_rows"]
    table = cli("show", "mmlu", "--format", "table", COLUMNS="80", NO_COLOR="1")
    assert "ceiling" in table.out
    assert "explain benchmarks" in table.out


def test_show_every_benchmark(catalog):
    from llm_pick.render import benchmark_sheet

    for record in list(catalog.benchmarks.values())[::7]:
        assert benchmark_sheet.view(record, catalog).tables
        assert benchmark_sheet.data(record, catalog)["evidence"]["rows"] >= 0


# Sources


@pytest.mark.parametrize("topic", topics())
def test_what_a_page_claims_from_others_has_a_source_that_resolves(catalog, topic):
    body = page(topic)[1]
    text, sources = numbered(body, catalog)
    assert sources, topic
    assert [ref.id for ref in sources] == list(cited(body))
    for number, ref in enumerate(sources, 1):
        assert f"[{number}]" in text
        assert ref.url.startswith("https://")
        assert ref.read_on
    assert not cited(text)


def test_a_source_nobody_knows_is_an_error(catalog):
    with pytest.raises(KeyError, match="no-such-paper"):
        numbered("a claim [no-such-paper]", catalog)


def test_links_code_and_lists_are_no_sources():
    assert cited("[text](https://x.y) and `list[0]`, [1], [gqa-paper] twice [gqa-paper]") == ("gqa-paper",)


def test_sources_reach_the_screen_the_pipe_and_json(cli):
    for format in ("table", "plain", "markdown", "html"):
        ran = cli("explain", "attention", "--format", format, COLUMNS="80", NO_COLOR="1")
        assert "arxiv.org/abs/2305.13245" in ran.out, format
        assert "[gqa-paper]" not in ran.out
    answer = cli("explain", "attention", "--json").json
    assert answer["sources"][0]["id"] == "gqa-paper"
    assert "[1]" in answer["text"]


def test_without_a_topic_the_pages_are_listed(cli):
    ran = cli("explain", "--json")
    assert ran.code == 0
    assert [row["id"] for row in ran.json["topics"]] == list(topics())


@pytest.mark.parametrize(
    ("word", "topic"), [("gqa", "attention"), ("rag", "fine-tuning"), ("open source", "open-weight"), ("TTFT", "prefill-decode")]
)
def test_other_words_lead_to_a_page(cli, word, topic):
    assert cli("explain", word, "--json").json["question"]["topic"] == topic


# Figures of the texts, by hand and by the catalog


def test_what_attention_keeps(catalog):
    assert 2 * 32 * 32 * 128 == 262_144
    llama = cache_shares(catalog.models["llama-3.1-8b-instruct"].architecture)
    assert [(s.layers, s.heads, s.kv_heads, s.kept, s.plain) for s in llama] == [(32, 32, 8, 2 * 8 * 128, 2 * 32 * 128)]
    (latent,) = cache_shares(catalog.models["deepseek-v3"].architecture)
    assert (latent.kind, latent.heads, latent.kept) == ("mla", 128, 576)
    assert latent.plain == 128 * (128 + 64 + 128)
    for model in catalog.models.values():
        if model.architecture:
            for share in cache_shares(model.architecture):
                assert share.kept >= 0
                assert share.kind != "attention" or share.kept <= share.plain


def test_kept_numbers_are_those_the_memory_is_made_of(catalog):
    engine = cache_engine(catalog)
    for id in ("llama-3.1-8b-instruct", "deepseek-v3", "qwen3-32b"):
        architecture = catalog.models[id].architecture
        kept = sum(share.layers * share.kept for share in cache_shares(architecture))
        assert kv_bytes_per_token(architecture, "f16", engine, catalog) == 2 * kept


def test_figures_on_the_page_about_context(catalog):
    model = catalog.models["llama-3.1-8b-instruct"]
    weights = file_bytes(model, catalog.quantizations["q4_k_m"], catalog).likely
    assert 3 < 16 * GIB / weights < 4
    assert 16 * GIB / (2 * model.params_total) == pytest.approx(1, abs=0.1)


def test_figures_on_the_page_about_licences(catalog, cli):
    read = {licence.id for licence in catalog.licenses.values() if licence.license_class != "service-terms"}
    assert 58 <= len(read) <= 68
    rows = cli("explain", "licence-classes", "--json").json["numbers"]["classes"]
    assert sum(row["models"] for row in rows) == len(catalog.models)
    body = page("licence-classes")[1]
    assert all(f"**{row['class']}**" in body for row in rows)


def test_a_token_in_costs_less_than_a_token_out(catalog):
    prices = [p for p in catalog.api_prices.values() if p.usd_per_m_input and p.usd_per_m_output]
    assert sum(p.usd_per_m_input < p.usd_per_m_output for p in prices) / len(prices) > 0.75


def test_memory_to_train_by_hand(cli):
    found = cli("explain", "fine-tuning", "--model", "llama-3.1-8b", "--req-per-day", "1000", "--json").json["numbers"]
    sizes = found["train_bytes_at_least"].values()
    assert [size / 8_030_261_248 for size in sizes] == pytest.approx([2 + 2 + 12, 2, 0.5], rel=1e-3)
    price = found["offer"]["usd_per_m_input"]
    row = found["retrieved"][1]
    assert row["usd_per_1k_requests"] == pytest.approx(1000 * 8192 * price / 1e6)
    assert row["usd_per_month"] == pytest.approx(1000 * 8192 * price / 1e6 * 365 / 12, rel=0.01)


def test_a_hybrid_bill_is_made_of_the_bills_of_breakeven(cli):
    asked = ("--req-per-day", "50000", "--model", "llama-3.3-70b", "--api", "gpt-4o")
    shares = cli("explain", "hybrid", *asked, "--json").json["numbers"]["shares"]
    answer = cli("breakeven", *asked, "--json").json
    assert shares[0]["router_usd_per_month"] == pytest.approx(answer["api"]["usd_per_month"], rel=1e-3)
    assert shares[-1]["router_usd_per_month"] == pytest.approx(answer["self_host"]["usd_per_month"]["likely"], rel=1e-3)
    for row in shares[1:]:
        assert row["own_first_usd_per_month"] >= row["router_usd_per_month"] - 0.01


def test_reading_and_writing_are_the_speeds_of_fit(cli):
    asked = ("--model", "qwen3-8b", "-H", "rtx-4090")
    found = cli("explain", "prefill-decode", *asked, "--json").json["numbers"]
    speed = cli("fit", "qwen3-8b", "-H", "rtx-4090", "--json").json["speed"]
    assert found["prefill_tok_per_s"] == speed["prefill_tok_per_s"]
    assert found["decode_tok_per_s"] == speed["decode_tok_per_s"]
    waits = [row["ttft_s"]["likely"] for row in found["waits"]]
    assert waits == sorted(waits)


def test_a_ladder_under_a_page_is_the_ladder_of_fit(cli):
    asked = ("-H", "rtx-4090", "--context", "16k", "--json")
    for topic, kind in (("context", "contexts"), ("quantization", "quants"), ("batching", "users")):
        page_numbers = cli("explain", topic, "--model", "qwen3-8b", *asked).json["numbers"]
        assert page_numbers["ladder"] == cli("fit", "qwen3-8b", "--ladder", kind, *asked).json["ladder"], topic
