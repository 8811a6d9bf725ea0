"""Where an answer goes: the chosen format, stdout or a file; remarks to stderr when nobody looks at a table."""

from __future__ import annotations

import json
import os
import shlex
import sys
import time
from typing import TYPE_CHECKING, Any

from llm_pick import __version__
from llm_pick.cli.defaults import taken
from llm_pick.cli.format import Format
from llm_pick.core.errors import QuestionError
from llm_pick.core.freshness import old_catalog
from llm_pick.core.record import replace
from llm_pick.render.envelope import envelope

if TYPE_CHECKING:
    from collections.abc import Callable

    from llm_pick.core.catalog import Catalog
    from llm_pick.render.view import View

__all__ = ["chosen_format", "emit", "envelope"]


def chosen_format(format: Format | None, *, as_json: bool, output: str | None) -> Format:
    """Flag, else table on a terminal, plain anywhere else."""
    if as_json:
        return Format.JSON
    if format is not None:
        return format
    return Format.TABLE if output is None and _is_terminal() else Format.PLAIN


def _is_terminal() -> bool:
    return (sys.stdout is not None and sys.stdout.isatty()) or bool(os.environ.get("FORCE_COLOR"))


def emit(
    format: Format,
    view: Callable[[], View],
    data: Callable[[], dict[str, Any]],
    *,
    output: str | None = None,
    catalog: Catalog | None = None,
) -> None:
    """Write one answer. ``view`` and ``data`` are built only when their format is asked for.

    Records of ``catalog`` that are the user's own are marked as such.
    """
    if output is not None and not output.strip():
        raise QuestionError("--output has no file name", "name a file, or - for stdout")
    if sys.stdout is None and output is None:
        raise QuestionError("stdout is closed", "name a file with --output")
    old = None if catalog is None else old_catalog(_today(), catalog)
    if format is Format.JSON:
        answer = data()
        if old is not None:
            answer["warnings"] = [*answer.get("warnings", ()), old]
        _put(answer, output)
        return
    shown = view()
    if catalog is not None and catalog.yours:
        from llm_pick.render.yours import marked  # noqa: PLC0415 - only for whoever has facts of their own

        shown = marked(shown, catalog, cells=format not in (Format.PLAIN, Format.CSV))
    added = [*((("warning", old),) if old is not None else ()), *(("assumed", text) for text in taken())]
    shown = replace(shown, remarks=(*shown.remarks, *added)) if added else shown
    if format is Format.TABLE and output is None:
        from llm_pick.render.terminal.table import print_view  # noqa: PLC0415 - rich is only for terminals

        print_view(shown)
        return
    if format in DOCUMENTS:
        shown = replace(shown, footer=_footer())
    if format is Format.HTML:
        from llm_pick.render.html import to_html  # noqa: PLC0415 - only when asked

        _write(to_html(shown), output)
        return
    from llm_pick.render.plain import to_csv, to_markdown, to_plain  # noqa: PLC0415 - only when asked

    writers = {Format.CSV: to_csv, Format.MARKDOWN: to_markdown}
    _write(writers.get(format, to_plain)(shown), output)
    if format is not Format.MARKDOWN:
        for label, text in shown.remarks:
            print(f"{label}: {text}", file=sys.stderr)  # noqa: T201 - remarks are not the answer


def _today() -> str:
    """The day by the machine's clock, or by ``SOURCE_DATE_EPOCH`` where an answer has to come out the same for ever."""
    set_to = os.environ.get("SOURCE_DATE_EPOCH", "")
    return time.strftime("%Y-%m-%d", time.gmtime(int(set_to) if set_to.isdecimal() and len(set_to) < 11 else time.time()))


def put_json(command: str, catalog: Catalog, question: dict[str, Any], body: dict[str, Any]) -> None:
    """Print the answer of a command whose text is no table."""
    if sys.stdout is None:
        raise QuestionError("stdout is closed")
    _put(envelope(command, catalog, {"question": question, "assumptions": [], "warnings": [], **body}), None)


def _put(answer: dict[str, Any], output: str | None) -> None:
    if taken():
        answer["assumptions"] = [*answer.get("assumptions", ()), *taken()]
    # A console that knows not every letter would spell some differently; in JSON that must lose nothing.
    narrow = output in (None, "-") and not (sys.stdout.encoding or "").lower().startswith("utf")
    _write(json.dumps(answer, ensure_ascii=narrow, indent=2) + "\n", output)


DOCUMENTS = (Format.HTML, Format.MARKDOWN)
"""Formats that are read later and elsewhere."""


def _footer() -> tuple[tuple[str, str], ...]:
    """How to get this answer again."""
    from llm_pick.io.store import load_catalog  # noqa: PLC0415 - documents only

    catalog = load_catalog()
    return (
        ("made by", shlex.join(["llm-pick", *without_output(sys.argv[1:])])),
        ("with", f"llm-pick {__version__}, catalog of {catalog.as_of}, digest {catalog.digest}"),
    )


def without_output(arguments: list[str]) -> list[str]:
    """The command without the file it was written to, which is nobody else's."""
    kept, skip = [], False
    for argument in arguments:
        if skip or argument.startswith("--output=") or (argument.startswith("-o") and len(argument) > 2):
            skip = False
        elif argument in ("-o", "--output"):
            skip = True
        else:
            kept.append(argument)
    return kept


def _write(text: str, output: str | None) -> None:
    """To stdout, or to a file that is replaced whole or not at all."""
    if output is None or output == "-":
        sys.stdout.write(text)
        return
    from llm_pick.io.write_file import write_whole  # noqa: PLC0415 - most answers go to stdout

    write_whole(output, text)
