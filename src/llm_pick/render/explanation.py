"""``--explain``: what went in, by which formula, on whose word, and how to check it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.estimate.weights import published_sizes
from llm_pick.core.flip import PARTS, flip
from llm_pick.core.provenance import resolve, sources_of
from llm_pick.core.quality.task_score import evidence_for
from llm_pick.render.memory_explanation import check_lines, memory_lines
from llm_pick.render.speed_explanation import speed_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llm_pick.core.catalog import Catalog, Model, Quantization
    from llm_pick.core.question import Question
    from llm_pick.core.rank import Ranked
    from llm_pick.core.recommend import Assessed

EVIDENCE_SHOWN = 6
EVIDENCE_OF_OTHERS = 2


def explanation(item: Assessed, asked: Question, catalog: Catalog) -> list[tuple[str, str]]:
    """Labelled lines: formulas with numbers, rules, evidence, sources, and a command that checks."""
    candidate, estimate = item.candidate, item.estimate
    model, speed = candidate.model, estimate.speed
    lines = memory_lines(item, asked, catalog)
    lines.append(("weights", weights_line(model, candidate.quantization, catalog)))
    if speed:
        lines += speed_lines(item, speed, asked, catalog)
    lines += [("rule", f"{verdict.rule}: {verdict.outcome}: {verdict.sentence}") for verdict in item.verdicts]
    lines += evidence_lines(item, asked, catalog, EVIDENCE_SHOWN)
    for field in ("architecture", "license", "context_native"):
        for source in resolve(sources_of(model, field), catalog)[:1]:
            lines.append(("source", f"{field}: {source} {source.url}"))
    for device in {device.id: device for device in asked.hardware.devices}.values():
        for source in resolve(sources_of(device, "bandwidth_gb_per_s"), catalog)[:1]:
            lines.append(("source", f"{device.id} bandwidth {device.bandwidth_gb_per_s:g} GB/s: {source} {source.url}"))
    return lines + check_lines(item, asked, catalog)


def explanations(named: Sequence[tuple[str, Assessed, Question]], catalog: Catalog) -> list[tuple[str, str]]:
    """Several machines: of each the formulas with its numbers, after that what is the same on all of them."""
    if len(named) < 2:
        return [line for _, item, asked in named for line in explanation(item, asked, catalog)]
    lines = []
    for name, item, asked in named:
        speed = item.estimate.speed
        found = memory_lines(item, asked, catalog) + (speed_lines(item, speed, asked, catalog) if speed else [])
        lines += [(label, text if label.startswith("check") else f"{name}: {text}") for label, text in found]
    _, first, asked = named[0]
    return list(dict.fromkeys(lines)) + evidence_lines(first, asked, catalog, EVIDENCE_SHOWN)


def weights_line(model: Model, quantization: Quantization, catalog: Catalog) -> str:
    """Whether the size of the weights was printed somewhere or is computed, and from what."""
    published = published_sizes(model, quantization, catalog)
    if not published:
        spread = " to ".join(f"{share:g}" for share in quantization.size_spread)
        return f"computed: every tensor in the type {quantization.name} gives it; published files are {spread} of that"
    item = published[0]
    where = next((f", {source.url}" for source in resolve((item.source,), catalog)), "")
    counted = "file" if item.what == "file" else "its tensors"
    others = f" and {len(published) - 1} more" if len(published) > 1 else ""
    return f"published, not computed: {item.bytes:,} bytes ({counted}, {item.repo}{where}){others}"


def evidence_lines(item: Assessed, asked: Question, catalog: Catalog, most: int) -> list[tuple[str, str]]:
    """The published results that bear most on the task, each with who measured it, when and where."""
    quality, model = item.estimate.quality, item.candidate.model
    lines = []
    for row in evidence_for(model.id, asked.task, quality.mode, catalog)[:most] if quality else ():
        refs = resolve((row.source,), catalog)
        where = refs[0].url if refs else row.source
        lines.append(("evidence", f"{model.id}: {row.benchmark} {row.score:g} ({row.by}, {row.date}) {where}"))
    return lines or [("evidence", f"{model.id}: none published for {asked.task.id}")]


def order_lines(picks: Sequence[Ranked], asked: Question, catalog: Catalog) -> list[tuple[str, str]]:
    """The evidence of every further pick, the runner-up, and what would put it first."""
    lines = [line for ranked in picks[1:] for line in evidence_lines(ranked.assessed, asked, catalog, EVIDENCE_OF_OTHERS)]
    if len(picks) < 2:
        return lines
    first, second = picks[:2]
    found = flip(first, second, asked.preferences)
    parts = ", ".join(
        f"{part} {second.parts[part]:.2f} against {first.parts[part]:.2f} (weight {weight:.2f})"
        for part in PARTS
        if (weight := getattr(asked.preferences, part))
    )
    lines.append(("runner-up", f"{found.runner_up}, score {second.score:.3f} against {first.score:.3f}: {parts}"))
    if found.by_evidence:
        lines.append(("would flip", f"more published results of {found.runner_up}: models with few rank after all others"))
    for turn in found.turns:
        side = "above" if turn.at > turn.now else "below"
        lines.append(("would flip", f"a {turn.part} weight {side} {turn.at:.2f} (now {turn.now:.2f}; --prefer sets it)"))
    if found.quality_points is not None:
        lines.append(("would flip", f"{found.quality_points:.1f} points more quality of {found.runner_up}, all else equal"))
    return lines
