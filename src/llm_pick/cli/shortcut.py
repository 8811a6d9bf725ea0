"""The short way to a command: plain calls of the commands people use most, read without building typer's parsers.

Importing typer and building one command costs more than most answers (``docs/decisions``). The options are the same:
``tools/generate_shortcut.py`` writes them down from typer's commands, and a test parses calls both ways. Whatever this reader
does not fully understand (help, abbreviations, settings, mistakes) it leaves to typer, which alone reports errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llm_pick.cli._shortcut_table import TABLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class _NotPlainError(Exception):
    """A call for typer to read."""


def parse(argv: Sequence[str]) -> tuple[str, dict[str, Any]] | None:
    """The command and all its options, defaults filled in; ``None`` where typer should have a look."""
    if not argv or argv[0] not in TABLE:
        return None
    arguments, options, defaults = TABLE[argv[0]]
    try:
        found, bare = _read(iter(argv[1:]), options)
        return argv[0], {**_placed(arguments, bare), **defaults, **found}
    except _NotPlainError:
        return None


def _read(words: Iterator[str], options: dict[str, tuple[str, str]]) -> tuple[dict[str, Any], list[str]]:
    """The options given, and the words that belong to none."""
    found: dict[str, Any] = {}
    bare: list[str] = []
    for word in words:
        if not word.startswith("-"):
            bare.append(word)
            continue
        option, equals, text = word.partition("=") if word.startswith("--") else (word, "", "")
        if option not in options:
            raise _NotPlainError
        name, kind = options[option]
        if kind in ("yes", "no"):
            if equals:
                raise _NotPlainError
            value: Any = kind == "yes"
        else:
            value = _value(text if equals else next(words, ""), kind)
        if kind == "strs":
            value = [*found.pop(name, ()), value]
        if name in found:
            raise _NotPlainError
        found[name] = value
    return found, bare


def _value(text: str, kind: str) -> Any:  # noqa: ANN401 - what the kind says
    if not text or text.startswith("-"):
        raise _NotPlainError
    if kind in ("str", "strs"):
        return text
    from llm_pick.cli.format import Format  # noqa: PLC0415 - importing enum waits until a format is named

    try:
        return {"int": int, "float": float, "format": Format}[kind](text)
    except ValueError as error:
        raise _NotPlainError from error


def _placed(arguments: tuple[tuple[str, str], ...], bare: list[str]) -> dict[str, Any]:
    """The bare words as positional arguments: one each, or all for the one that takes several."""
    kinds = [kind for _, kind in arguments]
    if kinds == ["several"] and bare:
        return {arguments[0][0]: bare}
    if kinds == ["optional"] and not bare:
        return {arguments[0][0]: None}
    if kinds == ["several"] or len(bare) != len(arguments) or not all(bare):
        raise _NotPlainError
    return {name: word for (name, _), word in zip(arguments, bare, strict=True)}
