"""Own facts over the built-in catalog, from a compiled copy where the files have not changed."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections import ChainMap
from typing import TYPE_CHECKING, Any

from llm_pick.core.errors import QuestionError
from llm_pick.core.record import replace
from llm_pick.io.own.files import cache_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from llm_pick.core.catalog import Catalog, Score

FORM = 2
"""Changes with the form of the compiled copy."""
MOST_BYTES = 64 << 20
PROBLEMS_SHOWN = 12


def with_own(built_in: Catalog, files: Sequence[str], build: Callable[[str, Any], Any]) -> Catalog:
    """``built_in`` with the records of ``files``; ``build`` makes a record of a section from its row.

    ``QuestionError`` names file, line and key of every problem.
    """
    texts = [_bytes(path) for path in files]
    print_ = hashlib.sha256(f"{FORM} {built_in.digest}".encode())
    for path, text in zip(files, texts, strict=True):
        print_.update(os.path.abspath(path).encode("utf-8", "surrogateescape") + b"\0" + hashlib.sha256(text).digest())
    key = print_.hexdigest()
    compiled = _cached(key)
    if compiled is None:
        compiled = _compiled(files, built_in)
        _keep(key, compiled)
    changed: dict[str, Any] = {}
    for section, rows in compiled["sections"].items():
        if section == "scores":
            changed["scores"] = _with_scores(built_in, [build(section, row) for row in rows])
            continue
        own = {row["id"]: build(section, row) for row in rows}
        base = getattr(built_in, section)
        changed[section] = {**base, **own} if type(base) is dict else ChainMap(own, base)
    if compiled["quality"]:
        changed["quality"] = {**built_in.quality, **{row["id"]: build("quality", row) for row in compiled["quality"]}}
        changed["newest_evidence"] = {**built_in.newest_evidence, **{row["id"]: row["newest"] for row in compiled["quality"]}}
    oldest = dict(built_in.oldest_read)
    licences = (("licence", row.get("read_on")) for row in compiled["sections"].get("licenses", ()))
    for kind, read_on in (*licences, *((row["kind"], row["read_on"]) for row in compiled["sections"].get("references", ()))):
        if read_on:
            oldest[kind] = min(oldest.get(kind, read_on), read_on)
    digest = hashlib.sha256(f"{built_in.digest} {compiled['facts']}".encode()).hexdigest()[:12]
    return replace(
        built_in,
        **changed,
        yours=compiled["yours"],
        oldest_read=oldest,
        digest=digest,
        as_of=max(built_in.as_of, compiled["as_of"]),
    )


def _with_scores(built_in: Catalog, own: Sequence[Score]) -> ChainMap[str, tuple[Score, ...]]:
    """Scores by model, the user's after the published ones."""
    added: dict[str, tuple[Score, ...]] = {}
    for score in own:
        added[score.model] = (*added.get(score.model, built_in.scores.get(score.model, ())), score)
    return ChainMap(added, built_in.scores)  # type: ignore[arg-type] # nothing is written through it


def _bytes(path: str) -> bytes:
    try:
        with open(path, "rb") as stream:
            text = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise QuestionError(f"cannot read `{path}`: {error.strerror or error}", "--catalog takes a YAML file") from error
    if len(text) > MOST_BYTES:
        raise QuestionError(f"`{path}` is larger than {MOST_BYTES >> 20} MiB", "--catalog takes a YAML file of facts")
    return text


def _compiled(files: Sequence[str], built_in: Catalog) -> dict[str, Any]:
    from llm_pick.schema.own import compile_own  # noqa: PLC0415 - pydantic and yaml only where a file is new

    compiled, problems = compile_own(files, built_in)
    if problems:
        shown = "\n".join(str(problem) for problem in problems[:PROBLEMS_SHOWN])
        more = f"\n… and {len(problems) - PROBLEMS_SHOWN} more" if len(problems) > PROBLEMS_SHOWN else ""
        count = f"{len(problems)} problem{'s' * (len(problems) != 1)} in your own facts"
        raise QuestionError(f"{count}\n{shown}{more}", "`llm-pick catalog validate FILE` lists all; correct or move the file")
    return compiled


def _cached(key: str) -> dict[str, Any] | None:
    """The compiled copy, or ``None`` where there is none that can be used."""
    folder = cache_folder()
    if folder is None:
        return None
    try:
        with open(os.path.join(folder, f"own-{key}.json"), encoding="utf-8") as stream:
            text = stream.read()
        checked, _, body = text.partition("\n")
        if checked != hashlib.sha256(body.encode()).hexdigest():
            return None
        found = json.loads(body)
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _keep(key: str, compiled: dict[str, Any]) -> None:
    """Write the copy whole or not at all, in place of older ones; a disk that takes none is no problem."""
    folder = cache_folder()
    if folder is None:
        return
    partial = ""
    try:
        body = json.dumps(compiled, separators=(",", ":"))
        os.makedirs(folder, exist_ok=True)
        older = [name for name in os.listdir(folder) if name.startswith("own-") and name.endswith(".json")]
        handle, partial = tempfile.mkstemp(dir=folder, prefix=".own-")
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(f"{hashlib.sha256(body.encode()).hexdigest()}\n{body}")
        os.replace(partial, os.path.join(folder, f"own-{key}.json"))
        partial = ""
        by_age = sorted((os.path.join(folder, name) for name in older), key=os.path.getmtime)
        for path in by_age[: -KEPT or None]:
            os.unlink(path)
    except (OSError, UnicodeEncodeError):
        pass
    finally:
        if partial:
            _unlink(partial)


KEPT = 3
"""Older compiled copies that stay, for whoever goes back and forth between files."""


def _unlink(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        return
