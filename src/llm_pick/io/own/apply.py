"""Own facts over the built-in catalog, from a compiled copy where the files have not changed."""

from __future__ import annotations

import hashlib
import os
import tempfile
from time import time
from typing import TYPE_CHECKING, Any

from llm_pick import __version__
from llm_pick.core.errors import CatalogError, QuestionError
from llm_pick.core.over import Beside, Over
from llm_pick.core.record import replace
from llm_pick.io.lines import LineFile, written
from llm_pick.io.own.files import cache_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from llm_pick.core.catalog import Catalog

FORM = 3
"""Changes with the form of the compiled copy."""
MOST_BYTES = 64 << 20
PROBLEMS_SHOWN = 12


def with_own(built_in: Catalog, files: Sequence[str], section: Callable[[LineFile, str], Any]) -> Catalog:
    """``built_in`` with the records of ``files``; ``section`` gives the records of a section of a compiled file.

    ``QuestionError`` names file, line and key of every problem.
    """
    texts = {path: _bytes(path) for path in reversed(dict.fromkeys(reversed(files)))}  # of one named twice, the later counts
    print_ = hashlib.sha256(f"{FORM} {__version__} {built_in.digest}".encode())
    for path, text in texts.items():
        print_.update(os.path.abspath(path).encode("utf-8", "surrogateescape") + b"\0" + hashlib.sha256(text).digest())
    key = print_.hexdigest()
    compiled = _cached(key)
    if compiled is None:
        found = _compiled(texts, built_in)
        head, facts = _facts(found)
        alone = _over(built_in, LineFile("", written(head, facts)), section)
        data = written(head, {**facts, **_prepared(alone, found)})
        _keep(key, data)
        compiled = LineFile("", data)
    return _over(built_in, compiled, section)


def _facts(found: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]]]:
    """Head and sections of the compiled copy."""
    sections = {name: rows for name, rows in found["sections"].items() if name != "scores"}
    oldest: dict[str, str] = {}
    licences = (("licence", row.get("read_on")) for row in sections.get("licenses", ()))
    for kind, read_on in (*licences, *((row["kind"], row["read_on"]) for row in sections.get("references", ()))):
        if read_on:
            oldest[kind] = min(oldest.get(kind, read_on), read_on)
    head = {"as_of": found["as_of"], "facts": found["facts"], "kinds": sorted(sections), "oldest_read": oldest}
    scores: dict[str, list[dict[str, Any]]] = {}
    for row in found["sections"].get("scores", ()):
        scores.setdefault(row["model"], []).append(row)
    return head, {
        **sections,
        "scores": [{"id": model, "rows": rows} for model, rows in scores.items()],
        "quality": found["quality"],
        "yours": [{"id": name, "rows": rows} for name, rows in found["yours"].items()],
    }


def _over(built_in: Catalog, compiled: LineFile, section: Callable[[LineFile, str], Any]) -> Catalog:
    head = compiled.head
    kinds = (*head["kinds"], *(("quality", "newest_evidence") if len(section(compiled, "quality")) else ()))
    changed: dict[str, Any] = {name: Over(section(compiled, name), getattr(built_in, name)) for name in kinds}
    changed["scores"] = Beside(section(compiled, "scores"), built_in.scores)
    digest = hashlib.sha256(f"{built_in.digest} {head['facts']}".encode()).hexdigest()[:12]
    prepared = built_in.prepared
    if prepared is not None and "outlines" in compiled:
        tables = {name: Over(section(compiled, name), getattr(prepared, name)) for name in PREPARED}
        prepared = replace(prepared, **tables, made_from={**prepared.made_from, **changed})
    oldest = {kind: min(read_on, head["oldest_read"].get(kind, read_on)) for kind, read_on in built_in.oldest_read.items()}
    return replace(
        built_in,
        **changed,
        prepared=prepared,
        yours=section(compiled, "yours"),
        oldest_read={**head["oldest_read"], **oldest},
        digest=digest,
        as_of=max(built_in.as_of, head["as_of"]),
    )


