"""How names match: case and separators never matter, an exact name beats a prefix, nothing is guessed."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any

from llm_pick.core.record import dataclass

if TYPE_CHECKING:
    import difflib
    from collections.abc import Callable, Iterable, Iterator, Mapping

_HUB = r"^(https?://)?(www\.)?(huggingface\.co|hf\.co|ollama\.com/library)/"
_SEPARATORS = r"[\s._:/\\-]+"
_NEEDLESS = r"(?<!\d)-|-(?!\d)"
_DECIMAL = r"(?<=\d)\.(?=\d)"
"""Patterns are text: ``re`` compiles and keeps the ones that are used."""
_LEAST_LIKENESS = 0.55
"""Below this share of common letters a name is no suggestion."""
LONGEST = 200
"""Letters of a word that are compared; no name has as many."""
_CUT_PENALTY = 0.05
"""A likeness to the beginning of a name counts this much less than to the whole name."""
_ALL_WORDS = 0.75
"""Likeness of a name that holds every word asked for, in any order."""


def normal(name: str) -> str:
    """The form in which names are compared: lower case, runs of separators as one hyphen, a hub's address left out."""
    bare = name[:LONGEST].strip().lower()
    if "/" in bare:
        bare = re.sub(_HUB, "", bare)
    return re.sub(_SEPARATORS, "-", bare).strip("-")


def joined(name: str) -> str:
    """The form without separators, except between digits, where they tell ``3.1-8b`` from ``3-18b``."""
    return re.sub(_NEEDLESS, "", normal(name))


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

    def tables(self) -> dict[str, dict[str, Any]]:
        """All that ``exactly`` and ``members`` look names up in, as plain values: see ``from_tables``."""
        sets = dict(zip(_TABLES[1:], (self._aliases, *self._joined, *self._beginnings), strict=True))
        plain = {name: {key: sorted(owners) for key, owners in table.items()} for name, table in sets.items()}
        return {_TABLES[0]: self._ids, **plain}

    @classmethod
    def from_tables(cls, table: Callable[[str], dict[str, Any]]) -> Names:
        """The index whose ``tables`` these are, each asked for when it is needed."""
        return _Prepared(table)

    @cached_property
    def _spellings(self) -> dict[str, set[str]]:
        """Every declared name, ids and aliases alike, with its owners."""
        spellings = {known: {id} for known, id in self._ids.items()}
        for alias, owners in self._aliases.items():
            spellings.setdefault(alias, set()).update(owners)
        return spellings

    @cached_property
    def _joined(self) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
        """Ids and aliases by their form without separators."""
        ids: dict[str, set[str]] = {}
        for known, id in self._ids.items():
            ids.setdefault(joined(known), set()).add(id)
        aliases: dict[str, set[str]] = {}
        for alias, owners in self._aliases.items():
            aliases.setdefault(joined(alias), set()).update(owners)
        return ids, aliases

    @cached_property
    def _beginnings(self) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
        """Ids by their beginnings, joined: those that end at a separator, and those at a decimal point."""
        whole: dict[str, set[str]] = {}
        decimal: dict[str, set[str]] = {}
        for id in self._ids.values():
            whole.setdefault(joined(id), set()).add(id)
            for found in re.finditer(_SEPARATORS, id):
                start = found.start()
                side = decimal if re.compile(_DECIMAL).match(id, start) else whole
                side.setdefault(joined(id[:start]), set()).add(id)
        return whole, decimal

    def ambiguous_aliases(self) -> dict[str, tuple[str, ...]]:
        """Aliases that several records claim, or that are another record's id."""
        found = {}
        for key, ids in sorted(self._aliases.items()):
            owners = ids | ({self._ids[key]} if key in self._ids else set())
            if len(owners) > 1:
                found[key] = tuple(sorted(owners))
        return found

    def members(self, name: str) -> tuple[str, ...]:
        """Ids that continue ``name`` after a separator: the members a family name stands for.

        ``a-3`` stands for ``a-3-8b`` and not for ``a-3.1-8b``, unless there is nothing but decimals.
        """
        key = joined(name)
        whole, decimal = self._beginnings
        return tuple(sorted(whole.get(key) or decimal.get(key) or ()))

    def match(self, name: str) -> Match:
        """Resolve ``name``: as ``exactly`` does, else the nearest names as candidates."""
        found = self.exactly(name)
        return Match(None, "unknown", self.nearest(name)) if found.via == "unknown" else found

    def exactly(self, name: str) -> Match:
        """Resolve ``name``: exact id, declared alias, the same without separators, unambiguous prefix; no suggestions."""
        key = normal(name)
        if key in self._ids:
            return Match(self._ids[key], "id")
        for owners, via in self._owners(key):
            if owners and len(owners) == 1:
                return Match(next(iter(owners)), via)
            if owners:
                return Match(None, "ambiguous", tuple(sorted(owners)))
        members = self.members(name) if key else ()
        if len(members) == 1:
            return Match(members[0], "prefix")
        if members:
            return Match(None, "ambiguous", members)
        return Match(None, "unknown")

    def _owners(self, key: str) -> Iterator[tuple[set[str] | None, str]]:
        """Who has a name, the surest way first; the index of joined names is built only when the plain ones fail."""
        yield self._aliases.get(key), "alias"
        ids, aliases = self._joined
        yield ids.get(joined(key)), "id"
        yield aliases.get(joined(key)), "alias"

    def nearest(self, name: str, count: int = 5) -> tuple[str, ...]:
        """Ids whose spelling, or an alias's, is closest to ``name``, nearest first; separators count for nothing."""
        words = normal(name).split("-")
        key = "".join(words)
        if not key:
            return ()
        import difflib  # noqa: PLC0415 - only for a name nobody knows

        likeness: dict[str, float] = {}
        matcher = difflib.SequenceMatcher(autojunk=False)
        matcher.set_seq2(key)
        for known, owners in self._spellings.items():
            bare = known.replace("-", "")
            found = max(_ratio(matcher, bare), _ratio(matcher, bare[: len(key)]) - _CUT_PENALTY)
            if len(key) >= 3 and all(word in bare for word in words):
                found = max(found, _ALL_WORDS)
            for id in owners if found >= _LEAST_LIKENESS else ():
                likeness[id] = max(found, likeness.get(id, 0.0))
        return tuple(sorted(likeness, key=lambda id: (-likeness[id], len(id), id))[:count])


