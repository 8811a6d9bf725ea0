"""JSON files with one record a line: a section's lines are told apart by the id they begin with, a line is parsed when its
record is asked for. So a large catalog costs a question what the question looks at.

Plain strings and ``os.path``: importing pathlib would cost more than reading a line.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from llm_pick.core.errors import CatalogError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def written(head: Mapping[str, Any], sections: Mapping[str, list[Any]]) -> str:
    """The text of such a file: what holds for all of it, then the rows of every section. Each row begins with its id."""
    parts = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
    for name, rows in sections.items():
        body = ",\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
        parts.append(f"{json.dumps(name)}: [\n{body}\n]")
    return "{" + ",\n".join(parts) + "}\n"


@lru_cache(maxsize=8)
def read(path: str) -> bytes:
    """A whole file; ``CatalogError`` where it cannot be read."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError as error:
        raise CatalogError(f"no compiled catalog ({os.path.basename(path)}); reinstall llm-pick") from error
    except OSError as error:
        raise CatalogError(f"the compiled catalog cannot be read ({error}); reinstall llm-pick") from error


def head_of(data: bytes) -> dict[str, Any]:
    """What stands before the first section; ``CatalogError`` where the file is no such file, or cut off."""
    try:
        head = json.loads(data[: data.index(b": [\n")].rpartition(b",\n")[0] + b"}")
    except ValueError as error:
        raise CatalogError(f"the compiled catalog is damaged ({error}); reinstall llm-pick") from error
    if not isinstance(head, dict) or not data.endswith(b"]}\n"):
        raise CatalogError("the compiled catalog is cut off; reinstall llm-pick")
    return head


_SCAN = json.JSONDecoder().scan_once  # type: ignore[attr-defined]
"""Reads one value and stops, whatever follows: what ``json.loads`` does after looking for encodings and spaces."""


def parsed(line: bytes) -> Any:  # noqa: ANN401 - JSON
    """The value a line begins with."""
    return _SCAN(line.decode(), 0)[0]


class Section(Mapping[str, T], Generic[T]):
    """Records by id, in the order of the file. ``known``: all ids, where asking for another need not read the file."""

    def __init__(self, path: str, name: str, build: Callable[[list[bytes]], T], known: frozenset[str] | None = None) -> None:
        self._path, self._name, self._build, self._known = path, name, build, known
        self._built: dict[str, T] = {}
        self._lines: dict[str, list[bytes]] | None = None

    def _find(self) -> dict[str, list[bytes]]:
        if self._lines is None:
            self._lines = _lines_by_id(_section(read(self._path), self._name, self._path))
        return self._lines

    def __getitem__(self, key: str) -> T:
        found = self.get(key)
        if found is None:
            raise KeyError(key)
        return found

    def get(self, key: str, default: Any = None) -> Any:  # noqa: ANN401 - as Mapping.get
        """The record, or ``default``."""
        found = self._built.get(key)
        if found is None:
            if self._known is not None and key not in self._known:
                return default
            lines = self._find().get(key)
            if lines is None:
                return default
            try:
                found = self._built[key] = self._build(lines)
            except (ValueError, KeyError, TypeError, StopIteration) as error:
                raise CatalogError(f"the compiled catalog is damaged ({self._name}: {error}); reinstall llm-pick") from error
        return found

    def __contains__(self, key: object) -> bool:
        return key in (self._find() if self._known is None else self._known)

    def __iter__(self) -> Iterator[str]:
        return iter(self._find())

    def __len__(self) -> int:
        return len(self._find())


def _section(data: bytes, name: str, path: str) -> list[bytes]:
    """The lines of a section."""
    mark = b'\n"%b": [\n' % name.encode()
    start = data.find(mark)
    end = data.find(b"\n]", start + len(mark) - 1)
    if start < 0 or end < 0:
        raise CatalogError(f"{os.path.basename(path)} has no {name}; reinstall llm-pick")
    inside = data[start + len(mark) : end]
    return inside.split(b"\n") if inside else []


def _lines_by_id(lines: list[bytes]) -> dict[str, list[bytes]]:
    """Lines by the value of their first key: the record's id, or the model a score is about."""
    if not lines:
        return {}
    begin = lines[0].index(b'"', lines[0].index(b":")) + 1
    ids = [line[begin : line.index(b'"', begin)] for line in lines]
    if len(set(ids)) == len(ids):
        return dict(zip(b"\n".join(ids).decode().split("\n"), [[line] for line in lines], strict=True))
    found: dict[str, list[bytes]] = {}
    for id, line in zip(ids, lines, strict=True):
        found.setdefault(id.decode(), []).append(line)
    return found


class Over(Mapping[str, T], Generic[T]):
    """Records over others: where both have an id, the upper one counts. In the order of the lower, then what is new."""

    def __init__(self, upper: Mapping[str, T], lower: Mapping[str, T]) -> None:
        self.upper, self.lower = upper, lower

    def __getitem__(self, key: str) -> T:
        found = self.upper.get(key)
        return self.lower[key] if found is None else found

    def get(self, key: str, default: Any = None) -> Any:  # noqa: ANN401 - as Mapping.get
        """The record, or ``default``."""
        found = self.upper.get(key)
        return self.lower.get(key, default) if found is None else found

    def __contains__(self, key: object) -> bool:
        return key in self.upper or key in self.lower

    def __iter__(self) -> Iterator[str]:
        yield from self.lower
        yield from (key for key in self.upper if key not in self.lower)

    def __len__(self) -> int:
        return len(self.lower) + sum(key not in self.lower for key in self.upper)
