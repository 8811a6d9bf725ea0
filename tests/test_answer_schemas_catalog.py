"""``catalog … --json`` keeps its published schemas, and own facts add to any answer only what is documented."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from tests.making.hub import Hub, Repo
from tests.making.model_files import CONFIG, gguf_bytes, safetensors_bytes
from tests.test_answer_schemas import schema, strict

FACTS = """models:
- {id: my-llama, like: llama-3.1-8b-instruct, name: Mine, hf_repo: me/mine, released: 2026-01-01, context_native: 16384}
devices:
- {id: my-card, like: rtx-4090, memory_gib: 48.0}
"""


@pytest.fixture(scope="module")
def hub():
    repo = Repo({"config.json": json.dumps(CONFIG).encode(), "model.safetensors": safetensors_bytes()}, {"license": "mit"})
    with Hub({"org/tiny": repo}) as served:
        prices = {"gpt-new": {"input_mtok": 1, "output_mtok": 2}}
        models = [{"id": id, "match": {"equals": id}, "prices": price} for id, price in prices.items()]
        served.prices = json.dumps([{"id": "openai", "name": "OpenAI", "api_pattern": "x", "models": models}]).encode()
        served.models = {
            "Qwen": [{"id": "Qwen/Qwen99", "createdAt": "2099-01-01T00:00:00Z", "pipeline_tag": "text-generation",
                      "tags": ["license:mit"], "downloads": 5}]
        }  # fmt: skip
        yield served


@pytest.fixture(scope="module")
def facts(tmp_path_factory):
    """One file for all tests, so that it is compiled once."""
    file = tmp_path_factory.mktemp("own") / "facts.yaml"
    file.write_text(FACTS)
    return file


@pytest.fixture
def answer(cli, hub, tmp_path, facts):
    """The command's JSON, held against its schema."""

    def answer(*args, code=0):
        env = {name: str(tmp_path / name) for name in ("XDG_CONFIG_HOME", "HF_HOME")}
        env |= {"XDG_CACHE_HOME": str(facts.parent)}
        env |= {"HF_ENDPOINT": hub.endpoint, "LLM_PICK_PRICES_URL": f"{hub.endpoint}/prices"}
        ran = cli(*args, "--json", **env)
        assert ran.code == code, ran.err
        name = ran.json["schema"].removeprefix("llm-pick/").removesuffix("@1")
        jsonschema.validate(ran.json, schema(name))
        jsonschema.validate(ran.json, strict(schema(name)))
        assert ran.json["schema"].startswith("llm-pick/catalog-") or args[0] != "catalog"
        return ran.json

    return answer


def test_validate(answer, tmp_path):
    file = tmp_path / "facts.yaml"
    file.write_text(FACTS)
    assert answer("catalog", "validate", str(file))["problems"] == []
    file.write_text("models:\n- {id: x, nonsense: 1}\n")
    assert answer("catalog", "validate", str(file), code=1)["problems"][0]["line"] == 2


def test_path(answer, tmp_path):
    places = answer("catalog", "path")["places"]
    assert places[0]["kind"] == "built-in" and Path(places[0]["path"]).exists()
    assert [place["exists"] for place in places if place["kind"] == "yours"] == [False, False]


def test_add_and_diff(answer, tmp_path):
    shown = answer("catalog", "add", "org/tiny", "--print")
    assert shown["path"] is None and shown["draft"]["models"][0]["id"] == shown["id"] == "tiny"
    added = answer("catalog", "add", "org/tiny")
    assert added["path"].endswith("tiny.yaml") and added["draft"] == shown["draft"]
    assert [change["id"] for change in answer("catalog", "diff")["changes"]] == ["tiny"]
    (tmp_path / "tiny.gguf").write_bytes(gguf_bytes())
    assert answer("catalog", "add", str(tmp_path / "tiny.gguf"), "--id", "other")["id"] == "other"


def test_refresh(answer):
    planned = answer("catalog", "refresh", "--dry-run")
    assert len(planned["asks"]) == 3 and planned["prices"] is planned["candidates"] is None
    came = answer("catalog", "refresh")
    assert came["prices"]["new_or_changed"] == 1
    assert [row["repo"] for row in came["candidates"]["found"]] == ["Qwen/Qwen99"]
    assert answer("catalog", "sources")["sources"]


def test_a_failed_refresh_says_in_json_what_came(answer, hub):
    prices, hub.prices = hub.prices, b"<html>"
    try:
        came = answer("catalog", "refresh", code=4)
    finally:
        hub.prices = prices
    assert came["prices"] is None and came["candidates"]["found"] and came["warnings"]


@pytest.mark.parametrize(
    "args",
    [
        ("fit", "my-llama", "-H", "my-card"),
        ("recommend", "-H", "my-card", "--top", "60"),
        ("compare", "my-llama", "qwen3-8b"),
        ("show", "my-card"),
        ("show", "my-llama"),
        ("list", "models"),
        ("list", "hardware"),
        ("license", "my-llama"),
        ("explain", "kv-cache", "--model", "my-llama"),
        ("hardware", "list"),
    ],
    ids=" ".join,
)
def test_own_facts_add_only_what_is_documented(answer, facts, args):
    assert answer(*args, "--catalog", str(facts))["catalog"]["yours"] == {"models": 1, "devices": 1}
