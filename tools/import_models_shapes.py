"""From one row of collected dimensions to the normal form of ``catalog.Architecture`` (as plain dicts).

Every function here is pure: rows in, dicts out. What a row does not say is taken from ``SPECIAL``, with its source.
"""

from __future__ import annotations

import collections
from typing import Any

Row = dict[str, Any]

CROSS = "a cross-attention layer caches up to 4 tiles of 1601 image tokens (images of 560, patches of 14); text alone caches none there"

INDEXED = "21 layers have an indexer, 57 use the choice of another layer; the repository count closes with that"

# Facts that the rows state only in words, or that the maker's config states otherwise. "note" goes to the record.
SPECIAL: dict[str, Row] = {
    "command-a-plus-05-2026": {"pattern": 4, "source": "kvcache-blog-d455485 model data, cohere-command-a-plus-05-2026"},
    "north-mini-code-1.0": {"pattern": 4, "note": "sliding/full pattern and window are the class default, not this repository's config"},
    "command-a-03-2025": {"pattern": 4, "source": "kvcache-blog-d455485 model data, cohere-command-a-03-2025"},
    "glm-5.2": {"indexed": 21, "source": "kvcache-blog-d455485 model data, glm-5.2", "note": INDEXED},
    "glm-5.3": {"indexed": 21, "note": INDEXED + "; the count is that of GLM-5.2"},
    "command-a-vision-07-2025": {"pattern": 4},
    "command-a-reasoning-08-2025": {"pattern": 4},
    "trinity-mini": {"pattern": 4, "window": 2048, "source": "neuronx-distributed-inference contrib/models/Trinity, test of the config"},
    "trinity-nano-preview": {"pattern": 4, "window": 2048, "source": "neuronx-distributed-inference contrib/models/Trinity, test of the config"},
    "trinity-large-thinking": {"pattern": 4, "window": 4096, "source": "neuronx-distributed-inference contrib/models/Trinity, test of the config"},
    "ministral-8b-instruct-2410": {"full": True, "note": "some layers slide over 32768 tokens; which ones was not found: all are listed as full"},
    "mimo-v2.5-pro": {"full_layers": 10, "sliding": 60, "v_head_dim": 128, "source": "kvcache-blog-d455485 model data, mimo-v2.5-pro"},
    "mimo-v2.6-pro": {"full_layers": 10, "sliding": 60, "v_head_dim": 128, "source": "hf-configs-second-hand XiaomiMiMo/MiMo-V2.6-Pro-RL"},
    "solar-pro-preview-22b": {"full": True, "note": "layers are full or sliding; the mix was not found: all are listed as full"},
    "phi-3-small-8k-instruct": {"full": True, "note": "every other layer attends block-sparsely and keeps its whole cache"},
    "minimax-m3": {"indexed_attention": (57, 4, 128), "source": "aiconfigurator-core-0.12.0 model_configs/MiniMaxAI--MiniMax-M3_config.json",
                   "note": "57 layers choose blocks of 128 tokens by an index; the whole cache is kept"},
    "mellum2-12b-a2.5b-instruct": {"pattern": 4, "window": 1024, "source": "hf-configs-second-hand JetBrains/Mellum2-12B-A2.5B-Thinking"},
    "k-exaone-2.0-750b-a37b": {"full": True, "note": "whether some layers slide was not found: all are listed as full"},
    "laguna-xs-2.1": {"sliding": 30},
    "llama-3.2-11b-vision-instruct": {"norms": 2, "note": CROSS},
    "llama-3.2-90b-vision-instruct": {"norms": 2, "note": CROSS},
    "gemma-3n-e2b-it": {"norms": 4, "qk_norm": "head", "shared": (2, 8)},
    "gemma-3n-e4b-it": {"norms": 4, "qk_norm": "head", "shared": (3, 12)},
    "gemma-4-26b-a4b-it": {"norms": 7, "qk_norm": "head", "k_equals_v": True},
    "diffusiongemma-26b-a4b-it": {"norms": 7, "qk_norm": "head", "k_equals_v": True},
    "gemma-4-31b-it": {"norms": 4, "qk_norm": "head", "k_equals_v": True},
    "gemma-4-e2b-it": {
        "norms": 5, "qk_norm": "head", "full_layers": 7, "sliding": 28, "window": 512, "shared": (4, 16), "wide_shared_ffn": True,
    },
    "gemma-4-e4b-it": {
        "norms": 5, "qk_norm": "head", "full_layers": 7, "sliding": 35, "window": 512, "shared": (3, 15),
    },
    "gemma-4-12b-it": {
        "norms": 4, "qk_norm": "head", "full_layers": 8, "sliding": 40, "window": 1024, "global_kv": 1, "k_equals_v": True,
        "note": "KV heads of the global layers (1) and the layer pattern (5:1, class default) were not read from a config",
    },
    "deepseek-v4-flash": {"compressed": {None: 2, 4: 21, 128: 20}},
    "deepseek-v4-flash-0731": {"compressed": {None: 2, 4: 21, 128: 20}},
    "deepseek-v4-pro": {"compressed": {4: 30, 128: 31}},
    "deepseek-v4-pro-0813": {"compressed": {4: 30, 128: 31}},
    "dots3-note-preview": {"norms": 2, "router_bias": True},
    "glm-5.3-flash": {"norms": 2, "router_bias": True},
    "kimi-k3": {"norms": 2, "router_bias": True, "mla_gate": "output_gate"},
    "ling-3.0-flash": {"norms": 2, "router_bias": True, "mla_gate": "head_gate"},
    "inkling": {"norms": 2, "qk_norm": "head", "router_bias": True},
    "inkling-small": {"norms": 2, "qk_norm": "head", "router_bias": True},
    "muse-spark-open-816b-a42b": {"norms": 2, "output_gate": True},
    "mistral-large-4-1t-a52b": {"norms": 2},
    "longcat-flash-chat": {"norms": 2, "router_bias": True, "active": 8, "note": "12 of 768 are routed, 256 of which compute nothing: about 8 experts work on average"},
    "ernie-4.5-vl-28b-a3b": {"norms": 2},
    "step3": {"norms": 2},
    "olmo-7b-instruct": {"norms": 0},
    "orca-2-7b": {"vocab": 32003},
    "orca-2-13b": {"vocab": 32003},
    "llama-3.3-nemotron-super-49b-v1": {"attention_layers": 49, "norms": 2},
    "llama-3.3-nemotron-super-49b-v1.5": {"attention_layers": 49, "norms": 2},
}  # fmt: skip

