"""Throughput of many sequences at once: rows of ``serving_throughput.jsonl``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from benchmarks.machine import is_old, is_stacked, split_of
from benchmarks.prefill import attention, multiplied
from benchmarks.resolve import Resolver, Row, Weights, expert_counts
from benchmarks.truth import Outcome
from llm_pick.core.estimate.known_devices import are_known
from llm_pick.core.estimate.kv_cache import kv_cache_bytes, kv_read_bytes
from llm_pick.core.estimate.machine import link_gb_per_s
from llm_pick.core.estimate.prefill import peak_tflops
from llm_pick.core.estimate.serving import (
    ServingSetup,
    output_tok_per_s,
    prompt_seconds,
    running_sequences,
    serving_costs,
    token_seconds,
)
from llm_pick.core.estimate.serving_setup import default_sequences
from llm_pick.core.estimate.weights import weight_parts
from llm_pick.core.facts import Range

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from llm_pick.core.catalog import Catalog, Device

FIELDS = ("output_tok_per_s", "total_tok_per_s", "request_per_s", "output_tok_per_s_per_gpu")
QUEUED = 100_000
"""Requests in flight where a source queues all of them at once."""
SHAREGPT = (215.0, 200.0)
"""Mean prompt and answer of the ShareGPT sample that serving benchmarks draw, in tokens."""
DEFAULT_MEMORY_SHARE = 0.9
"""Share of the device that serving engines take by default."""
OFFERED_SPREAD = (0.87, 1.13)
"""Measured over predicted rate where the offered load decides: answers of random length scatter around their mean."""
SETTLING_ROUNDS = 12
USUAL_REQUESTS = 200
"""Requests of a run that does not say how many."""
ONE_MACHINE = 8
"""Most devices that one machine holds, unless a rack is one."""
_PRECISIONS = (("fp8", "fp8"), ("mxfp8", "fp8"), ("nvfp4", "fp4"), ("fp4", "fp4"), ("int8", "int8"), ("w8a8", "int8"))


def outcomes(rows: Iterable[Row], resolver: Resolver) -> Iterator[Outcome]:
    """Predictions of all rows."""
    for row in rows:
        field = next((name for name in FIELDS if row.get(name) is not None), None)
        head = {"id": str(row.get("id")), "kind": "serving", "field": field or FIELDS[0], "trust": row.get("trust", "A")}
        setup = setup_of(row, resolver) if field else "no rate printed"
        if isinstance(setup, str) or field is None:
            yield Outcome(**head, skipped=str(setup))
            continue
        yield Outcome(
            **head,
            truth=float(row[field]),
            predicted=in_unit_of(row, field, setup, output_tok_per_s(setup, resolver.catalog), resolver.catalog),
            device=str(row.get("device_key")),
            group=row.get("source_family", ""),
        )


def in_unit_of(row: Row, field: str, setup: ServingSetup, rate: Range, catalog: Catalog) -> Range:
    """An output rate as the row's own figure: capped by the offered load, counted as the field counts."""
    offered = row.get("request_rate_qps")
    if isinstance(offered, int | float) and offered > 0:
        rate = under_offered_load(rate, offered, row.get("num_requests") or USUAL_REQUESTS, setup, catalog)
    factor = 1.0
    if field == "total_tok_per_s":
        factor = (setup.input_tokens + setup.output_tokens) / setup.output_tokens
    elif field == "request_per_s":
        factor = 1 / setup.output_tokens
    elif field == "output_tok_per_s_per_gpu":
        factor = 1 / setup.devices
    return rate.scaled(factor)


