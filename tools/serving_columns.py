"""The serving formula over many setups at once, for fitting: the same as ``llm_pick.core.estimate.serving``.

The calibration checks the two against each other before it uses this one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llm_pick.core.estimate.serving import ServingSetup

Columns = dict[str, np.ndarray]
DRAWN = (
    "input_tokens", "output_tokens", "params_active", "shared_weight_bytes", "expert_bytes", "experts", "experts_active",
    "kv_bytes_read", "bandwidth_gb_per_s", "attention_flops", "devices", "groups", "experts_spread", "decode_only",
    "stacked_memory", "narrow", "old_engine",
)  # fmt: skip


def columns_of(
    setups: Sequence[ServingSetup],
    *,
    running: Sequence[float],
    tflops: Sequence[float],
    layers: Sequence[float],
    reference: float,
    typical_link: float,
) -> Columns:
    """One array per quantity, gaps filled."""
    c = {name: np.array([float(getattr(s, name)) for s in setups]) for name in DRAWN}
    c["running"], c["layers"] = np.array(running), np.array(layers)
    c["tflops"], c["reference"] = np.array(tflops), np.full(len(setups), reference)
    c["tensor"] = np.array([s.split == "tensor" for s in setups])
    c["handed"] = np.array([float(s.devices - 1) if s.split == "layer" else 0.0 for s in setups])
    c["hidden"] = np.array([s.hidden or np.sqrt(s.params_active / n / 12) for s, n in zip(setups, layers, strict=True)])
    c["link"] = np.array([(s.link_gb_per_s or typical_link) * 1e9 for s in setups])
    return c


def subset(columns: Columns, rows: Sequence[int] | np.ndarray) -> Columns:
    """The columns of some rows."""
    return {name: values[rows] for name, values in columns.items()}


def rate_of(v: dict[str, float], c: Columns) -> np.ndarray:
    """Output tokens per second of every row under named constants."""
    moe, old = c["experts"] > 0, c["old_engine"] > 0
    within = np.maximum(1, c["devices"] // c["groups"])
    mine = c["running"] / c["groups"]
    gain = np.where(c["tensor"], within ** v["scaling"], 1.0)
    peak = c["reference"] * (c["tflops"] / c["reference"]) ** v["peak_exponent"] * 1e12 * gain
    peak *= np.where(c["narrow"] > 0, v["narrow_factor"], 1.0) * np.where(old, v["old_utilization"], 1.0)
    per_byte = 1 / (c["bandwidth_gb_per_s"] * 1e9 * gain)
    per_byte /= np.where(c["stacked_memory"] > 0, v["stacked_factor"], 1.0) * np.where(old, v["old_efficiency"], 1.0)
    share = 1 - c["experts_active"] / np.maximum(c["experts"], 1)
    spread = c["experts_spread"] > 0
    touched = 1 - np.maximum(share, 0) ** np.where(spread, c["running"], mine)
    experts = c["expert_bytes"] * np.where(moe, touched, 1.0) / np.where(spread, c["groups"], 1)
    exchange = 4 * c["hidden"] * c["layers"] * 2 * (within - 1) / within / (c["link"] * v["link_efficiency"])
    exchange = np.where(c["tensor"] & (within > 1), exchange, 0.0)

    def of_kind(name: str) -> np.ndarray:
        return np.where(moe, v[f"moe.{name}"], v[f"dense.{name}"])

    linked = np.where(spread, c["devices"], within)
    doublings = np.where(c["tensor"] & (linked > 1), np.ceil(np.log2(np.maximum(linked, 1))), 0)
    overhead = c["layers"] * (of_kind("layer_us") + doublings * v["reduce_us"]) + v["step_us"] + mine * v["sequence_us"]
    overhead += c["handed"] * v["reduce_us"]
    step = (c["shared_weight_bytes"] + experts) * per_byte / of_kind("efficiency")
    step += mine * c["kv_bytes_read"] * per_byte / v["cache_efficiency"]
    step += mine * (2 * c["params_active"] / (peak * of_kind("batch_utilization")) + exchange)
    step += overhead * np.where(old, v["old_overhead"], 1.0) * 1e-6
    prompt = 2 * c["params_active"] * c["input_tokens"] / (peak * of_kind("prompt_utilization"))
    prompt += c["attention_flops"] / (peak * v["attention_utilization"]) + c["input_tokens"] * exchange
    between = step + np.where(c["decode_only"] > 0, 0.0, mine * prompt / c["output_tokens"])
    return c["running"] / between
