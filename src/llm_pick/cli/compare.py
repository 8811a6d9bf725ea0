"""``compare A B …``: the body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llm_pick.cli.exit_codes import Exit
from llm_pick.cli.output import DOCUMENTS, chosen_format, emit, envelope
from llm_pick.core.ask import build_question
from llm_pick.core.compare import compare, find_contenders, roomy_hardware
from llm_pick.core.record import replace
from llm_pick.io.store import load_catalog
from llm_pick.io.this_machine import models_here
from llm_pick.render import comparison

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llm_pick.cli.format import Format
    from llm_pick.core.catalog import Catalog
    from llm_pick.core.question import Question
    from llm_pick.render.view import View


def run(
    names: Sequence[str],
    asked: dict[str, Any],
    *,
    format: Format | None,
    as_json: bool,
    output: str | None,
    explain: bool,
) -> int:
    """Answer and print; whichever model is ahead, the answer is an answer."""
    catalog = load_catalog()
    models = find_contenders(names, catalog)
    has_machine = bool(asked["hardware"] or asked["vram"])
    question = build_question(catalog, **asked) if has_machine else _without_machine(asked, catalog)
    found = compare(models, question, catalog, has_machine=has_machine)
    chosen = chosen_format(format, as_json=as_json, output=output)
    held = models_here(catalog)

    def view() -> View:
        shown = comparison.view(found, catalog, explain=explain, held=held)
        if chosen in DOCUMENTS:
            from llm_pick.render.memo import comparison_memo  # noqa: PLC0415 - documents only

            return comparison_memo(shown, found, catalog)
        return shown

    emit(
        chosen,
        view,
        lambda: envelope("compare", catalog, comparison.data(found, catalog, held)),
        output=output,
        catalog=catalog,
    )
    return Exit.YES


def _without_machine(asked: dict[str, Any], catalog: Catalog) -> Question:
    """The question on a machine that holds everything; what is said of the stand-in is left out."""
    roomy = roomy_hardware(catalog)
    size = f"{roomy.devices[0].memory_gib:g}"
    question = build_question(catalog, **{**asked, "vram": (size,)})
    told = tuple(text for text in question.assumptions if not text.startswith("speed is a range"))
    return replace(question, hardware=roomy, assumptions=told)
