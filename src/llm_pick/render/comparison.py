"""``compare`` as tables and as JSON: what differs first, then the facts side by side, the scores, and the evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llm_pick.core.differences import differences, leaders, most_tokens
from llm_pick.core.freshness import licences_of, old_sources
from llm_pick.core.provenance import resolve
from llm_pick.core.rules import RULES
from llm_pick.render import json_v1
from llm_pick.render.answers import LICENCE_WORDS, held_text
from llm_pick.render.envelope import origin
from llm_pick.render.explanation import explanation
from llm_pick.render.text import gib_range, quality_text, size_text, speed_range, tokens
from llm_pick.render.view import Column, Table, View

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llm_pick.core.catalog import Catalog, Score
    from llm_pick.core.compare import Comparison, Contender, Duel, SharedBenchmark
    from llm_pick.core.differences import Difference
    from llm_pick.core.held import Held

_FOLD = 12
_SCORES = "score by task, 0 to 100 (80 % interval); * ahead of one without it, else a tie"
_SHARED_SHOWN = 12
_PHRASES = {
    "fits": "{ahead} fit{s}; {behind} {do} not",
    "licence": "{ahead}: use as asked is granted; {behind}: it is not",
    "context_asked": "{ahead} hold{s} the context asked for; {behind} {do} not",
    "quality": "{ahead} ahead of {behind}",
    "memory": "{ahead} need{s} less than {behind}",
    "decode_speed": "{ahead} faster than {behind}",
    "context": "{ahead} take{s} longer inputs than {behind}",
    "images": "{ahead} see{s} images; {behind} {do} not",
    "tools": "{ahead} call{s} tools; {behind} {do} not",
}
_ABOUT_THE_MODEL = frozenset(rule.id for rule in RULES if rule.about == "model")
_LABELS = {"context_asked": "context", "decode_speed": "speed", "context": "longest input"}


def view(found: Comparison, catalog: Catalog, *, explain: bool, held: Mapping[str, Sequence[Held]] | None = None) -> View:
    """For people."""
    asked = found.question
    where = f" on {asked.hardware.label}" if found.has_machine else ""
    names = " and ".join(c.model.name for c in found.contenders[:2]) if len(found.contenders) == 2 else "models"
    columns = (Column("what"), *(Column(c.model.id, fold=_FOLD) for c in found.contenders))
    tables = [
        Table(
            columns,
            tuple(_fact_rows(found, [held_text((held or {}).get(c.model.id, ()), catalog) for c in found.contenders])),
            beside=True,
        ),
        Table(columns, tuple(_score_rows(found, catalog)), title=_SCORES, beside=True),
        Table(
            _DUEL_COLUMNS, tuple(_duel_row(duel, catalog) for duel in found.duels), title=f"which is better at {asked.task.id}"
        ),
    ]
    if found.shared:
        rows = tuple(_shared_row(item, found.contenders) for item in found.shared[:_SHARED_SHOWN])
        tables.append(
            Table((Column("benchmark", fold=_FOLD), *columns[1:]), rows, title="published results of both or more", beside=True)
        )
    apart = [("differs", _sentence(item)) for item in differences(found, catalog)]
    apart = apart or [("differs", "nothing that is not within what is uncertain about them")]
    details = apart + ([("duel", _duel_sentence(found.duels[0], asked.task.id))] if len(found.duels) == 1 else [])
    remarks = _owed(found)
    if not all(item.same_source for item in found.shared[:_SHARED_SHOWN]):
        remarks.append(("note", "* figures of several sources, whose settings differ (`llm-pick explain benchmarks`)"))
    remarks += [("warning", f"{c.model.id}: {c.missing}") for c in found.contenders if c.missing]
    remarks += [("warning", text) for text in _old(found, catalog)]
    remarks += [("assumed", text) for text in assumptions(found)]
    if explain:
        for c in found.contenders:
            if c.setup is not None:
                remarks += [(label, f"{c.model.id}: {text}") for label, text in explanation(c.setup, asked, catalog)]
    headline = f"{names} compared for {asked.task.id}{where}; first of all, {apart[0][1]}"
    return View(tuple(tables), headline=headline, details=tuple(details), remarks=tuple(remarks))


def _owed(found: Comparison) -> list[tuple[str, str]]:
    """What a licence that grants the use asks for it, or why it does not grant it."""
    out = []
    for c in found.contenders:
        if c.licence["verdict"] != "allowed":
            owed = ", ".join(c.licence["obligations"]) or c.licence["clause"]
            out.append(("licence", f"{c.model.id} ({c.model.license}): {LICENCE_WORDS[c.licence['verdict']]}: {owed}"))
    return out


def assumptions(found: Comparison) -> list[str]:
    """The question's, and without a machine what stands in for one."""
    out = list(found.question.assumptions)
    if not found.has_machine:
        out.append("no machine: memory at the usual quantization, no speed (--hardware or --vram)")
    return out


