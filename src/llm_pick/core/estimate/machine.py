"""What the devices of one machine are together, as the speed formulas need it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from llm_pick.core.catalog import Device, Model, Quantization, Runtime

SPLITS = {"layer-split": "layer", "tensor-parallel": "tensor", "none": "layer"}
BRIDGED_CARDS = 2
_NATIVE = {"fp8": "fp8", "int8": "int8", "nvfp4": "fp4"}


def split_over(runtime: Runtime, devices: Sequence[Device]) -> str:
    """How an engine shares a model over the devices: none | layer | tensor."""
    return SPLITS[runtime.multi_device] if len(devices) > 1 else "none"


def has_stacked_memory(devices: Sequence[Device]) -> bool:
    """Whether all of them have high-bandwidth (stacked) memory."""
    return all("HBM" in (device.memory_kind or "").upper() for device in devices)


def shared_bandwidth(devices: Sequence[Device]) -> float:
    """GB/s of one device where all hold equal shares: the harmonic mean."""
    return len(devices) / sum(1 / device.bandwidth_gb_per_s for device in devices)


def link_gb_per_s(devices: Sequence[Device]) -> float | None:
    """GB/s, one direction, between devices that work on one sequence together: that of the slowest; ``None`` if unknown.

    A bridge joins two cards: more of them talk over the bus, whose rate is then not stated.
    """
    stated = [device.interconnect_gb_per_s or 0.0 for device in devices]
    bridged = len(devices) > BRIDGED_CARDS and any("bridge" in (device.interconnect or "") for device in devices)
    return None if bridged else min(stated) or None


def slowest_peak(devices: Sequence[Device], peak: Callable[[Device], float | None]) -> float | None:
    """The lowest known peak among the devices; ``None`` where one is unknown."""
    peaks = [peak(device) for device in devices]
    return None if None in peaks else min(p for p in peaks if p is not None)


def multiplies_in(quantization: Quantization) -> str:
    """The precision whose dense peak bounds a batch: that of the weights where engines multiply in it, else bf16."""
    return _NATIVE.get(quantization.id, "bf16")


def multiplied_params(model: Model) -> int:
    """Active parameters without embedding and output head, which a prompt multiplies for its last token only.

    ``ValueError`` for a model without an architecture.
    """
    architecture = model.architecture
    if architecture is None:
        raise ValueError(f"{model.id} has no known architecture")
    tables = architecture.vocab * architecture.hidden * (1 if architecture.tied_embeddings else 2)
    return max(model.params_active - tables - architecture.per_layer_embedding_params, 1)
