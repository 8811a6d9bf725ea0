"""YAML without surprises: every value keeps its line, and what YAML 1.1 would mangle is an error.

The loader accepts a small, unambiguous subset: strings, ``true``/``false``, ``null``, decimal numbers. It
refuses duplicate keys and plain scalars that YAML 1.1 silently turns into something else (``NO`` becomes
False, ``1.10`` becomes 1.1, ``012`` becomes 10, ``1:30`` becomes 90, ``1_000`` becomes 1000).
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import yaml

from llm_pick.core.record import dataclass, field

if TYPE_CHECKING:
    from pathlib import Path

Loc = tuple[str | int, ...]

_INT = re.compile(r"-?(0|[1-9][0-9]*)$")
_FLOAT = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+(e[+-]?[0-9]+)?$")
_BOOLISH = {"y", "n", "yes", "no", "on", "off"}
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029\ud800-\udfff\ufeff]")
"""Control characters, those that turn the direction of text, and halves of characters."""
MOST_REPEATED = 20_000
"""Values that may stand under aliases: with aliases of aliases a short file stands for an endless one."""
MOST_DIGITS = 300
_TRAPS = (
    (re.compile(r"[-+]?0[0-9_]+$"), "a leading zero means octal in YAML 1.1"),
    (
        re.compile(r"[-+]?[0-9][0-9_]*_[0-9_.]*$"),
        "underscores in numbers are read differently by YAML versions",
    ),
    (re.compile(r"[-+]?[0-9]+(:[0-5]?[0-9])+(\.[0-9]*)?$"), "digits with colons are base 60 in YAML 1.1"),
    (re.compile(r"[-+]?[0-9.]+[eE][0-9+-]+$"), "exponents are text in YAML 1.1 and numbers elsewhere"),
    (
        re.compile(r"0x[0-9a-fA-F_]+$|0o[0-7]+$|0b[01_]+$"),
        "other number bases are read differently by YAML versions",
    ),
    (re.compile(r"[-+]?\.(inf|nan)$", re.IGNORECASE), "infinity and not-a-number are no facts"),
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with an authored file, said so that its author can find it."""

    file: str
    line: int
    record: str
    key: str
    message: str

    def __str__(self) -> str:
        where = ": ".join(part for part in (self.record, self.key) if part)
        said = f"{self.file}:{self.line}: {where + ': ' if where else ''}{self.message}"
        return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", said.replace("\n", " "))


@dataclass(slots=True)
class Document:
    """A parsed file: its value, the line of every path in it, and the problems met on the way."""

    file: str
    value: Any = None
    lines: dict[Loc, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    read: set[int] = field(default_factory=set)
    """Nodes met so far: one that is met again stands under an alias."""
    repeated: int = 0

    def line(self, loc: Loc) -> int:
        """Line of ``loc``, or of its nearest ancestor that was written down."""
        while loc and loc not in self.lines:
            loc = loc[:-1]
        return self.lines.get(loc, 1)

    def add(self, loc: Loc, record: str, message: str) -> None:
        """Record a problem at ``loc``."""
        key = ".".join(str(part) for part in loc)
        self.problems.append(Problem(self.file, self.line(loc), record, key, message))


def load(path: Path, shown: str | None = None, data: bytes | None = None) -> Document:
    """Read one YAML file. Never raises for its content: every problem is in ``Document.problems``.

    ``shown`` is the file's name in problems; default: without its folder. ``data``: what was read of it before.
    """
    document = Document(shown or path.name)
    try:
        text = (path.read_bytes() if data is None else data).decode()
    except (OSError, ValueError) as error:  # UnicodeDecodeError, or a path that cannot be one
        document.problems.append(Problem(document.file, 1, "", "", f"cannot be read: {error}"))
        return document
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        node = yaml.compose(text, Loader=loader)
        document.value = _construct(node, (), document) if node is not None else None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or getattr(error, "reason", None) or "not YAML"
        document.problems.append(Problem(document.file, mark.line + 1 if mark else 1, "", "", str(reason)))
    except RecursionError:
        document.problems.append(Problem(document.file, 1, "", "", "nested too deep"))
    return document


def _construct(node: yaml.Node, loc: Loc, document: Document) -> Any:  # noqa: ANN401 - YAML is untyped
    document.lines[loc] = node.start_mark.line + 1
    if id(node) in document.read:
        document.repeated += 1
        if document.repeated == MOST_REPEATED:
            document.add(loc, "", "aliases (`*name`) of aliases make the file larger than any catalog: write the values out")
        if document.repeated >= MOST_REPEATED:
            return None
    document.read.add(id(node))
    if isinstance(node, yaml.MappingNode):
        mapping: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else repr(key_node.value)
            here = (*loc, key)
            if _UNPRINTABLE.search(key):
                document.lines[here] = key_node.start_mark.line + 1
                document.add(here, "", "a key holds characters that cannot be shown")
            if key in mapping:
                document.lines[here] = key_node.start_mark.line + 1
                document.add(here, "", f"duplicate key `{key}`")
                continue
            mapping[key] = _construct(value_node, here, document)
        return mapping
    if isinstance(node, yaml.SequenceNode):
        return [_construct(child, (*loc, index), document) for index, child in enumerate(node.value)]
    return _scalar(node, loc, document)


def _scalar(node: yaml.Node, loc: Loc, document: Document) -> Any:  # noqa: ANN401 - YAML is untyped
    text: str = node.value
    if _UNPRINTABLE.search(text):
        document.add(loc, "", "holds characters that cannot be shown, or that steer a terminal")
        return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)
    if getattr(node, "style", None):
        return text
    if text in ("", "~", "null"):
        return None
    if text in ("true", "false"):
        return text == "true"
    if _INT.match(text) or _FLOAT.match(text):
        return _number(text, loc, document)
    if text.lower() in _BOOLISH or (text.lower() in ("true", "false", "null")):
        document.add(loc, "", f"`{text}` is a truth value in YAML 1.1: quote it, or write true or false")
        return text
    for pattern, why in _TRAPS:
        if pattern.match(text):
            document.add(loc, "", f"`{text}`: {why}; quote it or write a plain decimal number")
            return text
    return text


def _number(text: str, loc: Loc, document: Document) -> int | float | None:
    if len(text) > MOST_DIGITS or math.isinf(float(text)):
        document.add(loc, "", "infinity and not-a-number are no facts")
        return None
    if _INT.match(text):
        return int(text)
    if "e" not in text and text.endswith("0") and not text.endswith(".0"):
        document.add(loc, "", f"`{text}` loses its last zero as a number: quote a version, shorten a number")
    return float(text)
