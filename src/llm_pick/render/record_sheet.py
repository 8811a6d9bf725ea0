"""One record as a sheet of facts, grouped: value, source, date; what is unknown in plain words."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Any

from llm_pick.core.catalog import ApiModel, ApiPrice, ArtifactSize, Benchmark, Ffn, GpuPrice, Mixer, PriceFigure, PriceTier, Term
from llm_pick.core.provenance import resolve, sources_of
from llm_pick.render import api_model_sheet, benchmark_sheet
from llm_pick.render.text import gib, size_text, tokens
from llm_pick.render.view import Column, Table, View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llm_pick.core.catalog import Catalog, Model

_APART = {"sources", "unknown", "notes", "disagreements", "source", "doc", "judge"}
_GROUPS: dict[str, dict[str, tuple[str, ...]]] = {
    "Model": {
        "Identity": ("id", "name", "family", "vendor", "kind", "released", "base_model", "aliases", "read_from"),
        "Architecture": ("params_total", "params_active", "stated_params_total", "count_exception", "native_dtype",
                         "architecture"),
        "Context and abilities": ("context_native", "context_extended", "modalities_in", "modalities_out", "reasoning",
                                  "tools", "languages"),
        "Licence": ("license", "license_revision", "base_licenses", "openness"),
        "Repositories": ("hf_repo", "gguf_repo", "ollama_tag"),
        "Published sizes": ("artifacts", "head_stored"),
    },
    "Device": {
        "Identity": ("id", "name", "vendor", "device_class", "released", "aliases"),
        "Memory": ("memory_gib", "memory_options_gib", "memory_kind", "unified_memory", "bandwidth_gb_per_s"),
        "Compute, dense peak": ("tflops_dense", "backends"),
        "Links, power, price": ("interconnect", "interconnect_gb_per_s", "power_w", "launch_price_usd"),
    },
    "ApiPrice": {
        "Offer": ("id", "provider", "model", "catalog_model", "api_model", "variant", "context_tokens"),
        "Price, USD per million tokens": (
            "usd_per_m_input", "usd_per_m_cached_input", "usd_per_m_cache_write", "usd_per_m_output",
            "usd_per_m_input_batch", "usd_per_m_output_batch", "tiers"),
        "Validity": ("date", "since", "retired", "region", "residency"),
        "Other sources": ("other_figures", "confirmed_by"),
    },
    "GpuPrice": {
        "Offer": ("id", "provider", "device", "count", "pricing", "term_months"),
        "Price": ("usd_per_gpu_hour", "eur_per_gpu_hour", "eur_setup"),
        "Validity": ("date", "region", "residency"),
    },
    "License": {
        "Identity": ("id", "name", "version", "licensor", "license_class", "osi_approved", "spdx", "hf_ids", "aliases"),
        "Text": ("text_url", "text_date", "text_sha256", "read_mark", "read_on", "policy_url", "policy_mutable"),
        "May": ("commercial_use", "permissions", "outputs_for_training", "patent_grant"),
        "Must": ("conditions",),
        "Limits": ("limitations", "thresholds", "regions_excluded", "regions_apply_to", "regions_exempt", "region_note"),
    },
}  # fmt: skip
_UNSAID = {"ApiPrice": ("free", "open_weights", "date_kind", "note"), "GpuPrice": ("note",)}
"""Fields said elsewhere on the sheet, or only where they are true."""
_UNKNOWN = "Not known"
_OURS = {"id", "aliases", "device_class", "kind", "read_from", "license_class", "read_mark"}
"""Fields that this catalog gives a record: no source says them."""
_ALIASES_SHOWN = 8
_ALIAS_LENGTH = 30
"""Longer names are labels of measurement files: in the JSON only."""
_NO_LINK = ("apple", "board", "cpu", "phone", "unified")
"""Classes of devices that are not joined by a link of their own: its absence is no gap."""
_ABSENT = {
    "Model": {
        "ollama_tag": "no tag was seen in a list of the registry",
        "gguf_repo": "no GGUF repository was seen in the sources",
        "context_extended": "no extension beyond the native context was found",
        "tools": "the sources do not say whether it calls tools",
        "languages": "the sources do not list them",
        "artifacts": "no source printed the size of a file",
    },
    "Device": {
        "memory_gib": "give the memory with --ram",
        "tflops_dense": "no dense peak was found",
        "interconnect": "no link to another device was found",
        "power_w": "not found in the sources",
        "launch_price_usd": "no launch price was found",
        "released": "not found in the sources",
    },
}
"""What the absence of a value means where the record gives no reason of its own."""
_TERMS = ("permissions", "conditions", "limitations")
"""Prefixes of a licence's terms, which their heading says already."""
_INDEX = re.compile(r"(\w+)\[(\d+)\]")
_UNITS = {"_gb_per_s": "GB/s", "_options_gib": "GiB", "_gib": "GiB", "_w": "W", "_usd": "USD"}
_PLAIN = {
    "hf_repo": "Hugging Face repository", "gguf_repo": "GGUF repository", "ollama_tag": "Ollama tag", "license": "licence",
    "license_class": "class of licence", "params_total": "parameters", "params_active": "active parameters",
    "stated_params_total": "parameters as stated", "count_exception": "why the counts differ",
    "native_dtype": "weights published as", "context_native": "context", "context_extended": "context, extended",
    "usd_per_m_input": "input", "usd_per_m_output": "output", "usd_per_m_cached_input": "cached input",
    "usd_per_m_cache_write": "writing the cache", "usd_per_m_input_batch": "input, batch",
    "usd_per_m_output_batch": "output, batch",
    "catalog_model": "serves the open model", "api_model": "serves", "variant": "served as", "tiers": "longer prompts",
    "usd_per_gpu_hour": "USD an hour", "eur_per_gpu_hour": "EUR an hour", "eur_setup": "EUR once", "count": "GPUs in the machine",
    "pricing": "terms", "residency": "processed in", "other_figures": "another source says", "confirmed_by": "same price in",
    "eu_option": "inside the EU by", "term_months": "reserved for, months",
    "modalities_in": "reads", "modalities_out": "writes", "base_licenses": "licences of the base", "vendor": "maker",
    "read_from": "dimensions read from", "device_class": "class", "tflops_dense": "TFLOPS",
    "interconnect_gb_per_s": "link, one direction", "artifacts": "file", "mixers": "mixer", "ffns": "feed-forward",
    "osi_approved": "OSI approved", "spdx": "SPDX", "hf_ids": "names on the hub", "text_url": "address",
}  # fmt: skip


