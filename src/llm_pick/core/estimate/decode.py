"""Tokens per second of one sequence while it generates.

A decoded token has to read the weights it uses and its KV cache once, and it pays a cost that does not depend on
bytes: kernel launches in every layer, routing, sampling (Kwon et al. and the roofline model agree on the first
part; the second is what measured rows show when bytes go to zero). So

    seconds = (bytes + weights x unpacking) / (bandwidth x efficiency) + cache bytes / (bandwidth x cache efficiency)
              + layers x seconds per layer + seconds per token

with the constants fitted per engine and backend on measured rows (``tools/calibrate_speed.py``). A mixture of experts
pays what a dense model pays, a further cost per layer for routing, and reads its scattered experts a little less
efficiently: stated as an extra and a factor, so that rows of dense models inform both. Engines without rows of their
own use the generic constants, with a wider interval.
Stacked memory (HBM) is harder to saturate with one sequence, hence a factor on its efficiency.

Several devices: with a layer split they work one after the other, so bytes add up and nothing gets faster; with
tensor parallelism each reads its share and every layer pays for two all-reduces. Bytes in system memory are read
at the host's bandwidth, one after the other with those on the device.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from llm_pick.core.facts import Range
from llm_pick.core.record import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from llm_pick.core.catalog import Catalog

GIGA = 1e9
MICRO = 1e-6
ANY = "any"


@dataclass(frozen=True, slots=True)
class DecodeSetup:
    """Physical quantities of one decode step."""

    weight_bytes_read: float
    """Weight bytes one token touches, over all devices, without those in system memory."""
    kv_bytes_read: float
    """Cache bytes one token reads at its depth, over all devices."""
    bandwidth_gb_per_s: float
    """Memory bandwidth of one device (of unequal devices: the harmonic mean, weighted with their bytes)."""
    runtime_id: str
    backend: str
    """cuda | rocm | vulkan | metal | mlx | sycl | cpu"""
    moe: bool
    layers: int | None = None
    """``None``: estimated from ``params_total``."""
    params_read: float | None = None
    """Weights one token touches, wherever they are: unpacking them costs time however few bits they take. ``None``: left out."""
    params_total: float | None = None
    devices: int = 1
    split: str = "none"
    """none | layer | tensor"""
    interconnect_gb_per_s: float | None = None
    host_bytes_read: float = 0.0
    """Weight and cache bytes one token reads from system memory."""
    host_bandwidth_gb_per_s: float | None = None
    stacked_memory: bool = False
    """True for HBM."""
    known_device: bool = True
    """False where no row of the engine and backend is of such a device."""
    old_engine: bool = False
    """True for an engine build older than the parameter ``decode.old_before``; only measured rows need it."""


@dataclass(frozen=True, slots=True)
class DecodeCosts:
    """The fitted constants that apply to one setup."""

    efficiency: float
    """Share of the bandwidth that weight reads reach."""
    cache_efficiency: float
    """Share of the bandwidth that cache reads reach."""
    unpack_bytes: float
    """Cost of unpacking one weight, as bytes read at the same rate."""
    layer_us: float
    """Microseconds per layer, whatever its size."""
    token_us: float
    """Microseconds per token, whatever the model."""
    stacked_factor: float
    """Factor on both efficiencies where memory is stacked."""
    old_layer_factor: float
    """Factor on the cost per layer for old builds."""
    old_factor: float
    """Factor on the weight efficiency for old builds."""
    reduce_us: float
    """Microseconds per layer for the all-reduces of tensor parallelism, per doubling of the devices."""
    hop_us: float
    """Microseconds for handing a token from one device of a layer split to the next."""
    host_efficiency: float
    """Share of the host's bandwidth that reads from system memory reach."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """A speed and what it rests on."""

    tok_per_s: Range
    basis: str
    """measured (this very setup) | calibrated (the engine and backend have measured rows) | roofline (generic constants)"""


