"""``inspect`` on paper and as JSON: what the files say, what they need here, what the licence tag leaves open."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from llm_pick.core.freshness import licences_of, old_sources
from llm_pick.core.licensing.verdict import licence_summary
from llm_pick.core.provenance import resolve
from llm_pick.render import json_v1
from llm_pick.render.answers import LICENCE_WORDS, held_text
from llm_pick.render.explanation import explanation
from llm_pick.render.text import gib, gib_range, printable, quality_text, size_text, speed_range, tokens
from llm_pick.render.view import Column, Table, View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llm_pick.core.catalog import Catalog
    from llm_pick.core.held import Held
    from llm_pick.core.hub_results import ReadResults
    from llm_pick.core.inspected import Inspected
    from llm_pick.core.question import Question
    from llm_pick.core.recommend import Assessed


def view(
    found: Inspected, assessed: Sequence[Assessed], asked: Question, catalog: Catalog, *, explain: bool, held: Sequence[Held] = ()
) -> View:
    """Facts, then every quantization it holds against the machine, then doubts."""
    model, best = found.model, assessed[0]
    fits = best.estimate.memory.fits
    word = f"{best.candidate.quantization.name} fits" if fits else "nothing of it fits"
    columns = (Column("quant"), Column("file GiB", right=True), Column("fits"), Column("needs GiB (80 %)", right=True),
               Column("tok/s (80 %)", right=True), Column("score", right=True, optional=1))  # fmt: skip
    table = Table(columns, tuple(_row(item, found) for item in assessed), title=f"On {asked.hardware.label}")
    here = (("on this machine", held_text(held, catalog)),) if held else ()
    remarks = [("warning", printable(text)) for text in (*found.warnings, *_old(found, asked, catalog))]
    unread = [file.label for file in found.files if file.quant is None or not file.complete]
    if unread:
        remarks.append(("left out", f"of no known quantization, or with parts missing: {printable(', '.join(unread))}"))
    remarks += [("assumed", text) for text in asked.assumptions]
    if explain:
        remarks += explanation(best, asked, catalog)
    return View(
        (Table((Column("what"), Column("value", fold=40)), (*_facts(found, asked, catalog), *here)), table),
        headline=f"{printable(model.name)}: {word} on {asked.hardware.label}",
        remarks=tuple(remarks),
    )


def _old(found: Inspected, asked: Question, catalog: Catalog) -> tuple[str, ...]:
    """The files were read now; the device, the licence's reading and a catalog model they belong to were not."""
    known = () if found.evidence_of is None else (found.evidence_of,)
    records = (*asked.hardware.devices, *known, *licences_of((found.model,), catalog))
    return old_sources(records, asked.as_of, catalog)


def _facts(found: Inspected, asked: Question, catalog: Catalog) -> list[tuple[str, str]]:
    model = found.model
    summary = licence_summary(model, asked.profile, catalog)
    facts = [
        ("read from", printable(found.card.origin)),
        ("parameters", size_text(model.params_total, model.params_active)),
        ("kind", model.kind),
        ("context", f"{tokens(model.context_native)} tokens" + (" (assumed)" if model.unknown else "")),
        ("layers", _layers(found)),
        ("licence tag", printable(found.card.license_name or found.card.license_tag or "none")),
        ("commercial use", f"{LICENCE_WORDS[summary['verdict']]} (read as {', '.join((model.license, *model.base_licenses))})"),
    ]
    if found.card.gated:
        facts.append(("access", "gated: the owner wants to know who downloads it"))
    if found.in_catalog is not None:
        facts.append(("in the catalog", f"{found.in_catalog.id}: `llm-pick show {found.in_catalog.id}` knows more"))
    if found.same_weights_as is not None:
        facts.append(("same weights as", f"{found.same_weights_as.id}, whose benchmark rows the score rests on"))
    elif model.base_model is not None:
        facts.append(("made from", f"{model.base_model}; changed since, so its scores do not carry over"))
    if found.results is not None and (found.results.scores or found.results.left_out):
        facts.append(("its own results", _results_text(found.results)))
    return facts


