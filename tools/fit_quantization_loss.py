"""Fit what quantization costs in benchmark score, from published pairs of quantized and full-precision results.

    python -m tools.fit_quantization_loss ROWS.jsonl

Two kinds of pairs share one shape, exp(-decay * bits per weight) * (billions of parameters) ** -size_exponent: the rise of
ln perplexity (many recipes per model, little noise, but not what users feel) and the drop of the logit of a task score (what
users feel, few and noisy). Each has its own amplitude; the score amplitude goes to the catalog.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import least_squares

CHANCE = {"MMLU": 0.25, "MMLU 5-shot": 0.25, "C-Eval": 0.25, "MMLU-Pro": 0.10, "GPQA": 0.25, "GPQA-Diamond": 0.25,
          "GPQA Diamond": 0.25, "GPQA no tools": 0.25, "ARC-C": 0.25, "HellaSwag": 0.25, "MMLU-ProX": 0.10, "BBH": 0.30,
          "MMMU val": 0.22, "Winogrande": 0.5}  # fmt: skip
LABEL_BITS = ((r"int8|8-?bit|\bfp8|w8a16", 8.25), (r"int4|awq|4-?bit|w4a16|nvfp4|q4_k_m", 4.5), (r"q2_k", 3.2))
"""Stored bits behind a label whose source prints none: nominal bits plus group scales."""
SKIP = re.compile(r"w4a8|hyperbolic|openrouter|deepinfra|fireworks|glhf|qat|unsloth dynamic [123]-bit", re.IGNORECASE)
"""Rows about something else: quantized activations, hosted endpoints, training for low precision, unstated bits."""
SCORE_NOISE = 0.06
"""Logits by which two runs of the same weights differ (a point or two in the middle of the scale)."""


def _bits(row: dict[str, Any]) -> float | None:
    if row["bits_per_weight"]:
        return float(row["bits_per_weight"])
    for pattern, bits in LABEL_BITS:
        if re.search(pattern, row["quant"].lower()):
            return bits
    return None


def pairs(rows: list[dict[str, Any]]) -> tuple[np.ndarray, np.ndarray]:
    """(bits, billions of parameters, loss, model) for scores and for perplexity."""
    scores, perplexities = [], []
    for row in rows:
        if row["ship"] is not True or row["target"] != "weights" or SKIP.search(row["quant"]) or not row["params_b_total"]:
            continue
        bits, value, base = _bits(row), row["value"], row["baseline_value"]
        if bits is None or value is None or base is None or row["quant"] == row["baseline_quant"]:
            continue
        if row["metric"] == "ppl" and bits < 7.0 and value > base:
            perplexities.append((bits, row["params_b_total"], math.log(value / base), row["base_model"]))
        elif (
            row["metric"] in ("score", "pass_rate_2", "mmlu_accuracy", "mmlu_pro_accuracy") and 0 < value < 100 and 0 < base < 100
        ):
            chance = CHANCE.get(row["dataset"], 0.0)
            p, q = ((x / 100 - chance) / (1 - chance) for x in (base, value))
            p, q = min(max(p, 0.02), 0.98), min(max(q, 0.02), 0.98)
            drop = math.log(p / (1 - p)) - math.log(q / (1 - q))
            scores.append((bits, row["params_b_total"], drop, row["base_model"]))
    return np.array(scores, dtype=object), np.array(perplexities, dtype=object)


def main(argv: list[str] | None = None) -> int:
    """Fit and print the parameters with their 80 % intervals (bootstrap over models)."""
    parser = argparse.ArgumentParser(description="Fit the quality loss of quantization.")
    parser.add_argument("rows", type=Path)
    args = parser.parse_args(argv)
    rows = [json.loads(line) for line in args.rows.read_text(encoding="utf-8").splitlines()]
    scores, perplexities = pairs(rows)
    print(
        f"{len(scores)} score pairs of {len(set(scores[:, 3]))} models, {len(perplexities)} perplexity pairs of {len(set(perplexities[:, 3]))} models"
    )

    def weights(data: np.ndarray) -> np.ndarray:
        _, index, count = np.unique(data[:, 3].astype(str), return_inverse=True, return_counts=True)
        return np.asarray(1.0 / np.sqrt(count[index]))

    def estimate(s: np.ndarray, p: np.ndarray) -> np.ndarray:
        sb, sn, sd = (s[:, i].astype(float) for i in range(3))
        pb, pn, pd = (p[:, i].astype(float) for i in range(3))
        ws, wp = weights(s), weights(p)

        def residuals(x: np.ndarray) -> np.ndarray:
            a_score, a_ppl, decay, size = x
            f = np.exp(a_score - decay * sb) * sn**-size
            score = (sd - f) / np.sqrt(SCORE_NOISE**2 + (0.5 * f) ** 2) * ws
            ppl = (np.log(np.maximum(pd, 1e-4)) - (a_ppl - decay * pb - size * np.log(pn))) * wp
            return np.concatenate([score, ppl])

        return np.asarray(least_squares(residuals, [2.5, 2.7, 1.1, 0.3], loss="soft_l1").x)

    best = estimate(scores, perplexities)
    rng = np.random.default_rng(0)
    draws = []
    for _ in range(100):
        parts = []
        for data in (scores, perplexities):
            models = sorted(set(data[:, 3]))
            chosen = rng.choice(models, len(models))
            parts.append(np.concatenate([data[data[:, 3] == m] for m in chosen]))
        draws.append(estimate(*parts))
    low, high = np.quantile(draws, [0.1, 0.9], axis=0)
    for name, value, a, b in zip(("amplitude", "perplexity amplitude", "decay", "size_exponent"), best, low, high, strict=True):
        print(
            f"{name}: {value:.3f} [{a:.3f}, {b:.3f}]"
            + (f" = exp: {math.exp(value):.2f} [{math.exp(a):.2f}, {math.exp(b):.2f}]" if "ampl" in name else "")
        )
    sb, sn, sd = (scores[:, i].astype(float) for i in range(3))
    f = np.exp(best[0] - best[2] * sb) * sn ** -best[3]
    for lo, hi in ((0, 2.5), (2.5, 3.5), (3.5, 4.4), (4.4, 5.2), (5.2, 7), (7, 9)):
        k = (sb >= lo) & (sb < hi)
        if k.any():
            print(
                f"  {lo}-{hi} bits: {k.sum()} pairs, measured drop median {np.median(sd[k]):.3f} mean {sd[k].mean():.3f}, fitted {f[k].mean():.3f} logits"
            )
    strong = f > 2 * SCORE_NOISE
    ratio = np.abs(np.log(np.maximum(sd[strong], 0.02) / f[strong]))
    print(
        f"spread: factor {math.exp(np.quantile(ratio, 0.8)):.2f} holds 80 % of {strong.sum()} pairs with a loss well above the noise"
    )
    inside = (sd >= f / 2.5 - 1.28 * SCORE_NOISE) & (sd <= f * 2.5 + 1.28 * SCORE_NOISE)
    print(f"a factor of 2.5 and the noise of a run hold {inside.mean():.0%} of all pairs")
    return 0


if __name__ == "__main__":
    sys.exit(main())
