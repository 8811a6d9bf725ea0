"""Whole-process time of the usual commands, as a ratio to ``python -c pass``: ``python -m benchmarks.startup [--json]``.

Each command is paired with a bare interpreter run right before it, so that a machine that slows down slows both;
the median of the pairwise ratios is printed, of wall time and of CPU time, which a busy machine disturbs less. Memory is the
largest resident set of the process. All runs find compiled bytecode, as after an installation. Peers that are installed
are measured beside, by their cheapest command.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from typing import NamedTuple

COMMANDS = {
    "recommend --json": ("recommend", "--vram", "24", "--task", "code", "--json"),
    "recommend table": ("recommend", "--vram", "24", "--task", "code", "--format", "table"),
    "fit --json": ("fit", "llama-3.1-8b", "-H", "rtx-4090", "--json"),
    "compare": ("compare", "qwen3-32b", "gpt-oss-20b"),
    "license": ("license", "llama-3.1"),
    "show": ("show", "rtx-4090"),
    "inspect --help": ("inspect", "--help"),
    "--help": ("--help",),
    "--version": ("--version",),
}
BUDGET = {"recommend --json": 8, "recommend table": 11, "--help": 7, "license": 7}
"""Ratio that should not be exceeded."""
BUDGET_RSS_MIB = 45
PEERS = {
    "whichllm": "--version",
    "llmfit": "--version",
    "hf-mem": "--help",
    "chimeraforge": "--help",
    "hf": "--help",
    "llm": "--version",
}


class Run(NamedTuple):
    """One process."""

    wall_s: float
    cpu_s: float
    rss_kib: int


def child_environment(cache: str) -> dict[str, str]:
    """The environment of the measured processes: bytecode is kept in ``cache``, whatever ours says about it."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": cache}


def measured(argv: list[str], environment: dict[str, str]) -> Run:
    """Time and largest resident set of one run, output thrown away."""
    null = os.open(os.devnull, os.O_WRONLY)
    start = time.perf_counter()
    pid = os.posix_spawn(
        argv[0], argv, environment, file_actions=[(os.POSIX_SPAWN_DUP2, null, 1), (os.POSIX_SPAWN_DUP2, null, 2)]
    )
    _, _, usage = os.wait4(pid, 0)
    os.close(null)
    return Run(time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss)


def compared(argv: list[str], runs: int, environment: dict[str, str]) -> dict[str, float]:
    """A command against a bare interpreter."""
    bare = [sys.executable, "-c", "pass"]
    measured(bare, environment)
    measured(argv, environment)
    pairs = [(measured(bare, environment), measured(argv, environment)) for _ in range(runs)]
    return {
        "ratio": round(statistics.median(run.wall_s / base.wall_s for base, run in pairs), 1),
        "cpu_ratio": round(statistics.median(run.cpu_s / base.cpu_s for base, run in pairs), 1),
        "wall_s": round(statistics.median(run.wall_s for _, run in pairs), 3),
        "rss_mib": round(max(run.rss_kib for _, run in pairs) / 1024, 1),
    }


def main() -> int:
    """Time every command and print a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--runs", type=int, default=11)
    options = parser.parse_args()
    rows = {}
    with tempfile.TemporaryDirectory() as cache:
        environment = child_environment(cache)
        for name, command in COMMANDS.items():
            rows[name] = compared([sys.executable, "-m", "llm_pick", *command], options.runs, environment)
        for name, argument in PEERS.items():
            place = shutil.which(name)
            if place and subprocess.run([place, argument], capture_output=True, check=False).returncode == 0:
                rows[f"{name} {argument}"] = compared([place, argument], options.runs, environment)
    if options.json:
        print(json.dumps(rows, indent=2))
        return 0
    print(f"{'':20} {'wall':>7} {'CPU':>7}  budget   seconds     memory")
    for name, row in rows.items():
        budget = f"{BUDGET[name]}x" if name in BUDGET else ""
        seconds, memory = row["wall_s"], row["rss_mib"]
        print(f"{name:20} {row['ratio']:6.1f}x {row['cpu_ratio']:6.1f}x  {budget:>6}  {seconds:6.3f} s  {memory:5.1f} MiB")
    print(f"memory budget: {BUDGET_RSS_MIB} MiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
