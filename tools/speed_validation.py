"""How wrong a speed formula is on rows its fit did not see: whole devices, model families, or pairs of them left out."""

from __future__ import annotations

import dataclasses
import math
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

from tools.speed_fit import Engine, Formula, Misses, Sample, cross_errors, predicted_errors
from tools.speed_widening import Strains, Widening, exponents, exponents_unknown, held, strains, unknown_device_exponent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DEVICE = "device"
LEFT_OUT: dict[str, Callable[[Sample], str]] = {
    DEVICE: lambda s: s.device,
    "model family": lambda s: s.family,
    "device and model": lambda s: f"{s.device} {s.row['model_key']}",
}
"""What a fit does not see → the group of a row. All rows of a group are predicted by a fit without any of them."""
SEEN = "nothing"
WORST = 8
LEAST_ROWS_OF_A_MISS = 3
REPEATS_DIFFER = 1.6
"""Ratio of the fastest to the slowest row of one printed setup beyond which the rows themselves disagree."""


@dataclasses.dataclass(frozen=True, slots=True)
class Validation:
    """Errors of one family of constants, ln(predicted / measured), by what was left out of the fit."""

    formula: Formula
    samples: Sequence[Sample]
    errors: dict[str, np.ndarray]
    held: dict[str, np.ndarray]
    """1 where the interval held the row, 0 where not, nan where the row does not count."""
    pool: Misses
    """What the intervals are made from."""
    strains: dict[str, Strains]
    widths: dict[str, np.ndarray]
    """ln(high / low) of the interval of every row, nan where the row does not count."""

    @property
    def unknown_device(self) -> tuple[float, int]:
        """(exponent on the interval of a device without rows, rows it was fitted on)."""
        found = self.strains[DEVICE]
        return unknown_device_exponent(found), int(found.speaking.sum())


def validate(
    formula: Formula,
    samples: Sequence[Sample],
    found: dict[Engine, np.ndarray],
    kind: Callable[[Sample], str],
    widening: Widening,
) -> Validation:
    """Refit without each group (in ten batches) and predict it; then intervals without it, and whether they hold.

    A new question is about another device, another model, or another pair of known ones: the intervals are made from
    the misses of all three in one pool, and on another device widened as the program does.
    """
    errors = {SEEN: predicted_errors(formula, samples, found)}
    errors |= {name: cross_errors(formula, samples, key) for name, key in LEFT_OUT.items()}
    pool = Misses([*samples] * len(LEFT_OUT), np.concatenate([errors[name] for name in LEFT_OUT]), kind)
    out = {n: strains(formula, Misses(samples, errors[n], kind), pool, key, widening) for n, key in LEFT_OUT.items()}
    raised = {n: exponents_unknown(f, widening) if n == DEVICE else exponents(f, widening) for n, f in out.items()}
    holds = {n: held(f, raised[n]) for n, f in out.items()}
    return Validation(formula, samples, errors, holds, pool, out, {n: f.widths * raised[n] for n, f in out.items()})


def figures(validation: Validation) -> list[dict[str, Any]]:
    """One record per thing left out and group of rows, trust A and B only."""
    out = []
    trusted = np.array([s.row["trust"] != "C" for s in validation.samples])
    groups = np.array([s.group for s in validation.samples])
    devices = np.array([s.device for s in validation.samples])
    for left_out, errors in validation.errors.items():
        for group in sorted(set(groups)):
            here = trusted & (groups == group)
            if not here.any():
                continue
            wrong, factor, at = np.abs(np.expm1(errors[here])), np.exp(np.abs(errors[here])), devices[here]
            held = validation.held[left_out][here] if left_out in validation.held else np.array([])
            counts = np.isfinite(held)
            widths = validation.widths[left_out][here][counts] if counts.any() else np.array([])
            each = [np.median(wrong[at == device]) for device in sorted(set(at))]
            out.append(
                {
                    "left_out": left_out,
                    "group": group,
                    "rows": int(here.sum()),
                    "devices": len(each),
                    "median_error_pct": 100 * float(np.median(wrong)),
                    "within_25_pct": 100 * float(np.mean(wrong <= 0.25)),
                    "within_factor_1_5_pct": 100 * float(np.mean(factor <= 1.5)),
                    "within_factor_2_pct": 100 * float(np.mean(factor <= 2)),
                    "bias_pct": 100 * math.expm1(float(np.median(errors[here]))),
                    "median_device_error_pct": 100 * float(np.median(each)),
                    "mean_device_error_pct": 100 * float(np.mean(each)),
                    "interval_holds_pct": 100 * float(np.mean(held[counts])) if counts.any() else None,
                    "interval_ratio": math.exp(float(np.median(widths))) if counts.any() else None,
                }
            )
    return out


