"""The reader's own numbers behind a concept: computed by the functions that answer every other question."""

from __future__ import annotations

from statistics import mean, median, quantiles
from typing import TYPE_CHECKING

from llm_pick.core.candidates import ENGINE_ORDER_ONE, published_quantizations
from llm_pick.core.estimate.kv_cache import kv_cache_bytes, kv_terms, recurrent_state_bytes
from llm_pick.core.estimate.weights import bits_per_weight, bytes_read_per_token, file_bytes
from llm_pick.core.facts import Range
from llm_pick.core.quality.quantization_loss import quantized_score
from llm_pick.core.quality.task_score import INDEPENDENT, best_mode, task_quality
from llm_pick.core.record import dataclass, replace

if TYPE_CHECKING:
    from llm_pick.core.catalog import Architecture, Catalog, Model, Quantization, Runtime, Task


@dataclass(frozen=True, slots=True)
class EvidenceFacts:
    """What the published results of the catalog say about published results."""

    rows: int
    models: int
    independent_rows: int
    pairs: int
    """Model, mode and benchmark measured by its maker and by somebody else."""
    maker_gap_mean: float
    """Points by which the maker's figure is the better one."""
    maker_gap_median: float
    repeated: int
    """Model, mode and benchmark with several published figures."""
    spread_median: float
    """Points between the highest and the lowest of them."""
    spread_upper_quarter: float


def evidence_facts(catalog: Catalog) -> EvidenceFacts:
    """Computed from every shipped row of benchmarks scored in percent."""
    cells: dict[tuple[str, str, str | None], list[tuple[str, float]]] = {}
    rows = independent = 0
    for model in catalog.scores:
        for row in catalog.scores[model]:
            rows += 1
            independent += row.by in INDEPENDENT
            benchmark = catalog.benchmarks[row.benchmark]
            if benchmark.scale == "percent" and benchmark.in_fit:
                signed = row.score if benchmark.higher_is_better else -row.score
                cells.setdefault((model, row.benchmark, row.mode), []).append((row.by, signed))
    gaps, spreads = [], []
    for found in cells.values():
        makers = [score for by, score in found if by == "vendor"]
        others = [score for by, score in found if by in INDEPENDENT]
        if makers and others:
            gaps.append(mean(makers) - mean(others))
        if len(found) > 1:
            values = [score for _, score in found]
            spreads.append(max(values) - min(values))
    return EvidenceFacts(
        rows=rows,
        models=len(catalog.scores),
        independent_rows=independent,
        pairs=len(gaps),
        maker_gap_mean=mean(gaps),
        maker_gap_median=median(gaps),
        repeated=len(spreads),
        spread_median=median(spreads),
        spread_upper_quarter=quantiles(spreads)[-1],
    )


@dataclass(frozen=True, slots=True)
class Rung:
    """One quantization of a model."""

    quantization: Quantization
    bits_per_weight: float
    file_bytes: Range
    points_lost: Range | None
    """Of the score at the task; ``None`` where the model has no score."""
    score: Range | None
    """At the task, with all its uncertainty."""


def ladder(model: Model, task: Task, catalog: Catalog) -> tuple[Rung, ...]:
    """Every published quantization, the most bits first."""
    mode = best_mode(model.id, task, catalog)
    full = task_quality(model.id, task, mode, catalog) if mode else None
    rungs = []
    for quantization in published_quantizations(model, catalog):
        bits = bits_per_weight(model, quantization, catalog)
        score = None if full is None else quantized_score(full.score, model, quantization, bits, catalog)
        lost = points_lost(model, quantization, task, catalog)
        rungs.append(Rung(quantization, bits, file_bytes(model, quantization, catalog), lost, score))
    return tuple(sorted(rungs, key=lambda rung: (-rung.bits_per_weight, rung.quantization.id)))


def points_lost(model: Model, quantization: Quantization, task: Task, catalog: Catalog) -> Range | None:
    """Points of the likely score at the task that a quantization costs; ``None`` where the model has no score."""
    mode = best_mode(model.id, task, catalog)
    full = task_quality(model.id, task, mode, catalog) if mode else None
    if full is None:
        return None
    sure = full.score.likely
    left = quantized_score(Range.exact(sure), model, quantization, bits_per_weight(model, quantization, catalog), catalog)
    return Range(sure - left.high, sure - left.likely, sure - left.low)


