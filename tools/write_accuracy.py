"""Write the measured part of docs/accuracy.md: ``python -m tools.write_accuracy --truth DIR``.

Runs the accuracy and licence benchmarks and the validation of the quality fit, and puts their figures between the
markers of the page; then the summary above them, and the known misses of docs/trust.md, which follow from the page. The measured rows are not part of this repository, so CI does not rerun it; anybody who has rows can.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.accuracy_summary import misses, summary

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE = Path(__file__).resolve().parent.parent / "docs" / "accuracy.md"
TRUST = PAGE.with_name("trust.md")
FEW_ROWS = 20
"""Groups of fewer rows are not printed: their figures say nothing."""
TITLES = {
    "sizes": "Weight size",
    "memory": "Runtime memory",
    "decode": "Decode speed",
    "prefill": "Prefill speed",
    "serving": "Serving throughput",
    "capacity": "Capacity within a service level",
    "breakeven": "Break-even",
}


def report(*module: str) -> Any:
    """The JSON that ``python -m module … --json`` prints."""
    done = subprocess.run([sys.executable, "-m", *module, "--json"], capture_output=True, text=True, encoding="utf-8", check=True)
    return json.loads(done.stdout)


def accuracy_tables(found: dict[str, Any]) -> str:
    """One table per kind of measured row."""
    parts = []
    for kind, part in found.items():
        near = kind == "sizes"  # sizes are judged more strictly than speeds
        lines = [
            f"### {TITLES.get(kind, kind)}: {part['predicted']:,} of {part['rows']:,} figures predicted",
            "",
            "| rows | n | median error | 90th pct | bias | "
            + ("within 5 % | under by more than 5 % | " if near else "")
            + "within 25 % | within x1.5 | within x2 | 80 % interval holds |",
            "|---|---:|---:|---:|---:|" + ("---:|---:|" if near else "") + "---:|---:|---:|---:|",
        ]
        for name, f in part["groups"].items():
            lines.append(
                f"| {name} | {f['predicted']:,} | {f['median_error_pct']:.1f} % | {f['p90_error_pct']:.0f} % "
                f"| {f['median_bias_pct']:+.1f} % "
                + (f"| {f['within_5_pct']:.0f} % | {f['under_by_more_than_5_pct']:.0f} % " if near else "")
                + f"| {f['within_25_pct']:.0f} % | {f['within_factor_1_5_pct']:.0f} % "
                f"| {f['within_factor_2_pct']:.0f} % | {f['interval_holds_pct']:.0f} % |"
            )
        if part.get("note"):
            lines += ["", part["note"]]
        for name, f in part["groups"].items():
            beside = ", ".join(f"{base} {error:.0f} %" for base, error in f["baselines"].items())
            if beside and name in ("trust A and B", "dense", "moe"):
                lines += ["", f"Simpler formulas, median error on the same rows ({name}): {beside}."]
        skipped = ", ".join(f"{count} {why}" for why, count in part["skipped"].items())
        if skipped:
            lines += ["", f"Skipped: {skipped}."]
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def memory_table(folds: list[dict[str, Any]]) -> str:
    """Runtime memory with model families or sources left out of the fit."""
    lines = ["| engine and backend | left out, one at a time | rows | median error | 90th pct | within 20 % | 80 % interval holds "
             "| truth above `high` |", "|---|---|---:|---:|---:|---:|---:|---:|"]  # fmt: skip
    for f in folds:
        plural = {"family": "model families", "source": "sources"}.get(f["left_out"])
        what = f"{f['groups']} {plural}" if plural else "nothing"
        lines.append(
            f"| {f['engine']} | {what} | {f['rows']:,} | {f['median_error_pct']:.1f} % | {f['p90_error_pct']:.0f} % "
            f"| {f['within_20_pct']:.0f} % | {f['holds_pct']:.0f} % | {f['above_high_pct']:.0f} % |"
        )
    return "\n".join(lines)


def size_validation(found: dict[str, Any]) -> str:
    """Errors of the weight recipes, and what they become without the row's family or label."""
    lines = ["| rows | n | median error | 90th pct | within 5 % | under by more than 5 % | 80 % interval holds |",
             "|---|---:|---:|---:|---:|---:|---:|"]  # fmt: skip
    for name, f in found["validation"].items():
        if f["rows"] >= FEW_ROWS:
            lines.append(
                f"| {name} | {f['rows']:,} | {f['median_pct']:.1f} % | {f['p90_pct']:.0f} % | {f['within_5_pct']:.0f} % "
                f"| {f['under_by_more_than_5_pct']:.0f} % | {f['holds_pct']:.0f} % |"
            )
    return "\n".join(lines)


