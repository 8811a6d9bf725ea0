"""Memory of one setup: weights, KV cache and overhead against the budget of every device."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from llm_pick.core.estimate.budget import DATACENTRE, budget_bytes, host_budget_bytes
from llm_pick.core.estimate.kv_cache import kv_cache_bytes, recurrent_state_bytes
from llm_pick.core.estimate.placement import (
    Need,
    Placement,
    expert_layers,
    first_expert_layer,
    host_table_bytes,
    place,
    shortfall_bytes,
)
from llm_pick.core.estimate.runtime_memory import loaded_weights_bytes, overhead_bytes
from llm_pick.core.estimate.weights import TOWERS_APART, layer_bytes, vision_bytes, weight_parts
from llm_pick.core.facts import Range
from llm_pick.core.record import dataclass, replace

if TYPE_CHECKING:
    from llm_pick.core.candidates import Candidate
    from llm_pick.core.catalog import Catalog, Runtime
    from llm_pick.core.question import Question

EXPERTS_FLAG = "experts_on_cpu"
"""Name, among a runtime's flags, of the one that keeps routed experts in system memory."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes, summed over the devices of the machine."""

    weights_bytes: Range
    """All weights, wherever they are."""
    host_weights_bytes: int
    """Of these, embedding tables that the engine keeps in system memory at any rate."""
    kv_cache_bytes: int
    """What grows with the context; recurrent state of fixed size counts as overhead."""
    overhead_bytes: Range
    total_bytes: Range
    """What the devices hold: weights, cache and overhead, without what is in system memory."""
    budget_bytes: int
    offloaded_bytes: int
    """What was moved to system memory because the devices are too small: experts, or whole layers with their cache."""
    fits: bool
    """True where the upper bound is within the budget of every device and nothing is offloaded."""
    shortfall_bytes: int
    """Memory missing at the upper bound; 0 where it fits or the host takes the rest."""
    placement: Placement
    """How many layers give something to the host."""
    host_read_share: float
    """Share of the weight bytes one token reads that it reads from system memory."""
    host_weights_share: float
    """Share of all weight bytes that were moved to system memory."""
    host_cache_share: float
    """Share of the cache in system memory."""


def memory_of(candidate: Candidate, question: Question, catalog: Catalog) -> Memory:
    """What the candidate needs on the machine of the question.

    Several devices do not pool: with a layer split the fullest device decides, holding whole layers; with
    tensor parallelism each device holds its share of the weights and at least one KV head. Raises ``ValueError``
    for a model without a known architecture.
    """
    model, quantization, runtime = candidate.model, candidate.quantization, candidate.runtime
    architecture = model.architecture
    if architecture is None:
        raise ValueError(f"{model.id} has no known architecture")
    hardware = question.hardware
    count = len(hardware.devices)
    parallel = count if runtime.multi_device == "tensor-parallel" else 1
    weights = loaded_weights_bytes(model, quantization, runtime, catalog, parallel)
    if quantization.format in TOWERS_APART and "vision" in question.task.needs:
        weights += Range.exact(vision_bytes(model, quantization, catalog))
    unified = any(d.unified_memory and d.device_class != DATACENTRE for d in hardware.devices)
    table = host_table_bytes(model, quantization, runtime, candidate.backend, catalog, unified=unified)
    per_device_kv = kv_cache_bytes(
        architecture, question.context_tokens, question.users, candidate.kv_dtype, runtime, catalog, parallel
    )
    state = recurrent_state_bytes(architecture, runtime, catalog, parallel) * question.users
    kv = (per_device_kv - state) * parallel
    overhead = overhead_bytes(
        architecture,
        runtime,
        candidate.backend,
        question.context_tokens,
        candidate.kv_dtype,
        catalog,
        sequences=question.users,
        devices=count,
        tensor_parallel=parallel,
    ) + Range.exact(state / (1 if parallel > 1 else count))
    budgets = [device_budget(index, question, catalog) for index in range(count)]
    held = weights + Range.exact(kv - table)
    short = shortfall_bytes(held.high, overhead.high, budgets, architecture.layers, parallel)
    placement, moved = Placement(), _NOTHING
    if short and may_offload(candidate.runtime, question):
        found = _offload(candidate, weights, kv, table, overhead.high, budgets, catalog)
        host = host_budget_bytes(hardware.ram_bytes or 0, catalog)
        if found is not None and found[1].bytes.high + table <= host:
            (placement, moved), short = found, 0.0
    return Memory(
        weights_bytes=weights,
        host_weights_bytes=round(max(0.0, table)),
        kv_cache_bytes=kv,
        overhead_bytes=overhead.scaled(count),
        total_bytes=Range(held.low - moved.bytes.low, held.likely - moved.bytes.likely, held.high - moved.bytes.high)
        + overhead.scaled(count),
        budget_bytes=sum(budgets),
        offloaded_bytes=round(moved.bytes.likely),
        fits=not short and not moved.bytes.likely,
        shortfall_bytes=ceil(short),
        placement=placement,
        host_read_share=moved.read_share,
        host_weights_share=moved.weights_share,
        host_cache_share=placement.layers / architecture.layers,
    )


