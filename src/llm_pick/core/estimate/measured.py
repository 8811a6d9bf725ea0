"""Decode speed of a setup that somebody measured: their figure, moved to the depth in question by the formula."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.estimate.decode import Prediction, predict_decode
from llm_pick.core.facts import Range

if TYPE_CHECKING:
    from llm_pick.core.candidates import Candidate
    from llm_pick.core.catalog import Catalog, Device, Measurement
    from llm_pick.core.estimate.decode import DecodeSetup

SIXTEEN_BIT_CACHES = ("f16", "bf16", "auto")


def measurement_of(candidate: Candidate, device: Device, backend: str, depth_tokens: int, catalog: Catalog) -> Measurement | None:
    """The published measurement of a candidate on one such device whose depth is nearest; ``None`` if there is none."""
    if candidate.kv_dtype not in SIXTEEN_BIT_CACHES:
        return None
    wanted = (device.id, candidate.quantization.id, candidate.runtime.id, backend)
    fitting = [
        found
        for found in catalog.measurements.get(candidate.model.id, ())
        if (found.device, found.quant, found.runtime, found.backend) == wanted
    ]
    return min(fitting, key=lambda found: (abs(found.depth_tokens - depth_tokens), found.id), default=None)


def from_measurement(found: Measurement, asked: DecodeSetup, measured: DecodeSetup, catalog: Catalog) -> Prediction:
    """What a measurement says about ``asked``; ``measured`` is the same setup at the depth of the measurement.

    The interval is how far independent authors are apart on one setup. Where the depths are so far apart that the
    formula says one speed is less than ``measured.least_depth_ratio`` of the other, the formula answers alone.
    """
    formula, there = predict_decode(asked, catalog), predict_decode(measured, catalog)
    ratio = formula.tok_per_s.likely / there.tok_per_s.likely
    if min(ratio, 1 / ratio) < catalog.parameter("measured.least_depth_ratio"):
        return formula
    likely = found.tok_per_s * ratio
    low, high = catalog.parameter("measured.decode.low"), catalog.parameter("measured.decode.high")
    return Prediction(Range(likely * low, likely, likely * high), "measured")
