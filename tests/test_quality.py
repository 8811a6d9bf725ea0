"""Task scores, quantization loss and ties: small cases worked out by hand, and orderings on the fitted table."""

from __future__ import annotations

import math
import random
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from tools.fit_quality import fit
from tools.quality_rows import assemble, from_logit

from llm_pick.core.catalog import Quality, Score, Task
from llm_pick.core.facts import Range
from llm_pick.core.quality.published import to_logit
from llm_pick.core.quality.quantization_loss import logit_loss, quantized_score
from llm_pick.core.quality.task_score import (
    best_mode,
    evidence_for,
    percentile,
    probability_better,
    task_quality,
)

ORDERINGS = yaml.safe_load((Path(__file__).parent / "data" / "orderings.yaml").read_text(encoding="utf-8"))["orderings"]

PARAMETERS = {
    "quality.task.group_correlation": 0.5,
    "quality.quantization.amplitude": 35.6,
    "quality.quantization.decay": 1.18,
    "quality.quantization.size_exponent": 0.217,
    "quality.quantization.spread": 2.0,
    "quality.quantization.lossless_bits": 6.5,
    "quality.quantization.native_bits.fp8": 8.0,
    "quality.quantization.native_bits.mxfp4": 4.25,
    "quality.quantization.native_bits.nvfp4": 4.5,
    "quality.quantization.native_bits.int4": 4.25,
    "quality.quantization.score_logits_per_benchmark_logit": 0.6,
}


def cell(low, likely, high, rows=3, independent=1, task=2):
    return Quality(low, likely, high, rows, independent, task)


def stub(quality, **more):
    return SimpleNamespace(quality=quality, parameter=PARAMETERS.__getitem__, prepared=None, **more)


def task(groups):
    return Task(id="t", name="T", groups=groups, context_tokens=8192)


def test_task_score_is_the_weighted_mean():
    small = stub({"m": {"thinking": {"code": cell(50, 60, 70), "general": cell(30, 40, 50, task=1)}}})
    found = task_quality("m", task({"code": 0.75, "general": 0.25}), "thinking", small)
    assert found is not None
    assert found.score.likely == pytest.approx(55)
    # half-widths 7.5 and 2.5: sqrt(0.5 * (7.5**2 + 2.5**2) + 0.5 * 10**2)
    assert found.score.high - 55 == pytest.approx(math.sqrt(81.25))
    assert (found.rows, found.independent_rows, found.task_rows) == (3, 1, 3)


def test_task_score_does_not_depend_on_order_or_total_of_weights():
    groups = {"a": 0.2, "b": 0.3, "c": 0.5}
    small = stub({"m": {"thinking": {g: cell(i, i + 7.3, i + 20) for i, g in enumerate(groups)}}})
    one = task_quality("m", task(groups), "thinking", small)
    two = task_quality("m", task(dict(reversed(groups.items()))), "thinking", small)
    assert one == two
    doubled = task_quality("m", task({g: 2 * w for g, w in groups.items()}), "thinking", small)
    assert doubled is not None and one is not None
    assert doubled.score.likely == pytest.approx(one.score.likely)


def test_a_group_that_does_not_apply_leaves_the_model_unscored():
    small = stub({"m": {"thinking": {"general": cell(1, 2, 3)}}})
    assert task_quality("m", task({"vision": 0.9, "general": 0.1}), "thinking", small) is None
    assert task_quality("m", task({"general": 1.0}), "non_thinking", small) is None
    assert best_mode("m", task({"vision": 1.0}), small) is None


def test_better_mode_wins():
    small = stub({"m": {"thinking": {"chat": cell(40, 50, 60)}, "non_thinking": {"chat": cell(45, 55, 65)}}})
    assert best_mode("m", task({"chat": 1.0}), small) == "non_thinking"


def test_percentile_counts_models_below():
    small = stub({f"m{i}": {"thinking": {"code": cell(10 * i, 10 * i, 10 * i)}} for i in range(1, 5)})
    assert [percentile(s, task({"code": 1.0}), small) for s in (5, 10, 25, 40, 99)] == [0, 0, 50, 75, 100]
    assert percentile(50, task({"code": 1.0}), stub({})) == 0