def _fact_rows(found: Comparison, here: Sequence[str]) -> list[tuple[str, ...]]:
    items = found.contenders
    rows = [
        ("size", *(size_text(c.model.params_total, c.model.params_active) for c in items)),
        ("released", *(c.model.released for c in items)),
        ("quant", *(c.setup.candidate.quantization.name if c.setup else "unknown" for c in items)),
        ("engine", *(c.setup.candidate.runtime.name if c.setup else "unknown" for c in items)),
        (
            f"GiB at {tokens(found.question.context_tokens)}",
            *(gib_range(c.setup.estimate.memory.total_bytes) if c.setup else "unknown" for c in items),
        ),
    ]
    if found.has_machine:
        rows.append(("fits", *(_fits(c, found.question.context_tokens) for c in items)))
        rows.append(("tok/s", *(_speed(c) for c in items)))
        rows.append(("context that fits", *(tokens(c.longest_context) if c.longest_context else "none" for c in items)))
    rows += [
        ("context", *(tokens(most_tokens(c)) for c in items)),
        ("licence", *(c.model.license for c in items)),
        ("use as asked", *(LICENCE_WORDS[c.licence["verdict"]] for c in items)),
        ("API USD/M in", *(_prices(c, "usd_per_m_input") for c in items)),
        ("API USD/M out", *(_prices(c, "usd_per_m_output") for c in items)),
    ]
    if any(here):
        rows.append(("on this machine", *(text or "no" for text in here)))
    return rows


def _fits(contender: Contender, context_tokens: int) -> str:
    if contender.setup is None:
        return "unknown"
    if context_tokens > most_tokens(contender):
        return f"it holds {tokens(most_tokens(contender))} only"
    memory = contender.setup.estimate.memory
    return "yes" if memory.fits else "with system memory" if memory.offloaded_bytes else "no"


def _speed(contender: Contender) -> str:
    speed = contender.setup.estimate.speed if contender.setup else None
    return speed_range(speed.decode_tok_per_s) if speed else "unknown"


def _prices(contender: Contender, field: str) -> str:
    found = sorted(getattr(offer, field) for offer in contender.offers)
    if not found:
        return "no offer known"
    ends = f"{found[0]:g}" if found[0] == found[-1] else f"{found[0]:g}–{found[-1]:g}"
    return f"{ends} ({len(found)} offer{'s' if len(found) > 1 else ''})"


def _score_rows(found: Comparison, catalog: Catalog) -> list[tuple[str, ...]]:
    first = found.question.task.id
    order = [first, *(id for id in sorted(catalog.tasks) if id != first)]
    rows = [(id, *_scores(found, id, catalog)) for id in order]
    modes = [c.quality[first].mode.replace("_", "-") if c.quality[first] else "-" for c in found.contenders]  # type: ignore[union-attr]
    counts = [c.quality[first] for c in found.contenders]
    rows.insert(1, ("  mode", *modes))
    rows.insert(2, ("  rows (independent)", *(f"{q.rows} ({q.independent_rows})" if q else "0" for q in counts)))
    return rows


