"""What two peers would answer on the same row, by the formulas they publish, given the true inputs: their best case.

Read in their sources on 2026-11-20: whichllm 0.5.21 (commit a89755167b92) and llmfit 1.1.17 (commit 3f44fd30a43d). In
use they add errors of their catalogues; whichllm's hardware and llmfit's mode factors are applied where the row tells.
"""

from __future__ import annotations

WHICHLLM_BYTES = {"Q3_K_M": 0.4375, "Q4_K_M": 0.5625, "Q5_K_M": 0.6875, "Q6_K": 0.8125, "Q8_0": 1.0625}
"""Bytes per parameter."""
LLMFIT_BYTES = {"Q8_0": 1.05, "Q6_K": 0.80, "Q5_K_M": 0.68, "Q4_K_M": 0.58, "Q3_K_M": 0.48, "Q2_K": 0.37}
LLMFIT_UNKNOWN_BYTES = 0.58
WHICHLLM_EFFICIENCY = {"Q4_K_M": 0.55, "Q5_K_M": 0.52, "Q6_K": 0.50, "Q8_0": 0.45, "F16": 0.40, "BF16": 0.40}
"""Share of the bandwidth that decoding is taken to reach, by quantization."""
WHICHLLM_BACKEND = {"metal": 0.82, "mlx": 0.82, "rocm": 0.78, "vulkan": 0.78, "sycl": 0.65}
LLMFIT_EFFICIENCY = 0.55


def sizes(params: float, label: str) -> dict[str, float]:
    """Bytes of the weights from a parameter count and a quantization label; whichllm only knows some labels."""
    found = {"llmfit": params * LLMFIT_BYTES.get(label.upper(), LLMFIT_UNKNOWN_BYTES)}
    if label.upper() in WHICHLLM_BYTES:
        found["whichllm"] = params * WHICHLLM_BYTES[label.upper()]
    return found


def decode(bandwidth_gb_per_s: float, weight_bytes_read: float, label: str, backend: str) -> dict[str, float]:
    """Tokens per second on one device from its bandwidth and the bytes a token reads."""
    roofline = bandwidth_gb_per_s * 1e9 / weight_bytes_read
    found = {"llmfit": roofline * LLMFIT_EFFICIENCY}
    share = WHICHLLM_EFFICIENCY.get(label.upper())
    if share is not None:
        found["whichllm"] = roofline * share * WHICHLLM_BACKEND.get(backend, 1.0)
    return found
