"""Write data/models.yaml from collected rows. Run once; afterwards people edit the YAML.

    python -m tools.import_models INVENTORY.jsonl ARCHITECTURE.jsonl [--evidence CONFIGS.jsonl] [--sizes SIZES.jsonl]
        [--out data/models.yaml] [--references OUT.yaml]
    python -m tools.import_models --merge-evidence CONFIGS.jsonl [--out data/models.yaml]

The first form builds every record; the second only adds evidence (copies of the makers' config.json) to the records of an existing file
and reports where it disagrees. INVENTORY and ARCHITECTURE have one row per model; SIZES has published file sizes.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import re
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import yaml

from llm_pick.core import catalog
from llm_pick.core.estimate.tensors import active_parameter_count, parameter_count
from llm_pick.core.names import Names, normal
from tools import import_models_choices as choices
from tools.import_models_shapes import SPECIAL, architecture, elements
from tools.import_models_sources import REFERENCES, reference_strings

Row = dict[str, Any]
OUT = Path(__file__).resolve().parent.parent / "data" / "models.yaml"
ROUNDING = 2000
"""Elements by which figures printed in millionths of a billion may differ: vision towers are printed so."""
SMALL = 100_000
"""Elements below which an unexplained remainder is not worth a field."""
CLOSE = 0.0005
"""Share within which a stated and a computed count are the same figure."""


def read_rows(path: Path) -> list[Row]:
    """One JSON object per line."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def built(shape: Row) -> catalog.Architecture:
    """The dataclass of an architecture dict, for counting."""
    own = dict(shape)
    own["mixers"] = tuple(catalog.Mixer(**group) for group in shape["mixers"])
    own["ffns"] = tuple(catalog.Ffn(**group) for group in shape["ffns"])
    return catalog.Architecture(**own)


# --- counts -----------------------------------------------------------------------------------------------------


def close_count(id: str, shape: Row, research: Row, notes: list[str]) -> None:
    """Fill ``vision_params`` or ``other_params`` so that the tensors add up to the proven count, and say so."""
    computed = elements(research["computed_params_b"])
    raw = research.get("raw_params")
    if id in choices.REMAINDER_IS_VISION and raw:
        mtp = shape.get("mtp_params", 0)
        shape["vision_params"] = raw - parameter_count(built(shape)) - mtp + shape.get("vision_params", 0)
        notes.append(f"vision_params is what the repository count leaves beyond the text part: {choices.REMAINDER_IS_VISION[id]}; "
                     "no dimension of it was read")  # fmt: skip
        return
    if id in ("gemma-4-e2b-it", "gemma-4-e4b-it"):
        shape["other_params"] = raw - parameter_count(built(shape))
        notes.append("other_params: per-layer input gates, projections and scales (the repository count closes with them)")
        return
    if id in ("qwen3-0.6b", "qwen3-1.7b", "phi-4-multimodal-instruct", "mistral-large-4-1t-a52b", "dots3-note-preview"):
        if id == "phi-4-multimodal-instruct":
            notes.append("other_params: two built-in adapters (vision and speech)")
        if id == "mistral-large-4-1t-a52b":
            notes.append("dimensions are the class defaults of the modelling code; no config of this repository was read")
        return
    text = parameter_count(built(shape))
    exact = raw if raw and research.get("count_compared_with") == "exact repository count" and research.get("verification") == "exact" else None
    target = exact if exact and abs(exact - text) <= ROUNDING else computed
    rest = target - text
    if abs(rest) <= ROUNDING:
        for field in ("vision_params", "audio_params"):
            if exact and shape.get(field):
                shape[field] += rest
                return
    elif rest >= SMALL:
        shape["other_params"] = shape.get("other_params", 0) + rest
        notes.append(f"other_params: {_other(id)}, counted from the modelling code and not itemised here")


def _other(id: str) -> str:
    if id.startswith("deepseek-v4"):
        return "compressors, hyper-connections and indexer extras"
    if id.startswith("gemma-3n"):
        return "AltUp, LAuReL and per-layer input projections"
    if id.startswith("inkling"):
        return "relative-position projections and short convolutions"
    if id == "ling-3.0-flash":
        return "full-rank forget gates of the linear-attention layers"
    if id == "longcat-flash-chat":
        return "router rows of the zero-compute experts"
    if id == "kimi-k3":
        return "attention residual tables and expert norms"
    return "small tensors no other field describes"


