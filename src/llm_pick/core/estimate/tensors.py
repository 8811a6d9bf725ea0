"""The weight tensors an architecture implies, as groups of equal tensors, and the parameter counts they add up to.

Tensor kinds follow the names of the GGUF format, because its quantization recipes are written in them. A group
stands for ``copies`` tensors, one per layer of its mixer or feed-forward block. Formulas are those of the
reference modelling code of each mixer (``data/models.yaml`` cites it per model); every shape is summed once
and the sum of all groups is the parameter count the catalog is checked with.

Conventions where implementations differ:

* Layers that reuse another layer's KV cache still store their own key and value projections.
* ``output_gate`` of a ``kda`` mixer means a full-rank output gate; without it the gate is low-rank.
* Sliding and full layers are one shape; only their cache differs.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from llm_pick.core.catalog import Architecture, Ffn, Mixer

SPREAD = -1
"""Value of ``TensorGroup.first``: the layers of the group are spread evenly over the model."""


class TensorGroup(NamedTuple):
    """``copies`` tensors of one kind and shape."""

    kind: str
    elements: int
    """Parameters of one tensor; an expert tensor holds all experts of its layer."""
    row: int
    """Contiguous dimension (the input width): quantization blocks must divide it."""
    copies: int = 1
    part: str = "layer"
    """layer | expert (routed) | root (embedding, head, final norm) | tower (vision, audio) | table (lookups)"""
    used: float = 1.0
    """Share of ``elements`` that one token passes through (routed experts: active / all)."""
    first: int = 0
    """Index of the first layer of a contiguous run, or ``SPREAD``."""


_MEMO_LIMIT = 8192  # entries kept before the memo starts over: bounds its memory, tunes nothing
_memo: dict[int, tuple[Architecture, tuple[TensorGroup, ...]]] = {}


def tensor_groups(architecture: Architecture) -> tuple[TensorGroup, ...]:
    """All weight tensors of the model, multi-token-prediction layers excluded.

    Remembered by identity, because hashing an architecture costs more than listing its tensors; an entry keeps
    its architecture alive, so the ``id`` cannot be reused while the entry stands.
    """
    entry = _memo.get(id(architecture))
    if entry is not None:
        return entry[1]
    if len(_memo) >= _MEMO_LIMIT:
        _memo.clear()
    groups = tuple(_derive(architecture))
    _memo[id(architecture)] = (architecture, groups)
    return groups


def parameter_count(architecture: Architecture) -> int:
    """All parameters, towers and lookup tables included, multi-token-prediction layers not."""
    return sum(group.elements * group.copies for group in tensor_groups(architecture))


def active_parameter_count(architecture: Architecture) -> int:
    """Parameters one text token passes through: routed experts by their share, towers not at all.

    Embedding, lookup tables and output head count in full, as makers do.
    """
    total = sum(g.elements * g.copies * g.used for g in tensor_groups(architecture) if g.part != "tower")
    return round(total)


def _derive(architecture: Architecture) -> list[TensorGroup]:
    a = architecture
    h = a.hidden
    groups = [TensorGroup("token_embd", a.vocab * h, h, 1, "root")]
    if not a.tied_embeddings:
        groups.append(TensorGroup("output", (a.output_vocab or a.vocab) * h, h, 1, "root"))
    norm = h * (2 if a.norm_bias else 1)
    # A model whose layer norms have no parameters has none in its final norm either.
    small = (norm if a.norms_per_layer else 0) + ((a.output_vocab or a.vocab) if a.lm_head_bias else 0)
    if small:
        groups.append(TensorGroup("norm", small, small, 1, "root"))
    if a.norms_per_layer:
        groups.append(TensorGroup("norm", a.norms_per_layer * norm, h, a.layers))
    if a.learned_positions:
        groups.append(TensorGroup("position_embd", a.learned_positions * h, h, 1, "table"))
    if a.per_layer_embedding_params:
        row = a.per_layer_embedding_params // a.vocab
        groups.append(TensorGroup("per_layer_token_embd", a.per_layer_embedding_params, row, 1, "table"))
    for mixer in a.mixers:
        groups += _MIXERS[mixer.kind](mixer, h)
    for ffn, first in zip(a.ffns, _positions(a), strict=True):
        groups += _moe(ffn, h, first) if ffn.kind == "moe" else _dense(ffn, h, first)
    for kind, elements, part in (
        ("vision", a.vision_params, "tower"),
        ("audio", a.audio_params, "tower"),
        ("other", a.other_params, "root"),
    ):
        if elements:
            groups.append(TensorGroup(kind, elements, h, 1, part))
    return groups


def _positions(architecture: Architecture) -> list[int]:
    """First layer of each feed-forward group.

    The catalog does not say which layers a group covers. A short dense group before a longer expert group leads
    the model (as makers build it: a few dense layers, then experts); otherwise groups alternate.
    """
    ffns = architecture.ffns
    own = [ffn for ffn in ffns if not ffn.parallel]
    if len(own) == 1 and own[0].kind == "dense":
        return [0] * len(ffns)
    if sum(ffn.layers for ffn in own) < architecture.layers:
        return [SPREAD] * len(ffns)
    leading = len(own) < 2 or all(2 * a.layers < b.layers for a, b in pairwise(own))
    positions, next_layer = [], 0
    for ffn in ffns:
        if ffn.parallel:
            positions.append(0 if ffn.layers == architecture.layers else SPREAD)
        else:
            positions.append(next_layer if leading else SPREAD)
            next_layer += ffn.layers
    return positions


def _attention(m: Mixer, h: int) -> list[TensorGroup]:
    heads, dim, n = m.heads or 0, m.head_dim or 0, m.layers
    kv_heads = m.kv_heads or heads
    v_dim = m.v_head_dim or dim
    q, k, v = heads * dim, kv_heads * dim, kv_heads * v_dim
    query = q * (2 if m.output_gate else 1)
    if m.q_lora:
        out = [TensorGroup("attn_q_a", h * m.q_lora, h, n), TensorGroup("attn_q_b", m.q_lora * query, m.q_lora, n)]
    else:
        out = [TensorGroup("attn_q", h * query, h, n)]
    out.append(TensorGroup("attn_k", h * k, h, n))
    out.append(TensorGroup("attn_output", heads * v_dim * h, heads * v_dim, n))
    if not m.k_equals_v:
        out.append(TensorGroup("attn_v", h * v, h, n))
    if m.head_gate:
        out.append(TensorGroup("attn_gate", h * heads, h, n))
    if m.indexer_heads and m.indexer_dim:
        out += _indexer(m, h, h)
    small = (h if m.o_bias else 0) + (heads if m.sinks else 0) + (m.q_lora or 0)
    if m.qkv_bias:
        small += query + k + (0 if m.k_equals_v else v)
    if m.qk_norm:
        small += q + k if m.qk_norm == "full" else 2 * dim
    return out + _small("norm", small, n)


def _mla(m: Mixer, h: int) -> list[TensorGroup]:
    heads, n = m.heads or 0, m.layers
    kv_lora, rope, nope = m.kv_lora or 0, m.rope_dim or 0, m.nope_dim or 0
    v_dim = m.v_head_dim or nope
    q_width = heads * (nope + rope)
    out = [
        TensorGroup("attn_kv_a_mqa", h * (kv_lora + rope), h, n),
        TensorGroup("attn_k_b", heads * nope * kv_lora, nope, n),
        TensorGroup("attn_v_b", heads * v_dim * kv_lora, kv_lora, n),
        TensorGroup("attn_output", heads * v_dim * h, heads * v_dim, n),
    ]
    if m.q_lora:
        out.append(TensorGroup("attn_q_a", h * m.q_lora, h, n))
        out.append(TensorGroup("attn_q_b", m.q_lora * q_width, m.q_lora, n))
    else:
        out.append(TensorGroup("attn_q", h * q_width, h, n))
    if m.head_gate:
        out.append(TensorGroup("attn_gate", h * heads, h, n))
    if m.output_gate:
        out.append(TensorGroup("attn_gate", h * heads * v_dim, h, n))
    if m.indexer_heads and m.indexer_dim:
        out += _indexer(m, m.q_lora or h, h)
    return out + _small("norm", (m.q_lora or 0) + kv_lora, n)


def _compressed_latent(m: Mixer, h: int) -> list[TensorGroup]:
    heads, dim, n = m.heads or 0, m.head_dim or 0, m.layers
    latent = dim * (m.kv_heads or 1)
    width = heads * dim
    out = [TensorGroup("attn_kv_latent", h * latent, h, n)]
    if m.q_lora:
        out.append(TensorGroup("attn_q_a", h * m.q_lora, h, n))
        out.append(TensorGroup("attn_q_b", m.q_lora * width, m.q_lora, n))
    else:
        out.append(TensorGroup("attn_q", h * width, h, n))
    if m.o_lora:
        groups = m.o_groups or 1
        out.append(TensorGroup("attn_output_a", width * m.o_lora, width // groups, n))
        out.append(TensorGroup("attn_output_b", groups * m.o_lora * h, groups * m.o_lora, n))
    else:
        out.append(TensorGroup("attn_output", width * h, width, n))
    if m.indexer_heads and m.indexer_dim:
        out += _indexer(m, m.q_lora or h, h)
    return out + _small("norm", (m.q_lora or 0) + latent + (heads if m.sinks else 0), n)


def _indexer(m: Mixer, query_input: int, h: int) -> list[TensorGroup]:
    heads, dim, n = m.indexer_heads or 0, m.indexer_dim or 0, m.layers
    return [
        TensorGroup("indexer", query_input * heads * dim, query_input, n),
        TensorGroup("indexer", h * dim + h * heads, h, n),
        TensorGroup("norm", 2 * dim, dim, n),
    ]


def _gated_delta_net(m: Mixer, h: int) -> list[TensorGroup]:
    n, v_heads, v_dim = m.layers, m.v_heads or 0, m.v_dim or 0
    keys, values = (m.k_heads or 0) * (m.k_dim or 0), v_heads * v_dim
    conv = m.conv_kernel or 0
    return [
        TensorGroup("attn_qkv", h * (2 * keys + values), h, n),
        TensorGroup("attn_gate", h * values, h, n),
        TensorGroup("ssm_alpha_beta", 2 * h * v_heads, h, n),
        TensorGroup("ssm_conv1d", (2 * keys + values) * conv, conv, n),
        TensorGroup("ssm_small", 2 * v_heads + v_dim, v_dim, n),
        TensorGroup("ssm_out", values * h, values, n),
    ]


def _kda(m: Mixer, h: int) -> list[TensorGroup]:
    n, heads = m.layers, m.v_heads or m.heads or 0
    dim = m.v_dim or m.head_dim or 0
    width, conv = heads * dim, m.conv_kernel or 0
    out = [TensorGroup(kind, h * width, h, n) for kind in ("attn_q", "attn_k", "attn_v")]
    out += [
        TensorGroup("attn_output", width * h, width, n),
        TensorGroup("ssm_conv1d", 3 * width * conv, conv, n),
        TensorGroup("ssm_alpha_beta", h * dim + h * heads, h, n),
        TensorGroup("ssm_alpha_beta", dim * width, dim, n),
        TensorGroup("ssm_small", heads + width + dim, dim, n),
    ]
    if m.output_gate:
        out.append(TensorGroup("attn_gate", h * width, h, n))
    else:
        out.append(TensorGroup("attn_gate", h * dim, h, n))
        out.append(TensorGroup("attn_gate", dim * width, dim, n))
    return out


def _mamba2(m: Mixer, h: int) -> list[TensorGroup]:
    n, heads = m.layers, m.heads or 0
    inner = heads * (m.head_dim or 0)
    shared = 2 * (m.groups or 1) * (m.state or 0)
    conv = m.conv_kernel or 0
    return [
        TensorGroup("ssm_in", h * (2 * inner + shared + heads), h, n),
        TensorGroup("ssm_conv1d", (inner + shared) * (conv + 1), conv, n),
        TensorGroup("ssm_small", 3 * heads + inner, inner, n),
        TensorGroup("ssm_out", inner * h, inner, n),
    ]


def _mamba1(m: Mixer, h: int) -> list[TensorGroup]:
    n, inner, state = m.layers, m.inner or 0, m.state or 0
    rank, conv = m.dt_rank or 0, m.conv_kernel or 0
    return [
        TensorGroup("ssm_in", 2 * h * inner, h, n),
        TensorGroup("ssm_conv1d", inner * (conv + 1), conv, n),
        TensorGroup("ssm_x", inner * (rank + 2 * state), inner, n),
        TensorGroup("ssm_dt", rank * inner, rank, n),
        TensorGroup("ssm_small", 2 * inner + inner * state + rank + 2 * state, state, n),
        TensorGroup("ssm_out", inner * h, inner, n),
    ]


def _lightning(m: Mixer, h: int) -> list[TensorGroup]:
    width, n = (m.heads or 0) * (m.head_dim or 0), m.layers
    return [
        TensorGroup("attn_qkv", 3 * h * width, h, n),
        TensorGroup("attn_gate", h * width, h, n),
        TensorGroup("attn_output", width * h, width, n),
        TensorGroup("norm", width, width, n),
    ]


def _short_conv(m: Mixer, h: int) -> list[TensorGroup]:
    n, conv = m.layers, m.conv_kernel or 0
    return [
        TensorGroup("shortconv_in", 3 * h * h, h, n),
        TensorGroup("ssm_conv1d", h * conv, conv, n),
        TensorGroup("shortconv_out", h * h, h, n),
    ]


_MIXERS = {
    "attention": _attention,
    "cross_attention": _attention,
    "mla": _mla,
    "compressed_latent": _compressed_latent,
    "gated_delta_net": _gated_delta_net,
    "kda": _kda,
    "mamba1": _mamba1,
    "mamba2": _mamba2,
    "lightning": _lightning,
    "short_conv": _short_conv,
}


def _dense(f: Ffn, h: int, first: int) -> list[TensorGroup]:
    width, n = f.intermediate, f.layers
    out = [
        TensorGroup("ffn_up", h * width, h, n, first=first),
        TensorGroup("ffn_down", width * h, width, n, first=first),
    ]
    if f.gated:
        out.append(TensorGroup("ffn_gate", h * width, h, n, first=first))
    return out + _small("norm", ((2 if f.gated else 1) * width + h) if f.bias else 0, n)


def _moe(f: Ffn, h: int, first: int) -> list[TensorGroup]:
    experts, width, n = f.experts or 0, f.intermediate, f.layers
    used = (f.active or 0) / experts if experts else 0.0
    inside = f.latent or h
    each = experts * inside * width
    kinds = ("ffn_gate", "ffn_up") if f.gated else ("ffn_up",)
    out = [TensorGroup(f"{kind}_exps", each, inside, n, "expert", used, first) for kind in kinds]
    out.append(TensorGroup("ffn_down_exps", each, width, n, "expert", used, first))
    out.append(TensorGroup("ffn_gate_inp", h * experts, h, n, first=first))
    if f.bias:
        bias = experts * (len(kinds) * width + inside)
        out.append(TensorGroup("expert_bias", bias, width, n, "expert", used, first))
    if f.shared:
        shared = f.shared * (f.shared_intermediate or width)
        out += [TensorGroup(f"{kind}_shexp", h * shared, h, n, first=first) for kind in kinds]
        out.append(TensorGroup("ffn_down_shexp", shared * h, shared, n, first=first))
    if f.latent:
        out.append(TensorGroup("ffn_latent", h * f.latent, h, n, first=first))
        out.append(TensorGroup("ffn_latent", f.latent * h, f.latent, n, first=first))
    return out + _small("norm", (experts if f.router_bias else 0) + (h if f.shared_gate else 0), n)


def _small(kind: str, elements: int, count: int) -> list[TensorGroup]:
    """Vectors too small to quantize (norms, biases), as one group, or none."""
    return [TensorGroup(kind, elements, elements, count)] if elements else []
