"""What must hold for any question: more memory never hurts, intervals are intervals, order is irrelevant."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llm_pick.core.ask import build_question
from llm_pick.core.recommend import fit, recommend

few = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
TASKS = ("general", "code", "reasoning", "vision")
SIZES = (8, 12, 16, 24, 32, 48, 80, 96, 192)


@pytest.mark.parametrize("task", TASKS)
def test_under_prefer_quality_more_memory_never_lowers_the_best_quality(catalog, task):
    best = []
    for size in SIZES:
        answer = recommend(build_question(catalog, vram=[str(size)], task=task, prefer="quality"), catalog)
        if answer.picks:
            best.append(answer.picks[0].assessed.estimate.quality.score.likely)
    assert best == sorted(best)
    assert best[-1] > best[0]


@pytest.mark.parametrize("task", TASKS)
def test_small_and_large_cards_get_different_answers(catalog, task):
    firsts = [
        recommend(build_question(catalog, vram=[size], task=task), catalog).picks[0].assessed.candidate.model.id
        for size in ("8", "80")
    ]
    assert firsts[0] != firsts[1]


@few
@given(task=st.sampled_from(TASKS), size=st.sampled_from(SIZES), context=st.sampled_from((2048, 8192, 32768)))
def test_more_memory_never_removes_a_candidate(catalog, task, size, context):
    def passing(gigabytes):
        asked = build_question(catalog, vram=[str(gigabytes)], task=task, context=context, top=1000)
        return {ranked.assessed.candidate.model.id for ranked in recommend(asked, catalog).picks}

    assert passing(size) <= passing(size * 2)


@settings(few, max_examples=4)
@given(size=st.sampled_from(SIZES), context=st.sampled_from((2048, 16384)))
def test_a_tighter_constraint_never_adds_a_model(catalog, size, context):
    def passing(**more):
        asked = build_question(catalog, vram=[str(size)], context=context, top=1000, **more)
        return {ranked.assessed.candidate.model.id for ranked in recommend(asked, catalog).picks}

    usual = passing()
    assert usual <= passing(license=["any"])
    assert passing(license=["permissive"]) <= usual
    assert passing(min_tps=30) <= usual


@few
@given(task=st.sampled_from(TASKS), size=st.sampled_from(SIZES), data=st.data())
def test_the_order_of_the_catalog_is_irrelevant(catalog, task, size, data):
    order = data.draw(st.permutations(list(catalog.models)))
    shuffled = dataclasses.replace(catalog, models={id: catalog.models[id] for id in order})

    def key(answer):
        return [(r.assessed.candidate.key, r.score, r.ties_with) for r in answer.picks]

    asked = build_question(catalog, vram=[str(size)], task=task)
    assert key(recommend(asked, shuffled)) == key(recommend(asked, catalog))


def test_every_prediction_is_an_interval_around_its_median(catalog):
    asked = build_question(catalog, vram=["2x80"], task="code", top=1000, license=["any"])
    for ranked in recommend(asked, catalog).picks:
        estimate = ranked.assessed.estimate
        values = [estimate.memory.total_bytes, estimate.memory.weights_bytes, estimate.quality.score]
        values += [estimate.speed.decode_tok_per_s, estimate.speed.prefill_tok_per_s, estimate.speed.ttft_s]
        for value in values:
            assert 0 <= value.low <= value.likely <= value.high


@pytest.mark.parametrize("device", ["rtx-4090", "mi300x", "h100-sxm", "rtx-3060-12gb"])
def test_two_identical_devices_are_never_less_than_one(catalog, device):
    def passing(hardware):
        asked = build_question(catalog, hardware=[hardware], top=1000)
        return {ranked.assessed.candidate.model.id for ranked in recommend(asked, catalog).picks}

    assert passing(device) <= passing(f"2x {device}")


def test_native_low_precision_models_are_never_upcast(catalog):
    for model in catalog.models.values():
        if model.native_dtype != "mxfp4" or model.kind != "chat" or model.architecture is None:
            continue
        answers = fit(model, build_question(catalog, vram=["8x192"], license=["any"]), catalog)
        assert {item.candidate.quantization.nominal_bits < 8 for item in answers} == {True}


def test_nothing_is_recommended_that_the_policy_forbids(catalog):
    for policy in ("commercial", "permissive", "osi"):
        asked = build_question(catalog, vram=["8x192"], license=[policy], top=1000)
        for ranked in recommend(asked, catalog).picks:
            licence = catalog.licenses[ranked.assessed.candidate.model.license]
            assert licence.commercial_use in ("yes", "conditions")
            assert policy != "osi" or licence.osi_approved


def test_only_models_that_answer_are_candidates(catalog):
    asked = build_question(catalog, vram=["8x192"], license=["any"], top=1000)
    kinds = {r.assessed.candidate.model.kind for r in recommend(asked, catalog).picks}
    assert kinds <= {"chat", "vision-language"}
