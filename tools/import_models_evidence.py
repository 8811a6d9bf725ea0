"""Evidence added to model records after the import: copies of makers' configs, and published file sizes."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

Row = dict[str, Any]
SECOND_HAND = ("fine-tune or merge", "not the file as the maker wrote it")
"""Words of evidence notes: the config is somebody else's, or was rewritten."""
INFERRED = "native_dtype is inferred: the repository count leaves no room for quantization scales, so 16-bit weights"

READS = {
    "num_hidden_layers": "layers", "hidden_size": "hidden", "vocab_size": "vocab", "tie_word_embeddings": "tied_embeddings",
}  # fmt: skip
ATTENTION_READS = {"num_attention_heads": "heads", "num_key_value_heads": "kv_heads", "head_dim": "head_dim", "kv_lora_rank": "kv_lora",
                   "q_lora_rank": "q_lora", "qk_nope_head_dim": "nope_dim", "qk_rope_head_dim": "rope_dim", "v_head_dim": "v_head_dim",
                   "sliding_window": "window", "index_n_heads": "indexer_heads", "index_head_dim": "indexer_dim"}  # fmt: skip


def compare(shape: Row, read: Row) -> list[str]:
    """Fields of a maker's config that the architecture does not agree with."""
    off = []
    for theirs, ours in READS.items():
        if theirs in read and read[theirs] is not None and shape.get(ours) != read[theirs]:
            if theirs == "num_hidden_layers" and shape["layers"] in (read[theirs], 2 * read[theirs]):
                continue
            off.append(f"{theirs}: {read[theirs]} against {shape.get(ours)}")
    groups = [g for g in shape["mixers"] if g["kind"] in ("attention", "mla", "compressed_latent")]
    for theirs, ours in ATTENTION_READS.items():
        value = read.get(theirs)
        if value is None or not groups:
            continue
        kinds = {g["kind"] for g in groups}
        if theirs in ("num_key_value_heads", "head_dim") and kinds == {"mla"}:
            continue
        if theirs == "v_head_dim" and kinds == {"attention"}:
            continue
        if theirs == "sliding_window" and not any(g.get("window") for g in groups):
            continue
        held = {g.get(ours) for g in groups}
        if value not in held and not (value == 0 and None in held):
            off.append(f"{theirs}: {value} against {', '.join(str(v) for v in sorted(held, key=str))}")
    widths = {g["intermediate"] for g in shape["ffns"] if g["kind"] == "dense"}
    moe = [g for g in shape["ffns"] if g["kind"] == "moe"]
    value = read.get("intermediate_size")
    if value is not None and widths and value not in widths and not moe:
        off.append(f"intermediate_size: {value} against {', '.join(map(str, sorted(widths)))}")
    for theirs, ours in (
        ("num_experts", "experts"),
        ("num_experts_per_tok", "active"),
        ("moe_intermediate_size", "intermediate"),
    ):
        value = read.get(theirs)
        if isinstance(value, int) and value > 1 and moe and value != moe[0][ours]:
            off.append(f"{theirs}: {value} against {moe[0][ours]}")
    return off


PADDING = 128
"""Rows by which a published embedding may exceed the tokenizer size that a maker's own code names."""
STORED_TWICE = "the head is stored separately"
"""Start of a record's note: the config ties head and embedding, the repository holds both."""
CLOSES = "closes to the parameter"
"""Words of catalogue rows: the exact count of this repository equals the sum of the tensors."""
ONE_PROVEN = "architecture: what was read of the maker's config or code does not name"
"""Start of the note on a record whose one unread dimension the exact repository count proves."""
CARD_CLOSE = 0.06
"""Share by which a rounded figure on a card may be off the count (makers round to whole billions)."""
CARD_NEEDS = ("num_hidden_layers", "num_attention_heads", "hidden_size", "params_total_b")
"""A card counts as read when it states one of these and nothing on it disagrees."""


def compare_card(model: Row, read: Row) -> list[str]:
    """Rounded parameter figures of a maker's card that the record does not agree with."""
    off = []
    for theirs, ours in (("params_total_b", "params_total"), ("params_active_b", "params_active")):
        counts = [model[ours]] + (
            [model["stated_params_total"]] if ours == "params_total" and model.get("stated_params_total") else []
        )
        value = read.get(theirs)
        shape = model.get("architecture") or {}
        if ours == "params_total":
            counts.append(counts[0] - (shape.get("vision_params") or 0))  # some makers count the text part
        elif shape:
            counts.append(counts[0] - 2 * shape["vocab"] * shape["hidden"])  # or leave embedding and head out
        if value and not any(abs(count / 1e9 - value) <= max(CARD_CLOSE * value, 0.5) for count in counts):
            off.append(f"{theirs}: {value} against {counts[0] / 1e9:.3f}")
    return off


