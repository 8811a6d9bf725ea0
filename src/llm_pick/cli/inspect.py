"""``inspect``: the body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llm_pick.cli.auto import with_this_machine
from llm_pick.cli.exit_codes import Exit
from llm_pick.cli.output import chosen_format, emit, envelope
from llm_pick.core.ask import build_question
from llm_pick.core.errors import QuestionError
from llm_pick.core.inspected import catalog_with
from llm_pick.core.recommend import fit
from llm_pick.core.record import replace
from llm_pick.io.inspect import inspect
from llm_pick.io.progress import Progress
from llm_pick.io.store import load_catalog
from llm_pick.render import inspection

if TYPE_CHECKING:
    from llm_pick.cli.format import Format
    from llm_pick.render.view import View


def run(name: str, asked: dict[str, Any], *, format: Format | None, as_json: bool, output: str | None, explain: bool) -> int:
    """Read, fit, print; exit 1 when nothing of it fits the machine."""
    catalog = load_catalog()
    chosen = chosen_format(format, as_json=as_json, output=output)
    asked = with_this_machine(asked, catalog, default=True)
    build_question(catalog, **asked)  # a wrong question is told before anything is fetched
    with Progress() as say:
        found = inspect(name, catalog, say)
    wider = catalog_with(found, catalog)
    question = build_question(wider, **asked)
    most = found.model.context_native
    if asked["context"] is None and question.context_tokens > most:
        question = replace(question, context_tokens=most)
    held = {artifact.quant for artifact in found.model.artifacts}
    assessed = [item for item in fit(found.model, question, wider) if item.candidate.quantization.id in held]
    if not assessed:
        raise QuestionError(
            f"{question.hardware.label} runs none of what {name} holds: {', '.join(sorted(held))}",
            "leave out --quant and --runtime, or name other hardware",
        )

    def view() -> View:
        return inspection.view(found, assessed, question, wider, explain=explain)

    emit(chosen, view, lambda: envelope("inspect", catalog, inspection.data(found, assessed, question, wider)), output=output)
    return Exit.YES if any(item.estimate.memory.fits for item in assessed) else Exit.NO
