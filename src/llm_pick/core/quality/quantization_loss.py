"""What fewer bits per weight cost in task score.

Loss in logits of a benchmark score, f(bits) = amplitude * exp(-decay * bits) * (billions of parameters) ** -size_exponent, less
the same at the reference precision: that of the published weights, or ``lossless_bits`` if they have more. Fitted on pairs of
quantized and full-precision results by ``tools/fit_quantization_loss.py``; larger models lose less, and every bit removed costs
three times more than the one before.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from llm_pick.core.facts import Range

if TYPE_CHECKING:
    from llm_pick.core.catalog import Catalog, Model, Quantization

_NATIVE_BITS = {"fp8": "fp8", "mxfp4": "mxfp4", "nvfp4": "nvfp4", "int4": "int4"}


def logit_loss(bits_per_weight: float, params_total: int, native_dtype: str, catalog: Catalog) -> Range:
    """Drop of a benchmark score on the logit scale, never negative; 0 at and above the reference precision.

    ``bits_per_weight`` is what the file stores per parameter. The interval is a factor each way
    (``quality.quantization.spread``): recipes of equal size differ that much.
    """
    reference = catalog.parameter("quality.quantization.lossless_bits")
    if native_dtype in _NATIVE_BITS:
        reference = min(reference, catalog.parameter(f"quality.quantization.native_bits.{_NATIVE_BITS[native_dtype]}"))
    if bits_per_weight >= reference:
        return Range.exact(0.0)
    decay = catalog.parameter("quality.quantization.decay")
    size = (params_total / 1e9) ** -catalog.parameter("quality.quantization.size_exponent")
    level = catalog.parameter("quality.quantization.amplitude") * size
    loss = level * (math.exp(-decay * bits_per_weight) - math.exp(-decay * reference))
    spread = catalog.parameter("quality.quantization.spread")
    return Range(loss / spread, loss, loss * spread)


def quantized_score(score: Range, model: Model, quantization: Quantization, bits_per_weight: float, catalog: Catalog) -> Range:
    """Score (0 to 100) of ``model`` under ``quantization``, given its ``score`` at full precision.

    The loss is taken off on the logit scale, times ``quality.quantization.score_logits_per_benchmark_logit``; the two
    uncertainties are independent and add as squares. Monotone: fewer bits never score higher.
    """
    if quantization.lossless:
        return score
    loss = logit_loss(bits_per_weight, model.params_total, model.native_dtype, catalog)
    if loss.high == 0:
        return score
    scale = catalog.parameter("quality.quantization.score_logits_per_benchmark_logit")
    low, likely, high = (_logit(value) for value in (score.low, score.likely, score.high))
    centre = likely - scale * loss.likely
    below = math.hypot(likely - low, scale * (loss.high - loss.likely))
    above = math.hypot(high - likely, scale * (loss.likely - loss.low))
    return Range(_points(centre - below), _points(centre), _points(centre + above))


def _logit(points: float) -> float:
    """Logit of a share given in points, kept finite at the ends of the scale."""
    share = min(max(points / 100, 1e-6), 1 - 1e-6)
    return math.log(share / (1 - share))


def _points(logit: float) -> float:
    return 100 / (1 + math.exp(-logit))