def under_offered_load(capacity: Range, req_per_s: float, requests: float, setup: ServingSetup, catalog: Catalog) -> Range:
    """Output rate of a run whose requests arrive at a stated rate: the lower of that and the capacity, less the tail.

    A run lasts from the first arrival to the last answer, so one latency longer than the arrivals; where the engine is
    the limit, its last sequences run alone. In flight are rate x latency requests (Little's law).
    """
    costs = serving_costs(setup, catalog)
    most = running_sequences(setup, costs)
    running, latency = 1.0, 0.0
    for _ in range(SETTLING_ROUNDS):
        latency = setup.output_tokens * token_seconds(setup, costs, catalog, running) + prompt_seconds(setup, costs, catalog)
        running = (running + min(most, max(1.0, req_per_s * latency))) / 2
    arriving = req_per_s * setup.output_tokens / (1 + req_per_s * latency / requests)
    low, high = OFFERED_SPREAD
    tail = 1 + most / 2 / requests
    return Range(
        min(capacity.low / tail, arriving * low),
        min(capacity.likely / tail, arriving),
        min(capacity.high / tail, arriving * high),
    )


def setup_of(row: Row, resolver: Resolver) -> ServingSetup | str:
    """The physical quantities of a row, or why they cannot be told."""
    if row.get("spec_decoding") not in (None, False, "", "none", "None"):
        return "speculative decoding"
    if row.get("disaggregated") or "disaggregated" in str(row.get("engine")):
        return "prefill and decode on separate devices"
    if "VisionArena" in str(row.get("dataset")):
        return "image prompts of unknown length"
    device = resolver.device(row)
    if device is None:
        return "device unknown"
    weights = resolver.weights(row)
    if isinstance(weights, str):
        return weights
    lengths = lengths_of(row)
    if lengths is None:
        return "prompt and answer lengths not stated"
    return _setup(row, device, weights, lengths, resolver)


