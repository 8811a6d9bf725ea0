"""Tokens per second of one replica that serves several sequences at the same time (continuous batching).

One step produces a token for each of the B running sequences. It reads the weights once for all of them (of a
mixture of experts the share that B tokens touch), every sequence's own cache, multiplies, and pays for launches,
for bookkeeping per sequence and, on several devices, for all-reduces. Prompts of new requests are read in between:

    step seconds    = touched bytes / bandwidth + B x cache bytes / bandwidth + B x 2 x parameters / peak
                      + B x exchanged bytes / link + layers x (seconds per layer + all-reduce)
                      + B x seconds per sequence + seconds per step
    request seconds = B x prompt seconds + output tokens x step seconds        (for B requests)
    output rate     = B x output tokens / request seconds

each rate times its fitted share (``tools/calibrate_serving.py``). The peak enters as reference x (stated peak /
reference) ^ exponent, and less of it is reached below 16 bits: kernels leave more of a higher peak unused. A token
crosses the link twice per layer (two all-reduces of its hidden state, ring algorithm: 2 (n - 1) / n times its bytes).
Where whole layers are split over devices, it is handed on between two of them, at the cost of one all-reduce.
No more sequences run than the cache holds.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from llm_pick.core.estimate.decode import GIGA, MICRO, fitted_speed, fitted_widening, typical_layers
from llm_pick.core.estimate.prefill import TERA, touched_share
from llm_pick.core.facts import Range
from llm_pick.core.record import dataclass

if TYPE_CHECKING:
    from llm_pick.core.catalog import Catalog

ALL_REDUCES = 2
"""Per layer: after attention and after the feed-forward block."""
ACTIVATION_BYTES = 2


@dataclass(frozen=True, slots=True)
class ServingSetup:
    """Physical quantities of one replica under load."""

    concurrency: float
    """Requests in flight."""
    input_tokens: float
    output_tokens: float
    params_active: float
    """Parameters one token is multiplied with, embedding excluded."""
    shared_weight_bytes: float
    """Weight bytes every step reads: everything except embedding rows and routed experts."""
    expert_bytes: float
    """Bytes of all routed experts."""
    experts: int
    experts_active: int
    kv_bytes_read: float
    """Cache bytes one sequence reads per step at its mean depth."""
    kv_bytes_held: float
    """Cache bytes one sequence holds on average over its request."""
    bandwidth_gb_per_s: float
    """Of one device."""
    runtime_id: str
    backend: str
    device_class: str
    tflops: float | None = None
    """Dense peak of one device at the precision it multiplies in."""
    attention_flops: float = 0.0
    """Operations of attention over one prompt."""
    layers: int | None = None
    devices: int = 1
    split: str = "none"
    """none | layer | tensor"""
    groups: int = 1
    """Equal groups of the devices that take a share of the sequences each: data parallel, or stages of a pipeline, which
    read all weights once per token and group of sequences just the same. Tensor parallelism is within a group."""
    experts_spread: bool = False
    """True where the groups share one set of experts (expert parallel), each device holding its part."""
    hidden: int | None = None
    """Width of what the devices exchange in every layer; ``None``: that of a usual model of this size and depth."""
    link_gb_per_s: float | None = None
    """One direction between two devices; ``None``: a usual link."""
    kv_bytes_full: float | None = None
    """Cache bytes one sequence holds when its answer is complete; ``None``: as on average."""
    kv_capacity_bytes: float | None = None
    """Cache bytes the devices hold together; ``None``: no limit."""
    max_sequences: int | None = None
    """Most sequences the engine is told to run; ``None``: its default."""
    decode_only: bool = False
    """True to leave the time for prompts out of the rate."""
    stacked_memory: bool = False
    known_device: bool = True
    """False where no row of the engine and backend is of such a device."""
    narrow: bool = False
    """True where it multiplies below 16 bits: ``tflops`` is then the peak at that precision."""
    old_engine: bool = False
    """True for a build before ``decode.old_before``; only measured rows need it."""
    fitted_source: bool = False
    """True for a measured row of a source that the constants were fitted on: what is peculiar to others does not add up."""
    kv_capacity_range: Range | None = None
    """``kv_capacity_bytes`` as an 80 % interval; ``None``: as certain as that."""


@dataclass(frozen=True, slots=True)
class ServingCosts:
    """The fitted constants that apply to one setup."""

    efficiency: float
    cache_efficiency: float
    batch_utilization: float
    """Share of the peak that decode steps reach."""
    prompt_utilization: float
    attention_utilization: float
    layer_us: float
    step_us: float
    sequence_us: float
    """Microseconds per running sequence and step."""
    reduce_us: float
    """Microseconds per layer and doubling of the devices."""
    scaling: float
    """Exponent of the number of devices: 1 is perfect."""
    link_efficiency: float
    """Share of the link's rate that all-reduces reach."""
    peak_exponent: float
    narrow_factor: float
    """Share of the peak reached below 16 bits, over that at 16 bits."""
    stacked_factor: float
    old_overhead: float
    """Costs per layer, step and sequence of old builds, over those of current ones."""
    old_utilization: float
    """Share of the peak that old builds reach, over current ones."""
    old_efficiency: float
    """Share of the bandwidth that old builds reach, over current ones."""
    max_sequences: float


