"""Bytes of the KV cache and of recurrent state: arithmetic on the architecture, exact per engine.

A layer stores, per token it can look back to, one key and one value vector per KV head (attention), one
latent plus a shared rotary key (MLA), or one latent per ``compress_ratio`` tokens beside a short window
(compressed latent attention). Linear-attention and state-space layers store one state per sequence, whatever
the context. How many tokens a sliding-window layer holds, and to which multiple caches are rounded, are facts
of the engine (fields of ``catalog.Runtime``). ``k_equals_v`` shares the projection, not the cache: keys are
rotated and scaled after it, so every engine read for this catalog still stores two tensors.

Sources, by field, are in ``data/runtimes.yaml`` and in the parameters ``kv_cache.*``.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from llm_pick.core.record import dataclass

if TYPE_CHECKING:
    from llm_pick.core.catalog import Architecture, Catalog, Mixer, Runtime

_MEMO_LIMIT = 8192  # entries kept before the memo starts over: bounds its memory, tunes nothing


@dataclass(frozen=True, slots=True)
class KvTerms:
    """What one sequence stores on one device, in cache elements; the context enters linearly in each term."""

    full: int
    """Elements per token kept for the whole context."""
    windowed: tuple[tuple[int, int], ...]
    """(window in tokens, elements per token) of the layers that look back only so far."""
    compressed: tuple[tuple[int, int], ...]
    """(tokens per stored latent, elements per latent)."""
    fixed: int
    """Elements per sequence that do not depend on the context (cross attention)."""
    sparse: int
    """Part of ``full`` and ``compressed`` of which a decode step reads only the indexer's best tokens."""
    state: int
    """Elements of recurrent state."""
    conv: int
    """Elements of convolution state."""
    compressor: int
    """Elements of the running state that compressed latents are built from."""


def kv_cache_bytes(
    architecture: Architecture,
    context_tokens: int,
    sequences: int,
    kv_dtype: str,
    runtime: Runtime,
    catalog: Catalog,
    tensor_parallel: int = 1,
) -> int:
    """Bytes of cache and state for ``sequences`` sequences of ``context_tokens`` each, on one device.

    With ``tensor_parallel`` 1 that is the whole model (layer split: divide by the devices as you place the
    layers). With more, KV heads and state heads are divided and, where there are fewer heads than devices,
    repeated; latents are repeated on every device. Raises ``ValueError`` for an unknown ``kv_dtype``.
    """
    return cache_bytes(kv_terms(architecture, tensor_parallel), context_tokens, sequences, kv_dtype, runtime, catalog)


