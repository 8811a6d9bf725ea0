"""Numbers of the page on intervals: every prediction about one model on one machine, with what its ends mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.fitting import fit_asked
from llm_pick.render.concepts.base import Asked, Numbers, no_model
from llm_pick.render.json_v1 import interval
from llm_pick.render.text import GIB, brief
from llm_pick.render.view import Column, Table

if TYPE_CHECKING:
    from llm_pick.core.catalog import Catalog
    from llm_pick.core.facts import Range


def intervals(asked: Asked, catalog: Catalog) -> Numbers:
    """Low, likely and high end of each prediction, and how far apart they are."""
    if asked.model is None or asked.model.architecture is None:
        return no_model(asked)
    if asked.question is None:
        return Numbers(remarks=(("note", "with --hardware: every prediction about the model there, with its interval"),))
    best = fit_asked(asked.model, asked.question, catalog).best
    estimate = best.estimate
    found: list[tuple[str, Range]] = [("memory GiB", estimate.memory.total_bytes.scaled(1 / GIB))]
    if estimate.speed:
        found += [
            ("decode tok/s", estimate.speed.decode_tok_per_s),
            ("prefill tok/s", estimate.speed.prefill_tok_per_s),
            ("first token s", estimate.speed.ttft_s),
        ]
    if estimate.quality and estimate.quality.unknown is None:
        found.append((f"{asked.task.id} score", estimate.quality.score))
    columns = (Column("prediction"), Column("1 in 10 below", right=True), Column("likely", right=True),
               Column("1 in 10 above", right=True), Column("high over low", right=True))  # fmt: skip
    rows = tuple(
        (name, *(_figure(name, end) for end in (value.low, value.likely, value.high)), f"{value.high / value.low:.1f}")
        for name, value in found
    )
    title = f"{asked.model.id} {best.candidate.quantization.name} on {asked.question.hardware.label}"
    basis = (("note", f"decode speed is {estimate.speed.basis}"),) if estimate.speed else ()
    data = {
        "model": asked.model.id, "hardware": asked.question.hardware.label, "quant": best.candidate.quantization.id,
        "basis": estimate.speed.basis if estimate.speed else None,
        "predictions": [{"what": name, "value": interval(value, 2)} for name, value in found],
    }  # fmt: skip
    remarks = (*basis, *(("assumed", text) for text in asked.question.assumptions))
    return Numbers((Table(columns, rows, title=title),), remarks, data)


def _figure(name: str, value: float) -> str:
    """Memory to a tenth, as everywhere: its interval is narrow."""
    return f"{value:.1f}" if name == "memory GiB" else brief(value)
