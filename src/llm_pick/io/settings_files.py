"""Where settings may lie, and a cheap look whether there are any: whoever has none pays nothing for them.

Plain strings and ``os.path``: importing pathlib is most of what this look would cost.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "LLM_PICK_"
NOT_OPTIONS = frozenset({"DEBUG", "NO_PROGRESS", "CONFIG", "COMPLETE", "LOCAL", "PRICES_URL"})
"""Variables of the program itself, no option of a command."""
FILE = "llm-pick.toml"
SHARED_FILE = "pyproject.toml"


def working_folder() -> str | None:
    """Where the program was called; ``None`` where that folder was deleted."""
    try:
        return os.getcwd()
    except OSError:
        return None


def anything_set(environment: Mapping[str, str], here: str | None) -> bool:
    """Whether a variable, a file of the folder ``here`` or above, or the user's own file may set something."""
    if any(name.startswith(PREFIX) and name.removeprefix(PREFIX) not in NOT_OPTIONS for name in environment):
        return True
    mine = user_file(environment)
    if mine is not None and (environment.get("LLM_PICK_CONFIG") or os.path.isfile(mine)):
        return True
    return here is not None and project_file(here) is not None


def project_file(here: str) -> str | None:
    """``llm-pick.toml``, or a ``pyproject.toml`` with our table, in the nearest folder upwards."""
    folder, above = here, os.path.dirname(here)
    while True:
        for name, ours in ((FILE, os.path.isfile), (SHARED_FILE, has_table)):
            path = os.path.join(folder, name)
            if ours(path):
                return path
        if above == folder:
            return None
        folder, above = above, os.path.dirname(above)


def has_table(path: str) -> bool:
    """Whether the ``pyproject.toml`` at ``path`` exists, may be read, and speaks of llm-pick."""
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            return "tool.llm-pick" in stream.read()
    except OSError:
        return False


def user_file(environment: Mapping[str, str]) -> str | None:
    """The user's own file: ``LLM_PICK_CONFIG``, else ``llm-pick/config.toml`` in the platform's folder for settings."""
    named = environment.get("LLM_PICK_CONFIG")
    if named:
        return named
    folder = config_folder(environment)
    return os.path.join(folder, "config.toml") if folder is not None else None


def config_folder(environment: Mapping[str, str]) -> str | None:
    """Where this user's settings and catalog lie; ``None`` without a home."""
    if os.name == "nt":
        base = environment.get("APPDATA")
        return os.path.join(base, "llm-pick") if base else None
    base = environment.get("XDG_CONFIG_HOME")
    if base and os.path.isabs(base):  # the standard has relative paths ignored
        return os.path.join(base, "llm-pick")
    home = environment.get("HOME")
    return os.path.join(home, ".config", "llm-pick") if home else None
