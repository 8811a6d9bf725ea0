"""Write data/models.yaml from collected rows. Run once; afterwards people edit the YAML.

    python -m tools.import_models INVENTORY.jsonl ARCHITECTURE.jsonl [--evidence CONFIGS.jsonl] [--out data/models.yaml] [--references OUT.yaml]
    python -m tools.import_models --merge-evidence CONFIGS.jsonl [MORE.jsonl ...] [--out data/models.yaml]

The first form builds every record; the second only adds evidence (copies of the makers' config.json) to the records of an existing file
and reports where it disagrees. INVENTORY and ARCHITECTURE have one row per model. Published sizes come from
``tools.import_artifacts``.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from llm_pick.core import catalog
from llm_pick.core.estimate.tensors import active_parameter_count, parameter_count
from llm_pick.core.names import Names, normal
from tools import import_models_choices as choices
from tools.import_models_evidence import INFERRED, merge_evidence
from tools.import_models_shapes import SPECIAL, architecture, elements
from tools.import_models_sources import REFERENCES, reference_strings
from tools.import_models_yaml import load, write, write_references

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
    raw = int(research.get("raw_params") or 0)
    if id in choices.REMAINDER_IS_VISION and raw:
        mtp = shape.get("mtp_params", 0)
        text = computed if id == "step3" else parameter_count(built(shape))
        shape["vision_params"] = raw - text - mtp
        notes.append(f"vision_params is what the repository count leaves beyond the text part: {choices.REMAINDER_IS_VISION[id]}; "
                     "no dimension of it was read")  # fmt: skip
        return
    if id in ("gemma-4-e2b-it", "gemma-4-e4b-it"):
        shape["other_params"] = raw - parameter_count(built(shape))
        notes.append("other_params: per-layer input gates, projections and scales (the repository count closes with them)")
        return
    if id in (
        "qwen3-0.6b",
        "qwen3-1.7b",
        "phi-4-multimodal-instruct",
        "mistral-large-4-1t-a52b",
        "dots3-note-preview",
        "glm-5.2",
        "glm-5.3",
        "minimax-m3",
    ):
        if id == "phi-4-multimodal-instruct":
            notes.append("other_params: two built-in adapters (vision and speech)")
        if id == "mistral-large-4-1t-a52b":
            notes.append("dimensions are the class defaults of the modelling code; no config of this repository was read")
        return
    text = parameter_count(built(shape))
    exact = (
        raw
        if raw and research.get("count_compared_with") == "exact repository count" and research.get("verification") == "exact"
        else None
    )
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


def native_dtype(inventory: Row, research: Row, notes: list[str], unknown: Row, sources: Row) -> str:
    """The weight type of the maker's repository; inferred ones say so."""
    id = inventory["id"]
    if id in choices.NATIVE:
        dtype, source = choices.NATIVE[id]
        sources["native_dtype"] = [source]
        if "sibling" in source:
            notes.append("native_dtype is that of the sibling; the config of this very repository was not read")
        return dtype
    word = str(research.get("native_weight_dtype") or "")
    for start, dtype in (
        ("bf16", "bf16"),
        ("fp8", "fp8"),
        ("fp4", "mxfp4"),
        ("mxfp4", "mxfp4"),
        ("int4", "int4"),
        ("as kimi-k2.5", "int4"),
    ):
        if word.startswith(start):
            sources["native_dtype"] = reference_strings(research["sources"].get("native_weight_dtype"), inventory["hf_repo"])
            return dtype
    if research.get("native_weight_bits_inferred") == 16:
        notes.append(INFERRED)
    else:
        unknown["native_dtype"] = "no config copy of this repository names it; bf16 stands in"
    return "bf16"


