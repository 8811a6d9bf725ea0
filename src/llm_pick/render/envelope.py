"""The outer object of every JSON answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llm_pick import __version__

if TYPE_CHECKING:
    from llm_pick.core.catalog import Catalog


def envelope(command: str, catalog: Catalog, body: dict[str, Any]) -> dict[str, Any]:
    """``body`` under the schema it follows, the program's version and the catalog it was answered from."""
    return {
        "schema": f"llm-pick/{command}@1",
        "version": __version__,
        "catalog": {"digest": catalog.digest, "as_of": catalog.as_of, **_yours(catalog)},
        **body,
    }


def _yours(catalog: Catalog) -> dict[str, Any]:
    """How many records of each kind are the user's own; nothing where none is."""
    return {"yours": {section: len(rows) for section, rows in catalog.yours.items()}} if catalog.yours else {}