finite = st.floats(0, 100)


@given(finite, finite, finite, finite)
def test_probability_better_is_symmetric(a, b, wide_a, wide_b):
    one, two = Range(a - wide_a, a, a + wide_a), Range(b - wide_b, b, b + wide_b)
    assert probability_better(one, two) + probability_better(two, one) == pytest.approx(1)
    assert probability_better(one, one) == pytest.approx(0.5)


def test_probability_better_by_hand():
    # sd 10/1.2816 each; a difference of one joint sd is 84 %
    joint = math.sqrt(2) * 10 / 1.2815515655446004
    better = Range(40 + joint, 50 + joint, 60 + joint)
    assert probability_better(better, Range(40, 50, 60)) == pytest.approx(0.8413, abs=1e-4)
    assert probability_better(Range.exact(2), Range.exact(1)) == 1
    assert probability_better(Range.exact(1), Range.exact(2)) == 0


def model(params=8e9, dtype="bf16"):
    return SimpleNamespace(params_total=int(params), native_dtype=dtype)


LOSSY, LOSSLESS = SimpleNamespace(lossless=False), SimpleNamespace(lossless=True)


def test_quantization_loss_by_hand():
    loss = logit_loss(4.5, 8_000_000_000, "bf16", stub({}))
    expected = 35.6 * 8**-0.217 * (math.exp(-1.18 * 4.5) - math.exp(-1.18 * 6.5))
    assert loss.likely == pytest.approx(expected)
    assert (loss.low, loss.high) == (pytest.approx(expected / 2), pytest.approx(expected * 2))


@given(st.floats(1.5, 16), st.floats(1.5, 16), st.floats(0.3e9, 2e12), st.floats(20, 90))
def test_fewer_bits_never_score_higher(bits_a, bits_b, params, likely):
    lower, higher = sorted((bits_a, bits_b))
    score = Range(likely - 10, likely, likely + 5)
    worse = quantized_score(score, model(params), LOSSY, lower, stub({}))
    better = quantized_score(score, model(params), LOSSY, higher, stub({}))
    for name in ("low", "likely", "high"):
        assert getattr(worse, name) <= getattr(better, name) + 1e-9


def test_larger_models_lose_less():
    small, large = (logit_loss(3.0, p, "bf16", stub({})).likely for p in (1_000_000_000, 100_000_000_000))
    assert small > 2 * large > 0


def test_nothing_is_lost_at_full_or_native_precision():
    score = Range(40, 50, 60)
    assert quantized_score(score, model(), LOSSLESS, 16.0, stub({})) is score
    assert quantized_score(score, model(), LOSSY, 6.6, stub({})) is score
    assert quantized_score(score, model(dtype="mxfp4"), LOSSY, 4.25, stub({})) is score
    assert quantized_score(score, model(dtype="mxfp4"), LOSSY, 3.0, stub({})).likely < 50
    assert quantized_score(score, model(dtype="fp8"), LOSSY, 4.5, stub({})).likely < 50


def test_evidence_comes_in_order_of_relevance():
    def row(benchmark, by, date, mode=None):
        return Score("m", benchmark, 1.0, by, "r p", date, mode)

    benchmarks = {
        "c1": SimpleNamespace(task_group="code", in_fit=True),
        "g1": SimpleNamespace(task_group="general", in_fit=True),
        "v1": SimpleNamespace(task_group="vision", in_fit=True),
    }
    rows = (
        row("g1", "independent", "2026-01-01"),
        row("c1", "vendor", "2026-05-01"),
        row("c1", "independent", "2025-01-01"),
        row("c1", "independent", "2026-01-01", "non_thinking"),
        row("v1", "independent", "2026-01-01"),
        row("c1", "leaderboard", "2025-06-01", "thinking"),
    )
    small = stub({}, benchmarks=benchmarks, scores={"m": rows})
    found = evidence_for("m", task({"code": 0.8, "general": 0.2}), "thinking", small)
    assert [(r.benchmark, r.date) for r in found] == [
        ("c1", "2025-06-01"), ("c1", "2025-01-01"), ("c1", "2026-05-01"), ("g1", "2026-01-01"),
    ]  # fmt: skip