def stated_count(inventory: Row, research: Row) -> int | None:
    """What the maker or the repository states: the exact repository count, or the published total it was compared with."""
    raw = research.get("raw_params")
    nominal = elements(inventory["params_b_total"]) if inventory.get("params_b_total") else None
    if str(research.get("count_compared_with", "")).startswith("inventory total"):
        return nominal
    return int(raw) if raw else nominal


def exception(id: str, total: int, stated: int | None, shape: Row | None, research: Row) -> str | None:
    """Why the computed count is more than 1 % off the stated one, or off the size in the id."""
    if shape is not None and choices.COUNT_EXCEPTION.get(id):
        return choices.COUNT_EXCEPTION[id]
    if stated and abs(total / stated - 1) > 0.01:
        rest, mtp = stated - total, (shape or {}).get("mtp_params", 0)
        layers = research.get("mtp_layers") or 1
        copies = 2 * layers * (shape["vocab"] * shape["hidden"]) if shape else 0
        if mtp and abs(rest - mtp) < 0.002 * stated:
            return f"The repository count includes {mtp:,} parameters of layers for multi-token prediction."
        if mtp and abs(rest - mtp - copies) < 0.002 * stated:
            return f"The repository count includes {mtp:,} parameters of layers for multi-token prediction and copies of embedding and head."
        return f"UNEXPLAINED: stated {stated:,}, computed {total:,}"
    match = re.search(r"(?:^|[-_ ])(\d+(?:\.\d+)?)([mbt])(?=$|[-_ ])", id)
    if match:
        named = float(match[1]) * {"m": 10**6, "b": 10**9, "t": 10**12}[match[2]]
        if not 0.65 <= total / named <= 1.35:
            return f"The size in the name is the maker's; the repository holds {total:,} parameters."
    return None


# --- one record -------------------------------------------------------------------------------------------------


def native_dtype(inventory: Row, research: Row, notes: list[str], unknown: Row) -> str:
    """The weight type of the maker's repository; inferred ones say so."""
    id = inventory["id"]
    if id in choices.NATIVE:
        return choices.NATIVE[id]
    word = str(research.get("native_weight_dtype") or "")
    if word.startswith("bf16"):
        return "bf16"
    if word.startswith("fp8"):
        return "fp8"
    if word.startswith("fp4") or "mxfp4" in word:
        return "mxfp4"
    if "int4" in word:
        return "int4"
    if research.get("native_weight_bits_inferred") == 16:
        notes.append("native_dtype is inferred: the repository count leaves no room for quantization scales, so 16-bit weights")
    else:
        notes.append("native_dtype bf16 is assumed: no config copy of this repository names its type")
    return "bf16"


def context(inventory: Row) -> tuple[int, int | None]:
    """(native, extended) context in tokens."""
    native, most = inventory["native_context"], inventory["max_context"]
    return native, (most if most and most > native else None)


def licence(inventory: Row, sources: Row, disagreements: list[str], notes: list[str]) -> str:
    """Licence id, with the source of the pair and other readings."""
    id, word = inventory["id"], inventory["license"]
    strings = reference_strings(inventory["sources"].get("license"), inventory["hf_repo"])
    found = choices.LICENSE.get(word, "")
    if word == "cc-by-nc-4.0" and inventory["vendor"] == "Cohere":
        found = choices.COHERE
    if id in choices.LICENSE_OF:
        found, source, other = choices.LICENSE_OF[id]
        strings = [source, *strings]
        if other:
            disagreements.append(f"license: {other}")
    elif found in choices.LICENSE_SOURCE:
        strings = [choices.LICENSE_SOURCE[found], *strings]
    else:
        strings = [ref for prefix, ref in choices.APACHE_SOURCE.items() if id.startswith(prefix)] + strings
    if id in choices.LICENSE_NOTE:
        notes.append(choices.LICENSE_NOTE[id])
    sources["license"] = strings
    return found


