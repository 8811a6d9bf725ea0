"""One replica under load, from a candidate and the devices it runs on: what ``fit``, ``recommend`` and ``breakeven`` share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.estimate.budget import budget_bytes
from llm_pick.core.estimate.known_devices import are_known
from llm_pick.core.estimate.kv_cache import kv_cache_bytes, kv_read_bytes
from llm_pick.core.estimate.machine import (
    has_stacked_memory,
    link_gb_per_s,
    multiplied_params,
    multiplies_in,
    shared_bandwidth,
    slowest_peak,
    split_over,
)
from llm_pick.core.estimate.prefill import attention_flops, peak_tflops
from llm_pick.core.estimate.runtime_memory import loaded_weights_bytes, overhead_bytes, pool_bytes, starting_memory
from llm_pick.core.estimate.serving import ServingSetup
from llm_pick.core.estimate.weights import weight_parts
from llm_pick.core.facts import Range

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llm_pick.core.candidates import Candidate
    from llm_pick.core.catalog import Catalog, Device, Runtime

GIB = 1024**3


def serving_setup_of(
    candidate: Candidate,
    devices: Sequence[Device],
    catalog: Catalog,
    *,
    input_tokens: float,
    output_tokens: float,
    reserve_bytes: int = 0,
    groups: int = 1,
) -> ServingSetup:
    """One replica of ``candidate`` on ``devices`` for requests of these mean lengths, one request in flight.

    ``groups``: replicas of an equal part of the devices each, taken together (``replica_layouts``). The cache holds what
    weights and overhead leave of the budget (``kv_capacity_bytes``; negative where not even those fit).
    ``reserve_bytes`` of each device stay free. Raises ``ValueError`` for a model without an architecture.
    """
    model, runtime, architecture = candidate.model, candidate.runtime, candidate.model.architecture
    if architecture is None:
        raise ValueError(f"{model.id} has no known architecture")
    parts = weight_parts(model, candidate.quantization, catalog)
    moe = next((ffn for ffn in architecture.ffns if ffn.kind == "moe"), None)
    parallel = len(devices) // groups if split_over(runtime, devices) == "tensor" else 1
    mean, full = round(input_tokens + output_tokens / 2), round(input_tokens + output_tokens)

    def held(depth: int) -> float:
        return float(kv_cache_bytes(architecture, depth, 1, candidate.kv_dtype, runtime, catalog, parallel) * parallel)

    room = _room_of(candidate, devices, catalog, full, reserve_bytes, groups)

    return ServingSetup(
        concurrency=1,
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        params_active=multiplied_params(model),
        shared_weight_bytes=parts.read_layers,
        expert_bytes=parts.experts,
        experts=(moe.experts or 0) if moe else 0,
        experts_active=(moe.active or 0) if moe else 0,
        kv_bytes_read=kv_read_bytes(architecture, mean, candidate.kv_dtype, runtime, catalog, parallel) * parallel,
        kv_bytes_held=held(mean),
        kv_bytes_full=held(full),
        bandwidth_gb_per_s=shared_bandwidth(devices),
        runtime_id=runtime.id,
        backend=backend_on(candidate, devices),
        device_class=devices[0].device_class,
        tflops=slowest_peak(devices, lambda device: peak_tflops(device, multiplies_in(candidate.quantization))),
        attention_flops=attention_flops(architecture, round(input_tokens)),
        layers=architecture.layers,
        devices=len(devices),
        split=split_over(runtime, devices),
        groups=groups,
        hidden=architecture.hidden,
        link_gb_per_s=link_gb_per_s(devices[: len(devices) // groups]),
        kv_capacity_bytes=None if room is None else room.likely,
        kv_capacity_range=room,
        max_sequences=_times(default_sequences(runtime.id, devices, catalog), groups),
        stacked_memory=has_stacked_memory(devices),
        known_device=are_known(devices, "serving", runtime.id, backend_on(candidate, devices), catalog),
        narrow=multiplies_in(candidate.quantization) != "bf16",
    )


def replica_layouts(candidate: Candidate, devices: Sequence[Device]) -> tuple[int, ...]:
    """Into how many groups the devices may be split: any equal ones where the engine works in parallel, else one."""
    count = len(devices)
    if split_over(candidate.runtime, devices) != "tensor" or len({device.id for device in devices}) > 1:
        return (1,)
    return tuple(groups for groups in range(1, count + 1) if count % groups == 0)


def _room_of(
    candidate: Candidate, devices: Sequence[Device], catalog: Catalog, full: int, reserve_bytes: int, groups: int
) -> Range | None:
    each = kv_room_bytes(candidate, devices[: len(devices) // groups], catalog, full, reserve_bytes)
    return None if each is None else each.scaled(groups)


def _times(most: int | None, groups: int) -> int | None:
    return None if most is None else most * groups


def kv_room_bytes(
    candidate: Candidate, devices: Sequence[Device], catalog: Catalog, context_tokens: int, reserve_bytes: int = 0
) -> Range | None:
    """Bytes of all devices together that weights and overhead leave for cache; negative where they do not fit.

    An 80 % interval, from those of the two. With tensor parallelism the smallest device decides, as each holds the same.
    An engine that takes a fixed share of the device has no more than that share. ``None`` for devices without a memory of
    their own.
    """
    architecture, runtime, count = candidate.model.architecture, candidate.runtime, len(devices)
    if architecture is None:
        raise ValueError(f"{candidate.model.id} has no known architecture")
    if any(device.memory_gib is None for device in devices):
        return None
    rooms = [_pooled(budget_bytes(d, catalog, reserve_bytes), d, runtime, catalog) for d in devices]
    parallel = count if split_over(runtime, devices) == "tensor" else 1
    room = min(rooms) * count if parallel > 1 else sum(rooms)
    sequences = default_sequences(runtime.id, devices, catalog)
    overhead = overhead_bytes(
        architecture,
        runtime,
        candidate.backend,
        context_tokens,
        candidate.kv_dtype,
        catalog,
        devices=count,
        tensor_parallel=parallel,
        engine=starting_memory(runtime, candidate.backend, sequences, catalog, large=sequences is not None),
    )
    weights = loaded_weights_bytes(candidate.model, candidate.quantization, runtime, catalog, parallel)
    return Range(
        room - weights.high - overhead.high * count,
        room - weights.likely - overhead.likely * count,
        room - weights.low - overhead.low * count,
    )


def default_sequences(runtime_id: str, devices: Sequence[Device], catalog: Catalog) -> int | None:
    """Sequences an engine runs at most by default, where that depends on the device; else ``None``.

    vLLM allows more on cards of 70 GiB and more, the A100 excepted (its ``get_batch_defaults``).
    """
    large = catalog.parameters.get(f"serving.{runtime_id}.any.large_max_sequences")
    if large is None:
        return None
    least = catalog.parameter(f"serving.{runtime_id}.any.large_device_gib")
    counts = all((d.memory_gib or 0) >= least and d.device_class != "unified" and not d.id.startswith("a100") for d in devices)
    return int(large.value) if counts else None


def backend_on(candidate: Candidate, devices: Sequence[Device]) -> str:
    """The backend the candidate's engine uses on these devices."""
    supported = candidate.runtime.backends
    return next((b for b in devices[0].backends if b in supported and b != "cpu"), candidate.backend)


def _pooled(budget: int, device: Device, runtime: Runtime, catalog: Catalog) -> float:
    # The engine's share is one of what the driver reports, which is less than what the card is sold with.
    reported = (device.memory_gib or 0) * GIB if device.unified_memory else budget_bytes(device, catalog)
    pool = pool_bytes(runtime, reported, catalog)
    return min(budget, pool) if pool else budget
