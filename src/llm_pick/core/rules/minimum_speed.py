"""Decoding and time to first token meet the service level asked for.

What it checks: ``--min-tps`` against what one of the users gets while all are served, ``--max-ttft`` against the
time to first token.
Why it matters: an answer that crawls is not used.
How it decides: the cautious end of the interval meets the level: pass; only the likely value does: warn; else fail.
When it is unknown: no speed could be estimated for this engine and device.
What to do about a failure: a smaller or sparser model, a lower level, faster memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.rules.base import Outcome, Rule, Verdict

if TYPE_CHECKING:
    from llm_pick.core.candidates import Candidate
    from llm_pick.core.catalog import Catalog
    from llm_pick.core.estimate.estimate import Estimate
    from llm_pick.core.question import Question

ID = "minimum-speed"


def judge(_candidate: Candidate, estimate: Estimate, question: Question, _catalog: Catalog) -> Verdict:
    """The worse of the two levels decides."""
    if question.min_tok_per_s is None and question.max_ttft_s is None:
        return Verdict(ID, Outcome.PASS, "no minimum speed asked")
    speed = estimate.speed
    if speed is None:
        return Verdict(ID, Outcome.UNKNOWN, "speed could not be estimated")
    level, decode = question.min_tok_per_s, speed.per_user_tok_per_s
    if level is not None and decode.likely < level:
        text = f"about {decode.likely:.0f} tok/s, below {level:g}"
        return Verdict(ID, Outcome.FAIL, text)
    limit, ttft = question.max_ttft_s, speed.ttft_s
    if limit is not None and ttft.likely > limit:
        text = f"first token after about {ttft.likely:.1f} s, above {limit:g} s"
        return Verdict(ID, Outcome.FAIL, text)
    if (level is not None and decode.low < level) or (limit is not None and ttft.high > limit):
        return Verdict(ID, Outcome.WARN, "meets the level at the likely value, not at the cautious end")
    return Verdict(ID, Outcome.PASS, "meets the level even at the cautious end")


RULE = Rule(ID, "Fast enough", "gate", "0.1", judge, "candidate", __doc__ or "")
