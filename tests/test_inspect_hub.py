"""``inspect ORG/NAME`` in a real process against a real server on this machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from tests.making.hub import Hub, Repo
from tests.making.model_files import CONFIG, HIDDEN, PARAMS, gguf_bytes, gguf_metadata, hub_tensors, safetensors_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WHOLE = safetensors_bytes()
GGUF = gguf_bytes()


def _shards() -> dict[str, bytes]:
    tensors = list(hub_tensors().items())
    half = len(tensors) // 2
    return {
        "config.json": json.dumps(CONFIG).encode(),
        "model-00001-of-00002.safetensors": safetensors_bytes(dict(tensors[:half])),
        "model-00002-of-00002.safetensors": safetensors_bytes(dict(tensors[half:])),
        "chat_template.jinja": b"x",
    }


PLAIN = {"config.json": json.dumps(CONFIG).encode(), "model.safetensors": WHOLE}
REPOS = {
    "org/plain": Repo(PLAIN, {"license": "apache-2.0"}, ("conversational",)),
    "org/shards": Repo(_shards(), {"license": "mit"}),
    "org/gguf": Repo(
        {"Tiny-Q4_K_M.gguf": GGUF, "Tiny-Q8_0-00001-of-00002.gguf": GGUF, "mmproj-F16.gguf": b"GGUF", "README.md": b"#"},
        {"license": "apache-2.0", "base_model": "meta-llama/Llama-3.1-8B-Instruct"},
        ("base_model:quantized:meta-llama/Llama-3.1-8B-Instruct",),
    ),
    "org/no-license": Repo(PLAIN),
    "org/slow": Repo(PLAIN, {"license": "mit"}, manners="slow"),
    "org/broken": Repo(PLAIN, manners="broken"),
    "org/busy": Repo(PLAIN, manners="busy"),
    "org/whole": Repo(PLAIN, {"license": "mit"}, manners="whole"),
    "org/garbage": Repo(PLAIN, manners="garbage"),
    "org/endless": Repo(PLAIN, manners="endless"),
    "org/downgrade": Repo(PLAIN, manners="downgrade"),
    "org/loop": Repo(PLAIN, manners="loop"),
    "org/liar": Repo({**PLAIN, "model.safetensors": WHOLE[:-5000]}, {"license": "mit"}, manners="liar"),
    "org/elsewhere": Repo(PLAIN, {"license": "mit"}, manners="elsewhere"),
    "org/gated": Repo(PLAIN, {"license": "mit"}, gated=True),
    "org/empty": Repo({"README.md": b"# nothing"}),
    "org/pickle": Repo({"config.json": json.dumps(CONFIG).encode(), "pytorch_model.bin": b"\x80"}),
    "org/odd": Repo({"config.json": b"[1, 2", "model.safetensors": WHOLE}),
    "org/steering": Repo(
        {"Tiny-Q4_K_M.gguf": gguf_bytes(gguf_metadata(general__name="\x1b]0;owned\x07"))}, {"license": "x\x1b[31m"}
    ),
}


@pytest.fixture(scope="module")
def hub() -> Iterator[Hub]:
    """The server, and a second one that ``elsewhere`` sends to."""
    with Hub({"org/elsewhere": Repo(PLAIN)}) as other, Hub(REPOS) as served:
        served.other = other
        yield served


def ask(hub: Hub, *args: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The real program, with this server as the hub and nothing of the user's."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "LLM_PICK_", "HUGGING"))}
    clean |= {"HF_ENDPOINT": hub.endpoint, "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HOME": "/nonexistent", **environment}
    command = [sys.executable, "-m", "llm_pick", "inspect", *args, "-H", "rtx-3090"]
    return subprocess.run(command, capture_output=True, text=True, env=clean, timeout=60, check=False)


def answer(hub: Hub, repo: str, **environment: str) -> dict:
    """The JSON of a run that worked."""
    done = ask(hub, repo, "--json", **environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("repo", ["org/plain", "org/shards", "org/slow", "org/elsewhere"])
def test_weights_are_the_sum_of_the_headers(hub: Hub, repo: str) -> None:
    """2 bytes for each of the parameters, whatever the shards and however the server serves them."""
    found = answer(hub, repo)
    assert found["files"][0]["bytes"] == 2 * PARAMS
    assert found["model"]["params_b"] == round(PARAMS / 1e9, 3)
    held = found["fits"][0]["memory"]["weights_bytes"]["likely"]
    assert held == pytest.approx(2 * PARAMS, rel=0.02), "an engine pads the vocabulary, and loads no more"


def test_only_headers_travel(hub: Hub) -> None:
    """Nothing but the first bytes of a weight file is asked for."""
    hub.seen.clear()
    answer(hub, "org/plain")
    ranges = [headers["Range"] for path, headers in hub.seen if path.endswith(".safetensors")]
    assert ranges[0] == "bytes=0-7"
    assert all(int(text.split("-")[1]) < 20_000 < len(WHOLE) for text in ranges)


def test_no_credentials_follow_a_redirect(hub: Hub) -> None:
    """The token goes to the hub and not to where it redirects."""
    assert hub.other is not None
    hub.seen.clear()
    hub.other.seen.clear()
    answer(hub, "org/elsewhere", HF_TOKEN="hf_secret")
    assert all(headers.get("Authorization") == "Bearer hf_secret" for _, headers in hub.seen)
    assert hub.other.seen and not any("Authorization" in headers for _, headers in hub.other.seen)


def test_gguf_repository_lists_its_quantizations(hub: Hub) -> None:
    """A split file with a part missing is left out, a vision tower is no model, and the base's evidence applies."""
    found = answer(hub, "org/gguf")
    assert [(file["quant"], file["complete"]) for file in found["files"]] == [("q4_k_m", True), ("q8_0", False)]
    assert [fit["quant"] for fit in found["fits"]] == ["q4_k_m"]
    assert found["same_weights_as"] == "llama-3.1-8b-instruct"
    assert any("llama-3.1" in text and "apache-2.0" in text for text in found["warnings"])
    assert "llama-3.1" in " ".join(found["license"]["base_licenses"])


