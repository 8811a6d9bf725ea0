"""Models already on this machine: real folders, a real server on loopback, and what they mean in the catalog."""

from __future__ import annotations

import http.server
import json
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import run_cli

from llm_pick.core.held import Held, held_models, quantization_of
from llm_pick.io.local_models import MOST_SECONDS, local_models, loopback


def write(path, text=""):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def pulled(home, place, file_type="Q4_K_M"):
    """One tag as Ollama lays it down: a manifest that names a config blob."""
    digest = f"sha256:{abs(hash((place, file_type))):064x}"
    write(home / ".ollama/models/manifests" / place, json.dumps({"schemaVersion": 2, "config": {"digest": digest, "size": 1}}))
    write(home / ".ollama/models/blobs" / digest.replace(":", "-"), json.dumps({"model_format": "gguf", "file_type": file_type}))


def names(home, **more):
    return [(held.where, held.name, held.file_type) for held in local_models({"HOME": str(home), **more})]


@pytest.fixture
def ollama():
    """A server that speaks enough of Ollama's interface; ``answer`` decides what it says."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.server.asked.append(self.path)
            self.server.answer(self)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.asked, server.daemon_threads = [], True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def says(body, status=200):
    def answer(handler):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(raw)))
        handler.end_headers()
        handler.wfile.write(raw)

    return answer


def test_nothing_there(tmp_path):
    assert local_models({"HOME": str(tmp_path)}) == ()
    assert local_models({}) == ()


def test_ollama_folder(tmp_path):
    pulled(tmp_path, "registry.ollama.ai/library/llama3.1/8b")
    pulled(tmp_path, "registry.ollama.ai/someone/tuned/latest", "Q8_0")
    pulled(tmp_path, "hf.co/unsloth/Qwen3-8B-GGUF/Q5_K_M", "Q5_K_M")
    assert names(tmp_path) == [
        ("ollama", "hf.co/unsloth/Qwen3-8B-GGUF:Q5_K_M", "Q5_K_M"),
        ("ollama", "llama3.1:8b", "Q4_K_M"),
        ("ollama", "someone/tuned:latest", "Q8_0"),
    ]


def test_ollama_models_moved_elsewhere(tmp_path):
    pulled(tmp_path / "disk", "registry.ollama.ai/library/llama3.1/8b")
    moved = str(tmp_path / "disk/.ollama/models")
    assert names(tmp_path / "home", OLLAMA_MODELS=moved) == [("ollama", "llama3.1:8b", "Q4_K_M")]


def test_broken_manifests_still_name_the_model(tmp_path):
    folder = tmp_path / ".ollama/models/manifests/registry.ollama.ai/library/llama3.1"
    write(folder / "8b", "not json")
    write(folder / "70b", json.dumps({"config": {"digest": "../../../../etc/passwd"}}))
    write(folder / "405b", json.dumps({"config": {"digest": 7}}))
    assert sorted(names(tmp_path)) == [("ollama", f"llama3.1:{size}", None) for size in ("405b", "70b", "8b")]


def test_lm_studio_folders(tmp_path):
    write(tmp_path / ".lmstudio/models/lmstudio-community/Qwen3-8B-GGUF/Qwen3-8B-Q4_K_M.gguf")
    write(tmp_path / ".lmstudio/models/lmstudio-community/Qwen3-8B-GGUF/mmproj-model-f16.gguf")
    write(tmp_path / ".cache/lm-studio/models/mlx-community/Qwen3-8B-4bit/model.safetensors")
    write(tmp_path / "big disk/bartowski/Llama-3.1-8B-Instruct-GGUF/Llama-3.1-8B-Instruct-Q8_0-00001-of-00002.gguf")
    write(tmp_path / ".lmstudio/settings.json", json.dumps({"downloadsFolder": str(tmp_path / "big disk")}))
    assert names(tmp_path) == [
        ("lm-studio", "lmstudio-community/Qwen3-8B-GGUF/Qwen3-8B-Q4_K_M.gguf", None),
        ("lm-studio", "mlx-community/Qwen3-8B-4bit", None),
        ("lm-studio", "bartowski/Llama-3.1-8B-Instruct-GGUF/Llama-3.1-8B-Instruct-Q8_0-00001-of-00002.gguf", None),
    ]


def test_hub_cache_counts_only_what_has_weights(tmp_path):
    hub = tmp_path / ".cache/huggingface/hub"
    write(hub / "models--Qwen--Qwen3-8B/snapshots/abc/model-00001-of-00005.safetensors")
    write(hub / "models--Qwen--Qwen3-4B/snapshots/abc/config.json")  # looked at once, never downloaded
    write(hub / "datasets--a--b/snapshots/abc/model.safetensors")
    broken = hub / "models--Qwen--Qwen3-14B/snapshots/abc/model.safetensors"
    broken.parent.mkdir(parents=True)
    broken.symlink_to(tmp_path / "gone")
    assert names(tmp_path) == [("hugging-face", "Qwen/Qwen3-8B", None)]


@pytest.mark.parametrize("variable", ["HF_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME"])
def test_hub_cache_moved_elsewhere(tmp_path, variable):
    under = {"HF_HUB_CACHE": "", "HF_HOME": "hub", "XDG_CACHE_HOME": "huggingface/hub"}[variable]
    write(tmp_path / "x" / under / "models--Qwen--Qwen3-8B/snapshots/abc/model.safetensors")
    assert names(tmp_path / "home", **{variable: str(tmp_path / "x")}) == [("hugging-face", "Qwen/Qwen3-8B", None)]


def test_folders_that_are_files_or_loops(tmp_path):
    write(tmp_path / ".ollama/models/manifests", "a file")
    loop = tmp_path / ".lmstudio/models"
    loop.mkdir(parents=True)
    (loop / "again").symlink_to(loop)
    assert local_models({"HOME": str(tmp_path)}) == ()


def test_a_folder_of_very_many_entries_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr("llm_pick.io.local_models.MOST_ENTRIES", 50)
    for index in range(200):
        write(tmp_path / f".lmstudio/models/o/m{index}/m-Q4_K_M.gguf")
    assert len(local_models({"HOME": str(tmp_path)})) < 50


def test_the_switch(tmp_path):
    pulled(tmp_path, "registry.ollama.ai/library/llama3.1/8b")
    for word in ("0", "no", "OFF", "false"):
        assert names(tmp_path, LLM_PICK_LOCAL=word) == []
    assert names(tmp_path, LLM_PICK_LOCAL="1") != []


def test_ollama_as_a_service_is_asked_on_loopback(tmp_path, ollama):
    (tmp_path / ".ollama").mkdir()  # the client's key is there, the models are the service's
    details = {"format": "gguf", "quantization_level": "Q4_0"}
    ollama.answer = says(
        {"models": [{"name": "gemma2:27b", "details": details}, {"name": "hf.co/a/b-GGUF:Q8_0"}, {"name": 3}, 4]}
    )
    found = local_models({"HOME": str(tmp_path), "OLLAMA_HOST": f"127.0.0.1:{ollama.server_port}"})
    assert found == (Held("ollama", "gemma2:27b", None, "Q4_0"), Held("ollama", "hf.co/a/b-GGUF:Q8_0", "a/b-GGUF", None))
    assert ollama.asked == ["/api/tags"]


def test_ollama_is_not_asked_when_its_folder_tells(tmp_path, ollama):
    pulled(tmp_path, "registry.ollama.ai/library/llama3.1/8b")
    ollama.answer = says({"models": [{"name": "other:1b"}]})
    assert names(tmp_path, OLLAMA_HOST=f"localhost:{ollama.server_port}") == [("ollama", "llama3.1:8b", "Q4_K_M")]
    assert ollama.asked == []


def test_ollama_is_not_asked_where_it_is_not_installed(tmp_path, monkeypatch):
    monkeypatch.setattr("llm_pick.io.local_models.SERVICE_HOMES", ())
    monkeypatch.setattr("llm_pick.io.local_models._ask_ollama", lambda _address: pytest.fail("asked"))
    assert local_models({"HOME": str(tmp_path)}) == ()


@pytest.mark.parametrize(
    "answer",
    [
        says([1, 2]),
        says({"models": {"name": "x"}}),
        says(b"not json"),
        says(b"", 500),
        says(b"{" * 10000),
        lambda h: h.wfile.write(b"??"),
    ],
    ids=["list", "mapping", "text", "error", "braces", "no-http"],
)
def test_an_ollama_that_answers_nonsense_has_no_models(tmp_path, ollama, answer):
    ollama.answer = answer
    assert names(tmp_path, OLLAMA_HOST=f"127.0.0.1:{ollama.server_port}") == []


def test_an_ollama_that_drips_is_left_in_time(tmp_path, ollama):
    def drip(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "1000000")
        handler.end_headers()
        for _ in range(100):
            try:
                handler.wfile.write(b" ")
            except OSError:
                return
            time.sleep(0.05)

    ollama.answer = drip
    started = time.monotonic()
    assert names(tmp_path, OLLAMA_HOST=f"127.0.0.1:{ollama.server_port}") == []
    assert time.monotonic() - started < MOST_SECONDS * 4


@pytest.mark.parametrize(
    ("address", "wanted"),
    [
        ("", ("127.0.0.1", 11434)),
        ("0.0.0.0", ("127.0.0.1", 11434)),  # how a server is told to listen everywhere
        ("localhost:1234", ("127.0.0.1", 1234)),
        ("http://127.0.0.1", ("127.0.0.1", 80)),
        ("http://127.0.0.1:11434/", ("127.0.0.1", 11434)),
        ("[::1]:5000", ("::1", 5000)),
        ('"127.0.0.1:99"', ("127.0.0.1", 99)),
        ("127.0.0.1:notaport", ("127.0.0.1", 11434)),
        ("gpu-box:11434", None),
        ("192.168.1.7", None),
        ("https://127.0.0.1", None),
        ("http://127.0.0.1.example.com", None),
        ("127.0.0.1@evil.example:80", None),
        ("127.0.0.1:99999", None),
    ],
)
def test_only_loopback_is_ever_asked(address, wanted):
    assert loopback(address) == wanted


@given(st.text(max_size=60))
def test_no_address_leads_anywhere_else(address):
    assert loopback(address) is None or loopback(address)[0] in ("127.0.0.1", "::1")


@pytest.mark.parametrize(
    ("held", "model", "quant"),
    [
        (Held("ollama", "llama3.1:8b", None, "Q4_K_M"), "llama-3.1-8b-instruct", "q4_k_m"),
        (Held("ollama", "llama3.1:8b-instruct-q8_0", None, None), "llama-3.1-8b-instruct", "q8_0"),
        (Held("ollama", "hf.co/unsloth/Qwen3-8B-GGUF:Q5_K_M", "unsloth/Qwen3-8B-GGUF", None), "qwen3-8b", "q5_k_m"),
        (Held("lm-studio", "x/Qwen3-8B-GGUF/Qwen3-8B-Q4_K_M.gguf", "x/Qwen3-8B-GGUF"), "qwen3-8b", "q4_k_m"),
        (Held("lm-studio", "x/Llama-3.1-8B/a-Q8_0-00001-of-00002.gguf", "x/Llama-3.1-8B"), "llama-3.1-8b-instruct", "q8_0"),
        (Held("lm-studio", "mlx-community/Qwen3-8B-4bit", "mlx-community/Qwen3-8B-4bit"), "qwen3-8b", "mlx-4bit"),
        (Held("hugging-face", "Qwen/Qwen3-8B", "Qwen/Qwen3-8B"), "qwen3-8b", None),
        (Held("ollama", "someone/tuned:latest", None, "Q4_K_M"), None, "q4_k_m"),
        (Held("ollama", "llama3.1:latest", None, None), None, None),  # which size? nothing is guessed
    ],
)  # fmt: skip
def test_what_is_here_in_the_catalog(held, model, quant, catalog):
    found = held_models([held], catalog)
    assert list(found) == ([model] if model else [])
    assert quantization_of(held, catalog) == quant


@given(name=st.text(max_size=40), repo=st.text(max_size=40) | st.none(), file_type=st.text(max_size=10) | st.none())
def test_no_name_breaks_the_lookup(name, repo, file_type, catalog):
    held = Held("ollama", name, repo, file_type)
    assert all(id in catalog.models for id in held_models([held], catalog))
    assert quantization_of(held, catalog) in (None, *catalog.quantizations)


def test_recommend_and_fit_mark_it(tmp_path):
    asked = ("recommend", "--vram", "24", "--task", "chat")
    first = run_cli(*asked, "--json").json["recommendations"][0]["model"]
    write(tmp_path / ".cache/huggingface/hub" / f"models--{first['hf_repo'].replace('/', '--')}" / "snapshots/a/m.safetensors")
    here = {"HOME": str(tmp_path), "XDG_CACHE_HOME": "", "LLM_PICK_LOCAL": "1", "COLUMNS": "160"}
    marked = run_cli(*asked, "--json", **here).json
    assert marked["recommendations"][0]["local"] == [{"where": "hugging-face", "name": first["hf_repo"], "quant": None}]
    assert all(pick["local"] == [] for pick in marked["recommendations"][1:])
    assert [p["model"]["id"] for p in marked["recommendations"]] == [
        p["model"]["id"] for p in run_cli(*asked, "--json").json["recommendations"]
    ]  # a mark, no reason to rank higher
    table = run_cli(*asked, "--format", "plain", **here).out.splitlines()
    assert table[0].endswith("\there")
    assert table[1].endswith("\thugging-face")
    assert "here" not in run_cli(*asked, "--format", "plain", HOME=str(tmp_path)).out.splitlines()[0]
    sheet = run_cli("fit", first["id"], "--vram", "24", "--format", "plain", **here).out
    assert "on this machine\thugging-face" in sheet
    everywhere = run_cli("fit", first["id"], "--json", "--top", "1", **here).json
    assert everywhere["local"] == marked["recommendations"][0]["local"]
    assert "on this machine\thugging-face" in run_cli("fit", first["id"], "--format", "plain", "--top", "1", **here).out


def test_compare_marks_it(tmp_path):
    write(tmp_path / ".cache/huggingface/hub/models--Qwen--Qwen3-8B/snapshots/a/m.safetensors")
    here = {"HOME": str(tmp_path), "XDG_CACHE_HOME": "", "LLM_PICK_LOCAL": "1"}
    ran = run_cli("compare", "qwen3-8b", "qwen3-14b", "--json", **here).json
    assert [len(entry["local"]) for entry in ran["models"]] == [1, 0]
    assert "on this machine\thugging-face\tno" in run_cli("compare", "qwen3-8b", "qwen3-14b", **here).out
    assert "on this machine" not in run_cli("compare", "qwen3-8b", "qwen3-14b", HOME=str(tmp_path)).out
