"""The sample for a second reading is the same for everybody who draws it."""

from __future__ import annotations

import collections
import json

from tools.sample_facts import SIZE, sample


def test_the_same_seed_draws_the_same_facts(catalog):
    assert sample(catalog) == sample(catalog)
    assert sample(catalog, seed=1) != sample(catalog, seed=2)


def test_a_hundred_different_facts_each_with_a_source(catalog):
    drawn = sample(catalog)
    assert len({json.dumps(fact, sort_keys=True) for fact in drawn}) == sum(SIZE.values()) == 100
    assert collections.Counter(fact["kind"] for fact in drawn) == SIZE
    assert all(fact["sources"] for fact in drawn)
