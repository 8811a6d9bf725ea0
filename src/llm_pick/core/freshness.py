"""Whether what an answer rests on was read too long ago for its kind: a data sheet lasts longer than a report."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from llm_pick.core.catalog import Catalog, License, Model
    from llm_pick.core.question import Question

NAMED = 4
"""Records said by name in one warning."""
WORDS = {
    "spec": "data sheets", "config": "config files", "card": "cards", "licence": "licence texts", "code": "source code",
    "documentation": "documentation", "measurement": "measurements", "paper": "papers", "dataset": "data sets",
    "claim": "reports",
}  # fmt: skip
"""Kind of a reference → what was read."""


def most_days(kind: str, catalog: Catalog) -> int:
    """Days a reading of this kind counts as fresh; a parameter."""
    return int(catalog.parameter(f"sources.{kind}.fresh_days"))


def age_days(read_on: str, day: str) -> int:
    """Days from a reading to ``day``; a year or month stands for its first day."""
    return (date.fromisoformat(day) - date.fromisoformat("-".join([*read_on.split("-"), "01", "01"][:3]))).days


def is_old(kind: str, read_on: str, day: str, catalog: Catalog) -> bool:
    """Whether something of this kind, read on ``read_on``, needs another reading on ``day``."""
    return age_days(read_on, day) > most_days(kind, catalog)


def old_sources(records: Iterable[Any], day: str, catalog: Catalog) -> tuple[str, ...]:
    """One warning for each kind of which something these records name as a source is too old on ``day``.

    The catalog holds the oldest reading of each kind, so that for most days no reference is looked at.
    """
    oldest = {kind: read_on for kind, read_on in catalog.oldest_read.items() if is_old(kind, read_on, day, catalog)}
    if not oldest:
        return ()
    found: dict[str, dict[str, str]] = {}
    for record in records:
        for kind, read_on in _readings(record, catalog):
            if kind in oldest and is_old(kind, read_on, day, catalog):
                held = found.setdefault(kind, {})
                held[record.id] = min(held.get(record.id, read_on), read_on)
    return tuple(_said(kind, held, day, catalog) for kind, held in sorted(found.items()))


def old_sources_of(question: Question, models: Iterable[Model], catalog: Catalog) -> tuple[str, ...]:
    """The same for an answer about models on the machine of a question: them, their licences, the devices."""
    models = tuple(models)
    return old_sources((*question.hardware.devices, *models, *licences_of(models, catalog)), question.as_of, catalog)


def licences_of(models: Iterable[Model], catalog: Catalog) -> tuple[License, ...]:
    """Licences of models and of what they were made from, each once."""
    ids = dict.fromkeys(id for model in models for id in (model.license, *model.base_licenses))
    return tuple(catalog.licenses[id] for id in ids if id in catalog.licenses)


def old_catalog(today: str, catalog: Catalog) -> str | None:
    """What to say of a catalog that is itself old on ``today``, whatever day is asked about; ``None`` while it is fresh."""
    days = age_days(catalog.as_of, today)
    if days <= most_days("catalog", catalog):
        return None
    return f"this catalog is {days} days old: `llm-pick catalog refresh` asks for newer prices, models and results"


def _said(kind: str, held: dict[str, str], day: str, catalog: Catalog) -> str:
    by_age = sorted(held, key=lambda id: (held[id], id))
    named = ", ".join(f"{id} ({held[id]})" for id in by_age[:NAMED])
    more = f" and {len(by_age) - NAMED} more" if len(by_age) > NAMED else ""
    limit = date.fromisoformat(day) - timedelta(days=most_days(kind, catalog))
    return f"too old for {WORDS.get(kind, kind)} (read before {limit.isoformat()}): {named}{more}"


def _readings(record: Any, catalog: Catalog) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - any record
    """(kind, day) of each place where facts of a record were read, and of the text of a licence."""
    if hasattr(record, "license_class") and record.read_on:
        yield "licence", record.read_on
    sources = getattr(record, "sources", None) or ()
    texts = [text for values in sources.values() for text in values] if isinstance(sources, dict) else list(sources)
    source = getattr(record, "source", None)
    for id in dict.fromkeys(text.partition(" ")[0] for text in (*texts, *((source,) if source else ()))):
        reference = catalog.references.get(id)
        if reference is not None:
            yield reference.kind, reference.read_on
