"""What sets compared models apart, the weightiest first: only differences larger than what is uncertain about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.licensing.findings import YES
from llm_pick.core.quality.task_score import probability_better
from llm_pick.core.record import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from llm_pick.core.catalog import Catalog
    from llm_pick.core.compare import Comparison, Contender
    from llm_pick.core.facts import Range


@dataclass(frozen=True, slots=True)
class Difference:
    """One respect in which some models are clearly ahead of others; models in between are in neither list."""

    what: str
    """fits | licence | context_asked | quality | memory | decode_speed | context | images | tools"""
    ahead: tuple[str, ...]
    behind: tuple[str, ...]


def differences(found: Comparison, catalog: Catalog) -> tuple[Difference, ...]:
    """In the order a buyer asks: may and can I run it, is it better, what does it cost to run, what else can it do."""
    items, asked = found.contenders, found.question
    rows = []
    if found.has_machine:
        rows.append(_yes_no("fits", items, lambda c: c.setup is not None and c.setup.estimate.memory.fits))
    rows.append(_yes_no("licence", items, lambda c: c.licence["verdict"] in YES))
    rows.append(_yes_no("context_asked", items, lambda c: most_tokens(c) >= asked.context_tokens))
    rows.append(leaders(items, asked.task.id, catalog))
    needs = {c.model.id: c.setup.estimate.memory.total_bytes for c in items if c.setup}
    rows.append(separated("memory", needs, lambda best, other: best.high < other.low, least=True))
    if found.has_machine:
        speeds = {c.model.id: c.setup.estimate.speed for c in items if c.setup}
        decode = {id: speed.decode_tok_per_s for id, speed in speeds.items() if speed}
        rows.append(separated("decode_speed", decode, lambda best, other: best.low > other.high))
    longest = max(most_tokens(c) for c in items)
    rows.append(_yes_no("context", items, lambda c: most_tokens(c) == longest))
    rows.append(_yes_no("images", items, lambda c: "image" in c.model.modalities_in))
    rows.append(_yes_no("tools", [c for c in items if c.model.tools is not None], lambda c: bool(c.model.tools)))
    return tuple(row for row in rows if row.ahead and row.behind)


def leaders(items: Sequence[Contender], task: str, catalog: Catalog) -> Difference:
    """The best at a task and what ties with it, against what it beats; models without a score are in neither list."""
    sure = catalog.parameter("rank.better_probability")
    scores = {c.model.id: c.quality[task] for c in items}
    known = {id: quality.score for id, quality in scores.items() if quality is not None and quality.unknown is None}
    return separated("quality", known, lambda best, other: probability_better(best, other) > sure)


def most_tokens(contender: Contender) -> int:
    """Longest sequence the model takes, with its maker's extension where there is one."""
    return max(contender.model.context_native, contender.model.context_extended or 0)


def separated(
    what: str, values: Mapping[str, Range], apart: Callable[[Range, Range], bool], *, least: bool = False
) -> Difference:
    """The best model and those that cannot be told apart from it, against those that ``apart`` says it beats."""
    if not values:
        return Difference(what, (), ())
    best = values[(min if least else max)(values, key=lambda id: (values[id].likely, id))]
    behind = tuple(id for id, value in values.items() if apart(best, value))
    return Difference(what, tuple(id for id in values if id not in behind), behind)


def _yes_no(what: str, items: tuple[Contender, ...] | list[Contender], holds: Callable[[Contender], bool]) -> Difference:
    yes = tuple(c.model.id for c in items if holds(c))
    return Difference(what, yes, tuple(c.model.id for c in items if c.model.id not in yes))
