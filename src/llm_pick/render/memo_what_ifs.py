"""What-ifs as documents: ``fit`` without hardware, on several machines, and step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.record import replace
from llm_pick.render.memo import about, first_titled, memory_chart, without
from llm_pick.render.memo_parts import machine_price, question_of
from llm_pick.render.text import tokens
from llm_pick.render.upgrade import name_of
from llm_pick.render.view import Chart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llm_pick.core.catalog import Catalog
    from llm_pick.core.ladders import LadderAnswer
    from llm_pick.core.places import FitsOnAnswer
    from llm_pick.core.recommend import Assessed
    from llm_pick.core.upgrades import UpgradeAnswer
    from llm_pick.render.view import View


def where_memo(view: View, answer: FitsOnAnswer, catalog: Catalog) -> View:
    """The devices that hold the model, and how fast each is."""
    asked = tuple(row for row in question_of(answer.question, licence=False) if row[0] != "hardware")
    chart = _speeds("Decode speed by device, tokens a second", [(place.name, place.assessed) for place in answer.rows])
    shown = replace(without(view, "GiB", "name"), question=asked, chart=chart)
    return about([answer.model], [place.assessed for place in answer.rows[:1]], answer.question, catalog, shown)


def upgrade_memo(view: View, found: UpgradeAnswer, catalog: Catalog) -> View:
    """The machines beside each other, how fast each is, and what the model rests on."""
    names = "; ".join(name_of(machine) for machine in found.machines)
    rows = question_of(found.question, licence=False)
    asked = tuple((label, names if label == "hardware" else text) for label, text in rows)
    best = [(name_of(machine), machine.answer.best) for machine in found.machines if machine.answer]
    chart = _speeds("Decode speed by machine, tokens a second", best)
    shown = replace(first_titled(view, "The machines"), question=asked, chart=chart)
    return about([found.model], [item for _, item in best[:1]], found.question, catalog, shown)


_STEPS = {"quants": "Every quantization", "contexts": "Longer contexts", "users": "More users at the same time"}


def ladder_memo(view: View, found: LadderAnswer, catalog: Catalog) -> View:
    """The steps, and the memory each takes against what the machine has."""
    asked = found.question
    over_contexts = [(f"{tokens(step.context_tokens)} tokens", step.assessed) for step in found.contexts]
    over_users = [(f"{step.users:,} user{'s' * (step.users > 1)}", step.assessed) for step in found.users]
    steps = [step.assessed for step in found.quants] or [item for _, item in (*over_contexts, *over_users)]
    chart = memory_chart(steps, steps[0], [label for label, _ in (*over_contexts, *over_users)] or None)
    shown = replace(
        first_titled(view, _STEPS[found.kind]), question=question_of(asked, licence=False),
        details=(*view.details, *machine_price(asked)), chart=chart,
    )  # fmt: skip
    chosen = next(item for item in steps if item.candidate.quantization == found.candidate.quantization)
    return about([found.candidate.model], [chosen], asked, catalog, shown)


def _speeds(title: str, named: Sequence[tuple[str, Assessed]]) -> Chart | None:
    """Decode speed of each machine that has one."""
    speeds = [(name, item.estimate.speed.decode_tok_per_s) for name, item in named if item.estimate.speed]
    return Chart(title, tuple((name, rate.low, rate.likely, rate.high) for name, rate in speeds)) if speeds else None