@dataclass(frozen=True, slots=True)
class _Moved:
    """What a placement takes off the devices."""

    bytes: Range
    weights_share: float
    read_share: float


_NOTHING = _Moved(Range.exact(0.0), 0.0, 0.0)


def _offload(
    candidate: Candidate,
    weights: Range,
    kv: int,
    table: float,
    overhead: float,
    budgets: list[int],
    catalog: Catalog,
) -> tuple[Placement, _Moved] | None:
    """The least that must move to the host, with its bytes; ``None`` where even all of it is not enough."""
    model, quantization, runtime = candidate.model, candidate.quantization, candidate.runtime
    architecture = model.architecture
    if architecture is None:
        return None
    parts = weight_parts(model, quantization, catalog)
    each = layer_bytes(model, quantization, catalog)
    layers, with_experts = architecture.layers, expert_layers(architecture)
    experts = each.experts_per_layer * layers * weights.likely / (each.per_layer * layers + each.non_repeating)
    growth = weights.high / weights.likely
    need = Need(
        model_bytes=weights.high + kv - table,
        expert_bytes=experts * growth,
        overhead_bytes=overhead,
        layers=layers,
        expert_layers=with_experts,
        first_expert_layer=first_expert_layer(architecture),
        parallel=len(budgets) if runtime.multi_device == "tensor-parallel" else 1,
    )
    placement = place(
        need, budgets, experts=EXPERTS_FLAG in runtime.flags, whole_layers=runtime.offload == "layers"
    )  # fmt: skip
    if placement is None:
        return None
    expert_share = placement.expert_layers / with_experts if placement.expert_layers else 0.0
    layer_share = placement.layers / layers

    def moved(all_weights: float, cache: float) -> float:
        """Bytes moved: the experts, and of all that remains the share of the whole layers."""
        first = experts * all_weights / weights.likely * expert_share
        return first + (all_weights - table + cache - first) * layer_share

    share_of_experts = expert_share + (1 - expert_share) * layer_share
    read = parts.read_layers + parts.read_experts
    return placement, _Moved(
        bytes=Range(moved(weights.low, kv), moved(weights.likely, kv), moved(weights.high, kv)),
        weights_share=moved(weights.likely, 0.0) / weights.likely,
        read_share=(parts.read_layers * layer_share + parts.read_experts * share_of_experts) / read,
    )


def unwindowed_kv_cache_bytes(candidate: Candidate, question: Question, catalog: Catalog) -> int | None:
    """The cache if the engine did not save on sliding windows; ``None`` where there is nothing to save.

    Engines fall back to it under some options (see the runtime's notes), so an answer that rests on the saving says so.
    """
    architecture, runtime = candidate.model.architecture, candidate.runtime
    if architecture is None or not runtime.windowed_kv or not any(mixer.window for mixer in architecture.mixers):
        return None
    plain = replace(runtime, windowed_kv=False)
    parallel = len(question.hardware.devices) if runtime.multi_device == "tensor-parallel" else 1
    asked = (question.context_tokens, question.users, candidate.kv_dtype, plain, catalog, parallel)
    state = recurrent_state_bytes(architecture, plain, catalog, parallel) * question.users
    return (kv_cache_bytes(architecture, *asked) - state) * parallel


def device_budget(index: int, question: Question, catalog: Catalog) -> int:
    """Bytes of the device that a model may use; of a CPU, of system memory."""
    device = question.hardware.devices[index]
    if device.memory_gib is None:
        ram = host_budget_bytes(question.hardware.ram_bytes or 0, catalog)
        return max(0, ram - question.hardware.reserve_bytes)
    return budget_bytes(device, catalog, question.hardware.reserve_bytes)


def may_offload(runtime: Runtime, question: Question) -> bool:
    """Whether system memory may take what the devices cannot hold."""
    hardware = question.hardware
    unified = any(device.unified_memory for device in hardware.devices)
    return bool(hardware.ram_bytes) and runtime.offload != "none" and not hardware.is_cpu and not unified