def cache_bytes(terms: KvTerms, context_tokens: int, sequences: int, kv_dtype: str, runtime: Runtime, catalog: Catalog) -> int:
    """``kv_cache_bytes`` from the terms of the architecture on one device."""
    if context_tokens <= 0 or sequences <= 0:
        return 0
    width = kv_bytes_per_element(kv_dtype, catalog)
    pad = runtime.kv_pad_tokens
    cells = _padded(context_tokens, pad)
    elements = terms.full * cells + terms.fixed
    for window, per_token in terms.windowed:
        elements += per_token * window_cells(window, cells, runtime)
    for ratio, per_latent in terms.compressed:
        elements += per_latent * _padded(-(-cells // ratio), pad)
    state = _state_bytes(terms, runtime, catalog)
    return ceil((elements * width + state) * sequences)


def kv_bytes_per_token(
    architecture: Architecture, kv_dtype: str, runtime: Runtime, catalog: Catalog, tensor_parallel: int = 1
) -> float:
    """Bytes each further token of context adds, once every sliding window is full."""
    terms = kv_terms(architecture, tensor_parallel)
    width = kv_bytes_per_element(kv_dtype, catalog)
    elements = float(terms.full)
    for _, per_token in terms.windowed:
        elements += per_token * (runtime.window_share if runtime.windowed_kv else 1)
    for ratio, per_latent in terms.compressed:
        elements += per_latent / ratio
    return elements * width


def recurrent_state_bytes(architecture: Architecture, runtime: Runtime, catalog: Catalog, tensor_parallel: int = 1) -> int:
    """Bytes per sequence of linear-attention, state-space and convolution state, at any context."""
    return _state_bytes(kv_terms(architecture, tensor_parallel), runtime, catalog)


def kv_read_bytes(
    architecture: Architecture,
    depth_tokens: int,
    kv_dtype: str,
    runtime: Runtime,
    catalog: Catalog,
    tensor_parallel: int = 1,
) -> float:
    """Bytes one decoded token reads from the cache of its own sequence, ``depth_tokens`` deep, on one device.

    Windowed layers read their window, sparse ones their indexer keys and the tokens these select; recurrent
    state is read and written back.
    """
    terms = kv_terms(architecture, tensor_parallel)
    width = kv_bytes_per_element(kv_dtype, catalog)
    elements = float(terms.full * depth_tokens + terms.fixed)
    for window, per_token in terms.windowed:
        elements += per_token * min(depth_tokens, window)
    for ratio, per_latent in terms.compressed:
        elements += per_latent * depth_tokens / ratio
    if terms.sparse:
        unread = depth_tokens / _sparse_ratio(terms) - catalog.parameter("kv_cache.indexer_top_k")
        elements -= terms.sparse * max(unread, 0)
    return elements * width + 2 * _state_bytes(terms, runtime, catalog)


def kv_bytes_per_element(kv_dtype: str, catalog: Catalog) -> float:
    """Bytes per cached number, scales included (32 numbers of q8_0 take 34); ``ValueError`` if unknown."""
    parameter = catalog.parameters.get(f"kv_cache.bytes_per_element.{kv_dtype.lower()}")
    if parameter is None:
        raise ValueError(f"unknown KV cache type: {kv_dtype}")
    return parameter.value


def kv_terms(architecture: Architecture, tensor_parallel: int = 1) -> KvTerms:
    """The cache of one sequence as a sum of simple terms; computed once per architecture and device count.

    The memo goes by identity, because hashing a whole architecture costs more than the sum it would save; an
    entry keeps its architecture alive, so the ``id`` cannot be reused while the entry stands.
    """
    key = (id(architecture), tensor_parallel)
    entry = _memo.get(key)
    if entry is not None:
        return entry[1]
    if len(_memo) >= _MEMO_LIMIT:
        _memo.clear()
    terms = _derive_terms(architecture, tensor_parallel)
    _memo[key] = (architecture, terms)
    return terms


_memo: dict[tuple[int, int], tuple[Architecture, KvTerms]] = {}


def _derive_terms(architecture: Architecture, tensor_parallel: int) -> KvTerms:
    full = fixed = sparse = state = conv = compressor = 0
    windowed: dict[int, int] = {}
    compressed: dict[int, int] = {}
    for mixer in architecture.mixers:
        layers = mixer.layers
        if mixer.kind in ("attention", "cross_attention") and not mixer.kv_shared:
            width = layers * _attention_width(mixer, tensor_parallel)
            if mixer.kind == "cross_attention":
                fixed += width * (mixer.window or 0)
            elif mixer.window is None:
                full += width
            else:
                windowed[mixer.window] = windowed.get(mixer.window, 0) + width
            full += layers * (mixer.indexer_dim or 0)
        elif mixer.kind == "mla" and not mixer.kv_shared:
            latent = layers * latent_width(mixer)
            full += latent + layers * (mixer.indexer_dim or 0)
            sparse += latent if mixer.indexer_dim else 0
        elif mixer.kind == "compressed_latent" and not mixer.kv_shared:
            latent = layers * latent_width(mixer)
            if mixer.window is not None:
                windowed[mixer.window] = windowed.get(mixer.window, 0) + latent
            if mixer.compress_ratio:
                index = layers * (mixer.indexer_dim or 0)
                compressed[mixer.compress_ratio] = compressed.get(mixer.compress_ratio, 0) + latent + index
                sparse += latent if mixer.indexer_dim else 0
                compressor += _compressor_elements(mixer)
        else:
            layer_state, layer_conv = _state_elements(mixer, architecture.hidden)
            state += layers * -(-layer_state // tensor_parallel)
            conv += layers * -(-layer_conv // tensor_parallel)
    return KvTerms(
        full=full,
        windowed=tuple(sorted(windowed.items())),
        compressed=tuple(sorted(compressed.items())),
        fixed=fixed,
        sparse=sparse,
        state=state,
        conv=conv,
        compressor=compressor,
    )


def _attention_width(mixer: Mixer, tensor_parallel: int) -> int:
    """Elements per token and layer: keys and values of the KV heads that live on one device."""
    heads = mixer.kv_heads or mixer.heads or 0
    head_dim = mixer.head_dim or 0
    value_dim = head_dim if mixer.v_head_dim is None else mixer.v_head_dim
    return -(-heads // tensor_parallel) * (head_dim + value_dim)


def latent_width(mixer: Mixer) -> int:
    """Elements of one stored latent, with its shared rotary key."""
    if mixer.kv_lora is not None:
        return mixer.kv_lora + (mixer.rope_dim or 0)
    return (mixer.head_dim or 0) * (mixer.kv_heads or 1)


def _compressor_elements(mixer: Mixer) -> int:
    """Running latents and scores of an unfinished block; overlapping blocks (sparse layers) keep two of each.

    The indexer compresses its own keys in the same way.
    """
    ratio = mixer.compress_ratio or 0
    if mixer.indexer_dim:
        return mixer.layers * 2 * (2 * ratio) * (2 * (latent_width(mixer) + mixer.indexer_dim))
    return mixer.layers * 2 * ratio * latent_width(mixer)


def _state_elements(mixer: Mixer, hidden: int) -> tuple[int, int]:
    """(recurrent, convolution) state elements of one layer; a kernel of k keeps the last k - 1 inputs."""
    past = max((mixer.conv_kernel or 1) - 1, 0)
    if mixer.kind == "gated_delta_net":
        keys = (mixer.k_heads or 0) * (mixer.k_dim or 0)
        values = (mixer.v_heads or 0) * (mixer.v_dim or 0)
        return values * (mixer.k_dim or 0), past * (2 * keys + values)
    if mixer.kind == "kda":
        heads = mixer.v_heads or mixer.heads or 0
        value_dim = mixer.v_dim or mixer.head_dim or 0
        key_dim = mixer.k_dim or value_dim
        return heads * key_dim * value_dim, past * heads * (2 * key_dim + value_dim)
    if mixer.kind == "mamba2":
        inner = (mixer.heads or 0) * (mixer.head_dim or 0)
        state = mixer.state or 0
        return inner * state, past * (inner + 2 * (mixer.groups or 1) * state)
    if mixer.kind == "mamba1":
        return (mixer.inner or 0) * (mixer.state or 0), past * (mixer.inner or 0)
    if mixer.kind == "lightning":
        return (mixer.heads or 0) * (mixer.head_dim or 0) ** 2, 0
    if mixer.kind == "short_conv":
        return 0, past * hidden
    return 0, 0


def _state_bytes(terms: KvTerms, runtime: Runtime, catalog: Catalog) -> int:
    if not (terms.state or terms.conv or terms.compressor):
        return 0
    wide = catalog.parameter("kv_cache.state_bytes_per_element")
    return ceil((terms.state + terms.compressor) * wide) + terms.conv * runtime.conv_state_bytes


def window_cells(window: int, cells: int, runtime: Runtime) -> int:
    """Tokens a sliding-window layer stores when the others store ``cells``."""
    if not runtime.windowed_kv:
        return cells
    held = max(window + runtime.window_slack_tokens, ceil(runtime.window_share * cells))
    return min(cells, _padded(held, runtime.kv_pad_tokens))


def _sparse_ratio(terms: KvTerms) -> int:
    """Tokens per latent of the layers that an indexer makes sparse."""
    return terms.compressed[0][0] if terms.compressed else 1


def _padded(tokens: int, multiple: int) -> int:
    return -(-tokens // multiple) * multiple