@dataclass(frozen=True, slots=True)
class CacheRow:
    """KV cache of one context length, in bytes, by cache type."""

    context_tokens: int
    bytes_by_type: dict[str, int]
    unwindowed_bytes: int | None
    """In the engine's default type, where the engine cannot save on sliding windows; ``None`` where there are none."""


def cache_engine(catalog: Catalog) -> Runtime:
    """The engine whose cache is shown: the one a single user would take first."""
    return next(catalog.runtimes[id] for id in ENGINE_ORDER_ONE if id in catalog.runtimes)


def cache_types(runtime: Runtime, catalog: Catalog) -> tuple[str, ...]:
    """The engine's default type, and its block types that are smaller, widest first."""
    default = runtime.kv_dtypes[0]
    widths = {kind: catalog.parameters.get(f"kv_cache.bytes_per_element.{kind}") for kind in runtime.kv_dtypes}
    known = {kind: found.value for kind, found in widths.items() if found is not None}
    smaller = [kind for kind in known if kind.endswith("_0") and known[kind] < known[default]]
    return (default, *sorted(smaller, key=lambda kind: -known[kind]))


def cache_rows(model: Model, context_tokens: int, users: int, catalog: Catalog) -> tuple[CacheRow, ...]:
    """The asked length, and shares of the longest the model takes, shortest first; none without an architecture."""
    architecture = model.architecture
    if architecture is None:
        return ()
    runtime = cache_engine(catalog)
    most = max(model.context_native, model.context_extended or 0)
    lengths = sorted({context_tokens, most, most // 4, most // 16})
    types = cache_types(runtime, catalog)
    windowed = runtime.windowed_kv and any(mixer.window for mixer in architecture.mixers)
    return tuple(
        CacheRow(
            length,
            {kind: _grows(architecture, length, users, kind, runtime, catalog) for kind in types},
            _unsaved(architecture, length, users, runtime, catalog) if windowed else None,
        )
        for length in lengths
    )


def _grows(architecture: Architecture, length: int, users: int, kind: str, runtime: Runtime, catalog: Catalog) -> int:
    state = recurrent_state_bytes(architecture, runtime, catalog) * users
    return kv_cache_bytes(architecture, length, users, kind, runtime, catalog) - state


def _unsaved(architecture: Architecture, length: int, users: int, runtime: Runtime, catalog: Catalog) -> int:
    plain = replace(runtime, windowed_kv=False)
    return _grows(architecture, length, users, runtime.kv_dtypes[0], plain, catalog)


@dataclass(frozen=True, slots=True)
class Experts:
    """The two sizes of a model in one quantization."""

    quantization: Quantization
    experts: int | None
    active_experts: int | None
    file_bytes: Range
    bytes_read_per_token: Range


def experts_of(model: Model, quantization: Quantization, catalog: Catalog) -> Experts:
    """What must be held, and what one token reads of it; expert counts are ``None`` for a dense model."""
    blocks = [ffn for ffn in model.architecture.ffns if ffn.experts] if model.architecture else []
    return Experts(
        quantization=quantization,
        experts=max((ffn.experts or 0 for ffn in blocks), default=None),
        active_experts=max(((ffn.active or 0) + ffn.shared for ffn in blocks), default=None),
        file_bytes=file_bytes(model, quantization, catalog),
        bytes_read_per_token=bytes_read_per_token(model, quantization, catalog),
    )


@dataclass(frozen=True, slots=True)
class CacheShare:
    """One group of layers, and what one of them keeps of every token: numbers, not bytes."""

    layers: int
    kind: str
    heads: int | None
    kv_heads: int | None
    window: int | None
    kept: float
    """0 for layers that keep a state of fixed size."""
    plain: int
    """With a key and a value for every query head; 0 where there are no heads to count."""


def cache_shares(architecture: Architecture) -> tuple[CacheShare, ...]:
    """By the terms the memory estimate uses, one group of layers at a time."""
    out = []
    for mixer in architecture.mixers:
        terms = kv_terms(replace(architecture, mixers=(mixer,)))
        kept = terms.full + sum(each for _, each in terms.windowed) + sum(each / ratio for ratio, each in terms.compressed)
        key = mixer.head_dim or ((mixer.nope_dim or 0) + (mixer.rope_dim or 0))
        value = mixer.v_head_dim or mixer.head_dim or 0
        stored = None if mixer.kind == "mla" else mixer.kv_heads
        plain = (mixer.heads or 0) * (key + value) if kept or mixer.kv_shared else 0
        out.append(CacheShare(mixer.layers, mixer.kind, mixer.heads, stored, mixer.window, kept / mixer.layers, plain))
    return tuple(out)
