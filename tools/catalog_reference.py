"""docs/catalog.md: every field of data/*.yaml, from the records themselves. Their docstrings are the meanings."""

from __future__ import annotations

from typing import Any

from llm_pick.schema.records import ADAPTERS, FILES

COMMON = {
    "id": "Its name in every command; lower case, words joined by hyphens, unique in its section.",
    "name": "The name people write.",
    "aliases": "Other names it answers to; nobody else's.",
    "notes": "Sentences a reader should know.",
    "note": "A sentence a reader should know.",
    "sources": "Field (or `*` for all the others) → `reference-id where in it`.",
    "source": "`reference-id where in it`.",
    "unknown": "Field that is `null` → why nobody could fill it.",
    "disagreements": "Another source's value for a field, with that source.",
    "model": "Id of the model.",
    "benchmark": "Id of the benchmark.",
    "date": "Day of the value (ISO).",
    "released": "Day of the release (ISO; a month or a year where no more is known).",
    "text_date": "Date the text itself bears.",
    "clause": "Clause of the licence text.",
    "layers": "Number of layers of this kind.",
    "usd_per_m_input": "US dollars for 10⁶ input tokens.",
    "usd_per_m_output": "US dollars for 10⁶ output tokens.",
    "usd_per_m_cached_input": "US dollars for 10⁶ cached input tokens.",
    "usd_per_m_input_batch": "US dollars for 10⁶ input tokens of a batch job.",
    "usd_per_m_output_batch": "US dollars for 10⁶ output tokens of a batch job.",
    "context_tokens": "Tokens of the longest context.",
    "region": "Where it is served from, as the seller writes it.",
}
"""Meaning of fields that are the same in every record."""

