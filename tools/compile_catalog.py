"""Compile ``data/*.yaml`` into the JSON the program reads. ``--check`` fails when that JSON is stale.

python -m tools.compile_catalog [--check]
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from llm_pick.core.candidates import ANSWERING_KINDS, published_quantizations
from llm_pick.core.estimate.weights import counted_elements, weight_parts
from llm_pick.core.lookup import names_of
from llm_pick.core.offers import linked
from llm_pick.core.quality.task_score import rows_in_any_mode, task_quality
from llm_pick.io.store import FOLDER, SCHEMA, digest, load_catalog
from llm_pick.schema.expand import expand_devices
from llm_pick.schema.lint import lint
from llm_pick.schema.load import AuthoredCatalog, load_folder
from tools.fit_quality import abilities, solve
from tools.place_api_models import place

ROOT = Path(__file__).resolve().parent.parent
HOT = ("families", "models", "licenses", "devices", "tensor_types", "quantizations", "runtimes", "tasks",
       "benchmarks", "parameters")  # fmt: skip
EVIDENCE = ("scores", "references")
PRICES = ("providers", "api_prices", "gpu_prices", "api_models", "api_scores")
QUALITY_TOLERANCE = 0.15
"""Points by which a fitted score may differ between linear-algebra libraries before it counts as stale."""


def compact(record: Any) -> Any:
    """A record as plain JSON values, fields at their default left out."""
    if dataclasses.is_dataclass(record) and not isinstance(record, type):
        out = {}
        for item in dataclasses.fields(record):
            value = getattr(record, item.name)
            default = item.default if item.default_factory is dataclasses.MISSING else item.default_factory()
            if default is not dataclasses.MISSING and value == default:
                continue
            out[item.name] = compact(value)
        return out
    if isinstance(record, tuple | list):
        return [compact(item) for item in record]
    if isinstance(record, dict):
        return {key: compact(value) for key, value in record.items()}
    return record


def compile_texts(authored: AuthoredCatalog) -> dict[str, str]:
    """The compiled files as text, deterministic for the same facts."""
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
    texts = {
        "catalog.json": _lines(head, {name: rows[name] for name in HOT} | {"quality": quality}),
        "evidence.json": _lines(head, {name: rows[name] for name in EVIDENCE}),
        "prices.json": _lines(head, {name: rows[name] for name in PRICES} | {"api_quality": api_quality}),
    }
    return texts | {"prepared.json": _lines(head, _prepared(texts))}


def _prepared(texts: dict[str, str]) -> dict[str, list[Any]]:
    """What depends on the facts alone, by the program's own functions on a catalog without it."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in texts.items():
            (Path(folder) / name).write_text(text, encoding="utf-8")
        catalog = load_catalog(folder)
        weights = [
            {"id": model.id, "rows": {quant.id: [*weight_parts(model, quant, catalog), counted_elements(model, quant)]
                                      for quant in published_quantizations(model, catalog)}}
            for model in catalog.models.values() if model.kind in ANSWERING_KINDS and model.architecture
        ]  # fmt: skip
        scores = [
            {"id": task.id, "rows": {model: [rows_in_any_mode(model, catalog), _scores(model, task, modes, catalog)]
                                     for model, modes in catalog.quality.items()}}
            for task in catalog.tasks.values()
        ]  # fmt: skip
        names = [
            {"id": kind, "rows": names_of(kind, catalog).tables()}
            for kind in ("model", "licence", "device", "task", "quantization", "runtime")
        ]
    return {"weights": weights, "task_scores": scores, "names": names}


def _scores(model: str, task: Any, modes: Any, catalog: Any) -> dict[str, list[Any]]:
    found = {mode: task_quality(model, task, mode, catalog) for mode in modes}
    return {
        mode: [q.score.low, q.score.likely, q.score.high, q.rows, q.independent_rows, q.task_rows, q.unknown]
        for mode, q in found.items() if q is not None
    }  # fmt: skip


def _modes(modes: Any) -> dict[str, Any]:
    return {mode: {group: _cell(cell) for group, cell in sorted(groups.items())} for mode, groups in sorted(modes.items())}


def _cell(cell: Any) -> list[float]:
    get = cell.get if isinstance(cell, dict) else lambda name: getattr(cell, name)
    low, likely, high = (round(float(get(name)), 1) for name in ("low", "likely", "high"))
    return [low, likely, high, int(get("rows")), int(get("independent_rows")), int(get("task_rows"))]


def _lines(head: dict[str, Any], sections: dict[str, list[Any]]) -> str:
    """JSON with one record per line, so that a diff shows what changed for users."""
    parts = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
    for name, rows in sections.items():
        body = ",\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
        parts.append(f"{json.dumps(name)}: [\n{body}\n]")
    return "{" + ",\n".join(parts) + "}\n"


def stale(new: str, old: str) -> bool:
    """Whether ``old`` no longer says what the facts say; fitted scores may differ in their last digit."""
    if new == old:
        return False
    try:
        ours, theirs = json.loads(new), json.loads(old)
    except ValueError:
        return True
    fitted = ("quality", "api_quality", "task_scores")
    a, b = [ours.pop(name, []) for name in fitted], [theirs.pop(name, []) for name in fitted]
    return ours != theirs or not _close(a, b)


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
    texts = compile_texts(authored)
    for name, text in texts.items():
        path = Path(FOLDER) / name
        if options.check:
            old = path.read_text(encoding="utf-8") if path.exists() else ""
            if stale(text, old):
                print(f"{name} is stale: run `python -m tools.compile_catalog` and commit the result")
                return 1
        else:
            path.write_text(text, encoding="utf-8")
            print(f"{name}: {len(text):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
