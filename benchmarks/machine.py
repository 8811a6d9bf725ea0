"""What a row says about the machine of its run: kind of memory, age of the engine, split, offload."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from llm_pick.core.estimate.weights import weight_parts

if TYPE_CHECKING:
    from benchmarks.resolve import Resolver, Row, Weights
    from llm_pick.core.catalog import Device

TENSOR_PARALLEL = frozenset({"gpt-fast", "mlc", "lmdeploy", "deepspeed", "deepspeed-mii"})
"""Engines the catalog lacks that split matrices, not layers, over devices."""
_NUMBER = re.compile(r"\d+")


def is_stacked(device: Device) -> bool:
    """Whether a device has high-bandwidth (stacked) memory."""
    return (device.memory_kind or "").upper().startswith("HBM")


def is_old(row: Row, resolver: Resolver) -> bool:
    """Whether the row's build is older than the engines the constants were fitted for."""
    year = year_of(row)
    return year is not None and year < resolver.catalog.parameter("decode.old_before")


def engine_age_years(row: Row, resolver: Resolver) -> float:
    """How much older the row's build is than a current one, as far as age counts; 0 where no date is stated."""
    year = year_of(row)
    if year is None:
        return 0.0
    age = resolver.catalog.parameter("prefill.current_year") - year
    return min(max(0.0, age), resolver.catalog.parameter("prefill.age_counts_years"))


def year_of(row: Row) -> float | None:
    """Date of a row as a decimal year."""
    date = str(row.get("source_date") or "")
    return int(date[:4]) + (int(date[5:7]) - 1) / 12 if len(date) >= 7 else None


def split_of(row: Row, count: int, resolver: Resolver) -> str:
    """How several devices share the work: as the row says, else as its engine does."""
    if count == 1:
        return "none"
    topology = str(row.get("topology") or "").upper()
    if topology.startswith("TP") or (row.get("tensor_parallel") or 1) > 1:
        return "tensor"
    if topology.startswith("PP"):
        return "layer"
    runtime = resolver.runtime(row)
    if runtime is not None:
        return "tensor" if runtime.multi_device == "tensor-parallel" else "layer"
    return "tensor" if resolver.engine(row) in TENSOR_PARALLEL else "layer"


def host_share(row: Row, weights: Weights, resolver: Resolver, *, all_weights: bool = False) -> float | None:
    """Share of the bytes read per token that lie in system memory, or of all weight bytes.

    ``None`` where a row offloads without saying how much.

    "ngl 41 40" means all layers on the device except the experts of 40 layers; "60/80" that many layers of all.
    """
    if not (row.get("partial_offload") or row.get("cpu_moe_offload")):
        return 0.0
    if weights.layers is None or weights.model is None:
        return None
    text = str(row.get("offload") or "")
    numbers = [int(n) for n in _NUMBER.findall(text)]
    experts = expert_share(row, weights, resolver, all_weights=all_weights)
    if "cpu-moe" in text and numbers:
        return experts * min(1.0, numbers[-1] / weights.layers)
    if text.startswith("ngl") and len(numbers) == 2:
        return experts * min(1.0, numbers[1] / weights.layers)
    if numbers and (text.startswith("ngl") or "/" in text):
        return max(0.0, 1 - numbers[0] / (weights.layers + 1))
    return None


def expert_share(row: Row, weights: Weights, resolver: Resolver, *, all_weights: bool) -> float:
    """Share of the bytes read per token, or of all bytes, that belong to routed experts."""
    quantization = resolver.quantization(row) or resolver.catalog.quantizations["q8_0"]
    if weights.model is None:
        return 0.0
    parts = weight_parts(weights.model, quantization, resolver.catalog)
    if all_weights:
        return parts.experts / parts.text
    return parts.read_experts / (parts.read_layers + parts.read_experts)