def validation_tables(found: dict[str, Any]) -> str:
    """Errors of the speed formulas on devices, model families and pairs of both that a fit did not see."""
    parts = []
    for family, part in found.items():
        lines = [
            f"### {TITLES.get(family, family)}, left out of the fit",
            "",
            "| left out | rows | n | median error | within 25 % | within x1.5 | bias | devices: median, mean of their medians | "
            "80 % interval holds | its high over low |",
            "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|",
        ]
        for f in part["figures"]:
            known = f["interval_holds_pct"] is not None
            holds = f"{f['interval_holds_pct']:.0f} % | {f['interval_ratio']:.2f}" if known else "- | -"
            lines.append(
                f"| {f['left_out']} | {f['group']} | {f['rows']:,} | {f['median_error_pct']:.1f} % | {f['within_25_pct']:.0f} % "
                f"| {f['within_factor_1_5_pct']:.0f} % | {f['bias_pct']:+.0f} % | {f['median_device_error_pct']:.0f} %, "
                f"{f['mean_device_error_pct']:.0f} % of {f['devices']} | {holds} |"
            )
        lines += ["", "Missed most when their device is left out (predicted over measured; in brackets when seen):", ""]
        lines += [
            f"* {miss['device']}, {miss['engine']}, {miss['rows']} rows: x{miss['factor']:.2f} ({miss['seen_factor']:.2f}): "
            f"{miss['why']}."
            for miss in part["worst"]
        ]
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def speed_validation(truth: str) -> dict[str, Any]:
    """What ``python -m tools.calibrate_speed --validate`` writes: minutes of refitting."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "validation.json"
        subprocess.run(
            [sys.executable, "-m", "tools.calibrate_speed", "--truth", truth, "--validate", str(path)],
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return loaded


def quality_table(found: dict[str, Any]) -> str:
    """Held-out errors of the quality fit."""
    names = {
        "family_out": "benchmark family of a model and mode hidden",
        "size_only": "the same, from size alone",
        "model_out": "whole model hidden",
        "model_out_size_only": "the same, from size alone",
        "temporal": "models since 2026-04, fitted on earlier ones",
        "temporal_size_only": "the same, from size alone",
    }
    lines = ["| hidden from the fit | rows | mean error, points | Spearman within a benchmark | 80 % interval holds |",
             "|---|---:|---:|---:|---:|"]  # fmt: skip
    for key, values in found.items():
        if key == "fitted" or not isinstance(values, dict) or "mae" not in values:
            continue
        title = names.get(key, key.replace("group_", "family hidden: "))
        covers = f"{100 * values['coverage']:.0f} %" if "coverage" in values else "-"
        rho = f"{values['rho']:.2f}" if "rho" in values else "-"
        lines.append(f"| {title} | {values['rows']:,.0f} | {values['mae']:.1f} | {rho} | {covers} |")
    fitted = found["fitted"]
    head = (
        f"Fitted on {fitted['rows']:,.0f} published scores of {fitted['models']:.0f} models "
        f"({fitted['systems']:.0f} counting modes) at {fitted['benchmarks']:.0f} benchmarks."
    )
    return head + "\n\n" + "\n".join(lines)


def serving_table(found: dict[str, Any]) -> str:
    """Errors of serving throughput on rows that a fit did not see."""
    lines = [
        "| left out of the fit | rows | median factor | within x1.5 | within x2 | by device | by source | order of pairs right "
        "| 80 % interval holds |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name, f in found.items():
        if name == "worst":
            continue
        lines.append(
            f"| {name} | {f['rows']:,} | {f['median_factor']:.2f} | {f['within_1_5_pct']:.0f} % | {f['within_2_pct']:.0f} % "
            f"| {f['median_factor_by_device']:.2f} | {f['median_factor_by_source']:.2f} "
            f"| {f['pairs_right_pct']:.0f} % of {f['pairs']:,} | {f['interval_holds_pct']:.0f} % |"
        )
    worst = [
        f"- {w['setup']}: {w['median_ratio']:.2f} times the truth ({w['rows']} row{'s' if w['rows'] != 1 else ''})"
        for w in found["worst"]
    ]
    return "\n".join([*lines, "", "Missed most, device and model left out:", "", *worst])


def licence_lines(found: dict[str, Any]) -> str:
    """How many licence cases are right."""
    cases = found["cases"]
    right, exact = sum(c["right"] for c in cases), sum(c["exact"] for c in cases)
    return f"{right} of {len(cases)} cases right; {exact} of them with no obligation beyond the expected ones."


BLOCKS: dict[str, Callable[[tuple[str, str]], str]] = {
    "left out": lambda truth: validation_tables(speed_validation(truth[1])),
    "measured": lambda truth: accuracy_tables(report("benchmarks.accuracy", *truth)),
    "memory left out": lambda truth: memory_table(report("tools.calibrate_memory", *truth)),
    "sizes": lambda truth: size_validation(report("tools.calibrate_weights", *truth)),
    "serving": lambda truth: serving_table(report("tools.calibrate_serving", *truth)),
    "licences": lambda truth: licence_lines(report("benchmarks.licenses", *truth)),
    "quality": lambda truth: quality_table(report("tools.fit_quality", "--validate")),
}
"""What is written between the markers of the page, by the name of the block."""


def main() -> int:
    """Fill the page's blocks."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--truth", required=True)
    parser.add_argument("--only", action="append", choices=sorted(BLOCKS), help="refresh this block and leave the others")
    options = parser.parse_args()
    truth = ("--truth", options.truth)
    blocks = {name: write(truth) for name, write in BLOCKS.items() if not options.only or name in options.only}
    text = PAGE.read_text(encoding="utf-8")
    for name, body in blocks.items():
        text = with_block(text, name, body)
    PAGE.write_text(with_block(text, "summary", summary(text)), encoding="utf-8")
    TRUST.write_text(with_block(TRUST.read_text(encoding="utf-8"), "misses", misses(text)), encoding="utf-8")
    return 0


def with_block(text: str, name: str, body: str) -> str:
    """``text`` with what stands between the markers of ``name`` replaced."""
    pattern = rf"(<!-- {name} -->\n).*?(<!-- end {name} -->)"
    return re.sub(pattern, lambda match: f"{match.group(1)}{body}\n{match.group(2)}", text, flags=re.DOTALL)


if __name__ == "__main__":
    sys.exit(main())
