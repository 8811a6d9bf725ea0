"""Benchmark scores among a user's own facts: checked, and placed on the scale of the published ones."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pydantic

from llm_pick.core.quality.placing import placed
from llm_pick.core.quality.published import MODES
from llm_pick.core.record import replace
from llm_pick.schema.load import Authored, known_part
from llm_pick.schema.records import ADAPTERS
from llm_pick.schema.strict_yaml import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llm_pick.core.catalog import Catalog, Model, Quality, Score
    from llm_pick.schema.load import AuthoredCatalog
    from llm_pick.schema.strict_yaml import Document

ENDS = {"percent": (0.0, 100.0), "1-10": (1.0, 10.0)}
"""Scale → its ends."""


def read_scores(document: Document, said: str, beside: Mapping[str, Mapping[str, Any]], own: dict[str, Authored]) -> None:
    """Add the scores of one file to ``own``, by their keys: a later file's stands for the earlier one of the same test.

    Whose model it is tells who publishes: of a built-in model you are independent, of one of yours you are its maker.
    """
    rows = document.value.get("scores")
    seen: set[str] = set()
    for index, row in enumerate(rows if isinstance(rows, list) else ()):
        loc = ("scores", index)
        if not isinstance(row, dict):
            document.add(loc, "", "expected a mapping with model, benchmark, score and date")
            continue
        name = str(row.get("model") or "")
        who = "independent" if name in beside["models"] else "vendor"
        filled = {"by": who, "source": f"{said} line {document.line(loc)}", **row}
        try:
            score = ADAPTERS["scores"].validate_json(json.dumps(filled))
        except pydantic.ValidationError as error:
            for item in error.errors(include_url=False, include_context=False):
                where = item["loc"]
                line = document.line(known_part(document, loc, where))
                document.problems.append(Problem(document.file, line, name, ".".join(map(str, where)), item["msg"]))
            continue
        except (ValueError, RecursionError) as error:
            document.add(loc, name, f"cannot be read: {error}")
            continue
        if score.key in seen:
            document.add(loc, name, "the same test of the same model is in this file twice; `setting` tells two apart")
        seen.add(score.key)
        own[score.key] = Authored(score, document, loc)


def score_problems(catalog: AuthoredCatalog, built_in: Catalog) -> list[Problem]:
    """Scores outside the scale of their benchmark, and benchmarks in a group that no task weighs."""
    groups = {benchmark.task_group for benchmark in built_in.benchmarks.values()}
    benchmarks = {**built_in.benchmarks, **{record.id: record for record in catalog.records("benchmarks")}}
    found = [
        authored.problem(f"`{authored.record.task_group}` is not one of {', '.join(sorted(groups))}", "task_group")
        for authored in catalog.sections["benchmarks"]
        if authored.record.task_group not in groups
    ]
    for authored in catalog.sections["scores"]:
        score = authored.record
        benchmark = benchmarks.get(score.benchmark)
        low, high = ENDS.get(benchmark.scale if benchmark else "", (0.0, float("inf")))
        if not low <= score.score <= high:
            found.append(authored.problem(f"{score.score:g} is off its scale, {low:g} to {high:g}", "score"))
        if score.mode not in (None, *MODES):
            found.append(authored.problem(f"`{score.mode}` is not one of {', '.join(MODES)}", "mode"))
    return found


def quality_rows(scores: Sequence[Score], models: dict[str, Model], catalog: Catalog) -> list[dict[str, Any]]:
    """Abilities of the models that have scores of the user's own, as the program stores them."""
    by_model: dict[str, list[Score]] = {}
    for score in scores:
        by_model.setdefault(score.model, []).append(score)
    out = []
    for id, own in sorted(by_model.items()):
        newest = max([catalog.newest_evidence.get(id, ""), *(score.date for score in own)])
        modes = placed(models[id], own, replace(catalog, models=models))
        out.append({"id": id, "newest": newest, "modes": {mode: _cells(groups) for mode, groups in modes.items()}})
    return out


def _cells(groups: Mapping[str, Quality]) -> dict[str, list[float]]:
    return {
        group: [cell.low, cell.likely, cell.high, cell.rows, cell.independent_rows, cell.task_rows]
        for group, cell in groups.items()
    }
