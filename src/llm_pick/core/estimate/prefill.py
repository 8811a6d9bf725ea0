"""Tokens per second while a prompt is read, and the time to the first token.

Reading a prompt is matrix multiplication: two operations per active parameter and token, plus attention that grows
with the square of the length, at a fitted share of the device's dense 16-bit peak. Prompts go through in batches;
each batch reads the weights it touches once and launches every layer once, which is what limits short prompts and
sparse models:

    peak    = stated peak / (1 + stated peak / saturation)
    seconds = tokens x 2 x parameters / (peak x utilization) + attention operations / (peak x attention utilization)
              + batches x (touched bytes / (bandwidth x efficiency) + layers x seconds per layer) + seconds per prompt

Small devices reach a constant share of their peak; kernels of an engine stop gaining on large ones, hence the saturation.
Several devices that split layers work on different batches at once, as a pipeline does: ``n`` devices and ``m``
batches gain n m / (n + m - 1), to a fitted power; a prompt of one batch gains nothing.
Constants are fitted per engine and backend (``tools/calibrate_speed.py``). Where a device's peak is unknown it is
taken from its bandwidth and class, and the interval is wider.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from llm_pick.core.estimate.decode import GIGA, MICRO, engines_of, fitted_speed, fitted_widening, typical_layers
from llm_pick.core.facts import Range
from llm_pick.core.record import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from llm_pick.core.catalog import Architecture, Catalog, Device

TERA = 1e12
SIXTEEN_BITS = 16


@dataclass(frozen=True, slots=True)
class PrefillSetup:
    """Physical quantities of reading one prompt."""

    params_active: float
    """Parameters one token is multiplied with, embedding and output head excluded."""
    weight_bytes: float
    """All weight bytes over all devices."""
    experts: int
    """Routed experts per layer; 0 for a dense model."""
    experts_active: int
    weight_bits: float
    """Mean bits per weight: 16-bit weights and quantized ones reach different shares of the peak."""
    bandwidth_gb_per_s: float
    runtime_id: str
    backend: str
    device_class: str
    tflops: float | None = None
    """Dense matrix peak of one device (``matrix_tflops``), ``None`` if unknown."""
    layers: int | None = None
    attention_flops: float = 0.0
    """Operations of attention over the whole prompt: ``attention_flops``."""
    devices: int = 1
    split: str = "none"
    """none | layer | tensor"""
    batch_tokens: int | None = None
    """Tokens per batch; ``None``: the engine's default."""
    host_share: float = 0.0
    """Share of the weights that live in system memory and are read, or computed with, there."""
    host_bandwidth_gb_per_s: float | None = None
    known_device: bool = True
    """False where no row of the engine and backend is of such a device."""
    engine_age_years: float = 0.0
    """Age of the engine build against those the constants stand for; only measured rows need it."""


@dataclass(frozen=True, slots=True)
class PrefillCosts:
    """The fitted constants that apply to one setup."""

    utilization: float
    """Share of the effective peak."""
    saturation_tflops: float
    """Peak at which an engine's kernels reach half of what that share promises."""
    attention_utilization: float
    batch_tokens: float
    read_efficiency: float
    layer_us: float
    """Microseconds per layer and batch."""
    prompt_ms: float
    """Milliseconds per prompt, whatever its length."""
    scaling: float
    """Exponent of the ideal gain from several devices: 1 is perfect, 0 no gain."""
    yearly_factor: float
    """Utilization of a build one year older, relative to a current one."""
    host_efficiency: float


def prefill_tok_per_s(setup: PrefillSetup, prompt_tokens: int, catalog: Catalog) -> Range:
    """Tokens per second while a prompt of this length is read: 80 % interval and median.

    Raises ``ValueError`` for an empty prompt or a device without bandwidth.
    """
    if prompt_tokens <= 0 or setup.bandwidth_gb_per_s <= 0 or setup.params_active <= 0:
        raise ValueError("prefill speed needs tokens, parameters and a bandwidth")
    speed = prompt_tokens / prefill_seconds(setup, prefill_costs(setup, catalog), prompt_tokens, catalog)
    low, high = _interval(setup, catalog)
    return Range(speed * low, speed, speed * high)