def output_tok_per_s(setup: ServingSetup, catalog: Catalog) -> Range:
    """Output tokens per second of all sequences together: 80 % interval and median.

    Raises ``ValueError`` for nothing to serve, no output or no bandwidth.
    """
    low, high = speed_factors(setup, catalog)
    likely = output_rate(setup, serving_costs(setup, catalog), catalog)
    return Range(likely * low, likely, likely * high)


def speed_factors(setup: ServingSetup, catalog: Catalog) -> tuple[float, float]:
    """Ends of the 80 % interval over the likely rate, as factors: ``(low <= 1, high >= 1)``."""

    def fitted(name: str) -> float:
        return fitted_speed(catalog, "serving", setup.runtime_id, setup.backend, name)

    wider = 1.0 if setup.fitted_source else catalog.parameter("serving.widen.unseen_source")
    wider *= fitted_widening(
        catalog,
        "serving",
        unmeasured=f"serving.{setup.runtime_id}.{setup.backend}.low" not in catalog.parameters,
        unknown_device=not setup.known_device,
        unknown_peak=setup.tflops is None,
        several_devices=setup.devices > 1,
    )
    return min(1.0, fitted("low")) ** wider, max(1.0, fitted("high")) ** wider


def output_rate(setup: ServingSetup, costs: ServingCosts, catalog: Catalog) -> float:
    """The formula of this module: output tokens per second."""
    if setup.concurrency <= 0 or setup.output_tokens <= 0 or setup.bandwidth_gb_per_s <= 0:
        raise ValueError("serving speed needs requests, output tokens and a bandwidth")
    running = running_sequences(setup, costs)
    seconds = setup.output_tokens * token_seconds(setup, costs, catalog, running)
    return running * setup.output_tokens / seconds


def token_seconds(setup: ServingSetup, costs: ServingCosts, catalog: Catalog, running: float) -> float:
    """Mean seconds between two tokens of one of ``running`` sequences, the prompts of the others read in between."""
    seconds = step_seconds(setup, costs, catalog, running)
    if setup.decode_only:
        return seconds
    return seconds + running / setup.groups * prompt_seconds(setup, costs, catalog) / setup.output_tokens


def prompt_seconds(setup: ServingSetup, costs: ServingCosts, catalog: Catalog) -> float:
    """Seconds to read one prompt while the engine is busy with others."""
    peak = _peak(setup, costs, catalog)
    seconds = 2 * setup.params_active * setup.input_tokens / (peak * costs.prompt_utilization)
    seconds += setup.attention_flops / (peak * costs.attention_utilization)
    return seconds + setup.input_tokens * _exchange_seconds(setup, costs, catalog)


def running_sequences(setup: ServingSetup, costs: ServingCosts) -> float:
    """Sequences that run at the same time: those asked for, at most what the engine and its cache take."""
    running = min(setup.concurrency, setup.max_sequences or costs.max_sequences * setup.groups)
    if setup.kv_capacity_bytes is not None and setup.kv_bytes_held > 0:
        running = min(running, setup.kv_capacity_bytes / setup.kv_bytes_held)
    return max(1.0, running)


