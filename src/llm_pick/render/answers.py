"""The views of ``recommend`` and ``fit``: recommendation first, then why, then caveats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.estimate.capacity import NoCapacity
from llm_pick.core.estimate.limits import SERVED, asks_for_service, context_limit, service_level
from llm_pick.core.estimate.memory import unwindowed_kv_cache_bytes
from llm_pick.core.freshness import old_sources_of
from llm_pick.core.licensing.verdict import licence_summary
from llm_pick.core.rules.base import Outcome
from llm_pick.render.commands import main_command
from llm_pick.render.money import usd, usd_span
from llm_pick.render.text import gib, gib_range, quality_text, size_text, speed_range, tokens
from llm_pick.render.view import Column, Table, View

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llm_pick.core.catalog import Catalog
    from llm_pick.core.estimate.capacity import Capacity, ServiceLevel
    from llm_pick.core.estimate.memory import Memory
    from llm_pick.core.estimate.speed import Speed
    from llm_pick.core.fitting import FitAnswer
    from llm_pick.core.held import Held
    from llm_pick.core.near_misses import NearMiss
    from llm_pick.core.question import Question
    from llm_pick.core.rank import Ranked
    from llm_pick.core.recommend import Assessed, Recommendation

LICENCE_WORDS = {
    "allowed": "yes",
    "allowed_with_conditions": "yes, conditions",
    "needs_permission": "ask first",
    "forbidden": "no",
    "unread": "unread",
}
"""Licence verdicts as short answers to: may I use it so?"""


def recommendation_view(
    answer: Recommendation, catalog: Catalog, *, explain: bool, held: Mapping[str, Sequence[Held]] | None = None
) -> View:
    """Picks as a table, the first one's command, then assumptions, warnings and near misses."""
    asked = answer.question
    if not answer.picks:
        return View((), headline=_nothing(answer), remarks=_nothing_remarks(answer))
    columns: tuple[Column, ...] = (
        Column("#", right=True),
        Column("model"),
        Column("size", right=True, optional=4),
        Column("quant"),
        Column("GiB (80 %)", right=True),
        Column("tok/s (80 %)", right=True),
        Column("score", right=True),
        Column("rows", right=True, optional=5),
        Column("licence", optional=2),
        Column("commercial", optional=3),
    )
    if asked.workload is not None:
        columns += (Column("USD a month (80 %)", right=True),)
    rows = [_pick_row(ranked, asked, catalog) for ranked in answer.picks]
    here = [held_text((held or {}).get(ranked.assessed.candidate.model.id, ()), catalog) for ranked in answer.picks]
    if any(here):
        columns += (Column("here", optional=1),)
        rows = [(*row, text) for row, text in zip(rows, here, strict=True)]
    table = Table(columns, tuple(rows), answer=0)
    first = answer.picks[0]
    command = main_command(first.assessed, asked, catalog)
    details = [("run", command)] if command else []
    remarks = _tie_remarks(answer.picks)
    remarks += _dominated_remarks(answer.picks)
    remarks += [("warning", text) for ranked in answer.picks for text in ranked.assessed.warnings]
    picked = (ranked.assessed.candidate.model for ranked in answer.picks)
    remarks += [("warning", text) for text in old_sources_of(asked, picked, catalog)]
    remarks += _licence_remarks(answer.picks, asked, catalog)
    remarks += [("near miss", _near_text(miss)) for miss in answer.near_misses]
    remarks += [("assumed", text) for text in asked.assumptions]
    if explain:
        from llm_pick.render.explanation import explanation, order_lines  # noqa: PLC0415 - only when asked

        remarks += explanation(first.assessed, asked, catalog) + order_lines(answer.picks, asked, catalog)
    best = first.assessed.candidate
    headline = f"{best.model.name}, {best.quantization.name}, for {asked.task.id} on {asked.hardware.label}"
    return View((table,), headline=headline, details=tuple(details), remarks=tuple(remarks))


def held_text(items: Sequence[Held], catalog: Catalog) -> str:
    """Which programs of this machine already hold a model, and in which quantizations."""
    if not items:
        return ""
    from llm_pick.core.held import quantization_of  # noqa: PLC0415 - most machines hold none

    texts = []
    for item in items:
        quant = quantization_of(item, catalog)
        texts.append(f"{item.where} {catalog.quantizations[quant].name}" if quant else item.where)
    return ", ".join(dict.fromkeys(texts))


def _pick_row(ranked: Ranked, asked: Question, catalog: Catalog) -> tuple[str, ...]:
    candidate, estimate = ranked.assessed.candidate, ranked.assessed.estimate
    quality, speed = estimate.quality, estimate.speed
    cost = () if asked.workload is None else (_cost_text(ranked, asked, catalog),)
    return (
        str(ranked.rank),
        candidate.model.id,
        size_text(candidate.model.params_total, candidate.model.params_active),
        candidate.quantization.name,
        gib_range(estimate.memory.total_bytes),
        speed_range(speed.decode_tok_per_s) if speed else "unknown",
        quality_text(quality),
        f"{quality.rows} ({quality.independent_rows})" if quality else "0",
        candidate.model.license,
        LICENCE_WORDS[licence_summary(candidate.model, asked.profile, catalog)["verdict"]],
        *cost,
    )


