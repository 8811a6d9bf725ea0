"""Every command's ``--json`` keeps its published schema, and prints no key that the schema does not know."""

from __future__ import annotations

import json
import shlex
from functools import cache
from pathlib import Path

import jsonschema
import pytest

FOLDER = Path("schemas/answers")
COMMANDS = [
    "recommend --vram 24 --task code",
    "recommend -H '2x rtx-3090' --task agent --context 64k --license permissive",
    "recommend --vram 0.2",
    "recommend -H h100-sxm --req-per-day 20000 --users 8",
    "recommend --vram 12 --license osi --mau 800M --task vision",
    "recommend -H cpu --ram 16 --task chat --min-tps 5",
    "recommend",
    "fit qwen3-32b --vram 24",
    "fit gpt-oss-120b -H rtx-4090 --ram 64",
    "fit qwen3-8b -H h100-sxm --users 16 --max-ttft 2",
    "fit llama-3.1-405b --vram 24",
    "fit gpt-oss-20b",
    "fit llama-3.1-405b --class consumer-gpu --top 3",
    "fit qwen3-32b -H rtx-3090 -H rtx-5090 -H gtx-1060-6gb",
    "fit qwen3-8b --vram 8 --vram '8 + 12'",
    "fit gpt-oss-120b -H rtx-4090 --ram 64 --ladder contexts",
    "fit qwen3-32b -H rtx-4090 --ladder quants",
    "fit qwen3-8b -H h100-sxm --ladder users --users 20",
    "compare qwen3-32b gpt-oss-20b --task code",
    "compare qwen3-32b gpt-oss-20b gemma-3-27b -H rtx-4090",
    "compare llama-3.1-405b qwen3-0.6b --vram 8 --saas",
    "license apache-2.0",
    "license gemma",
    "license gemma --saas",
    "license llama-3.1-8b --saas --region DE --mau 2M",
    "license qwen2.5",
    "license gemma-3 --diff llama-3.1",
    "license llama-3.1 --contrast",
    "list models --top 40",
    "list models --task vision --license osi",
    *(f"list {kind}" for kind in ("licenses", "hardware", "quants", "runtimes", "tasks", "rules", "benchmarks", "gpus")),
    "list offers --model llama-3.3-70b",
    "show llama-3.1-8b", "show llama", "show rtx-4090", "show apache-2.0", "show q4_k_m", "show vllm", "show code",
    "show fits-memory", "show gpt-4o",
    "explain benchmarks --model qwen3-8b", "explain kv-cache --model qwen3-8b", "explain moe --model gpt-oss-20b",
    "explain quantization --model qwen3-8b", "explain open-weight", "explain",
    *(f"explain {topic} --model qwen3-8b -H rtx-4090" for topic in ("attention", "batching", "context", "prefill-decode")),
    "explain hybrid --req-per-day 50000 --model llama-3.3-70b --api gpt-4o", "explain fine-tuning --model qwen3-8b",
    "hardware detect", "hardware list", "catalog sources",
    "breakeven --req-per-day 50000 --model llama-3.3-70b --api gpt-4o -H '2x h100-sxm'",
    "--version",
]  # fmt: skip


@cache
def schema(name):
    return json.loads((FOLDER / f"{name}.schema.json").read_text(encoding="utf-8"))


def strict(node):
    """The same schema, with no other key allowed wherever keys are named."""
    if isinstance(node, list):
        return [strict(item) for item in node]
    if not isinstance(node, dict):
        return node
    closed = {key: strict(value) for key, value in node.items()}
    # A row of a list holds its record's own fields, which docs/catalog.md describes.
    if isinstance(node.get("properties"), dict) and set(node["properties"]) != {"id"}:
        closed.setdefault("additionalProperties", False)
    return closed


@pytest.mark.parametrize("command", COMMANDS)
def test_an_answer_keeps_its_schema_and_says_nothing_undocumented(cli, command):
    ran = cli(*shlex.split(command), "--json")
    assert ran.code in (0, 1), ran.err
    answer = ran.json
    name, version = answer["schema"].removeprefix("llm-pick/").split("@")
    assert version == "1"
    jsonschema.validate(answer, schema(name))
    if name != "breakeven":  # written by hand, open where rows differ
        jsonschema.validate(answer, strict(schema(name)))


def test_an_inspected_folder_keeps_the_schema(cli, tmp_path):
    config = {
        "model_type": "llama", "architectures": ["LlamaForCausalLM"], "num_hidden_layers": 2, "hidden_size": 64,
        "intermediate_size": 128, "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 256,
        "max_position_embeddings": 4096, "torch_dtype": "bfloat16",
    }  # fmt: skip
    (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    header = json.dumps({"model.embed_tokens.weight": {"dtype": "BF16", "shape": [256, 64], "data_offsets": [0, 32768]}}).encode()
    (tmp_path / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + bytes(32768))
    answer = cli("inspect", str(tmp_path), "--vram", "24", "--json").json
    jsonschema.validate(answer, strict(schema("inspect")))


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.json")), ids=lambda path: path.name)
def test_every_schema_is_one(file):
    found = json.loads(file.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(found)
    assert found["title"] == f"llm-pick/{file.name.removesuffix('.schema.json')}@1"


def test_every_command_has_json_and_a_schema():
    from typer.main import get_command

    from llm_pick.cli.app import app

    every = [(name, command) for name, command in get_command(app).commands.items() if not hasattr(command, "commands")]
    every += [
        (f"{name}-{sub}", command)
        for name, group in get_command(app).commands.items()
        for sub, command in getattr(group, "commands", {}).items()
    ]
    published = {file.name.removesuffix(".schema.json") for file in FOLDER.glob("*.json")}
    for name, command in every:
        assert "as_json" in {parameter.name for parameter in command.params}, name
        assert {"hardware-detect": "hardware", "hardware-list": "list"}.get(name, name) in published


def test_every_schema_is_exercised():
    said = {command.split()[0] for command in COMMANDS} | {"inspect", "version"}
    said |= {f"catalog-{name}" for name in ("add", "diff", "path", "refresh", "sources", "validate")}  # in a file of their own
    assert {file.name.removesuffix(".schema.json") for file in FOLDER.glob("*.json")} <= said


def test_a_schema_refuses_what_is_not_an_answer(cli):
    answer = cli("recommend", "--vram", "24", "--json").json
    answer["recommendations"][0]["memory"]["total_bytes"].pop("high")
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(answer, schema("recommend"))