MIXER_OF = {"gqa": "attention", "mla": "mla", "mla+idx": "mla", "gdn": "gated_delta_net", "kda": "kda", "mamba1": "mamba1",
            "mamba2": "mamba2", "conv": "short_conv", "lightning": "lightning"}  # fmt: skip


def elements(billions: float | None) -> int:
    """Whole elements from a figure in billions with six decimals."""
    return round((billions or 0) * 1e9)


def dimensions(inventory: Row, shape: Row) -> Row:
    """The five widths and the layer count: the inventory's, corrected where the parameter count proved another."""
    out = {key: inventory.get(key) for key in ("n_layers", "hidden", "n_heads", "n_kv_heads", "head_dim", "vocab")}
    for key, pair in (shape.get("inventory_dims_filled") or {}).items():
        if isinstance(pair, dict):
            out[key] = pair["here"]
        elif pair is not None:
            out[key] = pair
    for key in ("n_experts", "n_experts_active"):
        out[key] = shape.get(key) or inventory.get(key)
    out["vocab"] = SPECIAL.get(inventory["id"], {}).get("vocab") or out["vocab"]
    if out["n_heads"] and not out["n_kv_heads"]:
        out["n_kv_heads"] = out["n_heads"]
    if out["n_heads"] and not out["head_dim"] and out["hidden"]:
        out["head_dim"] = out["hidden"] // out["n_heads"]
    return out


