"""Files of own facts, written whole or not at all, in YAML that the strict reader takes."""

from __future__ import annotations

import os
import re
from typing import Any

from llm_pick.core.errors import QuestionError
from llm_pick.io.own.files import FOLDER
from llm_pick.io.settings_files import config_folder
from llm_pick.io.write_file import write_whole

_PLAIN = re.compile(r"[A-Za-z][A-Za-z_./@ -]*[A-Za-z]$")
_WORDS = frozenset({"yes", "no", "on", "off", "true", "false", "null", "y", "n"})


def to_yaml(value: Any, comment: str) -> str:  # noqa: ANN401 - plain values
    """YAML of plain values under a comment; text that could be read as something else is quoted."""
    import yaml

    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, _data: Any) -> bool:  # noqa: ANN401
            return True

    def text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
        clean = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in value)
        plain = _PLAIN.match(clean) and clean.lower() not in _WORDS and "  " not in clean
        return dumper.represent_scalar("tag:yaml.org,2002:str", clean, style=None if plain else '"')

    Dumper.add_representer(str, text)
    head = "".join(f"# {line}\n" for line in comment.splitlines())
    return head + yaml.dump(value, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=120)


def folder() -> str:
    """The folder of the user's own files that programs write; ``QuestionError`` without a home."""
    config = config_folder(os.environ)
    if config is None:
        raise QuestionError("there is no folder for your settings", "set HOME or XDG_CONFIG_HOME, or name a file with -o")
    return os.path.join(config, FOLDER)


def replace_file(path: str, text: str) -> None:
    """Write ``text`` to ``path`` whole or not at all, in a folder that is made where it is missing."""
    write_whole(path, text, make_folder=True)
