"""What documents add to any answer: the question in words, duties of licences, evidence and prices with their addresses."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from llm_pick.core.licensing.findings import CONDITIONS, PERMISSION, UNREAD
from llm_pick.core.licensing.subject import subject_of_model
from llm_pick.core.licensing.verdict import judge_model
from llm_pick.core.offers import offers_of
from llm_pick.core.provenance import resolve
from llm_pick.core.quality.task_score import evidence_for
from llm_pick.render.answers import LICENCE_WORDS
from llm_pick.render.money import usd
from llm_pick.render.text import tokens
from llm_pick.render.view import Column, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from llm_pick.core.catalog import Catalog, Model, Task
    from llm_pick.core.licensing.profile import Profile
    from llm_pick.core.question import Hardware, Question

ROWS_EACH = 5
"""Benchmark results shown for a model."""
_OWES = {CONDITIONS, PERMISSION, UNREAD, "forbidden"}


def question_of(asked: Question, *, licence: bool = True) -> tuple[tuple[str, str], ...]:
    """Everything that was asked, defaults filled in; ``licence``: whether licences were part of it."""
    users = f", {asked.users} at the same time" if asked.users > 1 else ""
    rows = [
        ("task", asked.task.name),
        ("hardware", machine_of(asked.hardware)),
        ("context", f"{tokens(asked.context_tokens)} tokens{users}"),
    ]
    if asked.hardware.ram_bytes is not None and not asked.hardware.is_cpu:
        rows.append(("system memory", f"{asked.hardware.ram_bytes / 1024**3:g} GiB may hold part of the model"))
    if asked.hardware.reserve_bytes:
        rows.append(("left free", f"{asked.hardware.reserve_bytes / 1024**3:g} GiB of each device"))
    fixed = [record.name for record in (asked.quantization, asked.runtime) if record is not None]
    fixed += [f"{asked.kv_dtype} cache"] if asked.kv_dtype else []
    if fixed:
        rows.append(("fixed", ", ".join(fixed)))
    level = [f"{asked.min_tok_per_s:g} tokens a second each"] if asked.min_tok_per_s else []
    level += [f"first token within {asked.max_ttft_s:g} s"] if asked.max_ttft_s else []
    if level:
        rows.append(("service level", ", ".join(level)))
    if asked.workload is not None:
        work = asked.workload
        rows.append(
            (
                "traffic",
                f"{work.req_per_day:,.0f} requests a day, {work.input_tokens:,.0f} tokens in, {work.output_tokens:,.0f} out",
            )
        )
    if licence:
        rows.append(("licence", ", ".join(asked.license_policies)))
        rows.append(("use", use_of(asked.profile)))
        rows.append(("preference", asked.preferences.name))
    return (*rows, ("as of", asked.as_of))


def machine_of(hardware: Hardware) -> str:
    """The machine in words for somebody who did not type the options."""
    if not hardware.stand_ins:
        return hardware.label.replace('"', "")
    sizes = Counter(f"{device.memory_gib:g} GB" for device in hardware.devices)
    return "any accelerator of " + " and ".join(size if n == 1 else f"{n} x {size}" for size, n in sizes.items())


def use_of(profile: Profile) -> str:
    """The licence profile in one line."""
    stated = profile.stated()
    said = [f"{name.replace('_', ' ')} {'yes' if value is True else 'no' if value is False else value}"
            for name, value in stated.items() if name != "use"]  # fmt: skip
    return ", ".join([str(stated.get("use", "commercial")), *said])


def duties(models: Iterable[Model], profile: Profile, catalog: Catalog) -> Table:
    """One row for every duty of every model under the profile, with its clause and the text."""
    columns = (Column("model"), Column("use as asked"), Column("owed", fold=30), Column("clause"), Column("text"))
    rows = []
    for model in models:
        verdict = judge_model(model, profile, catalog)
        word = LICENCE_WORDS[verdict.verdict]
        found = [finding for finding in verdict.findings if finding.verdict in _OWES]
        if not found:
            first = subject_of_model(model, catalog).licences[0]
            rows.append((model.id, word, "nothing for this use", first.name, first.text_url))
        rows += [
            (model.id, word, finding.text, f"{catalog.licenses[finding.license].name}, {finding.clause}", finding.source)
            for finding in found
        ]
    return Table(columns, tuple(rows), title="Licence duties")


def evidence(models: Sequence[tuple[Model, str]], task: Task, catalog: Catalog) -> Table:
    """Published benchmark results behind the scores, of each (model, mode) those that count most."""
    columns = (Column("model"), Column("benchmark"), Column("score", right=True), Column("setting"), Column("by"), Column("date"),
               Column("source"))  # fmt: skip
    rows = []
    for model, mode in models:
        for score in evidence_for(model.id, task, mode, catalog)[:ROWS_EACH]:
            source = next(iter(resolve((score.source,), catalog)), None)
            where = source.url if source is not None else score.source
            rows.append((model.id, catalog.benchmarks[score.benchmark].name, f"{score.score:g}", score.setting or "",
                         score.by, score.date, where))  # fmt: skip
    return Table(columns, tuple(rows), title=f"Evidence: published results, at most {ROWS_EACH} a model")


def weights(models: Iterable[Model]) -> Table:
    """Where the makers publish the weights."""
    columns = (Column("model"), Column("maker"), Column("released"), Column("licence"), Column("repository"))
    rows = tuple(
        (model.id, model.vendor, model.released, " + ".join((model.license, *model.base_licenses)),
         f"https://huggingface.co/{model.hf_repo}" if model.hf_repo else "none")
        for model in models
    )  # fmt: skip
    return Table(columns, rows, title="The models" if len(rows) > 1 else "The model")


def api_prices(models: Iterable[Model], asked: Question, catalog: Catalog) -> Table | None:
    """What the same models cost behind an API, the cheapest offer of each; ``None`` where nobody offers one."""
    rows = []
    for model in models:
        offers = [offer for offer in offers_of(model, catalog, asked.as_of) if not offer.free]
        if offers:
            source = next(iter(resolve((offers[0].source,), catalog)), None)
            rows.append((model.id, offers[0].id.partition("@")[0], _price(offers[0].usd_per_m_input),
                         _price(offers[0].usd_per_m_output), str(len(offers)), offers[0].date,
                         source.url if source else offers[0].source))  # fmt: skip
    columns = (Column("model"), Column("cheapest API offer"), Column("USD per M in", right=True),
               Column("USD per M out", right=True), Column("offers", right=True), Column("date"), Column("source"))  # fmt: skip
    return Table(columns, tuple(rows), title="Costs: the same models behind an API") if rows else None


def machine_price(asked: Question) -> tuple[tuple[str, str], ...]:
    """What the named devices cost when they came out, where that is known."""
    devices = asked.hardware.devices
    if asked.hardware.stand_ins or any(device.launch_price_usd is None for device in devices):
        return ()
    total = sum(device.launch_price_usd or 0.0 for device in devices)
    return (("hardware price", f"{usd(total)} at launch, {'each device new' if len(devices) > 1 else 'new'}"),)


def _price(value: float | None) -> str:
    return "unknown" if value is None else f"{value:g}"
