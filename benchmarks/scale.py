"""Seconds and memory of one answer from a catalog of many models: ``python -m benchmarks.scale [--models 15000] [--json]``.

The catalog is the shipped one with every model copied under other ids, compiled as the shipped one is; each command runs in a
process of its own. The budget is one second on 15,000 models.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.startup import child_environment, measured
from llm_pick.io.store import FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMANDS = {
    "recommend --json": ("recommend", "--vram", "24", "--task", "code", "--json"),
    "recommend, one server": ("recommend", "-H", "8x h100-sxm", "--task", "agent", "--users", "16", "--json"),
    "fit": ("fit", "llama-3.1-8b-instruct", "-H", "rtx-4090", "--json"),
    "license": ("license", "llama-3.1-8b-instruct"),
}
DRIVER = """
import sys
from llm_pick.io import store
store.load_catalog.__defaults__ = (sys.argv[1],)
from llm_pick.cli.main import run
sys.exit(run(sys.argv[2:]))
"""
PER_MODEL = ("models", "quality", "weights")


def many(models: int, folder: Path) -> int:
    """Write a catalog of about ``models`` models to ``folder``; returns how many there are."""
    count = 0
    for name in ("catalog.json", "evidence.json", "prices.json", "prepared.json"):
        loaded: dict[str, Any] = json.loads((Path(FOLDER) / name).read_text(encoding="utf-8"))
        times = -(-models // len(loaded["models"])) if "models" in loaded else times  # noqa: F821 - catalog.json comes first
        for section in PER_MODEL:
            if section in loaded:
                loaded[section] = [copy for row in loaded[section] for copy in _copies(row, times)]
        for table in loaded.get("task_scores", ()):
            table["rows"] = {id: row for old, row in table["rows"].items() for id in _ids(old, times)}
        count = len(loaded["models"]) if "models" in loaded else count
        parts = [f"{json.dumps(key)}: {_written(value)}" for key, value in loaded.items()]
        (folder / name).write_text("{" + ",\n".join(parts) + "}\n", encoding="utf-8")
    return count


def _ids(id: str, times: int) -> list[str]:
    return [id, *(f"{id}-copy-{number}" for number in range(1, times))]


def _copies(row: dict[str, Any], times: int) -> Iterator[dict[str, Any]]:
    for id in _ids(row["id"], times):
        yield {**row, "id": id, **({"aliases": []} if "aliases" in row and id != row["id"] else {})}


def _written(value: Any) -> str:  # noqa: ANN401 - JSON
    if not isinstance(value, list):
        return json.dumps(value)
    return "[\n" + ",\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in value) + "\n]"


def main() -> int:
    """Make the catalog, run every command, print a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=15_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = {}
    with tempfile.TemporaryDirectory() as cache, tempfile.TemporaryDirectory() as folder:
        count = many(options.models, Path(folder))
        environment = child_environment(cache)
        for name, command in COMMANDS.items():
            argv = [sys.executable, "-c", DRIVER, folder, *command]
            measured(argv, environment)
            runs = [measured(argv, environment) for _ in range(options.runs)]
            rows[name] = {"wall_s": round(min(run.wall_s for run in runs), 3), "cpu_s": round(min(run.cpu_s for run in runs), 3),
                          "rss_mib": round(max(run.rss_kib for run in runs) / 1024, 1)}  # fmt: skip
    if options.json:
        print(json.dumps({"models": count, "commands": rows}, indent=2))
        return 0
    print(f"{count} models")
    for name, row in rows.items():
        print(f"{name:22} {row['wall_s']:.3f} s wall  {row['cpu_s']:.3f} s CPU  {row['rss_mib']:.1f} MiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
