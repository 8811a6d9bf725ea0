"""Completion as the shells ask for it: by their protocols, and through the shells themselves where they are installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time

import pytest


def ask(shell, line, **more):
    """What the shell is given for ``line``, whose last word is being typed."""
    words = line.split(" ")
    env = {"COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1), "_TYPER_COMPLETE_ARGS": line, **more}
    if shell == "fish":
        env["_TYPER_COMPLETE_FISH_ACTION"] = more.get("_TYPER_COMPLETE_FISH_ACTION", "get-args")
    done = subprocess.run(
        [sys.executable, "-m", "llm_pick"],
        env={**os.environ, "_LLM_PICK_COMPLETE": f"complete_{shell}", **env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("llm-pick fit qwen3-32", "qwen3-32b"),
        ("llm-pick fit Qwen/Qwen3-32", "Qwen/Qwen3-32B"),
        ("llm-pick compare qwen3-32b gpt-oss-2", "gpt-oss-20b"),
        ("llm-pick show rtx-409", "rtx-4090"),
        ("llm-pick license apache", "apache-2.0"),
        ("llm-pick license gemm", "gemma"),
        ("llm-pick recommend -H rtx-409", "rtx-4090"),
        ("llm-pick recommend --task cod", "code"),
        ("llm-pick recommend --quant q4_k_", "q4_k_m"),
        ("llm-pick recommend --runtime vll", "vllm"),
        ("llm-pick recommend --license permi", "permissive"),
        ("llm-pick recommend --prefer qua", "quality"),
        ("llm-pick recommend --format mark", "markdown"),
        ("llm-pick list hardw", "hardware"),
        ("llm-pick explain kv", "kv-cache"),
        ("llm-pick breakeven --model llama-3.3", "llama-3.3-70b-instruct"),
        ("llm-pick breakeven --api gpt-4", "gpt-4o"),
        ("llm-pick fit qwen3-8b --class consu", "consumer-gpu"),
        ("llm-pick recomm", "recommend"),
    ],
)
def test_names_of_the_catalog_are_offered(shell, line, offered):
    done = ask(shell, line)
    assert done.returncode == 0
    assert offered in done.stdout
    assert "gemini" not in done.stdout


def test_only_what_begins_so_is_offered():
    found = ask("bash", "llm-pick fit qwen3-").stdout.split()
    assert len(found) > 5
    assert all(name.startswith("qwen3-") for name in found)


def test_fish_may_offer_files_where_no_name_is_known():
    assert ask("fish", "llm-pick inspect ./x", _TYPER_COMPLETE_FISH_ACTION="is-args").returncode == 1
    assert ask("fish", "llm-pick fit qwen3-32", _TYPER_COMPLETE_FISH_ACTION="is-args").returncode == 0


def test_it_answers_before_a_typist_notices():
    took = []
    for _ in range(3):
        start = time.perf_counter()
        ask("bash", "llm-pick fit qwen3-")
        took.append(time.perf_counter() - start)
    assert min(took) < 1.0, took


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_itself_completes(shell, tmp_path):
    path = shutil.which(shell)
    if path is None:
        pytest.skip(f"no {shell} here")
    command = tmp_path / "llm-pick"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m llm_pick "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    env = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "HOME": str(tmp_path)}
    script = subprocess.run(
        [command], env={**env, "_LLM_PICK_COMPLETE": f"source_{shell}"}, capture_output=True, text=True, check=True
    ).stdout
    (tmp_path / "script").write_text(script, encoding="utf-8")
    lines = {
        "bash": f". {tmp_path}/script; COMP_WORDS=(llm-pick fit qwen3-32); COMP_CWORD=2; "
        '_llm_pick_completion llm-pick; echo "${COMPREPLY[@]}"',
        "fish": f'source {tmp_path}/script; complete -C "llm-pick fit qwen3-32"',
        # zsh completes only on a line being edited: its function is called with the words it would be given.
        "zsh": "_arguments() { print -r -- $*; }; compdef() { :; }; words=(llm-pick fit qwen3-32); CURRENT=3; "
        f". {tmp_path}/script; _llm_pick_completion",
    }
    done = subprocess.run([path, "-c", lines[shell]], env=env, capture_output=True, text=True, check=False)
    assert "qwen3-32b" in done.stdout, done.stderr
