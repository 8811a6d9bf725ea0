"""``breakeven``: the body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llm_pick.cli.exit_codes import Exit
from llm_pick.cli.output import DOCUMENTS, chosen_format, emit, envelope
from llm_pick.core.cost.answer import answer
from llm_pick.core.cost.asked import Asked
from llm_pick.core.cost.plan import plan
from llm_pick.core.errors import NoPlanError
from llm_pick.io.store import load_catalog
from llm_pick.render import breakeven_json

if TYPE_CHECKING:
    from llm_pick.cli.format import Format
    from llm_pick.core.cost.answer import Answer
    from llm_pick.render.view import View


def run(
    asked: dict[str, Any], *, timestamps: str | None, format: Format | None, as_json: bool, output: str | None, explain: bool
) -> int:
    """Answer and print; exit 0 whichever side wins, 1 where no plan does what was asked."""
    catalog = load_catalog()
    if timestamps is not None:
        from llm_pick.io.arrivals import read_arrivals  # noqa: PLC0415 - only when a file is given

        asked = {**asked, "arrivals": read_arrivals(timestamps)}
    given = Asked(**asked)
    chosen = chosen_format(format, as_json=as_json, output=output)
    try:
        found = answer(plan(given, catalog), catalog)
    except NoPlanError as error:
        refused = error

        def refusal() -> View:
            from llm_pick.render.breakeven_view import no_plan_view  # noqa: PLC0415 - JSON needs none of it

            shown = no_plan_view(refused)
            if chosen in DOCUMENTS:
                from llm_pick.render.memo_cost import refusal_memo  # noqa: PLC0415 - documents only

                return refusal_memo(shown, given)
            return shown

        emit(
            chosen,
            refusal,
            lambda: envelope("breakeven", catalog, breakeven_json.no_plan(refused, given)),
            output=output,
            catalog=catalog,
        )
        return Exit.NO
    _show(found, chosen, output, explain=explain, catalog=catalog)
    return Exit.YES


def _show(found: Answer, chosen: Format, output: str | None, *, explain: bool, catalog: Any) -> None:  # noqa: ANN401
    def view() -> View:
        from llm_pick.render.breakeven_view import breakeven_view  # noqa: PLC0415 - JSON needs none of it

        shown = breakeven_view(found, catalog, explain=explain)
        if chosen in DOCUMENTS:
            from llm_pick.render.memo_cost import breakeven_memo  # noqa: PLC0415 - documents only

            return breakeven_memo(shown, found, catalog)
        return shown

    emit(
        chosen, view, lambda: envelope("breakeven", catalog, breakeven_json.body(found, catalog)), output=output, catalog=catalog
    )
