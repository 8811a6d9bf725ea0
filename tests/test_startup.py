"""What a command must not import: the libraries that would be most of its time. Says nothing about a clock, so never flakes."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {
    "pydantic",
    "yaml",
    "httpx",
    "httpx2",
    "huggingface_hub",
    "numpy",
    "scipy",
    "genai_prices",
    "license_expression",
    "pynvml",
}
PROBE = """
import io, sys
from llm_pick.cli.main import run
told, sys.stdout = sys.stdout, io.StringIO()
code = run(sys.argv[1:])
sys.stdout = told
print(code, *sorted({name.partition(".")[0] for name in sys.modules}))
"""
PLAIN = {
    "recommend json": "recommend --vram 24 --task code --json",
    "recommend plain": "recommend --vram 24 --format plain",
    "fit": "fit llama-3.1-8b -H rtx-4090 --json",
    "compare": "compare qwen3-32b gpt-oss-20b --json",
    "license": "license llama-3.1",
    "license with a profile": "license llama-4-maverick --saas --region DE --json",
    "show": "show llama-3.1-8b",
    "list": "list models --task code",
    "explain": "explain quantization",
}
HELP = {"help": "--help", "help of a command": "recommend --help", "help of inspect": "inspect --help", "version": "--version"}


def modules_after(words: str) -> set[str]:
    ran = subprocess.run([sys.executable, "-c", PROBE, *words.split()], capture_output=True, text=True, check=True)
    code, *modules = ran.stdout.split()
    assert code in ("0", "1"), ran.stderr
    return set(modules)


@pytest.mark.parametrize("words", PLAIN.values(), ids=PLAIN)
def test_a_plain_call_imports_no_library_at_all(words):
    loaded = modules_after(words)
    assert not loaded & (HEAVY | {"rich", "typer", "click"})


@pytest.mark.parametrize("words", HELP.values(), ids=HELP)
def test_help_imports_typer_only(words):
    loaded = modules_after(words)
    assert "typer" in loaded
    assert not loaded & (HEAVY | {"rich"})


def test_answers_do_without_dataclasses_and_paths():
    # io/local_models, which looks for files of the picks on this machine, still imports pathlib.
    assert not modules_after(PLAIN["recommend json"]) & {"dataclasses", "inspect", "tempfile"}
    assert not modules_after(PLAIN["license"]) & {"dataclasses", "inspect", "pathlib", "tempfile"}


def test_a_table_imports_rich_and_nothing_heavier():
    loaded = modules_after("recommend --vram 24 --format table")
    assert "rich" in loaded
    assert not loaded & (HEAVY | {"typer"})
