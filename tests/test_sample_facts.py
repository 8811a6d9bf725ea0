"""The sample for a second reading is the same for everybody who draws it."""

from __future__ import annotations

import collections
import json

from tools.sample_facts import SIZE, model_facts, sample
from tools.write_second_reading import PAGE, SUMMARY, VERDICTS, page, readings, summary


def test_the_same_seed_draws_the_same_facts(catalog):
    assert sample(catalog) == sample(catalog)
    assert sample(catalog, seed=1) != sample(catalog, seed=2)


def test_different_facts_each_with_a_source(catalog):
    drawn = sample(catalog)
    assert len({json.dumps(fact, sort_keys=True) for fact in drawn}) == sum(SIZE.values()) == 115
    assert collections.Counter(fact["kind"] for fact in drawn) == SIZE
    assert all(fact["sources"] for fact in drawn)


def test_added_records_get_their_share_and_drawn_facts_do_not_come_again(catalog):
    earlier = set(sorted(catalog.models)[::2]) | set(catalog.devices) | set(catalog.licenses)
    pool = list(model_facts(catalog))
    share = sum(fact["record"] not in earlier for fact in pool) / len(pool)
    first = sample(catalog, earlier=earlier)
    added = sum(fact["kind"] == "model" and fact["record"] not in earlier for fact in first)
    assert share * SIZE["model"] <= added < share * SIZE["model"] + 1
    names = {(fact["kind"], fact["record"], fact["field"]) for fact in first}
    again = sample(catalog, without=names)
    assert not names & {(fact["kind"], fact["record"], fact["field"]) for fact in again}


def test_the_readings_on_file_are_whole_disjoint_and_the_pages_show_them():
    found = readings()
    facts = [fact for reading in found for fact in reading["facts"]]
    names = [(fact["kind"], fact["record"], fact["field"], fact["value"]) for fact in facts]
    assert len(names) == len(set(names))
    for reading in found[:2]:
        assert collections.Counter(fact["kind"] for fact in reading["facts"]) == SIZE
    assert {fact["verdict"] for fact in facts} <= set(VERDICTS)
    assert all(len(fact["how"]) > 2 and fact["source"] for fact in facts)
    assert PAGE.read_text(encoding="utf-8") == page(found)
    assert summary(found) in SUMMARY.read_text(encoding="utf-8")
