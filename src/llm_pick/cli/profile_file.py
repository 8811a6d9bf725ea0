"""A licence profile written down as YAML or JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from llm_pick.core.errors import QuestionError

MOST_LETTERS = 1 << 20


def read_profile(file: str) -> dict[str, Any]:
    """Keys and values of the file, checked to be a profile; ``QuestionError`` names the file and what is wrong."""
    from llm_pick.core.licensing.profile import parse_profile  # noqa: PLC0415 - lazy body

    values = _mapping(file)
    try:
        parsed = parse_profile(values)
    except QuestionError as error:
        raise QuestionError(f"{file}: {error.message}", error.hint) from error
    return parsed.stated()


def _mapping(file: str) -> dict[str, Any]:
    import yaml

    try:
        with Path(file).open(encoding="utf-8") as stream:
            text = stream.read(MOST_LETTERS + 1)
    except (OSError, ValueError) as error:  # ValueError: not UTF-8, or a NUL in the name
        said = getattr(error, "strerror", None) or error
        raise QuestionError(f"cannot read the profile {file}: {said}", "name a YAML or JSON file") from error
    if len(text) > MOST_LETTERS:
        raise QuestionError(f"{file} is too large for a profile", "a mapping such as `use: commercial`")
    try:
        # JSON is YAML; the safe loader reads both.
        loaded = yaml.safe_load(text)
    except yaml.YAMLError as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        where = f"{file}:{line + 1}" if line is not None else file
        raise QuestionError(f"{where}: not YAML: {getattr(error, 'problem', error)}", "key: value lines") from error
    except (ValueError, RecursionError) as error:
        # Impossible dates and bottomless nesting: the loader lets these through.
        raise QuestionError(f"{file} is no profile: {error}", "a mapping such as `use: commercial`") from error
    if not isinstance(loaded, dict):
        raise QuestionError(f"{file} holds no profile", "a mapping such as `use: commercial`")
    return loaded
