"""The engine loads this format on this hardware, and is still maintained.

What it checks: the engine's formats and backends, the precision the device computes in, the engine's status.
Why it matters: a file nobody can load, or an engine nobody mends, is no recommendation.
How it decides: unsupported format or backend fails; an engine in maintenance or superseded warns; a
quantization that needs compute the device is not known to have warns.
When it is unknown: a device whose peak at that precision is not published.
What to do about a failure: leave ``--runtime`` to llm-pick, or choose another quantization.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.rules.base import Outcome, Rule, Verdict

if TYPE_CHECKING:
    from llm_pick.core.candidates import Candidate
    from llm_pick.core.catalog import Catalog
    from llm_pick.core.estimate.estimate import Estimate
    from llm_pick.core.question import Question

ID = "runtime-support"


def judge(candidate: Candidate, _estimate: Estimate, question: Question, _catalog: Catalog) -> Verdict:
    """Check format, backend, status and compute precision in that order."""
    runtime, quantization = candidate.runtime, candidate.quantization
    sources = tuple(s for found in runtime.sources.values() for s in found)[:2]
    if quantization.format not in runtime.formats:
        return Verdict(ID, Outcome.FAIL, f"{runtime.name} does not load {quantization.format}", sources)
    if candidate.backend not in runtime.backends:
        return Verdict(ID, Outcome.FAIL, f"{runtime.name} does not run on {candidate.backend}", sources)
    if runtime.status != "active":
        return Verdict(ID, Outcome.WARN, f"{runtime.name} is {runtime.status}", sources)
    need = quantization.min_compute
    if need and not any(need in device.tflops_dense for device in question.hardware.devices):
        return Verdict(
            ID, Outcome.UNKNOWN, f"{quantization.name} wants {need} units; the device lists none", sources
        )
    if not candidate.published:
        return Verdict(ID, Outcome.WARN, f"no published {quantization.name} file is known", sources)
    return Verdict(
        ID, Outcome.PASS, f"{runtime.name} runs {quantization.name} on {candidate.backend}", sources
    )


RULE = Rule(ID, "Engine supports it", "gate", "0.1", judge, "candidate", __doc__ or "")
