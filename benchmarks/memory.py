"""Runtime memory: rows of ``runtime_memory.jsonl``, KV cache and totals apart."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from benchmarks.resolve import Resolver, Row, printed_bytes
from benchmarks.truth import Outcome
from llm_pick.core.estimate.budget import DATACENTRE
from llm_pick.core.estimate.kv_cache import kv_cache_bytes
from llm_pick.core.estimate.placement import host_table_bytes
from llm_pick.core.estimate.runtime_memory import default_context, loaded_weights_bytes, overhead_bytes, runtime_value
from llm_pick.core.facts import Range

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from llm_pick.core.catalog import Architecture, Model, Runtime

MIB, GIB = 2**20, 2**30
TOTALS = {"total_mib": MIB, "total_mb": 10**6, "total_gib": GIB, "total_gb": 10**9, "peak_gb": 10**9,
          "peak_mb": 10**6, "peak_vram_gb": 10**9}  # fmt: skip
PRINTED = {"kv_total_mib": 0.01, "weights_gib_per_gpu": 0.01}
"""Resolution of figures that logs print with two decimals."""
RESIDENT = "process_peak_rss_or_mlx"
"""Metric of a process's resident pages."""
PROCESS, ALLOCATOR = "process", "peak_gpu_memory_during_generate"
"""Metrics of a whole process in the machine's memory, and of an engine's own allocator."""
CELL = 256
"""Contexts that people set are multiples of it."""
USUAL_CONTEXT = 2048
"""Tokens, for the few rows that state no context."""
NAMELESS_SPREAD = 0.15
"""Width of the interval of weights known only by a parameter count and a label."""


@dataclasses.dataclass(frozen=True, slots=True)
class Run:
    """What a row says about its run."""

    model: Model
    architecture: Architecture
    runtime: Runtime
    backend: str
    kv_dtype: str
    context: int
    sequences: int
    devices: int
    tensor_parallel: int


def outcomes(rows: Iterable[Row], resolver: Resolver) -> Iterator[Outcome]:
    """One line per figure that a row prints: KV cache, total, or weights on one device."""
    for row in rows:
        fields = figures(row)
        head = {"id": str(row.get("id")), "kind": "memory", "trust": row.get("trust", "A")}
        if not fields:
            yield Outcome(**head, field="total", skipped="prints neither a cache, a need nor weights")
            continue
        run = run_of(row, resolver)
        for field in fields:
            if isinstance(run, str):
                yield Outcome(**head, field=field, skipped=run)
                continue
            predicted = predict(row, field, run, resolver)
            if isinstance(predicted, str):
                yield Outcome(**head, field=field, skipped=predicted)
                continue
            yield Outcome(
                **head, field=field, truth=float(row[field]), predicted=predicted,
                device=str(row.get("device_key")), group=group_of(field), tolerance=PRINTED.get(field, 0.0),
            )  # fmt: skip


def group_of(field: str) -> str:
    """What is reported apart."""
    return "kv cache" if field.startswith("kv_") else "weights" if field.startswith("weights") else "total"


def figures(row: Row) -> list[str]:
    """The fields of a row that can be predicted. Pools show what the engine took, not what it needed."""
    found = ["kv_total_mib"] if row.get("kv_total_mib") else []
    kind = str(row.get("total_kind") or "")
    if not kind or kind.startswith("plausible"):
        found += [name for name in TOTALS if row.get(name)][:1]
    if not found and row.get("weights_gib_per_gpu"):
        found.append("weights_gib_per_gpu")
    return found


def run_of(row: Row, resolver: Resolver) -> Run | str:
    """The records of a row, or why they cannot be told."""
    if row.get("cpu_moe_offload") or row.get("partial_offload"):
        return "partly offloaded"
    model, runtime = resolver.model(row), resolver.runtime(row)
    if model is None or model.architecture is None:
        return "model not in the catalog"
    if runtime is None:
        return "engine not in the catalog"
    if runtime.id == "mlx" and str(row.get("metric")) == RESIDENT:
        # Constant from 300 to 131,000 tokens in one source, and below the weights in others: the allocator's memory is missing.
        return "resident size of a process, without what its GPU allocator holds"
    parallel = int(row.get("tensor_parallel") or 1) if runtime.multi_device == "tensor-parallel" else 1
    printed = str(row.get("kv_dtype") or "").lower().removeprefix("kv-").split(" ")[0]
    known = f"kv_cache.bytes_per_element.{printed}" in resolver.catalog.parameters
    return Run(
        model=model,
        architecture=model.architecture,
        runtime=runtime,
        backend=resolver.backend(row, resolver.device(row)),
        kv_dtype=printed if known else runtime.kv_dtypes[0],
        context=context_of(row, runtime, resolver, max(model.context_native, model.context_extended or 0)),
        sequences=1,
        devices=int(row.get("device_count") or 1),
        tensor_parallel=parallel,
    )