def test_no_licence_is_said(hub: Hub) -> None:
    """A repository that states nothing grants nothing."""
    found = answer(hub, "org/no-license")
    assert found["license"]["id"] == "unknown"
    assert found["license"]["verdict"] == "unread"
    assert "it states no licence" in found["warnings"]


def test_a_server_that_ignores_ranges(hub: Hub) -> None:
    """The beginning it sends is enough for the length; the rest cannot be had from the middle: one clear line."""
    done = ask(hub, "org/whole")
    assert done.returncode == 4
    assert "does not send parts of files" in done.stderr


@pytest.mark.parametrize(
    ("repo", "code", "words"),
    [
        ("org/broken", 4, "status 500"),
        ("org/busy", 4, "slow down"),
        ("org/garbage", 4, "no repository listing"),
        ("org/endless", 4, "more than"),
        ("org/downgrade", 4, "only HTTPS is followed"),
        ("org/loop", 4, "redirects without end"),
        ("org/liar", 2, "cut short"),
        ("org/gated", 2, "gated"),
        ("org/empty", 2, "no weights of a language model"),
        ("org/pickle", 2, "no safetensors or GGUF"),
        ("org/odd", 2, "no JSON"),
        ("org/missing", 2, "no repository"),
        ("org/plain@nowhere", 2, "no revision"),
        ("org/../etc", 2, "no repository"),
        ("just-a-name", 2, "no repository"),
    ],
)
def test_misbehaving_repositories(hub: Hub, repo: str, code: int, words: str) -> None:
    """One line of error, one of hint, the right exit, no traceback, soon."""
    before = time.monotonic()
    done = ask(hub, repo)
    assert time.monotonic() - before < 30
    assert (done.returncode, done.stdout) == (code, "")
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 2, done.stderr


def test_gated_with_access(hub: Hub) -> None:
    """A token that has access opens it, and appears nowhere."""
    done = ask(hub, "org/gated", "--json", HF_TOKEN="hf_letmein")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["gated"] is True
    assert "hf_letmein" not in done.stdout + done.stderr


def test_offline(hub: Hub) -> None:
    """The hub's own switch is honoured: nothing is asked, exit 4."""
    hub.seen.clear()
    done = ask(hub, "org/plain", HF_HUB_OFFLINE="1")
    assert done.returncode == 4
    assert "HF_HUB_OFFLINE" in done.stderr
    assert hub.seen == []


def test_nobody_there(hub: Hub) -> None:
    """A closed port is one clear line."""
    done = ask(hub, "org/plain", HF_ENDPOINT="http://127.0.0.1:9")
    assert done.returncode == 4
    assert "no answer from 127.0.0.1:9" in done.stderr


def test_names_cannot_steer_a_terminal(hub: Hub) -> None:
    """Escape sequences from a server arrive as replacement characters."""
    done = ask(hub, "org/steering", "--format", "table")
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in (done.stdout + done.stderr)
    assert "\x07" not in (done.stdout + done.stderr)


