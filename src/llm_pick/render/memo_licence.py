"""``license`` as a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.record import replace
from llm_pick.render.memo_parts import use_of
from llm_pick.render.view import Column, Table

if TYPE_CHECKING:
    from llm_pick.core.catalog import Catalog
    from llm_pick.core.licensing.answer import LicenseAnswer
    from llm_pick.render.view import View


def licence_memo(view: View, answer: LicenseAnswer, catalog: Catalog) -> View:
    """The sheet, with what was asked and where the texts are."""
    profile = use_of(answer.profile) if answer.profile else "not stated: what the text says, without a verdict"
    question = (("about", answer.target.name), ("use", profile), ("as of", answer.day or catalog.as_of))
    return replace(view, question=question, tables=(*view.tables, _texts(answer)))


def _texts(answer: LicenseAnswer) -> Table:
    licences = {licence.id: licence for subject, _ in answer.target.groups for licence in subject.licences}
    rows = [(one.name, one.text_date or "unknown", one.read_on or "never", one.text_url) for one in licences.values()]
    rows += [
        (f"{one.name}: use policy", "", one.read_on or "never", one.policy_url) for one in licences.values() if one.policy_url
    ]
    columns = (Column("text"), Column("text of"), Column("read on"), Column("address"))
    return Table(columns, tuple(rows), title="Evidence: the texts")