def active_as_maker(inventory: Row, shape: Row, active: int, notes: list[str], disagreements: list[str]) -> int:
    """Active parameters with or without the embedding rows, whichever the maker's figure means; other figures are noted."""
    told = inventory["params_b_active"]
    if not told:
        return active
    without = active - shape["vocab"] * shape["hidden"]
    source = str(inventory["sources"].get("params_active") or "model name")
    named = float(told).is_integer() and ("model name" in source or "curated" in source)
    if shape["tied_embeddings"] or (named and round(active / 1e9) == told):
        chosen = active
    else:
        chosen = min((active, without), key=lambda count: abs(count / elements(told) - 1))
    if chosen != active:
        notes.append(
            f"params_active leaves the input embedding out, as the maker's {told:g} B does; with it {active / 1e9:.2f} B"
        )
    if abs(chosen / elements(told) - 1) > 0.05:
        disagreements.append(
            f"params_active: the sum of the tensors, {chosen / 1e9:.2f} B, is used; the maker's name or card says {told:g} B"
        )
    return chosen


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
        ours, theirs = (re.sub(r"[\[\]']", "", value).replace("True", "yes").replace("False", "no") for value in (ours, theirs))
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
    return text


def record(inventory: Row, research: Row, text_twin: tuple[Row, Row] | None = None) -> Row:
    """One model as it is written to YAML, fields in the order of ``catalog.Model``, defaults left out."""
    id = inventory["id"]
    notes: list[str] = []
    disagreements = list(choices.DISAGREEMENTS.get(id, ()))
    if id not in choices.DISAGREEMENTS or id.startswith("deepseek-v4"):
        disagreements += [own_words(text) for text in inventory["disagreements"]]
    unknown: Row = {}
    sources: Row = {"*": [f"llmfit-1.1.17 {inventory['hf_repo']}"]}
    shape = architecture(inventory, research)
    if id == "nemotron-nano-12b-v2-vl" and text_twin:
        shape = architecture(*text_twin)
        notes.append(
            "architecture: the text part is Nemotron Nano 12B v2, as the maker says; vision_params is what the repository count leaves"
        )
    special = SPECIAL.get(id, {})
    if special.get("note"):
        notes.append(f"architecture: {special['note']}")
    if shape is not None:
        if id == "exaone-4.5-33b":
            shape["mtp_params"] = choices.EXAONE_45_MTP
        if id == "nemotron-nano-12b-v2-vl":
            shape["vision_params"] = int(research["raw_params"]) - parameter_count(built(shape))
        else:
            close_count(id, shape, research, notes)
        full = built(shape)
        total, active = parameter_count(full), active_parameter_count(full)
        if id == "step3":  # the low-rank queries are not counted yet
            total, active = int(research["raw_params"]), elements(research["computed_active_params_b"])
        sources["architecture"] = architecture_sources(inventory, research)
        sources["params_total"] = ["transformers-5.23.0 tensor shapes of the modelling code, summed"]
        if research.get("derived_from_count"):
            names = ", ".join(str(name) for name in research["derived_from_count"])
            notes.append(f"architecture: not read but solved from the parameter count: {names}")
    else:
        unknown["architecture"] = choices.NO_ARCHITECTURE[id]
        total = int(research.get("raw_params") or elements(inventory["params_b_total"]))
        active = elements(inventory["params_b_active"]) if inventory["params_b_active"] else total
        sources["params_total"] = reference_strings(inventory["sources"].get("params"), inventory["hf_repo"])
    sources["params_active"] = (reference_strings(inventory["sources"].get("params_active"), inventory["hf_repo"])
                                if shape is None else ["transformers-5.23.0 as params_total, routed experts by their share"])  # fmt: skip
    if shape is not None and any(group["kind"] == "moe" for group in shape["ffns"]):
        active = active_as_maker(inventory, shape, active, notes, disagreements)
    stated = stated_count(inventory, research) if shape is not None else None
    why = exception(id, total, stated, shape, research)
    native, extended = context(inventory)
    kind = choices.KIND.get(id) or ("vision-language" if "image" in inventory["modalities_in"] else "chat")
    out: Row = {"id": id, "name": inventory["name"], "kind": kind, "released": inventory["release_date"], "read_from": "inventory",
                "architecture": shape, "params_total": total, "params_active": active,
                "native_dtype": native_dtype(inventory, research, notes, unknown, sources), "context_native": native}  # fmt: skip
    out["license"] = licence(inventory, sources, disagreements, notes)
    opened = bool(inventory["training_data_open"]) and id not in choices.NOT_OPEN_SOURCE
    out["openness"] = "open-source" if opened else "open-weight"
    sources["openness"] = [f"makers-model-cards {inventory['hf_repo']}"]
    out["modalities_in"], out["modalities_out"] = inventory["modalities_in"], inventory["modalities_out"]
    mode = inventory["reasoning_mode"]
    out["reasoning"] = mode or "none"
    if mode is None:
        unknown["reasoning"] = "no source says whether it has a thinking mode; listed as none"
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
    notes += choices.NOTES.get(id, ())
    for name in inventory["unverified"]:
        if name == "release_date":
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
    own = SPECIAL.get(inventory["id"], {}).get("source")
    found = [own] if own else []
    found += reference_strings(inventory["sources"].get("architecture"), inventory["hf_repo"])
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
    index = Names(
        {m["id"]: (*m.get("aliases", ()), m["hf_repo"], *([m["ollama_tag"]] if m.get("ollama_tag") else ())) for m in models}
    )
    return dropped + [f"ambiguous {alias}: {owners}" for alias, owners in index.ambiguous_aliases().items()]


