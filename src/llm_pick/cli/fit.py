"""``fit``: the body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llm_pick.cli.exit_codes import Exit
from llm_pick.cli.output import DOCUMENTS, chosen_format, emit, envelope
from llm_pick.core.errors import QuestionError
from llm_pick.core.fitting import fit_asked, machines_of, question_about
from llm_pick.core.lookup import find_model
from llm_pick.io.store import load_catalog
from llm_pick.io.this_machine import models_here, with_this_machine
from llm_pick.render import json_v1

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llm_pick.cli.format import Format
    from llm_pick.core.catalog import Catalog, Model
    from llm_pick.core.question import Question
    from llm_pick.core.recommend import Assessed
    from llm_pick.render.view import View


def run(
    name: str,
    asked: dict[str, Any],
    *,
    ladder: str | None = None,
    device_class: str | None = None,
    format: Format | None,
    as_json: bool,
    output: str | None,
    explain: bool,
) -> int:
    """Answer and print; exit 1 when the model does not fit."""
    catalog = load_catalog()
    model = find_model(name, catalog)
    chosen = chosen_format(format, as_json=as_json, output=output)
    machines = machines_of(asked)
    _agreed(machines, ladder, device_class, model)
    if not machines:
        return _everywhere(model, asked, device_class, chosen, output, catalog, explain=explain)
    if len(machines) > 1:
        return _upgrade(model, asked, machines, chosen, output, catalog, explain=explain)
    question = question_about(model, with_this_machine(asked, catalog, default=False), catalog)
    if ladder is not None:
        return _ladder(ladder, model, question, chosen, output, catalog, explain=explain)
    answer = fit_asked(model, question, catalog)
    held = models_here(catalog)

    def view() -> View:
        from llm_pick.render.answers import fit_view  # noqa: PLC0415 - JSON needs none of it

        shown = fit_view(answer, catalog, explain=explain, held=held)
        if chosen in DOCUMENTS:
            from llm_pick.render.memo import fit_memo  # noqa: PLC0415 - documents only

            return fit_memo(shown, answer, catalog)
        return shown

    emit(chosen, view, lambda: envelope("fit", catalog, json_v1.fit(answer, catalog, held)), output=output, catalog=catalog)
    return Exit.YES if answer.best.estimate.memory.fits else Exit.NO


def _agreed(machines: tuple[dict[str, Any], ...], ladder: str | None, device_class: str | None, model: Model) -> None:
    if ladder is not None and len(machines) != 1:
        raise QuestionError(
            "a ladder is climbed on one machine",
            f"name one with --hardware or --vram; without any: `llm-pick explain quantization --model {model.id}`",
        )
    if device_class is not None and machines:
        raise QuestionError("--class filters the list of devices, and a machine is named", "leave one of them out")


def _everywhere(
    model: Model,
    asked: dict[str, Any],
    device_class: str | None,
    chosen: Format,
    output: str | None,
    catalog: Catalog,
    *,
    explain: bool,
) -> int:
    """Every known device the model fits on, cheapest first."""
    from llm_pick.core.places import fit_everywhere  # noqa: PLC0415 - a machine is named most times
    from llm_pick.render import places  # noqa: PLC0415

    answer = fit_everywhere(model, asked, catalog, device_class)
    held = models_here(catalog)

    def view() -> View:
        shown = places.where_view(answer, catalog, held, explain=explain)
        if chosen in DOCUMENTS:
            from llm_pick.render.memo_what_ifs import where_memo  # noqa: PLC0415 - documents only

            return where_memo(shown, answer, catalog)
        return shown

    emit(
        chosen,
        view,
        lambda: envelope("fit", catalog, places.where_data(answer, catalog, held)),
        output=output,
        catalog=catalog,
    )
    return Exit.YES if answer.by_class else Exit.NO


def _upgrade(
    model: Model,
    asked: dict[str, Any],
    machines: tuple[dict[str, Any], ...],
    chosen: Format,
    output: str | None,
    catalog: Catalog,
    *,
    explain: bool,
) -> int:
    """Several machines side by side."""
    from llm_pick.core.upgrades import compare_machines  # noqa: PLC0415 - one machine is named most times
    from llm_pick.render import upgrade  # noqa: PLC0415

    each = [with_this_machine({**asked, **machine}, catalog, default=False) for machine in machines]
    answer = compare_machines(model, [question_about(model, one, catalog) for one in each], catalog)
    held = models_here(catalog)

    def view() -> View:
        shown = upgrade.view(answer, catalog)
        if explain:
            named = [(upgrade.name_of(m), m.answer.best, m.answer.question) for m in answer.machines if m.answer]
            shown = _explained(shown, named, catalog)
        if chosen in DOCUMENTS:
            from llm_pick.render.memo_what_ifs import upgrade_memo  # noqa: PLC0415 - documents only

            return upgrade_memo(shown, answer, catalog)
        return shown

    emit(
        chosen,
        view,
        lambda: envelope("fit", catalog, upgrade.data(answer, catalog, held)),
        output=output,
        catalog=catalog,
    )
    return Exit.YES if any(machine.fits for machine in answer.machines) else Exit.NO


def _explained(shown: View, named: Sequence[tuple[str, Assessed, Question]], catalog: Catalog) -> View:
    from llm_pick.core.record import replace  # noqa: PLC0415 - only for --explain
    from llm_pick.render.explanation import explanations  # noqa: PLC0415

    return replace(shown, remarks=(*shown.remarks, *explanations(named, catalog)))


def _ladder(
    kind: str, model: Model, question: Question, chosen: Format, output: str | None, catalog: Catalog, *, explain: bool
) -> int:
    """Step by step on one machine."""
    from llm_pick.core.ladders import ladder_here  # noqa: PLC0415 - seldom asked for
    from llm_pick.core.recommend import assess  # noqa: PLC0415
    from llm_pick.render import ladder  # noqa: PLC0415

    answer = ladder_here(kind, model, question, catalog)

    def view() -> View:
        shown = ladder.view(answer, catalog)
        if explain:
            shown = _explained(shown, [("", assess(answer.candidate, question, catalog), question)], catalog)
        if chosen in DOCUMENTS:
            from llm_pick.render.memo_what_ifs import ladder_memo  # noqa: PLC0415 - documents only

            return ladder_memo(shown, answer, catalog)
        return shown

    emit(
        chosen,
        view,
        lambda: envelope("fit", catalog, ladder.data(answer, catalog)),
        output=output,
        catalog=catalog,
    )
    return Exit.YES if answer.fits else Exit.NO
