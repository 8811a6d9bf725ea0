"""Own facts of a user: files like those of ``data/``, checked by the same schema, merged by id over built-in records.

A record with the id of a built-in one changes the fields it names and no other. Any other record is new: whole, or ``like:``
another record, whose dimensions and terms it takes and whose names, files and evidence it does not. What a record does not
say a source for has the file itself as its source.
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pydantic

from llm_pick.core.catalog import License
from llm_pick.core.facts import Reference
from llm_pick.core.offers import linked
from llm_pick.core.record import dataclass, replace
from llm_pick.schema.compact import compact
from llm_pick.schema.expand import expand_devices
from llm_pick.schema.lint import lint_own
from llm_pick.schema.load import Authored, AuthoredCatalog, known_part
from llm_pick.schema.own_scores import quality_rows, read_scores, score_problems
from llm_pick.schema.records import ADAPTERS, TYPES
from llm_pick.schema.strict_yaml import Document, Loc, Problem, load

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llm_pick.core.catalog import Catalog

SECTIONS = ("models", "licenses", "devices", "quantizations", "runtimes", "providers", "api_prices", "gpu_prices", "api_models",
            "tasks", "benchmarks", "parameters", "references")  # fmt: skip
"""What own facts may be about, besides benchmark scores, which have no ids."""
KEYS = (*SECTIONS, "scores")
"""Sections of a file."""
UNREAD = "unknown"
"""Licence of a model whose licence is not known."""
NOT_TAKEN = ("id", "name", "aliases", "hf_repo", "gguf_repo", "ollama_tag", "artifacts", "head_stored", "notes",
             "disagreements", "launch_price_usd", "license_revision", "base_model", "text_url", "text_sha256", "text_date",
             "confirmed_by", "other_figures")  # fmt: skip
"""What ``like:`` leaves behind: names, addresses and whatever was measured or said of that very record."""
_NO_FACTS = ("id", "sources", "unknown", "like")
_PRICES = ("usd_per_m_input", "usd_per_m_output", "usd_per_gpu_hour", "eur_per_gpu_hour")


def read_own(files: Sequence[str], built_in: Catalog, texts: Mapping[str, bytes] | None = None) -> AuthoredCatalog:
    """Every record of the files, each over the one before it, and every problem of every file.

    ``texts``: what they hold, where that was read: a pipe gives it once, and a file may change.
    """
    found = AuthoredCatalog(beside={name: getattr(built_in, name) for name in (*SECTIONS, "tensor_types")})
    own: dict[str, dict[str, Authored]] = {name: {} for name in KEYS}
    for path in files:
        document = load(Path(path), shown=path, data=(texts or {}).get(path))
        if document.value is not None and not isinstance(document.value, dict):
            document.add((), "", f"expected a mapping with some of the keys {', '.join(KEYS)}")
        elif document.value is not None:
            _read_file(_File(document, found.beside, own), path)
        found.problems.extend(document.problems)
    for section, rows in own.items():
        found.sections[section] = list(rows.values())
    if not found.problems:
        found.problems.extend(lint_own(found, today=datetime.now(tz=UTC).date().isoformat()))
        found.problems.extend(score_problems(found, built_in))
    return found


def _over(held: Mapping[str, Any], records: Sequence[Any]) -> dict[str, Any]:
    return {**held, **{record.id: record for record in records}}


def compile_own(
    files: Sequence[str], built_in: Catalog, texts: Mapping[str, bytes] | None = None
) -> tuple[dict[str, Any], list[Problem]]:
    """The records as the program stores them: rows by section, where each was written, and the day they speak of."""
    found = read_own(files, built_in, texts)
    if found.problems:
        return {}, found.problems
    records = {name: found.records(name) for name in KEYS}
    records["devices"] = expand_devices(records["devices"])
    if records["api_prices"]:
        models, api_models = (_over(getattr(built_in, name), records[name]) for name in ("models", "api_models"))
        records["api_prices"] = linked(records["api_prices"], models, api_models)
    if any(model.license == UNREAD for model in records["models"]) and UNREAD not in built_in.licenses:
        records["licenses"] = [*records["licenses"], _unread_licence()]
    yours = {name: {record.id: row.place for row in found.sections[name] for record in expand_devices([row.record])}
             if name == "devices" else {row.record.id: row.place for row in found.sections[name]}
             for name in SECTIONS if name != "references" and found.sections[name]}  # fmt: skip
    if found.sections["scores"]:
        yours["scores"] = {row.record.key: row.place for row in found.sections["scores"]}
    sections = {name: [compact(record) for record in rows] for name, rows in records.items() if rows}
    as_of = max((record.date for name in ("api_prices", "gpu_prices") for record in records[name]), default="")
    facts = hashlib.sha256(json.dumps(sections, sort_keys=True).encode()).hexdigest()
    wider = replace(built_in, benchmarks=_over(built_in.benchmarks, records["benchmarks"]))
    quality = quality_rows(records["scores"], _over(built_in.models, records["models"]), wider)
    return {"sections": sections, "quality": quality, "yours": yours, "as_of": as_of, "facts": facts}, []


def _unread_licence() -> License:
    return License(
        id=UNREAD, name="unknown licence", version="unknown", licensor=None, license_class="unread", osi_approved=False,
        spdx="NOASSERTION", hf_ids=(), text_url="", read_mark="U", read_on=None, commercial_use="unread",
        outputs_for_training="unread", unknown={"text_url": "no licence text is named"},
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _File:
    """A file being read, with the records it may change."""

    document: Document
    beside: Mapping[str, Mapping[str, Any]]
    own: dict[str, dict[str, Authored]]

    def held(self, section: str, id: str) -> Any:  # noqa: ANN401 - any record
        """The record of this id so far: of an earlier file, else built in, else ``None``."""
        own = self.own[section].get(id)
        return own.record if own is not None else self.beside[section].get(id)


def _read_file(file: _File, path: str) -> None:
    document = file.document
    reference = _reference(path)
    for section, rows in document.value.items():
        if section not in KEYS:
            document.add((section,), "", f"unknown key; own facts are {', '.join(KEYS)}")
        elif rows is not None and not isinstance(rows, list):
            document.add((section,), "", "expected a list of records")
    for section in SECTIONS:
        rows = document.value.get(section)
        seen: set[str] = set()
        for index, row in enumerate(rows if isinstance(rows, list) else ()):
            loc: Loc = (section, index)
            id = row.get("id") if isinstance(row, dict) else None
            if not isinstance(id, str):
                document.add(loc, "", "expected a mapping with an `id` that is text")
            elif id in seen:
                document.add((*loc, "id"), id, "is in this file twice: duplicate id")
            else:
                seen.add(id)
                _read_row(file, section, loc, row, f"{reference.id} line {document.line(loc)}")
    read_scores(document, reference.id, file.beside, file.own["scores"])
    file.own["references"][reference.id] = Authored(reference, document, ())


def _read_row(file: _File, section: str, loc: Loc, row: dict[str, Any], said: str) -> None:
    document, id = file.document, row["id"]
    old = file.held(section, id)
    base = _base(file, section, loc, row, old)
    if base is None:
        return
    if section in ("api_prices", "gpu_prices") and old is not None and "date" not in row and any(key in row for key in _PRICES):
        document.add(loc, id, "a changed price needs its `date`")
        return
    try:
        merged = {**base, **{key: value for key, value in row.items() if key != "like"}}
        _add_sources(merged, base, row, section, said, new=old is None)
        record = ADAPTERS[section].validate_json(json.dumps(merged))
    except pydantic.ValidationError as error:
        _explain(error, file, loc, id)
        return
    except (ValueError, RecursionError) as error:
        document.add(loc, id, f"cannot be read: {error}")
        return
    file.own[section][id] = Authored(record, document, loc)


def _explain(error: pydantic.ValidationError, file: _File, loc: Loc, id: str) -> None:
    """What the schema finds, at its lines; everything that is missing in one sentence."""
    document = file.document
    missing = []
    for item in error.errors(include_url=False, include_context=False):
        where = item["loc"]
        if item["type"] == "missing" and len(where) == 1:
            missing.append(str(where[0]))
        else:
            line = document.line(known_part(document, loc, where))
            document.problems.append(Problem(document.file, line, id, ".".join(map(str, where)), item["msg"]))
    if missing:
        document.add((*loc, "id"), id, f"a new record needs {', '.join(missing)}; or `like:` another record to take them from")


def _base(file: _File, section: str, loc: Loc, row: dict[str, Any], old: Any) -> dict[str, Any] | None:  # noqa: ANN401
    """What the record says where the row says nothing; ``None`` after a problem."""
    like = row.get("like")
    if like is None:
        # How hard a benchmark of one's own is nobody knows: its scores are shown beside the fit, not read against it.
        base = compact(old) if old is not None else ({"in_fit": False} if section == "benchmarks" else {})
        if section == "api_prices" and any(key in row for key in _PRICES):
            base = {key: value for key, value in base.items() if key not in ("confirmed_by", "other_figures")}  # of the old price
        return base
    model = file.held(section, like) if isinstance(like, str) else None
    if old is not None or model is None:
        why = f"`{row['id']}` exists: its fields can be changed, not replaced" if old is not None else f"`{like}` does not exist"
        file.document.add((*loc, "like"), row["id"], why)
        return None
    base = {key: value for key, value in compact(model).items() if key not in NOT_TAKEN}
    if section == "models" and row.get("license") not in (None, model.license):
        base["base_licenses"] = list(dict.fromkeys([model.license, *model.base_licenses]))  # a new licence ends none of the old
    if section == "licenses":  # another text: no registry's name for it, and nobody approved it
        base |= {"hf_ids": [], "spdx": f"LicenseRef-yours-{row['id']}", "osi_approved": False}
    if "name" not in row and hasattr(model, "name"):
        base["name"] = row["id"]
    return base


def _add_sources(
    merged: dict[str, Any], base: dict[str, Any], row: dict[str, Any], section: str, said: str, *, new: bool
) -> None:
    """The file is the source of what the row says without naming one."""
    fields = TYPES[section].__dataclass_fields__
    if "source" in fields and "source" not in row:
        merged["source"] = said
    elif section == "parameters":
        merged["sources"] = row.get("sources") or [said]
    elif "sources" in fields:
        given = row.get("sources")
        if given is not None and not isinstance(given, dict):
            return
        named = (given or {}).get("*") or [said]
        changed = {key: named for key in row if key in fields and key not in _NO_FACTS}
        rest = {"*": [said]} if new and "*" not in base.get("sources", {}) else {}
        merged["sources"] = {**rest, **base.get("sources", {}), **changed, **(given or {})}
        if isinstance(row.get("unknown", {}), dict) and "unknown" in fields:
            kept = {key: why for key, why in base.get("unknown", {}).items() if merged.get(key) in (None, {}, [])}
            merged["unknown"] = {**kept, **row.get("unknown", {})}


def _reference(path: str) -> Reference:
    """The file as a source; its last change is the day its facts were read."""
    written = datetime.fromtimestamp(Path(path).stat().st_mtime, tz=UTC).date().isoformat()
    name = re.sub(r"[^a-z0-9._-]", "-", Path(path).name.lower())
    where = hashlib.sha256(str(Path(path).resolve()).encode("utf-8", "surrogateescape")).hexdigest()[:4]
    title = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in path)
    return Reference(f"yours/{name}-{where}", f"yours: {title}", "you", title, written, "claim")