def own_words(text: str) -> str:
    """A disagreement of the inventory, said in our words."""
    match = re.match(r"context: vendor-stated native (\d+) / max (\d+); config max_position_embeddings (\d+)", text)
    if match:
        native, most, config = match.groups()
        used = native if native == most else f"{native}, extended {most}"
        return f"context_native: the maker's {used} is used; max_position_embeddings says {config}"
    match = re.match(r"(\w+): (.+) vs models\.dev(?: providers)? (.+)", text)
    if match:
        field, ours, theirs = match.groups()
        field = {"tool_calling": "tools", "release_date": "released"}.get(field, field)
        return f"{field}: {ours} is used; models.dev says {theirs}"
    match = re.match(r"release_date: (\S+) vs HF repo creation (\S+)", text)
    if match:
        return f"released: {match[1]} is used, the announcement; the repository was created {match[2]}"
    match = re.match(r"params_b_total: vendor (\S+), HF safetensors/metadata (\S+)", text)
    if match:
        return f"params_total: the maker states {match[1]} B; hub metadata counts {match[2]} B"
    match = re.match(r"params: HF metadata (\S+) vs vendor name (\S+); recomputed from config (\S+)", text)
    if match:
        return f"params_total: {match[3]} B from the config is used; hub metadata says {match[1]} B, the name {match[2]} B"
    match = re.match(r"(n_\w+|vocab): (.+)", text)
    if match:
        field = {"n_kv_heads": "architecture.mixers (KV heads)", "vocab": "architecture.vocab"}.get(match[1], match[1])
        return f"{field}: {match[2].replace('llmfit', 'llmfit').replace('(default fill)', 'by default')}"
    return text