def _scores(found: Comparison, task: str, catalog: Catalog) -> list[str]:
    """The scores at one task, those that lead marked where somebody is behind."""
    order = leaders(found.contenders, task, catalog)
    ahead = order.ahead if order.behind else ()
    return [quality_text(c.quality[task]) + (" *" if c.model.id in ahead else "") for c in found.contenders]


_DUEL_COLUMNS = (
    Column("A"), Column("B"), Column("A better", right=True), Column("so", optional=1),
    Column("shared benchmarks", right=True, optional=2), Column("A ahead in", right=True, optional=3),
)  # fmt: skip


def ahead(duel: Duel, catalog: Catalog) -> int:
    """Shared benchmarks on which ``a`` has the better published figure."""
    count = 0
    for item in duel.shared:
        ours, theirs = item.rows[duel.a].score, item.rows[duel.b].score
        better, worse = (ours, theirs) if catalog.benchmarks[item.benchmark].higher_is_better else (theirs, ours)
        count += better > worse
    return count


def _duel_row(duel: Duel, catalog: Catalog) -> tuple[str, ...]:
    so = duel.better or ("unknown" if duel.probability is None else "a tie")
    return (duel.a, duel.b, _percent(duel.probability), so, str(len(duel.shared)), str(ahead(duel, catalog)))


def _percent(probability: float | None) -> str:
    if probability is None:
        return "unknown"
    return ">99 %" if probability > 0.99 else "<1 %" if probability < 0.01 else f"{100 * probability:.0f} %"


def _duel_sentence(duel: Duel, task: str) -> str:
    if duel.unknown:
        return f"which is better at {task} is unknown: {duel.unknown}"
    chance = duel.probability or 0.0
    told = f"{duel.better} is better at {task} (probability {_percent(max(chance, 1 - chance))})"
    if duel.better is None:
        told = f"a tie at {task}: the probability that {duel.a} is better is {_percent(chance)}"
    same = sum(item.same_source for item in duel.shared)
    return f"{told}; {len(duel.shared)} shared benchmarks, {same} of them with both figures from one source"


def _shared_row(item: SharedBenchmark, contenders: tuple[Contender, ...]) -> tuple[str, ...]:
    name = item.benchmark + ("" if item.same_source else " *")
    return (name, *(_cell(item.rows.get(c.model.id)) for c in contenders))


def _cell(row: Score | None) -> str:
    return f"{row.score:g} ({row.by}, {row.date})" if row else "-"


def _sentence(item: Difference) -> str:
    one = len(item.ahead) == 1
    text = _PHRASES[item.what].format(
        ahead=", ".join(item.ahead), behind=", ".join(item.behind), s="s" if one else "",
        do="does" if len(item.behind) == 1 else "do",
    )  # fmt: skip
    return f"{_LABELS.get(item.what, item.what)}: {text}"


def data(found: Comparison, catalog: Catalog, held: Mapping[str, Sequence[Held]] | None = None) -> dict[str, Any]:
    """The body of ``compare --json``."""
    asked = json_v1.question(found.question)
    if not found.has_machine:
        asked |= {"hardware": None, "devices": []}
    return {
        "question": {"models": [c.model.id for c in found.contenders], **asked},
        "assumptions": assumptions(found),
        "warnings": [*(f"{c.model.id}: {c.missing}" for c in found.contenders if c.missing), *_old(found, catalog)],
        "task": found.question.task.id,
        "differences": [
            {"what": d.what, "ahead": list(d.ahead), "behind": list(d.behind), "sentence": _sentence(d)}
            for d in differences(found, catalog)
        ],
        "tasks": [_task(id, found, catalog) for id in sorted(catalog.tasks)],
        "models": [_model(c, found, catalog) | {"local": json_v1.local(c.model, catalog, held or {})} for c in found.contenders],
        "comparisons": [_duel(duel, catalog) for duel in found.duels],
    }


