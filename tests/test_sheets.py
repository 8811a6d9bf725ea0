"""What ``show``, ``catalog sources`` and ``list hardware`` print."""

from __future__ import annotations

import csv
import io

import pytest

from llm_pick.core.errors import QuestionError
from llm_pick.core.hardware import hardware_of
from llm_pick.render import record_sheet


def test_every_model_and_device_makes_a_sheet_with_all_its_facts(catalog):
    for kind, section in (("model", catalog.models), ("device", catalog.devices), ("licence", catalog.licenses)):
        for record in section.values():
            view = record_sheet.view(kind, record, catalog)
            shown = sum(len(table.rows) for table in view.tables)
            assert shown == len(record_sheet.facts(record, catalog)) + len(record_sheet.absent(record)), record.id
            assert all(table.title for table in view.tables), record.id


def test_facts_are_grouped_and_carry_source_and_date(cli):
    rows = list(csv.DictReader(io.StringIO(cli("show", "llama-3.1-8b", "--format", "csv").out)))
    assert list(dict.fromkeys(row["group"] for row in rows)) == [
        "identity", "architecture", "context and abilities", "licence", "repositories", "published sizes", "not known",
    ]  # fmt: skip
    context = next(row for row in rows if row["fact"] == "context")
    assert context["value"] == "131,072 tokens (128k)"
    assert "(2026-" in context["source (read on)"]


def test_an_absent_tag_is_said_in_plain_words(cli, catalog):
    model = next(model for model in catalog.models.values() if model.ollama_tag is None)
    assert "Ollama tag\tno " in cli("show", model.id).out or "ollama_tag" in model.unknown


def test_a_variant_is_named_in_the_answer(cli):
    ran = cli("show", "h100-80gb", "--json")
    assert ran.json["id"] == "h100-sxm"
    assert ran.json["assumptions"] == ["`h100-80gb` means h100-sxm"]


def test_sources_by_kind_and_age_with_a_warning(cli, catalog):
    answer = cli("catalog", "sources", "--json").json
    assert sum(answer["kinds"].values()) == len(answer["sources"]) == len(catalog.references)
    days = [row["age_days"] for row in answer["sources"]]
    assert min(days) == 0
    oldest = min(catalog.references.values(), key=lambda r: (r.read_on, r.id))
    assert oldest.id in answer["warnings"][0]
    assert "By kind" in cli("catalog", "sources", "--format", "table").out


def test_devices_are_listed_by_class_and_size_and_found_by_any_name(cli):
    rows = cli("list", "hardware", "--json").json["hardware"]
    classes = [row["class"] for row in rows]
    assert list(dict.fromkeys(classes)) == sorted(set(classes), key=classes.index)
    assert len(dict.fromkeys(classes)) == sum(a != b for a, b in zip(["", *classes], classes, strict=False))
    ids = [row["id"] for row in rows]
    assert ids.index("m1-8gb") < ids.index("m1-16gb")
    found = cli("hardware", "list", "-m", "RTX5090", "--json").json["hardware"]
    assert "rtx-5090" in [row["id"] for row in found]
    assert [row["id"] for row in cli("list", "hardware", "-m", "dgx spark", "--json").json["hardware"]] == ["gb10"]


def test_a_phone_without_a_listed_memory_takes_ram(catalog):
    phone = next(d for d in catalog.devices.values() if d.memory_gib is None and d.device_class != "cpu")
    with pytest.raises(QuestionError, match="how much memory"):
        hardware_of(catalog, names=[phone.id])
    machine = hardware_of(catalog, names=[phone.id], ram_gb=12)
    assert machine.devices[0].memory_gib == 12
    assert machine.ram_bytes is None