def _cost_text(ranked: Ranked, asked: Question, catalog: Catalog) -> str:
    """Bill and replicas of a pick."""
    from llm_pick.core.cost.serving_cost import serving_cost  # noqa: PLC0415 - most questions have no traffic

    found = serving_cost(ranked.assessed, asked, catalog)
    if found is None or found.replicas is None:
        return "no: service level"
    if found.usd_per_month is None:
        return f"unknown ({found.replicas} replicas)"
    bill = found.usd_per_month
    return f"{usd(bill.likely)} ({usd_span(bill.low, bill.high)})"


def _tie_remarks(picks: Sequence[Ranked]) -> list[tuple[str, str]]:
    first = picks[0]
    if not first.ties_with:
        return []
    return [
        (
            "tie",
            f"its quality cannot be told apart from {', '.join(first.ties_with)}; speed and memory decide",
        )
    ]


def _dominated_remarks(picks: Sequence[Ranked]) -> list[tuple[str, str]]:
    behind: dict[str, list[str]] = {}
    for ranked in picks:
        if ranked.dominated_by:
            behind.setdefault(ranked.dominated_by, []).append(ranked.assessed.candidate.model.id)
    return [("dominated", f"{', '.join(ids)}: {by} is at least as good, as fast and as small") for by, ids in behind.items()]


def _licence_remarks(picks: Sequence[Ranked], asked: Question, catalog: Catalog) -> list[tuple[str, str]]:
    """What is owed for each pick whose licence grants the use with conditions."""
    remarks = []
    for ranked in picks:
        model = ranked.assessed.candidate.model
        summary = licence_summary(model, asked.profile, catalog)
        if summary["verdict"] != "allowed":
            owed = ", ".join(summary["obligations"]) or "no act for this profile"
            remarks.append(("licence", f"{model.id} ({model.license}): {LICENCE_WORDS[summary['verdict']]}: {owed}"))
    return remarks


def _near_text(miss: NearMiss) -> str:
    candidate = miss.assessed.candidate
    return f"{candidate.model.id} {candidate.quantization.name} with {miss.change}"


def _nothing(answer: Recommendation) -> str:
    asked = answer.question
    return f"no model satisfies this for {asked.task.id} on {asked.hardware.label}"


def _nothing_remarks(answer: Recommendation) -> tuple[tuple[str, str], ...]:
    removed = [("removed", f"{count} models by {rule}") for rule, count in answer.excluded.items()]
    near = [("near miss", _near_text(miss)) for miss in answer.near_misses]
    return (*removed, *near, *(("assumed", text) for text in answer.question.assumptions))