def as_record(validation: Validation) -> dict[str, Any]:
    """What ``tools/write_accuracy.py`` publishes."""
    return {"figures": figures(validation), "worst": worst_misses(validation)}


def worst_misses(validation: Validation, left_out: str = DEVICE) -> list[dict[str, Any]]:
    """The devices and engines that a fit without that device misses most, with what is known about the reason."""
    together: dict[tuple[str, Engine], list[int]] = defaultdict(list)
    for i, s in enumerate(validation.samples):
        if s.row["trust"] != "C" and s.group != "whole request":
            together[s.device, s.engine].append(i)
    errors = validation.errors[left_out]
    ranked = sorted(
        (members for members in together.values() if len(members) >= LEAST_ROWS_OF_A_MISS),
        key=lambda members: -abs(float(np.median(errors[members]))),
    )
    return [
        {
            "device": validation.samples[members[0]].device,
            "engine": " ".join(validation.samples[members[0]].engine),
            "rows": len(members),
            "factor": math.exp(float(np.median(errors[members]))),
            "seen_factor": math.exp(float(np.median(validation.errors[SEEN][members]))),
            "why": reason(validation, members),
        }
        for members in ranked[:WORST]
    ]


def reason(validation: Validation, members: Sequence[int]) -> str:
    """What the rows themselves say about why one device on one engine is missed."""
    rows = [validation.samples[i] for i in members]
    others = {s.device for s in validation.samples if s.engine == rows[0].engine} - {rows[0].device}
    setups: dict[str, list[float]] = defaultdict(list)
    for s in rows:
        printed = (s.row["model_key"], s.row.get("quant_norm"), s.row.get("test"), s.row.get("n_depth"), s.setup.devices)
        setups[repr(printed)].append(s.measured)
    spread = max(max(rates) / min(rates) for rates in setups.values())
    found = []
    if not others:
        found.append("no other device has rows of this engine and backend")
    elif len(others) == 1:
        found.append(f"one other device only has rows of this engine and backend ({next(iter(others))})")
    if spread > REPEATS_DIFFER:
        found.append(f"its own rows differ by up to a factor of {spread:.1f} for one printed setup")
    if getattr(rows[0].setup, "tflops", 0.0) is None:
        found.append("no peak is published for it")
    return "; ".join(found) or "not explained by what the rows print"


def print_validation(validation: Validation) -> None:
    """The figures and the worst misses as text."""
    print(f"\n{validation.formula.family}: left out of the fit; exponent on an unknown device {validation.unknown_device[0]:.3f}")
    for f in figures(validation):
        known = f["interval_holds_pct"] is not None
        holds = f"{f['interval_holds_pct']:3.0f} %, high / low {f['interval_ratio']:.2f}" if known else "  -"
        print(
            f"  {f['left_out']:17s} {f['group']:16s} n {f['rows']:4d}  median {f['median_error_pct']:5.1f} %  <=25 % "
            f"{f['within_25_pct']:3.0f}  x1.5 {f['within_factor_1_5_pct']:3.0f}  x2 {f['within_factor_2_pct']:3.0f}  bias "
            f"{f['bias_pct']:+4.0f} %  by device: median {f['median_device_error_pct']:4.1f} %, mean "
            f"{f['mean_device_error_pct']:5.1f} % of {f['devices']:2d}  interval holds {holds}"
        )
    for miss in worst_misses(validation):
        print(f"  x{miss['factor']:.2f} ({miss['seen_factor']:.2f} when seen) {miss['device']} {miss['engine']}, "
              f"{miss['rows']} rows: {miss['why']}")  # fmt: skip
