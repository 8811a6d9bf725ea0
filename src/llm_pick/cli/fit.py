"""``fit``: the body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llm_pick.cli.exit_codes import Exit
from llm_pick.cli.output import DOCUMENTS, chosen_format, emit, envelope
from llm_pick.core.fitting import fit_everywhere, fit_here
from llm_pick.core.lookup import find_model
from llm_pick.io.store import load_catalog
from llm_pick.io.this_machine import models_here, with_this_machine
from llm_pick.render import json_v1

if TYPE_CHECKING:
    from llm_pick.cli.format import Format
    from llm_pick.core.catalog import Catalog, Model
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
    answer = fit_here(model, with_this_machine(asked, catalog, default=False), catalog)
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


def _everywhere(model: Model, asked: dict[str, Any], chosen: Format, output: str | None, catalog: Catalog) -> int:
    """Every known device the model fits on, smallest and slowest first."""
    answer = fit_everywhere(model, asked, catalog)
    held = models_here(catalog)

    def view() -> View:
        from llm_pick.render.answers import where_view  # noqa: PLC0415 - JSON needs none of it

        shown = where_view(answer, catalog, held)
        if chosen in DOCUMENTS:
            from llm_pick.render.memo import where_memo  # noqa: PLC0415 - documents only

            return where_memo(shown, answer, catalog)
        return shown

    emit(chosen, view, lambda: envelope("fit", catalog, json_v1.where(answer, catalog, held)), output=output, catalog=catalog)
    return Exit.YES if answer.rows else Exit.NO
