"""Draw the facts that a second reader checks at their sources. The same catalog and seed give the same sample.

python -m tools.sample_facts [--seed N] [--size model=40,device=20,licence=20,score=20,artifact=5,price=10]
                             [--earlier CATALOG] [--without SAMPLE] [--output FILE]

One JSON line per fact: kind, record, field, value, and the sources it claims (address, place in it, day read).
With ``--earlier``, an older compiled ``catalog.jsonl``, records it does not have get at least their share of each kind.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llm_pick.core.provenance import resolve, sources_of
from llm_pick.io.store import built_in_catalog, load_catalog

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from llm_pick.core.catalog import Architecture, Catalog, Ffn, Mixer, Model

SEED = 20261129
SIZE = {"model": 40, "device": 20, "licence": 20, "score": 20, "artifact": 5, "price": 10}
Fact = dict[str, Any]
_MODEL = ("params_total", "params_active", "context_native", "context_extended", "native_dtype")
_SHAPE = ("layers", "hidden", "vocab", "tied_embeddings")
_MIXER = ("kind", "layers", "heads", "kv_heads", "head_dim", "window", "kv_lora", "rope_dim", "state")
_FFN = ("kind", "intermediate", "experts", "active", "shared")
_DEVICE = ("memory_gib", "memory_options_gib", "bandwidth_gb_per_s", "memory_kind", "interconnect", "interconnect_gb_per_s",
           "power_w", "launch_price_usd", "released")  # fmt: skip
_LICENCE = ("version", "osi_approved", "spdx", "commercial_use", "outputs_for_training", "regions_excluded", "governing_law",
            "patent_grant", "termination")  # fmt: skip
_API_PRICE = ("usd_per_m_input", "usd_per_m_output", "usd_per_m_cached_input", "usd_per_m_cache_write", "usd_per_m_input_batch",
              "usd_per_m_output_batch", "context_tokens", "region", "retired", "catalog_model", "api_model")  # fmt: skip
_GPU_PRICE = ("usd_per_gpu_hour", "eur_per_gpu_hour", "eur_setup", "count", "term_months", "region")
_API_MODEL = ("context_tokens", "released", "reasoning")


def model_facts(catalog: Catalog) -> Iterator[Fact]:
    """Counts and dimensions."""
    for model in catalog.models.values():
        yield from _fields("model", model, _MODEL, catalog)
        if model.architecture is None:
            continue
        yield from _inner(model, "architecture", model.architecture, _SHAPE, catalog)
        for part, names in (("mixers", _MIXER), ("ffns", _FFN)):
            for index, group in enumerate(getattr(model.architecture, part)):
                yield from _inner(model, f"architecture.{part}[{index}]", group, names, catalog)


def device_facts(catalog: Catalog) -> Iterator[Fact]:
    """Figures of a device; the sizes one chip is sold in count once."""
    seen = set()
    for device in catalog.devices.values():
        stem = (device.vendor, device.name.removesuffix(f" {device.memory_gib:g} GB") if device.memory_gib else device.name)
        if stem in seen:
            continue
        seen.add(stem)
        yield from _fields("device", device, _DEVICE, catalog)
        for precision, value in device.tflops_dense.items():
            yield _fact("device", device, f"tflops_dense.{precision}", value, catalog)


def licence_facts(catalog: Catalog) -> Iterator[Fact]:
    """Which licence a model has, and what a licence says."""
    for model in catalog.models.values():
        yield from _fields("licence", model, ("license", "base_licenses"), catalog)
    for licence in catalog.licenses.values():
        if licence.license_class == "unread":
            continue
        yield from _fields("licence", licence, _LICENCE, catalog)
        for part in ("permissions", "conditions", "limitations"):
            for term in getattr(licence, part):
                yield _fact("licence", licence, f"{part}.{term.id}", f"{term.text} ({term.clause})", catalog)
        for threshold in licence.thresholds:
            said = f"{threshold.metric} {threshold.op} {threshold.value:g} {threshold.currency or ''}: {threshold.effect}"
            yield _fact("licence", licence, "thresholds", f"{said} ({threshold.clause})", catalog)


def score_facts(catalog: Catalog) -> Iterator[Fact]:
    """Benchmark rows."""
    for model in sorted(catalog.scores):
        for row in catalog.scores[model]:
            mode = f", {row.mode}" if row.mode else ""
            value = f"{row.score:g} ({row.by}{mode}, {row.date})"
            yield {
                "kind": "score", "record": model, "field": row.benchmark, "value": value,
                "sources": _sources((row.source,), catalog),
            }  # fmt: skip


def artifact_facts(catalog: Catalog) -> Iterator[Fact]:
    """Printed sizes of published files."""
    for model in catalog.models.values():
        for row in model.artifacts:
            value = f"{row.bytes} ({'exact' if row.exact else 'rounded in the source'}, {row.repo})"
            yield {
                "kind": "artifact", "record": model.id, "field": row.quant, "value": value,
                "sources": _sources((row.source,), catalog),
            }  # fmt: skip


def price_facts(catalog: Catalog) -> Iterator[Fact]:
    """Figures of API offers and accelerator hours, and the models that only an API serves."""
    for table, names in ((catalog.api_prices, _API_PRICE), (catalog.gpu_prices, _GPU_PRICE), (catalog.api_models, _API_MODEL)):
        for record in table.values():
            for fact in _fields("price", record, names, catalog):
                source = getattr(record, "source", None)
                yield {**fact, "sources": _sources((source,), catalog)} if source else fact


def _fields(kind: str, record: Any, names: tuple[str, ...], catalog: Catalog) -> Iterator[Fact]:
    for name in names:
        value = getattr(record, name)
        if value not in (None, (), ""):
            yield _fact(kind, record, name, value, catalog)


def _inner(model: Model, path: str, part: Mixer | Ffn | Architecture, names: tuple[str, ...], catalog: Catalog) -> Iterator[Fact]:
    for name in names:
        value = getattr(part, name)
        if value not in (None, 0) or value is False:
            yield _fact("model", model, f"{path}.{name}", value, catalog)


def _fact(kind: str, record: Any, field: str, value: object, catalog: Catalog) -> Fact:
    return {
        "kind": kind, "record": record.id, "field": field, "value": value, "sources": _sources(sources_of(record, field), catalog),
    }  # fmt: skip


def _sources(texts: tuple[str, ...], catalog: Catalog) -> list[dict[str, str]]:
    return [{"id": ref.id, "at": ref.locator, "url": ref.url, "read_on": ref.read_on} for ref in resolve(texts, catalog)]


POOLS = {
    "model": model_facts, "device": device_facts, "licence": licence_facts, "score": score_facts, "artifact": artifact_facts,
    "price": price_facts,
}  # fmt: skip


def _text(fact: Fact) -> str:
    return json.dumps(fact, sort_keys=True)


def _name(fact: Fact) -> tuple[str, str, str]:
    return fact["kind"], fact["record"], fact["field"]


def sample(
    catalog: Catalog,
    seed: int = SEED,
    size: dict[str, int] | None = None,
    earlier: Collection[str] | None = None,
    without: Collection[tuple[str, str, str]] = (),
) -> list[Fact]:
    """``size[kind]`` facts of each kind, each fact of a kind as likely as any other.

    ``earlier``: ids of the records of an older catalog; records beside them get their share of each kind, rounded up.
    ``without``: kind, record and field of facts drawn before.
    """
    drawn = []
    for kind, count in (size or SIZE).items():
        pool = sorted((fact for fact in POOLS[kind](catalog) if _name(fact) not in without), key=_text)
        dice = random.Random(f"{seed}.{kind}")
        count = min(count, len(pool))
        if earlier is None:
            chosen = dice.sample(pool, count)
        else:
            added = [fact for fact in pool if fact["record"] not in earlier]
            old = [fact for fact in pool if fact["record"] in earlier]
            of_added = math.ceil(count * len(added) / len(pool))
            chosen = dice.sample(added, of_added) + dice.sample(old, count - of_added)
        drawn += sorted(chosen, key=lambda fact: (fact["record"], fact["field"], str(fact["value"])))
    return drawn


def _ids(compiled: Path) -> set[str]:
    older = built_in_catalog(compiled)
    return {id for section in (older.models, older.devices, older.licenses) for id in section}


def _names(drawn: Path) -> set[tuple[str, str, str]]:
    return {_name(json.loads(line)) for line in drawn.read_text(encoding="utf-8").splitlines()}


def main(argv: list[str] | None = None) -> int:
    """Print the sample or write it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--size", default=",".join(f"{kind}={count}" for kind, count in SIZE.items()))
    parser.add_argument("--earlier", type=Path, help="an older compiled catalog.jsonl")
    parser.add_argument("--without", type=Path, help="an earlier sample, as --output wrote it")
    parser.add_argument("--output", type=Path)
    options = parser.parse_args(argv)
    size = {kind: int(count) for kind, _, count in (part.partition("=") for part in options.size.split(","))}
    earlier = _ids(options.earlier) if options.earlier else None
    drawn = sample(load_catalog(), options.seed, size, earlier, _names(options.without) if options.without else ())
    lines = [json.dumps(fact, ensure_ascii=False) for fact in drawn]
    if options.output:
        options.output.write_text("\n".join(lines) + "\n", encoding="utf-8")
    else:
        sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
