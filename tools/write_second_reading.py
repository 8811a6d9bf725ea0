"""Write docs/second-reading.md, and the table of counts in docs/accuracy.md, from tests/data/second_reading.yaml.

python -m tools.write_second_reading [--check]
"""

from __future__ import annotations

import collections
import re
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "tests" / "data" / "second_reading.yaml"
PAGE = ROOT / "docs" / "second-reading.md"
SUMMARY = ROOT / "docs" / "accuracy.md"
KINDS = {
    "model": "model counts and dimensions", "device": "device figures", "licence": "licence statements",
    "score": "benchmark rows", "artifact": "file sizes", "price": "prices and API models",
}  # fmt: skip
VERDICTS = ("right", "wrong", "out-of-reach")
_BLOCK = re.compile(r"(<!-- second reading -->\n).*?(<!-- end second reading -->)", re.DOTALL)


def readings() -> list[dict[str, Any]]:
    """The readings on file, each with its facts."""
    found: list[dict[str, Any]] = yaml.safe_load(DATA.read_text(encoding="utf-8"))["readings"]
    return found


def counts(facts: list[dict[str, Any]]) -> dict[str, collections.Counter[str]]:
    """Verdicts by kind, and of all."""
    found: dict[str, collections.Counter[str]] = {kind: collections.Counter() for kind in KINDS}
    for fact in facts:
        found[fact["kind"]][fact["verdict"]] += 1
    return found | {"all": sum(found.values(), collections.Counter())}


def summary(found: list[dict[str, Any]]) -> str:
    """Right, wrong and out of reach, by kind and reading."""
    heads = " | ".join(f"seed {reading['seed']}: right | wrong | out of reach" for reading in found)
    lines = [f"| kind | {heads} |", "|---|" + "---:|---:|---:|" * len(found)]
    tables = [counts(reading["facts"]) for reading in found]
    for kind in (*KINDS, "all"):
        cells = " | ".join(str(table[kind][verdict]) for table in tables for verdict in VERDICTS)
        lines.append(f"| {KINDS.get(kind, '**all**')} | {cells} |")
    return "\n".join(lines) + "\n"


def page(found: list[dict[str, Any]]) -> str:
    """Every fact read, with the verdict and how it was found."""
    lines = [
        "# The second readings, fact by fact",
        "",
        "Method, counts and what was mended: [How wrong it is](accuracy.md#second-reading). The values are those of the day.",
    ]
    for reading in found:
        lines += [
            "",
            f"## Seed {reading['seed']}, catalog {reading['catalog']}, read on {reading['read_on']}",
            "",
            "| kind | record | field | value | source | verdict | how |",
            "|---|---|---|---|---|---|---|",
        ]
        for fact in reading["facts"]:
            verdict = fact["verdict"] if fact["verdict"] == "right" else f"**{fact['verdict'].replace('-', ' ')}**"
            cells = (fact["kind"], fact["record"], fact["field"], fact["value"], fact["source"], verdict, fact["how"])
            lines.append("| " + " | ".join(str(cell).replace("|", "/") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write or check both pages."""
    found = readings()
    old = SUMMARY.read_text(encoding="utf-8")
    wanted = {PAGE: page(found), SUMMARY: _BLOCK.sub(lambda match: match[1] + summary(found) + match[2], old)}
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if "--check" in sys.argv[1:]:
        return 1 if stale else 0
    for path in stale:
        path.write_text(wanted[path], encoding="utf-8")
        print(f"written: {path.relative_to(ROOT).as_posix()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