def ttft_s(setup: PrefillSetup, prompt_tokens: int, catalog: Catalog, decode_step_s: float = 0.0) -> Range:
    """Seconds from the request to the first token on an idle machine: the prompt, then one decode step."""
    speed = prefill_tok_per_s(setup, prompt_tokens, catalog)
    return Range(
        prompt_tokens / speed.high + decode_step_s,
        prompt_tokens / speed.likely + decode_step_s,
        prompt_tokens / speed.low + decode_step_s,
    )


def prefill_seconds(setup: PrefillSetup, costs: PrefillCosts, tokens: int, catalog: Catalog) -> float:
    """The formula of this module, in seconds."""
    return sum(prefill_terms(setup, costs, tokens, catalog).values())


def prefill_terms(setup: PrefillSetup, costs: PrefillCosts, tokens: int, catalog: Catalog) -> dict[str, float]:
    """The summands of the formula by name, in seconds per prompt."""
    batch = min(tokens, setup.batch_tokens or round(costs.batch_tokens))
    batches = math.ceil(tokens / batch)
    peak = reached_peak(setup, costs, catalog) * TERA
    peak *= math.pow(ideal_gain(setup.devices, setup.split, tokens / batch), costs.scaling)
    rate = peak * costs.utilization * math.pow(costs.yearly_factor, setup.engine_age_years)
    touched = setup.weight_bytes * touched_share(setup.experts, setup.experts_active, batch)
    layers = setup.layers or typical_layers(setup.params_active, catalog)
    on_device = touched * (1 - setup.host_share) / (setup.bandwidth_gb_per_s * GIGA * costs.read_efficiency)
    terms = {
        "compute": 2 * tokens * setup.params_active / rate,
        "attention": setup.attention_flops / (peak * costs.attention_utilization),
        "reading weights": batches * on_device,
        "layers": batches * layers * costs.layer_us * MICRO,
        "prompt": costs.prompt_ms / 1000,
    }
    if setup.host_share:
        if not setup.host_bandwidth_gb_per_s:
            raise ValueError("weights in system memory need the host's bandwidth")
        host = setup.host_bandwidth_gb_per_s * GIGA * costs.host_efficiency
        terms["system memory"] = batches * touched * setup.host_share / host
    return terms


def reached_peak(setup: PrefillSetup, costs: PrefillCosts, catalog: Catalog) -> float:
    """TFLOPS of one device that an engine's kernels can make use of."""
    stated = setup.tflops or typical_tflops(setup, catalog)
    return stated / (1 + stated / costs.saturation_tflops)


def ideal_gain(devices: int, split: str, batches: float) -> float:
    """How many times faster ``devices`` work than one: all at once on shares, or as a pipeline over the batches."""
    return devices if split == "tensor" else devices * batches / (devices + batches - 1)


def touched_share(experts: int, active: int, tokens: float) -> float:
    """Share of the expert weights that a batch touches when each token picks its experts at random.

    1 - (1 - k/E)^B; a lower bound on sharing, since real routing is uneven. Dense models (0 experts): all.
    """
    if experts <= 0 or active <= 0:
        return 1.0
    return 1.0 - math.pow(max(0.0, 1.0 - active / experts), tokens)


def attention_flops(architecture: Architecture, tokens: int, depth_tokens: int = 0) -> float:
    """Operations of the attention scores and their application while ``tokens`` are read behind ``depth_tokens``.

    Two multiply-adds per head dimension and pair of tokens (scores, then values); causal, so a token sees those
    before it, at most its window. Linear mixers are part of the parameters.
    """
    total = 0.0
    for mixer in architecture.mixers:
        heads = mixer.heads or 0
        if mixer.kind == "mla":
            width = heads * ((mixer.nope_dim or 0) + (mixer.rope_dim or 0) + (mixer.v_head_dim or 0))
        elif mixer.kind in ("attention", "compressed_latent"):
            head_dim = mixer.head_dim or 0
            width = heads * (head_dim + (head_dim if mixer.v_head_dim is None else mixer.v_head_dim))
        else:
            continue
        pairs = tokens * (depth_tokens + (tokens + 1) / 2)
        if mixer.window is not None:
            pairs = min(pairs, tokens * float(mixer.window))
        elif mixer.compress_ratio:
            pairs /= mixer.compress_ratio
        total += 2 * mixer.layers * width * pairs
    return total


