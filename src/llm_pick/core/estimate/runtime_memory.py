"""Memory an engine needs on each device beyond weights and KV cache, as a prediction.

    overhead = base + graphs + buffer + scratch + copies

* base: math libraries and the engine's own allocations, and the driver's context (per engine and backend);
* graphs: captured launch graphs, where the engine captures them;
* buffer: the largest of three, because engines reuse one arena for everything: one batch's logits
  (``batch * (vocabulary + 2 hidden)``), one feed-forward block (``batch * (3 width + 4 hidden)``, with an input and an
  output of ``hidden`` more per routed expert used) and one
  attention layer (``batch * (queries + outputs + 4 hidden)``, plus ``batch * context * heads`` of scores where
  attention is not fused), the latter two with the attention mask;
* scratch: a weight matrix unpacked to 16 bits, where the backend multiplies prompts that way;
* copies: one layer's cache while it is being grown or unpacked.

Batch sizes and what each engine does are parameters ``runtime_memory.<engine>.<backend>.*``, read in the
engines' sources or fitted by ``tools/calibrate_memory.py``. The interval comes from the spread of readings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from llm_pick.core.estimate.kv_cache import kv_bytes_per_element, kv_terms
from llm_pick.core.estimate.weights import TOWERS_APART, vision_bytes, weights_bytes
from llm_pick.core.facts import Range
from llm_pick.core.record import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llm_pick.core.catalog import Architecture, Catalog, Mixer, Model, Parameter, Quantization, Runtime
    from llm_pick.core.estimate.kv_cache import KvTerms

GIB = 1024**3
_MEMO_LIMIT = 8192  # entries kept before the memo starts over: bounds its memory, tunes nothing
_ANY = "any"


@dataclass(frozen=True, slots=True)
class EngineMemory:
    """The parameters of one engine on one backend."""

    base: float
    """Bytes."""
    graphs: float
    """Bytes."""
    batch_tokens: float
    """Tokens computed at once; 0 means the whole prompt."""
    logit_rows: float
    """Tokens whose logits are held at once."""
    logit_bytes: float
    """Bytes per logit of those."""
    activation_bytes: float
    """Bytes of one activation."""
    mask_bytes: float
    """Bytes per token pair of the attention mask that fused attention still reads."""
    scratch_matrices: float
    """Largest feed-forward matrices unpacked to 16 bits at the same time."""
    kv_copies: float
    """Copies of one layer's cache made while it grows."""
    context: float
    """Bytes of the driver's context, which readings of an engine's own allocator leave out."""
    prompt_sized: bool
    """True where buffers are as large as the prompt at hand, not as the largest batch."""
    low: float
    """Factor on the likely overhead."""
    high: float
    """Factor on the likely overhead."""


@dataclass(frozen=True, slots=True)
class Widths:
    """What the buffers of one architecture depend on, in elements."""

    vocab: int
    hidden: int
    feed_forward: int
    """Widest feed-forward block one token passes: dense, or all experts it uses."""
    attention: int
    """Queries and outputs of the widest attention layer; latent attention works in latent width per head."""
    heads: int
    matrix: int
    """Elements of the largest dense feed-forward matrix."""
    experts_used: int
    """Routed experts one token passes: each has an output of its own before they are summed."""
    layers_with_cache: int


def overhead_bytes(
    architecture: Architecture,
    runtime: Runtime,
    backend: str,
    context_tokens: int,
    kv_dtype: str,
    catalog: Catalog,
    sequences: int = 1,
    devices: int = 1,
    tensor_parallel: int = 1,
    fused_attention: bool = True,
    prompt_tokens: int | None = None,
    driver_context: bool = True,
    engine: EngineMemory | None = None,
) -> Range:
    """Bytes needed on one device beyond weights and KV cache, as an 80 % interval and median.

    ``devices`` counts the devices the layers are spread over, ``tensor_parallel`` those that share each one.
    ``prompt_tokens`` is the longest prompt that will be read (``None``: as long as the context). An engine without
    parameters of its own, or an unmeasured backend, gets the widest interval. ``engine``: other parameters than its own.
    """
    engine = engine or engine_memory(runtime, backend, catalog)
    parts = overhead_parts(
        architecture, runtime, backend, context_tokens, kv_dtype, catalog, sequences, devices, tensor_parallel,
        fused_attention=fused_attention, prompt_tokens=prompt_tokens, driver_context=driver_context, engine=engine,
    )  # fmt: skip
    likely = sum(parts)
    return Range(likely * engine.low, likely, likely * engine.high)


class OverheadParts(NamedTuple):
    """The terms of the likely overhead of one device, in bytes."""

    base: float
    """Driver context and the engine's own allocations."""
    graphs: float
    buffer: float
    scratch: float
    copies: float


