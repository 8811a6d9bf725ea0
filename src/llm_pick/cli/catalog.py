"""``catalog``: validate, path, sources."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from llm_pick.cli.exit_codes import Exit
from llm_pick.cli.output import chosen_format, emit, envelope
from llm_pick.core.errors import QuestionError

if TYPE_CHECKING:
    from llm_pick.cli.format import Format


def validate(folder: str, *, as_json: bool) -> int:
    """Print every problem of the folder; exit 1 if there is one."""
    from llm_pick.schema.lint import lint  # noqa: PLC0415 - pydantic is for authors only
    from llm_pick.schema.load import load_folder  # noqa: PLC0415

    where = Path(folder)
    if not where.is_dir():
        raise QuestionError(f"no folder `{folder}`", "give the folder that holds models.yaml, e.g. `data`")
    authored = load_folder(where)
    problems = [*authored.problems, *lint(authored, today=datetime.now(tz=UTC).date().isoformat())]
    if as_json:
        rows = [{"file": p.file, "line": p.line, "record": p.record, "key": p.key, "message": p.message} for p in problems]
        sys.stdout.write(json.dumps({"schema": "llm-pick/catalog-validate@1", "problems": rows}, indent=2) + "\n")
    else:
        for problem in problems:
            sys.stdout.write(f"{problem}\n")
        counts = ", ".join(f"{len(rows)} {section}" for section, rows in authored.sections.items() if rows)
        sys.stdout.write(f"{len(problems)} problems in {counts}\n")
    return Exit.NO if problems else Exit.YES


def path() -> int:
    """Print the folder of the compiled catalog."""
    from llm_pick.io.store import FOLDER  # noqa: PLC0415 - lazy body

    sys.stdout.write(f"{FOLDER}\n")
    return Exit.YES


def sources(*, format: Format | None, as_json: bool, output: str | None) -> int:
    """List every reference by kind, oldest first, and say which are due for another reading."""
    from llm_pick.io.store import load_catalog  # noqa: PLC0415 - lazy body
    from llm_pick.render import sources_list  # noqa: PLC0415

    catalog = load_catalog()
    emit(
        chosen_format(format, as_json=as_json, output=output),
        lambda: sources_list.view(catalog),
        lambda: envelope("catalog-sources", catalog, sources_list.data(catalog)),
        output=output,
    )
    return Exit.YES
