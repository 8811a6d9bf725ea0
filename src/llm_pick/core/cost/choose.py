"""Which model, in which form, on which devices: what the user named, else the cheapest of the same quality."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from llm_pick.core.ask import build_question
from llm_pick.core.cost.deployment import Deployment, capacity_of, deploy, level_of
from llm_pick.core.cost.gpu_hours import current_sellers, gpu_hour
from llm_pick.core.errors import NoPlanError, QuestionError
from llm_pick.core.estimate.capacity import NoCapacity
from llm_pick.core.lookup import find_model
from llm_pick.core.quality.task_score import rows_in_any_mode
from llm_pick.core.recommend import fit, recommend
from llm_pick.core.record import replace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llm_pick.core.catalog import Catalog, Device, GpuPrice, Model
    from llm_pick.core.cost.asked import Asked
    from llm_pick.core.cost.workload import Workload
    from llm_pick.core.estimate.capacity import ServiceLevel
    from llm_pick.core.question import Question
    from llm_pick.core.recommend import Assessed

GROUPS = (1, 2, 4, 8)
"""Devices of one replica that are tried where the user names none."""
SERVER_CLASSES = ("datacentre-gpu", "workstation-gpu")
"""Devices chosen unasked: consumer cards are cheaper, but their maker's terms and their sellers are not for production."""
MOST_GROUP = 64
TRIED = 12
"""Models whose capacity is compared where the user names none."""
SERVED_BY = "vllm"
PLAIN = "non_thinking"
MADE_ON_LOAD = ("fp8",)
"""Forms that serving engines make from the maker's weights while they load them; others need a file that exists."""
SERVING_BACKENDS = ("cuda", "rocm")


def question_for(
    asked: Asked, task: str, hardware: Sequence[str], workload: Workload, catalog: Catalog, **more: object
) -> Question:
    """The same question ``recommend`` and ``fit`` would get: one request of several times the mean length must fit."""
    values: dict[str, object] = {
        "hardware": hardware,
        "task": task,
        "context": context_of(workload, catalog),
        "users": 2,
        "quant": asked.quant,
        "kv_dtype": asked.kv_dtype,
        "license": asked.license,
        "profile": asked.profile,
        "as_of": asked.as_of,
        "runtime": asked.runtime,
        **more,
    }
    question = build_question(catalog, **values)  # type: ignore[arg-type]
    first = question.hardware.devices[0].backends
    if asked.runtime is None and any(backend in first for backend in SERVING_BACKENDS):
        return replace(question, runtime=catalog.runtimes[SERVED_BY])
    return question


def context_of(workload: Workload, catalog: Catalog) -> int:
    """Tokens one sequence may need: several times the mean request, in whole 1024s."""
    longest = catalog.parameter("traffic.longest_over_mean")
    return math.ceil(longest * (workload.input_tokens + workload.output_tokens) / 1024) * 1024


def place_model(
    model: Model, asked: Asked, task: str, hardware: Sequence[str], workload: Workload, catalog: Catalog
) -> tuple[Assessed, tuple[Device, ...]]:
    """The best form of the model on this hardware; ``NoPlanError`` where none fits, saying how many devices would do."""
    question = question_for(asked, task, hardware, workload, catalog, license=("any",))
    if model.reasoning == "switchable":
        question = replace(question, mode=PLAIN)  # its tokens are those of the answer, as at the API
    most = max(model.context_native, model.context_extended or 0)
    need = math.ceil(workload.input_tokens + workload.output_tokens)
    if need > most:
        raise QuestionError(f"{model.id} holds {most:,} tokens, a mean request has {need:,}", "shorter requests: --tokens-in")
    question = replace(question, context_tokens=max(need, min(question.context_tokens, most)))
    forms = fit(model, question, catalog)
    devices = question.hardware.devices
    fitting = [item for item in forms if item.estimate.memory.fits]
    if fitting:
        real = [item for item in fitting if to_be_had(item)] or fitting
        return _busiest(real, devices, workload, level_of(asked, task, catalog), catalog), devices
    enough = _enough(model, devices, question, catalog)
    name = devices[0].id
    hint = (
        f'{enough}x {name} would hold it: `--hardware "{enough}x {name}"`'
        if enough
        else f"no number of {name} up to {MOST_GROUP} holds it"
    )
    raise NoPlanError(f"{model.id} does not fit on {question.hardware.label}", hint, "memory")


def to_be_had(item: Assessed) -> bool:
    """Whether its file exists, or the engine makes it from one that does."""
    return item.candidate.published or item.candidate.quantization.id in MADE_ON_LOAD


def _busiest(
    forms: Sequence[Assessed], devices: tuple[Device, ...], workload: Workload, level: ServiceLevel, catalog: Catalog
) -> Assessed:
    """Of the forms that lose next to no quality the one a replica serves most requests of; the first of equals."""
    scores = [q.score.likely if (q := item.estimate.quality) else 0.0 for item in forms]
    least = max(scores) - catalog.parameter("cost.quantization_loss")
    best, most = forms[0], -1.0
    for item, score in zip(forms, scores, strict=True):
        if score < least:
            continue
        found = capacity_of(item, devices, workload, level, catalog)
        rate = 0.0 if isinstance(found, NoCapacity) else found.req_per_s.likely
        if rate > most:
            best, most = item, rate
    return best


