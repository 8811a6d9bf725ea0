"""``show ID``: everything known of one record, each fact with source and date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llm_pick.cli.exit_codes import Exit
from llm_pick.cli.output import chosen_format, emit, envelope
from llm_pick.core.ask import day_of
from llm_pick.core.errors import QuestionError
from llm_pick.core.freshness import old_sources
from llm_pick.core.lookup import SECTIONS, meaning, names_of
from llm_pick.core.names import Match, Names, joined
from llm_pick.core.record import replace
from llm_pick.core.rules import RULES
from llm_pick.io.store import load_catalog
from llm_pick.render import record_sheet
from llm_pick.render.envelope import origin

if TYPE_CHECKING:
    from llm_pick.cli.format import Format
    from llm_pick.core.catalog import Catalog
    from llm_pick.render.view import View

KINDS = tuple(SECTIONS)


def run(name: str, *, as_of: str | None, format: Format | None, as_json: bool, output: str | None) -> int:
    """Print the record ``name`` means, or the members of the family it names."""
    catalog = load_catalog()
    day = day_of(as_of) or catalog.as_of
    kind, record = _found(name, catalog)
    old = old_sources(record if kind == "family" else (record,), day, catalog) if kind != "rule" else ()
    meant = meaning(kind, name, catalog) if kind in SECTIONS else None

    def view() -> View:
        shown = record_sheet.family_view(name, record) if kind == "family" else record_sheet.view(kind, record, catalog, meant)
        return replace(shown, remarks=(*(("warning", text) for text in old), *shown.remarks))

    def data() -> dict[str, Any]:
        if kind == "family":
            members = [record_sheet.brief(model) | origin("models", model.id, catalog) for model in record]
            return envelope("show", catalog, {"kind": kind, "warnings": list(old), "members": members})
        whose = origin(SECTIONS[kind], record.id, catalog) if kind in SECTIONS else {}
        said = {"assumptions": [meant] if meant else [], "warnings": list(old)}
        return envelope("show", catalog, {"kind": kind, **whose, **said, **record_sheet.data(record, catalog)})

    emit(chosen_format(format, as_json=as_json, output=output), view, data, output=output, catalog=catalog)
    return Exit.YES


def _found(name: str, catalog: Catalog) -> tuple[str, Any]:
    """The kind and record of ``name``: an exact id or model, then a family, then other aliases, then prefixes."""
    rule = Names({rule.id: () for rule in RULES}).match(name)
    if rule.via == "id":
        return "rule", next(r for r in RULES if r.id == rule.id)
    matches = {
        kind: names_of(kind, catalog).exactly(name) if kind in _kinds_of(name) else Match(None, "unknown") for kind in KINDS
    }
    members = family_members(name, catalog)
    others = tuple(kind for kind in KINDS if kind != "provider")  # `deepseek` is a family before it is a seller
    order = (("id", others), ("alias", ("model",)), ("family", ()), ("id", KINDS), ("alias", KINDS), ("prefix", KINDS))
    for via, kinds in order:
        if via == "family" and members:
            return "family", members
        for kind in kinds:
            if matches[kind].via == via:
                return kind, getattr(catalog, SECTIONS[kind])[matches[kind].id]
    raise _unknown(name, catalog)


def _kinds_of(name: str) -> tuple[str, ...]:
    """The kinds ``name`` can be of: offers and prices, which are thousands, have a slash in their names."""
    return KINDS if "/" in name else tuple(kind for kind in KINDS if kind not in ("offer", "price"))


def family_members(name: str, catalog: Catalog) -> list[Any]:
    """Models of a family (``llama``) or of a series within one (``llama-3.1``), oldest first."""
    ids = set(names_of("model", catalog).members(name))
    ids |= {m.id for m in catalog.models.values() if joined(m.family) == joined(name)}
    return sorted((catalog.models[id] for id in ids), key=lambda m: (m.released, m.id)) if len(ids) > 1 else []


def _unknown(name: str, catalog: Catalog) -> QuestionError:
    tries: list[tuple[str, Match]] = [(kind, names_of(kind, catalog).match(name)) for kind in _kinds_of(name)]
    ambiguous = [(kind, match) for kind, match in tries if match.via == "ambiguous"]
    if ambiguous:
        kind, match = ambiguous[0]
        return QuestionError(f"`{name}` could mean several {kind}s", "one of: " + ", ".join(match.candidates[:12]))
    near = [id for _, match in tries for id in match.candidates[:3]][:6]
    hint = f"did you mean {', '.join(near)}?" if near else "`llm-pick list models` and its like show all names"
    return QuestionError(f"nothing is called `{name}`", hint)