def architecture(inventory: Row, shape: Row) -> Row | None:
    """``catalog.Architecture`` as a dict with defaults left out, or ``None`` where the dimensions are not known."""
    dims = dimensions(inventory, shape)
    if shape.get("computed_params_b") is None or not dims["n_layers"] or not dims["hidden"] or not dims["vocab"]:
        return None
    special = SPECIAL.get(inventory["id"], {})
    attention = dict(inventory.get("attention") or {})
    mixers = _mixers(inventory["id"], dims, shape, attention, special)
    layers = dims["n_layers"]
    if inventory["id"] == "longcat-flash-chat":
        layers = 2 * layers
    out: Row = {"layers": layers, "hidden": dims["hidden"], "vocab": dims["vocab"], "tied_embeddings": bool(shape["tie_word_embeddings"]),
                "norms_per_layer": special["norms"] if "norms" in special else shape.get("norms_per_layer", 2)}  # fmt: skip
    if out["norms_per_layer"] == 2:
        del out["norms_per_layer"]
    for ours, theirs in (("norm_bias", "norm_bias"), ("lm_head_bias", "lm_head_bias"), ("learned_positions", "learned_positions"),
                         ("output_vocab", "output_vocab")):  # fmt: skip
        if shape.get(theirs):
            out[ours] = shape[theirs]
    for ours, theirs in (("vision_params", "vision_params_b"), ("audio_params", "audio_params_b"), ("other_params", "other_params_b"),
                         ("mtp_params", "mtp_params_b")):  # fmt: skip
        if shape.get(theirs):
            out[ours] = elements(shape[theirs])
    table = shape.get("per_layer_embeddings")
    if table:
        out["per_layer_embedding_params"] = table["dim_per_layer"] * table["vocab"] * table["n_layers"]
    tail = {key: out.pop(key) for key in list(out) if key not in ("layers", "hidden", "vocab", "tied_embeddings")}
    return out | {"mixers": mixers, "ffns": _ffns(dims, shape, special)} | tail


def _trim(group: Row) -> Row:
    return {key: value for key, value in group.items() if value not in (None, False)}


def _attention(dims: Row, shape: Row, attention: Row, special: Row, **own: Any) -> Row:
    head_dim = own.pop("head_dim", dims["head_dim"])
    v_dim = attention.get("v_head_dim") or special.get("v_head_dim")
    group = {
        "kind": "attention", "layers": 0, "heads": dims["n_heads"], "kv_heads": dims["n_kv_heads"], "head_dim": head_dim,
        "v_head_dim": v_dim if v_dim != head_dim else None,
        "qkv_bias": bool(shape.get("qkv_bias")), "o_bias": bool(shape.get("o_bias")), "sinks": bool(shape.get("attention_sinks")),
        "qk_norm": special.get("qk_norm") or shape.get("qk_norm"),
        "output_gate": bool(shape.get("attn_output_gate") or special.get("output_gate")),
        "head_gate": bool(shape.get("attn_head_gate")),
    }  # fmt: skip
    group.update(own)
    return group


def _split(dims: Row, attention: Row, special: Row) -> tuple[int, int, int | None]:
    """(full layers, sliding layers, window) of the attention layers."""
    if special.get("full"):
        return dims["n_layers"], 0, None
    window = special.get("window") or attention.get("sliding_window") or attention.get("chunk")
    if special.get("pattern"):
        full = dims["n_layers"] // special["pattern"]
        return full, dims["n_layers"] - full, window
    sliding = special.get("sliding") or attention.get("sliding_layers") or attention.get("chunked_layers") or 0
    full = special.get("full_layers")
    if full is None:
        full = attention.get("full_attention_layers")
    if full is None:
        full = dims["n_layers"] - sliding
    return full, sliding, window


def _mixers(id: str, dims: Row, shape: Row, attention: Row, special: Row) -> list[Row]:
    named = dict(shape.get("mixer_layers") or {})
    if special.get("compressed"):
        return _compressed(dims, shape, attention, special)
    if special.get("indexed_attention"):
        layers, heads, dim = special["indexed_attention"]
        plain = _attention(dims, shape, attention, special, layers=dims["n_layers"] - layers)
        return [_trim(plain), _trim(plain | {"layers": layers, "indexer_heads": heads, "indexer_dim": dim})]
    if special.get("attention_layers"):
        return [_trim(_attention(dims, shape, attention, special, layers=special["attention_layers"]))]
    if attention.get("cross_attention_layers"):
        own = _attention(dims, shape, attention, special, layers=attention["full_attention_layers"])
        # The image tokens a cross-attention layer caches: 4 tiles of (560/14)^2 patches and one class token each.
        cross = _attention(dims, shape, attention, special, kind="cross_attention", layers=attention["cross_attention_layers"],
                           qk_norm="head", window=6404)  # fmt: skip
        return [_trim(own), _trim(cross)]
    if attention.get("global_head_dim"):
        return _two_widths(dims, shape, attention, special)
    if attention.get("kv_shared_layers"):
        return _shared(dims, shape, attention, special)
    if attention.get("kv_lora_rank") and not named:
        return _latent_hybrid(id, dims, shape, attention, special)
    if id == "step3":
        return [
            _trim(_attention(dims, shape, attention, special, layers=dims["n_layers"], kv_heads=1, q_lora=shape["q_lora_rank"]))
        ]
    out: list[Row] = []
    if not named:
        named = {"gqa": dims["n_layers"]}
    heads = {key: value for key, value in named.items() if key.startswith("gqa")}
    for key, count in named.items():
        kind = MIXER_OF[key.split("(")[0]]
        if kind == "attention":
            if key != "gqa":
                continue
            out += _windowed(dims, shape, attention, special, count, heads)
        elif kind == "mla":
            indexed = int(special.get("indexed") or count or 0)
            out.append(_mla(dims, shape, indexed, indexed=key == "mla+idx"))
            if indexed < count:
                out.append(_mla(dims, shape, count - indexed, indexed=False))
        else:
            out.append(_recurrent(kind, count, dims, shape, attention))
    if "parallel" in str(attention.get("type", "")) and "mamba2" in named:
        for group in out:
            if group["kind"] == "mamba2":
                group["parallel"] = True
    return out


