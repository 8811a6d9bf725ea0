"""What a name given to ``license`` means: a licence, a model, or a family whose members split over licences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.errors import QuestionError
from llm_pick.core.licensing.subject import Subject, models_under, subject_of_licences, subject_of_model
from llm_pick.core.lookup import names_of
from llm_pick.core.names import joined
from llm_pick.core.record import dataclass

if TYPE_CHECKING:
    from llm_pick.core.catalog import Catalog, License, Model


@dataclass(frozen=True, slots=True)
class Target:
    """One licence question: one subject, or the groups of a family."""

    name: str
    kind: str
    """model | licence | family"""
    groups: tuple[tuple[Subject, tuple[Model, ...]], ...]
    """Each set of licences with the models under it; exactly one for a model or licence."""
    note: str | None = None

    @property
    def subject(self) -> Subject:
        """The subject of a target that does not split."""
        return self.groups[0][0]


def find_target(name: str, catalog: Catalog) -> Target:
    """The meaning of ``name``: exact licence id, exact model, family, licence alias, then prefixes.

    Raises ``QuestionError`` with the nearest models and licences when nothing matches.
    """
    licence, model = names_of("licence", catalog).match(name), names_of("model", catalog).match(name)
    members = family_members(name, catalog)
    if licence.via == "id" and licence.id:
        return _of_licence(name, catalog.licenses[licence.id], members, catalog)
    if model.id and model.via in ("id", "alias"):
        return _of_model(name, catalog.models[model.id], catalog)
    if len(members) > 1:
        # A series such as llama-3.1 has one licence of its own name; models built on it by others come with more.
        if licence.id and _covers(licence.id, members):
            return _of_licence(name, catalog.licenses[licence.id], members, catalog)
        return _of_family(name, members, catalog)
    if licence.via == "alias" and licence.id:
        return _of_licence(name, catalog.licenses[licence.id], members, catalog)
    if model.id:
        return _of_model(name, catalog.models[model.id], catalog)
    if licence.id:
        return _of_licence(name, catalog.licenses[licence.id], members, catalog)
    near = [*model.candidates[:4], *licence.candidates[:4]]
    raise QuestionError(
        f"no model, family or licence is called `{name}`",
        f"did you mean {', '.join(near)}?" if near else "`llm-pick list licenses` and `list models` show all",
    )


def _covers(id: str, members: tuple[Model, ...]) -> bool:
    """Whether every member carries the licence, as its own or as that of its base."""
    return all(id in (model.license, *model.base_licenses) for model in members)


def family_members(name: str, catalog: Catalog) -> tuple[Model, ...]:
    """Models of a family or of a series within one, oldest first."""
    ids = set(names_of("model", catalog).members(name))
    ids |= {m.id for m in catalog.models.values() if joined(m.family) == joined(name)}
    return tuple(sorted((catalog.models[id] for id in ids), key=lambda m: (m.released, m.id)))


def _of_model(name: str, model: Model, catalog: Catalog) -> Target:
    return Target(name, "model", ((subject_of_model(model, catalog), (model,)),))


def _of_licence(name: str, licence: License, members: tuple[Model, ...], catalog: Catalog) -> Target:
    under = models_under(licence, catalog)
    others = [m for m in members if licence.id not in (m.license, *m.base_licenses)]
    more = [m for m in members if m in under and len({m.license, *m.base_licenses}) > 1]
    parts = []
    if others:
        ids = dict.fromkeys(m.license for m in others)
        parts.append(f"other models of that name ({len(others)}) are under {', '.join(ids)}")
    if more:
        parts.append(f"a second licence comes with {', '.join(m.id for m in more)}")
    note = "; ".join(parts) + ": ask for the very model" if parts else None
    return Target(name, "licence", ((subject_of_licences((licence,), catalog), under),), note)


def _of_family(name: str, members: tuple[Model, ...], catalog: Catalog) -> Target:
    by_ids: dict[tuple[str, ...], list[Model]] = {}
    for model in members:
        by_ids.setdefault((model.license, *model.base_licenses), []).append(model)
    groups = []
    for ids, models in by_ids.items():
        kinds = {subject_of_model(model, catalog).multimodal for model in models}
        # One exclusion may hit only the multimodal members: judge them apart.
        for kind in sorted(kinds, key=bool):
            own = tuple(m for m in models if subject_of_model(m, catalog).multimodal == kind)
            licences = tuple(catalog.licenses[id] for id in dict.fromkeys(ids))
            split = len(kinds) > 1 and any(licence.regions_apply_to != "all" for licence in licences)
            groups.append((Subject(licences, None, kind), own if split else tuple(models)))
            if not split:
                break
    return Target(name, "family", tuple(groups))
