"""``--version``: program, catalog and schema."""

from __future__ import annotations

import json
import platform
import sys

from llm_pick import __version__


def run(*, as_json: bool) -> None:
    """Print one line, or one JSON object."""
    from llm_pick.io.store import SCHEMA, load_catalog  # noqa: PLC0415 - lazy body

    catalog = load_catalog()
    if as_json:
        body = {
            "schema": "llm-pick/version@1",
            "version": __version__,
            "catalog": {"digest": catalog.digest, "as_of": catalog.as_of, "schema": SCHEMA},
            "python": platform.python_version(),
        }
        sys.stdout.write(json.dumps(body, indent=2) + "\n")
    else:
        sys.stdout.write(f"llm-pick {__version__} (catalog {catalog.as_of}, {catalog.digest}, schema {SCHEMA})\n")
