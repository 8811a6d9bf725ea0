"""What Regulation (EU) 2024/1689 makes of a licence, and of whoever runs, changes or builds in the model.

Read from Articles 50, 53 and 54 and from the Commission's guidelines C(2025) 5045; paragraph numbers are theirs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.record import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llm_pick.core.catalog import License

GUIDELINES = "https://digital-strategy.ec.europa.eu/en/library/guidelines-scope-obligations-providers-general-purpose-ai-models-under-ai-act"
REGULATION = "https://eur-lex.europa.eu/eli/reg/2024/1689/oj"


@dataclass(frozen=True, slots=True)
class Duty:
    """One line on the AI Act: whom it is about, what it says, and where that stands."""

    who: str
    """licence | deployer | modifier | integrator"""
    text: str
    clause: str
    source: str


def ai_act_duties(licences: Sequence[License]) -> tuple[Duty, ...]:
    """The reading of each licence, then what a deployer and a modifier owe, and the integrator where the EU is excluded."""
    lines = [
        Duty("licence", f"{licence.id}: {licence.eu_ai_act_open or 'not judged'}", "guidelines 78-92", GUIDELINES)
        for licence in licences
    ]
    lines += [_DEPLOYER, _MODIFIER]
    if any("EU" in licence.regions_excluded for licence in licences):
        lines.append(_INTEGRATOR)
    return tuple(lines)


_DEPLOYER = Duty(
    "deployer",
    "Running somebody else's model makes you no provider of it; duties of transparency towards people apply since 2026-08-02.",
    "Article 50",
    REGULATION,
)
_MODIFIER = Duty(
    "modifier",
    "You become provider, of the change alone, if it took over one third of the model's training compute; where that is unknown,"
    " over one third of 10^23 FLOP (10^25 for a model of systemic risk). Ordinary fine-tuning stays far below.",
    "guidelines 60-71",
    GUIDELINES,
)
_INTEGRATOR = Duty(
    "integrator",
    "Where the maker excludes the EU, whoever builds the model into a system for the EU market counts as its provider.",
    "guidelines 59",
    GUIDELINES,
)
