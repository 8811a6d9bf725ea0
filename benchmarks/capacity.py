"""Load within a service level: rows of ``serving_capacity.jsonl``.

Each row is a series of load tests with more and more clients, until the stated level broke: requests and tokens per
second at the last one that held, the clients there, and the requests that cache memory alone would have admitted.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from benchmarks.truth import Outcome
from llm_pick.core.candidates import Candidate
from llm_pick.core.estimate.capacity import NoCapacity, ServiceLevel, capacity_at
from llm_pick.core.estimate.serving_setup import serving_setup_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from benchmarks.resolve import Resolver, Row
    from llm_pick.core.estimate.capacity import Capacity
    from llm_pick.core.estimate.serving import ServingSetup
    from llm_pick.core.facts import Range

FIELDS = ("req_s", "output_tok_s", "max_users_slo", "max_users_kv_cache")


def outcomes(rows: Iterable[Row], resolver: Resolver) -> Iterator[Outcome]:
    """Predictions of all rows, one per figure a row prints."""
    for row in rows:
        found = capacity_of(row, resolver)
        words = ("model", "precision", "gpu", "gpus", "engine", "input_len", "output_len")
        id = str(row.get("id") or " ".join(str(row.get(word)) for word in words))
        for field in FIELDS:
            if row.get(field) is None:
                continue
            head = {"id": id, "kind": "capacity", "field": field, "trust": row.get("trust", "A")}
            if isinstance(found, str):
                yield Outcome(**head, skipped=found)
                continue
            predicted = in_field(field, found)
            if predicted is None:
                yield Outcome(**head, skipped="the memory of the device is not known")
                continue
            group = f"{field}, at least" if row.get("lower_bound") and field != "max_users_kv_cache" else field
            yield Outcome(**head, truth=float(row[field]), predicted=predicted, device=str(row.get("gpu")), group=group)


def in_field(field: str, found: Capacity) -> Range | None:
    """A capacity as one figure of a row."""
    if field == "req_s":
        return found.req_per_s
    if field == "output_tok_s":
        return found.output_tok_per_s
    if field == "max_users_slo":
        return found.sequences_range
    return found.kv_limit_range


def capacity_of(row: Row, resolver: Resolver) -> Capacity | str:
    """The capacity within the level a row states, or why it cannot be told."""
    setup = setup_of(row, resolver)
    if isinstance(setup, str):
        return setup
    ttft, itl = row.get("slo_ttft_p99_ms"), row.get("slo_itl_median_ms")
    level = ServiceLevel(max_ttft_s=ttft / 1000 if ttft else None, max_itl_s=itl / 1000 if itl else None)
    found = capacity_at(setup, level, resolver.catalog)
    return "no load meets the level" if isinstance(found, NoCapacity) else found


def setup_of(row: Row, resolver: Resolver) -> ServingSetup | str:
    """The replica of a row, built as the commands build theirs."""
    named = row | {"hardware": row.get("gpu"), "quant_norm": row.get("precision")}
    model, device, runtime = resolver.model(named), resolver.device(named), resolver.runtime(named)
    quantization = resolver.quantization(named, "safetensors")
    if model is None or model.architecture is None:
        return "model not in the catalog"
    if device is None:
        return "device unknown"
    if runtime is None:
        return "engine not in the catalog"
    if quantization is None:
        return "quantization unknown"
    candidate = Candidate(
        model=model,
        quantization=quantization,
        runtime=runtime,
        backend=resolver.backend(named, device),
        kv_dtype=str(row.get("kv_dtype") or runtime.kv_dtypes[0]),
        published=True,
    )
    setup = serving_setup_of(
        candidate,
        (device,) * int(row.get("gpus") or 1),
        resolver.catalog,
        input_tokens=row["input_len"],
        output_tokens=row["output_len"],
    )
    return dataclasses.replace(setup, fitted_source=True)
