"""The names of the real catalog: every declared spelling finds its record, and typos lead to it."""

from __future__ import annotations

import random
import string
from pathlib import Path

import pytest
import yaml

from llm_pick.core.ask import build_question
from llm_pick.core.errors import QuestionError
from llm_pick.core.hardware import parse_devices
from llm_pick.core.licensing.target import find_target
from llm_pick.core.lookup import find_device, find_model, names_of, other_names

SECTIONS = {
    "model": "models",
    "licence": "licenses",
    "device": "devices",
    "quantization": "quantizations",
    "runtime": "runtimes",
    "task": "tasks",
    "benchmark": "benchmarks",
}
TYPOS = yaml.safe_load((Path(__file__).parent / "data" / "typos.yaml").read_text(encoding="utf-8"))


def spellings(name):
    """The same name as people write it: case and separators changed, never between two digits dropped."""
    yield name
    yield name.upper()
    yield name.lower()
    yield f"  {name} "
    for separator in " _.-":
        yield name.replace("-", separator)
        yield name.replace("-", separator).replace("/", separator).replace(":", separator).title()
    yield name.replace(".", "-")
    yield name.replace(".", " ")


@pytest.mark.parametrize("kind", SECTIONS)
def test_every_name_finds_its_record_in_every_spelling(catalog, kind):
    names = names_of(kind, catalog)
    lost = {
        (id, spelling): found.id or found.candidates
        for id, record in getattr(catalog, SECTIONS[kind]).items()
        for name in (id, *other_names(record))
        for spelling in spellings(name)
        if (found := names.match(spelling)).id != id or found.via not in ("id", "alias")
    }
    assert not lost


@pytest.mark.parametrize("kind", SECTIONS)
def test_no_name_belongs_to_two_records(catalog, kind):
    assert names_of(kind, catalog).ambiguous_aliases() == {}


@pytest.mark.parametrize("kind", SECTIONS)
def test_ids_without_separators_find_their_record(catalog, kind):
    names = names_of(kind, catalog)
    for id in getattr(catalog, SECTIONS[kind]):
        joined = id[0] + "".join(
            char for before, char, after in zip(id, id[1:], [*id[2:], ""], strict=False)
            if char not in "-_ " or (before.isdigit() and after.isdigit())
        )  # fmt: skip
        assert names.match(joined).id == id, joined


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("llama-3.1-8b", "llama-3.1-8b-instruct"),
        ("llama3.1:8b", "llama-3.1-8b-instruct"),
        ("meta-llama/Llama-3.1-8B-Instruct", "llama-3.1-8b-instruct"),
        ("mistral-7b", "mistral-7b-instruct-v0.3"),
        ("devstral-small", "devstral-small-2507"),
        ("deepseek-v2", "deepseek-v2-chat"),
        ("phi-4", "phi-4"),
    ],
)
def test_short_forms_of_models(catalog, name, id):
    assert find_model(name, catalog).id == id


@pytest.mark.parametrize(
    ("name", "id"),
    [("h100-80gb", "h100-sxm"), ("a100-80gb", "a100-sxm-80gb"), ("m4-max-64gb", "m4-max-64gb"), ("RTX 3090", "rtx-3090")],
)
def test_short_forms_of_devices(catalog, name, id):
    assert find_device(name, catalog).id == id
    assert [device.id for device in parse_devices([f"2x {name}"], catalog)] == [id, id]


@pytest.mark.parametrize("name", ["h100", "a100", "m3-max"])
def test_a_bare_device_name_is_ambiguous(catalog, name):
    with pytest.raises(QuestionError, match="could mean"):
        find_device(name, catalog)


def test_a_name_that_stands_for_a_variant_is_an_assumption(catalog):
    said = build_question(catalog, hardware=["2x H100-80GB"]).assumptions
    assert "`H100-80GB` means h100-sxm" in said
    for plain in ("h100-sxm", "H100 SXM", "NVIDIA RTX 4090", "rtx4090", "2x rtx 3090"):
        said = build_question(catalog, hardware=[plain]).assumptions
        assert not [text for text in said if " means " in text], plain


@pytest.mark.parametrize("name", ["llama-3.1", "qwen2.5", "gemma-3", "deepseek", "Qwen 2.5", "gemma3"])
def test_families_resolve_in_show_and_license(cli, catalog, name):
    shown = cli("show", name, "--json")
    assert shown.code == 0, shown.err
    assert shown.json["kind"] == "family"
    assert len(shown.json["members"]) > 2
    assert find_target(name, catalog).groups
    assert cli("license", name).code == 0


def test_a_series_does_not_take_in_the_next_decimal(catalog):
    names = names_of("model", catalog)
    assert all(id.startswith("llama-3-") for id in names.members("llama-3"))
    assert all(id.startswith("qwen2.5-") for id in names.members("qwen2.5"))
    assert names.members("granite-4")


@pytest.mark.parametrize(
    ("kind", "typed", "meant"),
    [(kind, str(typed), meant) for kind, cases in TYPOS.items() for typed, meant in cases.items()],
)
def test_typos_lead_to_the_right_name(catalog, kind, typed, meant):
    match = names_of(kind, catalog).match(typed)
    assert meant == match.id or meant in match.candidates[:3], match


def test_there_are_enough_typos():
    assert sum(map(len, TYPOS.values())) >= 50


def slips(name, rng):
    """A letter left out, doubled, exchanged with the next, replaced by another."""
    letters = [place for place, char in enumerate(name) if char.isalpha()]
    at = rng.choice(letters)
    yield name[:at] + name[at + 1 :]
    yield name[:at] + 2 * name[at] + name[at + 1 :]
    yield name[:at] + rng.choice(string.ascii_lowercase) + name[at + 1 :]
    pairs = [place for place in letters if name[place + 1 : place + 2].isalpha()]
    if pairs:
        at = rng.choice(pairs)
        yield name[:at] + name[at + 1] + name[at] + name[at + 2 :]


@pytest.mark.parametrize("kind", ["model", "device", "licence", "benchmark", "runtime"])
def test_typos_that_nobody_chose_lead_to_the_right_name(catalog, kind):
    names, rng = names_of(kind, catalog), random.Random(20261129)
    ids = sorted(getattr(catalog, SECTIONS[kind]))
    lost = {
        (typed, id): found.id or found.candidates
        for id in rng.sample(ids, min(20, len(ids)))
        for typed in slips(id, rng)
        if (found := names.match(typed)).id != id and id not in found.candidates[:3]
    }
    # A slip that happens to spell another name means that name: `l40s` without its last letter is `l40`.
    assert all(isinstance(meant, str) for meant in lost.values()), lost
    assert len(lost) <= 2, lost


def test_suggestions_do_not_depend_on_order(catalog):
    first = names_of("model", catalog).nearest("lama 3")
    assert first == names_of("model", catalog).nearest("lama 3")
    assert names_of("model", catalog).nearest("zzzzzzzz") == ()