def test_the_width_is_read(hub: Hub) -> None:
    """KV cache of 4 layers x 2 KV heads x 64 x 2 (key, value) x 2 bytes x 4096 tokens = 8 MiB."""
    found = answer(hub, "org/plain")
    assert found["fits"][0]["memory"]["kv_cache_bytes"] == 4 * 2 * (HIDDEN // 4) * 2 * 2 * 4096


def result(dataset: str, task: str, value: float, **more: object) -> dict:
    return {"filename": ".eval_results/x.yaml", "verified": False, "data": {"dataset": {"id": dataset, "task_id": task},
                                                                          "value": value, **more}}  # fmt: skip


RATED = [
    result("TIGER-Lab/MMLU-Pro", "mmlu_pro", 61.0),
    result("Idavidrein/gpqa", "diamond", 47.0),
    result("org/own", "all", 99.0),
]


def test_what_a_repository_states_of_itself_is_its_quality_and_said_to_be_its_own(hub: Hub) -> None:
    hub.repos["org/rated"] = Repo({**PLAIN, "chat_template.jinja": b"x"}, {"license": "mit"}, results=RATED)
    got = answer(hub, "org/rated")
    assert [(row["benchmark"], row["score"], row["by"]) for row in got["results"]["used"]] == [
        ("mmlu-pro", 61.0, "vendor"), ("gpqa-diamond", 47.0, "vendor"),
    ]  # fmt: skip
    assert {row["source"] for row in got["results"]["used"]} == {"https://huggingface.co/org/rated/tree/main/"}
    assert [row["why"] for row in got["results"]["left_out"]] == ["no benchmark of the catalog"]
    quality = got["fits"][0]["quality"]
    assert quality["rows"] == 2 and quality["independent_rows"] == 0
    assert quality["low"] < quality["likely"] < quality["high"]
    shown = ask(hub, "org/rated", "--explain")
    assert "the score rests on what its owner states: mmlu-pro 61, gpqa-diamond 47" in shown.stdout
    assert "1 no benchmark of the catalog" in shown.stdout and "evidence: " in shown.stderr
    better = [result("TIGER-Lab/MMLU-Pro", "mmlu_pro", 85.0), result("Idavidrein/gpqa", "diamond", 80.0)]
    hub.repos["org/rated"] = Repo({**PLAIN, "chat_template.jinja": b"x"}, {"license": "mit"}, results=better)
    assert answer(hub, "org/rated")["fits"][0]["quality"]["likely"] > quality["high"]


def test_without_results_there_is_no_score(hub: Hub) -> None:
    got = answer(hub, "org/shards")
    assert got["results"] == {"used": [], "left_out": []} and got["fits"][0]["quality"] is None


def test_results_that_say_it_thinks_make_it_a_model_that_can(hub: Hub) -> None:
    thinking = [result("TIGER-Lab/MMLU-Pro", "mmlu_pro", 61.0, notes="thinking")]
    hub.repos["org/thinks"] = Repo({**PLAIN, "chat_template.jinja": b"x"}, {"license": "mit"}, results=thinking)
    got = answer(hub, "org/thinks")
    assert got["fits"][0]["quality"]["mode"] == "thinking" and any("that thinks" in text for text in got["warnings"])


def test_the_repository_of_a_catalog_model_is_as_good_as_the_catalog_says(hub: Hub) -> None:
    hub.repos["Qwen/Qwen3-8B"] = Repo({**PLAIN, "chat_template.jinja": b"x"}, {"license": "apache-2.0"}, results=RATED)
    got = answer(hub, "Qwen/Qwen3-8B")
    assert got["in_catalog"] == "qwen3-8b" and got["results"] is None
    assert not any("expand" in path for path, _ in hub.seen if "Qwen3-8B" in path), "its evidence is not asked for"
    assert got["fits"][0]["quality"]["rows"] > 2


def test_an_answer_is_not_lost_over_results(hub: Hub) -> None:
    hub.repos["org/odd-results"] = Repo(PLAIN, {"license": "mit"}, results={"not": "a list"})
    got = answer(hub, "org/odd-results")
    assert got["results"] == {"used": [], "left_out": []}


def test_what_is_here_already_is_marked(hub: Hub, tmp_path: Path) -> None:
    kept = tmp_path / ".cache/huggingface/hub/models--org--shards/snapshots/a/model.safetensors"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"")
    here = {"HOME": str(tmp_path), "XDG_CACHE_HOME": "", "LLM_PICK_LOCAL": "1", "HF_HOME": ""}
    assert answer(hub, "org/shards", **here)["local"] == [{"where": "hugging-face", "name": "org/shards", "quant": None}]
    assert "on this machine\thugging-face" in ask(hub, "org/shards", **here).stdout
    assert answer(hub, "org/plain", **here)["local"] == []


@pytest.mark.parametrize("token", ["hf_hidden\nx: y", "hf_hidden\u00fc", "hf_hidden\x1b[31m"])
def test_a_token_of_any_shape_is_never_told(hub: Hub, token: str) -> None:
    done = ask(hub, "org/plain", HF_TOKEN=token, LLM_PICK_DEBUG="1")
    assert "hf_hidden" not in done.stdout + done.stderr and done.returncode in (0, 4)


def test_an_endpoint_that_is_no_address_is_told_as_such(hub: Hub) -> None:
    done = ask(hub, "org/plain", HF_ENDPOINT="http://\x1b[31m")
    assert done.returncode == 4 and "HF_ENDPOINT" in done.stderr and "\x1b" not in done.stderr
