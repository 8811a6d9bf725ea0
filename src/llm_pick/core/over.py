"""Records laid over others, without making a copy of either."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Over(Mapping[str, T], Generic[T]):
    """Records over others: where both have an id, the upper one counts. In the order of the lower, then what is new."""

    def __init__(self, upper: Mapping[str, T], lower: Mapping[str, T]) -> None:
        self._upper, self._lower = upper, lower

    def __getitem__(self, key: str) -> T:
        found = self._upper.get(key)
        return self._lower[key] if found is None else found

    def get(self, key: str, default: Any = None) -> Any:  # noqa: ANN401 - as Mapping.get
        """The record, or ``default``."""
        found = self._upper.get(key)
        return self._lower.get(key, default) if found is None else found

    def __contains__(self, key: object) -> bool:
        return key in self._upper or key in self._lower

    def __iter__(self) -> Iterator[str]:
        yield from self._lower
        yield from (key for key in self._upper if key not in self._lower)

    def __len__(self) -> int:
        return len(self._lower) + sum(key not in self._lower for key in self._upper)


class Beside(Over[tuple[Any, ...]]):
    """Rows beside others: of a key that both have, the lower's come first."""

    def __getitem__(self, key: str) -> tuple[Any, ...]:
        found = self.get(key)
        if found is None:
            raise KeyError(key)
        return tuple(found)

    def get(self, key: str, default: Any = None) -> Any:  # noqa: ANN401 - as Mapping.get
        """All rows, or ``default``."""
        upper, lower = self._upper.get(key), self._lower.get(key)
        return default if upper is None and lower is None else (*(lower or ()), *(upper or ()))