_TABLES = ("ids", "aliases", "joined-ids", "joined-aliases", "beginnings", "decimal-beginnings")


class _Prepared(Names):
    """An index whose tables were worked out before."""

    def __init__(self, table: Callable[[str], dict[str, Any]]) -> None:
        self._table = table

    @cached_property
    def _ids(self) -> dict[str, str]:  # type: ignore[override]
        return self._table(_TABLES[0])

    @cached_property
    def _aliases(self) -> dict[str, set[str]]:  # type: ignore[override]
        return self._sets(_TABLES[1])

    @cached_property
    def _joined(self) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
        return self._sets(_TABLES[2]), self._sets(_TABLES[3])

    @cached_property
    def _beginnings(self) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
        return self._sets(_TABLES[4]), self._sets(_TABLES[5])

    def _sets(self, name: str) -> dict[str, set[str]]:
        return _Owners(self._table(name))


class _Owners(dict[str, Any]):
    """Sets written as lists."""

    def get(self, key: str, default: Any = None) -> Any:  # noqa: ANN401 - as dict.get
        """The owners, as a set."""
        found = super().get(key)
        return default if found is None else set(found)

    def items(self) -> Any:  # noqa: ANN401 - as dict.items
        """Keys and sets."""
        return [(key, set(found)) for key, found in super().items()]


def _ratio(matcher: difflib.SequenceMatcher[str], text: str) -> float:
    """Share of common letters, 0 where a cheap upper bound already falls short."""
    matcher.set_seq1(text)
    if matcher.real_quick_ratio() < _LEAST_LIKENESS or matcher.quick_ratio() < _LEAST_LIKENESS:
        return 0.0
    return matcher.ratio()
