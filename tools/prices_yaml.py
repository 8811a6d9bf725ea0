"""Read and write data/prices.yaml, one row a line."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml

PATH = Path(__file__).resolve().parent.parent / "data" / "prices.yaml"
HEAD = "# Dated prices of API offers and of accelerators by the hour. Rows are appended, never overwritten.\n"
SECTIONS = ("providers", "api_prices", "gpu_prices")


def read() -> dict[str, list[dict[str, Any]]]:
    """The sections of the file."""
    loaded: dict[str, list[dict[str, Any]]] = yaml.load(PATH.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return loaded


def write(data: dict[str, list[dict[str, Any]]]) -> None:
    """Write the sections; fields without a value are left out. Providers are written for people, rows one a line."""
    parts = [HEAD]
    for name in SECTIONS:
        parts.append(f"{name}:\n")
        if name == "providers":
            parts.append(yaml.safe_dump(data[name], sort_keys=False, allow_unicode=True, width=128))
        else:
            parts += [f"- {flow(row)}\n" for row in data[name]]
    PATH.write_text("".join(parts), encoding="utf-8")


def _absent(value: Any) -> bool:
    return value is None or value is False or value in ([], "")


def flow(value: Any) -> str:
    """A value in YAML's flow style."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {flow(item)}" for key, item in value.items() if not _absent(item)) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.12g}" if "e" not in f"{value:.12g}" else f"{value:.12f}".rstrip("0")
    if isinstance(value, int):
        return str(value)
    text = str(value)
    plain = re.fullmatch(r"[A-Za-z][\w./@+-]*( [\w./@+-]+)*", text)
    if plain and not re.fullmatch(r"(?i)(yes|no|on|off|true|false|null|y|n)", text):
        return text
    return json.dumps(text, ensure_ascii=False)
