"""Prompt processing speed: rows of ``decode_speed.jsonl`` that read a prompt."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from benchmarks.machine import engine_age_years, host_share, split_of
from benchmarks.resolve import Resolver, Row, Weights, expert_counts
from benchmarks.truth import Outcome
from llm_pick.core.estimate.known_devices import are_known
from llm_pick.core.estimate.prefill import PrefillSetup, attention_flops, matrix_tflops, prefill_tok_per_s
from llm_pick.core.facts import Range

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

DEFAULT_PROMPT_TOKENS = 512
AVERAGE_PROMPT = {"localscore": 1100}
"""Mean prompt of tests that average over a list of prompts, by a word of their name."""
_PROMPT_IN_TEST = re.compile(r"(?:pp|prefill )\s*(\d+)|^(\d+) (?:tokens prompt|prefill)")


def outcomes(rows: Iterable[Row], resolver: Resolver) -> Iterator[Outcome]:
    """Predictions of all rows that read a prompt."""
    for row in rows:
        if row.get("kind") != "prefill" or row.get("tok_per_s") is None:
            continue
        head = {"id": str(row.get("id")), "kind": "prefill", "field": "tok_per_s", "trust": row.get("trust", "A")}
        tokens = prompt_tokens(row)
        setup = setup_of(row, tokens, resolver)
        if isinstance(setup, str):
            yield Outcome(**head, skipped=setup)
            continue
        yield Outcome(
            **head,
            truth=float(row["tok_per_s"]),
            predicted=prefill_tok_per_s(setup, tokens, resolver.catalog),
            device=str(row.get("device_key")),
            group=group_of(setup),
        )


def group_of(setup: PrefillSetup) -> str:
    """What is reported apart."""
    if setup.host_share:
        return "offload"
    return "several devices" if setup.devices > 1 else "one device"


def prompt_tokens(row: Row) -> int:
    """Tokens of the prompt a row reads."""
    for word, tokens in AVERAGE_PROMPT.items():
        if word in str(row.get("test", "")).lower():
            return tokens
    if row.get("n_prompt") or row.get("prompt_tokens"):
        return int(row.get("n_prompt") or row["prompt_tokens"])
    found = _PROMPT_IN_TEST.search(str(row.get("test", "")))
    return int(found.group(1) or found.group(2)) if found else DEFAULT_PROMPT_TOKENS


def setup_of(row: Row, tokens: int, resolver: Resolver) -> PrefillSetup | str:
    """The physical quantities of reading ``tokens`` tokens on a row's machine, or why they cannot be told."""
    if row.get("cluster"):
        return "cluster of machines"
    device = resolver.device(row)
    if device is None:
        return "device unknown"
    weights = resolver.weights(row)
    if isinstance(weights, str):
        return weights
    host = host_share(row, weights, resolver, all_weights=True)
    if host is None:
        return "how much was offloaded is not stated"
    experts, active = expert_counts(weights)
    count = int(row.get("device_count") or 1)
    return PrefillSetup(
        params_active=multiplied(weights),
        weight_bytes=weights.bytes_total,
        experts=experts,
        experts_active=active,
        weight_bits=weights.bits,
        bandwidth_gb_per_s=device.bandwidth_gb_per_s,
        runtime_id=resolver.engine(row),
        backend=resolver.backend(row, device),
        device_class=device.device_class,
        tflops=matrix_tflops(device),
        layers=weights.layers,
        attention_flops=attention(weights, tokens, int(row.get("n_depth") or 0) if row.get("n_prompt") else 0),
        devices=count,
        split=split_of(row, count, resolver),
        batch_tokens=int(row["n_ubatch"]) if row.get("n_ubatch") else None,
        host_share=host,
        host_bandwidth_gb_per_s=resolver.catalog.parameter("decode.host_bandwidth_gb_per_s"),
        engine_age_years=engine_age_years(row, resolver),
        known_device=are_known((device,), "prefill", resolver.engine(row), resolver.backend(row, device), resolver.catalog),
    )


def multiplied(weights: Weights) -> float:
    """Active parameters without embedding and output head, which a prompt does not go through."""
    model = weights.model
    if model is None or model.architecture is None:
        return weights.params_active
    a = model.architecture
    outside = a.vocab * a.hidden * (1 if a.tied_embeddings else 2) + a.per_layer_embedding_params
    return max(weights.params_active - outside, weights.params_active / 8)


def attention(weights: Weights, tokens: int, depth: int) -> float:
    """Attention operations over a prompt; 0 where the architecture is unknown."""
    model = weights.model
    if model is None or model.architecture is None:
        return 0.0
    return attention_flops(model.architecture, tokens, depth)


def prompt_seconds(row: Row, tokens: int, resolver: Resolver) -> Range | None:
    """Seconds to read a prompt of this length on the row's machine; ``None`` where it cannot be told."""
    setup = setup_of(row, tokens, resolver)
    if isinstance(setup, str):
        return None
    speed = prefill_tok_per_s(setup, tokens, resolver.catalog)
    return Range(tokens / speed.high, tokens / speed.likely, tokens / speed.low)
