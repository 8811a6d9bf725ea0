"""The numbers under the pages of ``explain``: as tables, and the same as JSON. One function a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.render.concepts.base import Asked, Numbers
from llm_pick.render.concepts.cache import attention, context, kv_cache
from llm_pick.render.concepts.certainty import intervals
from llm_pick.render.concepts.evidence import benchmarks
from llm_pick.render.concepts.money import fine_tuning, hybrid
from llm_pick.render.concepts.serving import batching, prefill_decode
from llm_pick.render.concepts.terms import licence_classes, open_weight
from llm_pick.render.concepts.weights import moe, quantization

if TYPE_CHECKING:
    from collections.abc import Callable

    from llm_pick.core.catalog import Catalog

__all__ = ["NUMBERS", "Asked", "Numbers"]

NUMBERS: dict[str, Callable[[Asked, Catalog], Numbers]] = {
    "attention": attention,
    "batching": batching,
    "benchmarks": benchmarks,
    "context": context,
    "fine-tuning": fine_tuning,
    "hybrid": hybrid,
    "intervals": intervals,
    "kv-cache": kv_cache,
    "licence-classes": licence_classes,
    "moe": moe,
    "open-weight": open_weight,
    "prefill-decode": prefill_decode,
    "quantization": quantization,
}
