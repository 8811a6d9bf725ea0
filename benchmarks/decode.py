"""Single-sequence decode speed: rows of ``decode_speed.jsonl`` that generate tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks import peers
from benchmarks.machine import host_share, is_old, is_stacked, split_of
from benchmarks.prefill import prompt_seconds
from benchmarks.truth import Outcome
from llm_pick.core.estimate.decode import DecodeSetup, decode_tok_per_s
from llm_pick.core.estimate.known_devices import are_known
from llm_pick.core.estimate.kv_cache import kv_read_bytes
from llm_pick.core.facts import Range

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from benchmarks.resolve import Resolver, Row, Weights

KINDS = ("decode", "decode_long_prompt", "end_to_end_mixed")
DEFAULT_OUTPUT_TOKENS = 128
AVERAGE_DEPTH = {"localscore": 1000}
"""Depth of tests that average over a list of prompts, by a word of their name."""


def outcomes(rows: Iterable[Row], resolver: Resolver) -> Iterator[Outcome]:
    """Predictions of all rows that generate tokens."""
    for row in rows:
        if row.get("kind", "decode") not in KINDS or row.get("tok_per_s") is None:
            continue
        setup = setup_of(row, resolver)
        head = {"id": str(row.get("id")), "kind": "decode", "field": "tok_per_s", "trust": row.get("trust", "A")}
        if isinstance(setup, str):
            yield Outcome(**head, skipped=setup)
            continue
        speed = with_prompt(row, decode_tok_per_s(setup, resolver.catalog), resolver)
        roofline = setup.bandwidth_gb_per_s * 1e9 / (setup.weight_bytes_read + setup.host_bytes_read)
        yield Outcome(
            **head,
            truth=float(row["tok_per_s"]),
            predicted=speed,
            naive={"size/bandwidth": roofline, **_peers(row, setup)},
            device=str(row.get("device_key")),
            group=group_of(row, setup),
        )


def _peers(row: Row, setup: DecodeSetup) -> dict[str, float]:
    """The peers' formulas, which speak of one device that holds everything."""
    if setup.devices > 1 or setup.host_bytes_read:
        return {}
    label = str(row.get("quant_norm") or row.get("quant") or "")
    return peers.decode(setup.bandwidth_gb_per_s, setup.weight_bytes_read, label, setup.backend)


def group_of(row: Row, setup: DecodeSetup) -> str:
    """What is reported apart: dense or MoE on one device, several devices, offload, and whole requests."""
    if setup.host_bytes_read:
        return "offload"
    if setup.devices > 1:
        return "several devices"
    if counts_prompt(row):
        return "whole request"
    return "moe" if setup.moe else "dense"


def setup_of(row: Row, resolver: Resolver) -> DecodeSetup | str:
    """The physical quantities of a row, or why they cannot be told."""
    if row.get("spec_decoding") not in (None, False, "", "none", "None"):
        return "speculative decoding"
    if row.get("cluster"):
        return "cluster of machines"
    device = resolver.device(row)
    if device is None:
        return "device unknown"
    weights = resolver.weights(row)
    if isinstance(weights, str):
        return weights
    count = int(row.get("device_count") or 1)
    kv = cache_bytes(row, weights, resolver)
    host = host_share(row, weights, resolver)
    if host is None:
        return "how much was offloaded is not stated"
    layers = weights.layers
    read, kv_read = weights.bytes_read * (1 - host), kv
    return DecodeSetup(
        weight_bytes_read=read,
        kv_bytes_read=kv_read,
        bandwidth_gb_per_s=device.bandwidth_gb_per_s,
        runtime_id=resolver.engine(row),
        backend=resolver.backend(row, device),
        moe=weights.moe,
        layers=layers,
        params_read=weights.params_total * weights.bytes_read / weights.bytes_total,
        params_total=weights.params_total,
        devices=count,
        split=split_of(row, count, resolver),
        interconnect_gb_per_s=device.interconnect_gb_per_s,
        host_bytes_read=weights.bytes_read * host,
        host_bandwidth_gb_per_s=resolver.catalog.parameter("decode.host_bandwidth_gb_per_s"),
        stacked_memory=is_stacked(device),
        old_engine=is_old(row, resolver),
        known_device=are_known((device,), "decode", resolver.engine(row), resolver.backend(row, device), resolver.catalog),
    )


def depth_of(row: Row) -> float:
    """Mean tokens in the cache while the row's tokens were generated."""
    for word, depth in AVERAGE_DEPTH.items():
        if word in str(row.get("test", "")).lower():
            return depth
    before = row.get("n_depth") if row.get("prompt_tokens") is None else row.get("prompt_tokens")
    if before is None:
        before = row.get("n_prompt")
    out = row.get("n_gen") or row.get("output_tokens") or DEFAULT_OUTPUT_TOKENS
    return float(before or 0) + out / 2


def cache_bytes(row: Row, weights: Weights, resolver: Resolver) -> float:
    """Cache bytes one token reads; 0 where the architecture is unknown."""
    model = weights.model
    if model is None or model.architecture is None:
        return 0.0
    runtime = resolver.runtime(row) or resolver.catalog.runtimes["llama-cpp"]
    return kv_read_bytes(model.architecture, round(depth_of(row)), kv_dtype_of(row, resolver), runtime, resolver.catalog)


def kv_dtype_of(row: Row, resolver: Resolver) -> str:
    """The cache type a row prints where the catalog knows it, else 16 bits."""
    printed = str(row.get("kv_dtype") or "f16").lower()
    known = f"kv_cache.bytes_per_element.{printed}" in resolver.catalog.parameters
    return printed if known else "f16"


def counts_prompt(row: Row) -> bool:
    """Whether the row's clock also ran while the prompt was read; sources say so in their notes.

    The Qwen pages do not define their figure for long prompts; it falls with the prompt as whole-request time does.
    """
    note = str(row.get("note") or "").lower()
    if not row.get("prompt_tokens") or not row.get("output_tokens"):
        return False
    return (
        _counts_all_tokens(row)
        or "incl. prefill" in note
        or ("incl. ttft" in note and row.get("kind") == "end_to_end_mixed")
        or ("definition" in note and row.get("kind") == "decode_long_prompt")
    )


def counted_tokens(row: Row) -> float:
    """Tokens that a whole-request figure divides by its time."""
    return float(row["output_tokens"]) + (float(row["prompt_tokens"]) if _counts_all_tokens(row) else 0.0)


def _counts_all_tokens(row: Row) -> bool:
    return "speed=(prompt+generated" in str(row.get("note") or "").lower()


def with_prompt(row: Row, speed: Range, resolver: Resolver) -> Range:
    """The speed a row's clock shows: where it also ran while the prompt was read, that time is added."""
    if not counts_prompt(row):
        return speed
    out, counted = float(row["output_tokens"]), counted_tokens(row)
    waiting = prompt_seconds(row, int(row["prompt_tokens"]), resolver)
    if waiting is None:
        return speed
    low = counted / (waiting.high + out / speed.low)
    likely = counted / (waiting.likely + out / speed.likely)
    return Range(low, likely, counted / (waiting.low + out / speed.high))
