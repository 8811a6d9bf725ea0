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
        **(_yours_named(body, catalog) if catalog.yours else {}),
        **body,
    }


def origin(section: str, id: str, catalog: Catalog) -> dict[str, str]:
    """``{"origin": "yours", "origin_place": FILE:LINE}`` for a record of the user's own; empty for built-in ones."""
    place = catalog.origin(section, id)
    return {} if place is None else {"origin": "yours", "origin_place": place}


def _yours_named(body: dict[str, Any], catalog: Catalog) -> dict[str, Any]:
    from llm_pick.render.yours import named_in  # noqa: PLC0415 - only for whoever has facts of their own

    return {"yours": named_in(body, catalog)}


def _yours(catalog: Catalog) -> dict[str, Any]:
    """How many records of each kind are the user's own; nothing where none is."""
    return {"yours": {section: len(rows) for section, rows in catalog.yours.items()}} if catalog.yours else {}