def _enough(model: Model, devices: tuple[Device, ...], question: Question, catalog: Catalog) -> int | None:
    count = len(devices)
    while count <= MOST_GROUP:
        count += 1 if count & (count - 1) else count
        hardware = replace(question.hardware, devices=(devices[0],) * count)
        if fit(model, replace(question, hardware=hardware), catalog)[0].estimate.memory.fits:
            return count
    return None


def choose_model(
    asked: Asked, task: str, hardware: Sequence[str], workload: Workload, least_quality: float | None, catalog: Catalog
) -> tuple[Model, float | None]:
    """(model, its score at the task): of those good enough for the work, the one a replica serves most requests of.

    Good enough is ``least_quality``, or a little below the best that fits. ``NoPlanError`` where nothing fits at all.
    """
    question = question_for(asked, task, hardware, workload, catalog, license=asked.license, top=1000)
    scored = _scored(replace(question, mode=PLAIN), catalog) or _scored(question, catalog)
    if not scored:
        raise NoPlanError(
            f"no open model fits on {question.hardware.label} under these terms",
            "more or larger devices (--hardware), or other licence terms (--license)",
            "model",
        )
    best = max(score for _, score in scored)
    least = min(best, least_quality) if least_quality is not None else best - catalog.parameter("cost.quality_margin")
    level, devices = level_of(asked, task, catalog), question.hardware.devices
    good = [(item, score) for item, score in scored if score >= least and item.candidate.model.reasoning != "always"]
    good = good or [(item, score) for item, score in scored if score >= least]
    enough = catalog.parameter("cost.least_evidence_rows")
    checked = [found for found in good if rows_in_any_mode(found[0].candidate.model.id, catalog) >= enough]
    good = checked or good
    good.sort(key=lambda found: (found[0].candidate.model.params_active, found[0].candidate.key))
    rates = []
    for item, score in good[:TRIED]:
        found = capacity_of(item, devices, workload, level, catalog)
        if not isinstance(found, NoCapacity):
            rates.append((-found.req_per_s.likely, -score, item.candidate.model.id))
    if not rates:
        raise NoPlanError(
            f"no model of this quality meets the service level on {question.hardware.label}",
            "lower --min-tps or raise --max-ttft, or more or faster devices (--hardware)",
            "itl",
        )
    _, score, model_id = min(rates)
    return catalog.models[model_id], -score


def _scored(question: Question, catalog: Catalog) -> list[tuple[Assessed, float]]:
    picks = [r.assessed for r in recommend(question, catalog).picks if r.evidence_tier]
    return [(item, quality.score.likely) for item in picks if (quality := item.estimate.quality)]


def choose_devices(
    model: Model, asked: Asked, task: str, workload: Workload, rows: Mapping[str, Sequence[GpuPrice]], catalog: Catalog
) -> Deployment:
    """Of all devices on sale the group whose replicas carry this traffic for the least money, in the model's best form."""
    found: list[tuple[float, str, Deployment]] = []
    most = max((current_sellers(group, asked, catalog) for group in rows.values()), default=0)
    enough = catalog.parameter("cost.least_sellers")
    least_sellers = enough if most >= enough else min(most, 1)
    level = level_of(asked, task, catalog)
    refused: NoPlanError | None = None
    wrong: QuestionError | None = None
    for device_id in sorted(rows):
        if catalog.devices[device_id].device_class not in SERVER_CLASSES:
            continue
        if current_sellers(rows[device_id], asked, catalog) < least_sellers:
            continue
        tried = 0
        for gpus in GROUPS:
            try:
                assessed, devices = place_model(model, asked, task, (f"{gpus}x {device_id}",), workload, catalog)
            except NoPlanError:
                continue
            except QuestionError as error:
                wrong = error
                continue
            hour = gpu_hour(devices[0], rows[device_id], gpus, asked, catalog)
            if hour is None or not (asked.quant or to_be_had(assessed)):
                continue
            try:
                placed = deploy(assessed, devices, hour, workload, level, catalog)
            except NoPlanError as error:
                refused = error
                continue
            per_replica = hour.usd.likely * max(gpus, hour.machine)
            replicas = max(1, math.ceil(workload.peak_req_per_s / placed.planned_req_per_s))
            found.append((per_replica * replicas, device_id, placed))
            tried += 1
            if tried == 2:
                break
    if not found:
        raise refused or wrong or NoPlanError(f"{model.id} fits on no group of devices on sale", "name one: --hardware", "memory")
    scores = [q.score.likely if (q := placed.assessed.estimate.quality) else 0.0 for _, _, placed in found]
    least = max(scores) - catalog.parameter("cost.quantization_loss")
    good = [item for item, score in zip(found, scores, strict=True) if score >= least]
    return min(good, key=lambda item: (item[0], item[1], len(item[2].devices)))[2]


def usual_device(rows: Mapping[str, Sequence[GpuPrice]], catalog: Catalog) -> str:
    """Of the accelerators in ``rows`` the one that most sellers of the catalog rent out."""
    sellers: dict[str, set[str]] = {}
    for price in catalog.gpu_prices.values():
        sellers.setdefault(price.device, set()).add(price.provider)
    return min(rows, key=lambda device: (-len(sellers.get(device, ())), device))


def named_model(asked: Asked, catalog: Catalog) -> Model | None:
    """The model the user named."""
    return find_model(asked.model, catalog) if asked.model else None
