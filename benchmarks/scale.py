"""Seconds and memory of one answer where a user's own catalog has many models: ``python -m benchmarks.scale [--models 15000]``.

The catalog is a YAML file of models like the built-in ones, under other names; its first use compiles it, and later ones find
the compiled copy. Every command runs in a process of its own. The budget is one second on 15,000 models.
None of the peers known takes a catalog of one's own, so none stands beside; ``benchmarks.startup`` times those installed.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from benchmarks.startup import child_environment, measured
from llm_pick.core.candidates import ANSWERING_KINDS
from llm_pick.io.store import built_in_catalog

COMMANDS = {
    "recommend --json": ("recommend", "--vram", "24", "--task", "code", "--json"),
    "recommend, a server": ("recommend", "-H", "8x h100-sxm", "--task", "agent", "--users", "16", "--json"),
    "fit": ("fit", "mine-7", "-H", "rtx-4090", "--json"),
    "license": ("license", "mine-7"),
}


def own_facts(models: int) -> str:
    """YAML of that many models, each like one of the built-in ones."""
    like = [id for id, model in built_in_catalog().models.items() if model.kind in ANSWERING_KINDS and model.architecture]
    rows = (f"- {{id: mine-{n}, like: {like[n % len(like)]}, hf_repo: me/mine-{n}}}\n" for n in range(models))
    return "models:\n" + "".join(rows)


def main() -> int:
    """Make the catalog, run every command, print a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=15_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = {}
    with tempfile.TemporaryDirectory() as folder:
        home = {"XDG_CONFIG_HOME": f"{folder}/config", "XDG_CACHE_HOME": f"{folder}/cache", "LLM_PICK_LOCAL": "0"}
        environment = {**child_environment(f"{folder}/bytecode"), **home}
        file = Path(folder) / "config/llm-pick/catalog.yaml"
        file.parent.mkdir(parents=True)
        file.write_text(own_facts(options.models), encoding="utf-8")
        first = measured([sys.executable, "-m", "llm_pick", *COMMANDS["license"]], environment)
        rows["first use"] = {"wall_s": first.wall_s, "cpu_s": first.cpu_s, "rss_mib": first.rss_kib / 1024}
        for name, command in COMMANDS.items():
            argv = [sys.executable, "-m", "llm_pick", *command]
            runs = [measured(argv, environment) for _ in range(options.runs)]
            rows[name] = {
                "wall_s": min(run.wall_s for run in runs),
                "cpu_s": min(run.cpu_s for run in runs),
                "rss_mib": max(run.rss_kib for run in runs) / 1024,
            }
    if options.json:
        print(json.dumps({"models": options.models, "commands": rows}, indent=2))
        return 0
    print(f"{options.models} models of a user's own")
    for name, row in rows.items():
        print(f"{name:22} {row['wall_s']:7.3f} s wall  {row['cpu_s']:7.3f} s CPU  {row['rss_mib']:6.1f} MiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