OWN = {
    "Family.vendor": "Maker.",
    "Architecture.layers": "Decoder layers.",
    "Architecture.hidden": "Width of the residual stream.",
    "Architecture.vocab": "Rows of the embedding table.",
    "Architecture.tied_embeddings": "Whether the output head is the embedding table.",
    "Architecture.mixers": "Groups of layers that mix tokens in the same way (see Mixer).",
    "Architecture.ffns": "Groups of layers with the same feed-forward block (see Ffn).",
    "Architecture.norms_per_layer": "Normalization weights of hidden width in a layer.",
    "Architecture.norm_bias": "Whether they have a bias.",
    "Architecture.lm_head_bias": "Whether the output head has a bias.",
    "Architecture.learned_positions": "Rows of a learned position table.",
    "Architecture.output_vocab": "Rows of the output head, where they differ from `vocab`.",
    "Architecture.vision_params": "Parameters of the vision tower and its projector.",
    "Architecture.audio_params": "Parameters of the audio tower and its projector.",
    "ArtifactSize.quant": "Id of the quantization.",
    "ArtifactSize.bytes": "Size of the files, bytes.",
    "ArtifactSize.repo": "Repository that holds them.",
    "Ffn.bias": "Whether the matrices have a bias.",
    "Ffn.experts": "Routed experts there are.",
    "Ffn.shared": "Experts every token uses.",
    "Ffn.shared_gate": "Whether a gate weighs the shared expert.",
    "Ffn.router_bias": "Whether the router has a bias.",
    "Mixer.heads": "Query heads.",
    "Mixer.kv_heads": "Key and value heads.",
    "Mixer.head_dim": "Width of a head.",
    "Mixer.qkv_bias": "Whether the query, key and value projections have a bias.",
    "Mixer.o_bias": "Whether the output projection has a bias.",
    "Mixer.q_lora": "MLA: rank of the query projection.",
    "Mixer.kv_lora": "MLA: width of the latent that is cached.",
    "Mixer.o_groups": "Groups of the low-rank output projection.",
    "Mixer.nope_dim": "MLA: width of a head without rotary positions.",
    "Mixer.rope_dim": "MLA: width of the rotary key.",
    "Mixer.indexer_heads": "Sparse attention: heads of the indexer.",
    "Mixer.indexer_dim": "Sparse attention: width of an indexer head.",
    "Mixer.k_heads": "Linear attention: key heads.",
    "Mixer.v_heads": "Linear attention: value heads.",
    "Mixer.k_dim": "Linear attention: width of a key head.",
    "Mixer.v_dim": "Linear attention: width of a value head.",
    "Mixer.conv_kernel": "Taps of the short convolution.",
    "Mixer.state": "State-space models: state per channel.",
    "Mixer.groups": "State-space models: groups that share B and C.",
    "Mixer.dt_rank": "Mamba-1: rank of the step projection.",
    "Model.family": "Id of the family; set by where the record stands.",
    "Model.vendor": "Maker; set by the family.",
    "Model.architecture": "Dimensions (see Architecture).",
    "Model.context_native": "Tokens it was trained to hold.",
    "Model.modalities_in": "What it reads: text, image, audio, video.",
    "Model.modalities_out": "What it writes.",
    "Model.tools": "Whether it was trained to call tools.",
    "Model.hf_repo": "The maker's repository on Hugging Face.",
    "Model.base_model": "Id of the model it was made from.",
    "Model.license_revision": "Revision of the repository whose licence was read.",
    "Model.gguf_repo": "Repository that holds its GGUF files.",
    "Model.ollama_tag": "Tag in Ollama's library.",
    "Model.languages": "Languages the maker names (ISO 639-1).",
    "Model.artifacts": "Published files whose size was read (see ArtifactSize).",
    "Threshold.value": "Where it begins, in the unit of `metric`.",
    "Threshold.currency": "Currency of an amount.",
    "Threshold.as_of": "Day the text counts from.",
    "License.version": "Version of the text.",
    "License.licensor": "Who grants it.",
    "License.osi_approved": "Whether the Open Source Initiative approved it.",
    "License.hf_ids": "Names it has in the hub's licence field.",
    "License.text_url": "Where the text that was read lies.",
    "License.read_on": "Day the text was read.",
    "License.text_sha256": "Fingerprint of the text that was read.",
    "License.permissions": "What it lets you do (see Term).",
    "License.conditions": "What it makes you do (see Term).",
    "License.limitations": "What it forbids, or does not promise (see Term).",
    "License.thresholds": "Numbers that change the answer (see Threshold).",
    "License.regions_excluded": "Where it grants nothing.",
    "License.policy_url": "Acceptable use policy that is part of it.",
    "License.policy_mutable": "Whether the licensor may change that policy later.",
    "License.patent_grant": "What it says of patents.",
    "License.termination": "When it ends.",
    "License.governing_law": "Law and place.",
    "Device.bandwidth_gb_per_s": "Memory bandwidth, 10⁹ bytes a second.",
    "Device.unified_memory": "Whether processor and accelerator share the memory.",
    "Device.memory_kind": "Kind of memory: gddr6x, hbm3, lpddr5x, …",
    "Device.interconnect": "How devices of this kind are joined.",
    "Device.power_w": "Board power, watts.",
    "Device.launch_price_usd": "Price at launch, US dollars, before tax.",
    "TensorType.block_elements": "Numbers in a block.",
    "TensorType.block_bytes": "Bytes of a block.",
    "MixRule.type": "Storage type these tensors get.",
    "Quantization.rules": "Which tensors get which type, the first that matches (see MixRule).",
    "Quantization.nominal_bits": "Bits per weight its name promises.",
    "Quantization.status": "current | legacy | deprecated",
    "Runtime.formats": "File formats it loads.",
    "Runtime.backends": "Backends it runs on.",
    "Runtime.port": "Port its server listens on.",
    "Runtime.base_url": "Address of its OpenAI-compatible API.",
    "Runtime.install_url": "How to install it.",
    "Runtime.status_since": "Day of that status.",
    "Task.context_tokens": "Tokens assumed where nobody says, and why the default differs by task.",
    "Benchmark.task_group": "What kind of ability it counts for.",
    "Benchmark.measures": "What it measures.",
    "Benchmark.limits": "What it does not measure.",
    "Benchmark.higher_is_better": "False for error rates.",
    "Benchmark.saturated": "Whether leading models can no longer be told apart.",
    "Benchmark.judge": "Whether a language model judges the answers.",
    "Benchmark.contaminated": "Whether its items are known to be in training data.",
    "Score.setting": "Prompt, shots, tools, effort: what else the number depends on.",
    "PriceTier.above_tokens": "Prompt length from which this tier's prices hold.",
    "ApiPrice.other_figures": "What other sources say (see PriceFigure).",
    "GpuPrice.usd_per_gpu_hour": "US dollars for an hour of one device.",
    "GpuPrice.eur_per_gpu_hour": "Euros for an hour of one device; never converted unasked.",
    "ApiModel.vendor": "Maker.",
    "Parameter.value": "The number a formula uses.",
    "Parameter.unit": "Its unit; `1` for a share or a factor.",
    "Parameter.meaning": "What it stands for.",
    "Parameter.as_of": "Day it was chosen or fitted.",
    "Parameter.low": "Lower end of its 80 % interval.",
    "Parameter.high": "Upper end of its 80 % interval.",
    "Parameter.script": "Script that fitted it.",
    "Reference.title": "What it is called.",
    "Reference.publisher": "Who stands behind it.",
}
"""Meaning of fields whose record says nothing of its own; ``Record.field``."""

