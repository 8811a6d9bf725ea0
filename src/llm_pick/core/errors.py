"""A question that cannot be answered as asked."""

from __future__ import annotations


class QuestionError(Exception):
    """What is wrong with the question, and what to do: nothing is substituted silently."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