def record(inventory: Row, research: Row) -> Row:
    """One model as it is written to YAML, fields in the order of ``catalog.Model``, defaults left out."""
    id = inventory["id"]
    notes: list[str] = []
    disagreements = [own_words(text) for text in inventory["disagreements"] if not text.startswith("params_total:") or "models.dev" not in text]
    unknown: Row = {}
    sources: Row = {"*": [f"llmfit-1.1.17 {inventory['hf_repo']}"]}
    shape = architecture(inventory, research)
    if id == "nemotron-nano-12b-v2-vl":
        shape = None
    special = SPECIAL.get(id, {})
    if special.get("note"):
        notes.append(f"architecture: {special['note']}")
    if shape is not None:
        if id == "exaone-4.5-33b":
            shape["mtp_params"] = choices.EXAONE_45_MTP
        close_count(id, shape, research, notes)
        full = built(shape)
        total, active = parameter_count(full), active_parameter_count(full)
        sources["architecture"] = architecture_sources(inventory, research)
        sources["params_total"] = ["transformers-5.23.0 tensor shapes of the modelling code, summed"]
        if research.get("derived_from_count"):
            names = ", ".join(str(name) for name in research["derived_from_count"])
            notes.append(f"architecture: not read but solved from the parameter count: {names}")
    else:
        unknown["architecture"] = "; ".join(text.removeprefix("null fields: ") for text in research.get("notes") or ()) or "no config found"
        total = int(research.get("raw_params") or elements(inventory["params_b_total"]))
        active = elements(inventory["params_b_active"]) if inventory["params_b_active"] else total
        sources["params_total"] = reference_strings(inventory["sources"].get("params"), inventory["hf_repo"])
    sources["params_active"] = (reference_strings(inventory["sources"].get("params_active"), inventory["hf_repo"])
                                if shape is None else ["transformers-5.23.0 as params_total, routed experts by their share"])  # fmt: skip
    told = inventory["params_b_active"]
    if shape is not None and told and inventory.get("arch") != "dense" and abs(active / elements(told) - 1) > 0.03:
        disagreements.append(f"params_active: {active / 1e9:.2f} B is computed with embedding and head; the maker states {told:g} B")
    stated = stated_count(inventory, research) if shape is not None else None
    why = exception(id, total, stated, shape, research)
    native, extended = context(inventory)
    kind = choices.KIND.get(id) or ("vision-language" if "image" in inventory["modalities_in"] else "chat")
    out: Row = {"id": id, "name": inventory["name"], "kind": kind, "released": inventory["release_date"], "read_from": "inventory",
                "architecture": shape, "params_total": total, "params_active": active,
                "native_dtype": native_dtype(inventory, research, notes, unknown), "context_native": native}  # fmt: skip
    out["license"] = licence(inventory, sources, disagreements, notes)
    opened = bool(inventory["training_data_open"]) and id not in choices.NOT_OPEN_SOURCE
    out["openness"] = "open-source" if opened else "open-weight"
    out["modalities_in"], out["modalities_out"] = inventory["modalities_in"], inventory["modalities_out"]
    mode = inventory["reasoning_mode"]
    out["reasoning"] = mode or "none"
    if mode is None:
        notes.append("reasoning: no source says; none is assumed")
    out["tools"] = inventory["tool_calling"]
    if inventory["tool_calling"] is None:
        unknown["tools"] = "no source says whether the chat template takes tools"
    out["hf_repo"] = inventory["hf_repo"]
    if extended:
        out["context_extended"] = extended
    base = choices.BASE_LICENSES.get(id)
    if base:
        out["base_licenses"] = list(base)
        sources["base_licenses"] = [choices.BASE_MODEL[id][1]] if id in choices.BASE_MODEL else sources["license"]
    if id in choices.BASE_MODEL:
        out["base_model"], sources["base_model"] = choices.BASE_MODEL[id][0], [choices.BASE_MODEL[id][1]]
    if id in choices.LICENSE_REVISION:
        out["license_revision"] = choices.LICENSE_REVISION[id]
        sources["license_revision"] = sources["license"][:1]
    if inventory["gguf_repo"]:
        out["gguf_repo"] = inventory["gguf_repo"]
    tag = inventory["ollama_tag"]
    if id in choices.OLLAMA:
        tag, unknown["ollama_tag"] = choices.OLLAMA[id]
    if tag:
        out["ollama_tag"] = tag
        sources["ollama_tag"] = reference_strings(inventory["sources"].get("ollama"), tag) or ["llm-checker-3.8.1 Ollama library"]
        if "ollama_tag" in inventory["unverified"]:
            notes.append("ollama_tag: not confirmed in the library")
    if inventory["languages"]:
        spoken = inventory["languages"]
        out["languages"] = ", ".join(spoken) if isinstance(spoken, list) else str(spoken)
    if stated and abs(total / stated - 1) > CLOSE:
        out["stated_params_total"] = stated
        sources["stated_params_total"] = reference_strings(inventory["sources"].get("params"), inventory["hf_repo"])
    if why:
        out["count_exception"] = why
    for text in inventory["notes"]:
        if not re.match(r"params_b_|config max_position|base model$", text):
            notes.append(text)
    for name in inventory["unverified"]:
        if name in ("release_date",):
            notes.append("released: taken from the announcement, not confirmed in a second source")
    sources["context_native"] = reference_strings(inventory["sources"].get("context"), inventory["hf_repo"])
    sources["released"] = reference_strings(inventory["sources"].get("release_date"), inventory["hf_repo"])
    able = reference_strings(inventory["sources"].get("capabilities"), inventory["hf_repo"])
    for name in ("tools", "reasoning", "modalities_in", "modalities_out"):
        sources[name] = able
    if notes:
        out["notes"] = list(dict.fromkeys(notes))
    if disagreements:
        out["disagreements"] = disagreements
    out["sources"] = {key: value for key, value in sources.items() if value}
    if unknown:
        out["unknown"] = unknown
    return out


def architecture_sources(inventory: Row, research: Row) -> list[str]:
    """Sources of the dimensions: the inventory's, and every further one the shape row names."""
    found = reference_strings(inventory["sources"].get("architecture"), inventory["hf_repo"])
    found += reference_strings(inventory["sources"].get("attention"), inventory["hf_repo"])
    for name, text in research["sources"].items():
        if not name.startswith(("native_weight", "computed")):
            found += reference_strings(text, inventory["hf_repo"])
    return list(dict.fromkeys(found))


# --- names ------------------------------------------------------------------------------------------------------


