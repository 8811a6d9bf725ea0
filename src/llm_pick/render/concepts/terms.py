"""Numbers of the pages on licences."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from llm_pick.core.licensing.profile import parse_profile
from llm_pick.core.licensing.verdict import licence_summary
from llm_pick.render.answers import LICENCE_WORDS
from llm_pick.render.concepts.base import Asked, Numbers
from llm_pick.render.view import Column, Table

if TYPE_CHECKING:
    from llm_pick.core.catalog import Catalog


def open_weight(asked: Asked, catalog: Catalog) -> Numbers:
    """The licence of a model and what it means for an ordinary commercial use."""
    if asked.model is None:
        return Numbers()
    model = asked.model
    licence = catalog.licenses[model.license]
    summary = licence_summary(model, parse_profile({"use": "commercial"}), catalog)
    rows = (
        ("licence", f"{licence.name} ({licence.id})"),
        ("class", licence.license_class),
        ("approved as open source", "yes" if licence.osi_approved else "no"),
        ("published", "weights, code and training data" if model.openness == "open-source" else "weights"),
        ("made from", model.base_model or "nothing else, as far as is known"),
        ("commercial use", f"{LICENCE_WORDS[summary['verdict']]} ({summary['clause']})"),
    )
    data = {"model": model.id, "license": summary, "class": licence.license_class, "osi_approved": licence.osi_approved,
            "openness": model.openness, "base_model": model.base_model}  # fmt: skip
    return Numbers((Table((Column("what"), Column("value", fold=40)), rows, title=model.id),), data=data)


def licence_classes(asked: Asked, catalog: Catalog) -> Numbers:
    """How many licences and models of the catalog are in each class, and what an ordinary commercial use gets."""
    profile = parse_profile({"use": "commercial"})
    models: dict[str, list[str]] = {}
    verdicts: dict[str, Counter[str]] = {}
    for model in catalog.models.values():
        kind = catalog.licenses[model.license].license_class
        models.setdefault(kind, []).append(model.id)
        verdicts.setdefault(kind, Counter())[licence_summary(model, profile, catalog)["verdict"]] += 1
    licences = Counter(licence.license_class for licence in catalog.licenses.values() if licence.license_class in models)
    own = catalog.licenses[asked.model.license].license_class if asked.model else None
    order = sorted(models, key=lambda kind: (-len(models[kind]), kind))
    columns = (Column("class"), Column("licences", right=True), Column("models", right=True), Column("commercial use", fold=24))
    rows = tuple(
        (
            kind + (f" ({asked.model.id})" if asked.model and kind == own else ""),
            str(licences[kind]),
            str(len(models[kind])),
            ", ".join(f"{LICENCE_WORDS[word]}: {count}" for word, count in verdicts[kind].most_common()),
        )
        for kind in order
    )
    data = {
        "model": asked.model.id if asked.model else None,
        "class": own,
        "classes": [
            {"class": kind, "licences": licences[kind], "models": len(models[kind]), "verdicts": dict(verdicts[kind])}
            for kind in order
        ],
    }
    return Numbers(
        (Table(columns, rows, title="in this catalog, without fine-tuning, distribution or large turnover"),), data=data
    )