def decode_tok_per_s(setup: DecodeSetup, catalog: Catalog) -> Range:
    """Tokens per second of one sequence: 80 % interval and median. See ``predict_decode`` for the basis."""
    return predict_decode(setup, catalog).tok_per_s


def predict_decode(setup: DecodeSetup, catalog: Catalog) -> Prediction:
    """Tokens per second of one sequence with its basis.

    Raises ``ValueError`` for no bytes, no bandwidth, or bytes in a host of unknown bandwidth.
    """
    costs, calibrated = decode_costs(setup, catalog)
    speed = 1 / seconds_per_token(setup, costs, catalog)
    kind = kind_of(setup)
    low = _fitted(catalog, setup, f"{kind}.low")
    high = _fitted(catalog, setup, f"{kind}.high")
    wider = fitted_widening(
        catalog,
        "decode",
        unmeasured=not calibrated,
        unknown_device=not setup.known_device,
        offload=setup.host_bytes_read > 0,
        several_devices=setup.devices > 1,
    )
    interval = Range(speed * min(1.0, low) ** wider, speed, speed * max(1.0, high) ** wider)
    return Prediction(interval, "calibrated" if calibrated else "roofline")


def seconds_per_token(setup: DecodeSetup, costs: DecodeCosts, catalog: Catalog) -> float:
    """The formula of this module, in seconds."""
    return sum(decode_terms(setup, costs, catalog).values())


def decode_terms(setup: DecodeSetup, costs: DecodeCosts, catalog: Catalog) -> dict[str, float]:
    """The summands of the formula by name, in seconds per token.

    Raises ``ValueError`` for no bytes, no bandwidth, or bytes in a host of unknown bandwidth.
    """
    if setup.weight_bytes_read + setup.host_bytes_read <= 0 or setup.bandwidth_gb_per_s <= 0:
        raise ValueError("decode speed needs bytes to read and a bandwidth")
    layers = setup.layers or typical_layers(setup.params_total or setup.weight_bytes_read, catalog)
    share = setup.devices if setup.split == "tensor" else 1
    per_byte = 1 / (setup.bandwidth_gb_per_s * GIGA * share)
    if setup.stacked_memory:
        per_byte /= costs.stacked_factor
    efficiency = costs.efficiency * (costs.old_factor if setup.old_engine else 1.0)
    weight_bytes = setup.weight_bytes_read + (setup.params_read or 0.0) * costs.unpack_bytes
    terms = {
        "weights": weight_bytes * per_byte / efficiency,
        "cache": setup.kv_bytes_read * per_byte / costs.cache_efficiency,
        "layers": layers * costs.layer_us * (costs.old_layer_factor if setup.old_engine else 1.0) * MICRO,
        "token": costs.token_us * MICRO,
    }
    if setup.devices > 1 and setup.split == "tensor":
        doublings = (setup.devices - 1).bit_length()
        terms["all-reduces"] = layers * doublings * costs.reduce_us * MICRO
    elif setup.devices > 1:
        terms["hand-overs"] = (setup.devices - 1) * costs.hop_us * MICRO
    if setup.host_bytes_read:
        if not setup.host_bandwidth_gb_per_s:
            raise ValueError("bytes in system memory need the host's bandwidth")
        # The host is never faster than the devices it relieves, so that offloading cannot speed anything up.
        host = 1 / (setup.host_bandwidth_gb_per_s * GIGA * costs.host_efficiency)
        terms["system memory"] = setup.host_bytes_read * max(host, per_byte / efficiency)
    return terms


def typical_layers(params_total: float, catalog: Catalog) -> float:
    """Layers a model of this many parameters usually has: a power law over the catalog's models."""
    base = catalog.parameter("decode.typical_layers.at_1b")
    billions: float = max(params_total / GIGA, 0.01)
    return base * math.pow(billions, catalog.parameter("decode.typical_layers.exponent"))


