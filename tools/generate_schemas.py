"""JSON Schemas of the data files, for editors, and of the answers, for scripts. ``--check`` fails when a committed one is stale."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from llm_pick.schema.records import ADAPTERS, FILES
from tools import answer_schemas

FOLDER = Path(__file__).resolve().parent.parent / "schemas"


def schema_of(file: str) -> dict[str, Any]:
    """One schema for one data file."""
    definitions: dict[str, Any] = {}
    properties: dict[str, Any] = {}
    for section in FILES[file]:
        names = ("families", "models") if section == "families" else (section,)
        for name in names:
            body = ADAPTERS[name].json_schema(ref_template="#/$defs/{model}")
            definitions |= body.pop("$defs", {})
            definitions[name] = body
        properties[section] = {"type": "array", "items": {"$ref": f"#/$defs/{section}"}}
    if "models" in definitions:
        model = definitions["models"]
        model["required"] = [key for key in model["required"] if key not in ("family", "vendor")]
        definitions["families"]["properties"]["models"] = {
            "type": "array",
            "items": {"$ref": "#/$defs/models"},
        }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"llm-pick data/{file}",
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "$defs": definitions,
    }


def main() -> int:
    """Write or check every schema."""
    stale = []
    schemas = {file.replace(".yaml", ".schema.json"): schema_of(file) for file in FILES}
    schemas |= {f"answers/{name}.schema.json": answer_schemas.schema_of(name) for name in answer_schemas.ANSWERS}
    for name, schema in schemas.items():
        path = FOLDER / name
        text = json.dumps(schema, indent=1, sort_keys=True) + "\n"
        if "--check" in sys.argv[1:]:
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                stale.append(name)
        else:
            path.write_text(text, encoding="utf-8")
    if stale:
        print(f"stale: {', '.join(stale)}; run `make catalog`")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
