"""What a terminal of any width shows: no line too long, no word cut, the answer first, nothing said by colour alone."""

from __future__ import annotations

import gc
import re

import pytest
from tests.conftest import NOBODY
from tests.making.model_files import gguf_bytes

from llm_pick.cli.main import run
from llm_pick.render.terminal import layout
from llm_pick.render.terminal import table as terminal
from llm_pick.render.terminal.labels import labelled, wrapped
from llm_pick.render.view import Column, Table

WIDE = 1000
"""Columns of a terminal on which nothing is folded or left out."""
SIX = ("qwen3-32b", "gpt-oss-20b", "gemma-3-27b", "llama-3.3-70b", "mistral-small-3.2-24b", "deepseek-r1-distill-qwen-32b")
ANSWERS = {
    "recommend --vram 24": "qwen3.8-27b",
    "recommend -H rtx-4090 --task code --explain": "qwen3.8-27b",
    "recommend -H h100-sxm --task chat --req-per-day 50000": "qwen3.8-27b",
    "recommend --vram 2 --task code --license osi": "no model satisfies",
    "fit qwen3.6-27b -H rtx-4090 --context 64k": "fits",
    "fit llama-3.3-70b -H rtx-4090": "does not fit",
    "fit gpt-oss-120b": "known devices",
    f"compare {SIX[0]} {SIX[1]} --task code --vram 24": "gpt-oss-20b",
    f"compare {' '.join(SIX)} -H rtx-4090": "llama-3.3-70b-instruct does not",
    "license llama-3.1-8b": "Llama 3.1 Community License",
    "license llama-3.1-8b --saas --mau 1000000 --region DE --distribute": "Allowed with conditions",
    "license qwen2.5": "models under",
    "breakeven --req-per-day 50000 --model llama-3.3-70b --api gpt-4o -H '2x h100-sxm'": "Too close to call",
    "inspect tiny.gguf --vram 8": "fits",
    "hardware detect": "This machine",
    "show rtx-4090": "GeForce RTX 4090",
}
"""Command → words of the answer, which stand on its first lines."""
LOOKED_UP = (
    "show llama-3.1-8b", "show llama-3.1-community", "show openai/gpt-4o", "show mmlu", "show q4_k_m", "show llama-cpp",
    "show fits-memory", "show llama-3.1", "list models", "list licenses", "list hardware", "list quants", "list runtimes",
    "list tasks", "list rules", "list benchmarks", "list offers --model llama-3.3-70b", "list gpus --device h100-sxm",
    "hardware list --class phone", "catalog sources", "catalog diff", "catalog path",
    "explain kv-cache --model llama-3.1-8b --context 128k", "explain benchmarks", "explain quantization --model qwen3.8-27b",
)  # fmt: skip
FIRST = 8
"""Lines on which the answer must stand."""
COLOURS = re.compile(r"\x1b\[([0-9;]*)m")
READABLE = {"0", "1", "1;35", "35", "31", "39", "49"}
"""Bold, magenta, red and the terminal's own colours: the others are lost on white, or on black."""
PROSE = ("recommend --vram 2 --task code --license osi", "show fits-memory", "catalog diff", "explain benchmarks")
"""Answers that may be text without a table."""
PICTURE = re.compile(r"[\u2800-\u28ff]|^ *\S* *\||^-+\||^requests a day;")
"""Lines of the plot, which is drawn anew for each width."""
NOTE = re.compile(r"\[\d+\]|\+\d+")
"""Numbers that stand for sources."""
ADDRESS = re.compile(r"https?://|[0-9a-f]{16}")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("screens")
    (folder / "tiny.gguf").write_bytes(gguf_bytes())
    return folder


@pytest.fixture
def ask(folder, capsys, monkeypatch):
    """Run the command in this process; its two outputs."""
    monkeypatch.chdir(folder)
    for name, value in {"LLM_PICK_LOCAL": "0", "HOME": str(folder), "NO_COLOR": "1", **NOBODY}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("FORCE_COLOR", raising=False)

    def asked(command, format):
        args = [part.strip("'") for part in re.findall(r"'[^']*'|\S+", command)]
        if command != "catalog path":
            args += ["--format", format]
        elif format == "table":
            monkeypatch.setenv("FORCE_COLOR", "1")  # as on a terminal
        try:
            code = run(args)
        finally:
            gc.enable()  # a run switches it off, as it ends with its process
        out, err = capsys.readouterr()
        assert code in (0, 1), err
        return out, err

    return asked


