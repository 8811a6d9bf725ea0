"""A licence of weights beside the terms of closed APIs: contracts about a service, whatever model is trained."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.record import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llm_pick.core.catalog import Catalog, License

SERVICE_TERMS = "service-terms"
_SILENT = {
    "train-on-outputs": "the text does not speak of it",
    "distribution": "the text does not speak of it",
}


@dataclass(frozen=True, slots=True)
class Contrast:
    """What one text says on outputs and weights; each answer ends in its clause."""

    license: str
    name: str
    text_date: str | None
    train_on_outputs: str
    weights: str
    source: str


def contrast(licences: Sequence[License], catalog: Catalog) -> tuple[Contrast, ...]:
    """The licences asked about, then the terms of every closed API in the catalog, by id."""
    terms = [catalog.licenses[id] for id in sorted(catalog.licenses)]
    asked = {licence.id for licence in licences}
    others = [row for row in terms if row.license_class == SERVICE_TERMS and row.id not in asked]
    return tuple(_of(licence) for licence in (*licences, *others))


def _of(licence: License) -> Contrast:
    return Contrast(
        licence.id,
        licence.name,
        licence.text_date,
        _said(licence, "train-on-outputs"),
        _said(licence, "distribution"),
        licence.text_url,
    )


def _said(licence: License, word: str) -> str:
    if licence.outputs_for_training == "unread" and word == "train-on-outputs":
        return "not read"
    for term in (*licence.limitations, *licence.permissions):
        if term.id == word:
            return f"{term.text} ({term.clause})"
    return _SILENT[word]
