"""Defaults a user set once: ``LLM_PICK_*`` variables, the project's ``llm-pick.toml`` or ``pyproject.toml``, the user's file.

Precedence, the first that has the value: flag, variable, nearest project file, user file, built-in default. A table named
after a command (``[recommend]``, ``[hardware.list]``) holds for that command, top-level keys for every command that has the
option. Keys are the options' names without the dashes.
"""

from __future__ import annotations

import os
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llm_pick.core.errors import QuestionError
from llm_pick.core.names import Names
from llm_pick.core.record import dataclass
from llm_pick.io.settings_files import NOT_OPTIONS, PREFIX, SHARED_FILE, project_file, user_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


FILES = ("catalog", "profile", "timestamps")
"""Options that name files: in a settings file they are seen from its folder, not from where the program runs."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One value and where it stands."""

    name: str
    """Option name with underscores."""
    value: Any
    origin: str
    """Variable or file."""
    command: str | None = None


def settings(environment: Mapping[str, str], here: Path | None) -> tuple[Setting, ...]:
    """All settings in force, the strongest first; files are read only where they exist.

    ``here`` is the working folder, ``None`` where there is none. ``QuestionError`` for a file that cannot be read.
    """
    found = [
        Setting(name.removeprefix(PREFIX).lower(), text, name)
        for name, text in sorted(environment.items())
        if name.startswith(PREFIX) and name.removeprefix(PREFIX) not in NOT_OPTIONS and text
    ]
    project = project_file(str(here)) if here is not None else None
    if project is not None:
        found += _of_file(Path(project))
    mine = user_file(environment)
    if mine is not None and os.path.isfile(mine):  # noqa: PTH113 - never raises
        found += _of_file(Path(mine))
    elif environment.get("LLM_PICK_CONFIG"):
        raise QuestionError(f"LLM_PICK_CONFIG: there is no file {mine}", "correct the path, or unset the variable")
    return tuple(found)


def defaults_for(found: Iterable[Setting], options: Mapping[str, Mapping[str, bool]]) -> dict[str, dict[str, Any]]:
    """Command → option → value. ``options`` maps each command to its options and whether they repeat.

    ``QuestionError`` for a key of a file that no command has (a variable may belong to a newer program: it is left alone).
    """
    every = {name for known in options.values() for name in known}
    out: dict[str, dict[str, Any]] = {command: {} for command in options}
    for setting in found:
        if setting.command is not None and setting.command not in options:
            near = Names(dict.fromkeys(sorted(options), ())).nearest(setting.command)
            hint = f"did you mean [{near[0].replace(' ', '.')}]?" if near else f"one of {', '.join(sorted(options))}"
            raise QuestionError(f"{setting.origin}: there is no command `{setting.command}`", hint)
        if setting.name not in every:
            if setting.origin.startswith(PREFIX):
                continue
            near = Names(dict.fromkeys(sorted(every), ())).nearest(setting.name)
            hint = f"did you mean {', '.join(near[:3])}?" if near else "keys are option names: vram, task, license, …"
            raise QuestionError(f"{setting.origin}: there is no option `{setting.name}`", hint)
        for command, known in options.items():
            if setting.name in known and setting.command in (None, command) and setting.name not in out[command]:
                out[command][setting.name] = _shaped(setting, repeats=known[setting.name])
    return out


def _shaped(setting: Setting, *, repeats: bool) -> Any:  # noqa: ANN401 - whatever the option takes
    value = setting.value
    if repeats:
        if isinstance(value, str):
            value = [part.strip() for part in value.split(",") if part.strip()]
        value = [str(item) for item in value] if isinstance(value, list) else [str(value)]
    elif isinstance(value, list | dict):
        raise QuestionError(f"{setting.origin}: `{setting.name}` takes one value", f"e.g. {setting.name} = 24")
    return value


def _of_file(path: Path) -> list[Setting]:
    try:
        return _read(path)
    except RecursionError as error:
        raise QuestionError(f"{path}: nested too deep", "correct the file, or move it away") from error


def _read(path: Path) -> list[Setting]:
    import tomllib  # noqa: PLC0415 - only where a file exists

    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:  # ValueError: no TOML, not UTF-8, or a number too long to be read
        said = getattr(error, "strerror", None) or error
        raise QuestionError(f"{path}: {said}", "correct the file, or move it away") from error
    if path.name == SHARED_FILE:
        tool = raw.get("tool")
        raw = tool.get("llm-pick", {}) if isinstance(tool, dict) else {}
    if not isinstance(raw, dict):
        raise QuestionError(f"{path}: `tool.llm-pick` is no table", "write it as [tool.llm-pick]")
    found = list(_of_table(raw, str(path)))
    return sorted(found, key=lambda setting: setting.command is None)  # a command's own table beats the top level


def _of_table(table: Mapping[str, Any], origin: str, command: str | None = None) -> Iterator[Setting]:
    """Keys of one table; a table in it is a command, or a command of that command."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _of_table(value, origin, f"{command} {key}" if command else key)
        elif isinstance(value, float) and not isfinite(value):
            raise QuestionError(f"{origin}: `{key}` is {value}", "a finite number")
        else:
            option = _option(key)
            if option == "catalog" and isinstance(value, str):
                value = value.split(",")
            yield Setting(option, _beside(value, origin) if option in FILES else value, origin, command)


def _beside(value: Any, origin: str) -> Any:  # noqa: ANN401 - whatever TOML holds
    """A file's name, or a list of them, as seen from the folder of the settings file."""
    if isinstance(value, list):
        return [_beside(item, origin) for item in value]
    if not isinstance(value, str) or not value.strip():
        return value
    return os.path.join(os.path.dirname(os.path.abspath(origin)), os.path.expanduser(value.strip()))  # noqa: PTH100, PTH111, PTH118, PTH120


def _option(key: str) -> str:
    return key.replace("-", "_")
