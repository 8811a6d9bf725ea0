"""Where bytes come from: a local file, or (``io.hub``) a file on a server read by ranges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from llm_pick.core.errors import QuestionError

if TYPE_CHECKING:
    from pathlib import Path


class FileError(QuestionError):
    """A file that is not what it should be; message and hint are for the user."""


class Source(Protocol):
    """A file that can be read in pieces."""

    name: str
    """How the user knows it: a path, or repository and file."""
    size: int
    """Length in bytes."""

    def read_at(self, offset: int, length: int) -> bytes:
        """``length`` bytes from ``offset``; fewer only where the file ends."""


class LocalFile:
    """A file on this machine. Links are followed by the operating system, which ends cycles with an error."""

    def __init__(self, path: Path) -> None:
        """Raises ``FileError`` where there is no readable file."""
        self.name = str(path)
        self._path = path
        try:
            if not path.is_file():
                raise FileError(f"`{path}` is no file", "name a .gguf file or a folder of .safetensors files")
            self.size = path.stat().st_size
        except OSError as error:
            raise FileError(f"cannot read `{path}`: {error.strerror or error}", "check the path and its permissions") from error

    def read_at(self, offset: int, length: int) -> bytes:
        """Part of the file; ``FileError`` where it cannot be read."""
        try:
            with self._path.open("rb") as file:
                file.seek(offset)
                return file.read(length)
        except OSError as error:
            raise FileError(f"cannot read `{self.name}`: {error.strerror or error}", "check its permissions") from error
