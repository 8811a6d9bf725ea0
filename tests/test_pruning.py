"""``recommend`` looks at models only as far as they matter: that must leave out work, never change an answer."""

from __future__ import annotations

import pytest

from llm_pick.core.ask import build_question
from llm_pick.core.candidates import expand
from llm_pick.core.near_misses import near_misses
from llm_pick.core.rank import best_of, listed
from llm_pick.core.recommend import GATES, assess, recommend
from llm_pick.core.rules import RULES
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
    "a floor of speed": {"hardware": ["rtx-3060"], "min_tps": 40.0, "top": 3},
}


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


def repr_of(answer):
    picks, *rest = answer
    shown = [(*pick[:-1], [(v.rule, v.outcome, v.sentence, v.sources) for v in pick[-1]]) for pick in picks]
    return [shown, *rest]
