"""Whatever is typed: a documented exit code, an ``error:`` line where it is 2, never a traceback and never a bug's 70."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from llm_pick.cli.main import run

some = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
few = settings(some, max_examples=20)

WORDS = st.sampled_from(
    ["qwen3-8b", "gpt-oss-20b", "llama-3.1", "llama-3.1-8b", "apache-2.0", "rtx-4090", "h100", "2x rtx-3090", "cpu", "q4_k_m",
     "vllm", "llama-cpp", "ollama", "code", "vision", "8k", "1m", "24", "2x80", "0", "-1", "1e9", "nan", "inf", "commercial",
     "osi", "quality=1", "quality=0.5,speed=0.5", "EU", "DE", "2026-01-01", "models", "offers", "gpus", "rules", "json", "plain",
     "markdown", "csv", "table", "moe", "kv-cache", "", " ", "--", "-", "=", "\x00", "\u2028", "💥", "é" * 300, "a/b", "../..",
     "[bold]", "{0}", "%s", "9" * 400]
)  # fmt: skip
TYPED = WORDS | st.text(max_size=12) | st.integers(-10, 10**12).map(str) | st.floats(allow_nan=True).map(str)
FLAGS = st.sampled_from(
    ["-H", "--hardware", "--vram", "--ram", "--reserve", "--task", "--context", "--users", "--quant", "--kv-dtype", "--runtime",
     "--reasoning", "--license", "--use", "--mau", "--mau-at-release", "--revenue", "--revenue-month", "--region", "--modality",
     "--min-tps", "--max-ttft", "--prefer", "--top", "--format", "--as-of", "--model", "--provider", "--device", "--pricing",
     "--eur-usd", "--class", "--match", "--diff", "--profile"]
)  # fmt: skip
SWITCHES = st.sampled_from(["--json", "--explain", "--saas", "--no-saas", "--distribute", "--fine-tune", "--contrast", "--help"])
# `inspect` is left out, as it would ask the network; so are the options that write files or change the shell.
COMMANDS = st.sampled_from(
    [["recommend"], ["recommend", "--vram", "24"], ["fit"], ["fit", "qwen3-8b", "--vram", "24"], ["compare"],
     ["compare", "qwen3-8b", "gpt-oss-20b"], ["explain"], ["show"], ["license"], ["license", "llama-4-maverick"], ["list"],
     ["list", "models"], ["list", "gpus"], ["hardware"], ["hardware", "list"], ["catalog", "sources"], ["catalog"], []]
)  # fmt: skip


def typed(argv):
    """Exit code, stdout and stderr of a run in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(argv)
    return code, out.getvalue(), err.getvalue()


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """No settings of the folder or the user."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))


@some
@given(
    command=COMMANDS,
    options=st.lists(st.tuples(FLAGS, TYPED) | SWITCHES.map(lambda flag: (flag,)) | TYPED.map(lambda word: (word,)), max_size=5),
)
@example(command=["list", "models"], options=[("--match", "[bold]"), ("--top", "3")])
@example(command=["fit", "qwen3-8b", "--vram", "24"], options=[("--context", "9" * 400)])
@example(command=["recommend", "--vram", "24"], options=[("--as-of", "0001-01-01")])
@example(command=["show"], options=[("\x00",)])
def test_any_command_line_gets_a_clean_answer(command, options):
    argv = [*command, *(word for option in options for word in option)]
    code, _, err = typed(argv)
    assert code in (0, 1, 2), (argv, code, err)
    assert "Traceback" not in err
    if code == 2:
        assert err.startswith("error: "), (argv, err)


@some
@given(words=st.lists(TYPED, max_size=4))
def test_words_alone_get_a_clean_answer(words):
    code, _, err = typed(words)
    assert code in (0, 1, 2), (words, code, err)


@pytest.mark.parametrize(
    "text", ["vram = [", "vram = 24\nvram = 25", "nonsense = 1", "[fit]\nusers = 'x'", "vram = {a = 1}", "\xff"]
)
def test_a_broken_settings_file_is_a_wrong_question(text, tmp_path):
    (tmp_path / "llm-pick.toml").write_bytes(text.encode("latin-1"))
    code, out, err = typed(["recommend", "--vram", "24"]) if "vram" not in text else typed(["recommend"])
    if "users" in text:
        code, out, err = typed(["fit", "qwen3-8b", "--vram", "24"])
    assert code == 2, err
    assert out == ""
    assert "Traceback" not in err


OPTIONS = st.sampled_from(
    ["vram", "hardware", "task", "context", "users", "top", "format", "json", "saas", "as-of", "catalog", "license", "prefer",
     "explain", "profile", "ram", "mau", "kv_dtype", "no such", "recommend", "fit.task", "recommend.vram.x", "hardware.list.top"]
)  # fmt: skip
VALUES = st.sampled_from(
    ["24", "-1", "1e400", "nan", "true", "'code'", "'é💥'", "''", r"'\u0000'", r'"\u0000"', r'"a\nb"', "[]", "[24, '2x16']", "{}",
     "{a = 1}", "2026-01-01", "9999-99-99", "[[1], [2]]", "9" * 400, "9" * 5000, "[" * 3000]
)  # fmt: skip
LINES = st.tuples(OPTIONS, VALUES).map(" = ".join) | st.sampled_from(["[fit]", "[recommend]", "[[fit]]", "="])


@few
@given(lines=st.lists(LINES, max_size=4))
@example(lines=["vram = 24", "top = 1e400"])
def test_any_settings_file_gets_a_clean_answer(lines, tmp_path):
    (tmp_path / "llm-pick.toml").write_text("\n".join(lines), encoding="utf-8")
    code, _, err = typed(["license", "apache-2.0"] if "format" in "".join(lines) else ["list", "tasks"])
    assert code in (0, 1, 2), (lines, code, err)
    assert code != 2 or err.startswith("error: ")


@few
@given(name=OPTIONS.map(lambda key: key.upper().replace("-", "_")), value=TYPED.filter(lambda text: "\x00" not in text))
def test_any_variable_gets_a_clean_answer(name, value):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(f"LLM_PICK_{name}", value.encode("utf-8", "replace").decode())
        code, _, err = typed(["fit", "qwen3-8b", "--vram", "24"])
    assert code in (0, 1, 2), (name, value, err)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(max_size=60)
    | st.sampled_from(["use: commercial", "mau: -1", "- a", "use: [", "a: &a [*a]", "mau: 1e400", "use: 2026-13-45"])
)
def test_any_profile_file_gets_a_clean_answer(text, tmp_path):
    file = tmp_path / "profile.yaml"
    file.write_text(text, encoding="utf-8", errors="replace")
    code, _, err = typed(["license", "llama-4-maverick", "--profile", str(file)])
    assert code in (0, 1, 2), err
    assert "Traceback" not in err


NAMES = {
    "a link to itself": lambda folder: (folder / "x").symlink_to(folder / "x"),
    "a folder": lambda folder: (folder / "x").mkdir(),
    "no folder": lambda folder: None,
    "below a file": lambda folder: (folder / "x").write_text("") and None,
}


@pytest.mark.parametrize("what", NAMES)
def test_names_that_lead_nowhere(tmp_path, what):
    NAMES[what](tmp_path)
    name = str(tmp_path / "x") if what in ("a link to itself", "a folder") else str(tmp_path / "x" / "y")
    for args in (
        ("list", "tasks", "-o", name),
        ("list", "tasks", "--catalog", name),
        ("license", "apache-2.0", "--profile", name),
        ("inspect", f"{name}.gguf", "--vram", "24"),
        ("catalog", "validate", name),
        ("breakeven", "--timestamps", name),
    ):
        code, _, err = typed(args)
        written = what == "a link to itself" and "-o" in args  # the link gives way to the file
        validated = args[1] == "validate" and Path(name).is_file() | Path(name).is_dir()
        assert code == (0 if written else 1 if validated else 2), (args, err)
        assert err.startswith("error: ") == (code == 2), (args, err)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs /dev/zero")
def test_endless_files_are_refused():
    for args in (("license", "apache-2.0", "--profile"), ("list", "tasks", "--catalog"), ("breakeven", "--timestamps")):
        code, _, err = typed([*args, "/dev/zero"])
        assert code == 2 and err.startswith("error: "), err
