"""The ways to look at a machine: read a file it offers, run a tool it has. All fail silently into ``None``."""

from __future__ import annotations

import contextlib
import glob
import os
import platform
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import Protocol

TOOL_SECONDS = 5.0
"""A driver that hangs must not hang the answer; ``system_profiler`` takes some seconds."""
ALL_TOOLS_SECONDS = 10.0
"""Once this is spent, no further tool is started."""
MOST_BYTES = 1 << 20
"""No file or answer read here is longer than this."""
MOST_PATHS = 1000


class Probe(Protocol):
    """What a detector may ask of a machine; tests answer from recordings of real ones."""

    system: str
    """``Linux``, ``Darwin`` or ``Windows``."""
    failures: dict[str, str]
    """Tool → what it said when it failed, as far as one did."""

    def read(self, path: str) -> str | None:
        """Text of a file, or ``None`` where it is not there or not readable."""

    def run(self, *command: str) -> str | None:
        """Standard output of a tool, or ``None`` where it is not there, fails or hangs."""

    def glob(self, pattern: str) -> list[str]:
        """Paths that match, sorted."""

    def nvml(self) -> str | None:
        """What NVML says of its devices, in the words of ``nvidia-smi``'s CSV; ``None`` without a driver."""


class ThisMachine:
    """The machine the program runs on."""

    system = platform.system()

    def __init__(self, *, tool_seconds: float = TOOL_SECONDS, all_tools_seconds: float = ALL_TOOLS_SECONDS) -> None:
        """Seconds one tool, and all tools together, may take."""
        self.failures: dict[str, str] = {}
        self._said: dict[tuple[str, ...], str | None] = {}
        self._tool_seconds = tool_seconds
        self._deadline = time.monotonic() + all_tools_seconds

    def read(self, path: str) -> str | None:
        """Text of a file."""
        with contextlib.suppress(OSError), Path(path).open("rb") as file:
            return _text(file.read(MOST_BYTES))
        return None

    def run(self, *command: str) -> str | None:
        """Output of a tool run without a shell, in English, within the time that is left; asked once."""
        if command not in self._said:
            self._said[command] = self._run(command)
        return self._said[command]

    def _run(self, command: tuple[str, ...]) -> str | None:
        seconds = min(self._tool_seconds, self._deadline - time.monotonic())
        if seconds <= 0:
            self.failures[command[0]] = "not asked: earlier tools took too long"
            return None
        with contextlib.suppress(OSError, ValueError), tempfile.TemporaryFile() as out:
            # A file, not a pipe: a child of the tool that lives on would keep a pipe open.
            started = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**os.environ, "LC_ALL": "C"},
                start_new_session=os.name == "posix",
            )
            try:
                code = started.wait(seconds)
            except subprocess.TimeoutExpired:
                _end(started)
                self.failures[command[0]] = f"no answer within {seconds:.0f} s"
                return None
            out.seek(0)
            said = _text(out.read(MOST_BYTES))
            if code == 0:
                return said
            self.failures[command[0]] = next((line.strip() for line in said.splitlines() if line.strip()), f"exit {code}")[:200]
        return None

    def glob(self, pattern: str) -> list[str]:
        """Paths that match."""
        return sorted(glob.glob(pattern))[:MOST_PATHS]  # noqa: PTH207 - absolute patterns

    def nvml(self) -> str | None:
        """Ask NVML through nvidia-ml-py; any failure means another way must answer. A driver that hangs is left."""
        said: list[str | None] = []
        asking = threading.Thread(target=lambda: said.append(_nvml()), daemon=True)
        asking.start()
        asking.join(self._tool_seconds)
        if not said:
            self.failures["NVML"] = f"no answer within {self._tool_seconds:.0f} s"
        return said[0] if said else None


def _nvml() -> str | None:
    try:
        import pynvml  # noqa: PLC0415 - only this question needs it

        pynvml.nvmlInit()
    except Exception:  # no driver, no library, no permission: all mean the same here
        return None
    lines = []
    try:
        driver = _word(pynvml.nvmlSystemGetDriverVersion())
        for index in range(pynvml.nvmlDeviceGetCount()):
            handle = pynvml.nvmlDeviceGetHandleByIndex(index)
            name = _word(pynvml.nvmlDeviceGetName(handle))
            total, free, mig = "[N/A]", "[N/A]", "[N/A]"
            with contextlib.suppress(Exception):  # unified memory: not supported
                memory = pynvml.nvmlDeviceGetMemoryInfo(handle)
                total, free = str(memory.total // 2**20), str(memory.free // 2**20)
            with contextlib.suppress(Exception):  # devices that cannot be cut into slices
                mig = "Enabled" if pynvml.nvmlDeviceGetMigMode(handle)[0] else "Disabled"
            lines.append(f"{index}, {name}, {total}, {free}, {driver}, {mig}")
    except Exception:  # an unsupported call: nvidia-smi may know more
        return None
    finally:
        with contextlib.suppress(Exception):
            pynvml.nvmlShutdown()
    return "\n".join(lines) or None


def _end(started: subprocess.Popen[bytes]) -> None:
    """Kill a tool and whatever it started."""
    with contextlib.suppress(OSError):
        if os.name == "posix":
            os.killpg(started.pid, signal.SIGKILL)
        else:
            started.kill()
    with contextlib.suppress(subprocess.TimeoutExpired):  # one stuck in the kernel cannot be waited for
        started.wait(0.2)


def _text(raw: bytes) -> str:
    """Text without control characters, which a terminal would obey; NUL separates the words of a device tree."""
    text = raw.decode("utf-8", errors="replace").replace("\0", "\n")
    return "".join(char for char in text if char.isprintable() or char in "\n\t")


def _word(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