def add_aliases(models: list[Row]) -> list[str]:
    """Declared short forms and repository base names; returns those that were dropped because two models claim them."""
    wanted: dict[str, list[str]] = defaultdict(list)
    known = {normal(model["id"]) for model in models}
    automatic: set[str] = set()
    for model in models:
        automatic |= {normal(name) for name in (model["hf_repo"], model.get("ollama_tag")) if name}
        names = [*choices.ALIASES.get(model["id"], ())]
        base = model["hf_repo"].split("/")[-1].lower()
        names.append(base)
        for name in names:
            if normal(name) not in known and model["id"] not in wanted[normal(name)]:
                wanted[normal(name)].append(model["id"])
                if normal(name) not in {normal(alias) for alias in model.get("aliases", ())}:
                    model.setdefault("aliases", []).append(name)
    dropped = []
    for model in models:
        kept = []
        for name in model.get("aliases", ()):
            owners = wanted[normal(name)]
            declared = [id for id in owners if normal(name) in map(normal, choices.ALIASES.get(id, ()))]
            if len(owners) > 1 and declared != [model["id"]]:
                dropped.append(f"{name}: {' and '.join(owners)}")
            elif normal(name) not in automatic:
                kept.append(name)
        model.pop("aliases", None)
        if kept:
            model["aliases"] = kept
    names = Names({m["id"]: (*m.get("aliases", ()), m["hf_repo"], *([m["ollama_tag"]] if m.get("ollama_tag") else ())) for m in models})
    return dropped + [f"ambiguous {alias}: {owners}" for alias, owners in names.ambiguous_aliases().items()]


# --- evidence ---------------------------------------------------------------------------------------------------

READS = {
    "num_hidden_layers": "layers", "hidden_size": "hidden", "vocab_size": "vocab", "tie_word_embeddings": "tied_embeddings",
}  # fmt: skip
ATTENTION_READS = {"num_attention_heads": "heads", "num_key_value_heads": "kv_heads", "head_dim": "head_dim", "kv_lora_rank": "kv_lora",
                   "q_lora_rank": "q_lora", "qk_nope_head_dim": "nope_dim", "qk_rope_head_dim": "rope_dim", "v_head_dim": "v_head_dim",
                   "sliding_window": "window", "index_n_heads": "indexer_heads", "index_head_dim": "indexer_dim"}  # fmt: skip
NEEDED = ("num_hidden_layers", "hidden_size")


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
        if value not in held:
            off.append(f"{theirs}: {value} against {', '.join(str(v) for v in sorted(held, key=str))}")
    widths = {g["intermediate"] for g in shape["ffns"] if g["kind"] == "dense"}
    moe = [g for g in shape["ffns"] if g["kind"] == "moe"]
    value = read.get("intermediate_size")
    if value is not None and widths and value not in widths and not moe:
        off.append(f"intermediate_size: {value} against {', '.join(map(str, sorted(widths)))}")
    for theirs, ours in (("num_experts", "experts"), ("num_experts_per_tok", "active"), ("moe_intermediate_size", "intermediate")):
        value = read.get(theirs)
        if isinstance(value, int) and value > 1 and moe and value != moe[0][ours]:
            off.append(f"{theirs}: {value} against {moe[0][ours]}")
    return off


def merge_evidence(models: dict[str, Row], evidence: list[Row]) -> tuple[list[Row], list[str]]:
    """Mark records whose dimensions agree with a copy of the maker's config; returns references to add and a report."""
    references: dict[str, Row] = {}
    report: list[str] = []
    for line in evidence:
        model = models.get(line["model"])
        if model is None:
            continue
        if line.get("reference"):
            references[line["reference"]["id"]] = line["reference"]
        shape = model.get("architecture")
        read = line.get("fields_read") or {}
        if shape is None or not all(name in read for name in NEEDED):
            continue
        off = compare(shape, read)
        source = f"{line['ref']} {line['locator']}".strip()
        if off:
            report.append(f"{line['model']} {line['ref']}: {'; '.join(off)}")
            continue
        strings = model["sources"].setdefault("architecture", [])
        if source not in strings:
            strings.insert(0, source)
        if line.get("kind", "config") == "config":
            model["read_from"] = "config"
    return list(references.values()), report


# --- published sizes ----------------------------------------------------------------------------------------------

SIZE_SOURCES = {"nomic-ai/gpt4all": "gpt4all-cd70db2", "lmstudio-ai/model-catalog": "lmstudio-model-catalog-78bd560",
                "docker/model-cards": "docker-model-cards-a433166"}  # fmt: skip
