"""Records in a file of JSON lines, found by id and parsed one by one: a large catalog costs a question what it looks at.

The first line says what holds for all of it (its head), and where each section lies; a section begins with its index (the ids,
and where the line of each ends) and has one line a record. Plain strings and ``os.path``: importing pathlib would cost more
than reading a section.
"""

from __future__ import annotations

import json
import os
from binascii import crc32
from collections.abc import Iterator, Mapping
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from llm_pick.core.errors import CatalogError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def written(head: Mapping[str, Any], sections: Mapping[str, list[dict[str, Any]]]) -> bytes:
    """The bytes of such a file; every row has an ``id``, none twice in a section."""
    places, parts, at = {}, [], 0
    for name, rows in sections.items():
        lines = [_line(row) for row in rows]
        index = _line({"ids": "\n".join(row["id"] for row in rows), "ends": list(accumulate(map(len, lines)))})
        places[name] = [at, len(index)]
        parts += [index, *lines]
        at += len(index) + sum(map(len, lines))
    body = b"".join(parts)
    first = {**head, "sections": places, "bytes": at}
    return _line({**first, "crc32": crc32(body, crc32(_line(first)))}) + body


def _line(row: Mapping[str, Any]) -> bytes:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


class LineFile:
    """Such a file, its head read and its sections found."""

    def __init__(self, path: str, data: bytes | None = None) -> None:
        """The file at ``path``, or ``data`` in its place; ``CatalogError`` where there is none, or it is damaged."""
        self._data, self._file = data, None
        try:
            if data is None:
                self._file = open(path, "rb")  # noqa: SIM115 - closed by whoever lets go of it last
                line = self._file.readline()
                size = os.fstat(self._file.fileno()).st_size
                if not hasattr(os, "pread"):
                    self._data = line + self._file.read()
            else:
                line, size = data[: data.index(b"\n") + 1], len(data)
            head = json.loads(line)
            if size - len(line) != head["bytes"]:
                raise ValueError(f"{size - len(line)} bytes of {head['bytes']}")
            self._places: dict[str, list[int]] = head["sections"]
        except FileNotFoundError as error:
            raise CatalogError(f"no compiled catalog ({os.path.basename(path)}); reinstall llm-pick") from error
        except OSError as error:
            raise CatalogError(f"the compiled catalog cannot be read ({error}); reinstall llm-pick") from error
        except (ValueError, KeyError, TypeError) as error:
            raise CatalogError(f"the compiled catalog is damaged ({error}); reinstall llm-pick") from error
        self._begin = len(line)
        self.head: dict[str, Any] = head

    def __del__(self) -> None:
        """Close the file when nobody reads it any more."""
        if self._file is not None:
            self._file.close()

    def __contains__(self, section: str) -> bool:
        return section in self._places

    def whole(self) -> bool:
        """Whether every byte is as it was written."""
        first = _line({name: value for name, value in self.head.items() if name != "crc32"})
        return crc32(self.read(0, self.head["bytes"]), crc32(first)) == self.head.get("crc32")

    def read(self, at: int, length: int) -> bytes:
        """Bytes after the head; safe for several threads, as no position is kept."""
        at += self._begin
        if self._data is not None or self._file is None:
            return (self._data or b"")[at : at + length]
        return os.pread(self._file.fileno(), length, at)

    def index(self, section: str) -> tuple[dict[str, int], int, list[int]]:
        """Id → number of its line; where the first line begins; where each ends, from there."""
        try:
            at, length = self._places[section]
            found = json.loads(self.read(at, length))
            ids = found["ids"].split("\n") if found["ids"] else []
            return dict(zip(ids, range(len(found["ends"])), strict=True)), at + length, found["ends"]
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
        self._index: tuple[dict[str, int], int, list[int]] | None = None

    def _numbers(self) -> dict[str, int]:
        if self._index is None:
            self._index = self._file.index(self._name)
        return self._index[0]

    def _line(self, number: int) -> bytes:
        assert self._index is not None
        _, begin, ends = self._index
        start = ends[number - 1] if number else 0
        return self._file.read(begin + start, ends[number] - start)

    def __getitem__(self, key: str) -> T:
        found: T | None = self.get(key)
        if found is None:
            raise KeyError(key)
        return found

    def get(self, key: str, default: Any = None) -> Any:  # noqa: ANN401 - as Mapping.get
        """The record, or ``default``."""
        found = self._built.get(key)
        if found is None:
            if self._known is not None and key not in self._known:
                return default
            number = self._numbers().get(key)
            if number is None:
                return default
            try:
                found = self._built.setdefault(key, self._build(self._line(number)))  # one object, for any thread
            except (OSError, ValueError, KeyError, TypeError, StopIteration) as error:
                raise CatalogError(f"the compiled catalog is damaged ({self._name}: {error}); reinstall llm-pick") from error
        return found

    def __contains__(self, key: object) -> bool:
        return key in (self._numbers() if self._known is None else self._known)

    def __iter__(self) -> Iterator[str]:
        return iter(self._numbers())

    def __len__(self) -> int:
        return len(self._numbers())
