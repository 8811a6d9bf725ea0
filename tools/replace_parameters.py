"""Put freshly fitted parameters into ``data/parameters.yaml``: ``python -m tools.replace_parameters FILE PREFIX``.

Every parameter whose id starts with PREFIX (``serving.``) is replaced by those of FILE, except chosen ones that FILE
does not hold. The rest of the file keeps its text.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

import yaml

DATA = Path(__file__).resolve().parent.parent / "data" / "parameters.yaml"


def main(argv: list[str] | None = None) -> int:
    """Rewrite the file; returns 0."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("prefix")
    options = parser.parse_args(argv)
    text = replaced(DATA.read_text(encoding="utf-8"), options.file.read_text(encoding="utf-8"), options.prefix)
    DATA.write_text(text, encoding="utf-8")
    return 0


def replaced(old: str, new: str, prefix: str) -> str:
    """The text of the file with the parameters of one prefix replaced, in id order."""
    head, entries = _entries(old)
    _, fresh = _entries(new)
    chosen = {p["id"] for p in yaml.safe_load(old)["parameters"] if p["obtained"] == "chosen"}
    kept = {id: text for id, text in entries.items() if not id.startswith(prefix) or id in chosen}
    merged = kept | {id: text for id, text in fresh.items() if id.startswith(prefix)}
    return head + "".join(merged[id] for id in sorted(merged))


def _entries(text: str) -> tuple[str, dict[str, str]]:
    """(what comes before the list, text of each entry by id)."""
    head, *parts = re.split(r"(?m)^(?=- id: )", text)
    return head, {part.split("\n", 1)[0].removeprefix("- id: ").strip(): part for part in parts}


if __name__ == "__main__":
    sys.exit(main())
