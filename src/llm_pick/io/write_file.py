"""Files are written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from llm_pick.core.errors import QuestionError


def write_whole(path: str, text: str, *, make_folder: bool = False) -> None:
    """Write ``text`` to ``path`` at once: whoever reads it meanwhile, or whatever stops us, finds the old file or the new.

    Links are followed; devices and pipes are written through. ``QuestionError`` where it cannot be.
    """
    partial = None
    try:
        target = Path(os.path.realpath(path))  # of a link to itself: the link, which then cannot be replaced
        if target.exists() and not target.is_file():
            with target.open("w", encoding="utf-8", errors="replace") as stream:
                stream.write(text)
            return
        if make_folder:
            target.parent.mkdir(parents=True, exist_ok=True)
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask()
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=".partial-")
        partial = Path(name)
        # Half a letter can only come from a command line that is not UTF-8, which a document repeats.
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as stream:
            stream.write(text)
        partial.chmod(mode)
        partial.replace(target)
        partial = None
    except BrokenPipeError:  # a reader that has enough
        return
    except (OSError, ValueError, RuntimeError) as error:  # ValueError: a NUL in the name; RuntimeError: links in a circle
        said = getattr(error, "strerror", None) or str(error)
        raise QuestionError(f"cannot write `{path}`: {said}", "name another file with -o") from error
    finally:
        if partial is not None:
            partial.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
