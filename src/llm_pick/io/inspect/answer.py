"""``inspect`` as a whole: read a repository or file, then fit it on the machine of the question."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llm_pick.core.ask import build_question
from llm_pick.core.errors import QuestionError
from llm_pick.core.fitting import question_about
from llm_pick.core.inspected import catalog_with
from llm_pick.core.recommend import fit
from llm_pick.core.record import dataclass
from llm_pick.io.inspect import inspect
from llm_pick.io.this_machine import models_here

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from llm_pick.core.catalog import Catalog
    from llm_pick.core.held import Held
    from llm_pick.core.inspected import Inspected
    from llm_pick.core.question import Question
    from llm_pick.core.recommend import Assessed


@dataclass(frozen=True, slots=True)
class InspectAnswer:
    """What the files say, and what they need on the machine of the question."""

    found: Inspected
    assessed: tuple[Assessed, ...]
    """Every quantization that the repository or file holds, best first."""
    question: Question
    catalog: Catalog
    """The catalog with the inspected model in it."""
    held: tuple[Held, ...] = ()
    """What programs of this machine already keep of it."""

    @property
    def fits(self) -> bool:
        """Whether any of it fits."""
        return any(item.estimate.memory.fits for item in self.assessed)


def inspect_answer(name: str, asked: Mapping[str, Any], catalog: Catalog, progress: Callable[[str], None]) -> InspectAnswer:
    """Read headers, then estimate. ``asked`` are arguments of ``build_question``; ``progress`` hears what is waited for.

    Raises ``QuestionError`` (no such thing, no language model, nothing of it runs here) or ``NetworkError``.
    """
    build_question(catalog, **asked)  # a wrong question is told before anything is fetched
    found = inspect(name, catalog, progress)
    wider = catalog_with(found, catalog)
    question = question_about(found.model, asked, wider)
    held = {artifact.quant for artifact in found.model.artifacts}
    assessed = tuple(item for item in fit(found.model, question, wider) if item.candidate.quantization.id in held)
    if not assessed:
        raise QuestionError(
            f"{question.hardware.label} runs none of what {name} holds: {', '.join(sorted(held))}",
            "leave out --quant and --runtime, or name other hardware",
        )
    here = models_here(wider)
    known = found.evidence_of
    kept = (*here.get(found.model.id, ()), *(here.get(known.id, ()) if known is not None else ()))
    return InspectAnswer(found, assessed, question, wider, tuple(dict.fromkeys(kept)))
