"""Odd surroundings: terminals, encodings, folders, pipes, interrupts, many runs at once. The answer, or a clean error."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

RUN = (sys.executable, "-m", "llm_pick")
ASK = ("recommend", "--vram", "24", "--task", "code")
SHOWN = [
    ASK,
    ("fit", "qwen3-32b", "--vram", "24"),
    ("compare", "qwen3-32b", "gpt-oss-20b"),
    ("show", "llama-3.1-8b"),
    ("license", "llama-4-maverick", "--saas", "--region", "DE"),
    ("list", "hardware"),
    ("explain", "kv-cache"),
    ("hardware", "detect"),
    ("--help",),
]


def run(*args, cwd=None, drop=(), stdin=None, **env):
    kept = {key: value for key, value in os.environ.items() if key not in drop}
    kept["PYTHONPATH"] = os.pathsep.join(str(Path(path).resolve()) for path in sys.path if path)
    return subprocess.run([*RUN, *args], env={**kept, **env}, cwd=cwd, stdin=stdin, capture_output=True, timeout=120, check=False)


def clean(done, codes=(0, 1)):
    assert done.returncode in codes, done.stderr.decode(errors="replace")
    assert b"Traceback" not in done.stderr


def on_a_terminal(*args, **env):
    """What a terminal of 80 columns is sent."""
    master, slave = pty.openpty()
    environment = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "FORCE_COLOR")}
    process = subprocess.Popen([*RUN, *args], stdout=slave, stderr=slave, env={**environment, "COLUMNS": "80", **env})
    os.close(slave)
    sent = b""
    while True:
        try:
            got = os.read(master, 65536)
        except OSError:  # how Linux says that the other side has closed
            break
        if not got:
            break
        sent += got
    os.close(master)
    return process.wait(), sent.decode()


def test_colour_on_a_terminal_and_none_where_it_is_not_known_or_not_wanted():
    code, coloured = on_a_terminal(*ASK, TERM="xterm-256color")
    assert code == 0
    assert "\x1b[" in coloured
    for env in ({"TERM": "dumb"}, {"TERM": "xterm-256color", "NO_COLOR": "1"}):
        code, plain = on_a_terminal(*ASK, **env)
        assert code == 0
        colours = [part for part in plain.split("\x1b[")[1:] if part.split("m")[0] not in ("0", "1", "2", "1;2")]
        assert not colours if "NO_COLOR" in env else "\x1b" not in plain
        lines = re.sub(r"\x1b\[[0-9;]*m", "", plain).split("\r\n")
        assert max(len(line) for line in lines if not line.startswith("run: ")) <= 80


def test_an_unknown_terminal_is_a_terminal():
    code, sent = on_a_terminal(*ASK, TERM="no-such-terminal")
    assert code == 0
    assert "llama-server" in sent


@pytest.mark.parametrize("args", SHOWN, ids=" ".join)
def test_without_home_terminal_and_locale(args):
    clean(run(*args, drop=("HOME", "TERM", "LANG", "XDG_CONFIG_HOME", "PATH")))


@pytest.mark.parametrize("args", SHOWN, ids=" ".join)
@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp437"])
def test_a_narrow_console_gets_every_letter_or_a_plain_spelling(args, encoding):
    done = run(*args, "--help" if args == ("--help",) else "--format=table", PYTHONIOENCODING=encoding, PYTHONUTF8="0")
    clean(done)
    text = done.stdout.decode(encoding)
    wide = run(*args, "--help" if args == ("--help",) else "--format=table", PYTHONIOENCODING="utf-8").stdout.decode()
    assert text.count("?") <= wide.count("?") + sum(wide.count(letter) for letter in "™®©éüö")


def test_a_locale_that_is_not_utf8_changes_no_number():
    narrow = run(*ASK, "--json", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    ascii_only = run(*ASK, "--json", PYTHONIOENCODING="ascii")
    assert json.loads(narrow.stdout) == json.loads(ascii_only.stdout) == json.loads(run(*ASK, "--json", PYTHONUTF8="1").stdout)
    ascii_only.stdout.decode("ascii")


def test_json_keeps_every_letter_on_a_narrow_console():
    wide = json.loads(run("list", "licenses", "--json", PYTHONUTF8="1").stdout)
    assert json.loads(run("list", "licenses", "--json", PYTHONIOENCODING="ascii").stdout) == wide
    shown = json.loads(run("explain", "moe", "--json", PYTHONIOENCODING="cp1252").stdout)
    assert shown == json.loads(run("explain", "moe", "--json", PYTHONUTF8="1").stdout)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder that nobody can write to")
def test_a_folder_that_cannot_be_written():
    clean(run(*ASK, cwd="/proc"))
    refused = run(*ASK, "-o", "answer.json", cwd="/proc")
    clean(refused, codes=(2,))
    assert refused.stderr.startswith(b"error: cannot write")


def test_a_working_folder_that_is_gone(tmp_path):
    folder = tmp_path / "gone"
    folder.mkdir()
    code = "import os, sys; os.rmdir(os.getcwd()); os.execv(sys.executable, [sys.executable, '-m', 'llm_pick', *sys.argv[1:]])"
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(str(Path(path).resolve()) for path in sys.path if path)}
    done = subprocess.run([sys.executable, "-c", code, *ASK], cwd=folder, env=env, capture_output=True, check=False)
    clean(done, codes=(0,))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("args", [(*ASK, "--json"), ("list", "models"), ("--version",), ("--help",)], ids=" ".join)
def test_a_full_disk(args):
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([*RUN, *args], stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 2
    assert done.stderr == b"error: output: No space left on device\n"


@pytest.mark.parametrize("format", ["table", "plain", "json", "markdown", "csv"])
def test_a_reader_that_has_enough(format):
    process = subprocess.Popen([*RUN, "list", "models", "--format", format], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout.readline()
    process.stdout.close()
    assert process.wait(timeout=60) == 0
    assert process.stderr.read() == b""
    process.stderr.close()


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&-"])
def test_closed_streams(closed):
    for args in ("list tasks", "list no-such-list"):
        done = subprocess.run(["sh", "-c", f'"{sys.executable}" -m llm_pick {args} {closed}'], capture_output=True, check=False)
        wrong = "no-such" in args or ">&-" in closed.replace("2>&-", "")
        assert done.returncode == (2 if wrong else 0)
        assert b"Traceback" not in done.stderr
        assert b"error" not in done.stdout


@pytest.mark.parametrize("at", [0.0, 0.03, 0.06, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6])
def test_an_interrupt_at_any_moment(at):
    process = subprocess.Popen([*RUN, *ASK, "--explain"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(at)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    # A shell reports 130 for both: our own exit code, and an end by the signal while nothing of ours runs yet.
    assert process.returncode in (130, -signal.SIGINT, 0)
    if b"Traceback" in told:  # by the interpreter itself, before the first line of ours
        assert b"llm_pick/cli" not in told
        assert b"llm_pick/core" not in told
    else:
        # Remarks of an answer that was under way may be out; an interrupt is told once, last, and is no error.
        *before, last = told.splitlines() or [b""]
        assert not any(line.startswith(b"error:") or line == b"interrupted" for line in before)
        assert not last.startswith(b"error:")


def test_an_interrupt_that_the_parent_ignores_is_ignored():
    command = f'trap "" INT; exec "{sys.executable}" -m llm_pick recommend --vram 24 --json'
    process = subprocess.Popen(["sh", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert json.loads(out)["recommendations"]


def test_twenty_at_once_agree():
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: run(*ASK, "--json"), range(20)))
    assert {done.returncode for done in answers} == {0}
    assert len({done.stdout for done in answers}) == 1
