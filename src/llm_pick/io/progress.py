"""A line on stderr while something is waited for: only on a terminal, only after 300 ms, gone before the answer."""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

PATIENCE_S = 0.3


class Progress:
    """``with Progress() as say: say("reading 3 headers")``."""

    def __init__(self) -> None:
        stream = sys.stderr
        self._on = stream is not None and stream.isatty() and not os.environ.get("LLM_PICK_NO_PROGRESS")
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._text, self._shown = "", False

    def __call__(self, text: str) -> None:
        """Say what is being waited for from now on."""
        with self._lock:
            self._text = "".join(letter if letter.isprintable() else "?" for letter in text)
            if self._shown:
                self._write(self._text)
            elif self._on and self._timer is None:
                self._timer = threading.Timer(PATIENCE_S, self._late)
                self._timer.daemon = True
                self._timer.start()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Take the line away."""
        if self._timer is not None:
            self._timer.cancel()
        with self._lock:
            if self._shown:
                self._write("")
            self._on = self._shown = False

    def _late(self) -> None:
        with self._lock:
            if self._on:
                self._shown = True
                self._write(self._text)

    @staticmethod
    def _write(text: str) -> None:
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()