def serving_costs(setup: ServingSetup, catalog: Catalog) -> ServingCosts:
    """The constants for a setup, the most specific there are."""

    def fitted(name: str) -> float:
        return fitted_speed(catalog, "serving", setup.runtime_id, setup.backend, name)

    return ServingCosts(
        efficiency=fitted("moe.efficiency" if setup.experts else "dense.efficiency"),
        cache_efficiency=fitted("cache_efficiency"),
        batch_utilization=fitted("moe.batch_utilization" if setup.experts else "dense.batch_utilization"),
        prompt_utilization=fitted("moe.prompt_utilization" if setup.experts else "dense.prompt_utilization"),
        attention_utilization=fitted("attention_utilization"),
        layer_us=fitted("moe.layer_us" if setup.experts else "dense.layer_us"),
        step_us=fitted("step_us"),
        sequence_us=fitted("sequence_us"),
        reduce_us=fitted("reduce_us"),
        scaling=fitted("scaling"),
        link_efficiency=fitted("link_efficiency"),
        peak_exponent=fitted("peak_exponent"),
        narrow_factor=fitted("narrow_factor"),
        stacked_factor=fitted("stacked_factor"),
        old_overhead=fitted("old_overhead"),
        old_utilization=fitted("old_utilization"),
        old_efficiency=fitted("old_efficiency"),
        max_sequences=fitted("max_sequences"),
    )


def step_seconds(setup: ServingSetup, costs: ServingCosts, catalog: Catalog, running: float) -> float:
    """Seconds of one step that gives every running sequence a token."""
    peak = _peak(setup, costs, catalog)
    within, mine = _within(setup), running / setup.groups
    per_byte = 1 / (setup.bandwidth_gb_per_s * GIGA * _gain(setup, costs))
    if setup.stacked_memory:
        per_byte /= costs.stacked_factor
    if setup.old_engine:
        per_byte /= costs.old_efficiency
    experts = setup.expert_bytes
    if setup.experts_spread:
        experts *= touched_share(setup.experts, setup.experts_active, running) / setup.groups
    else:
        experts *= touched_share(setup.experts, setup.experts_active, mine)
    seconds = (setup.shared_weight_bytes + experts) * per_byte / costs.efficiency
    seconds += mine * setup.kv_bytes_read * per_byte / costs.cache_efficiency
    seconds += mine * 2 * setup.params_active / (peak * costs.batch_utilization)
    seconds += mine * _exchange_seconds(setup, costs, catalog)
    layers = _layers(setup, catalog)
    overhead = layers * costs.layer_us + costs.step_us + mine * costs.sequence_us
    linked = setup.devices if setup.experts_spread else within
    if setup.split == "tensor" and linked > 1:
        overhead += layers * (linked - 1).bit_length() * costs.reduce_us
    elif setup.split == "layer":
        overhead += (setup.devices - 1) * costs.reduce_us
    return seconds + overhead * (costs.old_overhead if setup.old_engine else 1.0) * MICRO


def _exchange_seconds(setup: ServingSetup, costs: ServingCosts, catalog: Catalog) -> float:
    """Seconds one token's hidden state spends on the link between the devices of a group, all layers."""
    within = _within(setup)
    if setup.split != "tensor" or within == 1:
        return 0.0
    layers = _layers(setup, catalog)
    # A dense layer holds about 12 hidden x hidden parameters.
    hidden = setup.hidden or math.sqrt(setup.params_active / layers / 12)
    link = (setup.link_gb_per_s or catalog.parameter("serving.typical_link_gb_per_s")) * GIGA
    return ALL_REDUCES * ACTIVATION_BYTES * hidden * layers * 2 * (within - 1) / within / (link * costs.link_efficiency)


def _layers(setup: ServingSetup, catalog: Catalog) -> float:
    return setup.layers or typical_layers(setup.params_active, catalog)


def _within(setup: ServingSetup) -> int:
    """Devices of one group."""
    return max(1, setup.devices // setup.groups)


def _gain(setup: ServingSetup, costs: ServingCosts) -> float:
    """How much faster a group is than one device."""
    return math.pow(_within(setup), costs.scaling) if setup.split == "tensor" else 1.0


def _peak(setup: ServingSetup, costs: ServingCosts, catalog: Catalog) -> float:
    """Operations per second of a group that every utilization is a share of."""
    reference = catalog.parameter("serving.reference_tflops")
    stated = setup.tflops or typical_tflops(setup, catalog)
    peak = reference * math.pow(stated / reference, costs.peak_exponent) * TERA * _gain(setup, costs)
    if setup.narrow:
        peak *= costs.narrow_factor
    return peak * costs.old_utilization if setup.old_engine else peak


def typical_tflops(setup: ServingSetup, catalog: Catalog) -> float:
    """Peak of a device of this bandwidth and class where nobody states one."""
    found = catalog.parameters.get(f"prefill.tflops_per_gb_per_s.{setup.device_class}")
    ratio = found.value if found is not None else catalog.parameter("prefill.tflops_per_gb_per_s.any")
    return setup.bandwidth_gb_per_s * ratio
