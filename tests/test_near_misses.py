"""Advice is tried: whoever follows a near miss gets the model, and a step less would not have been enough."""

from __future__ import annotations

import re
from functools import cache

import pytest

from llm_pick.core.ask import build_question
from llm_pick.core.candidates import candidates_of
from llm_pick.core.recommend import assess, recommend
from llm_pick.io.store import built_in_catalog

CATALOG = built_in_catalog()

ASKED = {
    "a small card": {"vram": ["8"]},
    "long context": {"vram": ["12"], "context": "64k"},
    "longer than most models hold": {"vram": ["48"], "context": "200k"},
    "a policy": {"vram": ["8"], "license": ["osi"]},
    "a floor of speed": {"hardware": ["rx-7900-xtx"], "min_tps": 60.0},
    "a short wait": {"vram": ["12"], "max_ttft": 0.5},
    "both levels": {"hardware": ["rtx-3090"], "min_tps": 70.0, "max_ttft": 0.3},
    "many users": {"vram": ["16"], "users": 16},
    "two cards": {"vram": ["2x8"], "task": "code"},
    "a processor": {"hardware": ["cpu"], "ram_gb": 16.0},
    "heads that three cards do not divide": {"hardware": ["3x rtx-3090"], "runtime": "vllm"},
}


@cache
def misses(name):
    """Each question is asked once."""
    return recommend(build_question(CATALOG, **ASKED[name]), CATALOG).near_misses


def followed(change, asked, *, less=False):
    """The question of somebody who typed what the advice says; with ``less``, a little too little of it."""
    asked = dict(asked)
    pairs = re.findall(r"--(\S+) (\S+)", change)
    for option, value in pairs:
        match option:
            case "context":
                asked["context"] = int(value) + 256 if less else int(value)
            case "users":
                asked["users"] = int(value) + 1 if less else int(value)
            case "license":
                asked["license"] = [value]
            case "min-tps":
                asked["min_tps"] = float(value) + 1 if less else float(value)
            case "max-ttft":
                asked["max_ttft"] = float(value) - 0.1 if less else float(value)
            case "ram":
                asked["ram_gb"] = float(value) - 0.1 if less else float(value)
            case _:
                raise AssertionError(change)
    if more := re.fullmatch(r"(\d+\.\d) GiB more memory( on each device)?", change):
        count, size = re.fullmatch(r"(?:(\d+)x)?(\d+)", asked["vram"][0]).groups() if "vram" in asked else (None, None)
        assert (count is not None) == (more[2] is not None)
        asked["vram"] = [f"{count or 1}x{float(size) + float(more[1]) - 0.1 * less}"]
    elif other := re.fullmatch(r"(\d+) devices? instead of (\d+)", change):
        asked["hardware"] = [asked["hardware"][0].replace(f"{other[2]}x", f"{other[1]}x")]
    else:
        assert pairs, change
    return asked


def admitted(miss, asked):
    question = build_question(CATALOG, **asked)
    wanted = miss.assessed.candidate
    return any(
        assess(candidate, question, CATALOG).passes
        for candidate in candidates_of(wanted.model, question, CATALOG)
        if candidate.quantization == wanted.quantization and candidate.runtime == wanted.runtime
    )


def can_be_bought(miss, asked):
    """Nobody sells a named card with a little more memory: that is tried with ``--vram``."""
    return "GiB more" not in miss.change or "vram" in asked


@pytest.mark.parametrize("name", ASKED)
def test_who_follows_the_advice_gets_the_model(name):
    asked = ASKED[name]
    assert misses(name)
    for miss in misses(name):
        if can_be_bought(miss, asked):
            assert not admitted(miss, asked)
            assert admitted(miss, followed(miss.change, asked)), miss.change


@pytest.mark.parametrize("name", ["a small card", "long context", "a short wait", "a floor of speed", "two cards", "a processor"])
def test_a_step_less_would_not_do(name):
    for miss in misses(name):
        if can_be_bought(miss, ASKED[name]):
            assert not admitted(miss, followed(miss.change, ASKED[name], less=True)), miss.change


def test_every_kind_of_failure_that_has_a_remedy_is_met():
    rules = {miss.rule for name in ASKED for miss in misses(name)}
    assert rules == {"fits-memory", "licence-policy", "minimum-speed", "enough-context", "runtime-support"}


def test_two_levels_missed_are_both_named():
    assert any("--min-tps" in miss.change and "--max-ttft" in miss.change for miss in misses("both levels"))


def test_what_no_change_admits_is_no_near_miss():
    found = recommend(build_question(CATALOG, vram=["24"], task="vision"), CATALOG)
    assert found.excluded["task-capability"] > 20
    assert not [miss for miss in found.near_misses if miss.rule == "task-capability"]


def test_where_nothing_fits_the_smallest_say_what_they_need():
    asked = {"vram": ["1"]}
    found = recommend(build_question(CATALOG, **asked), CATALOG)
    assert not found.picks
    assert found.near_misses
    for miss in found.near_misses:
        assert admitted(miss, followed(miss.change, asked)), miss.change
