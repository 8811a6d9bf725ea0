"""Fit the constants of serving throughput on measured rows, and write them as parameters.

    python -m tools.calibrate_serving --truth DIR [--out FILE] [--data DIR]

As ``tools/calibrate_speed.py``, which fits the speed of a single sequence and whose machinery this shares.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import serving
from benchmarks.resolve import Resolver

from llm_pick.core.estimate.serving import ServingCosts, output_rate
from llm_pick.core.facts import Range
from tools.calibrate_speed import ROOT, as_yaml, catalog_of, judged, parameter, read, sample, weighted
from tools.speed_fit import Constant, Formula, Sample

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llm_pick.core.catalog import Catalog, Parameter

SERVING = {
    "dense.efficiency": Constant(0.75, 0.2, 0.1, 0.97, "share", "bandwidth that weight reads of dense models reach"),
    "moe.efficiency": Constant(0.6, 0.3, 0.05, 0.97, "share", "bandwidth that weight reads of MoE models reach"),
    "cache_efficiency": Constant(0.5, 0.6, 0.01, 1.0, "share", "bandwidth that KV cache reads reach"),
    "dense.batch_utilization": Constant(0.4, 0.6, 0.005, 1.0, "share", "peak that decode steps reach, dense"),
    "moe.batch_utilization": Constant(0.25, 0.6, 0.003, 1.0, "share", "peak that decode steps reach, MoE"),
    "dense.prompt_utilization": Constant(0.5, 0.4, 0.01, 1.0, "share", "peak that prompts reach, dense"),
    "moe.prompt_utilization": Constant(0.3, 0.5, 0.01, 1.0, "share", "peak that prompts reach, MoE"),
    "attention_utilization": Constant(0.3, 0.6, 0.003, 1.0, "share", "peak that attention over prompts reaches"),
    "dense.layer_us": Constant(60, 0.7, 1, 3000, "us", "cost per layer and step, dense"),
    "moe.layer_us": Constant(120, 0.7, 1, 5000, "us", "cost per layer and step, MoE"),
    "step_us": Constant(1500, 0.8, 10, 100000, "us", "cost per step whatever the model"),
    "sequence_us": Constant(30, 1.0, 0.1, 20000, "us", "cost per running sequence and step"),
    "reduce_us": Constant(30, 0.8, 0.5, 2000, "us", "all-reduces: cost per layer and doubling of devices"),
    "scaling": Constant(0.85, 0.2, 0.1, 1.0, "exponent", "gain from several devices, tensor parallel"),
    "stacked_factor": Constant(0.9, 0.2, 0.2, 1.0, "ratio", "efficiency on stacked memory over the others"),
    "old_factor": Constant(0.8, 0.3, 0.1, 1.0, "ratio", "rate of old builds over current ones"),
    "max_sequences": Constant(256, 0, 1, 1e6, "sequences", "sequences the engine runs at most, unless told otherwise"),
}
MAX_SEQUENCES = {"llama-cpp": 64, "tensorrt-llm": 2048, "sglang": 1024}


def main(argv: list[str] | None = None) -> int:
    """Fit, print, write; returns 0."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--truth", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=ROOT / "data")
    parser.add_argument("--out", type=Path, help="write the parameters here, as YAML")
    options = parser.parse_args(argv)
    catalog = catalog_of(options.data)
    parameters = fit_serving(serving_samples(read(options.truth / "serving_throughput.jsonl"), catalog), catalog)
    if options.out:
        options.out.write_text(as_yaml(parameters), encoding="utf-8")
    return 0


def serving_samples(rows: Sequence[dict[str, Any]], catalog: Catalog) -> list[Sample]:
    """Rows of throughput under load; the measured rate is that of output tokens."""
    resolver, found = Resolver(catalog), []
    for row in rows:
        field = next((name for name in serving.FIELDS if row.get(name) is not None), None)
        setup = serving.setup_of(row, resolver) if field else "no rate"
        if isinstance(setup, str) or field is None or row.get("request_rate_qps"):
            continue
        per_unit = serving.in_unit_of(row, field, setup, Range.exact(1.0)).likely
        found.append(sample(row, setup, row["source_family"], row[field] / per_unit, resolver))
    return weighted(found)


def fit_serving(samples: list[Sample], catalog: Catalog) -> list[Parameter]:
    """Fit, cross-check and describe the serving constants."""

    def rate(v: dict[str, float], s: Sample) -> float:
        kind = "moe" if s.setup.experts else "dense"
        named = {name: v[name] for name in SERVING if "." not in name and name != "max_sequences"}
        costs = ServingCosts(
            **{name: v[f"{kind}.{name}"] for name in ("efficiency", "batch_utilization", "prompt_utilization", "layer_us")},
            max_sequences=MAX_SEQUENCES.get(s.setup.runtime_id, v["max_sequences"]),
            **named,
        )  # fmt: skip
        return output_rate(s.setup, costs, catalog)

    formula = Formula("serving", SERVING, rate, lambda s: s.setup.runtime_id in ("vllm", "sglang", "tensorrt-llm"))
    documented = [
        parameter(f"serving.{engine}.any.max_sequences", most, "sequences", SERVING["max_sequences"].meaning, "chosen")
        for engine, most in MAX_SEQUENCES.items()
    ]
    return documented + judged(formula, samples, lambda s: "")


if __name__ == "__main__":
    sys.exit(main())