UNITS = {
    "_bytes": "bytes", "_gib": "GiB", "_gb_per_s": "GB/s", "_usd": "USD", "_w": "W", "_tokens": "tokens", "_s": "s",
    "tflops_dense": "TFLOPS", "bandwidth_gb_per_s": "GB/s", "context_native": "tokens", "context_extended": "tokens",
    "usd_per_m_input": "USD/10⁶ tokens", "usd_per_m_output": "USD/10⁶ tokens", "usd_per_gpu_hour": "USD/h",
    "eur_per_gpu_hour": "EUR/h", "window": "tokens", "nominal_bits": "bits",
}  # fmt: skip
"""Unit of a field, by its name or its end."""

HEAD = """# The catalog, field by field

Generated from the records that check `data/*.yaml` when it is compiled (`python -m tools.generate_docs`). The same, for
editors: `schemas/*.schema.json`. A field in **bold** must be there; what nobody could find is `null`, with the reason
under `unknown`. How to add a record: [CONTRIBUTING](../CONTRIBUTING.md).
"""


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    described: set[str] = set()
    for file, sections in FILES.items():
        parts.append(f"## data/{file}\n")
        for section in (name for group in sections for name in ((group, "models") if group == "families" else (group,))):
            schema = ADAPTERS[section].json_schema()
            nested = schema.pop("$defs", {})
            record = schema["title"]
            parts.append(_record(section, record, schema))
            for name, inner in nested.items():
                if "properties" in inner and name not in described:
                    described.add(name)
                    parts.append(_record(f"{name}, inside {record}", name, inner))
    return "\n".join(parts)


def missing() -> list[str]:
    """Fields without a meaning."""
    return [line for line in page().splitlines() if line.startswith("| ") and line.endswith("|  |")]


def _record(title: str, record: str, schema: dict[str, Any]) -> str:
    about = _one_line(schema.get("description", ""))
    lines = [f"### {title}\n", f"{about}\n", "| field | type | unit | meaning |", "|---|---|---|---|"]
    required = set(schema.get("required", ()))
    for field, body in schema["properties"].items():
        meaning = _one_line(body.get("description", "")) or OWN.get(f"{record}.{field}") or COMMON.get(field, "")
        shown = f"**{field}**" if field in required else field
        lines.append(f"| {shown} | {_type(body)} | {_unit(field)} | {meaning} |")
    return "\n".join(lines) + "\n"


def _one_line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("``", "`")


def _unit(field: str) -> str:
    return UNITS.get(field) or next((unit for end, unit in UNITS.items() if end.startswith("_") and field.endswith(end)), "")


def _type(body: dict[str, Any]) -> str:
    if "$ref" in body:
        return str(body["$ref"].rsplit("/", 1)[-1])
    if "anyOf" in body:
        return " or ".join(dict.fromkeys(_type(part) for part in body["anyOf"]))
    kind = str(body.get("type", "any"))
    if kind == "array":
        inner = body.get("items") or (body.get("prefixItems") or [{}])[0]
        return f"list of {_type(inner)}" if inner else "list"
    if kind == "object":
        values = body.get("additionalProperties")
        return f"{{name: {_type(values)}}}" if isinstance(values, dict) and values else "mapping"
    return {"string": "text", "integer": "whole number", "number": "number", "boolean": "true/false", "null": "null"}.get(
        kind, kind
    )
