"""Small model files that are what they say: GGUF and safetensors headers with zeroed tensors behind them."""

from __future__ import annotations

import json
import math
import struct
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HIDDEN, LAYERS, VOCAB, WIDTH, HEADS, KV_HEADS = 256, 4, 1000, 512, 4, 2
BLOCKS = {0: (1, 4), 1: (1, 2), 12: (256, 144), 14: (256, 210), 30: (1, 2)}
"""ggml type → (numbers, bytes) of a block: F32, F16, Q4_K, Q6_K, BF16."""
CONFIG = {
    "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": HIDDEN, "num_hidden_layers": LAYERS,
    "num_attention_heads": HEADS, "num_key_value_heads": KV_HEADS, "intermediate_size": WIDTH, "vocab_size": VOCAB,
    "max_position_embeddings": 4096, "torch_dtype": "bfloat16", "tie_word_embeddings": False,
}  # fmt: skip
PARAMS = 2 * VOCAB * HIDDEN + HIDDEN + LAYERS * (2 * HIDDEN * HIDDEN + 2 * HIDDEN * HIDDEN // 2 + 3 * HIDDEN * WIDTH + 2 * HIDDEN)
"""Embedding and head, final norm; per layer: q and o, k and v of half the width, three feed-forward matrices, two norms."""


def gguf_tensors() -> list[tuple[str, tuple[int, ...], int]]:
    """Name, shape and ggml type of a Llama of four layers, mixed as Q4_K_M is."""
    half = HIDDEN * KV_HEADS // HEADS
    tensors: list[tuple[str, tuple[int, ...], int]] = [
        ("token_embd.weight", (HIDDEN, VOCAB), 12), ("output.weight", (HIDDEN, VOCAB), 14), ("output_norm.weight", (HIDDEN,), 0),
    ]  # fmt: skip
    for layer in range(LAYERS):
        for name, shape, kind in (
            ("attn_q", (HIDDEN, HIDDEN), 12), ("attn_k", (HIDDEN, half), 12), ("attn_v", (HIDDEN, half), 14),
            ("attn_output", (HIDDEN, HIDDEN), 12), ("ffn_up", (HIDDEN, WIDTH), 12), ("ffn_gate", (HIDDEN, WIDTH), 12),
            ("ffn_down", (WIDTH, HIDDEN), 14), ("attn_norm", (HIDDEN,), 0), ("ffn_norm", (HIDDEN,), 0),
        ):  # fmt: skip
            tensors.append((f"blk.{layer}.{name}.weight", shape, kind))
    return tensors


def gguf_metadata(**more: Any) -> dict[str, Any]:
    """Metadata of that Llama; ``more`` adds or replaces keys, ``None`` removes."""
    found = {
        "general.architecture": "llama", "general.name": "Tiny Test", "general.license": "apache-2.0", "general.file_type": 15,
        "llama.block_count": LAYERS, "llama.embedding_length": HIDDEN, "llama.attention.head_count": HEADS,
        "llama.attention.head_count_kv": KV_HEADS, "llama.context_length": 4096, "tokenizer.chat_template": "{{ messages }}",
        "tokenizer.ggml.tokens": [f"t{i}" for i in range(VOCAB)],
    } | {key.replace("__", "."): value for key, value in more.items()}  # fmt: skip
    return {key: value for key, value in found.items() if value is not None}


def gguf_bytes(
    metadata: Mapping[str, Any] | None = None,
    tensors: Sequence[tuple[str, tuple[int, ...], int]] | None = None,
    version: int = 3,
    order: str = "<",
) -> bytes:
    """A whole GGUF file."""
    metadata = gguf_metadata() if metadata is None else metadata
    tensors = gguf_tensors() if tensors is None else tensors

    def text(value: str) -> bytes:
        raw = value.encode()
        return struct.pack(order + "Q", len(raw)) + raw

    def value(item: Any) -> bytes:
        if isinstance(item, bool):
            return struct.pack(order + "I?", 7, item)
        if isinstance(item, int):
            return struct.pack(order + "II", 4, item)
        if isinstance(item, str):
            return struct.pack(order + "I", 8) + text(item)
        kind = 8 if item and isinstance(item[0], str) else 4
        body = b"".join(text(part) if kind == 8 else struct.pack(order + "I", part) for part in item)
        return struct.pack(order + "IIQ", 9, kind, len(item)) + body

    listed, offset = b"", 0
    for name, shape, kind in tensors:
        listed += text(name) + struct.pack(order + "I", len(shape)) + struct.pack(f"{order}{len(shape)}Q", *shape)
        listed += struct.pack(order + "IQ", kind, offset)
        offset += -(-tensor_bytes(shape, kind) // 32) * 32
    head = b"GGUF" + struct.pack(order + "IQQ", version, len(tensors), len(metadata))
    head += b"".join(text(key) + value(item) for key, item in metadata.items()) + listed
    return head + b"\0" * (-len(head) % 32) + b"\0" * offset


def tensor_bytes(shape: tuple[int, ...], kind: int) -> int:
    """Bytes of one tensor."""
    numbers, size = BLOCKS[kind]
    return math.prod(shape) // numbers * size


def hub_tensors() -> dict[str, tuple[int, ...]]:
    """The same Llama under the names of a safetensors repository."""
    half = HIDDEN * KV_HEADS // HEADS
    found: dict[str, tuple[int, ...]] = {
        "model.embed_tokens.weight": (VOCAB, HIDDEN), "lm_head.weight": (VOCAB, HIDDEN), "model.norm.weight": (HIDDEN,),
    }  # fmt: skip
    for layer in range(LAYERS):
        before = f"model.layers.{layer}."
        found |= {
            f"{before}self_attn.q_proj.weight": (HIDDEN, HIDDEN), f"{before}self_attn.k_proj.weight": (half, HIDDEN),
            f"{before}self_attn.v_proj.weight": (half, HIDDEN), f"{before}self_attn.o_proj.weight": (HIDDEN, HIDDEN),
            f"{before}mlp.up_proj.weight": (WIDTH, HIDDEN), f"{before}mlp.gate_proj.weight": (WIDTH, HIDDEN),
            f"{before}mlp.down_proj.weight": (HIDDEN, WIDTH), f"{before}input_layernorm.weight": (HIDDEN,),
            f"{before}post_attention_layernorm.weight": (HIDDEN,),
        }  # fmt: skip
    return found


def safetensors_bytes(tensors: Mapping[str, tuple[int, ...]] | None = None, dtype: str = "BF16", width: int = 2) -> bytes:
    """A whole safetensors file."""
    header, offset = {}, 0
    for name, shape in (hub_tensors() if tensors is None else tensors).items():
        size = math.prod(shape) * width
        header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [offset, offset + size]}
        offset += size
    raw = json.dumps(header).encode()
    return struct.pack("<Q", len(raw)) + raw + b"\0" * offset
