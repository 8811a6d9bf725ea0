"""``catalog refresh`` in real processes against a real server on this machine: nothing of a failure stays."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from tests.making.hub import Hub

TODAY = datetime.now(tz=UTC).date().isoformat()


def data_set(**prices):
    models = [{"id": id, "match": {"equals": id}, "prices": price} for id, price in prices.items()]
    return json.dumps([{"id": "openai", "name": "OpenAI", "api_pattern": "x", "models": models}]).encode()


@pytest.fixture
def hub():
    with Hub({}) as served:
        served.prices = data_set(
            **{"gpt-4o": {"input_mtok": 1.25, "output_mtok": 7}, "gpt-new": {"input_mtok": 1, "output_mtok": 2}}
        )
        yield served


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "config/llm-pick/catalog"


@pytest.fixture
def run(hub, tmp_path):
    def run(*args, **environment):
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "LLM_PICK_", "HUGGING"))}
        clean |= {
            "HF_ENDPOINT": hub.endpoint, "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HOME": "/nonexistent",
            "LLM_PICK_PRICES_URL": f"{hub.endpoint}/prices", "XDG_CONFIG_HOME": str(tmp_path / "config"),
            "XDG_CACHE_HOME": str(tmp_path / "cache"), **environment,
        }  # fmt: skip
        command = [sys.executable, "-m", "llm_pick", *args]
        return subprocess.run(command, capture_output=True, text=True, env=clean, timeout=90, check=False, cwd=tmp_path)

    return run


def test_a_dry_run_asks_for_nothing(run, hub, folder):
    done = run("catalog", "refresh", "--dry-run")
    assert done.returncode == 0 and "asks for API prices from" in done.stdout and str(folder) in done.stdout
    assert hub.seen == [] and not folder.exists()


def test_new_prices_hold_from_now_on(run, folder):
    before = json.loads(run("show", "openai/gpt-4o", "--json").stdout)
    done = run("catalog", "refresh", "--only", "prices")
    assert done.returncode == 0, done.stderr
    path = folder / f"refreshed-prices-{TODAY}.yaml"
    assert done.stdout == f"{path}: 2 prices new or changed, 0 as they were\n"
    rows = json.loads(run("list", "offers", "--provider", "openai", "--json").stdout)["offers"]
    got = {row["model"]: row for row in rows}
    assert (got["gpt-4o"]["usd_per_m_input"], got["gpt-4o"]["usd_per_m_output"]) == (1.25, 7)
    assert got["gpt-4o"]["origin"] == "yours" and got["gpt-4o"]["date"] <= TODAY
    assert "gpt-new" in got
    assert json.loads(run("show", "openai/gpt-4o", "--json").stdout)["facts"] == before["facts"], "the old price stays beside"
    assert run("catalog", "validate", str(path)).returncode == 0
    assert f"genai-prices-of-{TODAY}" in run("catalog", "sources").stdout


def test_a_price_that_did_not_change_gets_the_newer_day(run, hub, folder):
    offers = json.loads(run("list", "offers", "--provider", "openai", "--json").stdout)["offers"]
    old = next(row for row in offers if row["model"] == "gpt-4o")
    run("catalog", "refresh", "--only", "prices")
    again = run("catalog", "refresh", "--only", "prices")
    assert again.returncode == 0, "the same day again replaces that day's file"
    assert len(list(folder.glob("refreshed-prices-*"))) == 1
    renamed = folder / "refreshed-prices-2026-01-01.yaml"
    (folder / f"refreshed-prices-{TODAY}.yaml").rename(renamed)
    third = run("catalog", "refresh", "--only", "prices")
    assert third.returncode == 0, third.stderr
    assert "0 prices new or changed, 2 as they were" in third.stdout
    assert old["usd_per_m_input"] != 1.25


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"<html>", 200), (b"{}", 200), (b"[1]", 200), (b'[{"id": 5}]', 200), (b"[" * 100_000, 200), (b"[]", 500)],
    ids=["html", "object", "numbers", "ids", "deep", "status"],
)
def test_whatever_is_sent_what_is_there_stays(run, hub, folder, body, status):
    run("catalog", "refresh", "--only", "prices")
    (path,) = folder.iterdir()
    kept = path.read_bytes()
    hub.prices, hub.prices_status = body, status
    done = run("catalog", "refresh", "--only", "prices")
    assert done.returncode == 4 and "Traceback" not in done.stderr, done.stderr
    assert [path] == list(folder.iterdir()) and path.read_bytes() == kept


def test_offline_says_so(run, folder):
    for more in ({"HF_HUB_OFFLINE": "1"}, {"HF_ENDPOINT": "http://127.0.0.1:9", "LLM_PICK_PRICES_URL": "http://127.0.0.1:9"}):
        done = run("catalog", "refresh", **more)
        assert done.returncode == 4 and "error:" in done.stderr and "hint:" in done.stderr
    assert not folder.exists() or not list(folder.glob("[a-z]*"))


def test_plain_http_elsewhere_is_refused(run):
    done = run("catalog", "refresh", "--only", "prices", LLM_PICK_PRICES_URL="http://example.org/data.json")
    assert done.returncode == 4 and "not HTTPS" in done.stderr


def model(repo, created="2099-01-01", **more):
    return {"id": repo, "createdAt": f"{created}T00:00:00Z", "pipeline_tag": "text-generation", "tags": ["license:mit"], **more}


def test_candidates_are_listed_and_not_added(run, hub, folder):
    hub.models["Qwen"] = [
        model("Qwen/Qwen99"), model("Qwen/Qwen99-GGUF", tags=["base_model:quantized:Qwen/Qwen99"]),
        model("Qwen/Qwen3-8B"), model("Qwen/Old", created="2020-01-01"), model("other/Qwen"),
        model("Qwen/Speech", pipeline_tag="automatic-speech-recognition"), model("Qwen/\x1b[31mred"),
    ]  # fmt: skip
    done = run("catalog", "refresh", "--only", "candidates")
    assert done.returncode == 0, done.stderr
    found = json.loads((folder / f"candidates-{TODAY}.json").read_text())["candidates"]
    assert [row["repo"] for row in found] == ["Qwen/Qwen99", "Qwen/\x1b[31mred"]
    assert "2099-01-01\tQwen/Qwen99\tmit" in done.stdout and "\x1b" not in done.stdout
    assert run("show", "Qwen/Qwen99").returncode == 2
    assert [path.name for path in folder.iterdir()] == [f"candidates-{TODAY}.json"]


def test_a_run_that_was_stopped_goes_on(run, hub, folder):
    hub.models["Qwen"] = [model("Qwen/Qwen99")]
    hub.patience = 10
    stopped = run("catalog", "refresh", "--only", "candidates")
    assert stopped.returncode == 4 and "429" in stopped.stderr
    assert not (folder / f"candidates-{TODAY}.json").exists()
    asked = len([path for path, _ in hub.seen])
    hub.patience = None
    assert run("catalog", "refresh", "--only", "candidates").returncode == 0
    owners = [path for path, _ in hub.seen]
    assert len(owners) == len(set(owners)) + 1, "only the maker it stopped at is asked for twice"
    assert asked == 11


def test_the_token_goes_to_the_hub_and_nowhere_else(run, hub):
    run("catalog", "refresh", HF_TOKEN="hf_secret")
    sent = {path.split("?")[0][:11]: headers.get("Authorization") for path, headers in hub.seen}
    assert sent == {"/prices": None, "/api/models": "Bearer hf_secret"}


@pytest.mark.parametrize("args", [("--dry-run",), ("--only", "prices"), ("--only", "evidence")])
def test_a_password_in_an_address_is_not_told(run, hub, args):
    hub.prices_status = 500
    inside = hub.endpoint.replace("http://", "http://me:secret-word@")
    more = {"HF_ENDPOINT": inside, "LLM_PICK_PRICES_URL": f"{inside}/prices", "LLM_PICK_DEBUG": "1"}
    done = run("catalog", "refresh", *args, **more)
    assert hub.endpoint in done.stdout + done.stderr
    assert "secret-word" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("https://a.example/x", "https://a.example/x"), ("https://me:word@a.example:8/x@y", "https://a.example:8/x@y"),
        ("https://me@a.example?x@y", "https://a.example?x@y"), ("me:word@a.example", "a.example"),
        ("http://[", "http://["), ("", ""),
    ],
)  # fmt: skip
def test_addresses_are_shown_without_what_is_secret(address, said):
    from llm_pick.io.hub.transport import is_safe, shown

    assert shown(address) == said
    assert is_safe(address) in (True, False)


@pytest.mark.parametrize(
    "trick", ["https://evil.example?@hub.example", "https://evil.example#@hub.example", "https://hub.example@evil.example"]
)
def test_a_token_follows_to_the_very_host_only(trick):
    from llm_pick.io.hub.transport import _host

    assert _host(trick) == "evil.example" != _host("https://hub.example/x")