SIZE_MODEL = {
    ("nomic-ai/gpt4all", "deepseek-r1-distill-llama-8b"): "deepseek-r1-distill-llama-8b",
    ("nomic-ai/gpt4all", "deepseek-r1-distill-qwen-1.5b"): "deepseek-r1-distill-qwen-1.5b",
    ("nomic-ai/gpt4all", "deepseek-r1-distill-qwen-7b"): "deepseek-r1-distill-qwen-7b",
    ("nomic-ai/gpt4all", "llama-3.1-8b-128k"): "llama-3.1-8b-instruct",
    ("nomic-ai/gpt4all", "llama-3.2-1b"): "llama-3.2-1b-instruct", ("nomic-ai/gpt4all", "llama-3.2-3b"): "llama-3.2-3b-instruct",
    ("nomic-ai/gpt4all", "orca-2-full"): "orca-2-13b", ("nomic-ai/gpt4all", "phi-3-mini"): "phi-3-mini-4k-instruct",
    ("lmstudio-ai/model-catalog", "deepseek-coder"): "deepseek-coder-6.7b-instruct",
    ("lmstudio-ai/model-catalog", "gemma-2-9b"): "gemma-2-9b-it",
    ("lmstudio-ai/model-catalog", "mistral-7b-v0.1"): "mistral-7b-instruct-v0.1",
    ("lmstudio-ai/model-catalog", "zephyr-7b"): "zephyr-7b-beta",
    ("docker/model-cards", "deepseek-r1-distill-llama-8b"): "deepseek-r1-distill-llama-8b",
    ("docker/model-cards", "llama-3.2-1b"): "llama-3.2-1b-instruct", ("docker/model-cards", "llama-3.2-3b"): "llama-3.2-3b-instruct",
    ("docker/model-cards", "qwen2.5-0.5b"): "qwen2.5-0.5b-instruct", ("docker/model-cards", "qwen2.5-1.5b"): "qwen2.5-1.5b-instruct",
    ("docker/model-cards", "qwen2.5-7b"): "qwen2.5-7b-instruct", ("docker/model-cards", "qwen3-0.6b"): "qwen3-0.6b",
    ("docker/model-cards", "qwen3-coder-30b-a3b"): "qwen3-coder-30b-a3b-instruct",
    ("docker/model-cards", "smollm2-135m"): "smollm2-135m-instruct",
}  # fmt: skip
"""(Source, its key) → model, where the two are the same weights without doubt."""
SIZE_QUANT = {"F16": "f16-gguf", "BF16": "bf16-gguf"}


def add_sizes(models: dict[str, Row], rows: list[Row]) -> int:
    """Published file sizes whose source permits copying, as ``artifacts``; returns how many."""
    count = 0
    for row in sorted(rows, key=lambda r: (r["source_family"], r["model"], str(r.get("quant_norm")))):
        id = SIZE_MODEL.get((row["source_family"], row["model_key"]))
        if id is None or row["size_kind"] not in ("file", "artifact") or row.get("component") or id not in models:
            continue
        label = str(row.get("quant_norm"))
        tag = row["model"].split(":")[-1]
        if row["source_family"] == "docker/model-cards":
            if not re.search(r"(?:^|-)(UD-)?(Q\d_K_XL|Q\d_K_[SML]|Q\d_0|F16|BF16)$", tag):
                continue
            label = tag.split("B-", 1)[-1].removeprefix("A3B-")
        exact = row.get("size_bytes")
        size = exact or round(row["size_gib"] * 2**30)
        item = {"quant": SIZE_QUANT.get(label, label.lower()), "bytes": int(size), "repo": row["model"], "exact": bool(exact),
                "source": f"{SIZE_SOURCES[row['source_family']]} {row['source'].split(' ')[-1]}"}  # fmt: skip
        held = models[id].setdefault("artifacts", [])
        if not any(other["quant"] == item["quant"] and other["repo"] == item["repo"] for other in held):
            held.append(item)
            count += 1
    return count


# --- writing ------------------------------------------------------------------------------------------------------


class _Flow(dict[str, Any]):
    """A mapping written on one line."""


class _FlowList(list[Any]):
    """A list written on one line."""


