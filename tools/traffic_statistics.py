"""Statistics of public request traces, for the ``traffic.*`` parameters: lengths, busiest minute, gaps within busy minutes.

    python -m tools.traffic_statistics FILE…

takes the CSV files of Azure's LLM inference traces (``TIMESTAMP,ContextTokens,GeneratedTokens``) and the JSON lines of
Mooncake's (``timestamp`` in milliseconds, ``input_length``, ``output_length``). It also prints how far the curve of
``core.cost.workload`` is from the real one in what it says spills over a capacity.
"""

from __future__ import annotations

import csv
import json
import statistics
import sys
from datetime import datetime
from pathlib import Path

from llm_pick.core.cost.workload import arrivals_of, spilled_share

MINUTE_S = 60.0
CAPACITIES = (0.5, 0.8, 1.0, 1.2, 1.4, 2.0)


def rows_of(path: Path) -> list[tuple[float, int, int]]:
    """(seconds, prompt tokens, answer tokens) of every request."""
    with path.open(encoding="utf-8", newline="") as lines:
        if path.suffix == ".csv":
            return [
                (
                    datetime.fromisoformat(row["TIMESTAMP"][:26]).timestamp(),
                    int(row["ContextTokens"]),
                    int(row["GeneratedTokens"]),
                )
                for row in csv.DictReader(lines)
            ]
        parsed = [json.loads(line) for line in lines if line.strip()]
        return [(row["timestamp"] / 1000, row["input_length"], row["output_length"]) for row in parsed]


def main() -> None:
    """Print one block per trace."""
    for name in sys.argv[1:]:
        rows = sorted(rows_of(Path(name)))
        seconds = [row[0] for row in rows]
        found = arrivals_of(seconds, MINUTE_S)
        print(f"{name}: {len(rows)} requests over {(seconds[-1] - seconds[0]) / 3600:.2f} h")
        for what, values in (("prompt", [row[1] for row in rows]), ("answer", [row[2] for row in rows])):
            print(
                f"  {what} tokens: mean {statistics.mean(values):.0f}, cv {statistics.pstdev(values) / statistics.mean(values):.2f}"
            )
        print(f"  busiest minute {found.peak_factor:.2f}; gap cv in busy minutes {found.arrival_cv:.2f}")
        for capacity in CAPACITIES:
            real = spilled_share(capacity, found.peak_factor, found.load_curve)
            print(
                f"  above {capacity:.1f} of the mean: {real:.3f}, the curve says {spilled_share(capacity, found.peak_factor):.3f}"
            )


if __name__ == "__main__":
    main()
