"""Memory of one setup: weights, KV cache and overhead against the budget of every device."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from llm_pick.core.estimate.budget import budget_bytes, host_budget_bytes
from llm_pick.core.estimate.kv_cache import kv_cache_bytes, recurrent_state_bytes
from llm_pick.core.estimate.runtime_memory import overhead_bytes
from llm_pick.core.estimate.weights import TOWERS_APART, vision_bytes, weights_bytes
from llm_pick.core.facts import Range

if TYPE_CHECKING:
    from llm_pick.core.candidates import Candidate
    from llm_pick.core.catalog import Catalog
    from llm_pick.core.question import Question


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes, summed over the devices of the machine."""

    weights_bytes: Range
    kv_cache_bytes: int
    """What grows with the context; recurrent state of fixed size counts as overhead."""
    overhead_bytes: Range
    total_bytes: Range
    """What the devices hold, without what was moved to the host."""
    budget_bytes: int
    offloaded_bytes: int
    """Whole layers, with their cache, that live in system memory."""
    fits: bool
    """True where the upper bound is within the budget of every device and nothing is offloaded."""
    shortfall_bytes: int
    """Memory missing at the upper bound; 0 where it fits or the host takes the rest."""
    device_share: float
    """Share of the layers on the devices; the rest is on the host."""


def memory_of(candidate: Candidate, question: Question, catalog: Catalog) -> Memory:
    """What the candidate needs on the machine of the question.

    Several devices do not pool: with a layer split the fullest device decides, holding whole layers; with
    tensor parallelism each device holds its share of the weights and at least one KV head.
    """
    model, quantization, runtime = candidate.model, candidate.quantization, candidate.runtime
    architecture = model.architecture
    if architecture is None:
        raise ValueError(f"{model.id} has no known architecture")
    hardware = question.hardware
    count = len(hardware.devices)
    parallel = count if runtime.multi_device == "tensor-parallel" else 1
    weights = weights_bytes(model, quantization, catalog)
    if quantization.format in TOWERS_APART and "vision" in question.task.needs:
        weights += Range.exact(vision_bytes(model, quantization, catalog))
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
    budgets = [_budget(index, question, catalog) for index in range(count)]
    total = weights + Range.exact(kv) + overhead.scaled(count)
    layers = architecture.layers
    short = _shortfall(weights.high + kv, overhead.high, budgets, layers, parallel)
    per_layer = (weights.high + kv) / layers
    moved = ceil(short / per_layer) if short else 0
    offloaded = 0
    if short and _may_offload(candidate, question) and moved <= layers:
        host = host_budget_bytes(hardware.ram_bytes or 0, catalog)
        offloaded = round(moved * per_layer) if moved * per_layer <= host else 0
    if offloaded:
        share = 1 - moved / layers
        total = (weights + Range.exact(kv)).scaled(share) + overhead.scaled(count)
        short = 0
    return Memory(
        weights_bytes=weights,
        kv_cache_bytes=kv,
        overhead_bytes=overhead.scaled(count),
        total_bytes=total,
        budget_bytes=sum(budgets),
        offloaded_bytes=offloaded,
        fits=not short and not offloaded,
        shortfall_bytes=ceil(short),
        device_share=1 - moved / layers if offloaded else 1.0,
    )


def unwindowed_kv_cache_bytes(candidate: Candidate, question: Question, catalog: Catalog) -> int | None:
    """The cache if the engine did not save on sliding windows; ``None`` where there is nothing to save.

    Engines fall back to it under some options (see the runtime's notes), so an answer that rests on the saving says so.
    """
    architecture, runtime = candidate.model.architecture, candidate.runtime
    if architecture is None or not runtime.windowed_kv or not any(mixer.window for mixer in architecture.mixers):
        return None
    plain = dataclasses.replace(runtime, windowed_kv=False)
    parallel = len(question.hardware.devices) if runtime.multi_device == "tensor-parallel" else 1
    asked = (question.context_tokens, question.users, candidate.kv_dtype, plain, catalog, parallel)
    state = recurrent_state_bytes(architecture, plain, catalog, parallel) * question.users
    return (kv_cache_bytes(architecture, *asked) - state) * parallel


def _budget(index: int, question: Question, catalog: Catalog) -> int:
    device = question.hardware.devices[index]
    if device.memory_gib is None:
        ram = host_budget_bytes(question.hardware.ram_bytes or 0, catalog)
        return max(0, ram - question.hardware.reserve_bytes)
    return budget_bytes(device, catalog, question.hardware.reserve_bytes)


def _may_offload(candidate: Candidate, question: Question) -> bool:
    hardware = question.hardware
    unified = any(device.unified_memory for device in hardware.devices)
    return bool(hardware.ram_bytes) and candidate.runtime.offload == "layers" and not hardware.is_cpu and not unified


def _shortfall(model_bytes: float, overhead: float, budgets: list[int], layers: int, parallel: int) -> float:
    """Bytes missing on the devices together; 0 where every device holds its part."""
    count = len(budgets)
    if parallel > 1:
        return max(0.0, (model_bytes / parallel + overhead - min(budgets)) * count)
    rooms = [max(0.0, budget - overhead) for budget in budgets]
    per_layer = model_bytes / layers
    held = sum(int(room / per_layer) for room in rooms) if count > 1 else rooms[0] / per_layer
    return max(0.0, (layers - held) * per_layer)
