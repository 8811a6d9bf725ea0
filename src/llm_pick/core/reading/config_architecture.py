"""The architecture a ``config.json`` describes, in the words the model libraries use for their dimensions.

Key names: the configuration classes of https://github.com/huggingface/transformers and the makers' own repositories.
What a config leaves to the defaults of its class is filled from the tensors of the repository where their names are
known, else assumed and said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llm_pick.core.catalog import Architecture, Ffn, Mixer
from llm_pick.core.estimate.tensors import active_parameter_count, parameter_count
from llm_pick.core.reading.read import Read, Unreadable, grouped
from llm_pick.core.record import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    Config = Mapping[str, Any]

TEXT_PARTS = ("text_config", "llm_config", "language_config", "thinker_config", "decoder")
UNGATED = frozenset({
    "gpt2", "gpt_neox", "gptj", "gpt_bigcode", "starcoder2", "falcon", "phi", "opt", "bloom", "mpt", "nemotron", "apertus",
    "nemotron_h", "afmoe_dense", "stablelm_epoch_ungated", "arcee",
})  # fmt: skip
"""Model types whose feed-forward blocks have two matrices."""
HEAD_NORMED = frozenset({"qwen3", "qwen3_moe", "gemma3", "gemma3_text", "gemma4", "gemma4_text", "olmo2", "apertus"})
BIASED = frozenset({"qwen", "qwen2", "qwen2_moe", "qwen2_vl", "qwen2_5_vl", "gpt_oss"})
FULL_EVERY = {"gemma2": 2, "gemma3": 6, "gemma3_text": 6, "cohere2": 4, "gpt_oss": 2, "llama4": 4}
"""Older configs name a window and leave its rhythm to the class: one layer in this many sees everything."""
LINEAR = ("linear_attention", "gated_deltanet", "kda", "linear")
STATE = ("mamba", "mamba2", "M")
DTYPES = {"bfloat16": "bf16", "float16": "fp16", "float32": "fp32"}
METHODS = (("mxfp4", "mxfp4"), ("nvfp4", "nvfp4"), ("fp8", "fp8"), ("float-quantized", "fp8"), ("pack-quantized", "gptq-int4"))
"""Words of a ``quantization_config`` → quantization of the catalog."""
CONTEXT_NAMES = ("max_position_embeddings", "model_max_length", "seq_length", "max_sequence_length", "n_positions", "max_seq_len")
SLIDING = ("sliding_attention", "sliding", "local_attention", "chunked_attention")


@dataclass(frozen=True, slots=True)
class Tensors:
    """What the tensor names of a repository settle, where they were read."""

    names: frozenset[str]
    vision_params: int = 0
    audio_params: int = 0
    mtp_params: int = 0


def architecture_of(config: Config, tensors: Tensors | None = None) -> Read:
    """The architecture of a ``config.json``; ``Unreadable`` where it lacks what an estimate needs."""
    reader = _Reader(config, tensors)
    architecture = Architecture(
        layers=reader.layers,
        hidden=reader.hidden,
        vocab=reader.need("vocab_size", "padded_vocab_size"),
        tied_embeddings=reader.tied(),
        mixers=grouped(reader.mixers()),
        ffns=grouped(reader.ffns()),
        norms_per_layer=4 if reader.kind.startswith(("gemma2", "gemma3", "gemma4")) else 2,
        vision_params=tensors.vision_params if tensors else 0,
        audio_params=tensors.audio_params if tensors else 0,
        mtp_params=tensors.mtp_params if tensors else 0,
    )
    return Read(architecture, parameter_count(architecture), active_parameter_count(architecture), tuple(reader.notes))


class _Reader:
    def __init__(self, config: Config, tensors: Tensors | None) -> None:
        self._outer, self._tensors = config, tensors
        part = next((config[name] for name in TEXT_PARTS if isinstance(config.get(name), dict)), config)
        self._config: Config = part.get("text_config", part) if isinstance(part.get("text_config", part), dict) else part
        self.notes: list[str] = []
        self.kind = str(self._config.get("model_type") or config.get("model_type") or "")
        self.hidden = self.need("hidden_size", "n_embd", "d_model", "dim", "model_dim")
        listed = self.get("layers_block_type")
        stated = self.number("num_hidden_layers", "n_layer", "n_layers", "num_layers", "num_transformer_layers")
        self.layers = stated or (len(listed) if isinstance(listed, list) else self.need("num_hidden_layers"))
        if isinstance(self.get("block_configs"), list):
            raise Unreadable("its layers differ one by one (`block_configs`), which is not read")
        self.kinds = self.layer_kinds()
        if not (0 < self.layers <= 4096 and 0 < self.hidden <= 1 << 20):
            raise Unreadable(f"{self.layers} layers of width {self.hidden} are no language model")

    def get(self, *names: str) -> Any:  # noqa: ANN401 - whatever type the config holds
        """The first of several names that is there and not null."""
        return next((self._config[name] for name in names if self._config.get(name) is not None), None)

    def number(self, *names: str) -> int | None:
        found = self.get(*names)
        return int(found) if isinstance(found, int | float) and not isinstance(found, bool) else None

    def need(self, *names: str) -> int:
        found = self.number(*names)
        if found is None or found <= 0:
            raise Unreadable(f"its config.json states no `{names[0]}`")
        return found

    def tied(self) -> bool:
        """Whether embedding and output head are one; decided by the tensors where they are known."""
        if self._tensors is not None and self._tensors.names:
            return not any(name.endswith(("lm_head.weight", "output.weight", "embed_out.weight")) for name in self._tensors.names)
        stated = self.get("tie_word_embeddings", "tie_embeddings")
        if stated is None:
            stated = self._outer.get("tie_word_embeddings")
        if stated is None:
            stated = self.kind.startswith(("gemma", "cohere"))
            self.notes.append(f"the config does not say whether embeddings are tied: taken as {'tied' if stated else 'untied'}")
        return bool(stated)

    def heads(self) -> int:
        return self.need("num_attention_heads", "n_head", "n_heads", "num_heads")

    def kv_heads(self) -> int:
        if self.get("multi_query") is True and self.get("num_key_value_heads", "multi_query_group_num", "num_kv_heads") is None:
            return 1
        found = self.number("num_key_value_heads", "multi_query_group_num", "num_kv_heads", "n_head_kv", "n_kv_heads",
                            "num_attention_groups", "num_query_groups")  # fmt: skip
        return found or self.heads()

    def layer_kinds(self) -> list[str]:
        """One word per layer: what mixes its tokens."""
        listed = self.get("layer_types", "layers_block_type", "attn_type_list")
        if isinstance(listed, list) and len(listed) >= self.layers:
            return [str(kind) for kind in listed[: self.layers]]
        pattern = self.get("hybrid_override_pattern")
        if isinstance(pattern, str) and len(pattern) >= self.layers:
            return list(pattern[: self.layers])
        every = self.number("full_attention_interval", "attn_layer_period")
        if every and self.number("linear_num_value_heads") is not None:
            return ["full_attention" if (layer + 1) % every == 0 else "linear_attention" for layer in range(self.layers)]
        if every and self.number("mamba_d_state") is not None:
            offset = self.number("attn_layer_offset") or 0
            return ["attention" if layer % every == offset else "mamba" for layer in range(self.layers)]
        linear = self.get("linear_attn_config")
        if isinstance(linear, dict) and isinstance(linear.get("full_attn_layers"), list):
            full = set(linear["full_attn_layers"])  # counted from 1
            return ["full_attention" if layer + 1 in full else "kda" for layer in range(self.layers)]
        return self._windowed_kinds()

    def _windowed_kinds(self) -> list[str]:
        hybrid = self.get("hybrid_layer_pattern")
        if isinstance(hybrid, list) and len(hybrid) >= self.layers:  # MiMo: 1 slides
            return ["sliding_attention" if slides else "full_attention" for slides in hybrid[: self.layers]]
        if not self.number("sliding_window", "sliding_window_size") or self.get("use_sliding_window") is False:
            chunk, rope = self.number("attention_chunk_size"), self.get("no_rope_layers")
            if chunk and self.kind.startswith("llama4") and not rope:
                rope = [(layer + 1) % FULL_EVERY["llama4"] for layer in range(self.layers)]
            if chunk and isinstance(rope, list) and len(rope) >= self.layers:  # layers with rotary keys are chunked
                return ["chunked_attention" if layer else "full_attention" for layer in rope[: self.layers]]
            return ["full_attention"] * self.layers
        every = self.number("sliding_window_pattern", "_sliding_window_pattern", "layer_switch") or FULL_EVERY.get(self.kind)
        if every:
            return ["full_attention" if (layer + 1) % every == 0 else "sliding_attention" for layer in range(self.layers)]
        if isinstance(self.get("compress_ratios"), list):
            return ["compressed"] * self.layers
        if self.kind in ("mistral", "phi3", "mixtral", "starcoder2"):
            return ["sliding_attention"] * self.layers
        self.notes.append(f"which layers slide over {self.window()} tokens is not in the config: all are counted as full")
        return ["full_attention"] * self.layers

    def window(self) -> int | None:
        return self.number("sliding_window", "sliding_window_size", "attention_chunk_size")

    def mixers(self) -> list[Mixer]:
        return [mixer for layer, kind in enumerate(self.kinds) if (mixer := self._mixer(kind, layer)) is not None]

    def _mixer(self, kind: str, layer: int) -> Mixer | None:
        if kind in ("-", "E", "mlp", "moe"):  # layers of Nemotron-H that only feed forward
            return None
        if kind in LINEAR:
            return self._linear(kind)
        if kind in STATE:
            return self._mamba()
        if kind in ("conv", "short_conv"):
            return Mixer(kind="short_conv", layers=1, conv_kernel=self.number("conv_L_cache", "conv_l_cache") or 3)
        if self.number("kv_lora_rank"):
            return self._latent(layer)
        ratios = self.get("compress_ratios")
        if isinstance(ratios, list) and len(ratios) >= self.layers:
            return self._compressed(int(ratios[layer]))
        sliding = kind in SLIDING
        heads, kv_heads = self.heads(), self.kv_heads()
        head_dim = self.number("head_dim", "kv_channels", "attention_head_dim", "head_size") or self.hidden // heads
        value_dim = self.number("v_head_dim")
        if sliding:
            kv_heads = self.number("swa_num_key_value_heads", "num_swa_key_value_heads") or kv_heads
            heads = self.number("swa_num_attention_heads") or heads
            head_dim = self.number("swa_head_dim") or head_dim
            value_dim = self.number("swa_v_head_dim") or value_dim
        else:
            kv_heads = self.number("num_global_key_value_heads") or kv_heads
            head_dim = self.number("global_head_dim") or head_dim
        return Mixer(
            kind="attention",
            layers=1,
            heads=heads,
            kv_heads=kv_heads,
            head_dim=head_dim,
            v_head_dim=value_dim if value_dim not in (None, head_dim) else None,
            window=self.window() if sliding else None,
            k_equals_v=not sliding and self.get("attention_k_eq_v") is True,
            qkv_bias=self._bias(),
            o_bias=self.kind == "gpt_oss",
            sinks=self.kind == "gpt_oss",
            qk_norm="head" if self.kind in HEAD_NORMED or self.get("qk_norm", "use_qk_norm") is True else None,
            output_gate=self.get("attn_output_gate") is True,
        )

    def _bias(self) -> bool:
        stated = self.get("attention_bias", "qkv_bias", "add_qkv_bias", "use_bias")
        return bool(stated) if stated is not None else self.kind in BIASED

    def _compressed(self, ratio: int) -> Mixer:
        """DeepSeek V4: one latent per ``ratio`` tokens beside a window; only the finest ratio has an indexer."""
        indexed = ratio and ratio == min(found for found in self.get("compress_ratios") if found)
        return Mixer(
            kind="compressed_latent",
            layers=1,
            heads=self.heads(),
            kv_heads=1,
            head_dim=self.need("head_dim"),
            window=self.window(),
            q_lora=self.number("q_lora_rank"),
            o_lora=self.number("o_lora_rank"),
            o_groups=self.number("o_groups"),
            rope_dim=self.number("qk_rope_head_dim"),
            compress_ratio=ratio or None,
            indexer_heads=self.number("index_n_heads") if indexed else None,
            indexer_dim=self.number("index_head_dim") if indexed else None,
            sinks=True,
        )

    def _latent(self, layer: int) -> Mixer:
        types = self.get("indexer_types")
        indexed = not (isinstance(types, list) and len(types) > layer and types[layer] != "full")
        return Mixer(
            kind="mla",
            layers=1,
            heads=self.heads(),
            q_lora=self.number("q_lora_rank"),
            kv_lora=self.number("kv_lora_rank"),
            nope_dim=self.number("qk_nope_head_dim"),
            rope_dim=self.number("qk_rope_head_dim"),
            v_head_dim=self.number("v_head_dim"),
            indexer_heads=self.number("index_n_heads") if indexed else None,
            indexer_dim=self.number("index_head_dim") if indexed else None,
        )

    def _linear(self, kind: str) -> Mixer:
        nested = self.get("linear_attn_config")
        if kind == "kda" and isinstance(nested, dict):
            return Mixer(
                kind="kda",
                layers=1,
                v_heads=int(nested["num_heads"]),
                v_dim=int(nested["head_dim"]),
                conv_kernel=int(nested.get("short_conv_kernel_size", 4)),
            )
        value_heads = self.number("linear_num_value_heads")
        if value_heads is None:
            raise Unreadable(f"its config.json has layers of kind `{kind}` and not their sizes")
        return Mixer(
            kind="gated_delta_net",
            layers=1,
            k_heads=self.number("linear_num_key_heads") or value_heads,
            v_heads=value_heads,
            k_dim=self.need("linear_key_head_dim"),
            v_dim=self.need("linear_value_head_dim"),
            conv_kernel=self.number("linear_conv_kernel_dim") or 4,
        )

    def _mamba(self) -> Mixer:
        heads = self.number("mamba_num_heads", "mamba_n_heads")
        state = self.need("ssm_state_size", "mamba_d_state", "state_size")
        kernel = self.number("conv_kernel", "mamba_d_conv") or 4
        if heads is None:
            inner = (self.number("mamba_expand", "expand") or 2) * self.hidden
            rank = self.number("mamba_dt_rank") or -(-self.hidden // 16)
            return Mixer(kind="mamba1", layers=1, inner=inner, state=state, dt_rank=rank, conv_kernel=kernel)
        return Mixer(
            kind="mamba2",
            layers=1,
            heads=heads,
            head_dim=self.need("mamba_head_dim", "mamba_d_head"),
            state=state,
            groups=self.number("n_groups", "mamba_n_groups") or 1,
            conv_kernel=kernel,
        )

    def ffns(self) -> list[Ffn]:
        only = [kind in ("-", "E", "mlp", "moe") for kind in self.kinds]
        return [self._ffn(layer, self.kinds[layer]) for layer in range(self.layers) if only[layer] or not any(only)]

    def _ffn(self, layer: int, kind: str) -> Ffn:
        gated = self.kind not in UNGATED and self.get("mlp_hidden_act") != "relu2"
        experts = self.number("num_experts", "num_local_experts", "n_routed_experts", "moe_num_experts", "num_moe_experts") or 0
        width = self.number("intermediate_size", "ffn_hidden_size", "n_inner", "ffn_dim", "intermediate_dim", "d_ff")
        if experts > 1 and self._routed(layer, kind):
            inside = self.number("moe_intermediate_size", "expert_intermediate_size", "moe_ffn_hidden_size",
                                 "expert_ffn_hidden_size")  # fmt: skip
            shared = self.number("n_shared_experts", "num_shared_experts", "num_shared_expert", "moe_num_shared_experts") or 0
            shared_width = self.number("shared_expert_intermediate_size", "moe_shared_expert_intermediate_size",
                                       "shared_intermediate_size")  # fmt: skip
            return Ffn(
                kind="moe",
                layers=1,
                intermediate=inside or width or 4 * self.hidden,
                gated=gated,
                experts=experts,
                active=self.need("num_experts_per_tok", "moe_topk", "moe_k", "num_experts_per_token", "experts_per_token",
                                 "moe_top_k", "num_selected_experts", "top_k_experts"),
                shared=shared or (1 if shared_width or self.kind == "llama4_text" else 0),
                shared_intermediate=shared_width,
                bias=self.kind == "gpt_oss",
                latent=self.number("moe_latent_size", "routed_expert_hidden_size"),
            )  # fmt: skip
        dense = self.number("intermediate_size_mlp", "dense_intermediate_size") or width
        if self.kind == "qwen" and dense:
            dense //= 2  # the first Qwen counts both halves of its gate
        return Ffn(kind="dense", layers=1, intermediate=dense or 4 * self.hidden, gated=gated)

    def _routed(self, layer: int, kind: str) -> bool:
        """Whether the block of this layer has experts."""
        if kind in ("E", "moe"):
            return True
        if kind in ("-", "mlp"):
            return False
        listed = self.get("moe_layer_freq", "moe_layers_enum", "moe_layers")
        if isinstance(listed, str):
            listed = [int(item) for item in listed.split(",") if item.strip().isdigit()]
        if isinstance(listed, list):
            return bool(listed[layer]) if len(listed) == self.layers else layer in listed
        if layer in (self.get("mlp_only_layers") or ()):
            return False
        if layer < (self.number("first_k_dense_replace", "num_dense_layers", "n_dense_layers", "moe_layer_start_index") or 0):
            return False
        step = self.number("decoder_sparse_step", "interleave_moe_layer_step", "expert_layer_period", "moe_layer_interval") or 1
        offset = self.number("expert_layer_offset")
        return layer % step == offset if offset is not None else (layer + 1) % step == 0


def quantization_of(config: Config) -> str | None:
    """Id of the quantization a config declares (``quantization_config``), or ``None``; the dtype otherwise says it."""
    found = config.get("quantization_config")
    if not isinstance(found, dict):
        text = config.get("text_config")
        found = text.get("quantization_config") if isinstance(text, dict) else None
    if not isinstance(found, dict):
        return {"bfloat16": "bf16", "float16": "fp16", "float32": "fp32"}.get(
            str(config.get("dtype") or config.get("torch_dtype"))
        )
    method = str(found.get("quant_method", "")).lower()
    bits = found.get("bits") or found.get("w_bit")
    words = f"{method} {found.get('quant_algo', '')} {found.get('format', '')}".lower()
    for word, id in METHODS:
        if word in words:
            return id
    if method in ("awq", "gptq") and bits == 4:
        return f"{method}-int4"
    return {("bitsandbytes", True): "bnb-nf4"}.get((method, bool(found.get("load_in_4bit"))))


def context_of(config: Config) -> int | None:
    """Tokens the config says the model holds."""
    part = next((config[name] for name in TEXT_PARTS if isinstance(config.get(name), dict)), config)
    for name in (
        "max_position_embeddings",
        "model_max_length",
        "seq_length",
        "max_sequence_length",
        "n_positions",
        "max_seq_len",
    ):
        found = part.get(name)
        if isinstance(found, int) and found > 0:
            return found
    return None
