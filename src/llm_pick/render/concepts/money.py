"""Numbers of the pages on architecture: hybrid serving, fine-tuning against retrieval. Bills are those of ``breakeven``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llm_pick.core.cost.answer import Answer, answer, api_curve, own_curve
from llm_pick.core.cost.plan import plan
from llm_pick.core.cost.workload import DAYS_PER_MONTH
from llm_pick.core.errors import NoPlanError
from llm_pick.core.licensing.profile import parse_profile
from llm_pick.core.licensing.verdict import licence_summary
from llm_pick.core.offers import offers_of
from llm_pick.core.record import replace
from llm_pick.render.answers import LICENCE_WORDS
from llm_pick.render.concepts.base import Asked, Numbers, no_model
from llm_pick.render.money import per_day, small_usd, usd
from llm_pick.render.text import gib, tokens
from llm_pick.render.view import Column, Table

if TYPE_CHECKING:
    from llm_pick.core.catalog import Catalog, Model

SHARES = (0.0, 0.25, 0.5, 0.75, 0.9, 1.0)
"""Shares of the requests that one's own model answers."""
RETRIEVED = (2048, 8192, 32768)
"""Tokens of retrieved text in a request."""
BYTES_TO_TRAIN = {"all weights, Adam": 16.0, "LoRA on 16-bit weights": 2.0, "QLoRA on 4-bit weights": 0.5}
"""Bytes per parameter, without activations and without the adapters themselves: by the papers the page names."""
MILLION = 10**6


def hybrid(asked: Asked, catalog: Catalog) -> Numbers:
    """Bills of the reader's traffic by the share that stays in the house, and with replicas that spill over to the API."""
    if asked.bill is None:
        return Numbers(remarks=(("note", "with --req-per-day (and --model, --api, --hardware): the bills of your own traffic"),))
    bill = replace(asked.bill, model=asked.model.id if asked.model else None, task=asked.task.id)
    try:
        found = answer(plan(bill, catalog), catalog)
    except NoPlanError as error:
        return Numbers(remarks=(("warning", str(error)), ("hint", error.hint)))
    own, api = own_curve(found.plan), api_curve(found.plan)
    if api is None:
        return Numbers(remarks=(("warning", "no API offer to compare with"),))
    total = found.plan.req_per_day
    rows = []
    for share in SHARES:
        kept = own.usd_per_month(share * total) if share else 0.0
        routed, escalated = kept + api.usd_per_month((1 - share) * total), None
        if share:
            escalated = own.usd_per_month(total) + (api.usd_per_month((1 - share) * total) if share < 1 else 0.0)
        rows.append((share, routed, escalated))
    columns = (Column("answered in the house", right=True), Column("router first, USD a month", right=True),
               Column("own model first, USD a month", right=True))  # fmt: skip
    lines = tuple(
        (f"{100 * share:.0f} %", usd(routed), usd(tried) if tried is not None else "-") for share, routed, tried in rows
    )
    table = Table(columns, lines, title=_title(found))
    data: dict[str, Any] = {
        "req_per_day": total,
        "shares": [
            {"share_in_house": share, "router_usd_per_month": round(routed, 2),
             "own_first_usd_per_month": None if tried is None else round(tried, 2)}
            for share, routed, tried in rows
        ],
        "spill_over_usd_per_month": None if found.now.hybrid is None else round(found.now.hybrid, 2),
        "verdict": found.verdict,
        "reason": found.reason,
    }  # fmt: skip
    remarks = (
        [("note", f"fewer replicas of one's own, the peaks to the API: {usd(found.now.hybrid)} a month")]
        if found.now.hybrid
        else []
    )
    remarks += [("verdict", f"{found.verdict.replace('_', ' ')}: {found.reason} (`llm-pick breakeven`)")]
    remarks += [("warning", text) for text in found.plan.warnings] + [("assumed", text) for text in found.plan.assumptions]
    return Numbers((table,), tuple(remarks), data)


def _title(found: Answer) -> str:
    part = found.plan.parts[0]
    offer = f"{part.api.price.provider}/{part.api.price.model}" if part.api else "no API"
    model = part.deployment.assessed.candidate.model.id
    return f"{per_day(found.plan.req_per_day)} requests a day: {model} of one's own beside {offer}"


def fine_tuning(asked: Asked, catalog: Catalog) -> Numbers:
    """Memory to train a model, whether its licence lets one, and what retrieved text costs in every request."""
    model = asked.model
    if model is None:
        return Numbers(remarks=(("note", "with --model: the memory training takes, the licence, the price of retrieved text"),))
    if model.architecture is None:
        return no_model(asked)
    train = {how: model.params_total * each for how, each in BYTES_TO_TRAIN.items()}
    summary = licence_summary(model, parse_profile({"use": "commercial", "fine_tune": True}), catalog)
    owed = ", ".join(summary["obligations"]) or "no act"
    rows = [(f"to train: {how}, at least", f"{gib(size)} GiB") for how, size in train.items()]
    rows.append(("licence, tuned for commercial use", f"{LICENCE_WORDS[summary['verdict']]}; owed: {owed}"))
    tables = [Table((Column("what"), Column("value", fold=40)), tuple(rows), title=f"{model.id}, tuned")]
    data: dict[str, Any] = {
        "model": model.id,
        "train_bytes_at_least": {how: int(size) for how, size in train.items()},
        "license": summary,
        "retrieved": [],
    }
    found = _retrieved(asked, model, catalog)
    if found is not None:
        table, data["retrieved"], data["offer"] = found
        tables.append(table)
    return Numbers(tuple(tables), data=data)


def _retrieved(asked: Asked, model: Model, catalog: Catalog) -> tuple[Table, list[dict[str, Any]], dict[str, Any]] | None:
    """What retrieved text adds to each request at the cheapest offer of the model; ``None`` where none names its input."""
    priced = [offer for offer in offers_of(model, catalog) if offer.usd_per_m_input is not None]
    if not priced:
        return None
    offer = min(priced, key=lambda one: (one.usd_per_m_input or 0.0, one.id))
    each = [(length, length * (offer.usd_per_m_input or 0.0) / MILLION) for length in RETRIEVED]
    traffic = asked.bill.req_per_day if asked.bill else None
    columns = [Column("retrieved tokens", right=True), Column("USD a 1,000 requests", right=True)]
    if traffic:
        columns.append(Column(f"USD a month at {per_day(traffic)} a day", right=True))
    lines = tuple(
        (tokens(length), small_usd(1000 * price), *((usd(price * traffic * DAYS_PER_MONTH),) if traffic else ()))
        for length, price in each
    )
    title = f"retrieved text at {offer.provider}, {offer.usd_per_m_input:g} USD a million tokens ({offer.date})"
    rows = [
        {"tokens": length, "usd_per_1k_requests": round(1000 * price, 6),
         "usd_per_month": round(price * traffic * DAYS_PER_MONTH, 2) if traffic else None}
        for length, price in each
    ]  # fmt: skip
    said = {"id": offer.id, "provider": offer.provider, "usd_per_m_input": offer.usd_per_m_input, "date": offer.date}
    return Table(tuple(columns), lines, title=title), rows, said