def _setup(row: Row, device: Device, weights: Weights, lengths: tuple[float, float], resolver: Resolver) -> ServingSetup | str:
    count = int(row.get("gpu_count") or 0)
    if count < 1:
        return "number of devices not stated"
    if count > ONE_MACHINE and "NVL" not in str(row.get("hardware")):
        return "several machines, link between them not stated"
    before, out = lengths
    shared, expert_bytes = weight_split(row, weights, resolver)
    experts, active = expert_counts(weights)
    groups, spread = layout_of(row, count)
    tensor = split_of(row | {"device_count": count}, count, resolver) == "tensor" or groups > 1
    read, held = cache_bytes(row, weights, lengths, count // groups if tensor else 1, resolver)
    memory = (device.memory_gib or 0) * 2**30 * count * (row.get("gpu_memory_utilization") or DEFAULT_MEMORY_SHARE)
    label = f"{row.get('precision')} {row.get('quant_norm')}".lower()
    precision = next((id for part, id in _PRECISIONS if part in label), "bf16")
    return ServingSetup(
        concurrency=concurrency_of(row),
        input_tokens=before,
        output_tokens=out,
        params_active=multiplied(weights),
        shared_weight_bytes=shared,
        expert_bytes=expert_bytes,
        experts=experts,
        experts_active=active,
        kv_bytes_read=read,
        kv_bytes_held=held,
        bandwidth_gb_per_s=device.bandwidth_gb_per_s,
        runtime_id=resolver.engine(row),
        backend=resolver.backend(row, device),
        device_class=device.device_class,
        tflops=peak_tflops(device, precision),
        attention_flops=attention(weights, round(before), 0),
        layers=weights.layers,
        devices=count,
        split="none" if count == 1 else "tensor" if tensor else "layer",
        groups=groups,
        experts_spread=spread and experts > 0,
        hidden=weights.model.architecture.hidden if weights.model and weights.model.architecture else None,
        link_gb_per_s=link_gb_per_s((device,) * (count // groups)),
        kv_capacity_bytes=max(memory - weights.bytes_total, held) if memory else None,
        max_sequences=sequences_of(row, device, resolver),
        decode_only="decode phase" in str(row.get("note")),
        stacked_memory=is_stacked(device),
        narrow=precision != "bf16",
        old_engine=is_old(row, resolver),
        fitted_source=True,
        known_device=are_known((device,), "serving", resolver.engine(row), resolver.backend(row, device), resolver.catalog),
    )


def layout_of(row: Row, count: int) -> tuple[int, bool]:
    """(groups of devices that take sequences of their own, whether they share one set of experts).

    "TP4PP2": two stages of four devices; "DEP8": attention on eight devices apart, experts spread over them; a stated
    tensor parallelism below the number of devices: replicas.
    """
    label = str(row.get("parallelism") or "")
    stages = re.search(r"PP(\d+)", label)
    apart = re.search(r"D(?:EP|P)(\d+)", label)
    groups = (int(stages.group(1)) if stages else 1) * (int(apart.group(1)) if apart else 1)
    tensor = row.get("tensor_parallel")
    if groups == 1 and isinstance(tensor, int) and tensor < count:
        groups = count // tensor
    return (groups, "EP" in label) if count % groups == 0 else (1, False)


def lengths_of(row: Row) -> tuple[float, float] | None:
    """Mean (prompt, answer) tokens of a row's requests."""
    before, out = row.get("input_len_tokens"), row.get("output_len_tokens")
    if "sharegpt" in f"{row.get('dataset')} {row.get('benchmark')}".lower():
        return float(before or SHAREGPT[0]), float(out or SHAREGPT[1])
    if before is None or not out:
        return None
    return float(before), float(out)


def concurrency_of(row: Row) -> float:
    """Requests in flight; very many where all are queued or arrive at a stated rate."""
    value = row.get("concurrency")
    return float(value) if isinstance(value, int | float) and value > 0 else float(QUEUED)


def sequences_of(row: Row, device: Device, resolver: Resolver) -> int | None:
    """Sequences the engine was told to run at most, else its default where that depends on the device or the build."""
    if "max_num_seqs" in str(row.get("concurrency")):
        return 64
    engine = resolver.engine(row)
    if is_old(row, resolver):
        once = resolver.catalog.parameters.get(f"serving.{engine}.any.old_max_sequences")
        return None if once is None else int(once.value)
    return default_sequences(engine, (device,), resolver.catalog)


def weight_split(row: Row, weights: Weights, resolver: Resolver) -> tuple[float, float]:
    """(bytes every step reads, bytes of all routed experts)."""
    model = weights.model
    quantization = resolver.quantization(row, "safetensors") or resolver.catalog.quantizations.get("bf16")
    if model is None or model.architecture is None or quantization is None:
        if not weights.moe:
            return weights.bytes_total, 0.0
        return weights.bytes_read / 2, weights.bytes_total - weights.bytes_read / 2
    parts = weight_parts(model, quantization, resolver.catalog)
    scale = weights.bytes_total / parts.text
    return parts.read_layers * scale, parts.experts * scale


def cache_bytes(
    row: Row, weights: Weights, lengths: tuple[float, float], tensor_parallel: int, resolver: Resolver
) -> tuple[float, float]:
    """(cache bytes a sequence reads per step, cache bytes it holds) at its mean depth, over all devices."""
    model = weights.model
    if model is None or model.architecture is None:
        return 0.0, 0.0
    runtime = resolver.runtime(row) or resolver.catalog.runtimes["vllm"]
    dtype = kv_dtype_of(row, runtime.id, resolver)
    a, catalog, depth = model.architecture, resolver.catalog, round(lengths[0] + lengths[1] / 2)
    read = kv_read_bytes(a, depth, dtype, runtime, catalog, tensor_parallel) * tensor_parallel
    held = kv_cache_bytes(a, depth, 1, dtype, runtime, catalog, tensor_parallel) * tensor_parallel
    return read, float(held)


def kv_dtype_of(row: Row, runtime_id: str, resolver: Resolver) -> str:
    """The cache type a row prints; else 8 bits where the engine pairs them with low-precision weights, else 16."""
    printed = str(row.get("kv_dtype") or "").lower()
    if f"kv_cache.bytes_per_element.{printed}" in resolver.catalog.parameters and printed != "auto":
        return printed
    narrow = "fp8" in str(row.get("precision")).lower() or "fp4" in str(row.get("precision")).lower()
    return "fp8" if narrow and runtime_id == "tensorrt-llm" else "fp16"
