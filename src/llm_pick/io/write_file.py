"""Files are written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import signal
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from llm_pick.core.errors import QuestionError

if TYPE_CHECKING:
    from collections.abc import Iterator


def write_whole(path: str, text: str, *, make_folder: bool = False) -> None:
    """Write ``text`` to ``path`` at once: whoever reads it meanwhile, or whatever stops us, finds the old file or the new.

    Links are followed; devices and pipes are written through. ``QuestionError`` where it cannot be.
    """
    try:
        target = Path(os.path.realpath(path))  # of a link to itself: the link, which is then replaced
        if target.exists() and not target.is_file():
            with target.open("w", encoding="utf-8", errors="replace") as stream:
                stream.write(text)
            return
        if make_folder:
            target.parent.mkdir(parents=True, exist_ok=True)
        with _undisturbed():
            _replace(target, text)
    except BrokenPipeError:  # a reader that has enough
        return
    except (OSError, ValueError, RuntimeError) as error:  # ValueError: a NUL in the name; RuntimeError: links in a circle
        said = getattr(error, "strerror", None) or str(error)
        raise QuestionError(f"cannot write `{path}`: {said}", "name another file with -o") from error


def _replace(target: Path, text: str) -> None:
    mode = target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask()
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".partial-")
    try:
        # Half a letter can only come from a command line that is not UTF-8, which a document repeats.
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as stream:
            stream.write(text)
        Path(name).chmod(mode)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Signals that end us wait until the file is whole, so that no part of one is left behind."""
    if os.name == "nt":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
