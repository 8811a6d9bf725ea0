"""The Python API: the commands' answers as typed objects. Nothing is printed; the engine is the commands' own.

Quantities and errors are those of the commands: ``QuestionError`` for a wrong question (with a ``hint``),
``NetworkError`` where ``inspect`` gets no answer. ``as_dict`` turns any answer into what ``--json`` prints.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from llm_pick.core.ask import build_question
from llm_pick.core.cost.answer import Answer as BreakevenAnswer
from llm_pick.core.cost.answer import answer as _breakeven
from llm_pick.core.cost.asked import Asked
from llm_pick.core.cost.plan import plan
from llm_pick.core.errors import NetworkError, NoPlanError, QuestionError
from llm_pick.core.fitting import FitAnswer, fit_asked, machines_of, question_about
from llm_pick.core.ladders import LadderAnswer, ladder_here
from llm_pick.core.licensing.answer import LicenseAnswer, license_answer
from llm_pick.core.lookup import find_model
from llm_pick.core.places import FitsOnAnswer, fit_everywhere
from llm_pick.core.recommend import Recommendation
from llm_pick.core.recommend import recommend as _recommend
from llm_pick.core.upgrades import UpgradeAnswer, compare_machines
from llm_pick.io.store import load_catalog
from llm_pick.io.this_machine import models_here, with_this_machine
from llm_pick.render import breakeven_json, json_v1, licence_json, places, upgrade
from llm_pick.render.envelope import envelope
from llm_pick.render.ladder import data as ladder_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llm_pick.core.catalog import Catalog
    from llm_pick.io.inspect.answer import InspectAnswer

    FitAnswers = FitAnswer | FitsOnAnswer | UpgradeAnswer | LadderAnswer
    Answer = Recommendation | FitAnswers | LicenseAnswer | BreakevenAnswer | InspectAnswer
    Number = int | float

__all__ = [
    "BreakevenAnswer",
    "FitAnswer",
    "FitsOnAnswer",
    "LadderAnswer",
    "LicenseAnswer",
    "NetworkError",
    "NoPlanError",
    "QuestionError",
    "Recommendation",
    "UpgradeAnswer",
    "as_dict",
    "breakeven",
    "catalog",
    "fit",
    "inspect",
    "license",
    "recommend",
]


@lru_cache(maxsize=1)
def catalog() -> Catalog:
    """The compiled catalog of the package, read once. ``CatalogError`` when it is missing or damaged."""
    return load_catalog()


def recommend(
    *,
    hardware: str | Sequence[str] = (),
    vram: str | Number | Sequence[str | Number] = (),
    ram: Number | None = None,
    reserve: Number = 0,
    task: str | None = None,
    context: str | int | None = None,
    users: int = 1,
    quant: str | None = None,
    kv_dtype: str | None = None,
    runtime: str | None = None,
    reasoning: str = "auto",
    license: str | Sequence[str] = (),
    profile: Mapping[str, Any] | None = None,
    min_tps: float | None = None,
    max_ttft: float | None = None,
    prefer: str = "balanced",
    req_per_day: float | None = None,
    tokens_in: float | None = None,
    tokens_out: float | None = None,
    cached: float | None = None,
    peak_factor: float | None = None,
    top: int = 5,
    as_of: str | None = None,
) -> Recommendation:
    """Which open model to run: ``picks`` in order, ``near_misses``, and which rule excluded how many.

    The arguments are the options of ``llm-pick recommend``; sizes in GB as marketed, ``max_ttft`` in seconds. Without
    ``hardware`` and ``vram`` it answers for this machine.
    """
    asked = {
        **_machine(hardware, vram, ram, reserve), "task": task, "context": context, "users": users, "quant": quant,
        "kv_dtype": kv_dtype, "runtime": runtime, "reasoning": reasoning, "license": _several(license), "profile": profile,
        "min_tps": min_tps, "max_ttft": max_ttft, "prefer": prefer, "top": top, "as_of": as_of,
        "traffic": {"req_per_day": req_per_day, "tokens_in": tokens_in, "tokens_out": tokens_out, "cached": cached,
                    "peak_factor": peak_factor},
    }  # fmt: skip
    known = catalog()
    return _recommend(build_question(known, **with_this_machine(asked, known, default=True)), known)


def fit(
    model: str,
    *,
    hardware: str | Sequence[str] = (),
    vram: str | Number | Sequence[str | Number] = (),
    ram: Number | None = None,
    reserve: Number = 0,
    task: str | None = None,
    context: str | int | None = None,
    users: int = 1,
    quant: str | None = None,
    kv_dtype: str | None = None,
    runtime: str | None = None,
    reasoning: str = "auto",
    min_tps: float | None = None,
    max_ttft: float | None = None,
    ladder: str | None = None,
    top: int = 10,
    as_of: str | None = None,
) -> FitAnswer | FitsOnAnswer | UpgradeAnswer | LadderAnswer:
    """Whether ``model`` runs on the hardware, in how much memory, how fast; without hardware, where it does and at what price.

    Several machines are compared with the first; ``"2x rtx-3090 + rtx-4090"`` is one machine. ``ladder`` is ``quants``,
    ``contexts`` or ``users``, on one machine.
    """
    asked = {
        **_machine(hardware, vram, ram, reserve), "task": task, "context": context, "users": users, "quant": quant,
        "kv_dtype": kv_dtype, "runtime": runtime, "reasoning": reasoning, "license": ("any",), "min_tps": min_tps,
        "max_ttft": max_ttft, "top": top, "as_of": as_of,
    }  # fmt: skip
    known = catalog()
    found = find_model(model, known)
    machines = machines_of(asked)
    if ladder is not None and len(machines) != 1:
        raise QuestionError("a ladder is climbed on one machine", "name one, as hardware or vram")
    if not machines:
        return fit_everywhere(found, asked, known)
    questions = [
        question_about(found, with_this_machine({**asked, **machine}, known, default=False), known) for machine in machines
    ]
    if len(questions) > 1:
        return compare_machines(found, questions, known)
    return fit_asked(found, questions[0], known) if ladder is None else ladder_here(ladder, found, questions[0], known)


def license(name: str, *, as_of: str | None = None, **profile: Any) -> LicenseAnswer:  # noqa: ANN401 - checked by the profile
    """What the licence of a model, family or licence id says; with profile fields, the verdict for that use.

    ``profile`` takes the fields of ``docs/method/licence.md``: ``use``, ``mau``, ``region``, ``saas``, …
    """
    return license_answer(name, profile, as_of, catalog())


def breakeven(
    *,
    req_per_day: float,
    tokens_in: float | None = None,
    tokens_out: float | None = None,
    cached: float | None = None,
    peak_factor: float | None = None,
    hours_per_day: float | None = None,
    mix: str | None = None,
    task: str | None = None,
    model: str | None = None,
    api: str | None = None,
    hardware: str | Sequence[str] = (),
    quant: str | None = None,
    kv_dtype: str | None = None,
    runtime: str | None = None,
    provider: str | None = None,
    pricing: str | None = None,
    usd_per_gpu_hour: float | None = None,
    redundancy: int | None = None,
    staff_usd_per_month: float | None = None,
    eur_usd: float | None = None,
    capex_usd_per_gpu: float | None = None,
    usd_per_kwh: float | None = None,
    migration_usd: float | None = None,
    output_multiplier: float | None = None,
    retries: float | None = None,
    batch_share: float | None = None,
    api_minimum_usd: float | None = None,
    data_residency: str | None = None,
    min_tps: float | None = None,
    max_ttft: float | None = None,
    license: str | Sequence[str] = (),
    profile: Mapping[str, Any] | None = None,
    as_of: str | None = None,
) -> BreakevenAnswer:
    """At which traffic self-hosting costs less than the API, and how sure that is. Arguments as ``llm-pick breakeven``.

    Money is in US dollars. Raises ``NoPlanError`` where nothing serves the traffic as asked.
    """
    known = catalog()
    asked = Asked(
        req_per_day=req_per_day, tokens_in=tokens_in, tokens_out=tokens_out, cached=cached, peak_factor=peak_factor,
        hours_per_day=hours_per_day, mix=mix, task=task, model=model, api=api, hardware=_several(hardware), quant=quant,
        kv_dtype=kv_dtype, runtime=runtime, provider=provider, pricing=pricing, usd_per_gpu_hour=usd_per_gpu_hour,
        redundancy=redundancy, staff_usd_per_month=staff_usd_per_month, eur_usd=eur_usd, capex_usd_per_gpu=capex_usd_per_gpu,
        usd_per_kwh=usd_per_kwh, migration_usd=migration_usd, output_multiplier=output_multiplier, retries=retries,
        batch_share=batch_share, api_minimum_usd=api_minimum_usd, data_residency=data_residency, min_tps=min_tps,
        max_ttft=max_ttft, license=_several(license), profile=profile or {}, as_of=as_of,
    )  # fmt: skip
    return _breakeven(plan(asked, known), known)


def inspect(
    name: str,
    *,
    hardware: str | Sequence[str] = (),
    vram: str | Number | Sequence[str | Number] = (),
    ram: Number | None = None,
    reserve: Number = 0,
    task: str | None = None,
    context: str | int | None = None,
    users: int = 1,
    quant: str | None = None,
    kv_dtype: str | None = None,
    runtime: str | None = None,
    as_of: str | None = None,
) -> InspectAnswer:
    """Facts and fit of a repository or local file that need not be in the catalog. Reads headers, over the network if need be."""
    from llm_pick.io.inspect.answer import inspect_answer  # noqa: PLC0415 - brings libraries the other answers never need

    asked = {
        **_machine(hardware, vram, ram, reserve), "task": task, "context": context, "users": users, "quant": quant,
        "kv_dtype": kv_dtype, "runtime": runtime, "license": ("any",), "as_of": as_of,
    }  # fmt: skip
    known = catalog()
    return inspect_answer(name, with_this_machine(asked, known, default=True), known, lambda _: None)


def as_dict(answer: Answer) -> dict[str, Any]:
    """The object that the command prints with ``--json``, key for key."""
    known = catalog()
    if isinstance(answer, Recommendation):
        return envelope("recommend", known, json_v1.recommendation(answer, known, models_here(known)))
    if isinstance(answer, FitAnswer):
        return envelope("fit", known, json_v1.fit(answer, known, models_here(known)))
    if isinstance(answer, FitsOnAnswer):
        return envelope("fit", known, places.where_data(answer, known, models_here(known)))
    if isinstance(answer, UpgradeAnswer):
        return envelope("fit", known, upgrade.data(answer, known, models_here(known)))
    if isinstance(answer, LadderAnswer):
        return envelope("fit", known, ladder_json(answer, known))
    if isinstance(answer, LicenseAnswer):
        body = licence_json.answer(answer.target, answer.profile, answer.verdicts, known, answer.day)
        return envelope("license", known, body)
    if isinstance(answer, BreakevenAnswer):
        return envelope("breakeven", known, breakeven_json.body(answer, known))
    from llm_pick.render import inspection  # noqa: PLC0415 - only for inspected models

    return envelope(
        "inspect", known, inspection.data(answer.found, answer.assessed, answer.question, answer.catalog, answer.held)
    )


def _machine(
    hardware: str | Sequence[str], vram: str | Number | Sequence[str | Number], ram: Number | None, reserve: Number
) -> dict[str, Any]:
    sizes = (vram,) if isinstance(vram, str | int | float) else vram
    return {
        "hardware": _several(hardware),
        "vram": tuple(str(size) for size in sizes),
        "ram_gb": None if ram is None else float(ram),
        "reserve_gb": float(reserve),
    }


def _several(names: str | Sequence[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)
