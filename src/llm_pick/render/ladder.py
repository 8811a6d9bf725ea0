"""``fit --ladder``: the steps as a table and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llm_pick.core.provenance import resolve
from llm_pick.render import json_v1
from llm_pick.render.text import brief, gib, gib_range, quality_text, speed_range, tokens
from llm_pick.render.view import Column, Table, View

if TYPE_CHECKING:
    from llm_pick.core.catalog import Catalog
    from llm_pick.core.facts import Range
    from llm_pick.core.ladders import ContextStep, LadderAnswer, QuantStep, UserStep
    from llm_pick.core.recommend import Assessed


def view(found: LadderAnswer, catalog: Catalog) -> View:
    """What the ladder shows in one sentence, then its steps."""
    headline, table, notes = parts(found)
    remarks = [("note", text) for text in notes]
    if any("in part" in row for row in table.rows):
        remarks.append(("note", "in part: the rest is in system memory (--ram), where it is slow"))
    remarks += [("assumed", text) for text in found.question.assumptions]
    remarks += [("source", str(source)) for source in resolve(found.candidate.model.sources.get("architecture", ()), catalog)[:1]]
    return View((table,), headline, (), tuple(remarks))


def parts(found: LadderAnswer) -> tuple[str, Table, list[str]]:
    """What the ladder says in a sentence, its steps, and how to read them."""
    makers = {"quants": _over_quants, "contexts": _over_contexts, "users": _over_users}
    return makers[found.kind](found)


def _fits(item: Assessed) -> str:
    memory = item.estimate.memory
    return "yes" if memory.fits else "in part" if memory.offloaded_bytes else "no"


def _held(found: LadderAnswer) -> str:
    return f"{found.candidate.quantization.name} in {found.candidate.runtime.name}, KV cache in {found.candidate.kv_dtype}"


def _over_quants(found: LadderAnswer) -> tuple[str, Table, list[str]]:
    asked, model = found.question, found.candidate.model
    columns = (
        Column("quant"), Column("engine", optional=2), Column("bits", right=True, optional=1), Column("GiB (80 %)", right=True),
        Column("fits"), Column("tok/s (80 %)", right=True), Column("lost (80 %)", right=True),
        Column(f"{asked.task.id} score", right=True, optional=3), Column("longest", right=True),
    )  # fmt: skip
    rows = tuple(
        (
            step.assessed.candidate.quantization.name + (" *" if step.chosen else ""),
            step.assessed.candidate.runtime.id,
            f"{step.assessed.estimate.bits_per_weight:.2f}",
            gib_range(step.assessed.estimate.memory.total_bytes),
            _fits(step.assessed),
            speed_range(step.assessed.estimate.speed.decode_tok_per_s) if step.assessed.estimate.speed else "-",
            _lost(step.points_lost),
            quality_text(step.assessed.estimate.quality),
            tokens(step.max_context) if step.max_context else "-",
        )
        for step in found.quants
    )
    fitting = [step for step in found.quants if step.assessed.estimate.memory.fits]
    said = f"{len(fitting)} of {len(found.quants)} quantizations of {model.name} fit on {asked.hardware.label}"
    said += f" at {tokens(asked.context_tokens)} tokens; {found.candidate.quantization.name} ranks best" if fitting else ""
    return (
        said,
        Table(columns, rows),
        ["* what `fit` chooses; lost: points of the score at full precision; longest: tokens of context"],
    )


def _lost(points: Range | None) -> str:
    if points is None:
        return "unknown"
    return "0" if points.high == 0 else f"{points.likely:.1f} ({points.low:.1f}–{points.high:.1f})"


def _over_contexts(found: LadderAnswer) -> tuple[str, Table, list[str]]:
    asked, model = found.question, found.candidate.model
    columns = (Column("context", right=True), Column("KV GiB", right=True), Column("GiB (80 %)", right=True), Column("fits"),
               Column("tok/s full", right=True), Column("first s", right=True), Column("why", optional=1))  # fmt: skip
    rows = tuple(
        (
            tokens(step.context_tokens),
            gib(step.assessed.estimate.memory.kv_cache_bytes),
            gib_range(step.assessed.estimate.memory.total_bytes),
            _fits(step.assessed),
            speed_range(step.full.decode_tok_per_s) if step.full else "-",
            _seconds(step.full.ttft_s) if step.full else "-",
            step.why if step.why != "step" else "",
        )
        for step in found.contexts
    )
    longest = max((step.context_tokens for step in found.contexts if step.assessed.estimate.memory.fits), default=0)
    said = f"{model.name} {found.candidate.quantization.name} holds {tokens(longest)} tokens on {asked.hardware.label}"
    if not longest:
        said = f"{model.name} {found.candidate.quantization.name} does not fit on {asked.hardware.label} at any context shown"
    notes = [
        _held(found),
        "tok/s full: decode with every token in use; first s: seconds to the first token of a prompt that long",
    ]
    return said, Table(columns, rows), notes


def _seconds(value: Range) -> str:
    return f"{brief(value.likely)} ({brief(value.low)}–{brief(value.high)})"


def _over_users(found: LadderAnswer) -> tuple[str, Table, list[str]]:
    asked, model = found.question, found.candidate.model
    columns = (Column("users", right=True), Column("KV GiB", right=True), Column("GiB (80 %)", right=True), Column("fits"),
               Column("tok/s each", right=True), Column("tok/s together", right=True), Column("why", optional=1))  # fmt: skip
    rows = []
    for step in found.users:
        memory, speed = step.assessed.estimate.memory, step.assessed.estimate.speed
        each, together = ("-", "-")
        if speed:
            each, together = speed_range(speed.per_user_tok_per_s), speed_range(speed.aggregate_tok_per_s)
        why = step.why if step.why != "step" else ""
        rows.append((f"{step.users:,}", gib(memory.kv_cache_bytes), gib_range(memory.total_bytes), _fits(step.assessed), each,
                     together, why))  # fmt: skip
    most = max((step.users for step in found.users if step.assessed.estimate.memory.fits), default=0)
    said = f"{model.name} {found.candidate.quantization.name} holds {most:,} users of {tokens(asked.context_tokens)} tokens each"
    notes = [_held(found), "how many are served in time: `llm-pick fit` with --max-ttft and --min-tps"]
    return f"{said} on {asked.hardware.label}", Table(columns, tuple(rows)), notes


def data(found: LadderAnswer, catalog: Catalog) -> dict[str, Any]:
    """The body of ``fit --json --ladder``."""
    asked = found.question
    return {
        "question": json_v1.question(asked) | {"ladder": found.kind},
        "assumptions": list(asked.assumptions),
        "warnings": [],
        **body(found),
        "model": json_v1.model(found.candidate.model, catalog),
    }


def body(found: LadderAnswer) -> dict[str, Any]:
    """The steps, and what is the same on all of them."""
    candidate = found.candidate
    over = found.kind != "quants"
    return {
        "model": candidate.model.id,
        "hardware": found.question.hardware.label,
        "quant": candidate.quantization.id if over else None,
        "runtime": candidate.runtime.id if over else None,
        "kv_dtype": candidate.kv_dtype if over else None,
        "ladder": [
            *(_quant(step) for step in found.quants),
            *(_context(step) for step in found.contexts),
            *(_users(step) for step in found.users),
        ],
    }


def _step(item: Assessed) -> dict[str, Any]:
    return {"fits": item.estimate.memory.fits, "memory": json_v1.memory(item.estimate), "speed": json_v1.speed(item.estimate)}


def _quant(step: QuantStep) -> dict[str, Any]:
    item = step.assessed
    quality = item.estimate.quality
    return {
        "quant": item.candidate.quantization.id,
        "runtime": item.candidate.runtime.id,
        "bits_per_weight": round(item.estimate.bits_per_weight, 2),
        "chosen": step.chosen,
        **_step(item),
        "points_lost": json_v1.interval(step.points_lost, 2) if step.points_lost else None,
        "quality": json_v1.interval(quality.score, 1) if quality else None,
        "max_context": step.max_context,
    }


def _context(step: ContextStep) -> dict[str, Any]:
    full = step.full
    return {
        "context": step.context_tokens,
        "why": step.why,
        **_step(step.assessed),
        "decode_tok_per_s_when_full": json_v1.interval(full.decode_tok_per_s, 1) if full else None,
        "ttft_s_full_prompt": json_v1.interval(full.ttft_s, 2) if full else None,
    }


def _users(step: UserStep) -> dict[str, Any]:
    return {"users": step.users, "why": step.why, **_step(step.assessed)}
