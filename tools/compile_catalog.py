"""Compile ``data/*.yaml`` into the JSON the program reads. ``--check`` fails when that JSON is stale.

python -m tools.compile_catalog [--check]
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from llm_pick.core.offers import linked
from llm_pick.core.prepare import prepare
from llm_pick.io.lines import written
from llm_pick.io.store import PATH, SCHEMA, built_in_catalog, digest
from llm_pick.schema.compact import compact
from llm_pick.schema.expand import expand_devices
from llm_pick.schema.lint import lint
from llm_pick.schema.load import AuthoredCatalog, load_folder
from tools.fit_quality import abilities, solve
from tools.place_api_models import place
from tools.placing_table import table

ROOT = Path(__file__).resolve().parent.parent
HOT = ("families", "models", "licenses", "devices", "tensor_types", "quantizations", "runtimes", "tasks",
       "benchmarks", "parameters")  # fmt: skip
EVIDENCE = ("scores", "references", "measurements")
BY_MODEL = ("scores", "api_scores", "measurements")
PRICES = ("providers", "api_prices", "gpu_prices", "api_models", "api_scores")
QUALITY_TOLERANCE = 0.15
"""Points by which a fitted score may differ between linear-algebra libraries before it counts as stale."""


def compiled(authored: AuthoredCatalog) -> bytes:
    """The compiled file, deterministic for the same facts."""
    sections = {name: sorted(authored.records(name), key=lambda r: getattr(r, "id", ""))
                for name in (*HOT, *EVIDENCE, *PRICES)}  # fmt: skip
    sections["devices"] = sorted(expand_devices(sections["devices"]), key=lambda d: d.id)
    models = {record.id: record for record in sections["models"]}
    sections["api_prices"] = linked(sections["api_prices"], models, {record.id: record for record in sections["api_models"]})
    for name in ("scores", "api_scores"):
        sections[name].sort(key=lambda s: (s.model, s.benchmark, s.by, s.source, s.score, s.mode or "", s.setting or ""))
    solved = solve(sections["models"], sections["benchmarks"], sections["scores"])
    fitted = abilities(solved, sections["models"])
    newest: dict[str, str] = {}
    for score in sections["scores"]:
        newest[score.model] = max(newest.get(score.model, ""), score.date)
    quality = [
        {"id": model} | ({"newest": newest[model]} if model in newest else {}) | {"modes": _modes(modes)}
        for model, modes in sorted(fitted.items())
    ]
    placed = place(sections["api_models"], sections["benchmarks"], sections["api_scores"], solved)
    api_quality = [{"id": model, "modes": _modes(modes)} for model, modes in sorted(placed.items())]
    rows = {name: [compact(record) for record in records] for name, records in sections.items()}
    facts = json.dumps([rows[name] for name in (*HOT, *EVIDENCE, *PRICES)], sort_keys=True)
    as_of = max(reference.read_on for reference in sections["references"])
    head = {"schema": SCHEMA, "as_of": as_of, "digest": digest(facts)}
    oldest: dict[str, str] = {}
    for reference in sections["references"]:
        oldest[reference.kind] = min(oldest.get(reference.kind, reference.read_on), reference.read_on)
    oldest["licence"] = min([oldest["licence"], *(licence.read_on for licence in sections["licenses"] if licence.read_on)])
    measured = sorted({measurement.model for measurement in sections["measurements"]})
    head |= {"measured_models": measured, "oldest_read": dict(sorted(oldest.items()))}
    facts_alone = {name: _by_model(rows[name]) if name in BY_MODEL else rows[name] for name in (*HOT, *EVIDENCE, *PRICES)}
    facts_alone |= {"quality": quality, "api_quality": api_quality, "placing": table(solved)}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "facts.jsonl"
        path.write_bytes(written(head, facts_alone))
        return written(head, facts_alone | prepare(built_in_catalog(path)))


def _by_model(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One line a model: a question asks for all the rows of a few."""
    grouped: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        grouped.setdefault(row["model"], []).append(row)
    return [{"id": model, "rows": grouped[model]} for model in sorted(grouped)]


def _modes(modes: Any) -> dict[str, Any]:
    return {mode: {group: _cell(cell) for group, cell in sorted(groups.items())} for mode, groups in sorted(modes.items())}


def _cell(cell: Any) -> list[float]:
    get = cell.get if isinstance(cell, dict) else lambda name: getattr(cell, name)
    low, likely, high = (round(float(get(name)), 1) for name in ("low", "likely", "high"))
    return [low, likely, high, int(get("rows")), int(get("independent_rows")), int(get("task_rows"))]


def stale(new: bytes, old: bytes) -> bool:
    """Whether ``old`` no longer says what the facts say; fitted scores may differ in their last digit."""
    if new == old:
        return False
    ours, theirs = _sections(new), _sections(old)
    if ours is None or theirs is None or ours.keys() != theirs.keys():
        return True
    fitted = ("quality", "api_quality", "task_scores", "placing")
    return any(not _close(ours[name], theirs[name]) if name in fitted else ours[name] != theirs[name] for name in ours)


def _sections(data: bytes) -> dict[str, Any] | None:
    """What a compiled file holds; ``None`` where it is none."""
    try:
        first, _, body = data.partition(b"\n")
        head = json.loads(first)
        places = head.pop("sections")
        head = {name: value for name, value in head.items() if name not in ("bytes", "crc32")}
        found = {}
        for name, (at, size) in places.items():
            ends = json.loads(body[at : at + size])["ends"]
            found[name] = [json.loads(line) for line in body[at + size : at + size + (ends[-1] if ends else 0)].splitlines()]
    except (ValueError, KeyError, TypeError):
        return None
    return found | {"": head}


def _close(a: Any, b: Any) -> bool:
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_close(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(_close(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, int | float) and isinstance(b, int | float):
        return abs(a - b) <= QUALITY_TOLERANCE
    return bool(a == b)


def main(argv: list[str] | None = None) -> int:
    """Compile or check; prints every problem and returns 1 if there is one."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="compare with the committed files instead of writing")
    parser.add_argument("--data", type=Path, default=ROOT / "data")
    options = parser.parse_args(argv)
    authored = load_folder(options.data)
    problems = [*authored.problems, *lint(authored, today=datetime.now(tz=UTC).date().isoformat())]
    for problem in problems:
        print(problem)
    if problems:
        print(f"{len(problems)} problems")
        return 1
    found, path = compiled(authored), Path(PATH)
    if not options.check:
        path.write_bytes(found)
        print(f"{path.name}: {len(found):,} bytes")
    elif stale(found, path.read_bytes() if path.exists() else b""):
        print(f"{path.name} is stale: run `python -m tools.compile_catalog` and commit the result")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
