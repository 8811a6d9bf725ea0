"""Numbers of the pages on quantization and on mixtures of experts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.concepts import experts_of, ladder
from llm_pick.core.fitting import fit_asked
from llm_pick.core.ladders import over_quants
from llm_pick.core.record import replace
from llm_pick.render.concepts.base import Asked, Numbers, no_model, on_machine, usual_quantization
from llm_pick.render.json_v1 import interval
from llm_pick.render.text import gib_range, score_range, size_text, speed_range
from llm_pick.render.view import Column, Table

if TYPE_CHECKING:
    from llm_pick.core.catalog import Catalog
    from llm_pick.core.facts import Range


def quantization(asked: Asked, catalog: Catalog) -> Numbers:
    """The ladder of a model: size and what each rung costs at the task."""
    if asked.model is None or asked.model.architecture is None:
        return no_model(asked)
    if asked.question is not None:
        return on_machine(over_quants(asked.model, asked.question, catalog))
    rungs = ladder(asked.model, asked.task, catalog)
    columns = (Column("quant"), Column("format", optional=1), Column("bits", right=True), Column("GiB (80 %)", right=True),
               Column("points lost (80 %)", right=True), Column(f"{asked.task.id} score", right=True))  # fmt: skip
    rows = tuple(
        (
            rung.quantization.name,
            rung.quantization.format,
            f"{rung.bits_per_weight:.2f}",
            gib_range(rung.file_bytes),
            _lost(rung.points_lost),
            score_range(rung.score) if rung.score else "unknown",
        )
        for rung in rungs
    )
    data = [
        {
            "quant": rung.quantization.id,
            "format": rung.quantization.format,
            "bits_per_weight": round(rung.bits_per_weight, 2),
            "file_bytes": interval(rung.file_bytes),
            "points_lost": interval(rung.points_lost, 2) if rung.points_lost else None,
            "score": interval(rung.score, 1) if rung.score else None,
        }
        for rung in rungs
    ]
    title = f"{asked.model.id}, published as {asked.model.native_dtype}"
    return Numbers((Table(columns, rows, title=title),), data={"model": asked.model.id, "ladder": data})


def _lost(points: Range | None) -> str:
    if points is None:
        return "unknown"
    return "0" if points.high == 0 else f"{points.likely:.1f} ({points.low:.1f}–{points.high:.1f})"


def moe(asked: Asked, catalog: Catalog) -> Numbers:
    """What a model holds and what a token reads of it."""
    if asked.model is None or asked.model.architecture is None:
        return no_model(asked)
    model = asked.model
    quant = usual_quantization(model, catalog)
    if quant is None:
        return no_model(asked)
    found = experts_of(model, quant, catalog)
    experts = f"{found.experts}, of which a token uses {found.active_experts}" if found.experts else "none: a dense model"
    rows = [
        ("parameters", size_text(model.params_total, model.params_active)),
        ("experts in a layer", experts),
        (f"to hold, {quant.name}", f"{gib_range(found.file_bytes)} GiB"),
        ("to read for one token", f"{gib_range(found.bytes_read_per_token)} GiB"),
    ]
    data = {
        "model": model.id, "params_b": round(model.params_total / 1e9, 3), "active_params_b": round(model.params_active / 1e9, 3),
        "experts": found.experts, "active_experts": found.active_experts, "quant": quant.id,
        "file_bytes": interval(found.file_bytes), "bytes_read_per_token": interval(found.bytes_read_per_token),
    }  # fmt: skip
    if asked.question is not None:
        best = fit_asked(model, replace(asked.question, quantization=quant), catalog).best
        speed = best.estimate.speed
        rows.append(
            (f"decode on {asked.question.hardware.label}", f"{speed_range(speed.decode_tok_per_s)} tok/s" if speed else "none")
        )
        data["decode_tok_per_s"] = interval(speed.decode_tok_per_s, 1) if speed else None
    return Numbers((Table((Column("what"), Column("value")), tuple(rows), title=model.id),), data=data)
