"""``explain TOPIC``: the body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llm_pick.cli.exit_codes import Exit
from llm_pick.cli.output import DOCUMENTS, chosen_format, emit, envelope
from llm_pick.core.ask import MAX_USERS, build_question, parse_context
from llm_pick.core.cost.asked import Asked as Bill
from llm_pick.core.cost.asked import checked
from llm_pick.core.errors import QuestionError
from llm_pick.core.fitting import question_about
from llm_pick.core.lookup import find_model, find_task
from llm_pick.core.names import Names
from llm_pick.io.explanations import ALIASES, page, topics
from llm_pick.io.store import load_catalog
from llm_pick.io.this_machine import with_this_machine
from llm_pick.render.citations import numbered
from llm_pick.render.concepts import NUMBERS, Asked
from llm_pick.render.view import Column, Table, View

if TYPE_CHECKING:
    from llm_pick.cli.format import Format
    from llm_pick.core.catalog import Catalog, Model, Task
    from llm_pick.core.question import Question

_TRAFFIC = ("req_per_day", "tokens_in", "tokens_out", "api")


def run(topic: str | None, options: dict[str, Any], *, format: Format | None, as_json: bool, output: str | None) -> int:
    """Print the page, then the numbers of the model asked about; without a topic the list of pages."""
    catalog = load_catalog()
    chosen = chosen_format(format, as_json=as_json, output=output)
    if topic is None:
        return _list(chosen, output, catalog)
    id = _topic(topic)
    asked = _asked(options, catalog)
    title, body = page(id)
    text, sources = numbered(body, catalog)
    numbers = NUMBERS[id](asked, catalog)

    def view() -> View:
        cited = [(f"[{i}]", f"{ref.title}, {ref.url} (read {ref.read_on})") for i, ref in enumerate(sources, 1)]
        whose = [asked.model.id] if asked.model else []
        whose += [asked.question.hardware.label] if asked.question else []
        said = [("numbers of", " on ".join(whose))] if numbers.tables and whose else []
        if chosen in DOCUMENTS:  # they have a part for sources, below the text
            listed = tuple(("source", f"{mark} {told}") for mark, told in cited)
            return View(numbers.tables, headline=title, details=tuple(said), remarks=(*numbers.remarks, *listed), prose=text)
        return View(numbers.tables, headline=title, details=(*said, *cited), remarks=numbers.remarks, prose=text)

    def data() -> dict[str, Any]:
        machine = asked.question.hardware.label if asked.question else None
        question = {"topic": id, "model": asked.model.id if asked.model else None, "task": asked.task.id,
                    "context": asked.context_tokens, "users": asked.users, "hardware": machine,
                    "req_per_day": asked.bill.req_per_day if asked.bill else None}  # fmt: skip
        told = {label: [said for name, said in numbers.remarks if name == label] for label in ("assumed", "warning")}
        answer = {"question": question, "assumptions": told["assumed"], "warnings": told["warning"], "title": title, "text": text}
        listed = [{"id": ref.id, "title": ref.title, "url": ref.url, "read_on": ref.read_on} for ref in sources]
        return envelope("explain", catalog, {**answer, "sources": listed, "numbers": numbers.data})

    emit(chosen, view, data, output=output, catalog=catalog)
    return Exit.YES


def _list(chosen: Format, output: str | None, catalog: Catalog) -> int:
    """Every page with its title."""
    pages = [(topic, page(topic)[0]) for topic in topics()]
    emit(
        chosen,
        lambda: View((Table((Column("topic"), Column("page", fold=40)), tuple(pages)),), headline="pages of `llm-pick explain`"),
        lambda: envelope("explain", catalog, {"topics": [{"id": topic, "title": title} for topic, title in pages]}),
        output=output,
        catalog=catalog,
    )
    return Exit.YES


def _topic(name: str) -> str:
    match = Names({topic: ALIASES.get(topic, ()) for topic in topics()}).match(name)
    if match.id is None:
        near = match.candidates or topics()
        raise QuestionError(f"no page explains `{name}`", f"one of {', '.join(near)}")
    return match.id


def _asked(options: dict[str, Any], catalog: Catalog) -> Asked:
    """Whose numbers to show; ``QuestionError`` for what is no model, task, machine or traffic."""
    task = find_task(options["task"] or "general", catalog)
    users = options["users"]
    if not 1 <= users <= MAX_USERS:
        raise QuestionError(f"`--users {users}` is no number of users", f"between 1 and {MAX_USERS:,}")
    model = find_model(options["model"], catalog) if options["model"] else None
    return Asked(
        model=model,
        task=task,
        context_tokens=parse_context(options["context"]) if options["context"] else task.context_tokens,
        users=users,
        question=_machine(model, task, options, catalog),
        bill=_bill(options),
    )


def _machine(model: Model | None, task: Task, options: dict[str, Any], catalog: Catalog) -> Question | None:
    if not options["hardware"] and not options["vram"]:
        if options["ram_gb"] is not None:
            raise QuestionError("--ram without a machine", "name one: `--hardware rtx-4090`")
        if options["quant"] and options["req_per_day"] is None:
            raise QuestionError("--quant without a machine", "name one: `--hardware rtx-4090`")
        return None
    names = ("hardware", "vram", "ram_gb", "context", "users", "quant")
    asked = {name: options[name] for name in names} | {"task": task.id, "license": ("any",)}
    asked = with_this_machine(asked, catalog, default=False)
    return build_question(catalog, **asked) if model is None else question_about(model, asked, catalog)


def _bill(options: dict[str, Any]) -> Bill | None:
    given = {name: options[name] for name in _TRAFFIC if options[name] is not None}
    if not given:
        return None
    if "req_per_day" not in given:
        raise QuestionError(f"--{next(iter(given)).replace('_', '-')} without a traffic", "add --req-per-day, e.g. 50000")
    return checked(Bill(hardware=tuple(options["hardware"]), quant=options["quant"], **given))
