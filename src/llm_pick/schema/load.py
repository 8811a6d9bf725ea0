"""From a folder of authored YAML to checked records, with every problem of every file at once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pydantic

from llm_pick.core.record import dataclass, field
from llm_pick.schema.records import ADAPTERS, FILES
from llm_pick.schema.strict_yaml import Document, Loc, Problem, load

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Authored:
    """One checked record and the place it was written."""

    record: Any
    document: Document
    loc: Loc

    def problem(self, message: str, *key: str) -> Problem:
        """A problem of this record, at its line (or its key's line)."""
        line = self.document.line((*self.loc, *key))
        return Problem(self.document.file, line, _name(self.record), ".".join(key), message)

    @property
    def place(self) -> str:
        """File and line."""
        return f"{self.document.file}:{self.document.line(self.loc)}"


@dataclass(slots=True)
class AuthoredCatalog:
    """All records of a folder by section, and all problems found while reading them."""

    sections: dict[str, list[Authored]] = field(default_factory=lambda: {name: [] for name in ADAPTERS})
    problems: list[Problem] = field(default_factory=list)
    beside: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Records by section that these may refer to: the built-in ones, where a user's own are read."""

    def records(self, section: str) -> list[Any]:
        """The records of ``section`` in the order they were written."""
        return [authored.record for authored in self.sections[section]]


def load_folder(folder: Path, *, partial: bool = False) -> AuthoredCatalog:
    """Read every known data file of ``folder``. With ``partial``, files that are absent are no problem."""
    catalog = AuthoredCatalog()
    for file, sections in FILES.items():
        path = folder / file
        if partial and not path.exists():
            continue
        document = load(path)
        if document.value is not None and not isinstance(document.value, dict):
            document.add((), "", f"expected a mapping with the keys {', '.join(sections)}")
        elif document.value is not None:
            for key in document.value:
                if key not in sections:
                    document.add((key,), "", f"unknown key; this file holds {', '.join(sections)}")
            for section in sections:
                _load_section(catalog, document, section)
        catalog.problems.extend(document.problems)
    return catalog


def _load_section(catalog: AuthoredCatalog, document: Document, section: str) -> None:
    rows = document.value.get(section)
    if not isinstance(rows, list):
        document.add((section,), "", "expected a list of records")
        return
    for index, row in enumerate(rows):
        loc: Loc = (section, index)
        if section == "families" and isinstance(row, dict):
            members = row.pop("models", None) or []
            for position, member in enumerate(members):
                if isinstance(member, dict):
                    member = {"family": row.get("id"), "vendor": row.get("vendor"), **member}
                _validate(catalog, document, "models", (*loc, "models", position), member)
        _validate(catalog, document, section, loc, row)


def _validate(catalog: AuthoredCatalog, document: Document, section: str, loc: Loc, row: object) -> None:
    name = str(row.get("id") or row.get("model") or "") if isinstance(row, dict) else ""
    try:
        record = ADAPTERS[section].validate_json(json.dumps(row))
    except pydantic.ValidationError as error:
        for item in error.errors(include_url=False, include_context=False):
            where = item["loc"]
            known = known_part(document, loc, where)
            document.problems.append(Problem(document.file, document.line(known), name, ".".join(map(str, where)), item["msg"]))
        return
    catalog.sections[section].append(Authored(record, document, loc))


def known_part(document: Document, loc: Loc, where: tuple[int | str, ...]) -> Loc:
    """The longest prefix of pydantic's location that exists in the file (it may name types in between)."""
    found = loc
    for part in where:
        if (*found, part) in document.lines:
            found = (*found, part)
    return found


def _name(record: object) -> str:
    return str(getattr(record, "id", None) or getattr(record, "model", ""))
