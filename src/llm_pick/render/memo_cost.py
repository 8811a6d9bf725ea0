"""``breakeven`` as a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.licensing.profile import parse_profile
from llm_pick.core.provenance import resolve
from llm_pick.core.record import replace
from llm_pick.render.memo_parts import duties
from llm_pick.render.view import Column, Table

if TYPE_CHECKING:
    from llm_pick.core.catalog import Catalog
    from llm_pick.core.cost.answer import Answer
    from llm_pick.core.cost.asked import Asked
    from llm_pick.core.cost.plan import Plan
    from llm_pick.render.view import View


def breakeven_memo(view: View, found: Answer, catalog: Catalog) -> View:
    """The bills, with the addresses of the prices and what the licence of the own model asks."""
    plan = found.plan
    models = list(
        {part.deployment.assessed.candidate.model.id: part.deployment.assessed.candidate.model for part in plan.parts}.values()
    )
    profile = parse_profile(dict(plan.asked.profile))
    tables = [replace(view.tables[0], title="The ways to serve it"), *view.tables[1:], _prices(plan, catalog)]
    details = tuple(pair for pair in view.details if pair[0] != "verdict")  # the headline says it in words
    return replace(view, details=details, question=_question(plan, catalog), tables=(*tables, duties(models, profile, catalog)))


def refusal_memo(view: View, asked: Asked) -> View:
    """No plan does what was asked: the question stays on the page."""
    given = [("requests a day", f"{asked.req_per_day:,.0f}")] if asked.req_per_day else []
    given += [("data stay in", asked.data_residency)] if asked.data_residency else []
    return replace(view, question=tuple(given))


def _question(plan: Plan, catalog: Catalog) -> tuple[tuple[str, str], ...]:
    asked = plan.asked
    rows = [("traffic", f"{plan.req_per_day:,.0f} requests a day")]
    for part in plan.parts:
        work = part.workload
        share = f"{100 * part.share:g} % of the traffic, " if len(plan.parts) > 1 else ""
        rows.append((part.task, f"{share}{work.input_tokens:,.0f} tokens in and {work.output_tokens:,.0f} out a request, "
                     f"busiest minute {work.peak_factor:g} times the mean"))  # fmt: skip
        place = part.deployment
        count = f"{len(place.devices)}x " if len(place.devices) > 1 else ""
        rows.append(("own model", f"{place.assessed.candidate.model.name} on {count}{place.devices[0].id}"))
        if part.api is not None:
            rows.append(("API", part.api.price.id))
    if plan.place:
        rows.append(("data stay in", plan.place))
    rows.append(("pricing", (asked.pricing or "on_demand").replace("_", " ")))
    rows.append(("as of", asked.as_of or catalog.as_of))
    return tuple(dict.fromkeys(rows))


def _prices(plan: Plan, catalog: Catalog) -> Table:
    """Every price that was used, with its day and where it was read."""
    rows = []
    for part in plan.parts:
        for offer in (part.api, *part.others):
            if offer is not None:
                rates = f"{offer.price.usd_per_m_input:g} in, {offer.price.usd_per_m_output:g} out a million tokens"
                rows.append((offer.price.id, f"USD {rates}", offer.price.date, _where(offer.price.source, catalog)))
        hour = part.deployment.hour
        rows.append(
            (
                f"{hour.device} at {hour.provider}",
                f"USD {hour.usd.likely:.2f} an hour",
                hour.date or "yours",
                _where(hour.source, catalog),
            )
        )
    columns = (Column("price of"), Column("price"), Column("date"), Column("source"))
    return Table(columns, tuple(dict.fromkeys(rows)), title="Evidence: the prices used")


def _where(source: str, catalog: Catalog) -> str:
    found = next(iter(resolve((source,), catalog)), None)
    return found.url if found else source
