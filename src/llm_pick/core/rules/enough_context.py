"""The model's context holds the tokens asked for.

What it checks: tokens per sequence against the native context, then the maker's documented extension.
Why it matters: beyond its context a model truncates or degrades without saying so.
How it decides: a model that always thinks warns when there is little room for it; within the native context passes;
within the extension passes with a warning, because quality falls there; beyond it fails.
When it is unknown: never: a model without a stated context is not in the catalog.
What to do about a failure: ask for a shorter context.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.provenance import sources_of
from llm_pick.core.rules.base import Outcome, Rule, Verdict

if TYPE_CHECKING:
    from llm_pick.core.candidates import Candidate
    from llm_pick.core.catalog import Catalog, Model
    from llm_pick.core.estimate.estimate import Estimate
    from llm_pick.core.outline import Traits
    from llm_pick.core.question import Question

ID = "enough-context"


def fails(model: Model | Traits, question: Question, _catalog: Catalog) -> bool:
    """Whether the tokens asked for are more than the model holds in any way."""
    return question.context_tokens > max(model.context_native, model.context_extended or 0)


def judge(candidate: Candidate, _estimate: Estimate, question: Question, catalog: Catalog) -> Verdict:
    """Compare the question's tokens per sequence with what the maker states."""
    model, asked = candidate.model, question.context_tokens

    def sources() -> tuple[str, ...]:
        return sources_of(model, "context_native")

    room = int(catalog.parameter("question.thinking_context_tokens"))
    if model.reasoning == "always" and asked < room:
        text = f"it always thinks, and {asked:,} tokens leave that little room ({room:,} would do)"
        return Verdict(ID, Outcome.WARN, text, sources)
    if asked <= model.context_native:
        return Verdict(ID, Outcome.PASS, f"{asked:,} tokens within {model.context_native:,}", sources)
    if model.context_extended and asked <= model.context_extended:
        return Verdict(
            ID,
            Outcome.WARN,
            f"{asked:,} tokens only with context extension (native {model.context_native:,})",
            sources,
        )
    most = max(model.context_native, model.context_extended or 0)
    return Verdict(ID, Outcome.FAIL, f"{asked:,} tokens exceed its {most:,}", sources)


RULE = Rule(ID, "Context long enough", "gate", "0.1", judge, "model", __doc__ or "", fails)