def _results_text(results: ReadResults) -> str:
    said = ", ".join(f"{score.benchmark} {score.score:g}" for score in results.scores)
    left = Counter(why for _, why in results.left_out)
    rest = "; ".join(f"{count} {why}" for why, count in sorted(left.items()))
    used = f"the score rests on what its owner states: {said}" if said else "none that can be used"
    return used + (f" (left out: {rest})" if rest else "")


def _layers(found: Inspected) -> str:
    architecture = found.model.architecture
    if architecture is None:
        return "unknown"
    kinds: dict[str, int] = {}
    for mixer in architecture.mixers:
        name = f"{mixer.kind} within {mixer.window:,} tokens" if mixer.window else mixer.kind
        kinds[name] = kinds.get(name, 0) + mixer.layers
    return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in kinds.items())


def _row(item: Assessed, found: Inspected) -> tuple[str, ...]:
    estimate, id = item.estimate, item.candidate.quantization.id
    size = next((file.bytes for file in found.files if file.quant == id), None)
    return (
        item.candidate.quantization.name,
        gib(size) if size else "unknown",
        "yes" if estimate.memory.fits else "no",
        gib_range(estimate.memory.total_bytes),
        speed_range(estimate.speed.decode_tok_per_s) if estimate.speed else "unknown",
        quality_text(estimate.quality),
    )


def data(
    found: Inspected, assessed: Sequence[Assessed], asked: Question, catalog: Catalog, held: Sequence[Held] = ()
) -> dict[str, Any]:
    """The body of ``llm-pick/inspect@1``: the facts, then the entries of ``fit`` for each quantization."""
    model = found.model
    return {
        "question": json_v1.question(asked),
        "assumptions": list(asked.assumptions),
        "warnings": [*found.warnings, *_old(found, asked, catalog)],
        "origin": found.card.origin,
        "model": json_v1.model(model, catalog) | ({} if found.card.created else {"released": None}),
        "kind": model.kind,
        "context_stated": not model.unknown,
        "in_catalog": found.in_catalog.id if found.in_catalog else None,
        "same_weights_as": found.same_weights_as.id if found.same_weights_as else None,
        "base_model": model.base_model,
        "gated": found.card.gated,
        "local": json_v1.local(model, catalog, {model.id: held}),
        "results": _results(found, catalog),
        "license": {
            "tag": found.card.license_tag,
            "name": found.card.license_name,
            "id": model.license,
            "base_licenses": list(model.base_licenses),
            **licence_summary(model, asked.profile, catalog),
        },
        "files": [
            {"quant": file.quant, "label": file.label, "bytes": file.bytes, "parts": file.parts, "complete": file.complete,
             "path": file.path}
            for file in found.files
        ],
        "fits": [
            {
                "quant": item.candidate.quantization.id,
                "runtime": item.candidate.runtime.id,
                "kv_dtype": item.candidate.kv_dtype,
                "memory": json_v1.memory(item.estimate),
                "fits": item.estimate.memory.fits,
                "speed": json_v1.speed(item.estimate),
                "quality": _quality(item),
            }
            for item in assessed
        ],
    }  # fmt: skip


def _quality(item: Assessed) -> dict[str, Any] | None:
    """As this quantization has it; ``None``: nothing published says how good it is."""
    found = item.estimate.quality
    return None if found is None else json_v1.quality_cell(found) | {"mode": found.mode}


def _results(found: Inspected, catalog: Catalog) -> dict[str, Any] | None:
    """What its repository states of itself; ``None`` where nobody was asked."""
    if found.results is None:
        return None
    return {
        "used": [
            {
                "benchmark": score.benchmark,
                "score": score.score,
                "by": score.by,
                "mode": score.mode,
                "setting": score.setting,
                "date": score.date,
                "source": resolve((score.source,), catalog)[0].url,
            }
            for score in found.results.scores
        ],
        "left_out": [
            {"dataset": result.dataset, "task": result.task, "value": result.value, "why": why}
            for result, why in found.results.left_out
        ],
    }
