"""``fit`` without hardware: where the model runs and what that costs, for people and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llm_pick.core.freshness import licences_of, old_sources
from llm_pick.core.places import COUNTS
from llm_pick.core.provenance import resolve
from llm_pick.render import json_v1
from llm_pick.render.answers import held_text
from llm_pick.render.machine_price import launch_cell, price_data, price_notes, rent_cell
from llm_pick.render.text import gib_range, quality_text, speed_range, tokens
from llm_pick.render.view import Column, Table, View

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llm_pick.core.catalog import Catalog
    from llm_pick.core.held import Held
    from llm_pick.core.places import FitsOnAnswer, Place

_COLUMNS = (
    Column("class", optional=1), Column("hardware"), Column("GiB", right=True, optional=4), Column("quant"),
    Column("needs GiB", right=True, optional=3), Column("tok/s (80 %)", right=True), Column("score", right=True, optional=2),
    Column("launch USD", right=True), Column("USD/h", right=True), Column("name", optional=5),
)  # fmt: skip
_TITLE = "the cheapest of each class, without measurable loss of quality where that can be had"


def where_view(
    answer: FitsOnAnswer, catalog: Catalog, held: Mapping[str, Sequence[Held]] | None = None, *, explain: bool = False
) -> View:
    """One line a class of device, then the cheapest devices."""
    record, asked = answer.model, answer.question
    tables = []
    if answer.by_class:
        tables.append(Table(_COLUMNS, tuple(map(_cells, answer.by_class)), title=_TITLE))
    if answer.rows:
        rest = f", {len(answer.rows)} of {answer.count}" if len(answer.rows) < answer.count else ""
        tables.append(Table(_COLUMNS, tuple(map(_cells, answer.rows)), title=f"the cheapest first, at any loss{rest}"))
    many = answer.count != 1
    at = f"at {tokens(asked.context_tokens)} tokens"
    if asked.min_tok_per_s is not None or asked.max_ttft_s is not None:
        at += " and the speed asked"
    headline = f"{record.name} runs on {answer.count} known device{'s' * many} {at}"
    if not answer.count:
        headline = f"{record.name} runs on no known device alone {at}"
        headline += "; on several of a kind it does" if answer.by_class else f", nor on {COUNTS[-1]} of a kind"
    shown = [place.price for place in (*answer.by_class, *answer.rows)]
    remarks = [("note", text) for text in price_notes(shown)]
    smallest = {place.assessed.candidate.quantization.id for place in answer.by_class}
    if asked.quantization is None and len(smallest) > 1:
        remarks.append(("note", "each device takes the quantization that ranks best on it; --quant compares like with like"))
    if explain and shown:
        first = (answer.by_class or answer.rows)[0].name
        quoted = f'"{first}"' if " " in first else first
        remarks.append(("hint", f"--explain is about one machine: `llm-pick fit {record.id} -H {quoted} --explain`"))
    remarks += [("warning", text) for text in _old(answer, catalog)]
    remarks += [("assumed", text) for text in asked.assumptions if not text.startswith("speed is a range")]
    sources = resolve(record.sources.get("architecture", ()), catalog)
    remarks += [("source", str(source)) for source in sources[:1]]
    here = held_text((held or {}).get(record.id, ()), catalog)
    details = (("on this machine", here),) if here else ()
    return View(tuple(tables), headline, details, tuple(remarks))


def _old(answer: FitsOnAnswer, catalog: Catalog) -> tuple[str, ...]:
    """What it rests on that was read too long ago."""
    return old_sources((answer.model, *licences_of((answer.model,), catalog)), answer.question.as_of, catalog)


def _cells(place: Place) -> tuple[str, ...]:
    estimate = place.assessed.estimate
    memory = place.device.memory_gib
    return (
        place.device.device_class,
        place.name,
        f"{memory * place.count:g}" if memory is not None else "--ram",
        place.assessed.candidate.quantization.name,
        gib_range(estimate.memory.total_bytes),
        speed_range(estimate.speed.decode_tok_per_s) if estimate.speed else "unknown",
        quality_text(estimate.quality),
        launch_cell(place.price),
        rent_cell(place.price),
        place.device.name,
    )


def where_data(answer: FitsOnAnswer, catalog: Catalog, held: Mapping[str, Sequence[Held]] | None = None) -> dict[str, Any]:
    """The body of ``fit --json`` without hardware."""
    record, asked = answer.model, answer.question
    return {
        "question": {
            "model": record.id,
            "context": asked.context_tokens,
            "users": asked.users,
            "task": asked.task.id,
        },
        "assumptions": [text for text in asked.assumptions if not text.startswith("speed is a range")],
        "warnings": list(_old(answer, catalog)),
        "model": json_v1.model(record, catalog),
        "local": json_v1.local(record, catalog, held or {}),
        "count": answer.count,
        "cheapest_by_class": [_place(place, catalog) for place in answer.by_class],
        "devices": [_place(place, catalog) for place in answer.rows],
    }


def _place(place: Place, catalog: Catalog) -> dict[str, Any]:
    item = place.assessed
    quality = item.estimate.quality
    return {
        "hardware": place.name,
        "name": place.device.name,
        "device": place.device.id,
        "device_class": place.device.device_class,
        "count": place.count,
        "quant": item.candidate.quantization.id,
        "runtime": item.candidate.runtime.id,
        "fits": item.estimate.memory.fits,
        "memory": json_v1.memory(item.estimate),
        "speed": json_v1.speed(item.estimate),
        "measurably_worse": place.measurably_worse,
        "quality": json_v1.interval(quality.score, 1) if quality else None,
        "price": price_data(place.price, catalog),
    }
