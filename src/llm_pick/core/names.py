"""How names match: case and separators never matter, an exact name beats a prefix, nothing is guessed."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_SEPARATORS = re.compile(r"[\s._:/\\-]+")


def normal(name: str) -> str:
    """The form in which names are compared: lower case, runs of separators as one hyphen."""
    return _SEPARATORS.sub("-", name.strip().lower()).strip("-")


@dataclass(frozen=True, slots=True)
class Match:
    """What a name means: one id, or none, with the candidates that were near."""

    id: str | None
    via: str
    """id | alias | prefix | ambiguous | unknown"""
    candidates: tuple[str, ...] = ()


class Names:
    """An index from every spelling of a kind of record to its id."""

    def __init__(self, names: Mapping[str, Iterable[str]]) -> None:
        """``names`` maps each id to its other declared names."""
        self._ids = {normal(id): id for id in names}
        self._aliases: dict[str, set[str]] = {}
        for id, others in names.items():
            for other in others:
                key = normal(other)
                if key and self._ids.get(key) != id:
                    self._aliases.setdefault(key, set()).add(id)

    def ambiguous_aliases(self) -> dict[str, tuple[str, ...]]:
        """Aliases that several records claim, or that are another record's id."""
        found = {}
        for key, ids in sorted(self._aliases.items()):
            owners = ids | ({self._ids[key]} if key in self._ids else set())
            if len(owners) > 1:
                found[key] = tuple(sorted(owners))
        return found

    def members(self, name: str) -> tuple[str, ...]:
        """Ids that continue ``name`` after a separator: the members a family name stands for."""
        key = normal(name)
        return tuple(
            sorted(id for known, id in self._ids.items() if known == key or known.startswith(key + "-"))
        )

    def match(self, name: str) -> Match:
        """Resolve ``name``: exact id, declared alias, unambiguous prefix, else the nearest names."""
        key = normal(name)
        if key in self._ids:
            return Match(self._ids[key], "id")
        owners = self._aliases.get(key)
        if owners and len(owners) == 1:
            return Match(next(iter(owners)), "alias")
        if owners:
            return Match(None, "ambiguous", tuple(sorted(owners)))
        members = self.members(name) if key else ()
        if len(members) == 1:
            return Match(members[0], "prefix")
        if members:
            return Match(None, "ambiguous", members)
        return Match(None, "unknown", self.nearest(name))

    def nearest(self, name: str, count: int = 5) -> tuple[str, ...]:
        """Ids whose spelling, or an alias's, is closest to ``name``, nearest first."""
        key = normal(name)
        spellings = {known: {id} for known, id in self._ids.items()}
        for alias, owners in self._aliases.items():
            spellings.setdefault(alias, set()).update(owners)
        close = difflib.get_close_matches(key, sorted(spellings), n=count * 3, cutoff=0.55)
        if len(close) < count and len(key) >= 3:
            close += [known for known in sorted(spellings) if key in known and known not in close]
        ids = [id for known in close for id in sorted(spellings[known])]
        return tuple(dict.fromkeys(ids))[:count]
