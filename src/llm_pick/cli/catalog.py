"""``catalog``: validate, path, sources, add, diff."""

from __future__ import annotations

import os
import re
import shlex
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llm_pick.cli.exit_codes import Exit
from llm_pick.cli.output import chosen_format, emit, envelope, put_json
from llm_pick.core.errors import CatalogError, QuestionError
from llm_pick.io.own import files as own_files
from llm_pick.io.settings_files import config_folder
from llm_pick.io.store import PATH, built_in_catalog, catalog_of, load_catalog
from llm_pick.render.text import printable
from llm_pick.render.view import Column, Table, View

if TYPE_CHECKING:
    from llm_pick.cli.format import Format


def validate(folder: str, *, as_json: bool) -> int:
    """Print every problem of the folder; exit 1 if there is one."""
    from llm_pick.schema.lint import lint  # noqa: PLC0415 - pydantic is for authors only
    from llm_pick.schema.load import load_folder  # noqa: PLC0415

    where = Path(folder)
    if where.is_file():
        from llm_pick.schema.own import read_own  # noqa: PLC0415

        authored = read_own([folder], built_in_catalog())
        problems = authored.problems
    elif where.is_dir():
        authored = load_folder(where)
        problems = [*authored.problems, *lint(authored, today=datetime.now(tz=UTC).date().isoformat())]
    else:
        hint = "give the folder that holds models.yaml, e.g. `data`, or a file of your own facts"
        raise QuestionError(f"no file or folder `{folder}`", hint)
    if as_json:
        rows = [{"file": p.file, "line": p.line, "record": p.record, "key": p.key, "message": p.message} for p in problems]
        put_json("catalog-validate", built_in_catalog(), {"path": folder}, {"problems": rows})
    else:
        for problem in problems:
            sys.stdout.write(f"{problem}\n")
        counts = ", ".join(f"{len(rows)} {section}" for section, rows in authored.sections.items() if rows)
        found = f"{len(problems)} problem{'s' * (len(problems) != 1)} in {counts}"
        emit(chosen_format(None, as_json=False, output=None), lambda: View((), headline=found), dict)
    return Exit.NO if problems else Exit.YES


def path(*, format: Format | None, as_json: bool, output: str | None) -> int:
    """Print where facts lie: built in, the user's own, and compiled copies of these."""
    config, cache = config_folder(os.environ), own_files.cache_folder(os.environ)
    rows = [("built-in", PATH)]
    if config is not None:
        rows.append(("yours", os.path.join(config, own_files.FILE)))  # noqa: PTH118
        rows.append(("yours", os.path.join(config, own_files.FOLDER)))  # noqa: PTH118
    rows += [("yours", name) for name in own_files.named()]
    if cache is not None:
        rows.append(("cache", cache))
    places = [{"kind": kind, "path": where, "exists": os.path.exists(where)} for kind, where in rows]  # noqa: PTH110
    found = tuple((kind, printable(where), "there" if os.path.exists(where) else "not there yet") for kind, where in rows)  # noqa: PTH110

    def data() -> dict[str, Any]:
        return envelope("catalog-path", load_catalog(), {"question": {}, "assumptions": [], "warnings": [], "places": places})

    table = Table((Column("what"), Column("place"), Column("state")), found)
    emit(chosen_format(format, as_json=as_json, output=output), lambda: View((table,)), data, output=output)
    return Exit.YES


