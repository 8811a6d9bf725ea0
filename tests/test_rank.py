"""Domination, what flips an order, and unknown scores: small cases worked out by hand, then the real list."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_pick.core.ask import build_question
from llm_pick.core.flip import flip, turns
from llm_pick.core.quality.task_score import best_mode, task_quality
from llm_pick.core.rank import dominates
from llm_pick.core.recommend import recommend

PARTS = ("quality", "speed", "memory", "cost")
shares = st.floats(0, 1, allow_nan=False)


def parts(*values):
    return dict(zip(PARTS, values, strict=True))


def total(weights, values):
    return sum(weights[part] * values[part] for part in PARTS)


def test_domination_by_hand():
    assert dominates((80, 30, -10), (80, 30, -11))
    assert not dominates((80, 30, -10), (80, 30, -10))
    assert not dominates((81, 29, -10), (80, 30, -11))


@given(a=st.tuples(shares, shares, shares), b=st.tuples(shares, shares, shares))
def test_nothing_dominates_itself_or_both_ways(a, b):
    assert not dominates(a, a)
    assert not (dominates(a, b) and dominates(b, a))


def test_the_weight_that_turns_an_order_by_hand():
    # 0.7 * 0.2 leads against 0.3 * 0.3 behind: 0.14 - 0.09; equal where w * 0.2 = (1 - w) * 0.3, at w = 0.6.
    first, second = parts(0.8, 0.5, 0, 0), parts(0.6, 0.8, 0, 0)
    found = turns(first, second, parts(0.7, 0.3, 0, 0))
    assert [(turn.part, round(turn.at, 6)) for turn in found] == [("quality", 0.6), ("speed", 0.4)]
    assert turns(parts(0.8, 0.5, 0, 0), parts(0.7, 0.5, 0, 0), parts(0.7, 0.3, 0, 0)) == ()
    assert turns(first, second, parts(1, 0, 0, 0))[0].at == pytest.approx(0.4)


@given(
    first=st.tuples(shares, shares, shares, shares),
    second=st.tuples(shares, shares, shares, shares),
    raw=st.tuples(*[st.floats(0.01, 1)] * 4),
)
def test_at_the_turning_weight_both_score_the_same(first, second, raw):
    weights = parts(*(value / sum(raw) for value in raw))
    one, two = parts(*first), parts(*second)
    for turn in turns(one, two, weights):
        assert 0 <= turn.at <= 1
        scale = (1 - turn.at) / (1 - weights[turn.part])
        moved = {part: turn.at if part == turn.part else weight * scale for part, weight in weights.items()}
        assert total(moved, one) == pytest.approx(total(moved, two), abs=1e-9)


def test_flip_of_a_real_answer_is_consistent(catalog):
    question = build_question(catalog, vram=["24"], task="code")
    first, second = recommend(question, catalog).picks[:2]
    found = flip(first, second, question.preferences)
    assert found.margin >= 0
    assert found.quality_points == pytest.approx(100 * found.margin / question.preferences.quality)
    for turn in found.turns:
        assert turn.at != turn.now


@pytest.mark.parametrize("size", ["8", "24", "80"])
def test_a_dominated_pick_is_marked_and_only_such(catalog, size):
    picks = recommend(build_question(catalog, vram=[size], task="general", top=10), catalog).picks

    def merits(ranked):
        estimate = ranked.assessed.estimate
        return (estimate.quality.score.likely, estimate.speed.decode_likely, -estimate.memory.total_bytes.likely)

    by_id = {ranked.assessed.candidate.model.id: merits(ranked) for ranked in picks}
    for ranked in picks:
        beaten = [id for id, other in by_id.items() if dominates(other, merits(ranked))]
        assert (ranked.dominated_by in beaten) if beaten else ranked.dominated_by is None


def test_json_and_table_say_what_is_dominated_and_what_flips(cli):
    args = ("recommend", "--vram", "24", "--task", "general", "--top", "10")
    answer = cli(*args, "--json").json
    ids = {pick["model"]["id"] for pick in answer["recommendations"]}
    marked = {pick["dominated_by"] for pick in answer["recommendations"]} - {None}
    assert marked <= ids
    assert answer["runner_up"]["model"] == answer["recommendations"][1]["model"]["id"]
    text = cli(*args, "--explain").err
    assert ("dominated: " in text) == bool(marked)
    assert "runner-up: " in text
    assert "would flip: " in text
    for pick in answer["recommendations"]:
        assert f"evidence: {pick['model']['id']}: " in text


@pytest.mark.parametrize("task", ["long-context", "tool-use", "multilingual"])
def test_models_without_results_of_the_task_are_unknown_and_last(catalog, task):
    picks = recommend(build_question(catalog, vram=["80"], task=task, context=8192, top=1000), catalog).picks
    unknown = [ranked.assessed.estimate.quality.unknown is not None for ranked in picks if ranked.assessed.estimate.quality]
    assert not all(unknown)
    assert any(unknown)
    tiers = [ranked.evidence_tier for ranked in picks]
    assert tiers == sorted(tiers, reverse=True)
    assert not any(r.evidence_tier for r in picks if r.assessed.estimate.quality and r.assessed.estimate.quality.unknown)


def test_a_known_mode_is_preferred_to_an_unknown_one(catalog):
    for id, modes in catalog.quality.items():
        for task in catalog.tasks.values():
            scored = {mode: task_quality(id, task, mode, catalog) for mode in modes}
            chosen = best_mode(id, task, catalog)
            if chosen and scored[chosen].unknown is not None:
                assert all(found is None or found.unknown for found in scored.values())


def test_the_list_says_unknown_beside_the_prior(cli, catalog):
    models = cli("list", "models", "--json").json["models"]
    for model in models:
        assert {"id", "name", "family", "vendor", "hf_repo", "params_b", "active_params_b", "context", "license", "released",
                "quality", "modes"} <= set(model)  # fmt: skip
        for cells in (model["quality"], *model["modes"].values()):
            for cell in cells.values():
                assert {"low", "likely", "high", "rows", "independent_rows"} <= set(cell)
    silent = {model["id"] for model in models if "unknown" in model["quality"].get("long-context", {})}
    assert 0 < len(silent) < len(models)
    for id in silent:
        assert not any(groups["long-context"].task_rows for groups in catalog.quality[id].values())
