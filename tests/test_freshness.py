"""Each kind of source has an age limit, and answers say when what they rest on is past it."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta

import pytest

from llm_pick.core.freshness import WORDS, is_old, most_days, old_sources
from llm_pick.core.record import replace

LATE = "2027-12-01"


def test_every_kind_of_source_has_a_limit_and_a_word(catalog):
    kinds = {reference.kind for reference in catalog.references.values()}
    assert kinds <= set(WORDS)
    assert all(most_days(kind, catalog) > 0 for kind in WORDS)


def test_the_catalog_knows_the_oldest_reading_of_each_kind(catalog):
    for kind, read_on in catalog.oldest_read.items():
        days = [r.read_on for r in catalog.references.values() if r.kind == kind]
        days += [r.read_on for r in catalog.licenses.values() if kind == "licence" and r.read_on]
        assert read_on == min(days)


@pytest.mark.parametrize("kind", ["licence", "claim", "spec"])
def test_a_reading_is_old_the_day_after_its_limit(catalog, kind):
    read = date(2026, 1, 1)
    last = read + timedelta(days=most_days(kind, catalog))
    assert not is_old(kind, read.isoformat(), last.isoformat(), catalog)
    assert is_old(kind, read.isoformat(), (last + timedelta(days=1)).isoformat(), catalog)


def test_looking_at_the_oldest_first_changes_no_answer(catalog):
    """The shortcut must never hide what looking at every reference finds."""
    every = replace(catalog, oldest_read=dict.fromkeys(WORDS, "2000-01-01"))
    records = [*list(catalog.models.values())[::20], *catalog.licenses.values(), *list(catalog.devices.values())[::40]]
    for day in ("2026-11-29", "2027-05-25", "2027-11-21", "2029-01-01"):
        assert old_sources(records, day, catalog) == old_sources(records, day, every)
    assert old_sources(records, "2026-11-29", catalog) == ()
    assert len(old_sources(records, "2040-01-01", catalog)) >= 6


@pytest.mark.parametrize(
    "args",
    [
        ("recommend", "--vram", "24", "--top", "2"), ("fit", "qwen3-8b", "-H", "rtx-4090"), ("fit", "qwen3-8b"),
        ("compare", "qwen3-8b", "qwen3-14b"), ("license", "qwen3-8b"), ("license", "llama-3.1", "--mau", "5"),
        ("breakeven", "--req-per-day", "10000"), ("show", "qwen3-8b"), ("show", "apache-2.0"), ("show", "llama-3.1"),
    ],
)  # fmt: skip
def test_every_answer_says_what_it_rests_on_is_old(cli, args):
    fresh = cli(*args, "--json").json
    assert not [text for text in fresh["warnings"] if text.startswith("too old for ")]
    late = cli(*args, "--json", "--as-of", LATE).json
    told = [text for text in late["warnings"] if text.startswith("too old for ")]
    assert told and all("(read before 20" in text for text in told)
    if args[0] == "license":
        assert any(text.startswith("too old for licence texts") for text in told)
    shown = cli(*args, "--as-of", LATE)
    assert all(f"warning: {text}" in shown.err for text in told)


def test_sources_say_age_limit_and_what_is_due(cli):
    now, late = cli("catalog", "sources", "--json").json, cli("catalog", "sources", "--json", "--as-of", LATE).json
    assert now["fresh_days"] == late["fresh_days"] and set(now["fresh_days"]) == set(now["kinds"])
    assert not any(row["due"] for row in now["sources"])
    due = [row for row in late["sources"] if row["due"]]
    assert due and all(row["age_days"] > late["fresh_days"][row["kind"]] for row in due)
    assert all(row["age_days"] <= late["fresh_days"][row["kind"]] for row in late["sources"] if not row["due"])
    assert f"{len(due)} sources are older than their kind allows" in " ".join(late["warnings"])
    shown = cli("catalog", "sources", "--as-of", LATE).out
    assert "fresh for\tdue" in shown


def test_today_is_asked_of_the_clock_only_by_that_word(cli):
    question = cli("catalog", "sources", "--json", "--as-of", "today").json["question"]
    assert date.fromisoformat(question["as_of"]) >= date(2026, 11, 1)
    assert cli("catalog", "sources", "--as-of", "yesterday").code == 2


def test_a_file_of_ones_own_ages_too(cli, tmp_path):
    import os

    path = tmp_path / "facts.yaml"
    path.write_text("models:\n- {id: mine, like: llama-3.1-8b-instruct, hf_repo: me/mine}\n", encoding="utf-8")
    os.utime(path, (1700000000, 1700000000))
    told = cli("fit", "mine", "-H", "rtx-4090", "--json", "--catalog", str(path)).json["warnings"]
    assert any(text.startswith("too old for reports") and "mine (2023-11-14)" in text for text in told)
    assert json.dumps(told).isascii() or told


def test_an_old_catalog_says_so_by_the_clock(cli, catalog):
    later = str(int(datetime.fromisoformat(f"{catalog.as_of}T12:00Z").timestamp()) + 91 * 86400)
    fresh, old = cli("license", "mit", "--json"), cli("license", "mit", "--json", SOURCE_DATE_EPOCH=later)
    assert fresh.json["warnings"] == []
    assert old.json["warnings"] == [
        "this catalog is 91 days old: `llm-pick catalog refresh` asks for newer prices, models and results"
    ]
    assert "warning: this catalog is 91 days old" in cli("license", "mit", SOURCE_DATE_EPOCH=later).err