class _Dumper(yaml.SafeDumper):
    """Block style with flow-style leaves, lists indented."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: FBT001, FBT002
        super().increase_indent(flow, False)


_Dumper.add_representer(_Flow, lambda d, v: d.represent_mapping("tag:yaml.org,2002:map", v.items(), flow_style=True))
_Dumper.add_representer(_FlowList, lambda d, v: d.represent_sequence("tag:yaml.org,2002:seq", v, flow_style=True))


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    dated = re.fullmatch(r"\d{4}-\d\d(-\d\d)?", value)
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="'" if dated else None)


_Dumper.add_representer(str, _text)


ORDER = [field.name for field in dataclasses.fields(catalog.Model)]


def styled(model: Row) -> Row:
    """A record with fields in the order of the dataclass and its leaves in flow style."""
    out: Row = {}
    for name in ORDER:
        if name not in model:
            continue
        value = model[name]
        if name == "architecture" and value:
            value = {key: [_Flow(group) for group in item] if key in ("mixers", "ffns") else item for key, item in value.items()}
        elif name in ("modalities_in", "modalities_out", "aliases", "base_licenses"):
            value = _FlowList(value)
        elif name == "artifacts":
            value = [_Flow(item) for item in value]
        elif name == "sources":
            value = {key: _FlowList(item) for key, item in value.items()}
        out[name] = value
    return out


def write(path: Path, families: list[Row]) -> None:
    """Write the file; families sorted by id, models by release date and id."""
    out = []
    for family in sorted(families, key=lambda f: f["id"]):
        models = sorted(family["models"], key=lambda m: (m["released"], m["id"]))
        out.append({"id": family["id"], "name": family["name"], "vendor": family["vendor"], "models": [styled(model) for model in models]})
    text = yaml.dump({"families": out}, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=140)
    path.write_text("# yaml-language-server: $schema=../schemas/models.schema.json\n" + text, encoding="utf-8")


def load(path: Path) -> list[Row]:
    """Families of an existing file."""
    rows: list[Row] = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["families"]  # noqa: S506
    return rows


def main(argv: list[str] | None = None) -> int:
    """Build or extend data/models.yaml; prints what could not be settled."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("inventory", type=Path, nargs="?")
    parser.add_argument("shapes", type=Path, nargs="?")
    parser.add_argument("--evidence", type=Path)
    parser.add_argument("--sizes", type=Path)
    parser.add_argument("--merge-evidence", type=Path)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--references", type=Path)
    options = parser.parse_args(argv)
    added: list[Row] = []
    if options.merge_evidence:
        families = load(options.out)
        models = {model["id"]: model for family in families for model in family["models"]}
        added, report = merge_evidence(models, read_rows(options.merge_evidence))
    else:
        if not (options.inventory and options.shapes):
            parser.error("INVENTORY and ARCHITECTURE are needed")
        shapes = {row["id"]: row for row in read_rows(options.shapes)}
        families, report = [], []
        by_family: dict[str, Row] = {}
        for row in read_rows(options.inventory):
            if row["id"] in choices.SKIP:
                report.append(f"{row['id']}: left out: {choices.SKIP[row['id']]}")
                continue
            family = choices.FAMILY.get(row["id"], row["family"])
            family = {"dots.llm": "dots", "intern": "intern-s1"}.get(family, family)
            held = by_family.setdefault(family, {"id": family, "name": choices.FAMILY_NAME[family], "vendor": row["vendor"], "models": []})
            model = record(row, shapes[row["id"]])
            if row["vendor"] != held["vendor"]:
                model["vendor"] = row["vendor"]
            held["models"].append(model)
        families = list(by_family.values())
        models = {model["id"]: model for family in families for model in family["models"]}
        report += add_aliases(list(models.values()))
        if options.sizes:
            report.append(f"{add_sizes(models, read_rows(options.sizes))} published sizes")
        if options.evidence and options.evidence.exists():
            added, more = merge_evidence(models, read_rows(options.evidence))
            report += more
    write(options.out, families)
    if options.references:
        rows = sorted({row["id"]: row for row in [*REFERENCES, *added]}.values(), key=lambda r: str(r["id"]))
        options.references.write_text(
            yaml.dump({"references": rows}, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=140), encoding="utf-8"
        )
    for line in report:
        print(line)
    config = sum(model["read_from"] == "config" for model in models.values())
    print(f"{len(models)} models, {sum(bool(m['architecture']) for m in models.values())} with architecture, {config} read from a config")
    return 0


if __name__ == "__main__":
    sys.exit(main())
