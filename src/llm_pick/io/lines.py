"""Records in a file of JSON lines, found by id and parsed one by one: a large catalog costs a question what it looks at.

The first line says what holds for all of it (its head), and where each section lies; a section begins with the line of its
ids and has one line a record. Plain strings and ``os.path``: importing pathlib would cost more than reading a section.
"""

from __future__ import annotations

import json
import os
from binascii import crc32
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO, Generic, TypeVar

from llm_pick.core.errors import CatalogError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def written(head: Mapping[str, Any], sections: Mapping[str, list[dict[str, Any]]]) -> bytes:
    """The bytes of such a file; every row has an ``id``, none twice in a section."""
    places, parts, at = {}, [], 0
    for name, rows in sections.items():
        lines = [{"ids": "\n".join(row["id"] for row in rows)}, *rows]
        part = "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines).encode()
        places[name] = [at, len(part)]
        parts.append(part)
        at += len(part)
    body = b"".join(parts)
    return json.dumps({**head, "sections": places, "bytes": at, "crc32": crc32(body)}).encode() + b"\n" + body


class LineFile:
    """Such a file, its head read and its sections found."""

    def __init__(self, path: str, data: bytes | None = None) -> None:
        """The file at ``path``, or ``data`` in its place; ``CatalogError`` where there is none, or it is damaged."""
        self._path, self._data = path, data
        try:
            with self._open() as file:
                line = file.readline()
                held = file.seek(0, os.SEEK_END) - len(line)
            head = json.loads(line)
            if held != head["bytes"]:
                raise ValueError(f"{held} bytes of {head['bytes']}")
            self._places: dict[str, list[int]] = head["sections"]
        except FileNotFoundError as error:
            raise CatalogError(f"no compiled catalog ({os.path.basename(path)}); reinstall llm-pick") from error
        except OSError as error:
            raise CatalogError(f"the compiled catalog cannot be read ({error}); reinstall llm-pick") from error
        except (ValueError, KeyError, TypeError) as error:
            raise CatalogError(f"the compiled catalog is damaged ({error}); reinstall llm-pick") from error
        self._begin = len(line)
        self.head: dict[str, Any] = head

    def _open(self) -> BinaryIO:
        if self._data is not None:
            return BytesIO(self._data)
        return open(self._path, "rb")

    def __contains__(self, section: str) -> bool:
        return section in self._places

    def whole(self) -> bool:
        """Whether every byte is as it was written."""
        with self._open() as file:
            file.seek(self._begin)
            return crc32(file.read()) == self.head.get("crc32")

    def lines(self, section: str) -> dict[str, bytes]:
        """Id → line."""
        try:
            start, length = self._places[section]
            with self._open() as file:
                file.seek(self._begin + start)
                first, *lines = file.read(length).split(b"\n")
            ids = json.loads(first)["ids"]
            return dict(zip(ids.split("\n") if ids else (), lines[:-1], strict=True))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CatalogError(f"the compiled catalog is damaged ({section}: {error}); reinstall llm-pick") from error


_SCAN = json.JSONDecoder().scan_once  # type: ignore[attr-defined]
"""Reads one value and stops: what ``json.loads`` does after looking for encodings and spaces."""


def parsed(line: bytes) -> Any:  # noqa: ANN401 - JSON
    """The value a line begins with."""
    return _SCAN(line.decode(), 0)[0]


class Section(Mapping[str, T], Generic[T]):
    """Records by id, in the order of the file. ``known``: all ids, where asking for another need not read the file."""

    def __init__(self, file: LineFile, name: str, build: Callable[[bytes], T], known: frozenset[str] | None = None) -> None:
        self._file, self._name, self._build, self._known = file, name, build, known
        self._built: dict[str, T] = {}
        self._lines: dict[str, bytes] | None = None

    def _find(self) -> dict[str, bytes]:
        if self._lines is None:
            self._lines = self._file.lines(self._name)
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
            line = self._find().get(key)
            if line is None:
                return default
            try:
                found = self._built[key] = self._build(line)
            except (ValueError, KeyError, TypeError, StopIteration) as error:
                raise CatalogError(f"the compiled catalog is damaged ({self._name}: {error}); reinstall llm-pick") from error
        return found

    def __contains__(self, key: object) -> bool:
        return key in (self._find() if self._known is None else self._known)

    def __iter__(self) -> Iterator[str]:
        return iter(self._find())

    def __len__(self) -> int:
        return len(self._find())


class Over(Mapping[str, T], Generic[T]):
    """Records over others: where both have an id, the upper one counts. In the order of the lower, then what is new."""

    def __init__(self, upper: Mapping[str, T], lower: Mapping[str, T]) -> None:
        self._upper, self._lower = upper, lower

    def __getitem__(self, key: str) -> T:
        found = self._upper.get(key)
        return self._lower[key] if found is None else found

    def get(self, key: str, default: Any = None) -> Any:  # noqa: ANN401 - as Mapping.get
        """The record, or ``default``."""
        found = self._upper.get(key)
        return self._lower.get(key, default) if found is None else found

    def __contains__(self, key: object) -> bool:
        return key in self._upper or key in self._lower

    def __iter__(self) -> Iterator[str]:
        yield from self._lower
        yield from (key for key in self._upper if key not in self._lower)

    def __len__(self) -> int:
        return len(self._lower) + sum(key not in self._lower for key in self._upper)
