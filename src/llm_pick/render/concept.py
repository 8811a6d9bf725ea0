"""The numbers under a page of ``explain``: as tables, and the same as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llm_pick.core.candidates import GGUF_OF_NATIVE, published_quantizations
from llm_pick.core.compare import DEFAULT_QUANTIZATION
from llm_pick.core.concepts import cache_engine, cache_rows, evidence_facts, experts_of, ladder
from llm_pick.core.licensing.profile import parse_profile
from llm_pick.core.licensing.verdict import licence_summary
from llm_pick.core.quality.task_score import best_mode, task_quality
from llm_pick.core.record import dataclass, field
from llm_pick.core.sampling import share_interval, wins_needed
from llm_pick.render.answers import LICENCE_WORDS
from llm_pick.render.json_v1 import interval, quality_cell
from llm_pick.render.text import gib, gib_range, score_range, size_text, tokens
from llm_pick.render.view import Column, Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from llm_pick.core.catalog import Catalog, Model, Quantization, Task
    from llm_pick.core.facts import Range

LEVEL = 0.95
"""Confidence of the statements about one's own examples: the custom of the trade."""
_EXAMPLES = (50, 100, 200)
_SHARE_RIGHT = 0.8
_DISAGREEMENTS = (10, 20, 40)


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose numbers to show."""

    model: Model | None
    task: Task
    context_tokens: int
    users: int


@dataclass(frozen=True, slots=True)
class Numbers:
    """What stands under the page."""

    tables: tuple[Table, ...] = ()
    remarks: tuple[tuple[str, str], ...] = ()
    data: dict[str, Any] = field(default_factory=dict)


def benchmarks(asked: Asked, catalog: Catalog) -> Numbers:
    """What published results say about each other, what a count of one's own proves, and one model's evidence."""
    facts = evidence_facts(catalog)
    shared = Table(
        (Column("in this catalog"), Column("figure", right=True)),
        (
            ("published results", f"{facts.rows:,}"),
            ("models with any", str(facts.models)),
            ("of them not by a maker", f"{facts.independent_rows:,}"),
            (f"maker less independent, mean of {facts.pairs} pairs", f"{facts.maker_gap_mean:+.1f} points"),
            ("the same, median", f"{facts.maker_gap_median:+.1f} points"),
            (f"sources apart, median of {facts.repeated} repeated results", f"{facts.spread_median:.1f} points"),
            ("the same, upper quarter from", f"{facts.spread_upper_quarter:.1f} points"),
        ),
        title="how far published figures agree",
    )
    counts = [(round(n * _SHARE_RIGHT), n) for n in _EXAMPLES]
    ranges = [share_interval(right, n, LEVEL) for right, n in counts]
    wins = [(n, wins_needed(n, LEVEL)) for n in _DISAGREEMENTS]
    own = Table(
        (Column("your own test"), Column("what it proves (95 %)")),
        (
            *((f"{right} of {n} right", f"{100 * low:.0f} to {100 * high:.0f} %")
              for (right, n), (low, high) in zip(counts, ranges, strict=True)),
            *((f"{n} examples that only one of two got right", f"{need} must go to one side") for n, need in wins),
        ),
        title="what a count can prove",
    )  # fmt: skip
    data: dict[str, Any] = {
        "rows": facts.rows,
        "models": facts.models,
        "independent_rows": facts.independent_rows,
        "maker_less_independent_points": {
            "mean": round(facts.maker_gap_mean, 2), "median": round(facts.maker_gap_median, 2), "pairs": facts.pairs,
        },
        "spread_between_sources_points": {
            "median": round(facts.spread_median, 2), "upper_quarter": round(facts.spread_upper_quarter, 2),
            "repeated_results": facts.repeated,
        },
        "own_examples": [
            {"right": right, "examples": n, "low": round(low, 3), "high": round(high, 3), "level": LEVEL}
            for (right, n), (low, high) in zip(counts, ranges, strict=True)
        ],
        "wins_needed": [{"disagreements": n, "wins": need, "level": LEVEL} for n, need in wins],
    }  # fmt: skip
    if asked.model is None:
        return Numbers((shared, own), data=data)
    table, found = _evidence_of(asked.model, catalog)
    return Numbers((shared, own, table), data={**data, "model": found})


def _evidence_of(model: Model, catalog: Catalog) -> tuple[Table, dict[str, Any]]:
    rows, cells = [], {}
    for task in catalog.tasks.values():
        mode = best_mode(model.id, task, catalog)
        found = task_quality(model.id, task, mode, catalog) if mode else None
        if mode is None or found is None:
            continue
        said = "unknown" if found.unknown else score_range(found.score)
        rows.append((task.id, said, str(found.task_rows), str(found.rows), str(found.independent_rows)))
        cells[task.id] = quality_cell(found) | {"mode": mode}
    columns = (Column("task"), Column("score (80 %)", right=True), Column("results in its groups", right=True),
               Column("at anything", right=True), Column("independent", right=True))  # fmt: skip
    return Table(columns, tuple(rows), title=f"what is known of {model.id}"), {"id": model.id, "quality": cells}


def quantization(asked: Asked, catalog: Catalog) -> Numbers:
    """The ladder of a model: size and what each rung costs at the task."""
    if asked.model is None or asked.model.architecture is None:
        return _no_model(asked)
    rungs = ladder(asked.model, asked.task, catalog)
    columns = (Column("quant"), Column("format", optional=1), Column("bits", right=True), Column("GiB (80 %)", right=True),
               Column("points lost (80 %)", right=True), Column(f"{asked.task.id} score", right=True))  # fmt: skip
    rows = tuple(
        (
            rung.quantization.name,
            rung.quantization.format,
            f"{rung.bits_per_weight:.2f}",
            gib_range(rung.file_bytes),
            _lost(rung.points_lost),
            score_range(rung.score) if rung.score else "unknown",
        )
        for rung in rungs
    )
    data = [
        {
            "quant": rung.quantization.id,
            "format": rung.quantization.format,
            "bits_per_weight": round(rung.bits_per_weight, 2),
            "file_bytes": interval(rung.file_bytes),
            "points_lost": interval(rung.points_lost, 2) if rung.points_lost else None,
            "score": interval(rung.score, 1) if rung.score else None,
        }
        for rung in rungs
    ]
    title = f"{asked.model.id}, published as {asked.model.native_dtype}"
    return Numbers((Table(columns, rows, title=title),), data={"model": asked.model.id, "ladder": data})


def _lost(points: Range | None) -> str:
    if points is None:
        return "unknown"
    return "0" if points.high == 0 else f"{points.likely:.1f} ({points.low:.1f}–{points.high:.1f})"


def kv_cache(asked: Asked, catalog: Catalog) -> Numbers:
    """Cache of a model by context and type."""
    if asked.model is None or asked.model.architecture is None:
        return _no_model(asked)
    rows = cache_rows(asked.model, asked.context_tokens, asked.users, catalog)
    kinds = tuple(rows[0].bytes_by_type)
    windowed = rows[0].unwindowed_bytes is not None
    columns = [Column("context", right=True), *(Column(f"{kind} GiB", right=True) for kind in kinds)]
    if windowed:
        columns.append(Column(f"{kinds[0]} GiB, windows not saved", right=True))
    lines = tuple(
        (
            tokens(row.context_tokens) + (" (asked)" if row.context_tokens == asked.context_tokens else ""),
            *(gib(row.bytes_by_type[kind]) for kind in kinds),
            *((gib(row.unwindowed_bytes),) if row.unwindowed_bytes is not None else ()),
        )
        for row in rows
    )
    engine = cache_engine(catalog)
    users = f"{asked.users} users" if asked.users > 1 else "one user"
    title = f"{asked.model.id}, {users}, {engine.name}"
    data = {
        "model": asked.model.id,
        "runtime": engine.id,
        "users": asked.users,
        "kv_cache": [
            {"context": row.context_tokens, "bytes": row.bytes_by_type, "bytes_without_window_saving": row.unwindowed_bytes}
            for row in rows
        ],
    }
    most = max(asked.model.context_native, asked.model.context_extended or 0)
    remarks: tuple[tuple[str, str], ...] = ()
    if asked.context_tokens > most:
        remarks = (("warning", f"{asked.model.id} takes {tokens(most)} tokens at most"),)
    return Numbers((Table(tuple(columns), lines, title=title),), remarks, data)


def moe(asked: Asked, catalog: Catalog) -> Numbers:
    """What a model holds and what a token reads of it."""
    if asked.model is None or asked.model.architecture is None:
        return _no_model(asked)
    model = asked.model
    quant = _usual(model, catalog)
    if quant is None:
        return _no_model(asked)
    found = experts_of(model, quant, catalog)
    experts = f"{found.experts}, of which a token uses {found.active_experts}" if found.experts else "none: a dense model"
    rows = (
        ("parameters", size_text(model.params_total, model.params_active)),
        ("experts in a layer", experts),
        (f"to hold, {quant.name}", f"{gib_range(found.file_bytes)} GiB"),
        ("to read for one token", f"{gib_range(found.bytes_read_per_token)} GiB"),
    )
    data = {
        "model": model.id, "params_b": round(model.params_total / 1e9, 3), "active_params_b": round(model.params_active / 1e9, 3),
        "experts": found.experts, "active_experts": found.active_experts, "quant": quant.id,
        "file_bytes": interval(found.file_bytes), "bytes_read_per_token": interval(found.bytes_read_per_token),
    }  # fmt: skip
    return Numbers((Table((Column("what"), Column("value")), rows, title=model.id),), data=data)


def _usual(model: Model, catalog: Catalog) -> Quantization | None:
    published = {found.id: found for found in published_quantizations(model, catalog)}
    order = (GGUF_OF_NATIVE.get(model.native_dtype), DEFAULT_QUANTIZATION, model.native_dtype, *published)
    return next((published[id] for id in order if id in published), None)


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


def _no_model(asked: Asked) -> Numbers:
    if asked.model is None:
        return Numbers()
    why = asked.model.unknown.get("architecture", "no published file of it is known")
    return Numbers(remarks=(("warning", f"no numbers for {asked.model.id}: {why}"),))


NUMBERS: dict[str, Callable[[Asked, Catalog], Numbers]] = {
    "benchmarks": benchmarks,
    "kv-cache": kv_cache,
    "moe": moe,
    "open-weight": open_weight,
    "quantization": quantization,
}