def _task(task: str, found: Comparison, catalog: Catalog) -> dict[str, Any]:
    """Who leads at a task, ties included, and who is behind."""
    order = leaders(found.contenders, task, catalog)
    known = {*order.ahead, *order.behind}
    unknown = [c.model.id for c in found.contenders if c.model.id not in known]
    return {"task": task, "ahead": list(order.ahead), "behind": list(order.behind), "unknown": unknown}


def _model(contender: Contender, found: Comparison, catalog: Catalog) -> dict[str, Any]:
    model, setup = contender.model, contender.setup
    out: dict[str, Any] = {"model": json_v1.model(model, catalog) | {"context_extended": model.context_extended}}
    if setup is None:
        out |= {"quant": None, "runtime": None, "memory": None, "fits": None, "speed": None, "unknown": contender.missing}
    else:
        here = found.has_machine
        out |= {
            "quant": setup.candidate.quantization.id,
            "artifact": json_v1.artifact(setup),
            "runtime": setup.candidate.runtime.id,
            "backend": setup.candidate.backend,
            "kv_dtype": setup.candidate.kv_dtype,
            "memory": json_v1.memory(setup.estimate) | ({} if here else {"budget_bytes": None}),
            "fits": setup.estimate.memory.fits if here else None,
            "speed": json_v1.speed(setup.estimate) if here else None,
            "verdicts": [json_v1.verdict(v, catalog) for v in setup.verdicts if here or v.rule in _ABOUT_THE_MODEL],
        }
        if not here:
            out["unknown"] = "no machine named"
    return out | {
        "max_context": contender.longest_context,
        "quality": {
            task: json_v1.quality_cell(quality) | {"mode": quality.mode}
            for task, quality in contender.quality.items() if quality is not None
        },
        "license": contender.licence,
        "offers": [
            {"id": o.id, "provider": o.provider, "usd_per_m_input": o.usd_per_m_input, "usd_per_m_output": o.usd_per_m_output,
             "usd_per_m_cached_input": o.usd_per_m_cached_input, "date": o.date, "source": _url(o.source, catalog)}
            for o in contender.offers
        ],
    }  # fmt: skip


def _duel(duel: Duel, catalog: Catalog) -> dict[str, Any]:
    return {
        "a": duel.a,
        "b": duel.b,
        "probability_a_better": None if duel.probability is None else round(duel.probability, 3),
        "unknown": duel.unknown,
        "better": duel.better,
        "a_ahead_in": ahead(duel, catalog),
        "shared_benchmarks": [
            {
                "benchmark": item.benchmark,
                "group": catalog.benchmarks[item.benchmark].task_group,
                "same_source": item.same_source,
                "a": _result(item.rows[duel.a], catalog),
                "b": _result(item.rows[duel.b], catalog),
            }
            for item in duel.shared
        ],
    }


def _result(row: Score, catalog: Catalog) -> dict[str, Any]:
    return {"score": row.score, "by": row.by, "date": row.date, "mode": row.mode, "setting": row.setting,
            "source": _url(row.source, catalog), **origin("scores", row.key, catalog)}  # fmt: skip


def _url(source: str, catalog: Catalog) -> str:
    refs = resolve((source,), catalog)
    return refs[0].url if refs else source


def _old(found: Comparison, catalog: Catalog) -> tuple[str, ...]:
    """What the comparison rests on and was read too long ago; a machine only where one was asked about."""
    asked, models = found.question, [c.model for c in found.contenders]
    devices = asked.hardware.devices if found.has_machine else ()
    return old_sources((*devices, *models, *licences_of(models, catalog)), asked.as_of, catalog)