@pytest.fixture
def screens(ask, monkeypatch):
    """One answer as terminals of several widths show it: asked once, printed for each."""
    printed = terminal.print_view

    def on_each(view):
        for width, colour in ((WIDE, False), (160, False), (80, False), (80, True), (40, False)):
            monkeypatch.setenv("COLUMNS", str(width))
            monkeypatch.setenv("FORCE_COLOR" if colour else "NO_COLOR", "1")
            monkeypatch.delenv("NO_COLOR" if colour else "FORCE_COLOR", raising=False)
            print(f"\f{width}{' in colour' * colour}")
            printed(view)

    def shown(command):
        monkeypatch.setattr(terminal, "print_view", on_each)
        out, _ = ask(command, "table")
        return dict(part.split("\n", 1) for part in out.split("\f") if part)

    return shown


def words(text: str) -> set[str]:
    """Words outside plots, without addresses and what a narrow terminal adds around them."""
    lines = [line for line in text.splitlines() if not PICTURE.search(line) and not line.startswith("─")]
    found = {word.strip("·\\") for line in lines for word in line.split()}
    return {word for word in found if word and not ADDRESS.search(word)}


@pytest.mark.parametrize("command", [*ANSWERS, *LOOKED_UP])
def test_every_screen_and_its_plain_form(command, screens, ask):
    """No line too long, no word cut, the answer first, nothing said by colour alone; a pipe gets all of it, in tables."""
    shown = screens(command)
    addresses = " ".join(word for word in shown[str(WIDE)].split() if ADDRESS.search(word))
    wide = {word.strip(":") for word in words(shown[str(WIDE)])}
    for width in (160, 80, 40):
        out = shown[str(width)]
        long = [line for line in out.splitlines() if len(line) > width]
        assert all("://" in line and len(line.split()) == 1 for line in long) or width == 40, long
        assert all(len(line.split()) <= 2 for line in long), long  # one long name, with its label at most
        pieces = {word.strip(":") for word in words(out)} - wide
        assert not {piece for piece in pieces if piece not in addresses}, "cut"  # addresses may be, in cells only
        assert "…" not in out
        if command in ANSWERS and width > 40:
            assert ANSWERS[command] in " ".join(" ".join(out.splitlines()[:FIRST]).split())
    coloured = shown["80 in colour"]
    assert COLOURS.sub("", coloured) == shown["80"]
    assert {"1", "0"} <= set(COLOURS.findall(coloured)) <= READABLE

    plain, said = ask(command, "plain")
    assert "\x1b" not in plain and "…" not in plain
    blocks = [block for block in plain.rstrip("\n").split("\n\n") if "\t" in block]
    assert blocks or command in PROSE
    for block in blocks:
        assert len({line.count("\t") for line in block.split("\n")}) == 1, block
    rows = "\n".join(line for line in shown[str(WIDE)].splitlines() if re.search(r"\S  +\S", line))
    numbers = {word for word in words(rows) if re.search(r"\d", word) and not NOTE.fullmatch(word)}
    if command != "hardware detect":  # free memory changes from one look to the next
        assert not numbers - set(f"{plain} {said}".split())


def test_a_long_name_goes_over_the_edge_of_its_column():
    names = [f"id-{number}" for number in range(20)] + ["a-name-that-is-much-longer-than-those-of-the-others"]
    table = Table((Column("id"), Column("what")), tuple((name, "some words that take room") for name in names))
    (panel,) = layout.panels([table], 60)
    assert panel.widths == (33, 25)


def test_things_compared_stand_in_panels():
    columns = (Column("what"), *(Column(f"a-long-name-of-a-model-{number}") for number in range(6)))
    table = Table(columns, (("size", *("1B",) * 6),), beside=True)
    found = layout.panels([table], 80)
    assert [panel.columns for panel in found] == [(0, 1, 2), (0, 3, 4), (0, 5, 6)]
    assert layout.panels([table], 20) == ()


def test_words_stay_whole_and_numbers_keep_their_per_cent_sign():
    assert wrapped("a-name-longer-than-the-line and 80 %", 12) == ["a-name-longer-than-the-line", "and 80 %"]
    assert wrapped("it is now 80 % of it", 12) == ["it is now", "80 % of it"]


def test_a_folded_command_is_still_a_command():
    command = "server --model 'a name' --context 8192 --flag value --other value --more value"
    lines = [text.plain for text in labelled([("run", command)], 40)]
    assert max(map(len, lines)) <= 40
    assert "\n".join(lines).removeprefix("run: ").replace("\\\n", "").split() == command.split()
