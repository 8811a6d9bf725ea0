"""Odd surroundings: terminals, encodings, folders, pipes, interrupts, many runs at once. The answer, or a clean error."""

from __future__ import annotations

import json
import os
import pty
import random
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.making.model_files import gguf_bytes

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
    for args in ("list tasks", "list no-such-list", "catalog path", "--version --json", "--help"):
        done = subprocess.run(["sh", "-c", f'"{sys.executable}" -m llm_pick {args} {closed}'], capture_output=True, check=False)
        wrong = "no-such" in args or ">&-" in closed.replace("2>&-", "")
        assert done.returncode == (2 if wrong else 0)
        assert b"Traceback" not in done.stderr
        assert b"error" not in done.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_under_stderr_changes_no_code_to_an_answer():
    for args in (("list", "no-such-list"), ("recommend", "--vram", "24")):
        with Path("/dev/full").open("wb") as full:
            done = subprocess.run([*RUN, *args], stdout=subprocess.PIPE, stderr=full, check=False)
        assert done.returncode == 2


@pytest.mark.parametrize("at", [0.0, 0.03, 0.06, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6])
def test_an_interrupt_at_any_moment(at):
    process = subprocess.Popen([*RUN, *ASK, "--explain"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(at)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    ended(process, told, signal.SIGINT)


def ended(process, told, which):
    """By the signal and without a word of error, or before it; a traceback is the interpreter's own, before our first line."""
    if b"Traceback" in told:
        assert b"llm_pick/cli" not in told
        assert b"llm_pick/core" not in told
        return
    # A shell reports 130 for both: our own exit code, and an end by the signal while nothing of ours runs yet.
    assert process.returncode in (130, -which, 0), told
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


@pytest.mark.parametrize("columns", ["0", "1", "-5", "garbage", "", "99999999999999999999"])
def test_any_width_gets_the_whole_answer(columns):
    done = run(*ASK, "--format", "table", "--top", "1", COLUMNS=columns)
    clean(done, codes=(0,))
    assert b"llama-server" in done.stdout


def test_devices_are_written_through_and_links_followed(tmp_path):
    clean(run("list", "tasks", "-o", "/dev/null"), codes=(0,))
    assert Path("/dev/null").is_char_device()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    clean(run("list", "tasks", "-o", str(tmp_path / "link")), codes=(0,))
    assert (tmp_path / "link").is_symlink() and (tmp_path / "real").read_text().startswith("id\t")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_words_that_are_not_utf8(tmp_path):
    odd = os.fsdecode(b"a\xffb")
    for args, encoding in ((("show", odd), "utf-8"), (("recommend", "--task", odd), "ascii"), (("inspect", odd), "latin-1")):
        clean(run(*args, "--json", PYTHONIOENCODING=encoding), codes=(2,))
    for format in ("html", "markdown"):
        clean(run("license", "apache-2.0", "--format", format, "-o", str(tmp_path / odd)), codes=(0,))
        (tmp_path / odd).read_text(encoding="utf-8")


def test_an_endless_word_is_told_short():
    done = run("show", "x" * 100_000)
    clean(done, codes=(2,))
    assert len(done.stderr) < 5000


WITHOUT_RIGHTS = """
import ctypes, os, sys
for right in (1, 2):  # of root: to read and write whatever it likes
    ctypes.CDLL(None).prctl(24, right, 0, 0, 0)
os.execv(sys.executable, [sys.executable, "-m", "llm_pick", *sys.argv[1:]])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="rights are dropped as Linux does it")
def test_what_may_not_be_read_or_written(tmp_path):
    config, cache, here = tmp_path / "config/llm-pick", tmp_path / "cache", tmp_path / "here"
    for folder in (config, cache, here):
        folder.mkdir(parents=True)
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(str(Path(path).resolve()) for path in sys.path if path)}
    env |= {"XDG_CONFIG_HOME": str(config.parent), "XDG_CACHE_HOME": str(cache), "HOME": str(here)}
    env.pop("PYTHONDONTWRITEBYTECODE", None)

    def ask(*args):
        code = [sys.executable, "-c", WITHOUT_RIGHTS, *args]
        return subprocess.run(code, cwd=here, env=env, capture_output=True, timeout=60, check=False)

    facts = config / "catalog.yaml"
    facts.write_text("devices:\n- {id: my-card, like: rtx-4090, memory_gib: 48.0}\n")
    for folder in (cache, here):
        folder.chmod(0o555)
    try:
        clean(ask("recommend", "-H", "my-card"), codes=(0,))  # its compiled copy cannot be kept
        refused = ask("list", "tasks", "-o", "answer.txt")
        clean(refused, codes=(2,))
        assert refused.stderr.startswith(b"error: cannot write `answer.txt`: Permission denied")
        for file in (facts, config / "config.toml"):
            file.touch()
            file.chmod(0)
            unread = ask("list", "tasks")
            file.chmod(0o644)
            clean(unread, codes=(2,))
            assert b"Permission denied" in unread.stderr and str(file).encode() in unread.stderr
            assert unread.stderr.count(str(file).encode()) == 1
        config.chmod(0)
        clean(ask("list", "tasks"), codes=(0,))
    finally:
        for folder in (config, cache, here):
            folder.chmod(0o755)


WRITTEN = [
    ("recommend", "--vram", "24", "--format", "html"),
    ("list", "models", "--json"),
    ("recommend", "-H", "my-card", "--catalog", "facts.yaml", "--json"),
]


@pytest.mark.parametrize("which", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_a_whole_file_or_none(tmp_path, which):
    (tmp_path / "facts.yaml").write_text("devices:\n- {id: my-card, like: rtx-4090, memory_gib: 48.0}\n")
    chance = random.Random(which)
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(str(Path(path).resolve()) for path in sys.path if path)}
    env["XDG_CACHE_HOME"] = str(tmp_path / "cache")
    for number in range(9):
        args = (*WRITTEN[number % len(WRITTEN)], "-o", "answer")
        process = subprocess.Popen([*RUN, *args], cwd=tmp_path, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(chance.uniform(0.05, 0.8))
        process.send_signal(which)
        _, told = process.communicate(timeout=60)
        ended(process, told, which)
        if (tmp_path / "answer").exists():
            text = (tmp_path / "answer").read_text(encoding="utf-8")
            assert text.endswith("</html>\n") if "html" in args else json.loads(text)
            (tmp_path / "answer").unlink()
    held = [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "facts.yaml"]
    assert all(path.is_relative_to(tmp_path / "cache") for path in held), held


def test_many_writers_of_one_file(tmp_path):
    (tmp_path / "facts.yaml").write_text("devices:\n- {id: my-card, like: rtx-4090, memory_gib: 48.0}\n")
    (tmp_path / "tiny.gguf").write_bytes(gguf_bytes())
    env = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "XDG_CONFIG_HOME": str(tmp_path / "config"), "HF_HUB_OFFLINE": "1"}
    asked = [
        ("recommend", "-H", "my-card", "--catalog", "facts.yaml", "--json", "-o", "answer.json"),
        ("catalog", "add", "tiny.gguf", "--id", "tiny", "--force"),
    ]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda number: run(*asked[number % 2], cwd=tmp_path, **env), range(6)))
    for done in answers:
        clean(done, codes=(0,))
    assert json.loads((tmp_path / "answer.json").read_text(encoding="utf-8"))["recommendations"]
    clean(run("show", "tiny", cwd=tmp_path, **env), codes=(0,))
    assert not [path for path in tmp_path.rglob("*") if path.name.startswith(".partial")]