def predict(row: Row, field: str, run: Run, resolver: Resolver) -> Range | str:
    """One figure in its own unit, or why it cannot be predicted."""
    if field == "kv_total_mib":
        return Range.exact(logged_cache(row, run, resolver) / MIB)
    weights = weights_of(row, run, resolver)
    if isinstance(weights, str):
        return weights
    if field == "weights_gib_per_gpu":
        return weights.scaled(1 / GIB / run.tensor_parallel)
    held = held_bytes(row, run, weights, resolver)
    total = held + overhead_of(row, run, resolver)
    low, high = total.low, total.high
    stated = row.get("ctx_tokens") or USUAL_CONTEXT
    if stated < run.context:
        # The engine may have opened no more than the prompt needed.
        shorter = dataclasses.replace(run, context=int(stated))
        low = (held_bytes(row, shorter, weights, resolver) + overhead_of(row, shorter, resolver)).low
    if str(row.get("metric")).startswith(PROCESS):
        # What a process holds includes the finished prompts its server keeps for reuse, up to a limit.
        high += runtime_value(resolver.catalog, run.runtime, run.backend, "prompt_cache_gib") * GIB
    return Range(low, total.likely, high).scaled(1 / TOTALS[field])


def held_bytes(row: Row, run: Run, weights: Range, resolver: Resolver) -> Range:
    """Weights and cache on the devices."""
    per_device = kv_cache_bytes(
        run.architecture, run.context, run.sequences, run.kv_dtype, run.runtime, resolver.catalog, run.tensor_parallel
    )
    return weights + Range.exact(per_device * run.tensor_parallel - host_tables(row, run, resolver))


def overhead_of(row: Row, run: Run, resolver: Resolver) -> Range:
    """What the engine needs beyond weights and cache, over all devices."""
    return overhead_bytes(
        run.architecture, run.runtime, run.backend, run.context, run.kv_dtype, resolver.catalog, devices=run.devices,
        tensor_parallel=run.tensor_parallel,
        fused_attention=row.get("flash_attn") is not False or run.runtime.id != "llama-cpp",
        prompt_tokens=prompt_of(row), driver_context=str(row.get("metric")) != ALLOCATOR,
    ).scaled(run.devices)  # fmt: skip


def weights_of(row: Row, run: Run, resolver: Resolver) -> Range | str:
    """Bytes of the weights: printed, of the catalog, or from a parameter count and a label."""
    size = printed_bytes(row)
    if size is not None:
        return Range.exact(size)
    quantization = resolver.quantization(row)
    if quantization is not None:
        return loaded_weights_bytes(run.model, quantization, run.runtime, resolver.catalog, run.tensor_parallel)
    known = resolver.weights(row)
    if isinstance(known, str):
        return known
    spread = NAMELESS_SPREAD
    return Range(known.bytes_total * (1 - spread), known.bytes_total, known.bytes_total * (1 + spread))


def prompt_of(row: Row) -> int | None:
    """Tokens of the prompt a row read, where it says so: benchmarks of generation alone read none."""
    if str(row.get("test")).startswith("tg"):
        return 0
    return int(row["prompt_tokens"]) if row.get("prompt_tokens") is not None else None


def context_of(row: Row, runtime: Runtime, resolver: Resolver, most: int) -> int:
    """Tokens the engine had room for.

    An engine that opens a context of its own choice (by the device's memory) opened at least that, unless the row's
    figure is one that somebody sets: a multiple of 256, where others are lengths of prompts.
    """
    stated = int(row.get("ctx_tokens") or 0)
    device = resolver.device(row)
    if stated % CELL == 0 and stated:
        return stated
    memory = row.get("unified_memory_gb") or row.get("vram_gb") or memory_in_name(row) or (device.memory_gib if device else None)
    return max(stated or USUAL_CONTEXT, min(most, default_context(runtime, float(memory or 0), resolver.catalog)))


def memory_in_name(row: Row) -> float | None:
    """Gigabytes stated in the name of the hardware."""
    found = re.search(r"(\d+) ?GB", str(row.get("hardware")))
    return float(found.group(1)) if found else None


def host_tables(row: Row, run: Run, resolver: Resolver) -> float:
    """Bytes of the embedding tables that the engine keeps off the device."""
    quantization = resolver.quantization(row)
    if quantization is None:
        return 0.0
    device = resolver.device(row)
    unified = device is not None and device.unified_memory and device.device_class != DATACENTRE
    return host_table_bytes(run.model, quantization, run.runtime, run.backend, resolver.catalog, unified=unified)


def logged_cache(row: Row, run: Run, resolver: Resolver) -> float:
    """Cache bytes that a start-up log shows, with the batch and the expanded latents that the row says it used."""
    runtime = dataclasses.replace(run.runtime, window_slack_tokens=row.get("n_ubatch") or run.runtime.window_slack_tokens)
    architecture = run.architecture
    if row.get("mla_attn") == 0:
        mixers = tuple(
            dataclasses.replace(m, kind="attention", kv_heads=m.heads, head_dim=(m.nope_dim or 0) + (m.rope_dim or 0))
            if m.kind == "mla"
            else m
            for m in architecture.mixers
        )
        architecture = dataclasses.replace(architecture, mixers=mixers)
    if "ik_llama" in str(row.get("engine")):
        runtime = dataclasses.replace(runtime, kv_pad_tokens=1)
    sequences = int(row.get("n_seq_max") or 1)
    return kv_cache_bytes(architecture, run.context // sequences, sequences, run.kv_dtype, runtime, resolver.catalog)