def fit_view(answer: FitAnswer, catalog: Catalog, *, explain: bool, held: Mapping[str, Sequence[Held]] | None = None) -> View:
    """Yes or no, the memory in parts, the speed, the limits, and the other quantizations."""
    chosen, others, asked, load = answer.best, answer.others, answer.question, answer.served
    candidate, estimate = chosen.candidate, chosen.estimate
    memory, speed = estimate.memory, estimate.speed
    word = "fits" if memory.fits else "does not fit"
    if not memory.fits and memory.offloaded_bytes:
        what = "" if memory.placement.layers else " of experts"
        word = f"fits only with {gib(memory.offloaded_bytes)} GiB{what} in system memory"
    headline = f"{candidate.model.name} {candidate.quantization.name} {word} on {asked.hardware.label}"
    rows = [
        ("weights", f"{gib_range(memory.weights_bytes)} GiB at {estimate.bits_per_weight:.2f} bits per weight"),
        ("KV cache", f"{gib(memory.kv_cache_bytes)} GiB ({candidate.kv_dtype}, {tokens(asked.context_tokens)} tokens, "
                     f"{asked.users} user{'s' if asked.users > 1 else ''})"),
        ("overhead", f"{gib_range(memory.overhead_bytes)} GiB ({candidate.runtime.name}, {candidate.backend})"),
        ("total", f"{gib_range(memory.total_bytes)} GiB of {gib(memory.budget_bytes)} GiB usable{_elsewhere(memory)}"),
        ("longest context", _longest_context(answer.max_context, chosen)),
        ("most users", f"{answer.max_users:,} at {tokens(asked.context_tokens)} tokens each "
                       "(memory limit; a speed goal: --min-tps)"),
    ]  # fmt: skip
    if speed:
        rows += [
            ("decode", f"{speed_range(speed.decode_tok_per_s)} tok/s at {tokens(speed.depth_tokens)} tokens deep"),
            ("prefill", f"{speed_range(speed.prefill_tok_per_s)} tok/s"),
            ("first token", f"{speed.ttft_s.likely:.1f} ({speed.ttft_s.low:.1f}–{speed.ttft_s.high:.1f}) s "
                            f"for {tokens(speed.prompt_tokens)} tokens"),
            ("speed basis", speed.basis),
        ]  # fmt: skip
    # One user without a level has asked for no service: that a usual level is missed would only confuse.
    shows_service = bool(load and speed) and (asks_for_service(asked) or not isinstance(load, NoCapacity))
    if load and speed and shows_service:
        rows.append(("served at once", _served_text(load, service_level(asked, catalog), speed)))
    if speed and asked.users > 1:
        rows.append(("all users", f"{speed_range(speed.aggregate_tok_per_s)} tok/s together"))
    if estimate.quality:
        rows.append((f"{asked.task.id} score", f"{quality_text(estimate.quality)}, {estimate.quality.mode.replace('_', '-')}"))
    here = held_text((held or {}).get(candidate.model.id, ()), catalog)
    if here:
        rows.append(("on this machine", here))
    parts = Table((Column("what"), Column("value (80 % interval)")), tuple(rows))
    tables = [parts]
    if others:
        columns = (Column("quant"), Column("engine"), Column("fits"), Column("GiB (80 %)", right=True),
                   Column("tok/s (80 %)", right=True), Column("score", right=True))  # fmt: skip
        tables.append(Table(columns, tuple(_quant_row(item) for item in others), title="other quantizations"))
    command = main_command(chosen, asked, catalog) if memory.fits or memory.offloaded_bytes else None
    remarks = [("why", verdict.sentence) for verdict in chosen.verdicts if verdict.outcome is Outcome.FAIL]
    remarks += [
        ("warning", verdict.sentence) for verdict in chosen.verdicts if verdict.outcome in (Outcome.WARN, Outcome.UNKNOWN)
    ]
    remarks += [("warning", text) for text in old_sources_of(asked, (candidate.model,), catalog)]
    unwindowed = unwindowed_kv_cache_bytes(candidate, asked, catalog)
    if unwindowed and unwindowed > 2 * memory.kv_cache_bytes:
        text = f"the KV cache is {gib(unwindowed)} GiB where {candidate.runtime.name} cannot save on sliding windows"
        remarks.append(("note", f"{text} (`llm-pick show {candidate.runtime.id}`)"))
    remarks += [("assumed", text) for text in asked.assumptions if shows_service or not text.startswith(SERVED)]
    if explain:
        from llm_pick.render.explanation import explanation  # noqa: PLC0415 - only when asked

        remarks += explanation(chosen, asked, catalog)
    return View(tuple(tables), headline, (("run", command),) if command else (), tuple(remarks))


def _elsewhere(memory: Memory) -> str:
    """What is not on the devices."""
    parts = []
    if memory.host_weights_bytes:
        parts.append(f"{gib(memory.host_weights_bytes)} of embeddings")
    if memory.placement.expert_layers:
        parts.append(f"the experts of {memory.placement.expert_layers} layers")
    if memory.placement.layers:
        parts.append(f"{memory.placement.layers} whole layers")
    return f"; in system memory: {', '.join(parts)}" if parts else ""


def _longest_context(most: int, chosen: Assessed) -> str:
    if not most:
        return "none on the devices alone" if chosen.estimate.memory.offloaded_bytes else "none"
    limit = "all the model holds" if context_limit(most, chosen.candidate) == "model" else "memory limit"
    return f"{tokens(most)} tokens ({limit})"


LIMITS = {
    "itl": "more would get their tokens too slowly",
    "ttft": "more would wait too long for the first token",
    "kv_cache": "more do not fit in memory",
    "engine": "more than the engine runs by default",
}


def _served_text(load: Capacity | NoCapacity, level: ServiceLevel, speed: Speed) -> str:
    """How many users are served within the level, at which rate, and what limits them."""
    lengths = f"{tokens(speed.prompt_tokens)} tokens in, {tokens(speed.depth_tokens)} out"
    asked = f"{lengths}, first token within {level.max_ttft_s or 0:g} s, {1 / (level.max_itl_s or 1):g} tok/s each"
    if isinstance(load, NoCapacity):
        return f"none ({asked}): {load.reason}"
    users = f"{load.sequences:,} user{'s' if load.sequences != 1 else ''}"
    if load.groups > 1:
        users += f" on {load.groups} replicas"
    return f"{users}, {speed_range(load.output_tok_per_s)} tok/s together ({asked}); {LIMITS[load.limit]}"


def _quant_row(item: Assessed) -> tuple[str, ...]:
    estimate = item.estimate
    return (
        item.candidate.quantization.name,
        item.candidate.runtime.id,
        "yes" if estimate.memory.fits else "no",
        gib_range(estimate.memory.total_bytes),
        speed_range(estimate.speed.decode_tok_per_s) if estimate.speed else "unknown",
        quality_text(estimate.quality),
    )
