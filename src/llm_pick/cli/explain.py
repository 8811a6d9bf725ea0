"""``explain TOPIC``: the body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llm_pick.cli.exit_codes import Exit
from llm_pick.cli.output import chosen_format, emit, envelope
from llm_pick.core.ask import MAX_USERS, parse_context
from llm_pick.core.errors import QuestionError
from llm_pick.core.lookup import find_model, find_task
from llm_pick.core.names import Names
from llm_pick.io.explanations import page, topics
from llm_pick.io.store import load_catalog
from llm_pick.render.concept import NUMBERS, Asked
from llm_pick.render.view import View

if TYPE_CHECKING:
    from llm_pick.cli.format import Format


def run(topic: str, options: dict[str, Any], *, format: Format | None, as_json: bool, output: str | None) -> int:
    """Print the page, then the numbers of the model asked about."""
    names = Names(dict.fromkeys(topics(), ()))
    match = names.match(topic)
    if match.id is None:
        near = match.candidates or topics()
        raise QuestionError(f"no page explains `{topic}`", f"one of {', '.join(near)}")
    catalog = load_catalog()
    task = find_task(options["task"] or "general", catalog)
    users = options["users"]
    if not 1 <= users <= MAX_USERS:
        raise QuestionError(f"`--users {users}` is no number of users", f"between 1 and {MAX_USERS:,}")
    asked = Asked(
        model=find_model(options["model"], catalog) if options["model"] else None,
        task=task,
        context_tokens=parse_context(options["context"]) if options["context"] else task.context_tokens,
        users=users,
    )
    title, body = page(match.id)
    numbers = NUMBERS[match.id](asked, catalog)
    chosen = chosen_format(format, as_json=as_json, output=output)

    def view() -> View:
        return View(numbers.tables, headline=title, remarks=numbers.remarks, prose=body)

    def data() -> dict[str, Any]:
        question = {"topic": match.id, "model": asked.model.id if asked.model else None, "task": task.id,
                    "context": asked.context_tokens, "users": users}  # fmt: skip
        answer = {"question": question, "assumptions": [], "warnings": [], "title": title, "text": body}
        return envelope("explain", catalog, {**answer, "numbers": numbers.data})

    emit(chosen, view, data, output=output, catalog=catalog)
    return Exit.YES
