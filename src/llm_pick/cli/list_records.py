"""``list KIND``: the body."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from llm_pick.cli.exit_codes import Exit
from llm_pick.cli.output import chosen_format, emit, envelope
from llm_pick.core.ask import policies_of
from llm_pick.core.errors import QuestionError
from llm_pick.core.lookup import LISTS, find_task, other_names
from llm_pick.core.names import Names, joined
from llm_pick.core.rules import RULES
from llm_pick.core.rules.licence_policy import COMMERCIAL, admitted
from llm_pick.core.rules.task_capability import has
from llm_pick.io.store import load_catalog
from llm_pick.render import listings
from llm_pick.render.view import Table, View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llm_pick.cli.options import Format
    from llm_pick.core.catalog import Catalog, Model

KINDS = {**LISTS, "rules": "rules"}

NOUNS = {"hardware": "devices", "quants": "quantizations", "offers": "API offers", "gpus": "prices of GPUs by the hour"}


def run(
    kind: str,
    *,
    match: str = "",
    task: str | None = None,
    license: Sequence[str] = (),
    device_class: str = "",
    top: int | None = None,
    format: Format | None = None,
    as_json: bool = False,
    output: str | None = None,
) -> int:
    """Print every record of the kind that passes the filters; exit 1 when none does."""
    known = Names(dict.fromkeys(KINDS, ()))
    found = known.match(kind).id
    if found is None:
        near = known.nearest(kind) or tuple(KINDS)
        raise QuestionError(f"there is no list of `{kind}`", f"one of {', '.join(near)}")
    if found != "models" and (task or license):
        raise QuestionError("--task and --license filter models", f"`llm-pick list {found}` has no such filter")
    if device_class and (found != "hardware" or device_class not in listings.DEVICE_CLASSES):
        hint = f"with `list hardware`, one of {', '.join(listings.DEVICE_CLASSES)}"
        raise QuestionError(f"`--class {device_class}` is no class of {found}", hint)
    if top is not None and top < 1:
        raise QuestionError(f"`--top {top}` is no number of rows", "1 or more")
    catalog = load_catalog()
    records = _records(found, catalog)
    if found == "models":
        records = _filtered(records, task, license, catalog)
    if device_class:
        records = [record for record in records if record.device_class == device_class]
    columns, row_of, json_of = listings.LISTINGS[found]
    rows = [(record, row_of(record, catalog)) for record in records]
    if match:
        rows = [(record, row) for record, row in rows if _matches(match, record, row)]
    rows = rows[:top]

    def view() -> View:
        return View((Table(columns, tuple(row for _, row in rows)),), headline=f"{len(rows)} {NOUNS.get(found, found)}")

    def data() -> dict[str, Any]:
        body = [json_of(record, catalog) for record, _ in rows]
        return envelope("list", catalog, {"kind": found, found: body})

    emit(chosen_format(format, as_json=as_json, output=output), view, data, output=output)
    return Exit.YES if rows else Exit.NO


def _matches(match: str, record: Any, row: Sequence[str]) -> bool:  # noqa: ANN401 - any record
    """Whether the row, or another name of its record, holds the text; case and separators do not matter."""
    texts = (*row, *(other_names(record) if hasattr(record, "aliases") else ()))
    return any(match.lower() in text.lower() or joined(match) in joined(text) for text in texts)


def _records(kind: str, catalog: Catalog) -> list[Any]:
    if kind == "rules":
        return list(RULES)
    records = getattr(catalog, KINDS[kind])
    return [records[id] for id in sorted(records, key=lambda id: _place(records[id]))]


def _place(record: Any) -> tuple[Any, ...]:  # noqa: ANN401 - any record
    """Devices by class, then everything by id with its numbers as numbers: 8 GB before 16 GB."""
    group = getattr(record, "device_class", "")
    order = listings.DEVICE_CLASSES.index(group) if group in listings.DEVICE_CLASSES else len(listings.DEVICE_CLASSES)
    parts = re.split(r"(\d+(?:\.\d+)?)", record.id)
    return (order, group, [(float(text), "") if index % 2 else (-1.0, text) for index, text in enumerate(parts)])


def _filtered(models: list[Model], task: str | None, license: Sequence[str], catalog: Catalog) -> list[Model]:
    if task:
        needs = find_task(task, catalog).needs
        models = [model for model in models if all(has(model, need) is not False for need in needs)]
    policies = policies_of(license, catalog)
    if policies:
        models = [m for m in models if admitted(policies, m, COMMERCIAL, catalog)]
    return models
