"""The architecture a GGUF header describes: its tensors say what every layer is, its metadata what shapes do not show.

Key names: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md and llama.cpp's ``gguf-py/gguf/constants.py``.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from llm_pick.core.catalog import Architecture, Ffn, Mixer
from llm_pick.core.reading.read import Read, Unreadable, grouped

if TYPE_CHECKING:
    from collections.abc import Mapping

    Shapes = Mapping[str, tuple[int, ...]]

FULL_EVERY = {"gemma2": 2, "gemma3": 6, "gemma3n": 5, "gpt-oss": 2, "cohere2": 4, "olmo2": 4, "exaone4": 4, "llama4": 4}
"""llama.cpp keeps the rhythm of sliding layers in code: one layer in this many sees everything (src/llama-model.cpp,
``set_swa_pattern``). Architectures that write ``attention.sliding_window_pattern`` need no entry."""
_LAYER = re.compile(r"^blk\.(\d+)\.(.+)$")


def architecture_of(metadata: Mapping[str, Any], shapes: Shapes) -> Read:
    """The architecture behind ``metadata`` and tensor ``shapes`` (contiguous dimension first); ``Unreadable`` if none."""
    reader = _Reader(metadata, shapes)
    architecture = Architecture(
        layers=reader.layers,
        hidden=reader.hidden,
        vocab=shapes["token_embd.weight"][-1],
        tied_embeddings="output.weight" not in shapes,
        mixers=grouped(reader.mixers()),
        ffns=grouped(reader.ffns()),
        norms_per_layer=0 if not any("norm" in name for name in shapes) else 2,
        mtp_params=0,
    )
    total = sum(math.prod(shape) for shape in shapes.values())
    experts = sum(math.prod(shape) for name, shape in shapes.items() if "_exps." in name)
    share = next((ffn.active / ffn.experts for ffn in architecture.ffns if ffn.experts and ffn.active), 1.0)
    return Read(architecture, total, round(total - experts * (1 - share)), tuple(reader.notes))


class _Reader:
    def __init__(self, metadata: Mapping[str, Any], shapes: Shapes) -> None:
        self._metadata, self._shapes = metadata, shapes
        self.notes: list[str] = []
        self.kind = str(metadata.get("general.architecture", ""))
        if "token_embd.weight" not in shapes:
            what = str(metadata.get("general.type", "")) or self.kind or "no architecture"
            raise Unreadable(f"it holds no token embedding ({what}): a vision tower, an adapter or a part of a model")
        self.hidden = shapes["token_embd.weight"][0]
        self._by_layer: dict[int, dict[str, tuple[int, ...]]] = {}
        for name, shape in shapes.items():
            found = _LAYER.match(name)
            if found:
                self._by_layer.setdefault(int(found.group(1)), {})[found.group(2)] = shape
        predicted = self.number("nextn_predict_layers", 0)
        self.layers = self.number("block_count", len(self._by_layer)) - predicted
        if not 0 < self.layers <= len(self._by_layer):
            raise Unreadable(f"its metadata promises {self.layers} layers, its tensors make {len(self._by_layer)}")

    def value(self, key: str) -> Any:  # noqa: ANN401 - whatever type the file holds
        return self._metadata.get(f"{self.kind}.{key}")

    def number(self, key: str, default: int) -> int:
        found = self.value(key)
        return found if isinstance(found, int) and not isinstance(found, bool) else default

    def per_layer(self, key: str, default: int) -> list[int]:
        """A number that some architectures give once and some per layer."""
        found = self.value(key)
        if isinstance(found, list) and len(found) >= self.layers:
            return [int(item) for item in found[: self.layers]]
        return [found if isinstance(found, int) else default] * self.layers

    def mixers(self) -> list[Mixer]:
        heads = self.per_layer("attention.head_count", 0)
        kv_heads = self.per_layer("attention.head_count_kv", 0)
        windows = self._windows()
        return [
            self._mixer(self._by_layer[layer], heads[layer], kv_heads[layer] or heads[layer], windows[layer])
            for layer in range(self.layers)
        ]

    def _windows(self) -> list[int | None]:
        """Window of each layer, ``None`` where it sees everything."""
        window = self.number("attention.sliding_window", 0)
        if not window:
            return [None] * self.layers
        pattern = self.value("attention.sliding_window_pattern")
        if isinstance(pattern, list) and len(pattern) >= self.layers:
            return [window if sliding else None for sliding in pattern[: self.layers]]
        every = pattern if isinstance(pattern, int) and not isinstance(pattern, bool) else FULL_EVERY.get(self.kind)
        if every is None:
            self.notes.append(f"which layers slide over {window} tokens is not in the file: all are counted as full")
            return [None] * self.layers
        return [window if every == 0 or (layer + 1) % every else None for layer in range(self.layers)]

    def _mixer(self, tensors: Mapping[str, tuple[int, ...]], heads: int, kv_heads: int, window: int | None) -> Mixer:
        if "attn_kv_a_mqa.weight" in tensors:
            return self._latent(tensors, heads)
        if "ssm_in.weight" in tensors or "ssm_conv1d.weight" in tensors:
            return self._state(tensors)
        if "shortconv.conv.weight" in tensors:
            return Mixer(kind="short_conv", layers=1, conv_kernel=self.number("shortconv.l_cache", 3))
        key, value = self.number("attention.key_length", 0), self.number("attention.value_length", 0)
        head_dim = key or (self.hidden // heads if heads else 0)
        if window is not None:
            head_dim = self.number("attention.key_length_swa", head_dim)
        if not heads or not head_dim:
            raise Unreadable("a layer has neither attention heads nor a state that is known")
        return Mixer(
            kind="attention",
            layers=1,
            heads=heads,
            kv_heads=kv_heads,
            head_dim=head_dim,
            v_head_dim=value if value and value != key and window is None else None,
            window=window,
            kv_shared=not any(name.startswith(("attn_k.", "attn_qkv.")) for name in tensors),
            qkv_bias="attn_q.bias" in tensors or "attn_qkv.bias" in tensors,
            o_bias="attn_output.bias" in tensors,
            sinks="attn_sinks.weight" in tensors,
            qk_norm="head" if "attn_q_norm.weight" in tensors else None,
        )

    def _latent(self, tensors: Mapping[str, tuple[int, ...]], heads: int) -> Mixer:
        rope = self.number("rope.dimension_count", 64)
        lora = self.number("attention.kv_lora_rank", tensors["attn_kv_a_mqa.weight"][-1] - rope)
        key = self.number("attention.key_length_mla", self.number("attention.key_length", 0))
        value = self.number("attention.value_length_mla", self.number("attention.value_length", 0))
        return Mixer(
            kind="mla",
            layers=1,
            heads=heads,
            q_lora=self.number("attention.q_lora_rank", 0) or None,
            kv_lora=lora,
            nope_dim=max(key - rope, 0),
            rope_dim=rope,
            v_head_dim=value or None,
            indexer_heads=self.number("attention.indexer.head_count", 0) or None,
            indexer_dim=self.number("attention.indexer.key_length", 0) or None,
        )

    def _state(self, tensors: Mapping[str, tuple[int, ...]]) -> Mixer:
        """A state-space or linear-attention layer; llama.cpp writes the sizes of both under ``ssm.*``."""
        inner, state = self.number("ssm.inner_size", 0), self.number("ssm.state_size", 0)
        groups, rank = self.number("ssm.group_count", 0), self.number("ssm.time_step_rank", 0)
        kernel = self.number("ssm.conv_kernel", 4)
        if "ssm_beta_alpha.weight" in tensors or "ssm_ba.weight" in tensors or "ssm_beta.weight" in tensors:
            return Mixer(
                kind="gated_delta_net",
                layers=1,
                k_heads=groups,
                v_heads=rank,
                k_dim=state,
                v_dim=inner // rank if rank else state,
                conv_kernel=kernel,
            )
        if "ssm_x.weight" in tensors:
            return Mixer(kind="mamba1", layers=1, inner=inner, state=state, dt_rank=rank, conv_kernel=kernel)
        head_dim = inner // rank if rank else 64
        return Mixer(kind="mamba2", layers=1, heads=rank, head_dim=head_dim, state=state, groups=groups or 1, conv_kernel=kernel)

    def ffns(self) -> list[Ffn]:
        experts, active = self.number("expert_count", 0), self.number("expert_used_count", 0)
        found = []
        for layer in range(self.layers):
            tensors = self._by_layer[layer]
            up = tensors.get("ffn_up_exps.weight") or tensors.get("ffn_gate_up_exps.weight")
            if up is not None:
                shared = tensors.get("ffn_up_shexp.weight")
                found.append(
                    Ffn(
                        kind="moe",
                        layers=1,
                        intermediate=tensors.get("ffn_down_exps.weight", up)[0],
                        gated="ffn_gate_exps.weight" in tensors or "ffn_gate_up_exps.weight" in tensors,
                        experts=experts or up[-1],
                        active=active or None,
                        shared=1 if shared else 0,
                        shared_intermediate=shared[-1] if shared else None,
                    )
                )
            elif "ffn_down.weight" in tensors:
                width = tensors["ffn_down.weight"][0]
                fused = tensors.get("ffn_up.weight", (0, 0))[-1] == 2 * width
                found.append(Ffn(kind="dense", layers=1, intermediate=width, gated=fused or "ffn_gate.weight" in tensors))
        return found
