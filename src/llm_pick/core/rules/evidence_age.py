"""The quality score rests on evidence, and not only on the maker's own.

What it checks: how many published benchmark rows back the score, and how many are independent.
Why it matters: a score without rows is a guess from size and date; makers report a few points more than others
measure.
How it decides: advice only: no rows warns, no independent row warns, otherwise it passes.
When it is unknown: the model has no fitted score at all.
What to do about it: test on 50 to 100 examples of your own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.rules.base import Outcome, Rule, Verdict

if TYPE_CHECKING:
    from llm_pick.core.candidates import Candidate
    from llm_pick.core.catalog import Catalog
    from llm_pick.core.estimate.estimate import Estimate
    from llm_pick.core.question import Question

ID = "evidence-age"


def judge(_candidate: Candidate, estimate: Estimate, question: Question, _catalog: Catalog) -> Verdict:
    """Warn where the score rests on nothing, or on the maker alone."""
    quality = estimate.quality
    if quality is None:
        return Verdict(ID, Outcome.UNKNOWN, "no score could be fitted")
    if quality.rows == 0:
        return Verdict(ID, Outcome.WARN, "no published benchmark row: the score is a guess from size and date")
    if quality.independent_rows == 0:
        return Verdict(ID, Outcome.WARN, f"{quality.rows} rows, none of them independent")
    if quality.task_rows == 0:
        return Verdict(ID, Outcome.WARN, f"no row for `{question.task.id}` itself: general ability stands in")
    return Verdict(
        ID, Outcome.PASS, f"{quality.rows} benchmark rows, {quality.independent_rows} of them independent"
    )


RULE = Rule(ID, "Evidence for the score", "advice", "0.1", judge, __doc__ or "")
