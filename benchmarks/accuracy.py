"""How far predictions are from measured rows: ``python -m benchmarks.accuracy --truth DIR [--json] [--predictions FILE]``.

Reads whatever files of measured rows the folder holds, predicts each row from what it says about model, hardware
and run (never from the figure itself or another reading of the same run), and prints per kind of row: rows, rows
predicted, median, 90th and 95th percentile of the absolute error, bias, and how often the 80 % interval held the
truth. Crowd-submitted rows (trust C) are printed apart. Baselines that use less knowledge stand beside.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import breakeven, capacity, decode, memory, prefill, serving, sizes
from benchmarks.resolve import Resolver
from benchmarks.truth import Outcome, rows_of
from llm_pick.io.store import load_catalog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from llm_pick.core.catalog import Catalog

KINDS: tuple[tuple[str, str, Callable[..., Iterator[Outcome]]], ...] = (
    ("sizes", "gguf_sizes.jsonl", sizes.outcomes),
    ("memory", "runtime_memory.jsonl", memory.outcomes),
    ("decode", "decode_speed.jsonl", decode.outcomes),
    ("prefill", "decode_speed.jsonl", prefill.outcomes),
    ("serving", "serving_throughput.jsonl", serving.outcomes),
    ("capacity", "serving_capacity.jsonl", capacity.outcomes),
    ("breakeven", "breakeven.jsonl", breakeven.outcomes),
)


def main(argv: list[str] | None = None) -> int:
    """Predict every row of the folder and print the score; returns 0, or 2 for a folder without rows."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--truth", type=Path, required=True, help="folder of measured rows (JSON lines)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--predictions", type=Path, help="write one JSON line per predicted or skipped figure")
    options = parser.parse_args(argv)
    found = predict_all(options.truth, load_catalog())
    if not found:
        print(f"error: no measured rows in {options.truth}", file=sys.stderr)
        return 2
    if options.predictions:
        lines = (json.dumps(outcome.as_line()) for outcome in found)
        options.predictions.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    report = report_of(found)
    print(json.dumps(report, indent=2) if options.json else as_text(report))
    return 0


def predict_all(folder: Path, catalog: Catalog) -> list[Outcome]:
    """The outcome of every figure in the folder, kind by kind."""
    resolver = Resolver(catalog)
    return [outcome for _, file, outcomes in KINDS for outcome in outcomes(rows_of(folder, file), resolver)]


def report_of(found: Sequence[Outcome]) -> dict[str, Any]:
    """The figures per kind of row: all of trust A and B, each group of them, and the crowd rows."""
    report: dict[str, Any] = {}
    for kind, _, _ in KINDS:
        here = [o for o in found if o.kind == kind]
        if not here:
            continue
        done = [o for o in here if o.predicted is not None]
        trusted = [o for o in done if o.trust != "C"]
        groups = {"trust A and B": [o for o in trusted if kind != "sizes" or o.group not in sizes.APART]}
        for group in sorted({o.group for o in trusted}):
            groups[group] = [o for o in trusted if o.group == group]
        groups["trust C"] = [o for o in done if o.trust == "C"]
        report[kind] = {
            "rows": len(here),
            "predicted": len(done),
            "skipped": dict(Counter(o.skipped for o in here if o.skipped).most_common()),
            "groups": {name: figures(members) for name, members in groups.items() if members},
        }
        if kind == "sizes":
            report[kind]["note"] = sizes.NOTE
    return report


def figures(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Errors in percent of the truth; factors are max(predicted / true, true / predicted)."""
    signed = [100 * o.error for o in outcomes]
    errors = sorted(map(abs, signed))
    factors = sorted(max(o.predicted.likely / o.truth, o.truth / o.predicted.likely) for o in outcomes
                     if o.predicted and o.truth and o.predicted.likely > 0)  # fmt: skip
    out = {
        "predicted": len(errors),
        "devices": len({o.device for o in outcomes}),
        "median_error_pct": quantile(errors, 0.5),
        "p90_error_pct": quantile(errors, 0.9),
        "p95_error_pct": quantile(errors, 0.95),
        "median_bias_pct": quantile(sorted(signed), 0.5),
        "within_5_pct": 100 * sum(e <= 5 for e in errors) / len(errors),
        "under_by_more_than_5_pct": 100 * sum(e < -5 for e in signed) / len(errors),
        "within_25_pct": 100 * sum(e <= 25 for e in errors) / len(errors),
        "median_factor": quantile(factors, 0.5),
        "within_factor_1_5_pct": 100 * sum(f <= 1.5 for f in factors) / len(factors),
        "within_factor_2_pct": 100 * sum(f <= 2 for f in factors) / len(factors),
        "interval_holds_pct": 100 * sum(o.held for o in outcomes) / len(outcomes),
        "baselines": baselines(outcomes),
    }
    return {name: round(value, 2) if isinstance(value, float) else value for name, value in out.items()}


def baselines(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Median absolute error in percent of each simpler predictor, on the rows it can predict."""
    errors: dict[str, list[float]] = {}
    for o in outcomes:
        for name, value in (o.naive or {}).items():
            if o.truth:
                errors.setdefault(name, []).append(abs(value / o.truth - 1) * 100)
    return {name: round(quantile(sorted(values), 0.5), 1) for name, values in errors.items()}


def quantile(ordered: Sequence[float], share: float) -> float:
    """The value that ``share`` of the ordered values do not exceed."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def as_text(report: dict[str, Any]) -> str:
    """The report for people."""
    lines = []
    for kind, part in report.items():
        lines.append(f"{kind}: {part['rows']} figures, {part['predicted']} predicted")
        lines.append("  group                        n  median    p90    p95    bias   <=5% <-5%  <=25%  x1.5    x2  80 % holds")
        for name, f in part["groups"].items():
            beside = "  ".join(f"({base}: {error:.0f} %)" for base, error in f["baselines"].items())
            lines.append(
                f"  {name[:24]:24s} {f['predicted']:5d} {f['median_error_pct']:6.1f}% {f['p90_error_pct']:5.0f}% "
                f"{f['p95_error_pct']:5.0f}% {f['median_bias_pct']:+6.1f}% {f['within_5_pct']:5.0f}% "
                f"{f['under_by_more_than_5_pct']:3.0f}% {f['within_25_pct']:5.0f}% "
                f"{f['within_factor_1_5_pct']:4.0f}% {f['within_factor_2_pct']:4.0f}% {f['interval_holds_pct']:8.0f}%  {beside}"
            )
        if part.get("note"):
            lines.append(f"  {part['note']}")
        if part["skipped"]:
            lines.append("  skipped: " + ", ".join(f"{count} {why}" for why, count in part["skipped"].items()))
        lines.append("")
    return "\n".join(lines).rstrip()


if __name__ == "__main__":
    sys.exit(main())
