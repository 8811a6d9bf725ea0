"""The quality score rests on evidence that is recent, and not only the maker's own.

What it checks: how many published benchmark rows back the score, how many are independent, how old the newest is.
Why it matters: a score without rows is a guess from size and date; makers report a few points more than others
measure; benchmarks of two years ago say little beside today's.
How it decides: advice only: no rows, no independent row, no row for the task itself, or only old rows warn.
When it is unknown: the model has no fitted score at all, or the task needs results of its own (long context, tool
use, languages) and none was published.
What to do about it: test on 50 to 100 examples of your own.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from llm_pick.core.quality.task_score import rows_in_any_mode
from llm_pick.core.rules.base import Outcome, Rule, Verdict

if TYPE_CHECKING:
    from llm_pick.core.candidates import Candidate
    from llm_pick.core.catalog import Catalog
    from llm_pick.core.estimate.estimate import Estimate
    from llm_pick.core.question import Question

ID = "evidence-age"


def judge(candidate: Candidate, estimate: Estimate, question: Question, catalog: Catalog) -> Verdict:
    """Warn where the score rests on nothing, or on the maker alone."""
    quality = estimate.quality
    if quality is None:
        return Verdict(ID, Outcome.UNKNOWN, "no score could be fitted")
    if quality.unknown is not None:
        return Verdict(ID, Outcome.UNKNOWN, quality.unknown)
    if quality.rows == 0 and rows_in_any_mode(candidate.model.id, catalog):
        text = f"no published result in {quality.mode.replace('_', '-')} mode: results of its other mode stand in"
        return Verdict(ID, Outcome.WARN, text)
    if quality.rows == 0:
        return Verdict(ID, Outcome.WARN, "no published result: the score is a guess from size and date")
    if quality.independent_rows == 0:
        return Verdict(ID, Outcome.WARN, f"{quality.rows} published results, none of them independent")
    if quality.task_rows == 0:
        return Verdict(ID, Outcome.WARN, f"no row for `{question.task.id}` itself: general ability stands in")
    newest = catalog.newest_evidence.get(candidate.model.id, "")
    oldest_fresh = date.fromisoformat(question.as_of) - timedelta(days=catalog.parameter("rules.evidence_age.warn_days"))
    if newest < oldest_fresh.isoformat():
        return Verdict(ID, Outcome.WARN, f"its newest published result is of {newest}")
    return Verdict(ID, Outcome.PASS, f"{quality.rows} published results, {quality.independent_rows} of them independent")


RULE = Rule(ID, "Evidence for the score", "advice", "0.1", judge, "model", __doc__ or "")