def main(argv: list[str] | None = None) -> int:
    """Build or extend data/models.yaml; prints what could not be settled."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("inventory", type=Path, nargs="?")
    parser.add_argument("shapes", type=Path, nargs="?")
    parser.add_argument("--evidence", type=Path)
    parser.add_argument("--merge-evidence", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--references", type=Path)
    options = parser.parse_args(argv)
    added: list[Row] = []
    if options.merge_evidence:
        families = load(options.out)
        models = {model["id"]: model for family in families for model in family["models"]}
        added, report = merge_evidence(models, [row for path in options.merge_evidence for row in read_rows(path)])
    else:
        if not (options.inventory and options.shapes):
            parser.error("INVENTORY and ARCHITECTURE are needed")
        shapes = {row["id"]: row for row in read_rows(options.shapes)}
        families, report = [], []
        by_family: dict[str, Row] = {}
        rows = {row["id"]: row for row in read_rows(options.inventory)}
        twins = {"nemotron-nano-12b-v2-vl": "nemotron-nano-12b-v2"}
        for row in rows.values():
            if row["id"] in choices.SKIP:
                report.append(f"{row['id']}: left out: {choices.SKIP[row['id']]}")
                continue
            family = choices.FAMILY.get(str(row["id"]), str(row["family"]))
            family = {"dots.llm": "dots", "intern": "intern-s1"}.get(family, family)
            held = by_family.setdefault(
                family, {"id": family, "name": choices.FAMILY_NAME[family], "vendor": row["vendor"], "models": []}
            )
            twin = twins.get(row["id"])
            model = record(row, shapes[row["id"]], (rows[twin], shapes[twin]) if twin else None)
            if row["vendor"] != held["vendor"]:
                model["vendor"] = row["vendor"]
            held["models"].append(model)
        families = list(by_family.values())
        models = {model["id"]: model for family in families for model in family["models"]}
        report += add_aliases(list(models.values()))
        if options.evidence and options.evidence.exists():
            added, more = merge_evidence(models, read_rows(options.evidence))
            report += more
    write(options.out, families)
    if options.references:
        named = sorted({row["id"]: row for row in [*REFERENCES, *added]}.values(), key=lambda r: str(r["id"]))
        write_references(options.references, named)
    for line in report:
        print(line)
    config = sum(model["read_from"] == "config" for model in models.values())
    print(
        f"{len(models)} models, {sum(bool(m['architecture']) for m in models.values())} with architecture, {config} read from a config"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