def merge_evidence(models: dict[str, Row], evidence: list[Row]) -> tuple[list[Row], list[str]]:
    """Mark records whose dimensions agree with the maker's own material; returns references to add and a report.

    A record is ``read_from: config`` when verbatim configs of its repository (re-uploads that only add quantization count) or
    the maker's own code, all in agreement with it, name every dimension between them (one of vocabulary and FFN width may be
    missing from an excerpt when the exact repository count closes, which a note says); ``card`` when the maker's card was read
    and agrees; ``inventory`` otherwise. Trimmed copies, fine-tunes and sibling repositories only add a source. What proves
    most stands first in ``sources.architecture``. Running it again changes nothing.
    """
    references: dict[str, Row] = {}
    report: list[str] = []
    named: dict[str, set[str]] = defaultdict(set)
    carded: set[str] = set()
    closed: set[str] = set()
    strings: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for line in evidence:
        model = models.get(line["model"])
        if line.get("reference"):
            references[line["reference"]["id"]] = line["reference"]
        read = {key: value for key, value in (line.get("fields_read") or {}).items() if value is not None}
        if line["kind"] == "catalogue" and CLOSES in str(line.get("note")) and "another repository" not in str(line.get("note")):
            closed.add(line["model"])
        if model is None or not read or line["kind"] == "catalogue":
            continue
        shape = model.get("architecture")
        if (
            shape is not None
            and read.get("tie_word_embeddings")
            and any(n.startswith(STORED_TWICE) for n in model.get("notes", []))
        ):
            del read["tie_word_embeddings"]
        if shape is not None and line["kind"] == "maker-code" and 0 < shape["vocab"] - (read.get("vocab_size") or 0) <= PADDING:
            read["vocab_size"] = shape["vocab"]
        off = (compare(shape, read) if shape is not None else []) + compare_card(model, read)
        if off:
            report.append(f"{line['model']} {line['ref']} {line['kind']}: {'; '.join(off)}")
            continue
        source = f"{line['ref']} {line['locator']}".strip()
        note = str(line.get("note") or "")
        trusted = line.get("verbatim") and not any(words in note for words in SECOND_HAND)
        rank = {"config": 0, "maker-code": 1, "card": 2}.get(line["kind"], 3) if trusted else 3
        strings[line["model"]].append((rank, source))
        if rank < 2:
            named[line["model"]] |= read.keys()
            _settle_dtype(model, read, source, base="base repository" in note)
        elif rank == 2 and any(name in read for name in CARD_NEEDS):
            carded.add(line["model"])
    for id, model in models.items():
        ranked = sorted(dict.fromkeys(strings[id]), key=lambda item: item[0])
        if ranked:
            first = [source for _, source in ranked]
            own = model["sources"].get("architecture", [])
            model["sources"]["architecture"] = list(dict.fromkeys(first + own))
        shape = model.get("architecture")
        notes = [note for note in model.get("notes", []) if not note.startswith(ONE_PROVEN)]
        missing = _missing(shape, named[id]) if shape is not None else {"architecture"}
        if missing and id in closed and named[id] and missing in ({"vocab_size"}, {"intermediate_size"}):
            notes.append(f"{ONE_PROVEN} {missing.pop()}; the exact repository count closes with the value used")
        notes = [kept for note in notes if (kept := _still_solved(note, named[id]))]
        if notes or "notes" in model:
            model["notes"] = notes
        if not model.get("notes"):
            model.pop("notes", None)
        if not missing:
            model["read_from"] = "config"
        else:
            model["read_from"] = "card" if id in carded else "inventory"
    return list(references.values()), report


SOLVED = "architecture: not read but solved from the parameter count: "


def _still_solved(note: str, fields: set[str]) -> str:
    """The note without the dimensions that have been read since; empty when none is left."""
    if not note.startswith(SOLVED):
        return note
    left = [name for name in note.removeprefix(SOLVED).split(", ") if name not in fields]
    return SOLVED + ", ".join(left) if left else ""


def _missing(shape: Row, fields: set[str]) -> set[str]:
    """Dimensions of this architecture that nothing read names."""
    kinds = {group["kind"] for group in shape["mixers"]}
    needed = {"num_hidden_layers", "hidden_size", "vocab_size", "num_attention_heads"}
    if "mla" in kinds:
        needed |= {"kv_lora_rank", "qk_rope_head_dim"}
    elif any(group.get("kv_heads") != group.get("heads") for group in shape["mixers"] if group["kind"] == "attention"):
        needed.add("num_key_value_heads")
    ffns = {group["kind"] for group in shape["ffns"]}
    if "moe" in ffns:
        needed |= {"num_experts", "num_experts_per_tok"}
        if not fields & {"moe_intermediate_size", "intermediate_size"}:
            needed.add("moe_intermediate_size")
    elif "dense" in ffns:
        needed.add("intermediate_size")
    return needed - fields


def _settle_dtype(model: Row, read: Row, source: str, *, base: bool) -> None:
    """Replace an inferred 16-bit type by the one the config names."""
    dtype = {"bfloat16": "bf16", "float16": "fp16"}.get(str(read.get("torch_dtype")))
    if dtype is None or base:
        return
    if "native_dtype" in model.get("unknown", {}):
        model["native_dtype"] = dtype
        model["sources"]["native_dtype"] = [source]
        model["unknown"]["native_dtype"] = (
            "the config read names this type; whether it also names a quantization was not recorded"
        )
    if INFERRED not in model.get("notes", []):
        return
    model["native_dtype"] = dtype
    model["sources"]["native_dtype"] = [source]
    model["notes"] = [note for note in model["notes"] if note != INFERRED]
    if not model["notes"]:
        del model["notes"]
