"""Typer turns every option of every command into a parser at start; here only those of the command that was called."""

from __future__ import annotations

import copy
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import typer


def only_needed(app: typer.Typer, argv: Sequence[str]) -> typer.Typer:
    """``app`` with the options of all commands but the called one left out; names and help lines stay.

    Completion looks at everything, and gets everything.
    """
    if any(name.endswith("_COMPLETE") for name in os.environ):
        return app
    called = argv[0] if argv else ""
    slim = copy.copy(app)
    slim.registered_commands = [
        info if (info.name or _name(info.callback)) == called else _without_options(info) for info in app.registered_commands
    ]
    slim.registered_groups = []
    for info in app.registered_groups:
        group = copy.copy(info)
        if group.typer_instance is not None:
            inner = argv[1:] if info.name == called else ()
            group.typer_instance = only_needed(group.typer_instance, inner)
        slim.registered_groups.append(group)
    return slim


def _name(callback: Callable[..., Any] | None) -> str:
    return callback.__name__ if callback else ""


def _without_options(info: Any) -> Any:  # noqa: ANN401 - typer's record of a command
    bare = copy.copy(info)

    def nothing() -> None:
        """Replaced below."""

    nothing.__doc__, nothing.__name__ = info.callback.__doc__, info.callback.__name__
    bare.callback = nothing
    return bare