def peak_tflops(device: Device, precision: str = "bf16") -> float | None:
    """Dense peak at ``precision`` (bf16, or fp8, fp4, int8 where the device states one); else ``None``.

    The 16-bit peak is as stated, or half of the 8-bit, a quarter of the 4-bit, or the 32-bit one: precisions halve
    in steps of two on every tensor core, and where only a shader rate is known it is the peak.
    """
    stated = device.tflops_dense
    if precision != "bf16" and stated.get(precision):
        return stated[precision]
    for name, share in (("bf16", 1), ("fp16", 1), ("fp8", 2), ("int8", 2), ("fp4", 4), ("fp32", 1)):
        if stated.get(name):
            return stated[name] / share
    return None


def matrix_tflops(device: Device) -> float | None:
    """Fastest dense rate in 16-bit terms that any stated precision implies; ``None`` where none is stated.

    Consumer cards state half the rate for 16-bit products summed in 32 bits; engines that sum in 16 bits, or multiply
    quantized weights as 8-bit integers, get the rate that the 8-bit peak implies.
    """
    stated = device.tflops_dense
    rates = [
        stated[name] / share
        for name, share in (("bf16", 1), ("fp16", 1), ("int8", 2), ("fp8", 2), ("fp4", 4), ("fp32", 1))
        if stated.get(name)
    ]
    return max(rates, default=None)


def typical_tflops(setup: PrefillSetup, catalog: Catalog) -> float:
    """Peak of a device of this bandwidth and class where nobody states one."""
    per_gb = catalog.parameters.get(f"prefill.tflops_per_gb_per_s.{setup.device_class}")
    ratio = per_gb.value if per_gb is not None else catalog.parameter("prefill.tflops_per_gb_per_s.any")
    return setup.bandwidth_gb_per_s * ratio


def prefill_costs(setup: PrefillSetup, catalog: Catalog) -> PrefillCosts:
    """The constants for a setup, the most specific there are."""
    return costs_of(lambda name: fitted_speed(catalog, "prefill", setup.runtime_id, setup.backend, name), setup)


def costs_of(fitted: Callable[[str], float], setup: PrefillSetup) -> PrefillCosts:
    """The costs that named constants amount to for a setup."""
    kind = "sixteen_bit" if setup.weight_bits >= SIXTEEN_BITS - 1 else "quantized"
    sparse = fitted("moe_factor") if setup.experts else 1.0
    return PrefillCosts(
        utilization=fitted(f"{kind}.utilization") * sparse,
        saturation_tflops=fitted("saturation_tflops"),
        attention_utilization=fitted("attention_utilization"),
        batch_tokens=fitted("batch_tokens"),
        read_efficiency=fitted("read_efficiency"),
        layer_us=fitted("layer_us"),
        prompt_ms=fitted("prompt_ms"),
        scaling=fitted(f"{setup.split}.scaling") if setup.devices > 1 else 0.0,
        yearly_factor=fitted("yearly_factor"),
        host_efficiency=fitted("host_efficiency"),
    )


def is_measured(setup: PrefillSetup, catalog: Catalog) -> bool:
    """Whether prompts were measured on the engine (or the one a front end shares) and backend of a setup."""
    return any(
        f"prefill.{engine}.{setup.backend}.devices_measured" in catalog.parameters
        for engine in engines_of(catalog, setup.runtime_id)
    )


def _interval(setup: PrefillSetup, catalog: Catalog) -> tuple[float, float]:
    """Factors on the likely speed."""

    def fitted(name: str) -> float:
        return fitted_speed(catalog, "prefill", setup.runtime_id, setup.backend, name)

    wider = fitted_widening(
        catalog,
        "prefill",
        unmeasured=not is_measured(setup, catalog),
        unknown_device=not setup.known_device,
        unknown_peak=setup.tflops is None,
        offload=setup.host_share > 0,
        several_devices=setup.devices > 1,
    )
    return min(1.0, fitted("low")) ** wider, max(1.0, fitted("high")) ** wider
