"""Whole-process time of the usual commands, as a ratio to ``python -c pass``: ``python -m benchmarks.startup [--json]``.

Each command is paired with a bare interpreter run right before it, so that a machine that slows down slows both;
the median of the pairwise ratios is printed. Memory is the largest resident set of the process.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time

COMMANDS = {
    "recommend --json": ("recommend", "--vram", "24", "--task", "code", "--json"),
    "recommend table": ("recommend", "--vram", "24", "--task", "code", "--format", "table"),
    "fit --json": ("fit", "llama-3.1-8b", "-H", "rtx-4090", "--json"),
    "license": ("license", "llama-3.1"),
    "show": ("show", "rtx-4090"),
    "--help": ("--help",),
}


def measured(argv: list[str]) -> tuple[float, int]:
    """Wall seconds and largest resident set in KiB of one run, output thrown away."""
    null = os.open(os.devnull, os.O_WRONLY)
    start = time.perf_counter()
    pid = os.posix_spawn(argv[0], argv, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, null, 1), (os.POSIX_SPAWN_DUP2, null, 2)])
    _, _, usage = os.wait4(pid, 0)
    os.close(null)
    return time.perf_counter() - start, usage.ru_maxrss


def main() -> int:
    """Time every command and print a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--runs", type=int, default=11)
    options = parser.parse_args()
    bare = [sys.executable, "-c", "pass"]
    rows = {}
    for name, command in COMMANDS.items():
        argv = [sys.executable, "-m", "llm_pick", *command]
        measured(argv)
        pairs = [(measured(bare)[0], *measured(argv)) for _ in range(options.runs)]
        rows[name] = {
            "ratio": round(statistics.median(took / base for base, took, _ in pairs), 1),
            "wall_s": round(statistics.median(took for _, took, _ in pairs), 3),
            "rss_mib": round(max(kib for *_, kib in pairs) / 1024, 1),
        }
    if options.json:
        print(json.dumps(rows, indent=2))
    else:
        for name, row in rows.items():
            print(f"{name:20} {row['ratio']:6.1f}x  {row['wall_s']:.3f} s  {row['rss_mib']:.1f} MiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
