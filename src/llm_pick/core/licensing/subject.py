"""What is judged: the licences of one repository, its own and those of the weights it was made from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.record import dataclass

if TYPE_CHECKING:
    from llm_pick.core.catalog import Catalog, License, Model
    from llm_pick.core.outline import Traits


@dataclass(frozen=True, slots=True)
class Subject:
    """One or more licences that all apply, and whether the model is multimodal."""

    licences: tuple[License, ...]
    """Own licence first, then those of the base models."""
    model: Model | None = None
    multimodal: bool | None = None
    """``None``: not known, because no model is named and the licence covers both kinds or none we know."""


def multimodal(model: Model | Traits) -> bool:
    """Whether the model itself takes more than text, whatever modality is used."""
    return model.kind == "vision-language" or any(kind != "text" for kind in model.modalities_in)


def subject_of_model(model: Model, catalog: Catalog) -> Subject:
    """A model with its own and its base licences."""
    ids = dict.fromkeys((model.license, *model.base_licenses))
    return Subject(tuple(catalog.licenses[id] for id in ids), model, multimodal(model))


def subject_of_licences(licences: tuple[License, ...], catalog: Catalog) -> Subject:
    """Licences without a model: multimodal only if every known model under the first one is, or none."""
    kinds = {multimodal(model) for model in models_under(licences[0], catalog)} if licences else set()
    return Subject(licences, None, kinds.pop() if len(kinds) == 1 else None)


def models_under(licence: License, catalog: Catalog) -> tuple[Model, ...]:
    """Models whose own licence, or one of their bases', is ``licence``, by id."""
    found = (m for m in catalog.models.values() if licence.id in (m.license, *m.base_licenses))
    return tuple(sorted(found, key=lambda model: model.id))
