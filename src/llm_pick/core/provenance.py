"""From a fact to the place it was read: every value of a record resolves to references."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llm_pick.core.record import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llm_pick.core.catalog import Catalog


@dataclass(frozen=True, slots=True)
class SourceRef:
    """One place a fact was read."""

    id: str
    title: str
    locator: str
    url: str
    read_on: str

    def __str__(self) -> str:
        where = f", {self.locator}" if self.locator else ""
        return f"{self.title}{where} (read {self.read_on})"


def sources_of(record: Any, field: str) -> tuple[str, ...]:  # noqa: ANN401 - any record with sources
    """Source strings of one field of a record: its own, else the record's ``*``."""
    sources = getattr(record, "sources", None) or {}
    if isinstance(sources, tuple):
        return sources
    for key in (field, field.split(".")[0], "*"):
        if key in sources:
            return tuple(sources[key])
    return ()


def resolve(sources: Sequence[str], catalog: Catalog) -> tuple[SourceRef, ...]:
    """References behind ``"reference-id locator"`` strings; a bare address stands for itself."""
    found = []
    for text in sources:
        head, _, locator = text.partition(" ")
        reference = catalog.references.get(head)
        if reference is not None:
            found.append(SourceRef(head, reference.title, locator, reference.url, reference.read_on))
        elif head.startswith("http"):
            found.append(SourceRef(head, head, locator, head, catalog.as_of))
    return tuple(found)
