"""A model that is not in the catalog, read from its own files, in the catalog's records so that every estimate applies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.catalog import Model
from llm_pick.core.lookup import names_of
from llm_pick.core.names import normal
from llm_pick.core.over import Over
from llm_pick.core.quality.placing import placed
from llm_pick.core.record import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llm_pick.core.catalog import ArtifactSize, Catalog, Score
    from llm_pick.core.hub_results import ReadResults
    from llm_pick.core.listed_files import ListedFile
    from llm_pick.core.reading.read import Read

ASSUMED_CONTEXT_TASK = "general"
"""The usual context of this task is assumed where a file states none."""
FAMILY = "not in the catalog"


@dataclass(frozen=True, slots=True)
class Card:
    """What a repository, folder or file says about itself besides its tensors."""

    origin: str
    """Repository and revision, or path: the source of every fact."""
    name: str
    repo: str | None = None
    """``ORG/NAME`` on the hub."""
    created: str | None = None
    license_tag: str | None = None
    license_name: str | None = None
    bases: tuple[str, ...] = ()
    """Repositories it says it was made from."""
    relations: frozenset[str] = frozenset()
    """How: quantized | finetune | merge | adapter, in the hub's words."""
    chat: bool = False
    """Whether a chat template lies with it."""
    gated: bool = False


@dataclass(frozen=True, slots=True)
class Inspected:
    """What was read, ready to be shown and to be fitted."""

    model: Model
    card: Card
    files: tuple[ListedFile, ...]
    in_catalog: Model | None
    """The catalog's own record of this very repository."""
    same_weights_as: Model | None
    """The catalog model whose weights these are, quantized or copied: its evidence applies."""
    warnings: tuple[str, ...] = ()
    """What keeps the answer from being sure."""
    results: ReadResults | None = None
    """Evaluation results its repository states; ``None``: not asked for, as the evidence of a catalog model applies."""

    @property
    def evidence_of(self) -> Model | None:
        """The catalog model whose published results say how good this one is."""
        return self.in_catalog or self.same_weights_as


def inspected(
    card: Card,
    read: Read,
    files: tuple[ListedFile, ...],
    artifacts: tuple[ArtifactSize, ...],
    *,
    native_dtype: str,
    context_tokens: int | None,
    vision: bool,
    converted: bool,
    warnings: Iterable[str],
    catalog: Catalog,
) -> Inspected:
    """The record of a model from what was read of it.

    ``native_dtype`` is what a safetensors repository holds; ``converted`` says that the files are a conversion of
    another repository's weights (GGUF), so that a named base is the model itself.
    """
    notes = [*warnings, *read.notes]
    base = model_of(card.bases, catalog)
    changed = bool(card.relations & {"finetune", "merge", "adapter"})
    same = base if base is not None and not changed and (converted or "quantized" in card.relations) else None
    licence = license_of(card.license_tag, card.license_name, catalog)
    notes += _licence_warnings(card, licence, base)
    assumed = catalog.tasks[ASSUMED_CONTEXT_TASK].context_tokens
    if context_tokens is None:
        notes.append(f"the context it was trained for is not stated: {assumed:,} tokens are assumed")
    inherited = (base.license, *base.base_licenses) if base is not None else ()
    model = Model(
        id=normal(card.name)[:100] or "model",
        name=card.name[:200],
        family=FAMILY,
        vendor=card.repo.split("/")[0] if card.repo else "unknown",
        kind="vision-language" if vision else ("chat" if card.chat or same is not None else "base"),
        released=card.created or "unknown",
        read_from="config",
        architecture=read.architecture,
        params_total=read.params_total,
        params_active=read.params_active,
        native_dtype=native_dtype,
        context_native=context_tokens or assumed,
        license=licence or "unknown",
        openness="open-weight",
        modalities_in=("text", "image") if vision else ("text",),
        modalities_out=("text",),
        reasoning=same.reasoning if same is not None else "none",
        tools=same.tools if same is not None else None,
        hf_repo=card.repo or card.origin,
        base_licenses=tuple(id for id in dict.fromkeys(inherited) if id != licence),
        base_model=base.id if base is not None else None,
        gguf_repo=card.repo if card.repo and converted else None,
        artifacts=artifacts,
        sources={"*": (card.origin,)},
        unknown={} if context_tokens else {"context_native": f"not stated; {assumed:,} tokens are assumed"},
    )
    own = model_of([card.repo], catalog) if card.repo else None
    return Inspected(model, card, files, own, same, tuple(dict.fromkeys(notes)))


def model_of(repos: Iterable[str], catalog: Catalog) -> Model | None:
    """The catalog model whose repository one of these names is."""
    index = names_of("model", catalog)
    for repo in repos:
        match = index.exactly(repo)
        if match.id is not None and normal(catalog.models[match.id].hf_repo) == normal(repo):
            return catalog.models[match.id]
    return None


def license_of(tag: str | None, name: str | None, catalog: Catalog) -> str | None:
    """Licence id of a hub tag (``apache-2.0``, or ``other`` with a name); ``None`` where it is not one of ours."""
    if tag is None:
        return None
    wanted = tag.lower() if tag.lower() != "other" else f"other/{(name or '').lower()}"
    owners = [found.id for found in catalog.licenses.values() if wanted in {known.lower() for known in found.hf_ids}]
    if len(owners) == 1:
        return owners[0]
    exact = names_of("licence", catalog).exactly(name if tag.lower() == "other" and name else tag)
    return exact.id if exact.via in ("id", "alias") and (not owners or exact.id in owners) else None


def _licence_warnings(card: Card, licence: str | None, base: Model | None) -> list[str]:
    """Tags are hints: what one leaves open, or claims against the base it was made from."""
    if card.license_tag is None:
        under = f"; {base.id}, which it was made from, is under {base.license}" if base is not None else ""
        return [f"it states no licence{under}"]
    stated = card.license_name or card.license_tag
    if licence is None:
        return [f"its licence tag `{stated}` is none whose text was read for this catalog: read it"]
    if base is not None and licence != base.license:
        return [
            f"its tag says {licence}, but {base.id}, which it was made from, is under {base.license}: "
            "a tag cannot change that, the terms of the base apply too"
        ]
    return []


def catalog_with(found: Inspected, catalog: Catalog) -> Catalog:
    """The catalog with this model in it, and with its evidence: that of the model it is, else what it states."""
    source, id = found.evidence_of, found.model.id
    stated = found.results.scores if found.results is not None else ()
    known = catalog.quality.get(source.id, {}) if source is not None else {}
    changed = replace(
        catalog,
        models=Over({id: found.model}, catalog.models),
        quality=Over({id: known}, catalog.quality),
        scores=Over({id: catalog.scores.get(source.id, ()) if source is not None else stated}, catalog.scores),
        newest_evidence=Over({id: _newest(source, stated, catalog)}, catalog.newest_evidence),
    )
    placed_now = placed(found.model, stated, changed) if stated else {}
    return replace(changed, quality=Over({id: placed_now}, catalog.quality)) if placed_now else changed


def _newest(source: Model | None, stated: Iterable[Score], catalog: Catalog) -> str:
    if source is not None:
        return catalog.newest_evidence.get(source.id, "")
    return max((score.date for score in stated), default="")