def add(name: str, *, id: str | None, show: bool, output: str | None, force: bool, as_json: bool) -> int:
    """Draft a record of a repository or file, and put it among the user's own facts."""
    from llm_pick.io.inspect import inspect  # noqa: PLC0415 - brings the network's libraries
    from llm_pick.io.own import draft as drafts  # noqa: PLC0415 - pydantic
    from llm_pick.io.own.write import folder, replace_file  # noqa: PLC0415
    from llm_pick.io.progress import Progress  # noqa: PLC0415

    catalog = load_catalog()
    with Progress() as say:
        found = inspect(name, catalog, say)
    if id is None:
        id = found.in_catalog.id if found.in_catalog is not None and force else drafts.id_of(found)
    known = found.in_catalog or catalog.models.get(id)
    if known is not None and not (show or force):
        hint = f"`llm-pick show {known.id}`; --force drafts it again, --print only shows the draft"
        raise QuestionError(f"{printable(name)} is in the catalog as {known.id}", hint)
    today = datetime.now(tz=UTC).date().isoformat()
    sections = drafts.draft(found, id, today)
    text = drafts.text_of(sections, found.card.origin, today)
    target = output or (None if show else os.path.join(folder(), f"{re.sub('[^a-z0-9.-]', '-', id)}.yaml"))  # noqa: PTH118
    others = [path for path in own_files.in_force() if target is None or not _same(path, target)]
    if not show:
        drafts.check(text, others, built_in_catalog())
    if target is not None:
        if os.path.exists(target) and not force:  # noqa: PTH110
            raise QuestionError(f"`{target}` exists", "--force replaces it")
        replace_file(target, text)
    unknown = sections["models"][0].get("unknown", {})
    if as_json:
        body = {"id": id, "path": target, "unknown": unknown, "warnings": list(found.warnings), "draft": sections}
        put_json("catalog-add", catalog, {"name": name}, body)
    elif target is None:
        sys.stdout.write(text)
    else:
        sys.stdout.write(f"{target}: {id}\n")
        named = "" if output is None else f" --catalog {shlex.quote(output)}"
        print(f"next: llm-pick fit {shlex.quote(id)}{named}", file=sys.stderr)  # noqa: T201 - advice is no answer
    for field, why in unknown.items():
        print(f"unknown: {field}: {printable(why)}", file=sys.stderr)  # noqa: T201
    for warning in found.warnings:
        print(f"warning: {printable(warning)}", file=sys.stderr)  # noqa: T201
    return Exit.YES


def _same(one: str, other: str) -> bool:
    return os.path.abspath(one) == os.path.abspath(other)  # noqa: PTH100


def diff(other: str | None, *, format: Format | None, as_json: bool, output: str | None) -> int:
    """Show what own facts, a file of them or another compiled catalog change against the built-in one."""
    from llm_pick.io.own.diff import changes  # noqa: PLC0415 - pydantic
    from llm_pick.render import catalog_diff  # noqa: PLC0415

    built_in = built_in_catalog()
    what = other or "your own facts"
    compiled = other is not None and (Path(other).is_dir() or other.endswith(".jsonl"))  # an installed release, or its file
    try:
        if other is None:
            changed = load_catalog()
        elif compiled:
            changed = built_in_catalog(Path(other) / "catalog.jsonl" if Path(other).is_dir() else other)
        else:
            changed = catalog_of([other])
        found = changes(built_in, changed)
    except CatalogError as error:
        if not compiled:
            raise
        why = str(error).removesuffix("; reinstall llm-pick")
        raise QuestionError(f"`{other}`: {why}", "name a file of facts, or a folder that holds catalog.jsonl") from error
    emit(
        chosen_format(format, as_json=as_json, output=output),
        lambda: catalog_diff.view(found, what),
        lambda: envelope("catalog-diff", changed, catalog_diff.data(found, what)),
        output=output,
    )
    return Exit.YES


def sources(*, as_of: str | None, format: Format | None, as_json: bool, output: str | None) -> int:
    """List every reference by kind, oldest first, and say which are due for another reading."""
    from llm_pick.core.ask import day_of  # noqa: PLC0415
    from llm_pick.render import sources_list  # noqa: PLC0415

    catalog = load_catalog()
    day = day_of(as_of) or catalog.as_of
    emit(
        chosen_format(format, as_json=as_json, output=output),
        lambda: sources_list.view(catalog, day),
        lambda: envelope("catalog-sources", catalog, sources_list.data(catalog, day)),
        output=output,
        catalog=catalog,
    )
    return Exit.YES
