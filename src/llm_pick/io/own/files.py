"""Which files of own facts are in force. Whoever has none pays for two looks at the file system.

Plain strings and ``os.path``: importing pathlib would cost more than the look.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from llm_pick.io.settings_files import config_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FILE = "catalog.yaml"
FOLDER = "catalog"
ENDINGS = (".yaml", ".yml")
_environment: Mapping[str, str] | None = None
_named: tuple[str, ...] = ()


def begin(environment: Mapping[str, str] | None) -> None:
    """A run of the command begins, for the user of ``environment``; ``None``: a library's use, built-in facts only."""
    global _environment, _named
    _environment, _named = environment, ()


def use(files: Iterable[str]) -> None:
    """Files named with ``--catalog``: they come after the user's own, so that they win."""
    global _named
    _named = tuple(files)


def named() -> tuple[str, ...]:
    """Files named with ``--catalog``."""
    return _named


def in_force() -> tuple[str, ...]:
    """Paths of the files whose records count, the weakest first."""
    if _environment is None:
        return ()
    return (*_of_user(config_folder(_environment)), *_named)


def _of_user(folder: str | None) -> tuple[str, ...]:
    """``catalog.yaml`` after the files of ``catalog/``, which programs write; those in the order of their names."""
    if folder is None:
        return ()
    try:
        held = [name for name in os.listdir(os.path.join(folder, FOLDER)) if name.endswith(ENDINGS) and name[0] != "."]
    except OSError:
        held = []
    found = [*(os.path.join(folder, FOLDER, name) for name in sorted(held)), os.path.join(folder, FILE)]
    return tuple(filter(os.path.isfile, found))  # a pipe of that name would be waited for


def cache_folder(environment: Mapping[str, str] | None = None) -> str | None:
    """Where what can be made again may lie; ``None`` without a home."""
    environment = environment if environment is not None else (_environment or {})
    if os.name == "nt":
        base = environment.get("LOCALAPPDATA")
        return os.path.join(base, "llm-pick", "Cache") if base else None
    base = environment.get("XDG_CACHE_HOME")
    if base and os.path.isabs(base):
        return os.path.join(base, "llm-pick")
    home = environment.get("HOME")
    return os.path.join(home, ".cache", "llm-pick") if home else None