# ---- the fit, on a made-up world of a few models ----


def world():
    models = [
        SimpleNamespace(
            id=f"m{i}", family=f"f{i % 3}", kind="chat", released="2025-06-01", params_total=int(2e9 * 2**i),
            params_active=int(2e9 * 2**i), reasoning="switchable" if i == 5 else "none", modalities_in=("text",),
        )
        for i in range(6)
    ]  # fmt: skip
    benchmarks = [
        SimpleNamespace(id=b, task_group=g, scale="percent", chance=c, higher_is_better=True, in_fit=True)
        for b, g, c in (("b1", "general", 0.25), ("b2", "code", 0.0), ("b3", "vision", 0.0))
    ]
    scores = [
        SimpleNamespace(model=f"m{i}", benchmark=b, score=30.0 + 9 * i, by=by, source="ref x", mode=None)
        for i in range(5)
        for b, by in (("b1", "independent"), ("b2", "vendor"))
    ]
    return models, benchmarks, scores


def test_fit_covers_models_without_evidence_and_says_so():
    table = fit(*world())
    assert set(table) == {f"m{i}" for i in range(6)}
    assert set(table["m5"]) == {"thinking", "non_thinking"}
    assert set(table["m0"]) == {"non_thinking"}
    assert "vision" not in table["m0"]["non_thinking"], "a model that sees no images has no score for images"
    silent, known = table["m5"]["non_thinking"]["code"], table["m4"]["non_thinking"]["code"]
    assert silent["rows"] == 0 and known["rows"] == 2 and known["task_rows"] == 1 and known["independent_rows"] == 1
    assert silent["high"] - silent["low"] > known["high"] - known["low"]


def test_fit_does_not_depend_on_the_order_of_rows():
    models, benchmarks, scores = world()
    shuffled = scores[:]
    random.Random(1).shuffle(shuffled)
    assert fit(models, benchmarks, scores) == fit(models[::-1], benchmarks[::-1], shuffled)


def test_fit_orders_by_evidence():
    table = fit(*world())
    likely = [table[f"m{i}"]["non_thinking"]["general"]["likely"] for i in range(5)]
    assert likely == sorted(likely)


def test_contradictory_mode_is_left_out():
    models, benchmarks, scores = world()
    scores[0].mode = "thinking"
    assert len(assemble(models, benchmarks, scores).y) == len(scores) - 1


@given(st.floats(26, 98.5))
def test_logit_round_trip(score):
    benchmark = world()[1][0]
    value = to_logit(score, benchmark)
    assert value is not None
    assert from_logit(value[0], benchmark.chance) == pytest.approx(score)


# ---- the fitted table ----


@pytest.mark.parametrize("pair", ORDERINGS, ids=lambda p: f"{p['task']}: {p['better']} > {p['worse']}")
def test_orderings_nobody_would_reverse(pair, catalog):
    def best(model_id):
        scores = [
            found.score.likely
            for mode in catalog.quality[model_id]
            if (found := task_quality(model_id, catalog.tasks[pair["task"]], mode, catalog)) is not None
        ]
        return max(scores)

    assert best(pair["better"]) > best(pair["worse"])


def test_every_chat_model_is_scored_and_old_models_do_not_lead(catalog):
    for name in ("code", "reasoning", "general"):
        scored = []
        for model_id in catalog.quality:
            mode = best_mode(model_id, catalog.tasks[name], catalog)
            found = task_quality(model_id, catalog.tasks[name], mode, catalog)
            scored.append((found.score.likely, catalog.models[model_id].released))
        scored.sort(reverse=True)
        assert all(released >= "2025" for _, released in scored[: len(scored) // 4])
