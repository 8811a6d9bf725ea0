"""Sources named in a text: ``[reference-id]`` becomes a number, and the number a line below the text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from llm_pick.core.provenance import SourceRef, resolve

if TYPE_CHECKING:
    from llm_pick.core.catalog import Catalog

_CITED = re.compile(r"\[([a-z0-9][a-z0-9.-]*[a-z][a-z0-9.-]*)\](?!\()")


def cited(body: str) -> tuple[str, ...]:
    """Ids of the references named, in the order they are first named."""
    return tuple(dict.fromkeys(_CITED.findall(body)))


def numbered(body: str, catalog: Catalog) -> tuple[str, tuple[SourceRef, ...]]:
    """The text with numbers, and the references in that order. ``KeyError`` for an id that is no reference."""
    ids = cited(body)
    found = tuple(ref for id in ids for ref in resolve((id,), catalog))
    if len(found) < len(ids):
        raise KeyError(f"no reference for one of {', '.join(ids)}")
    return _CITED.sub(lambda match: f"[{ids.index(match[1]) + 1}]", body), found
