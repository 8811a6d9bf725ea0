"""A licence for people: verdict first, then may, must, must not, limits, and where the text is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.licensing.ai_act import ai_act_duties
from llm_pick.core.licensing.contrast import contrast
from llm_pick.core.licensing.diff import differences
from llm_pick.core.licensing.sheet import Line, sheet_of
from llm_pick.render.licence_json import remarks_of, spdx
from llm_pick.render.view import Column, Table, View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llm_pick.core.catalog import Catalog, License
    from llm_pick.core.licensing.target import Target
    from llm_pick.core.licensing.verdict import LicenseVerdict

TEXT, CLAUSE, VERDICT, FAMILY = 24, 14, 12, 32
"""Widths down to which these columns fold on a narrow terminal: a clause is never cut off."""
_OUTPUTS = {
    "silent": "the text does not speak of it",
    "allowed": "allowed",
    "naming-duty": "allowed, with a duty to name or show the model",
    "flow-down": "allowed; a model made to behave alike counts as a derivative",
    "forbidden": "forbidden for other models",
    "unread": "not read",
}
_CLASSES = {
    "open-source": "open source",
    "permissive-threshold": "open weight, permissive below a threshold",
    "custom-commercial": "open weight, commercial use with conditions",
    "responsible-use": "open weight, use restrictions",
    "non-commercial": "open weight, not for commerce",
    "revenue-gated": "open weight, free below a revenue line",
    "service-terms": "terms of a closed service, no weights",
    "unread": "unread",
}
_MARKS = {
    "T": "T, the whole text was read",
    "Q": "Q, the clauses relied on were read",
    "S": "S, reports of it were read, not the text",
    "U": "U, nobody read it",
}
SAY = {
    "allowed": "allowed",
    "allowed_with_conditions": "allowed with conditions",
    "needs_permission": "needs permission",
    "forbidden": "forbidden",
    "unread": "unread: have the text read",
}
_WHO = {
    "licence": "open-source exemption (Article 53(2))",
    "deployer": "you, if you run it",
    "modifier": "you, if you change it",
    "integrator": "you, if you build it into a system",
}
NOT_ADVICE = "our reading of the texts named here, not legal advice"


def view(target: Target, verdict: LicenseVerdict | None, as_of: str | None = None) -> View:
    """One model or licence."""
    licences = target.subject.licences
    model = target.subject.model
    several = len(licences) > 1
    names = " and ".join(licence.name for licence in licences)
    title = f"{model.name}: {names}" if model else f"{names}, {spdx(licences)}"
    tables: list[Table] = []
    if verdict:
        title = f"{SAY[verdict.verdict].capitalize()}. {title}"
        tables += _verdict_tables(verdict, several=several)
    tables.append(_facts("Licence", _head(target)))
    sheets = [sheet_of(licence) for licence in licences]
    for heading, lists in (
        ("You may", [s.may for s in sheets]),
        ("You must", [s.must for s in sheets]),
        ("You must not", [s.must_not for s in sheets]),
        ("Limits to watch", [s.limits for s in sheets]),
    ):
        lines = [line for found in lists for line in found]
        if lines:
            tables.append(_lines(heading, lines, several=several))
    duties = tuple((_WHO[duty.who], duty.text, duty.clause) for duty in ai_act_duties(licences))
    whom = (Column("who", fold=VERDICT), Column("what", fold=TEXT), Column("clause", fold=CLAUSE))
    tables.append(Table(whom, duties, "EU AI Act"))
    tables.append(_facts("Around it", _tail(licences)))
    remarks = [("warning", text) for text in (verdict.warnings if verdict else ())]
    remarks += [("note", text) for text in remarks_of(target, as_of)]
    remarks += [("note", text) for licence in licences for text in licence.notes]
    remarks += [("assumed", text) for text in (verdict.assumptions if verdict else ())]
    return View(tuple(tables), headline=title, remarks=tuple(remarks))


def _verdict_tables(verdict: LicenseVerdict, *, several: bool) -> list[Table]:
    where = [f"{f.license} {f.clause}" if several else f.clause for f in verdict.findings]
    rows = tuple((SAY[f.verdict], f.text, at) for f, at in zip(verdict.findings, where, strict=True))
    columns = (Column("verdict", fold=VERDICT), Column("because", fold=TEXT), Column("clause", fold=CLAUSE))
    tables = [Table(columns, rows, "Verdict for this profile")]
    if verdict.obligations:
        tables.append(Table((Column("owed", fold=TEXT),), tuple((id,) for id in verdict.obligations), "What you owe"))
    if verdict.would_change:
        changes = tuple((text,) for text in verdict.would_change)
        tables.append(Table((Column("change", fold=TEXT),), changes, "What would change it"))
    return tables


def _lines(heading: str, lines: Sequence[Line], *, several: bool) -> Table:
    rows = tuple((line.text, f"{line.license} {line.clause}" if several else line.clause) for line in lines)
    return Table((Column("in plain words", fold=TEXT), Column("clause", fold=CLAUSE)), rows, heading)


def _facts(heading: str, rows: Sequence[tuple[str, str]]) -> Table:
    return Table((Column("fact"), Column("value", fold=TEXT)), tuple(rows), heading)


def _head(target: Target) -> list[tuple[str, str]]:
    subject, models = target.groups[0]
    rows = []
    if subject.model:
        at = f" at {subject.model.license_revision}" if subject.model.license_revision else ""
        rows.append(("model", f"{subject.model.id} ({subject.model.hf_repo}{at})"))
    for index, licence in enumerate(subject.licences):
        rows += [
            ("licence" if index == 0 else "and, of the base", _named(licence)),
            ("class", _CLASSES.get(licence.license_class, licence.license_class)
                + (", OSI approved" if licence.osi_approved else ", not OSI approved")),
            ("text of", licence.text_date or "undated"),
            ("read", f"{_MARKS.get(licence.read_mark, licence.read_mark)}; {licence.read_on or 'never'}"),
        ]  # fmt: skip
    if not subject.model and models:
        rows.append(("models", ", ".join(model.id for model in models)))
    return rows


def _named(licence: License) -> str:
    known = licence.version not in ("-", "undated") and licence.version not in licence.name
    return f"{licence.name}, version {licence.version}" if known else licence.name


def _tail(licences: Sequence[License]) -> list[tuple[str, str]]:
    rows = []
    for licence in licences:
        rows += [("terms of", licence.name)] if len(licences) > 1 else []
        rows += [
            ("who to ask", licence.ask or "the text names nobody"),
            ("training on outputs", _OUTPUTS.get(licence.outputs_for_training, licence.outputs_for_training)),
            ("patents", licence.patent_grant or "not known"),
            ("ends", licence.termination or "not known"),
            ("governing law", licence.governing_law or licence.unknown.get("governing_law", "not known")),
        ]
        if licence.policy_url:
            changes = "; the licensor may change it" if licence.policy_mutable else ""
            rows.append(("use policy", licence.policy_url + changes))
        digest = f"sha256 {licence.text_sha256}" if licence.text_sha256 else "no hash of the text"
        rows.append(("source", f"{licence.text_url} ({digest})"))
    return [*rows, ("note", NOT_ADVICE)]


def family_view(target: Target, verdicts: Sequence[LicenseVerdict]) -> View:
    """The split of a family: which members under which licence."""
    columns = [
        Column("licence", fold=CLAUSE),
        Column("class", optional=1, fold=TEXT),
        Column("models", fold=FAMILY),
        Column("repositories", optional=2, fold=FAMILY),
    ]
    rows: list[tuple[str, ...]] = []
    for index, (subject, models) in enumerate(target.groups):
        row: tuple[str, ...] = (
            " AND ".join(licence.id for licence in subject.licences),
            _CLASSES.get(subject.licences[0].license_class, subject.licences[0].license_class),
            ", ".join(model.id for model in models),
            ", ".join(model.hf_repo for model in models),
        )
        if verdicts:
            decisive = verdicts[index].findings[0]
            row = (SAY[verdicts[index].verdict], f"{decisive.license} {decisive.clause}", *row)
        rows.append(row)
    if verdicts:
        columns = [Column("verdict", fold=VERDICT), Column("clause", fold=CLAUSE), *columns]
    count = sum(len(models) for _, models in target.groups)
    texts = len({row[-4] for row in rows})
    headline = f"{target.name}: {count} models under {texts} licence{'s' * (texts > 1)}; {NOT_ADVICE}"
    remarks = [("warning", text) for verdict in verdicts[:1] for text in verdict.warnings]
    remarks += [("assumed", text) for text in dict.fromkeys(t for v in verdicts for t in v.assumptions)]
    return View((Table(tuple(columns), tuple(rows)),), headline=headline, remarks=tuple(remarks))


def diff_view(left: License, right: License) -> View:
    """Two licences side by side, only where they differ."""
    rows = tuple((row.aspect, row.left, row.right) for row in differences(left, right))
    headline = f"{left.name} against {right.name}: " + (f"{len(rows)} differences" if rows else "no difference")
    if not rows:
        return View((), headline=headline)
    columns = (Column("aspect", fold=VERDICT), Column(left.id, fold=TEXT), Column(right.id, fold=TEXT))
    return View((Table(columns, rows),), headline=f"{headline}; {NOT_ADVICE}")


def contrast_view(target: Target, catalog: Catalog) -> View:
    """The licence beside the terms of closed APIs."""
    rows = tuple(
        (row.name, row.text_date or "undated", row.train_on_outputs, row.weights)
        for row in contrast(target.subject.licences, catalog)
    )
    columns = (
        Column("text", fold=CLAUSE),
        Column("of"),
        Column("training another model on outputs", fold=TEXT),
        Column("weights", fold=TEXT),
    )
    remark = ("note", "A distillation needs two checks: the terms of the teacher's service and the licence of the student.")
    headline = f"{target.subject.licences[0].name} beside the terms of closed APIs; {NOT_ADVICE}"
    return View((Table(columns, rows),), headline=headline, remarks=(remark,))
