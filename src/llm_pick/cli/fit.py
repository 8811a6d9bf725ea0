"""``fit``: the body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llm_pick.cli.auto import models_here, with_this_machine
from llm_pick.cli.exit_codes import Exit
from llm_pick.cli.output import chosen_format, emit, envelope
from llm_pick.core.ask import build_question
from llm_pick.core.errors import QuestionError
from llm_pick.core.estimate.limits import largest_context, most_users, served, service_level_assumptions
from llm_pick.core.lookup import find_model
from llm_pick.core.recommend import Assessed, fit
from llm_pick.core.record import replace
from llm_pick.io.store import load_catalog
from llm_pick.render import json_v1

if TYPE_CHECKING:
    from llm_pick.cli.format import Format
    from llm_pick.core.catalog import Catalog, Device, Model
    from llm_pick.core.question import Question
    from llm_pick.render.view import View


def run(
    name: str,
    asked: dict[str, Any],
    *,
    format: Format | None,
    as_json: bool,
    output: str | None,
    explain: bool,
) -> int:
    """Answer and print; exit 1 when the model does not fit."""
    catalog = load_catalog()
    model = find_model(name, catalog)
    chosen = chosen_format(format, as_json=as_json, output=output)
    if not asked["hardware"] and not asked["vram"]:
        return _everywhere(model, asked, chosen, output, catalog)
    question = _question(model, with_this_machine(asked, catalog, default=False), catalog)
    best, *others = fit(model, question, catalog)
    limits = (
        largest_context(best.candidate, question, catalog),
        most_users(best.candidate, question, catalog),
    )
    load = served(best.candidate, question, catalog)
    held = models_here(catalog)

    def view() -> View:
        from llm_pick.render.answers import fit_view  # noqa: PLC0415 - JSON needs none of it

        return fit_view(best, others, question, limits, load, catalog, explain=explain, held=held)

    emit(
        chosen,
        view,
        lambda: envelope("fit", catalog, json_v1.fit(best, others, question, limits, load, catalog, held)),
        output=output,
    )
    return Exit.YES if best.estimate.memory.fits else Exit.NO


def _question(model: Model, asked: dict[str, Any], catalog: Catalog) -> Question:
    """The question; a context that nobody asked for is cut to what the model holds, and said so."""
    question = build_question(catalog, **asked)
    usual = service_level_assumptions(question, catalog)
    question = replace(question, assumptions=(*question.assumptions, *usual))
    most = max(model.context_native, model.context_extended or 0)
    if asked["context"] is not None or question.context_tokens <= most:
        return question
    kept = tuple(text for text in question.assumptions if not text.endswith("(--context)"))
    shorter = f"{most:,} tokens per sequence, all that {model.id} holds (--context)"
    return replace(question, context_tokens=most, assumptions=(*kept, shorter))


def _everywhere(model: Model, asked: dict[str, Any], chosen: Format, output: str | None, catalog: Catalog) -> int:
    """Every known device the model fits on, smallest and slowest first."""
    rows: list[tuple[Device, Assessed]] = []
    question: Question | None = None
    for device in catalog.devices.values():
        if device.memory_gib is None:
            continue
        question = _question(model, {**asked, "hardware": (device.id,)}, catalog)
        try:
            best = fit(model, question, catalog)[0]
        except QuestionError:
            if model.architecture is None or question.context_tokens > (model.context_extended or model.context_native):
                raise
            continue
        if best.estimate.memory.fits:
            rows.append((device, best))
    assert question is not None
    rows.sort(key=lambda row: (row[0].memory_gib, row[0].bandwidth_gb_per_s, row[0].id))
    asked_here, shown = question, rows[: asked["top"]]
    held = models_here(catalog)

    def view() -> View:
        from llm_pick.render.answers import where_view  # noqa: PLC0415 - JSON needs none of it

        return where_view(model, shown, len(rows), asked_here, catalog, held)

    emit(
        chosen,
        view,
        lambda: envelope("fit", catalog, json_v1.where(model, shown, asked_here, catalog, held)),
        output=output,
    )
    return Exit.YES if rows else Exit.NO
