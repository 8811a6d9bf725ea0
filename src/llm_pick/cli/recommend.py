"""``recommend``: the body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llm_pick.cli.exit_codes import Exit
from llm_pick.cli.output import DOCUMENTS, chosen_format, emit, envelope
from llm_pick.core.ask import build_question
from llm_pick.core.recommend import recommend
from llm_pick.io.store import load_catalog
from llm_pick.io.this_machine import models_here, with_this_machine

if TYPE_CHECKING:
    from llm_pick.cli.format import Format
    from llm_pick.render.view import View


def run(asked: dict[str, Any], *, format: Format | None, as_json: bool, output: str | None, explain: bool) -> int:
    """Answer and print; exit 1 when nothing satisfies the constraints."""
    catalog = load_catalog()
    question = build_question(catalog, **with_this_machine(asked, catalog, default=True))
    answer = recommend(question, catalog)
    held = models_here(catalog)
    chosen = chosen_format(format, as_json=as_json, output=output)

    def view() -> View:
        from llm_pick.render.answers import recommendation_view  # noqa: PLC0415 - JSON needs none of it

        shown = recommendation_view(answer, catalog, explain=explain, held=held)
        if chosen in DOCUMENTS:
            from llm_pick.render.memo import recommendation_memo  # noqa: PLC0415 - documents only

            return recommendation_memo(shown, answer, catalog)
        return shown

    def data() -> dict[str, Any]:
        from llm_pick.render import json_v1  # noqa: PLC0415 - tables need none of it

        return envelope("recommend", catalog, json_v1.recommendation(answer, catalog, held))

    emit(
        chosen,
        view,
        data,
        output=output,
        catalog=catalog,
    )
    return Exit.YES if answer.picks else Exit.NO
