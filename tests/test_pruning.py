"""``recommend`` looks at models only as far as they matter: that must leave out work, never change an answer."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm_pick.core.ask import build_question
from llm_pick.core.candidates import ANSWERING_KINDS, candidates_of
from llm_pick.core.lookup import names_of
from llm_pick.core.near_misses import near_misses
from llm_pick.core.outline import traits_of
from llm_pick.core.rank import best_of, listed
from llm_pick.core.recommend import GATES, assess, recommend
from llm_pick.core.record import replace
from llm_pick.core.rules import RULES
from llm_pick.core.rules.base import Outcome
from llm_pick.io.store import built_in_catalog

CATALOG = built_in_catalog()
ASKED = {
    "small card": {"vram": ["8"]},
    "nothing fits": {"vram": ["0.5"]},
    "quality, long list": {"vram": ["24"], "prefer": "quality", "top": 20},
    "speed, code": {"hardware": ["rtx-4090"], "prefer": "speed", "task": "code"},
    "memory, one pick": {"hardware": ["rtx-4090"], "prefer": "memory", "top": 1},
    "users on a server card": {"hardware": ["h100-sxm-80gb"], "users": 32},
    "any licence, long context": {"vram": ["48"], "license": ["any"], "context": "128k"},
    "vision, one quantization": {"vram": ["16"], "task": "vision", "quant": "q4_k_m"},
    "eight server cards that share layers": {"hardware": ["8x h100-sxm"], "users": 16, "task": "agent"},
    "three cards, heads may not divide": {"hardware": ["3x rtx-3090"], "users": 4},
    "two small cards, layer by layer": {"hardware": ["2x rtx-3060"], "license": ["any"]},
    "host memory takes layers": {"hardware": ["rtx-4090"], "ram_gb": 64.0, "context": "64k"},
    "vision on one memory": {"hardware": ["m4-max-64gb"], "task": "vision", "prefer": "quality"},
    "cpu": {"hardware": ["cpu"], "ram_gb": 32.0},
    "an engine by name": {"hardware": ["rtx-4090"], "runtime": "vllm"},
    "a floor of speed": {"hardware": ["rtx-3060"], "min_tps": 40.0, "top": 3},
}


def expand(question, catalog):
    """The candidates of every model that has any, in id order, smallest first."""
    models = (catalog.models[id] for id in sorted(catalog.models))
    found = (tuple(candidates_of(model, question, catalog)) for model in models if model.kind in ANSWERING_KINDS)
    return filter(None, found)


def looked_at(candidates, question):
    """The candidates of one model worth a look, every one of them judged by every rule."""
    items = [assess(candidate, question, CATALOG) for candidate in candidates]
    if any(rule.id in items[0].failed for rule in GATES if rule.about == "model"):
        return [next((item for item in reversed(items[1:]) if item.estimate.memory.fits), items[0])]
    found, settled = [], set()
    for item in items:
        kind = item.candidate.quantization.format
        if kind in settled:
            continue
        found.append(item)
        if item.estimate.memory.shortfall_bytes or (item.passes and item.estimate.loses_nothing):
            settled.add(kind)
    return found


def exhaustive(question):
    models = [looked_at(candidates, question) for candidates in expand(question, CATALOG)]
    passing = [[item for item in items if item.passes] for items in models]
    best = sorted(best_of(items, question, CATALOG) for items in passing if items)[: question.top]
    picks = listed(best, CATALOG)
    everything = [item for items in models for item in items]
    removed = [
        min((len(item.failed), item.failed) for item in items)[1][0] for items in models if not any(i.passes for i in items)
    ]
    excluded = {rule.id: removed.count(rule.id) for rule in RULES if rule.id in removed}

    def admits(candidate, asked):
        return assess(candidate, asked, CATALOG).passes

    return picks, near_misses(everything, picks, question, CATALOG, admits), excluded, len(models)


def told(picks, near, excluded, considered):
    """What a reader sees of it."""
    return (
        [(p.assessed.candidate.key, p.score, p.parts, p.ties_with, p.dominated_by, p.assessed.verdicts) for p in picks],
        [(n.assessed.candidate.key, n.assessed.failed, n.rule, n.change) for n in near],
        excluded,
        considered,
    )


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
def test_looking_less_closely_changes_no_answer(asked):
    question = build_question(CATALOG, **asked)
    found = recommend(question, CATALOG)
    short = told(found.picks, found.near_misses, found.excluded, found.considered)
    # Verdicts look their sources up when shown, by functions that are never equal: compare what they say.
    assert repr_of(short) == repr_of(told(*exhaustive(question)))


@settings(max_examples=12, deadline=None)
@given(
    vram=st.sampled_from(["6", "12", "24", "48", "2x24", "4x80"]),
    task=st.sampled_from(sorted(CATALOG.tasks)),
    context=st.sampled_from([None, "2k", "32k", "200k"]),
    users=st.sampled_from([1, 1, 8]),
    prefer=st.sampled_from(["balanced", "quality", "speed", "memory"]),
    license=st.sampled_from([["commercial"], ["any"], ["permissive"], ["mit", "apache-2.0"]]),
    top=st.integers(1, 8),
    ram_gb=st.sampled_from([None, None, 96.0]),
)
def test_nor_for_any_question(vram, **asked):
    question = build_question(CATALOG, vram=[vram], **asked)
    found = recommend(question, CATALOG)
    short = told(found.picks, found.near_misses, found.excluded, found.considered)
    assert repr_of(short) == repr_of(told(*exhaustive(question)))


@pytest.mark.parametrize("rule", [rule for rule in GATES if rule.fails], ids=lambda rule: rule.id)
@pytest.mark.parametrize("asked", [{}, {"license": ["osi"], "task": "vision"}, {"context": "1m", "reasoning": "off"}], ids=str)
def test_a_gate_says_the_same_of_an_outline(rule, asked):
    question = build_question(CATALOG, vram=["24"], **asked)
    for candidates in expand(question, CATALOG):
        verdict = rule.judge(candidates[0], None, question, CATALOG)
        assert rule.fails(traits_of(candidates[0].model), question, CATALOG) == (verdict.outcome is Outcome.FAIL)


def test_prepared_results_are_those_that_would_be_computed():
    bare = replace(CATALOG, prepared=None)
    question = build_question(CATALOG, hardware=["rtx-4090"], task="agent", context="64k")
    a, b = (recommend(question, catalog) for catalog in (CATALOG, bare))
    assert repr_of(told(a.picks, a.near_misses, a.excluded, a.considered)) == repr_of(
        told(b.picks, b.near_misses, b.excluded, b.considered)
    )
    for name in ("llama3.1:8b", "QWEN3 8b", "gpt-oss", "no such thing"):
        assert names_of("model", CATALOG).exactly(name) == names_of("model", bare).exactly(name)


def repr_of(answer):
    picks, *rest = answer
    shown = [(*pick[:-1], [(v.rule, v.outcome, v.sentence, v.sources) for v in pick[-1]]) for pick in picks]
    return [shown, *rest]
