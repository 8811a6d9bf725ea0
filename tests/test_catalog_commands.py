"""``catalog add | diff | path | validate`` in real processes, ``add`` against a real server on this machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from tests.making.hub import Hub, Repo
from tests.making.model_files import CONFIG, PARAMS, gguf_bytes, safetensors_bytes

PLAIN = {"config.json": json.dumps(CONFIG).encode(), "model.safetensors": safetensors_bytes(), "chat_template.jinja": b"x"}
REPOS = {
    "org/Tiny-1.5-Chat": Repo(PLAIN, {"license": "apache-2.0"}),
    "org/bare": Repo({"config.json": json.dumps(CONFIG).encode(), "model.safetensors": safetensors_bytes()}),
    "org/odd-tag": Repo(PLAIN, {"license": "other", "license_name": "x\x1b[31m: *a"}),
    "org/gguf": Repo({"Tiny-Q4_K_M.gguf": gguf_bytes()}, {"license": "mit"}),
    "Qwen/Qwen3-8B": Repo(PLAIN, {"license": "apache-2.0"}),
}


@pytest.fixture(scope="module")
def hub():
    with Hub(REPOS) as served:
        yield served


@pytest.fixture
def run(hub, tmp_path):
    def run(*args, **environment):
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "LLM_PICK_", "HUGGING"))}
        clean |= {
            "HF_ENDPOINT": hub.endpoint, "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HOME": "/nonexistent", "COLUMNS": "160",
            "XDG_CONFIG_HOME": str(tmp_path / "config"), "XDG_CACHE_HOME": str(tmp_path / "cache"), **environment,
        }  # fmt: skip
        command = [sys.executable, "-m", "llm_pick", *args]
        return subprocess.run(command, capture_output=True, text=True, env=clean, timeout=60, check=False, cwd=tmp_path)

    return run


def test_a_draft_is_valid_and_at_once_usable(run, hub, tmp_path):
    added = run("catalog", "add", "org/Tiny-1.5-Chat")
    assert added.returncode == 0, added.stderr
    path = tmp_path / "config/llm-pick/catalog/tiny-1.5-chat.yaml"
    assert added.stdout == f"{path}: tiny-1.5-chat\n"
    assert "next: llm-pick fit tiny-1.5-chat" in added.stderr and "unknown: tools:" in added.stderr
    assert run("catalog", "validate", str(path)).stdout == "0 problems in 1 models, 2 references\n"
    fit = run("fit", "tiny-1.5-chat", "-H", "rtx-4090", "--json")
    assert fit.returncode == 0, fit.stderr
    found = json.loads(fit.stdout)
    assert found["model"]["origin"] == "yours" and found["model"]["params_b"] == round(PARAMS / 1e9, 3)
    shown = json.loads(run("show", "tiny-1.5-chat", "--json").stdout)
    by_field = {fact["field"]: fact["sources"] for fact in shown["facts"]}
    revision = REPOS["org/Tiny-1.5-Chat"].revision[:12]
    for field in ("license", "params_total", "context_native", "architecture.layers", "released"):
        assert by_field[field][0]["url"] == f"https://huggingface.co/org/Tiny-1.5-Chat/tree/{revision}", field
    assert "licence tag: apache-2.0" in by_field["license"][0]["locator"]
    assert set(shown["unknown"]) >= {"tools", "reasoning"}


def test_inspect_and_the_draft_agree(run):
    run("catalog", "add", "org/Tiny-1.5-Chat")
    there = json.loads(run("inspect", "org/Tiny-1.5-Chat", "-H", "rtx-4090", "--json").stdout)["fits"][0]
    fit = json.loads(run("fit", "tiny-1.5-chat", "-H", "rtx-4090", "--quant", there["quant"], "--json").stdout)
    assert fit["memory"]["weights_bytes"] == there["memory"]["weights_bytes"]
    assert fit["memory"]["kv_cache_bytes"] > 0


def test_never_over_what_is_there(run, tmp_path):
    assert run("catalog", "add", "org/gguf", "--id", "mine").returncode == 0
    path = tmp_path / "config/llm-pick/catalog/mine.yaml"
    path.write_text(path.read_text() + "# kept\n")
    again = run("catalog", "add", "org/gguf", "--id", "mine")
    assert again.returncode == 2 and "--force" in again.stderr
    assert "# kept" in path.read_text()
    assert run("catalog", "add", "org/gguf", "--id", "mine", "--force").returncode == 0
    assert "# kept" not in path.read_text()
    built_in = run("catalog", "add", "Qwen/Qwen3-8B")
    assert built_in.returncode == 2 and "is in the catalog as qwen3-8b" in built_in.stderr
    taken = run("catalog", "add", "org/bare", "--id", "qwen3-8b")
    assert taken.returncode == 2 and not (tmp_path / "config/llm-pick/catalog/qwen3-8b.yaml").exists()


def test_print_writes_nothing(run, tmp_path):
    shown = run("catalog", "add", "org/bare", "--print")
    assert shown.returncode == 0
    row = yaml.safe_load(shown.stdout)["models"][0]
    assert row["license"] == "unknown" and row["unknown"]["license"] == "it states no licence"
    assert not (tmp_path / "config").exists()


def test_output_names_the_file(run, tmp_path):
    done = run("catalog", "add", "org/bare", "-o", "draft.yaml")
    assert done.returncode == 0, done.stderr
    assert run("fit", "bare", "-H", "rtx-4090", "--catalog", "draft.yaml").returncode == 0
    verdict = json.loads(run("license", "bare", "--use", "commercial", "--catalog", "draft.yaml", "--json").stdout)
    assert verdict["verdict"] == "unread", "a licence nobody named permits nothing"


def test_names_from_the_hub_steer_nothing(run, tmp_path):
    done = run("catalog", "add", "org/odd-tag", "-o", "draft.yaml")
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout + done.stderr + (tmp_path / "draft.yaml").read_text()


def test_offline_says_so(run, tmp_path):
    for more in ({"HF_HUB_OFFLINE": "1"}, {"HF_ENDPOINT": "http://127.0.0.1:9"}):
        done = run("catalog", "add", "org/bare", **more)
        assert done.returncode == 4 and "error:" in done.stderr
    assert not (tmp_path / "config").exists()


def test_a_local_file(run, tmp_path):
    (tmp_path / "Tiny-Q4_K_M.gguf").write_bytes(gguf_bytes())
    done = run("catalog", "add", "./Tiny-Q4_K_M.gguf", "--id", "local")
    assert done.returncode == 0, done.stderr
    assert run("show", "local").returncode == 0


def test_diff_of_own_facts(run, tmp_path):
    (tmp_path / "facts.yaml").write_text(
        "models:\n- {id: qwen3-8b, context_native: 16384}\ndevices:\n- {id: my-card, like: rtx-4090, memory_gib: 48.0}\n"
    )
    found = json.loads(run("catalog", "diff", "facts.yaml", "--json").stdout)["changes"]
    assert found == [
        {"change": "changed", "kind": "model", "id": "qwen3-8b", "field": "context_native", "old": 32768, "new": 16384},
        {"change": "added", "kind": "device", "id": "my-card", "field": None, "old": None, "new": None},
    ]
    assert run("catalog", "diff", "--catalog", "facts.yaml").stdout == run("catalog", "diff", "facts.yaml").stdout
    assert json.loads(run("catalog", "diff", "--json").stdout)["changes"] == []


def test_diff_of_what_is_no_catalog(run, tmp_path):
    from llm_pick.io.store import PATH

    (tmp_path / "other.jsonl").write_text("[]\n")
    (tmp_path / "damaged.jsonl").write_bytes(Path(PATH).read_bytes().replace(b'{"id":"qwen3-8b"', b'<"id":"qwen3-8b"'))
    for name in ("nowhere.jsonl", "other.jsonl", "damaged.jsonl", "."):
        ran = run("catalog", "diff", str(tmp_path / name))
        assert ran.returncode == 2 and "reinstall" not in ran.stderr and str(tmp_path) in ran.stderr


def test_diff_of_another_compiled_catalog(run, tmp_path):
    from llm_pick.io.lines import LineFile, Section, written
    from llm_pick.io.store import FACTS, PATH

    other = tmp_path / "catalog.jsonl"
    raw = {name: list(Section(LineFile(PATH), name, json.loads).values()) for name in FACTS}
    raw["models"] = [row for row in raw["models"] if row["id"] != "qwen3-8b"]
    next(row for row in raw["devices"] if row["id"] == "rtx-4090")["power_w"] = 1.5
    other.write_bytes(written(LineFile(PATH).head, raw))
    found = json.loads(run("catalog", "diff", str(other), "--json").stdout)["changes"]
    assert found == json.loads(run("catalog", "diff", str(tmp_path), "--json").stdout)["changes"]
    assert [(c["change"], c["id"], c["field"], c["new"]) for c in found] == [
        ("removed", "qwen3-8b", None, None), ("changed", "rtx-4090", "power_w", 1.5),
    ]  # fmt: skip


def test_path_lists_every_place(run, tmp_path):
    lines = [line.split("\t") for line in run("catalog", "path").stdout.splitlines()]
    assert [line[0] for line in lines] == ["what", "built-in", "yours", "yours", "cache"]
    assert {len(line) for line in lines} == {3}
    assert lines[2][1:] == [str(tmp_path / "config/llm-pick/catalog.yaml"), "not there yet"]


def test_validate_one_file(run, tmp_path):
    (tmp_path / "facts.yaml").write_text("models:\n- {id: qwen3-8b, licence: mit}\n")
    done = run("catalog", "validate", "facts.yaml")
    assert done.returncode == 1 and "facts.yaml:2: qwen3-8b: licence: " in done.stdout
