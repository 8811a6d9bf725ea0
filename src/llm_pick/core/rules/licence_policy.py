"""The licence of the weights, and of what they were made from, is inside the policy asked for.

What it checks: the licence id of the very repository, and of every base model whose terms still apply,
against each ``--license`` policy.
Why it matters: the best model is worth nothing if the terms forbid the use.
How it decides: ``commercial`` takes what the licence verdict grants to the profile asked about (by default an
ordinary commercial use), with or without conditions;
``permissive`` takes open-source licences that ask for notices only; ``osi`` takes licences approved by the
Open Source Initiative; ``open-source`` asks for such a licence plus published training data; ``any`` takes
all; any other policy is a licence id. Several policies: one of them must hold.
When it is unknown: a licence whose text was not read is ``unread``; no policy but ``any`` takes it.
What to do about a failure: read the clause named, ask the licensor, or widen ``--license``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.licensing.findings import YES
from llm_pick.core.licensing.subject import multimodal
from llm_pick.core.licensing.verdict import licence_summary, verdict_of
from llm_pick.core.rules.base import Outcome, Rule, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llm_pick.core.candidates import Candidate
    from llm_pick.core.catalog import Catalog, License, Model
    from llm_pick.core.estimate.estimate import Estimate
    from llm_pick.core.licensing.profile import Profile
    from llm_pick.core.outline import Traits
    from llm_pick.core.question import Question

ID = "licence-policy"
POLICIES = {
    "any": "every licence, read or not",
    "commercial": "commercial use granted, with or without conditions",
    "permissive": "an open-source licence that asks for notices at most",
    "osi": "approved by the Open Source Initiative",
    "open-source": "an approved licence, and published code and training data",
}


def admits(policy: str, licence: License, model: Model | Traits) -> bool:
    """Whether a policy other than ``commercial`` (a named class or a licence id) takes this licence on this model."""
    match policy:
        case "any":
            return True
        case "permissive":
            return licence.license_class == "open-source" and licence.commercial_use == "yes"
        case "osi":
            return licence.osi_approved
        case "open-source":
            return licence.osi_approved and model.openness == "open-source"
        case _:
            return licence.id == policy


def admitted(policies: Sequence[str], model: Model | Traits, profile: Profile, catalog: Catalog) -> str | None:
    """The first policy that takes the model's licence and those of its bases; ``None`` where none does."""
    ids = (model.license, *model.base_licenses)
    for policy in policies:
        if policy == "commercial":
            inside = all(verdict_of(id, profile, multimodal(model), catalog) in YES for id in ids)
        else:
            first, *bases = (catalog.licenses[id] for id in ids)
            # A named licence id is about the model's own terms; its bases need only be usable at all.
            rest = policy if policy in POLICIES else "any"
            inside = admits(policy, first, model) and all(admits(rest, base, model) for base in bases)
        if inside:
            return policy
    return None


def fails(model: Model | Traits, question: Question, catalog: Catalog) -> bool:
    """Whether no policy admits the model."""
    return admitted(question.license_policies, model, question.profile, catalog) is None


def judge(candidate: Candidate, _estimate: Estimate, question: Question, catalog: Catalog) -> Verdict:
    """Pass when one policy admits the licence and all base licences; the profile decides under ``commercial``."""
    model = candidate.model
    asked = (id(catalog.licenses), question.license_policies, question.profile)
    terms = (model.license, model.base_licenses, model.openness, multimodal(model))
    held = _memo.get((asked, terms))
    if held is None:
        if len(_memo) >= _MEMO_LIMIT:
            _memo.clear()
        held = _memo[(asked, terms)] = (catalog.licenses, _judged(model, question, catalog))
    return held[1]


_MEMO_LIMIT = 8192  # entries kept before the memo starts over: bounds its memory, tunes nothing
_memo: dict[object, tuple[object, Verdict]] = {}
"""Who asks and under which terms → the licences (kept, so that their ``id`` stays theirs) and the verdict: models share it."""


def _judged(model: Model, question: Question, catalog: Catalog) -> Verdict:
    licences = [catalog.licenses[id] for id in (model.license, *model.base_licenses)]
    sources = tuple(licence.text_url for licence in licences)
    names = " and ".join(licence.name for licence in licences)
    summary = licence_summary(model, question.profile, catalog)
    said = f"{summary['verdict'].replace('_', ' ')} ({summary['clause']})"
    policy = admitted(question.license_policies, model, question.profile, catalog)
    if policy is not None:
        return Verdict(ID, Outcome.PASS, f"{names}: inside `{policy}`; {said}", sources)
    wanted = " or ".join(f"`{found}`" for found in question.license_policies)
    return Verdict(ID, Outcome.FAIL, f"{names}: outside {wanted}; {said}", sources)


RULE = Rule(ID, "Licence inside the policy", "gate", "0.1", judge, "model", __doc__ or "", fails)
