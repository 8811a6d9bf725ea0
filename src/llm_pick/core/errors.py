"""What keeps a question from being answered: it is wrong as asked, the network is not there, or the answer is no."""

from __future__ import annotations


class QuestionError(Exception):
    """What is wrong with the question, and what to do: nothing is substituted silently."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class NetworkError(QuestionError):
    """The network was needed and not there, or what answered cannot be used."""


class NoPlanError(Exception):
    """The question is sound and the answer is no: what rules every plan out, and what would admit one."""

    def __init__(self, message: str, hint: str, limit: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.limit = limit
        """memory | ttft | itl | kv_cache | residency | price | model"""


class CatalogError(Exception):
    """The compiled catalog cannot be used; the message says what to do."""
