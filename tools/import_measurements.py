"""Decode measurements that may be passed on, from a folder of measured rows: ``python -m tools.import_measurements --truth DIR``.

Writes ``data/measurements.yaml``. A row is taken when its source's licence permits it (``SOURCES``), one device held
everything, and the catalog knows its device, model, quantization and engine by name. Several rows of one setup in one
source become their median; the source with most rows wins where two measured the same setup.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import yaml
from benchmarks import decode
from benchmarks.resolve import Resolver

from llm_pick.core.estimate.measured import SIXTEEN_BIT_CACHES
from llm_pick.core.lookup import names_of
from llm_pick.io.store import load_catalog
from tools.calibrate_speed import ROOT, read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llm_pick.core.catalog import Model

SOURCES = {
    "lhl/strix-halo-testing": "lhl-strix-halo-5ee14b5",
    "EricLBuehler/mistral.rs": "mistral-rs-9e92262",
    "djangodevreng/dgx-spark-benchmarks": "dgx-spark-benchmarks-5636536",
    "Raudbjorn/ggml-llama.cpp": "raudbjorn-llama-cpp-ae1a0b1",
    "AutoCookies/cheesecrab": "cheesecrab-35e64e5",
    "ml-explore/mlx-lm": "mlx-lm-d78bf58",
}
"""Sources whose licence permits passing their figures on (MIT, Apache-2.0, CC-BY) → reference."""
Setup = tuple[str, str, str, str, str, int]


def main(argv: list[str] | None = None) -> int:
    """Write the measurements; returns 0."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--truth", type=Path, required=True)
    options = parser.parse_args(argv)
    rows = read(options.truth / "decode_speed.jsonl")
    resolver = Resolver(load_catalog())
    records = measurements(rows, resolver)
    head = ("# yaml-language-server: $schema=../schemas/measurements.schema.json\n"
            "# Written by `python -m tools.import_measurements`; each source's terms are in its reference.\n")  # fmt: skip
    body = yaml.safe_dump({"measurements": records}, sort_keys=False, allow_unicode=True, width=140)
    (ROOT / "data" / "measurements.yaml").write_text(head + body, encoding="utf-8")
    print(f"{len(records)} measurements of {len({record['model'] for record in records})} models")
    return 0


def setup_of(row: dict[str, Any], resolver: Resolver) -> Setup | None:
    """(model, device, quantization, runtime, backend, depth) of a row that measures decoding alone on one device."""
    if row["kind"] != "decode" or row["trust"] == "C" or row["device_count"] != 1 or decode.counts_prompt(row):
        return None
    if any(row.get(flag) for flag in ("partial_offload", "cpu_moe_offload", "cluster", "slow_host", "quant_label_suspect")):
        return None
    if row.get("spec_decoding") not in (None, False, "", "none", "None"):
        return None
    if str(row.get("kv_dtype") or "f16").lower() not in SIXTEEN_BIT_CACHES or " or " in row["engine"]:
        return None
    model, device, quant = named_model(row, resolver), resolver.device(row), resolver.quantization(row)
    runtime = resolver.runtime(row)
    if model is None or device is None or quant is None or runtime is None:
        return None
    backend = resolver.backend(row, device)
    return model.id, device.id, quant.id, runtime.id, backend, round(decode.depth_of(row))


def named_model(row: dict[str, Any], resolver: Resolver) -> Model | None:
    """The model a row names outright: no fine-tune or relative of the same shape."""
    match = names_of("model", resolver.catalog).match(row["model_key"])
    return resolver.catalog.models[match.id] if match.id is not None else None


def measurements(rows: Sequence[dict[str, Any]], resolver: Resolver) -> list[dict[str, Any]]:
    """The records of ``data/measurements.yaml``, by id."""
    found: dict[Setup, dict[str, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        setup = setup_of(row, resolver) if row["source_family"] in SOURCES else None
        if setup is not None:
            found[setup][row["source_family"]].append(row)
    records = []
    for setup, sources in found.items():
        family, own = max(sources.items(), key=lambda item: (len(item[1]), item[0]))
        model, device, quant, runtime, backend, depth = setup
        locators = sorted({row["source"].split(" ", 1)[1] if " " in row["source"] else row["source"] for row in own})
        records.append(
            {
                "id": "/".join(map(str, setup)),
                "model": model, "device": device, "quant": quant, "runtime": runtime, "backend": backend,
                "depth_tokens": depth,
                "tok_per_s": float(f"{median(row['tok_per_s'] for row in own):.4g}"),
                "rows": len(own),
                "source": f"{SOURCES[family]} {locators[0]}",
                "date": max(str(row.get("source_date") or "") for row in own) or "2026",
            }
        )  # fmt: skip
    return sorted(records, key=lambda record: record["id"])


if __name__ == "__main__":
    sys.exit(main())