def _windowed(dims: Row, shape: Row, attention: Row, special: Row, count: int, heads: Row) -> list[Row]:
    full, sliding, window = _split(dims, attention, special)
    other = next((key for key in heads if key != "gqa"), None)
    if other:
        full, sliding = count, heads[other]
    elif full + sliding != count:
        full, sliding = count, 0
    out = []
    if full:
        out.append(_trim(_attention(dims, shape, attention, special, layers=full)))
    if sliding:
        own: Row = {"layers": sliding, "window": window}
        if other:
            name, value = other[4:-1].split("=")
            own["kv_heads" if name == "nkv" else "heads"] = int(value)
        elif attention.get("swa_kv_heads"):
            own["kv_heads"] = attention["swa_kv_heads"]
        if not window:
            own.pop("window")
        out.append(_trim(_attention(dims, shape, attention, special, **own)))
    return out


def _two_widths(dims: Row, shape: Row, attention: Row, special: Row) -> list[Row]:
    full, sliding, window = _split(dims, attention, special)
    wide = {"head_dim": attention["global_head_dim"], "k_equals_v": special.get("k_equals_v", False),
            "kv_heads": attention.get("global_kv_heads") or special.get("global_kv") or dims["n_kv_heads"]}  # fmt: skip
    shared_full, shared_sliding = special.get("shared", (0, 0))
    groups = [
        _attention(dims, shape, attention, special, layers=full - shared_full, **wide),
        _attention(dims, shape, attention, special, layers=sliding - shared_sliding, window=window),
    ]
    if shared_full:
        groups.append(_attention(dims, shape, attention, special, layers=shared_full, kv_shared=True, **wide))
        groups.append(_attention(dims, shape, attention, special, layers=shared_sliding, kv_shared=True, window=window))
    return [_trim(group) for group in groups]


def _shared(dims: Row, shape: Row, attention: Row, special: Row) -> list[Row]:
    full, sliding, window = _split(dims, attention, special)
    shared_full, shared_sliding = special["shared"]
    return [
        _trim(_attention(dims, shape, attention, special, layers=full - shared_full)),
        _trim(_attention(dims, shape, attention, special, layers=sliding - shared_sliding, window=window)),
        _trim(_attention(dims, shape, attention, special, layers=shared_full, kv_shared=True)),
        _trim(_attention(dims, shape, attention, special, layers=shared_sliding, kv_shared=True, window=window)),
    ]


def _compressed(dims: Row, shape: Row, attention: Row, special: Row) -> list[Row]:
    out = []
    for ratio, count in special["compressed"].items():
        group = {
            "kind": "compressed_latent", "layers": count, "heads": dims["n_heads"], "kv_heads": 1, "head_dim": dims["head_dim"],
            "window": attention["sliding_window"], "sinks": True, "q_lora": shape["q_lora_rank"], "o_lora": shape["o_lora_rank"],
            "o_groups": shape["o_groups"], "rope_dim": shape["qk_rope_head_dim"], "compress_ratio": ratio,
        }  # fmt: skip
        if ratio == min(r for r in special["compressed"] if r):
            group |= {"indexer_heads": shape["index_n_heads"], "indexer_dim": shape["index_head_dim"]}
        out.append(_trim(group))
    return out


def _mla(dims: Row, shape: Row, count: int, *, indexed: bool, **own: Any) -> Row:
    group = {
        "kind": "mla", "layers": count, "heads": dims["n_heads"], "q_lora": shape.get("q_lora_rank"), "kv_lora": shape["kv_lora_rank"],
        "nope_dim": shape["qk_nope_head_dim"], "rope_dim": shape["qk_rope_head_dim"], "v_head_dim": shape["v_head_dim"],
        "qkv_bias": bool(shape.get("qkv_bias")),
    }  # fmt: skip
    if indexed:
        group |= {"indexer_heads": shape["index_n_heads"], "indexer_dim": shape["index_head_dim"]}
    return _trim(group | own)


