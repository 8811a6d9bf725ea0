"""``license``: what a name means, and the verdict for a profile where one was given."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from llm_pick.core.errors import QuestionError
from llm_pick.core.licensing.profile import parse_profile
from llm_pick.core.licensing.target import find_target
from llm_pick.core.licensing.verdict import judge
from llm_pick.core.record import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llm_pick.core.catalog import Catalog
    from llm_pick.core.licensing.profile import Profile
    from llm_pick.core.licensing.target import Target
    from llm_pick.core.licensing.verdict import LicenseVerdict


@dataclass(frozen=True, slots=True)
class LicenseAnswer:
    """A licence question, answered."""

    target: Target
    profile: Profile | None
    verdicts: tuple[LicenseVerdict, ...]
    """One for each group of the target; none without a profile."""
    day: str | None
    """ISO date as of which licence dates are judged; ``None``: the catalog's."""

    @property
    def yes(self) -> bool:
        """False where a profile was given and the use is not granted by every licence."""
        return all(verdict.yes for verdict in self.verdicts)


def license_answer(name: str, profile: Mapping[str, Any], as_of: str | None, catalog: Catalog) -> LicenseAnswer:
    """Resolve and judge; ``QuestionError`` for an unknown name, a profile that is none, or a date that is none."""
    parsed = parse_profile(dict(profile)) if profile else None
    day = _day(as_of)
    target = find_target(name, catalog)
    verdicts = tuple(judge(subject, parsed, catalog) for subject, _ in target.groups) if parsed else ()
    return LicenseAnswer(target, parsed, verdicts, day)


def _day(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return datetime.date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise QuestionError(f"--as-of `{text}` is not a date", "write it as 2026-11-21") from error
