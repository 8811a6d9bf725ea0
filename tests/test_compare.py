"""Side by side: the same numbers as ``fit``, a probability both ways round, evidence from one source first."""

from __future__ import annotations

import pytest

from llm_pick.core.ask import build_question
from llm_pick.core.catalog import Score
from llm_pick.core.compare import _paired, compare, find_contenders, roomy_hardware
from llm_pick.core.differences import Difference, separated
from llm_pick.core.errors import QuestionError
from llm_pick.core.facts import Range

TWO = ("qwen3-32b", "gpt-oss-20b")


def compared(catalog, names, **more):
    question = build_question(catalog, **{"vram": ["24"], "task": "code", **more})
    return compare(find_contenders(names, catalog), question, catalog, has_machine=True)


def row(model, score, source, by="vendor"):
    return Score(model=model, benchmark="b", score=score, by=by, source=source, date="2026-01-01")


def test_results_of_one_source_are_compared_before_more_trusted_ones_of_two():
    rows = {"m": [row("m", 50, "own a"), row("m", 45, "both t")], "n": [row("n", 60, "other a"), row("n", 44, "both t")]}
    found = _paired("b", rows)
    assert found.same_source
    assert {id: item.score for id, item in found.rows.items()} == {"m": 45, "n": 44}


def test_without_a_shared_source_each_model_gives_its_most_trusted_result():
    found = _paired("b", {"m": [row("m", 50, "own a"), row("m", 45, "late")], "n": [row("n", 60, "other")]})
    assert not found.same_source
    assert {id: item.score for id, item in found.rows.items()} == {"m": 50, "n": 60}


def test_models_are_apart_only_where_intervals_do_not_meet():
    values = {"a": Range(10, 12, 14), "b": Range(13, 15, 17), "c": Range(20, 21, 22)}
    assert separated("memory", values, lambda best, other: best.high < other.low, least=True) == Difference(
        "memory", ("a", "b"), ("c",)
    )
    assert separated("speed", values, lambda best, other: best.low > other.high) == Difference("speed", ("c",), ("a", "b"))
    assert separated("quality", {}, lambda best, other: True) == Difference("quality", (), ())


def test_probability_is_the_same_seen_from_either_side(catalog):
    (one,) = compared(catalog, TWO).duels
    (other,) = compared(catalog, TWO[::-1]).duels
    assert one.probability + other.probability == pytest.approx(1)
    assert one.better == other.better
    assert {item.benchmark for item in one.shared} == {item.benchmark for item in other.shared}


def test_every_pair_is_judged_and_every_task_scored(catalog):
    found = compared(catalog, (*TWO, "gemma-3-27b", "llama-3.1-8b"))
    assert len(found.duels) == 6
    for contender in found.contenders:
        assert set(contender.quality) == set(catalog.tasks)


def test_a_score_that_is_unknown_gives_no_probability(catalog):
    tools = catalog.tasks["tool-use"]
    silent = next(
        id
        for id, modes in sorted(catalog.quality.items())
        if not any(groups["tool-use"].task_rows for groups in modes.values()) and catalog.models[id].architecture
    )
    found = compared(catalog, (silent, "gpt-oss-20b"), task=tools.id)
    assert found.duels[0].probability is None
    assert found.duels[0].better is None
    assert silent in found.duels[0].unknown


@pytest.mark.parametrize("kind", ["base", "embedding", "reranker", "vision-language", "chat"])
def test_any_kind_of_model_can_be_looked_at(catalog, kind):
    ids = sorted(id for id, model in catalog.models.items() if model.kind == kind)[:5]
    odd = sorted(id for id, model in catalog.models.items() if model.architecture is None)[:1]
    for id in dict.fromkeys((*ids, *odd)):
        names = list(dict.fromkeys((id, "gpt-oss-20b", "gpt-oss-120b")))[:2]
        found = compared(catalog, names)
        assert len(found.contenders) == 2
        for contender in found.contenders:
            assert (contender.setup is None) == (contender.missing is not None)


def test_the_roomy_machine_holds_anything(catalog):
    assert roomy_hardware(catalog).devices[0].memory_gib > 2048


@pytest.mark.parametrize(("names", "says"), [(["gpt-oss-20b"], "one model"), (["a"] * 7, "7 models")])
def test_two_to_six_models(catalog, names, says):
    with pytest.raises(QuestionError, match=says):
        find_contenders(names, catalog)