def overhead_parts(
    architecture: Architecture,
    runtime: Runtime,
    backend: str,
    context_tokens: int,
    kv_dtype: str,
    catalog: Catalog,
    sequences: int = 1,
    devices: int = 1,
    tensor_parallel: int = 1,
    *,
    fused_attention: bool = True,
    prompt_tokens: int | None = None,
    driver_context: bool = True,
    engine: EngineMemory | None = None,
) -> OverheadParts:
    """The terms of ``overhead_bytes``, whose arguments these are."""
    engine = engine or engine_memory(runtime, backend, catalog)
    return overhead_of(
        architecture_widths(architecture), kv_terms(architecture, tensor_parallel), engine,
        context_tokens, kv_dtype, catalog, sequences, devices, tensor_parallel,
        fused_attention=fused_attention, prompt_tokens=prompt_tokens, driver_context=driver_context,
    )  # fmt: skip


def overhead_of(
    widths: Widths,
    terms: KvTerms,
    engine: EngineMemory,
    context_tokens: int,
    kv_dtype: str,
    catalog: Catalog,
    sequences: int = 1,
    devices: int = 1,
    tensor_parallel: int = 1,
    *,
    fused_attention: bool = True,
    prompt_tokens: int | None = None,
    driver_context: bool = True,
) -> OverheadParts:
    """``overhead_parts`` from the widths and the cache terms of the architecture."""
    prompt = context_tokens if prompt_tokens is None else prompt_tokens
    longest = max(prompt, 1) if engine.prompt_sized else context_tokens
    batch = min(engine.batch_tokens or longest, longest)
    logits = min(batch, engine.logit_rows) * (widths.vocab * engine.logit_bytes + 2 * widths.hidden * 4)
    per_element = batch * engine.activation_bytes
    feed_forward = per_element * (
        3 * widths.feed_forward / tensor_parallel + (4 + 2 * widths.experts_used) * widths.hidden
    )  # fmt: skip
    attention = per_element * (widths.attention / tensor_parallel + 4 * widths.hidden)
    if not fused_attention:
        attention += batch * context_tokens * widths.heads / tensor_parallel * 4
    mask = batch * context_tokens * engine.mask_bytes
    if devices > 1 and tensor_parallel == 1:
        mask *= catalog.parameter("runtime_memory.pipeline_copies")
    copies = 0.0
    if engine.kv_copies and widths.layers_with_cache:
        layer = terms.full * context_tokens / widths.layers_with_cache
        copies = engine.kv_copies * layer * kv_bytes_per_element(kv_dtype, catalog) * sequences
    return OverheadParts(
        base=engine.base + (engine.context if driver_context else 0.0),
        graphs=engine.graphs,
        buffer=max(logits, feed_forward + mask, attention + mask),
        scratch=engine.scratch_matrices * widths.matrix * 2 if prompt > 1 else 0.0,
        copies=copies,
    )


def loaded_weights_bytes(
    model: Model, quantization: Quantization, runtime: Runtime, catalog: Catalog, tensor_parallel: int = 1
) -> Range:
    """Weights as the engine holds them, over all devices.

    Some engines pad and repack for their kernels, by a factor with an interval of its own (``weights_low``, ``weights``,
    ``weights_high``); with tensor parallelism those load the vision and audio towers on every device.
    """
    stored = weights_bytes(model, quantization, catalog)
    factor = load_factor(runtime, catalog)
    if factor is None:
        return stored
    towers = 0.0 if quantization.format in TOWERS_APART else vision_bytes(model, quantization, catalog)
    repeated = towers * (tensor_parallel - 1)
    return Range(
        stored.low * factor.low + repeated, stored.likely * factor.likely + repeated, stored.high * factor.high + repeated
    )


def load_factor(runtime: Runtime, catalog: Catalog) -> Range | None:
    """Bytes an engine holds for a byte of stored weights; ``None``: as many."""
    likely = runtime_value(catalog, runtime, _ANY, "weights")
    if not likely:
        return None
    low, high = (runtime_value(catalog, runtime, _ANY, name) for name in ("weights_low", "weights_high"))
    return Range(low, likely, high)


def default_context(runtime: Runtime, memory_gib: float, catalog: Catalog) -> int:
    """Tokens an engine opens when nobody says how many, by the memory of the accelerators; 0: no such rule."""
    for size in ("small", "medium"):
        if memory_gib < runtime_value(catalog, runtime, _ANY, f"context_{size}_below_gib"):
            return int(runtime_value(catalog, runtime, _ANY, f"context_{size}"))
    return int(runtime_value(catalog, runtime, _ANY, "context_large"))


def pool_bytes(runtime: Runtime, device_bytes: float, catalog: Catalog) -> int:
    """Bytes a pre-allocating engine takes of a device of ``device_bytes``, whatever the model needs; else 0.

    Weights, overhead and cache all come out of the pool; what they leave is room for more sequences. So the
    pool is what monitoring tools show, and not what the model needs.
    """
    if runtime.memory_behaviour != "pool":
        return 0
    return int(device_bytes * runtime_value(catalog, runtime, _ANY, "pool_share", 1.0))


