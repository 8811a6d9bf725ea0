"""Settings of the user become defaults of the options; what was taken from them is told beside the answer."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llm_pick.io.settings import PREFIX, Setting, defaults_for, settings, user_file

if TYPE_CHECKING:
    from collections.abc import Sequence

TOGETHER = ({"hardware", "vram"}, {"format", "as_json"})
"""Options that say the same thing twice: whoever gives one has given all."""
_taken: list[str] = []


def taken() -> tuple[str, ...]:
    """What this run took from settings, as sentences."""
    return tuple(_taken)


def default_map(app: Any, argv: Sequence[str]) -> dict[str, Any] | None:  # noqa: ANN401 - a typer application
    """The defaults that settings give the command of ``argv``, in click's form; ``None`` where there are none."""
    _taken.clear()
    found = settings(os.environ, Path.cwd()) if _any_settings() else ()
    if not found:
        return None
    from typer.main import get_command  # noqa: PLC0415 - only where something is set

    commands = _commands(get_command(app))
    called = next((name for name in commands if name.split(" ") == list(argv[: name.count(" ") + 1])), None)
    options = {
        name: {param.name: bool(getattr(param, "multiple", False)) for param in params} for name, params in commands.items()
    }
    given = {param.name for param in commands.get(called or "", ()) if _is_given(param, argv)}
    values = defaults_for(found, options).get(called or "", {})
    values = _without_rivals(values, given)
    _taken.extend(_sentence(name, value, found) for name, value in values.items())
    nested: dict[str, Any] = values
    for part in reversed((called or "").split(" ")):
        nested = {part: nested}
    return nested


def _any_settings() -> bool:
    """A cheap look, so that whoever has no settings pays nothing for them."""
    if any(name.startswith(PREFIX) for name in os.environ):
        return True
    here = Path.cwd()
    mine = user_file(os.environ)
    files = [folder / name for folder in (here, *here.parents) for name in ("llm-pick.toml", "pyproject.toml")]
    return any(path.is_file() for path in (*files, *((mine,) if mine else ())))


def _commands(group: Any, before: str = "") -> dict[str, list[Any]]:  # noqa: ANN401 - a click group
    """Every command by its words, with its options."""
    out = {}
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            out.update(_commands(command, f"{before}{name} "))
        else:
            out[f"{before}{name}"] = [param for param in command.params if param.param_type_name == "option"]
    return out


def _is_given(param: Any, argv: Sequence[str]) -> bool:  # noqa: ANN401 - a click option
    return any(
        word == opt or word.startswith(f"{opt}=") or (len(opt) == 2 and word.startswith(opt))
        for word in argv
        for opt in param.opts
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