def facts(record: Any, catalog: Catalog) -> list[dict[str, Any]]:  # noqa: ANN401 - any record
    """Every field that has a value, flattened one level, in the order of its groups, with its resolved sources."""
    out = []
    for group, name in _ordered(record):
        value = getattr(record, name)
        if value in (None, (), {}, ""):
            continue
        own = (record.source,) if isinstance(getattr(record, "source", None), str) else ()
        refs = resolve(own or sources_of(record, name), catalog)
        for key, part, source in _parts(name, value):
            here = resolve((source,), catalog) if source else refs
            out.append({"group": group, "field": key, "value": part, "sources": here})
    return out


def _ordered(record: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - any record
    """(group, field) of a record: the listed fields first, whatever is left under its own heading."""
    groups = _GROUPS.get(type(record).__name__, {})
    listed = [(group, name) for group, names in groups.items() for name in names]
    known = {name for _, name in listed} | set(_UNSAID.get(type(record).__name__, ()))
    rest = "More" if groups else ""
    return listed + [
        (rest, item.name) for item in dataclasses.fields(record) if item.name not in known and item.name not in _APART
    ]


def _parts(name: str, value: Any) -> list[tuple[str, Any, str | None]]:  # noqa: ANN401 - any value
    """(field, value, source of its own if it has one)."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        parts = []
        for item in dataclasses.fields(value):
            inner = getattr(value, item.name)
            if inner not in (None, (), {}, 0, False, item.default):
                parts += _parts(f"{name}.{item.name}", inner)
        return parts
    if isinstance(value, tuple) and value and isinstance(value[0], Term):
        return [(f"{name}: {term.id}", f"{term.text} ({term.clause})", None) for term in value]
    if isinstance(value, tuple) and value and isinstance(value[0], ArtifactSize):
        return [(f"{name}[{index}]", _size(item), item.source) for index, item in enumerate(value)]
    if isinstance(value, tuple) and value and isinstance(value[0], PriceTier):
        return [(f"prompts above {tier.above_tokens:,} tokens", _figures(tier), None) for tier in value]
    if isinstance(value, tuple) and value and isinstance(value[0], PriceFigure):
        return [(name, f"{_figures(figure)} ({figure.date})", figure.source) for figure in value]
    if name == "confirmed_by":
        return [(name, source.partition(" ")[2] or source, source) for source in value]
    if isinstance(value, tuple) and value and dataclasses.is_dataclass(value[0]):
        return [(f"{name}[{index}]", _row(element), None) for index, element in enumerate(value)]
    if isinstance(value, tuple):
        return [(name, ", ".join(f"{one:g}" if isinstance(one, float) else str(one) for one in value), None)]
    if isinstance(value, dict):
        return [(f"{name}.{key}", inner, None) for key, inner in value.items()]
    return [(name, value, None)]


def _figures(prices: PriceTier | PriceFigure) -> str:
    names = ("usd_per_m_input", "usd_per_m_cached_input", "usd_per_m_output")
    pairs = ((_PLAIN[name], getattr(prices, name, None)) for name in names)
    return ", ".join(f"{label} {value:g}" for label, value in pairs if value is not None)


def _size(item: ArtifactSize) -> str:
    rounding = "exact" if item.exact else "rounded by the source"
    counted = "" if item.what == "file" else ", tensors without the file's header"
    return f"{item.quant}: {item.bytes:,} bytes ({gib(item.bytes)} GiB), {rounding}, {item.repo}{counted}"


def _row(element: Any) -> str:  # noqa: ANN401 - any nested record
    pairs = []
    layers = isinstance(element, Mixer | Ffn)
    for item in dataclasses.fields(element):
        value = getattr(element, item.name)
        if value in (None, (), {}, "") or (value == item.default and value is not True):
            continue
        if layers and item.name in ("kind", "layers"):
            continue
        shown = ", ".join(map(str, value)) if isinstance(value, tuple) else value
        label = item.name.replace("_", " ")
        pairs.append(label if shown is True else f"{label} {shown}")
    head = f"{element.layers} x {element.kind.replace('_', ' ')}: " if layers else ""
    return head + ("; ", ", ")[layers].join(pairs)


def absent(record: Any) -> dict[str, str]:  # noqa: ANN401 - any record
    """Field → why it has no value: the record's own reason, else what the absence means."""
    own = dict(getattr(record, "unknown", {}))
    for name, why in _ABSENT.get(type(record).__name__, {}).items():
        if name == "interconnect" and record.device_class in _NO_LINK:
            continue
        value = getattr(record, name)
        if value in (None, (), {}, "") and not any(key.split(".")[0] == name for key in own):
            own[name] = why
    return own


def view(kind: str, record: Any, catalog: Catalog, meant: str | None = None) -> View:  # noqa: ANN401 - any record
    """The sheet for people; ``meant`` says how the name was read, where it was not plain."""
    if kind == "rule":
        return View((), headline=record.title, details=((record.id, record.doc.strip().replace("``", "`")),))
    if isinstance(record, Benchmark):
        return benchmark_sheet.view(record, catalog, meant)
    if isinstance(record, ApiModel):
        return api_model_sheet.view(record, catalog, _fact_tables(record, catalog), meant)
    found = facts(record, catalog)
    remarks = [("assumed", meant)] if meant else []
    remarks += [("note", text) for text in (*(getattr(record, "notes", ()) or ()), *_price_notes(record)) if text]
    remarks += [("disagreement", text) for text in getattr(record, "disagreements", ())]
    seen = {ref.id: ref for fact in found for ref in fact["sources"]}
    remarks += [("source", f"{ref.id}: {ref.title}, {ref.url}") for ref in seen.values()]
    return View(_fact_tables(record, catalog), headline=f"{getattr(record, 'name', record.id)} ({kind})", remarks=tuple(remarks))


def _fact_tables(record: Any, catalog: Catalog) -> tuple[Table, ...]:  # noqa: ANN401 - any record
    rows: dict[str, list[tuple[str, str, str, str]]] = {}
    for fact in facts(record, catalog):
        label, value = _said(fact["field"], fact["value"])
        sources = () if fact["field"] in _OURS else fact["sources"]
        if fact["field"] == "aliases":
            value = _some_aliases(record.aliases)
        rows.setdefault(fact["group"], []).append((label, value, _where(sources), sources[0].locator if sources else ""))
    for field, why in absent(record).items():
        rows.setdefault(_UNKNOWN, []).append((_said(field, "")[0], why, "-", ""))
    columns = (Column("fact", fold=20), Column("value", fold=24), Column("source (read on)", fold=30, source=True),
               Column("where in the source", optional=1, fold=40))  # fmt: skip
    return tuple(Table(columns, tuple(group), title) for title, group in rows.items())


def _price_notes(record: Any) -> tuple[str, ...]:  # noqa: ANN401 - any record
    """What is said of a price in words."""
    if not isinstance(record, ApiPrice | GpuPrice):
        return ()
    dataset = isinstance(record, ApiPrice) and record.date_kind == "dataset"
    return (
        record.note or "",
        "the date is that of the data set, not of this price" if dataset else "",
        "free of charge" if isinstance(record, ApiPrice) and record.free else "",
    )


def _some_aliases(aliases: Sequence[str]) -> str:
    """The shortest names first; how many are left out."""
    short = sorted((name for name in aliases if len(name) <= _ALIAS_LENGTH), key=len)[:_ALIASES_SHOWN]
    more = len(aliases) - len(short)
    return ", ".join(short) + (f"{' and ' if short else ''}{more} more, see --json" if more > 0 else "")


def _where(sources: Sequence[Any]) -> str:
    if not sources:
        return "-"
    more = f" +{len(sources) - 1}" if len(sources) > 1 else ""
    return f"{sources[0].id} ({sources[0].read_on}){more}"


def _said(field: str, value: Any) -> tuple[str, str]:  # noqa: ANN401 - any value
    """Label and value of a field as people say them: units beside the number, yes and no, separators in thousands."""
    stem, _, rest = field.partition(".")
    unit = next((unit for end, unit in _UNITS.items() if stem.endswith(end)), "")
    label = _PLAIN.get(stem) or stem.removesuffix(next((end for end in _UNITS if stem.endswith(end)), "")).replace("_", " ")
    label = {"architecture": rest.replace("_", " ")}.get(stem, f"{label} {rest}".strip())
    for group in _TERMS:
        label = label.removeprefix(f"{group}: ").replace("-", " ") if label.startswith(f"{group}: ") else label
    numbered = _INDEX.fullmatch(label)
    if numbered:
        label = f"{_PLAIN.get(numbered[1], numbered[1])} {int(numbered[2]) + 1}"
    if isinstance(value, bool):
        return label, "yes" if value else "no"
    if stem in ("context_native", "context_extended") and isinstance(value, int):
        short = tokens(value)
        return label, f"{value:,} tokens" + (f" ({short})" if short.endswith("k") else "")
    if isinstance(value, int | float):
        number = str(value) if stem == "port" else f"{value:,}" if isinstance(value, int) else f"{value:,.10g}"
        return label, f"{number} {unit}".strip()
    return label, f"{value} {unit}".strip()


def data(record: Any, catalog: Catalog) -> dict[str, Any]:  # noqa: ANN401 - any record
    """The sheet as JSON: group, field, value, sources."""
    if not hasattr(record, "sources") and not hasattr(record, "source"):
        return {"id": record.id, "title": getattr(record, "title", None), "doc": getattr(record, "doc", None)}
    rows = [
        {
            "group": fact["group"] or None,
            "field": fact["field"],
            "value": fact["value"],
            "sources": [{"id": s.id, "locator": s.locator, "url": s.url, "read_on": s.read_on} for s in fact["sources"]],
        }
        for fact in facts(record, catalog)
    ]
    return {
        "id": record.id,
        **(benchmark_sheet.data(record, catalog) if isinstance(record, Benchmark) else {}),
        **(api_model_sheet.data(record, catalog) if isinstance(record, ApiModel) else {}),
        "facts": rows,
        "unknown": absent(record),
        "notes": list(getattr(record, "notes", ()) or ()),
        "disagreements": list(getattr(record, "disagreements", ())),
    }


def brief(model: Model) -> dict[str, Any]:
    """A family member in one object."""
    return {
        "id": model.id, "name": model.name, "released": model.released, "license": model.license,
        "params_b": round(model.params_total / 1e9, 3), "hf_repo": model.hf_repo,
    }  # fmt: skip


def family_view(name: str, members: Sequence[Model]) -> View:
    """The members of a family."""
    columns = (Column("id"), Column("size", right=True), Column("context", right=True), Column("licence"),
               Column("released", optional=1), Column("repository", optional=2))  # fmt: skip
    rows = tuple(
        (
            m.id,
            size_text(m.params_total, m.params_active),
            tokens(m.context_native),
            m.license,
            m.released,
            m.hf_repo,
        )
        for m in members
    )
    return View((Table(columns, rows),), headline=f"{name}: {len(rows)} models; a licence belongs to each, not to it")
