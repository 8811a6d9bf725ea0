"""Fill the generated blocks of README and docs with what the real commands print. ``--check`` fails on a difference.

Pages of references (commands, fields, dependencies) are generated as a whole. A block is ``<!-- generated: llm-pick … -->`` to ``<!-- end -->``; between them stands the command and its
output at 110 columns, as on a terminal without colour; `` | head -9``, `` | from TEXT`` and `` | with A|B`` after the command
leave lines out. Python code before ``<!-- output -->`` is run as well.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from datetime import datetime
from pathlib import Path

from llm_pick.io.store import built_in_catalog
from tools import catalog_reference, cli_reference, dependency_list

ROOT = Path(__file__).resolve().parent.parent
_BLOCK = re.compile(r"(<!-- generated: (?P<command>llm-pick [^\n]*?) -->\n).*?(<!-- end -->)", re.DOTALL)
_PYTHON = re.compile(r"(```python\n(?P<code>[^`]*)```\n\n<!-- output -->\n).*?(<!-- end -->)", re.DOTALL)
WIDTH = "110"
UNCHECKED = ("dependencies.md",)
"""What follows from the packages of the day: written with the others, not compared."""
WHOLE = {"cli.md": cli_reference.page, "catalog.md": catalog_reference.page, "dependencies.md": dependency_list.page}
"""Pages that are generated from the first line to the last."""
TODAY = {"SOURCE_DATE_EPOCH": str(int(datetime.fromisoformat(f"{built_in_catalog().as_of}T12:00Z").timestamp()))}
"""Answers are shown as on the day of the catalog: later they add that it is old."""


def output_of(command: str) -> str:
    """What the command prints on a terminal of fixed width, cut as the stages after it say."""
    command, *stages = command.split(" | ")
    env = {**os.environ, "COLUMNS": WIDTH, "NO_COLOR": "1", "TERM": "dumb", "PYTHONUTF8": "1", **TODAY}
    argv = [sys.executable, "-m", "llm_pick", *shlex.split(command)[1:], "--format", "table"]
    done = subprocess.run(argv, capture_output=True, text=True, env=env, check=False, encoding="utf-8")
    if done.returncode not in (0, 1):
        raise SystemExit(f"{command}: {done.stderr}")
    shown = [line.rstrip() for line in done.stdout.strip("\n").splitlines()]
    for stage in stages:
        kept = _cut(shown, *shlex.split(stage))
        if not kept:
            raise SystemExit(f"{command}: nothing is left of `{stage}`")
        shown = kept if kept[-1:] == shown[-1:] else [*kept, "…"]
    return "\n".join(shown)


def _cut(lines: list[str], tool: str, argument: str) -> list[str]:
    """``head -N``: the first lines; ``from TEXT``: from the first line that holds it; ``with A|B``: lines that hold either."""
    if tool == "head":
        return lines[: int(argument.removeprefix("-"))]
    if tool == "from":
        return lines[next((index for index, line in enumerate(lines) if argument in line), len(lines)) :]
    return [line for line in lines if any(text in line for text in argument.split("|"))]


def output_of_python(code: str) -> str:
    """What the code prints."""
    env = {**os.environ, "PYTHONUTF8": "1", **TODAY}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, check=False, encoding="utf-8")
    if done.returncode:
        raise SystemExit(f"{code}: {done.stderr}")
    return done.stdout.strip("\n")


def filled(text: str) -> str:
    """``text`` with every generated block renewed."""

    def renew(match: re.Match[str]) -> str:
        command = match.group("command")
        shown = command.split(" | ")[0]
        return f"{match.group(1)}```console\n$ {shown}\n{output_of(command)}\n```\n{match.group(3)}"

    def run(match: re.Match[str]) -> str:
        return f"{match.group(1)}```text\n{output_of_python(match.group('code'))}\n```\n{match.group(3)}"

    return _PYTHON.sub(run, _BLOCK.sub(renew, text))


def main() -> int:
    """Write or check every page."""
    stale = []
    whole = {ROOT / "docs" / name: page for name, page in WHOLE.items()}
    for path in sorted({ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *whole}):
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        new = whole[path]() if path in whole else filled(old)
        if new != old and not ("--check" in sys.argv[1:] and path.name in UNCHECKED):
            stale.append(path.relative_to(ROOT).as_posix())
            if "--check" not in sys.argv[1:]:
                path.write_text(new, encoding="utf-8")
    if stale:
        print(("stale: " if "--check" in sys.argv[1:] else "written: ") + ", ".join(stale))
    return 1 if stale and "--check" in sys.argv[1:] else 0


if __name__ == "__main__":
    sys.exit(main())