def engine_memory(runtime: Runtime, backend: str, catalog: Catalog) -> EngineMemory:
    """The memory parameters of ``runtime`` on ``backend``; computed once per catalog."""
    key = (id(catalog.parameters), runtime.id, backend)
    entry = _engines.get(key)
    if entry is not None:
        return entry[1]
    if len(_engines) >= _MEMO_LIMIT:
        _engines.clear()

    def value(name: str, default: float = 0.0) -> float:
        return runtime_value(catalog, runtime, backend, name, default)

    memory = EngineMemory(
        base=value("base_gib", catalog.parameter("runtime_memory.any.base_gib")) * GIB,
        graphs=value("graphs_gib") * GIB,
        batch_tokens=value("batch_tokens", catalog.parameter("runtime_memory.any.batch_tokens")),
        logit_rows=value("logit_rows", 1.0),
        logit_bytes=4.0,
        activation_bytes=value("activation_bytes", 2.0),
        mask_bytes=value("mask_bytes"),
        scratch_matrices=value("scratch_matrices"),
        kv_copies=value("kv_copies"),
        context=value("context_gib") * GIB,
        prompt_sized=bool(value("prompt_sized")),
        low=value("low", catalog.parameter("runtime_memory.any.low")),
        high=value("high", catalog.parameter("runtime_memory.any.high")),
    )
    _engines[key] = (catalog.parameters, memory)
    return memory


def starting_memory(runtime: Runtime, backend: str, sequences: int | None, catalog: Catalog, *, large: bool) -> EngineMemory:
    """``engine_memory`` of an engine that, as it starts, reserves what its largest batch will need.

    It then samples for the most ``sequences`` it runs (``None``: its default), and on ``large`` devices computes more tokens
    at once. Parameters ``profiled_logit_bytes`` and ``large_batch_tokens``; an engine without them is as ever.
    """
    usual = engine_memory(runtime, backend, catalog)
    logit_bytes = runtime_value(catalog, runtime, _ANY, "profiled_logit_bytes")
    if not logit_bytes:
        return usual
    batch = runtime_value(catalog, runtime, _ANY, "large_batch_tokens") if large else usual.batch_tokens
    return replace(usual, batch_tokens=batch, logit_rows=float(sequences or usual.logit_rows), logit_bytes=logit_bytes)


def architecture_widths(architecture: Architecture) -> Widths:
    """The widths that size the buffers of ``architecture``; computed once per architecture."""
    entry = _widths.get(id(architecture))
    if entry is not None:
        return entry[1]
    if len(_widths) >= _MEMO_LIMIT:
        _widths.clear()
    widest = matrix = used = 0
    for ffn in architecture.ffns:
        width = ffn.intermediate
        if ffn.kind == "moe":
            used = max(used, ffn.active or 1)
            width = ffn.intermediate * (ffn.active or 1) + ffn.shared * (ffn.shared_intermediate or 0)
        else:
            matrix = max(matrix, ffn.intermediate * architecture.hidden)
        widest = max(widest, width)
    cached = [m for m in architecture.mixers if not m.kv_shared and m.kind in _CACHED and m.window is None]
    widths = Widths(
        vocab=architecture.output_vocab or architecture.vocab,
        hidden=architecture.hidden,
        feed_forward=widest,
        attention=max(map(_attention_width, architecture.mixers), default=0),
        heads=max((m.heads or 0 for m in architecture.mixers), default=0),
        matrix=matrix,
        experts_used=used,
        layers_with_cache=sum(m.layers for m in cached),
    )
    _widths[id(architecture)] = (architecture, widths)
    return widths


def _attention_width(mixer: Mixer) -> int:
    if mixer.kv_lora is not None:
        return (mixer.heads or 0) * (2 * mixer.kv_lora + (mixer.rope_dim or 0))
    head_dim = mixer.head_dim or 0
    return (mixer.heads or 0) * (head_dim + (mixer.v_head_dim or head_dim))


_CACHED = frozenset({"attention", "mla"})
# Memos by identity: an entry keeps its key object alive, so the ``id`` cannot be reused while it stands.
_engines: dict[tuple[int, str, str], tuple[Mapping[str, Parameter], EngineMemory]] = {}
_widths: dict[int, tuple[Architecture, Widths]] = {}


def runtime_value(catalog: Catalog, runtime: Runtime, backend: str, name: str, default: float = 0.0) -> float:
    """Parameter ``name`` of this runtime, else of the engine it wraps; a backend's own before any backend's."""
    for owner in (runtime.id, runtime.engine) if runtime.engine else (runtime.id,):
        for scope in (backend, _ANY):
            parameter = catalog.parameters.get(f"runtime_memory.{owner}.{scope}.{name}")
            if parameter is not None:
                return parameter.value
    return default
