"""``inspect``: the body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llm_pick.cli.exit_codes import Exit
from llm_pick.cli.output import DOCUMENTS, chosen_format, emit, envelope
from llm_pick.io.inspect.answer import inspect_answer
from llm_pick.io.progress import Progress
from llm_pick.io.store import load_catalog
from llm_pick.io.this_machine import with_this_machine
from llm_pick.render import inspection

if TYPE_CHECKING:
    from llm_pick.cli.format import Format
    from llm_pick.render.view import View


def run(name: str, asked: dict[str, Any], *, format: Format | None, as_json: bool, output: str | None, explain: bool) -> int:
    """Read, fit, print; exit 1 when nothing of it fits the machine."""
    catalog = load_catalog()
    chosen = chosen_format(format, as_json=as_json, output=output)
    asked = with_this_machine(asked, catalog, default=True)
    with Progress() as say:
        answer = inspect_answer(name, asked, catalog, say)
    found, assessed, question, wider = answer.found, answer.assessed, answer.question, answer.catalog

    def view() -> View:
        shown = inspection.view(found, assessed, question, wider, explain=explain, held=answer.held)
        if chosen in DOCUMENTS:
            from llm_pick.render.memo import inspection_memo  # noqa: PLC0415 - documents only

            return inspection_memo(shown, found, assessed, question, wider)
        return shown

    emit(
        chosen,
        view,
        lambda: envelope("inspect", catalog, inspection.data(found, assessed, question, wider, answer.held)),
        output=output,
        catalog=catalog,
    )
    return Exit.YES if answer.fits else Exit.NO
