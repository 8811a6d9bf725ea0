"""The engine loads this format on this hardware, and is still maintained.

What it checks: the engine's formats and backends, the precision the device computes in, the engine's status.
Why it matters: a file nobody can load, or an engine nobody mends, is no recommendation.
How it decides: unsupported format or backend fails, and so do devices that cannot share the heads evenly where
the engine needs that; an engine in maintenance or superseded warns; a quantization that wants compute units the device
is not known to have warns; so does one of which no published file is known.
When it is unknown: never: what a device is not known to have counts as missing.
What to do about a failure: leave ``--runtime`` to llm-pick, or choose another quantization.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.rules.base import Outcome, Rule, Verdict

if TYPE_CHECKING:
    from llm_pick.core.candidates import Candidate
    from llm_pick.core.catalog import Architecture, Catalog
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
    count = len(question.hardware.devices)
    if runtime.multi_device == "tensor-parallel" and count > 1 and not _divides(candidate, count):
        return Verdict(
            ID,
            Outcome.FAIL,
            f"{runtime.name} splits heads evenly and {count} devices do not divide them",
            sources,
        )
    need, machine = quantization.min_compute, question.hardware
    if need and not all(need in device.tflops_dense for device in machine.stand_ins or machine.devices):
        text = f"{quantization.name} is fastest with {need} units, which this device is not known to have"
        return Verdict(ID, Outcome.WARN, text, sources)
    if not candidate.published:
        return Verdict(ID, Outcome.WARN, f"no published {quantization.name} file is known", sources)
    return Verdict(ID, Outcome.PASS, f"{runtime.name} runs {quantization.name} on {candidate.backend}", sources)


def _divides(candidate: Candidate, count: int) -> bool:
    """Whether ``count`` devices can hold equal shares of the attention heads."""
    architecture = candidate.model.architecture
    return architecture is not None and all(heads % count == 0 for heads in head_counts(architecture))


def head_counts(architecture: Architecture) -> list[int]:
    """Heads of the layers that devices share head by head."""
    return [mixer.heads for mixer in architecture.mixers if mixer.kind in ("attention", "mla") and mixer.heads is not None]


RULE = Rule(ID, "Engine supports it", "gate", "0.1", judge, "candidate", __doc__ or "")
