"""Rule cases live in YAML; this file only runs them and holds that rules are well made."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from llm_pick.core.ask import build_question
from llm_pick.core.candidates import candidates_of
from llm_pick.core.estimate.estimate import Estimate
from llm_pick.core.rules import RULES

CASES = yaml.safe_load((Path(__file__).parent / "data" / "rule_cases.yaml").read_text(encoding="utf-8"))["cases"]
RULES_FOLDER = Path("src/llm_pick/core/rules")


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['rule']}: {case['name']}")
def test_case(case, catalog):
    hardware = {"hardware": case["hardware"]} if "hardware" in case else {"vram": case.get("vram", ["24"])}
    question = build_question(
        catalog,
        **hardware,
        ram_gb=case.get("ram"),
        reserve_gb=case.get("reserve", 0.0),
        task=case.get("task", "general"),
        context=case.get("context", 8192),
        quant=case["quant"],
        runtime=case.get("runtime"),
        license=case.get("license", ()),
        min_tps=case.get("min_tps"),
        reasoning=case.get("reasoning", "auto"),
    )
    rule = next(rule for rule in RULES if rule.id == case["rule"])
    (candidate,) = candidates_of(catalog.models[case["model"]], question, catalog)
    verdict = rule.judge(candidate, Estimate(candidate, question, catalog), question, catalog)
    assert verdict.outcome == case["expect"], verdict.sentence
    assert verdict.rule == rule.id
    assert verdict.sentence


def test_every_rule_file_is_listed_and_has_cases():
    files = {path.stem.replace("_", "-") for path in RULES_FOLDER.glob("*.py")} - {"--init--", "base"}
    assert {rule.id for rule in RULES} == files
    assert {case["rule"] for case in CASES} == files


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_says_what_why_how_unknown_and_what_to_do(rule):
    for section in ("What it checks:", "Why it matters:", "How it decides:", "When it is unknown:", "What to do"):
        assert section in rule.doc
    assert rule.kind in ("gate", "advice")
