"""``list KIND``: the body."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from llm_pick.cli.exit_codes import Exit
from llm_pick.cli.output import chosen_format, emit, envelope
from llm_pick.core.ask import day_of, policies_of
from llm_pick.core.errors import QuestionError
from llm_pick.core.licensing.verdict import COMMERCIAL
from llm_pick.core.lookup import LISTS, find, find_device, find_model, find_task, names_of, other_names
from llm_pick.core.names import Names, joined
from llm_pick.core.offers import by_price, gpu_prices_on, prices_on
from llm_pick.core.rules import RULES
from llm_pick.core.rules.licence_policy import admitted
from llm_pick.core.rules.task_capability import has
from llm_pick.io.store import load_catalog
from llm_pick.render import listings, price_listings
from llm_pick.render.envelope import origin
from llm_pick.render.view import Table, View

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llm_pick.cli.format import Format
    from llm_pick.core.catalog import Catalog, Model

KINDS = {**LISTS, "rules": "rules"}

PRICING = ("on_demand", "spot", "reserved", "owned")
FILTERED = {
    "--model": ("offers",), "--provider": ("offers", "gpus"), "--device": ("gpus",), "--pricing": ("gpus",),
    "--eur-usd": ("gpus",),
}  # fmt: skip
"""Which lists a filter is for."""
NOUNS = {"hardware": "devices", "quants": "quantizations", "offers": "API offers", "gpus": "prices of GPUs by the hour"}


def run(
    kind: str,
    *,
    match: str = "",
    task: str | None = None,
    license: Sequence[str] = (),
    model: str | None = None,
    provider: str | None = None,
    device: str | None = None,
    pricing: str | None = None,
    as_of: str | None = None,
    eur_usd: float | None = None,
    device_class: str = "",
    top: int | None = None,
    format: Format | None = None,
    as_json: bool = False,
    output: str | None = None,
) -> int:
    """Print every record of the kind that passes the filters; exit 1 when none does."""
    known = Names(dict.fromkeys(KINDS, ()))
    found = known.match(kind).id
    if found is None:
        near = known.nearest(kind) or tuple(KINDS)
        raise QuestionError(f"there is no list of `{kind}`", f"one of {', '.join(near)}")
    narrow = {"--model": model, "--provider": provider, "--device": device, "--pricing": pricing, "--eur-usd": eur_usd}
    _check_filters(found, narrow, by_task=bool(task or license), device_class=device_class, top=top)
    catalog = load_catalog()
    day = day_of(as_of) or catalog.as_of
    if found in ("offers", "gpus"):
        records = _priced(found, catalog, day, model=model, provider=provider, device=device, pricing=pricing)
        columns, row_of, json_of = price_listings.offers(day) if found == "offers" else price_listings.gpus(day, eur_usd)
    else:
        records = _records(found, catalog)
        columns, row_of, json_of = listings.LISTINGS[found]
    if found == "models":
        records = _filtered(records, task, license, catalog)
    if device_class:
        records = [record for record in records if record.device_class == device_class]
    rows = [(record, row_of(record, catalog)) for record in records]
    if match:
        rows = [(record, row) for record, row in rows if _matches(match, record, row)]
    count = len(rows)
    rows = rows[:top]

    def view() -> View:
        said = price_listings.totals(found, [record for record, _ in rows], catalog, day) if found in ("offers", "gpus") else ()
        table = Table(columns, tuple(row for _, row in rows))
        shown = f"{len(rows)} of {count}" if len(rows) < count else f"{count}"
        return View((table,), headline=f"{shown} {NOUNS.get(found, found)}", remarks=tuple(said))

    def data() -> dict[str, Any]:
        section = KINDS[found]
        body = [json_of(record, catalog) | origin(section, record.id, catalog) for record, _ in rows]
        return envelope("list", catalog, {"kind": found, found: body})

    emit(chosen_format(format, as_json=as_json, output=output), view, data, output=output, catalog=catalog)
    return Exit.YES if rows else Exit.NO


def _check_filters(
    found: str, narrow: Mapping[str, str | float | None], *, by_task: bool, device_class: str, top: int | None
) -> None:
    """``QuestionError`` for a filter that this list has not, or a value that means nothing."""
    if found != "models" and by_task:
        raise QuestionError("--task and --license filter models", f"`llm-pick list {found}` has no such filter")
    for flag, value in narrow.items():
        if value is not None and found not in FILTERED[flag]:
            raise QuestionError(f"{flag} filters {' and '.join(FILTERED[flag])}", f"`llm-pick list {found}` has no such filter")
    rate = narrow["--eur-usd"]
    if isinstance(rate, float) and rate <= 0:
        raise QuestionError(f"`--eur-usd {rate:g}` is no exchange rate", "dollars for one euro, e.g. 1.10")
    if device_class and (found != "hardware" or device_class not in listings.DEVICE_CLASSES):
        hint = f"with `list hardware`, one of {', '.join(listings.DEVICE_CLASSES)}"
        raise QuestionError(f"`--class {device_class}` is no class of {found}", hint)
    if top is not None and top < 1:
        raise QuestionError(f"`--top {top}` is no number of rows", "1 or more")


def _matches(match: str, record: Any, row: Sequence[str]) -> bool:  # noqa: ANN401 - any record
    """Whether the row, or another name of its record, holds the text; case and separators do not matter."""
    texts = (*row, *(other_names(record) if hasattr(record, "aliases") else ()))
    return any(match.lower() in text.lower() or joined(match) in joined(text) for text in texts)


def _priced(
    kind: str, catalog: Catalog, day: str, *, model: str | None, provider: str | None, device: str | None, pricing: str | None
) -> list[Any]:
    """Offers or accelerator hours that held on a day, cheapest first within what is asked for, else by id."""
    seller = find("provider", provider, catalog).id if provider else None
    if kind == "offers":
        served = _served(model, catalog) if model else None
        found = [
            price
            for price in prices_on(catalog, day, with_free=True)
            if (served is None or served in (price.catalog_model, price.api_model)) and seller in (None, price.provider)
        ]
        return sorted(found, key=by_price) if model else sorted(found, key=lambda price: price.id)
    if pricing is not None and pricing not in PRICING:
        raise QuestionError(f"there are no prices on terms `{pricing}`", f"one of {', '.join(PRICING)}")
    wanted = find_device(device, catalog).id if device else None
    hours = [
        price
        for price in gpu_prices_on(catalog, day)
        if wanted in (None, price.device) and seller in (None, price.provider) and pricing in (None, price.pricing)
    ]
    return sorted(hours, key=lambda price: (price.device, PRICING.index(price.pricing), price.usd_per_gpu_hour or 0.0, price.id))


def _served(name: str, catalog: Catalog) -> str:
    """The open model or the model behind an API that a name means."""
    exact = names_of("API model", catalog).exactly(name)
    if exact.id is not None and exact.via in ("id", "alias"):
        return exact.id
    return find_model(name, catalog).id


def _records(kind: str, catalog: Catalog) -> list[Any]:
    if kind == "rules":
        return list(RULES)
    records = getattr(catalog, KINDS[kind])
    return [records[id] for id in sorted(records, key=lambda id: _place(records[id]))]


def _place(record: Any) -> tuple[Any, ...]:  # noqa: ANN401 - any record
    """Devices by class, then everything by id with its numbers as numbers: 8 GB before 16 GB."""
    group = getattr(record, "device_class", "")
    order = listings.DEVICE_CLASSES.index(group) if group in listings.DEVICE_CLASSES else len(listings.DEVICE_CLASSES)
    parts = re.split(r"(\d+(?:\.\d+)?)", record.id)
    return (order, group, [(float(text), "") if index % 2 else (-1.0, text) for index, text in enumerate(parts)])


def _filtered(models: list[Model], task: str | None, license: Sequence[str], catalog: Catalog) -> list[Model]:
    if task:
        needs = find_task(task, catalog).needs
        models = [model for model in models if all(has(model, need) is not False for need in needs)]
    policies = policies_of(license, catalog)
    if policies:
        models = [m for m in models if admitted(policies, m, COMMERCIAL, catalog)]
    return models