def _latent_hybrid(id: str, dims: Row, shape: Row, attention: Row, special: Row) -> list[Row]:
    full = attention["full_attention_layers"]
    indexed = bool(shape.get("index_n_heads"))
    own = {special["mla_gate"]: True} if special.get("mla_gate") else {}
    out = [_mla(dims, shape, full, indexed=indexed, **own)]
    if attention.get("sliding_layers"):
        out.append(_mla(dims, shape, attention["sliding_layers"], indexed=False, window=attention["sliding_window"]))
    if attention.get("linear_layers"):
        out.append(_recurrent("kda", attention["linear_layers"], dims, shape, attention))
    return out


def _recurrent(kind: str, count: int, dims: Row, shape: Row, attention: Row) -> Row:
    linear, ssm = shape.get("linear_attention") or {}, shape.get("ssm") or {}
    group: Row = {"kind": kind, "layers": count}
    if kind in ("gated_delta_net", "kda"):
        group |= {key: linear[key] for key in ("k_heads", "v_heads", "k_dim", "v_dim", "conv_kernel")}
        if kind == "kda" and linear.get("gate") == "full-rank":
            group["output_gate"] = True
    elif kind == "short_conv":
        group["conv_kernel"] = linear["conv_kernel"]
    elif kind == "lightning":
        group |= {"heads": dims["n_heads"], "head_dim": dims["head_dim"]}
    elif kind == "mamba2":
        group |= {"heads": ssm["n_heads"], "head_dim": ssm["head_dim"], "groups": ssm["n_groups"], "state": ssm["state"],
                  "conv_kernel": ssm["conv_kernel"]}  # fmt: skip
    else:
        group |= {"inner": ssm["d_inner"], "state": ssm["state"], "dt_rank": ssm["dt_rank"], "conv_kernel": ssm["conv_kernel"]}
    return group


def _ffns(dims: Row, shape: Row, special: Row) -> list[Row]:
    out: list[Row] = []
    gated: Row = {} if shape.get("ffn_gated", True) else {"gated": False}
    bias: Row = {"bias": True} if shape.get("mlp_bias") else {}
    dense = int(shape.get("n_dense_ffn_layers") or 0)
    width = int(shape.get("intermediate_size") or shape.get("intermediate_size_candidate") or 0)
    if shape.get("ffn_per_layer"):
        widths: collections.Counter[int] = collections.Counter(shape["ffn_per_layer"])
        for wide, count in sorted(widths.items(), reverse=True):
            out.append({"kind": "dense", "layers": count, "intermediate": wide, **gated, **bias})
        return out
    if special.get("wide_shared_ffn"):
        reused = sum(special["shared"])
        out.append({"kind": "dense", "layers": dense - reused, "intermediate": width})
        out.append({"kind": "dense", "layers": reused, "intermediate": 2 * width})
    elif dense:
        out.append({"kind": "dense", "layers": dense, "intermediate": width, **gated, **bias})
    if shape.get("n_moe_layers"):
        group = {"kind": "moe", "layers": shape["n_moe_layers"], "intermediate": shape["moe_intermediate_size"], **gated, **bias,
                 "experts": dims["n_experts"], "active": special.get("active") or dims["n_experts_active"]}  # fmt: skip
        if shape.get("n_shared_experts"):
            group["shared"] = shape["n_shared_experts"]
            inner = shape.get("shared_expert_intermediate_size")
            if inner and inner != shape["moe_intermediate_size"]:
                group["shared_intermediate"] = inner
        if shape.get("shared_expert_gate"):
            group["shared_gate"] = True
        if shape.get("router_bias") or special.get("router_bias"):
            group["router_bias"] = True
        if shape.get("moe_latent_dim"):
            group["latent"] = shape["moe_latent_dim"]
        if dense and dims["n_layers"] * 3 == dense + shape["n_moe_layers"]:
            group["parallel"] = True  # two dense blocks and one expert block per layer
        out.append(group)
        if shape.get("parallel_dense_ffn"):
            out.append(
                {"kind": "dense", "layers": shape["n_moe_layers"], "intermediate": width, **gated, **bias, "parallel": True}
            )
    return out
