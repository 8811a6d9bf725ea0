"""Weights, KV cache and overhead fit the memory of every device, at the cautious end of the estimate.

What it checks: the upper end of the 80 % interval of what each device must hold against its budget
(marketed memory less the driver's share and ``--reserve``).
Why it matters: a model that almost fits swaps or crashes.
How it decides: within budget passes; experts or layers in system memory (``--ram``) pass with a warning, because speed
falls; otherwise it fails.
When it is unknown: never: without an architecture a model is no candidate.
What to do about a failure: less context, a smaller quantization, a quantized KV cache, more memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.provenance import sources_of
from llm_pick.core.question import GIB
from llm_pick.core.rules.base import Outcome, Rule, Verdict

if TYPE_CHECKING:
    from llm_pick.core.candidates import Candidate
    from llm_pick.core.catalog import Catalog
    from llm_pick.core.estimate.estimate import Estimate
    from llm_pick.core.question import Question

ID = "fits-memory"


def judge(candidate: Candidate, estimate: Estimate, _question: Question, _catalog: Catalog) -> Verdict:
    """Compare the estimate's upper bound with the budget."""
    memory = estimate.memory

    def sources() -> tuple[str, ...]:
        return sources_of(candidate.model, "architecture")

    need, have = memory.total_bytes.high / GIB, memory.budget_bytes / GIB
    if memory.fits:
        return Verdict(ID, Outcome.PASS, f"needs up to {need:.1f} GiB of {have:.1f} GiB", sources)
    if memory.offloaded_bytes:
        off, moved = memory.offloaded_bytes / GIB, memory.placement
        experts = f"the routed experts of {moved.expert_layers} layers" if moved.expert_layers else ""
        layers = f"{moved.layers} whole layers" if moved.layers else ""
        what = " and ".join(part for part in (experts, layers) if part)
        return Verdict(ID, Outcome.WARN, f"{off:.1f} GiB ({what}) must live in system memory, which is slow", sources)
    short = memory.shortfall_bytes / GIB
    return Verdict(
        ID,
        Outcome.FAIL,
        f"needs up to {need:.1f} GiB, {short:.1f} GiB more than there is",
        sources,
    )


RULE = Rule(ID, "Fits the memory", "gate", "0.1", judge, "candidate", __doc__ or "")