def test_compare_agrees_with_fit(cli):
    asked = ("-H", "rtx-4090", "--task", "code", "--json")
    answer = cli("compare", *TWO, *asked).json
    assert answer["schema"] == "llm-pick/compare@1"
    for model in answer["models"]:
        alone = cli("fit", model["model"]["id"], *asked).json
        for key in ("quant", "memory", "speed", "runtime", "fits", "max_context"):
            ours = {k: v for k, v in alone[key].items() if k in model[key]} if key == "memory" else alone[key]
            assert model[key] == ours, key
        score = {k: model["quality"]["code"][k] for k in ("low", "likely", "high")}
        assert score == alone["quality"]["score"]


def test_compare_without_a_machine_gives_needs_and_no_speed(cli):
    ran = cli("compare", *TWO, "--json")
    assert ran.code == 0
    answer = ran.json
    assert answer["question"]["hardware"] is None
    assert [model["quant"] for model in answer["models"]] == ["q4_k_m", "mxfp4_moe"]
    for model in answer["models"]:
        assert model["memory"]["total_bytes"]["likely"] > model["memory"]["weights_bytes"]["likely"]
        assert model["memory"]["budget_bytes"] is None
        assert model["speed"] is None
        assert model["fits"] is None
        assert model["unknown"]
        assert model["offers"][0]["usd_per_m_output"] > 0
        assert not {"fits-memory", "minimum-speed"} & {verdict["rule"] for verdict in model["verdicts"]}


def test_compare_says_how_likely_and_on_what_evidence(cli):
    answer = cli("compare", *TWO, "--task", "code", "--json").json
    (duel,) = answer["comparisons"]
    assert 0 <= duel["probability_a_better"] <= 1
    assert duel["better"] in (*TWO, None)
    for item in duel["shared_benchmarks"]:
        for side in ("a", "b"):
            assert item[side]["date"]
            assert item[side]["by"] in ("independent", "leaderboard", "vendor", "quoted")
            assert item[side]["source"].startswith("http")
    assert answer["differences"][0]["sentence"]


PARTS = {
    "memory at the context": "GiB at 32k", "speed": "tok/s", "quality at each task": "summarization", "an interval": "(",
    "licence verdict": "yes, conditions", "price": "API USD/M out", "longest input": "context", "a published result": "mmlu-pro",
}  # fmt: skip


@pytest.mark.parametrize("format", ["table", "plain", "markdown", "html"])
def test_every_part_of_a_comparison_in_every_format(cli, format):
    asked = (*TWO, "gemma-3-27b", "--vram", "24", "--context", "32k", "--format", format)
    ran = cli("compare", *asked, COLUMNS="200", NO_COLOR="1")
    assert ran.code == 0, ran.err
    for part, text in PARTS.items():
        assert text in ran.out, part
    assert "quality: gpt-oss-20b ahead of" in ran.out


def test_facts_alone_as_csv(cli):
    ran = cli("compare", *TWO, "--vram", "24", "--format", "csv")
    assert ran.out.startswith("what,qwen3-32b,gpt-oss-20b")


def test_who_leads_at_a_task_is_who_no_other_beats(catalog, cli):
    answer = cli("compare", *TWO, "gemma-3-27b", "--task", "code", "--json").json
    tasks = {row["task"]: row for row in answer["tasks"]}
    assert set(tasks) == set(catalog.tasks)
    ids = [model["model"]["id"] for model in answer["models"]]
    for row in tasks.values():
        assert sorted(row["ahead"] + row["behind"] + row["unknown"]) == sorted(ids)
    found = compared(catalog, ids, task="code")
    beaten = {duel.b if duel.better == duel.a else duel.a for duel in found.duels if duel.better}
    best = max(found.contenders, key=lambda c: c.quality["code"].score.likely).model.id
    assert best in tasks["code"]["ahead"]
    assert set(tasks["code"]["behind"]) <= beaten


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("qwen3-32b",), "2 to 6"),
        ((), "compare --help"),
        (("qwen3-32b", "Qwen/Qwen3-32B"), "named 2 times"),
        (("qwen3-32b", "gpt-oss-21b"), "gpt-oss-20b"),
        (("llama-3.1", "qwen3-32b"), "one of:"),
        ((*TWO, "--task", "coding"), "code"),
        ((*TWO, "--vram", "-1"), "--vram"),
        ((*TWO, "--context", "x"), "--context"),
        ((*TWO, "--quant", "q4_k_x"), "q4_k_m"),
        ((*TWO, "--users", "0"), "--users"),
        ((*TWO, "-H", "rtx-4090", "--vram", "24"), "one of them"),
        (tuple("abcdefg"), "2 to 6"),
    ],
    ids=lambda value: " ".join(value) or "nothing" if isinstance(value, tuple) else None,
)
def test_a_wrong_comparison_is_exit_2(cli, args, says):
    ran = cli("compare", *args)
    assert ran.code == 2, ran.err
    assert ran.out == ""
    assert ran.err.startswith("error: ")
    assert says in ran.err
