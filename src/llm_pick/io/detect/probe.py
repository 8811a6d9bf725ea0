"""The two ways to look at a machine: read a file it offers, run a tool it has. Both fail silently into ``None``."""

from __future__ import annotations

import contextlib
import glob
import os
import platform
import subprocess
from pathlib import Path
from typing import Protocol

TIMEOUT_S = 10
"""A driver that hangs must not hang the answer; ``system_profiler`` takes some seconds."""
MOST_BYTES = 1 << 20
"""No file or answer read here is longer than this."""


class Probe(Protocol):
    """What a detector may ask of a machine; tests answer from recordings of real ones."""

    system: str
    """``Linux``, ``Darwin`` or ``Windows``."""

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

    def read(self, path: str) -> str | None:
        """Text of a file."""
        with contextlib.suppress(OSError), Path(path).open(encoding="utf-8", errors="replace") as file:
            return file.read(MOST_BYTES)
        return None

    def run(self, *command: str) -> str | None:
        """Output of a tool run without a shell, in English, within ``TIMEOUT_S``."""
        environment = {**os.environ, "LC_ALL": "C"}
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            done = subprocess.run(
                command, capture_output=True, timeout=TIMEOUT_S, check=False, env=environment, stdin=subprocess.DEVNULL
            )
            if done.returncode == 0:
                return done.stdout[:MOST_BYTES].decode("utf-8", errors="replace")
        return None

    def glob(self, pattern: str) -> list[str]:
        """Paths that match."""
        return sorted(glob.glob(pattern))  # noqa: PTH207 - absolute patterns

    def nvml(self) -> str | None:
        """Ask NVML through nvidia-ml-py; any failure means another way must answer."""
        try:
            import pynvml  # type: ignore[import-untyped,unused-ignore]  # noqa: PLC0415 - only this question needs it

            pynvml.nvmlInit()
        except Exception:
            return None
        lines = []
        try:
            for index in range(pynvml.nvmlDeviceGetCount()):
                handle = pynvml.nvmlDeviceGetHandleByIndex(index)
                name = pynvml.nvmlDeviceGetName(handle)
                memory = pynvml.nvmlDeviceGetMemoryInfo(handle)
                total, free = memory.total // 2**20, memory.free // 2**20
                driver = pynvml.nvmlSystemGetDriverVersion()
                lines.append(f"{index}, {_text(name)}, {total}, {free}, {_text(driver)}")
        except Exception:
            return None
        finally:
            with contextlib.suppress(Exception):
                pynvml.nvmlShutdown()
        return "\n".join(lines) or None


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