def decode_costs(setup: DecodeSetup, catalog: Catalog) -> tuple[DecodeCosts, bool]:
    """The constants for a setup, and whether dense (or MoE) models were measured on its engine and backend."""
    costs = costs_of(lambda name: _fitted(catalog, setup, name), moe=setup.moe)
    measured = any(
        f"decode.{engine}.{setup.backend}.{kind_of(setup)}.devices_measured" in catalog.parameters
        for engine in engines_of(catalog, setup.runtime_id)
    )
    return costs, measured


def costs_of(fitted: Callable[[str], float], *, moe: bool) -> DecodeCosts:
    """The costs that named constants amount to for a dense model or a mixture of experts."""
    return DecodeCosts(
        efficiency=fitted("efficiency") * (fitted("moe.efficiency_factor") if moe else 1.0),
        cache_efficiency=fitted("cache_efficiency"),
        unpack_bytes=fitted("unpack_bytes"),
        layer_us=fitted("layer_us") + (fitted("moe.extra_layer_us") if moe else 0.0),
        token_us=fitted("token_us"),
        stacked_factor=fitted("stacked_factor"),
        old_layer_factor=fitted("old_layer_factor"),
        old_factor=fitted("old_factor"),
        reduce_us=fitted("reduce_us"),
        hop_us=fitted("hop_us"),
        host_efficiency=fitted("host_efficiency"),
    )


def kind_of(setup: DecodeSetup) -> str:
    """``moe`` or ``dense``: intervals and rows are counted apart."""
    return "moe" if setup.moe else "dense"


def fitted_speed(catalog: Catalog, family: str, runtime_id: str, backend: str, name: str) -> float:
    """The most specific parameter ``<family>.<engine>.<backend>.<name>``: engine and backend, engine, backend, generic.

    A front end falls back to the engine it shares. ``LookupError`` where not even the generic one exists. Asked thousands
    of times for a few hundred values, so the latest catalog's answers are kept.
    """
    if _kept.get("of") is not catalog.parameters:
        _kept.clear()
        _kept["of"] = catalog.parameters
    key = (family, runtime_id, backend, name)
    value = _kept.get(key)
    if not isinstance(value, float):
        value = _kept[key] = _fitted_value(catalog, *key)
    return value


_kept: dict[object, object] = {}
"""The parameters the answers belong to (under "of"), and answers by (family, runtime, backend, name)."""


def _fitted_value(catalog: Catalog, family: str, runtime_id: str, backend: str, name: str) -> float:
    for engine, place in _places(catalog, runtime_id, backend):
        found = catalog.parameters.get(f"{family}.{engine}.{place}.{name}")
        if found is not None:
            return float(found.value)
    raise LookupError(f"the catalog has no parameter `{family}.any.any.{name}`: it belongs to another version")


def fitted_widening(catalog: Catalog, family: str, *, unmeasured: bool, unknown_device: bool, **applies: bool) -> float:
    """Exponent on the interval's factors: the product of ``<family>.widen.<reason>`` over the reasons that apply.

    An engine nobody measured was not measured on this device either: of these two only the larger counts.
    """
    first = {"unmeasured": unmeasured, "unknown_device": unknown_device}
    wider: float = max([1.0, *(catalog.parameter(f"{family}.widen.{reason}") for reason, holds in first.items() if holds)])
    for reason, holds in applies.items():
        if holds:
            wider *= catalog.parameter(f"{family}.widen.{reason}")
    return wider


def engines_of(catalog: Catalog, runtime_id: str) -> tuple[str, ...]:
    """The runtime itself, then the runtime whose engine it shares."""
    runtime = catalog.runtimes.get(runtime_id)
    return (runtime_id, runtime.engine) if runtime is not None and runtime.engine else (runtime_id,)


def _places(catalog: Catalog, runtime_id: str, backend: str) -> list[tuple[str, str]]:
    engines = engines_of(catalog, runtime_id)
    places = [(engine, backend) for engine in engines]
    places += [(engine, ANY) for engine in engines]
    return [*places, (ANY, backend), (ANY, ANY)]


def _fitted(catalog: Catalog, setup: DecodeSetup, name: str) -> float:
    return fitted_speed(catalog, "decode", setup.runtime_id, setup.backend, name)
