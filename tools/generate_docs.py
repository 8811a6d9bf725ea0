"""Fill the generated blocks of README and docs with what the real commands print. ``--check`` fails on a difference.

A block is ``<!-- generated: llm-pick … -->`` to ``<!-- end -->``; between them stands the command and its
output at 100 columns, as on a terminal without colour.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_BLOCK = re.compile(r"(<!-- generated: (?P<command>llm-pick [^\n]*?) -->\n).*?(<!-- end -->)", re.DOTALL)
WIDTH = "110"


def output_of(command: str) -> str:
    """What the command prints on a terminal of fixed width."""
    command, _, lines = command.partition(" | head -")
    env = {**os.environ, "COLUMNS": WIDTH, "NO_COLOR": "1", "TERM": "dumb", "PYTHONUTF8": "1"}
    argv = [sys.executable, "-m", "llm_pick", *shlex.split(command)[1:], "--format", "table"]
    done = subprocess.run(argv, capture_output=True, text=True, env=env, check=False, encoding="utf-8")
    if done.returncode not in (0, 1):
        raise SystemExit(f"{command}: {done.stderr}")
    shown = [line.rstrip() for line in done.stdout.strip("\n").splitlines()]
    return "\n".join(shown[: int(lines)] if lines else shown)


def filled(text: str) -> str:
    """``text`` with every generated block renewed."""

    def renew(match: re.Match[str]) -> str:
        command = match.group("command")
        return f"{match.group(1)}```console\n$ {command}\n{output_of(command)}\n```\n{match.group(3)}"

    return _BLOCK.sub(renew, text)


def main() -> int:
    """Write or check every page."""
    stale = []
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        old = path.read_text(encoding="utf-8")
        new = filled(old)
        if new != old:
            stale.append(path.relative_to(ROOT).as_posix())
            if "--check" not in sys.argv[1:]:
                path.write_text(new, encoding="utf-8")
    if stale:
        print(("stale: " if "--check" in sys.argv[1:] else "written: ") + ", ".join(stale))
    return 1 if stale and "--check" in sys.argv[1:] else 0


if __name__ == "__main__":
    sys.exit(main())
