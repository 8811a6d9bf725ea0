"""Settings of the user become defaults of the options; what was taken from them is told beside the answer."""

from __future__ import annotations

import os
from itertools import dropwhile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llm_pick.io.settings import Setting

TOGETHER = ({"hardware", "vram"}, {"format", "json"})
"""Options that say the same thing twice: whoever gives one has given all."""
_taken: list[str] = []


def taken() -> tuple[str, ...]:
    """What this run took from settings, as sentences."""
    return tuple(_taken)


def default_map(app: Any, argv: Sequence[str]) -> dict[str, Any] | None:  # noqa: ANN401 - a typer application
    """The defaults that settings give the command of ``argv``, in click's form; ``None`` where there are none."""
    _taken.clear()
    if not {"-h", "--help", "--version"}.isdisjoint(argv):
        return None  # whoever asks for help may need it to mend a setting
    from pathlib import Path  # noqa: PLC0415 - only where something is set

    from llm_pick.io.settings import defaults_for, settings  # noqa: PLC0415
    from llm_pick.io.settings_files import working_folder  # noqa: PLC0415

    here = working_folder()
    found = settings(os.environ, Path(here) if here is not None else None)
    if not found:
        return None
    from typer.main import get_command  # noqa: PLC0415 - only where something is set

    commands = _commands(get_command(app))
    words = list(dropwhile(lambda word: word.startswith("-"), argv))
    called = next((name for name in commands if name.split(" ") == words[: name.count(" ") + 1]), "")
    options = {
        name: {flag: bool(getattr(param, "multiple", False)) for flag, param in params.items()}
        for name, params in commands.items()
    }
    params = commands.get(called, {})
    given = {flag for flag, param in params.items() if _is_given(param, argv)}
    values = _without_rivals(defaults_for(found, options).get(called, {}), given)
    mine = [setting for setting in found if setting.command in (None, called)]
    _taken.extend(_sentence(flag, value, mine) for flag, value in values.items())
    nested: dict[str, Any] = {params[flag].name: value for flag, value in values.items()}
    for part in reversed(called.split(" ")):
        nested = {part: nested}
    return nested


def _commands(group: Any, before: str = "") -> dict[str, dict[str, Any]]:  # noqa: ANN401 - a click group
    """Every command by its words, with its options by the name a user types, dashes as underscores."""
    out = {}
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            out.update(_commands(command, f"{before}{name} "))
        else:
            params = [param for param in command.params if param.param_type_name == "option"]
            out[f"{before}{name}"] = {max(param.opts, key=len).strip("-").replace("-", "_"): param for param in params}
    return out


def _is_given(param: Any, argv: Sequence[str]) -> bool:  # noqa: ANN401 - a click option
    return any(
        word == opt or word.startswith(f"{opt}=") or (len(opt) == 2 and word.startswith(opt))
        for word in argv
        for opt in (*param.opts, *param.secondary_opts)
    )


def _without_rivals(values: dict[str, Any], given: set[str]) -> dict[str, Any]:
    """Only the first of options that say the same thing, and none that a flag of this call already says."""
    kept: dict[str, Any] = {}
    for name, value in values.items():
        rivals = set().union(*(group for group in TOGETHER if name in group), {name})
        if not rivals & given and not rivals & set(kept):
            kept[name] = value
    return kept


def _sentence(name: str, value: Any, found: Sequence[Setting]) -> str:  # noqa: ANN401 - whatever the option takes
    origin = next(setting.origin for setting in found if setting.name == name)
    shown = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return f"--{name.replace('_', '-')} {shown} is set by {origin}"
