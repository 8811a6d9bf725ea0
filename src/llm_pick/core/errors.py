"""What keeps a question from being answered: it is wrong as asked, or the network is not there."""

from __future__ import annotations


class QuestionError(Exception):
    """What is wrong with the question, and what to do: nothing is substituted silently."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class NetworkError(QuestionError):
    """The network was needed and not there, or what answered cannot be used."""
