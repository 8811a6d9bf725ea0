"""Plain calls read without typer mean what typer reads in them, and everything else is left to typer."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tools.generate_shortcut import table
from typer.main import get_command

from llm_pick.cli import app as commands
from llm_pick.cli._shortcut_table import TABLE
from llm_pick.cli.shortcut import parse

VALUES = {
    "str": st.sampled_from(["code", "32k", "rtx-4090", "2x RTX 3090", "a=b", "ü"]),
    "int": st.sampled_from(["1", "8", "007", "+3", "1_000"]),
    "float": st.sampled_from(["24", "0.5", "1e3"]),
    "format": st.sampled_from(["json", "table", "plain"]),
}


def as_typer_reads(argv, monkeypatch):
    """Command and options as typer hands them to the body."""
    seen = {}
    for name in TABLE:
        monkeypatch.setitem(commands.BODIES, name, lambda options, name=name: seen.update({name: options}) or 0)
    get_command(commands.app).main(args=argv, prog_name="llm-pick", standalone_mode=False)
    ((name, options),) = seen.items()
    return name, options


def test_the_table_is_that_of_the_commands():
    assert table() == TABLE


@st.composite
def calls(draw):
    name = draw(st.sampled_from(sorted(TABLE)))
    arguments, options, _ = TABLE[name]
    words = [[draw(VALUES["str"])] for _, kind in arguments for _ in range(2 if kind == "several" else 1)]
    once = set()
    for option in draw(st.lists(st.sampled_from(sorted(options)), max_size=6)):
        field, kind = options[option]
        if field in once and kind != "strs":
            continue
        once.add(field)
        if kind in ("yes", "no"):
            words.append([option])
            continue
        value = draw(VALUES[kind.removesuffix("s") if kind == "strs" else kind])
        joined = option.startswith("--") and draw(st.booleans())
        words.append([f"{option}={value}"] if joined else [option, value])
    shuffled = draw(st.permutations(words))
    return [name, *(word for group in shuffled for word in group)]


@settings(max_examples=150, deadline=None)
@given(calls())
def test_a_plain_call_means_the_same_both_ways(argv):
    with pytest.MonkeyPatch.context() as patch:
        assert parse(argv) == as_typer_reads(argv, patch)


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["--help"],
        ["recommend", "--help"],
        ["recommend", "-h"],
        ["recommend", "--vra", "24"],
        ["recommend", "--vram"],
        ["recommend", "--vram", "-3"],
        ["recommend", "--vram="],
        ["recommend", "--users", "zero"],
        ["recommend", "--json=yes"],
        ["recommend", "--format", "xml"],
        ["recommend", "--task", "code", "--task", "chat"],
        ["recommend", "-Hrtx-4090"],
        ["recommend", "stray"],
        ["recommend", "--", "x"],
        ["fit"],
        ["compare"],
        ["recomend"],
        ["hardware", "detect"],
    ],
)
def test_what_is_not_plain_is_left_to_typer(argv):
    assert parse(argv) is None
