"""``catalog refresh --only evidence``: what makers state on the hub becomes scores of the user's own, or a line why not."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest
import yaml
from tests.making.hub import Hub, Repo

from llm_pick.core.hub_results import HubResult, read_results
from llm_pick.io.hub.results import parse_results
from llm_pick.io.refresh.evidence import asked_repositories

TODAY = datetime.now(tz=UTC).date().isoformat()


def entry(dataset, task, value, *, verified=False, pull_request=None, file=".eval_results/x.yaml", **more):
    """One result in the shape the hub reports: the entry of the file under ``data``."""
    data = {"dataset": {"id": dataset, "task_id": task}, "value": value, **more}
    return {"filename": file, "verified": verified, "data": data, **({"pullRequest": pull_request} if pull_request else {})}


# The entry of https://huggingface.co/openai/gpt-oss-120b/commit/716b8a25e186f05e53d11e45abb55db816d8e20c
MEDIUM = entry(
    "SWE-bench/SWE-bench_Verified", "swe_bench_%_resolved", 52.6, date="2025-08-05", notes="Reasoning: medium",
    source={"url": "https://arxiv.org/abs/2508.10925", "name": "GPT-OSS Model Card", "user": "SaylorTwift"},
    file=".eval_results/swe_bench_verified_medium.yaml",
)  # fmt: skip
# What the hub sends for a file it cannot read: https://github.com/huggingface/huggingface_hub/pull/4924
BROKEN = {"filename": ".eval_results/mdpbench.yaml", "error": "✖ Invalid input: expected string, received null\n  → at [18]"}
RESULTS = [
    entry("TIGER-Lab/MMLU-Pro", "mmlu_pro", 0.612, notes="non-thinking"),
    entry("Idavidrein/gpqa", "diamond", 70.5, verified=True, date="2026-10-01"),
    entry("cais/hle", "hle", 11.0, notes="no tools, thinking"),
    entry("cais/hle", "hle", 31.0, notes="With tools"),
    entry("cais/hle", "hle", 0.9),
    entry("cais/hle", "hle", 9.0, notes="low effort"),
    entry("MathArena/aime_2026", "MathArena/aime_2026", 80.0, notes="with python"),
    entry("org/unheard-of", "all", 50.0),
    entry("openai/gsm8k", "gsm8k", 99.0, pull_request=7),
    entry("openai/gsm8k", "gsm8k", 250.0),
    BROKEN, "odd", {"data": {"dataset": "x", "value": 1}}, entry("openai/gsm8k", "gsm8k", True),
    entry("openai/gsm8k", "gsm8k", [1]),
]  # fmt: skip


@pytest.fixture
def hub():
    repos = {
        "Qwen/Qwen3-8B": Repo({}, tags=("license:apache-2.0",), results=RESULTS),
        "openai/gpt-oss-120b": Repo({}, results=[MEDIUM], gated=True),
        "Qwen/Qwen3-32B": Repo({}),
        "Qwen/Qwen3-14B": Repo({}, results="nonsense"),
    }
    with Hub(repos) as served:
        yield served


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "config/llm-pick/catalog"


@pytest.fixture
def environment(hub, tmp_path):
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "LLM_PICK_", "HUGGING"))}
    return clean | {
        "HF_ENDPOINT": hub.endpoint, "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HOME": "/nonexistent",
        "XDG_CONFIG_HOME": str(tmp_path / "config"), "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }  # fmt: skip


REFRESH = ("catalog", "refresh", "--only", "evidence")


@pytest.fixture
def run(environment, tmp_path):
    def run(*args, **more):
        command = [sys.executable, "-m", "llm_pick", *args]
        return subprocess.run(
            command, capture_output=True, text=True, env=environment | more, timeout=90, check=False, cwd=tmp_path
        )

    return run


def test_what_makers_state_is_evidence_from_now_on(run, hub, folder, catalog):
    before = json.loads(run("compare", "qwen3-8b", "qwen3-32b", "--json").stdout)
    done = run(*REFRESH, HF_TOKEN="hf_secret")
    assert done.returncode == 0, done.stderr
    assert f"asks for evaluation results of {len(asked_repositories(catalog))} repositories from {hub.endpoint}" in done.stderr
    assert {headers.get("Authorization") for _, headers in hub.seen} == {"Bearer hf_secret"}
    assert "hf_secret" not in done.stdout + done.stderr
    path = folder / f"refreshed-evidence-{TODAY}.yaml"
    assert sorted(item.name for item in folder.iterdir()) == [f"evidence-left-out-{TODAY}.json", path.name]
    written = yaml.safe_load(path.read_text())
    rows = {(row["model"], row["benchmark"]): row for row in written["scores"]}
    assert {key: (row["score"], row["by"], row.get("mode")) for key, row in rows.items()} == {
        ("qwen3-8b", "mmlu-pro"): (61.2, "vendor", "non_thinking"),
        ("qwen3-8b", "gpqa-diamond"): (70.5, "independent", None),
        ("qwen3-8b", "hle"): (11.0, "vendor", "thinking"),
        ("qwen3-8b", "hle-tools"): (31.0, "vendor", None),
        ("gpt-oss-120b", "swe-bench-verified"): (52.6, "vendor", "thinking"),
    }
    assert rows["qwen3-8b", "gpqa-diamond"]["date"] == "2026-10-01"
    assert rows["qwen3-8b", "hle"]["date"] == "2026-11-02", "the last change of the repository, where a result has no date"
    assert rows["gpt-oss-120b", "swe-bench-verified"]["setting"] == "Reasoning: medium; states https://arxiv.org/abs/2508.10925"
    assert "verified by the hub" in rows["qwen3-8b", "gpqa-diamond"]["setting"]
    licences = {row["title"].split()[-1]: row["licence"] for row in written["references"]}
    assert licences["Qwen/Qwen3-8B"].endswith(": apache-2.0") and licences["openai/gpt-oss-120b"].endswith(": none stated")
    assert ["gated" in row.get("note", "") for row in written["references"]] == [False, True]
    left = json.loads((folder / f"evidence-left-out-{TODAY}.json").read_text())["left_out"]
    assert sorted((row["dataset"], row["why"]) for row in left) == [
        ("MathArena/aime_2026", "no benchmark of the catalog"), ("cais/hle", "a share or percent: it does not say"),
        ("cais/hle", "measured at low effort"), ("openai/gsm8k", "off the scale of the benchmark"),
        ("openai/gsm8k", "proposed in an open pull request"), ("org/unheard-of", "no benchmark of the catalog"),
    ]  # fmt: skip
    assert "5 scores of 2 models; 0 known, 6 not used, 5 unreadable, in 2 repositories" in done.stdout

    after = json.loads(run("compare", "qwen3-8b", "qwen3-32b", "--json").stdout)
    assert before["catalog"]["digest"] != after["catalog"]["digest"] and after["catalog"]["yours"] == {"scores": 5}
    said = run("fit", "qwen3-8b", "-H", "rtx-4090", "--explain").stderr
    assert "yours: qwen3-8b: 4 benchmark scores" in said
    assert "https://huggingface.co/Qwen/Qwen3-8B/tree/main/.eval_results" in said
    sources = {row["id"] for row in json.loads(run("catalog", "sources", "--json").stdout)["sources"]}
    assert "hub-results-qwen-qwen3-8b" in sources

    again = run(*REFRESH)
    assert again.returncode == 0 and "5 scores of 2 models; 0 known" in again.stdout, "today's file is written anew"
    path.rename(folder / "refreshed-evidence-2026-11-01.yaml")
    third = run(*REFRESH)
    assert "nothing new: 0 scores of 0 models; 5 known" in third.stdout and not path.exists()


def test_a_run_that_was_stopped_goes_on(run, hub, folder):
    hub.patience = 20
    stopped = run(*REFRESH)
    assert stopped.returncode == 4 and "429" in stopped.stderr
    assert [item.name for item in folder.iterdir()] == [f".evidence-{TODAY}.json"]
    kept = json.loads((folder / f".evidence-{TODAY}.json").read_text())
    assert 20 <= len(kept) == len(hub.seen) - 4, "what came before the hub asked to slow down, and nothing after"
    hub.patience, first = None, [path for path, _ in hub.seen]
    assert run(*REFRESH).returncode == 0
    then = [path for path, _ in hub.seen[len(first) :]]
    assert len(set(first) & set(then)) == 4, "only those it stopped at are asked for twice"


def test_an_interrupt_leaves_nothing_half_written(environment, hub, folder, tmp_path):
    hub.pause_s = 0.05
    command = [sys.executable, "-m", "llm_pick", *REFRESH]
    started = subprocess.Popen(command, env=environment, cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    until = time.monotonic() + 30
    while len(hub.seen) < 17 and time.monotonic() < until:
        time.sleep(0.02)
    started.send_signal(signal.SIGINT)
    out, err = started.communicate(timeout=30)
    assert started.returncode == 130 and "Traceback" not in err and out == ""
    held = list(folder.iterdir())
    assert [item.name for item in held] == [f".evidence-{TODAY}.json"], "what was learned is kept, nothing else"
    assert len(json.loads(held[0].read_text())) >= 8


@pytest.mark.parametrize("more", [{"HF_HUB_OFFLINE": "1"}, {"HF_ENDPOINT": "http://127.0.0.1:9"}])
def test_offline_it_says_so(run, folder, more):
    done = run(*REFRESH, **more)
    assert done.returncode == 4 and done.stderr.count("error:") == 1
    assert not folder.exists() or not [item for item in folder.iterdir() if not item.name.startswith(".")]


def test_an_answer_that_is_none_of_the_hub_is_a_network_error(run, hub, folder):
    hub.repos["Qwen/Qwen3-8B"].manners = "garbage"
    done = run(*REFRESH)
    assert done.returncode == 4 and "none of the hub" in done.stderr
    assert [item.name for item in folder.iterdir() if not item.name.startswith(".")] == []


def test_hostile_text_reaches_no_terminal_and_no_line(run, hub, folder):
    steering = "\x1b]0;owned\x07\n- injected: true"
    hub.repos["Qwen/Qwen3-8B"].results = [
        entry("TIGER-Lab/MMLU-Pro", "mmlu_pro", 61.0, notes=steering, file=steering, source={"url": steering}),
        entry(steering, steering, 5.0),
    ]
    done = run(*REFRESH)
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout + done.stderr + (folder / f"refreshed-evidence-{TODAY}.yaml").read_text()
    assert list(yaml.safe_load((folder / f"refreshed-evidence-{TODAY}.yaml").read_text())) == ["scores", "references"]
    shown = run("fit", "qwen3-8b", "-H", "rtx-4090", "--explain")
    assert shown.returncode == 0 and "\x1b" not in shown.stdout + shown.stderr


def test_a_figure_the_catalog_has_is_not_counted_twice(catalog):
    row = next(row for row in catalog.scores["qwen3-8b"] if row.benchmark == "gpqa-diamond" and row.mode == "thinking")
    same = HubResult("Idavidrein/gpqa", "diamond", round(row.score, 1), "f", notes="thinking")
    other = HubResult("Idavidrein/gpqa", "diamond", row.score + 1, "f", notes="thinking")
    read = read_results([same, other], "qwen3-8b", "s", TODAY, catalog)
    assert read.known == 1 and [score.score for score in read.scores] == [row.score + 1]


def test_a_task_of_the_hub_is_one_benchmark(catalog):
    tasks = [task for benchmark in catalog.benchmarks.values() for task in benchmark.hub_tasks]
    assert len(tasks) == len(set(tasks)) > 8 and all(task.count("#") == 1 for task in tasks)


@pytest.mark.parametrize("raw", [{}, {"evalResults": None}, {"evalResults": [None, 1, [], {}]}, {"evalResults": {}, "tags": 5},
                                 {"evalResults": [{"data": None}], "lastModified": 5}])  # fmt: skip
def test_any_json_is_read_or_counted(raw):
    assert parse_results(raw).results == ()