PREPARED = ("weights", "task_scores", "names", "outlines", "extracts")
"""Prepared tables that own facts add to."""
_GENERAL = ("quantizations", "tensor_types", "parameters", "tasks", "runtimes")
"""Facts that nearly every prepared result rests on: whoever changes one has everything computed anew."""


def _prepared(catalog: Catalog, found: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Rows of the tables for the records that are the user's own."""
    sections = found["sections"]
    if not sections.keys().isdisjoint(_GENERAL):
        return {}
    from llm_pick.core.outline import YOURS  # noqa: PLC0415 - a file is new
    from llm_pick.core.prepare import (  # noqa: PLC0415
        KINDS,
        extracts_of,
        names_in,
        outlines_of,
        task_scores_of,
        weights_of,
    )

    models = [catalog.models[row["id"]] for row in sections.get("models", ())]
    return {
        "weights": weights_of(models, catalog),
        "task_scores": task_scores_of(catalog) if found["quality"] else [],
        "names": names_in(catalog, [kind for kind, section in KINDS.items() if section in sections]),
        "outlines": outlines_of(YOURS, models, catalog),
        "extracts": extracts_of(catalog),
    }


def _bytes(path: str) -> bytes:
    try:
        with open(path, "rb") as stream:
            text = stream.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        said = getattr(error, "strerror", None) or error
        raise QuestionError(f"cannot read `{path}`: {said}", "--catalog takes a YAML file") from error
    if len(text) > MOST_BYTES:
        raise QuestionError(f"`{path}` is larger than {MOST_BYTES >> 20} MiB", "--catalog takes a YAML file of facts")
    return text


def _compiled(texts: Mapping[str, bytes], built_in: Catalog) -> dict[str, Any]:
    from llm_pick.schema.own import compile_own  # noqa: PLC0415 - pydantic and yaml only where a file is new

    compiled, problems = compile_own(list(texts), built_in, texts)
    if problems:
        shown = "\n".join(str(problem) for problem in problems[:PROBLEMS_SHOWN])
        more = f"\n… and {len(problems) - PROBLEMS_SHOWN} more" if len(problems) > PROBLEMS_SHOWN else ""
        count = f"{len(problems)} problem{'s' * (len(problems) != 1)} in your own facts"
        raise QuestionError(f"{count}\n{shown}{more}", "`llm-pick catalog validate FILE` lists all; correct or move the file")
    return compiled


def _cached(key: str) -> LineFile | None:
    """The compiled copy, or ``None`` where there is none that can be used."""
    folder = cache_folder()
    if folder is None:
        return None
    try:
        found = LineFile(os.path.join(folder, f"own-{key}{ENDING}"))
        return found if found.whole() else None
    except (CatalogError, OSError):
        return None


def _keep(key: str, data: bytes) -> None:
    """Write the copy whole or not at all, in place of older ones; a disk that takes none is no problem."""
    folder = cache_folder()
    if folder is None:
        return
    partial = ""
    try:
        os.makedirs(folder, exist_ok=True)
        held = os.listdir(folder)
        older = [name for name in held if name.startswith("own-") and name.endswith(ENDING)]
        for name in held:
            if name.startswith(PARTIAL):
                _unlink_old(os.path.join(folder, name))
        handle, partial = tempfile.mkstemp(dir=folder, prefix=PARTIAL)
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        os.replace(partial, os.path.join(folder, f"own-{key}{ENDING}"))
        partial = ""
        by_age = sorted((os.path.join(folder, name) for name in older), key=os.path.getmtime)
        for path in by_age[: -KEPT or None]:
            os.unlink(path)
    except OSError:
        pass
    finally:
        if partial:
            _unlink(partial)


ENDING = ".jsonl"
KEPT = 3
"""Older compiled copies that stay, for whoever goes back and forth between files."""


PARTIAL = ".own-"
LEFT_S = 600
"""A partial copy this old is nobody's any more: whoever wrote it was killed."""


def _unlink_old(path: str) -> None:
    try:
        if time() - os.path.getmtime(path) > LEFT_S:
            os.unlink(path)
    except OSError:
        return


def _unlink(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        return
