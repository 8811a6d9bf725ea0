"""The JSON users script against: built field by field, so that internals can move. Additive changes only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llm_pick.core.estimate.memory import unwindowed_kv_cache_bytes
from llm_pick.core.freshness import old_sources_of
from llm_pick.core.licensing.verdict import licence_summary
from llm_pick.core.provenance import resolve
from llm_pick.core.quality.task_score import evidence_for
from llm_pick.core.record import asdict
from llm_pick.render.commands import run_commands, serves
from llm_pick.render.envelope import origin

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llm_pick.core.catalog import Catalog, Model
    from llm_pick.core.estimate.capacity import Capacity, NoCapacity, ServiceLevel
    from llm_pick.core.estimate.estimate import Estimate, QualityEstimate
    from llm_pick.core.estimate.speed import Speed
    from llm_pick.core.facts import Range
    from llm_pick.core.fitting import FitAnswer
    from llm_pick.core.held import Held
    from llm_pick.core.near_misses import NearMiss
    from llm_pick.core.quality.task_score import TaskQuality
    from llm_pick.core.question import Question
    from llm_pick.core.rank import Ranked
    from llm_pick.core.recommend import Assessed, Recommendation
    from llm_pick.core.rules.base import Verdict

EVIDENCE_SHOWN = 8


def interval(value: Range, digits: int | None = None) -> dict[str, float]:
    """``{low, likely, high}``; whole numbers when ``digits`` is ``None``."""

    def cut(number: float) -> float:
        return int(number) if digits is None else round(number, digits)

    return {"low": cut(value.low), "likely": cut(value.likely), "high": cut(value.high)}


def question(asked: Question) -> dict[str, Any]:
    """The resolved inputs."""
    prefer = asked.preferences
    return {
        "hardware": asked.hardware.label,
        "devices": [device.id for device in asked.hardware.devices],
        "stand_ins": [device.id for device in asked.hardware.stand_ins],
        "ram_bytes": asked.hardware.ram_bytes,
        "reserve_bytes": asked.hardware.reserve_bytes,
        "task": asked.task.id,
        "context": asked.context_tokens,
        "users": asked.users,
        "quant": asked.quantization.id if asked.quantization else None,
        "kv_dtype": asked.kv_dtype,
        "runtime": asked.runtime.id if asked.runtime else None,
        "reasoning": asked.mode,
        "license": list(asked.license_policies),
        "profile": {name: value for name, value in asdict(asked.profile).items() if value is not None},
        "min_tps": asked.min_tok_per_s,
        "max_ttft_s": asked.max_ttft_s,
        "prefer": {
            "name": prefer.name, "quality": prefer.quality, "speed": prefer.speed, "memory": prefer.memory,
            "cost": prefer.cost,
        },
        "top": asked.top,
        "req_per_day": asked.workload.req_per_day if asked.workload else None,
        "as_of": asked.as_of,
    }  # fmt: skip


def memory(estimate: Estimate) -> dict[str, Any]:
    """Bytes, summed over the devices; ``offloaded_bytes`` and ``host_weights_bytes`` are the host's part."""
    found = estimate.memory
    return {
        "weights_bytes": interval(found.weights_bytes),
        "host_weights_bytes": found.host_weights_bytes,
        "kv_cache_bytes": found.kv_cache_bytes,
        "overhead_bytes": interval(found.overhead_bytes),
        "total_bytes": interval(found.total_bytes),
        "budget_bytes": found.budget_bytes,
        "offloaded_bytes": found.offloaded_bytes,
        "offloaded_layers": found.placement.layers,
        "offloaded_expert_layers": found.placement.expert_layers,
    }


def speed(estimate: Estimate) -> dict[str, Any] | None:
    """Tokens per second and seconds, each with its interval."""
    found = estimate.speed
    if found is None:
        return None
    return {
        "decode_tok_per_s": interval(found.decode_tok_per_s, 1),
        "prefill_tok_per_s": interval(found.prefill_tok_per_s, 1),
        "ttft_s": interval(found.ttft_s, 2),
        "aggregate_tok_per_s": interval(found.aggregate_tok_per_s, 1),
        "at_depth_tokens": found.depth_tokens,
        "prompt_tokens": found.prompt_tokens,
        "basis": found.basis,
    }


def served(load: Capacity | NoCapacity | None, level: ServiceLevel, speed: Speed | None) -> dict[str, Any] | None:
    """The most that is served within a service level, and what limits it; ``None`` where the model does not fit."""
    if load is None or speed is None:
        return None
    out: dict[str, Any] = {
        "input_tokens": speed.prompt_tokens,
        "output_tokens": speed.depth_tokens,
        "max_ttft_s": level.max_ttft_s,
        "max_itl_s": level.max_itl_s,
        "limit": load.limit,
        "itl_s": round(load.itl_s, 4),
        "ttft_p99_s": round(load.ttft_s, 3),
    }
    from llm_pick.core.estimate.capacity import NoCapacity  # noqa: PLC0415 - `fit` only

    if isinstance(load, NoCapacity):
        return {"users": 0, "req_per_s": None, "output_tok_per_s": None, "replicas": None, **out, "reason": load.reason}
    rates = {"req_per_s": interval(load.req_per_s, 4), "output_tok_per_s": interval(load.output_tok_per_s, 1)}
    return {"users": load.sequences, **rates, "replicas": load.groups, **out, "reason": None}


def model(record: Model, catalog: Catalog) -> dict[str, Any]:
    """Identity and size; ``origin`` says whose facts they are."""
    return {
        **origin("models", record.id, catalog),
        "id": record.id,
        "name": record.name,
        "family": record.family,
        "vendor": record.vendor,
        "hf_repo": record.hf_repo,
        "params_b": round(record.params_total / 1e9, 3),
        "active_params_b": round(record.params_active / 1e9, 3),
        "context": record.context_native,
        "license": record.license,
        "released": record.released,
    }


def verdict(found: Verdict, catalog: Catalog) -> dict[str, Any]:
    """One rule's answer with its resolved sources."""
    return {
        "rule": found.rule,
        "outcome": str(found.outcome),
        "sentence": found.sentence,
        "sources": [
            {"id": s.id, "locator": s.locator, "url": s.url, "read_on": s.read_on} for s in resolve(found.sources, catalog)
        ],
    }


def artifact(item: Assessed) -> dict[str, Any]:
    """What is downloaded: quantization, format, repository and tag."""
    candidate = item.candidate
    gguf = candidate.quantization.format == "gguf"
    return {
        "quant": candidate.quantization.id,
        "format": candidate.quantization.format,
        "bits_per_weight": round(item.estimate.bits_per_weight, 2),
        "repo": (candidate.model.gguf_repo if gguf else candidate.model.hf_repo) if candidate.published else None,
        "file_or_tag": candidate.model.ollama_tag if serves(candidate) else None,
        "published": candidate.published,
    }


def assessed(
    item: Assessed, asked: Question, catalog: Catalog, held: Mapping[str, Sequence[Held]] | None = None
) -> dict[str, Any]:
    """Everything about one candidate that ``recommend`` and ``fit`` both say."""
    candidate, estimate = item.candidate, item.estimate
    quality = estimate.quality
    return {
        "model": model(candidate.model, catalog),
        "artifact": artifact(item),
        "runtime": candidate.runtime.id,
        "backend": candidate.backend,
        "kv_dtype": candidate.kv_dtype,
        "memory": memory(estimate)
        | {"kv_cache_bytes_without_window_saving": unwindowed_kv_cache_bytes(candidate, asked, catalog)},
        "fits": estimate.memory.fits,
        "speed": speed(estimate),
        "quality": {
            "task": asked.task.id,
            "mode": quality.mode,
            "score": interval(quality.score, 1),
            "percentile": quality.percentile,
            "rows": quality.rows,
            "independent_rows": quality.independent_rows,
            "task_rows": quality.task_rows,
            "unknown": quality.unknown,
            "evidence": evidence(candidate.model, asked, quality.mode, catalog),
        }
        if quality
        else None,
        "license": licence_summary(candidate.model, asked.profile, catalog),
        "verdicts": [verdict(found, catalog) for found in item.verdicts],
        "run": run_commands(item, asked, catalog),
        "local": local(candidate.model, catalog, held or {}),
    }


def local(record: Model, catalog: Catalog, held: Mapping[str, Sequence[Held]]) -> list[dict[str, Any]]:
    """What already lies on this machine of a model; ``quant`` is ``None`` where nothing tells it."""
    from llm_pick.core.held import quantization_of  # noqa: PLC0415 - most machines hold none

    return [{"where": item.where, "name": item.name, "quant": quantization_of(item, catalog)} for item in held.get(record.id, ())]


def quality_cell(found: TaskQuality | QualityEstimate) -> dict[str, Any]:
    """A score with the rows behind it, and ``unknown`` with the reason where it says nothing."""
    cell = {
        **interval(found.score, 1),
        "rows": found.rows,
        "independent_rows": found.independent_rows,
        "task_rows": found.task_rows,
    }
    return cell if found.unknown is None else {**cell, "unknown": found.unknown}


def evidence(record: Model, asked: Question, mode: str, catalog: Catalog) -> list[dict[str, Any]]:
    """The published rows that bear most on this task, each with who measured it and where."""
    rows = evidence_for(record.id, asked.task, mode, catalog)[:EVIDENCE_SHOWN]
    out = []
    for row in rows:
        refs = resolve((row.source,), catalog)
        out.append(
            {
                "benchmark": row.benchmark,
                "score": row.score,
                "source": refs[0].url if refs else row.source,
                "locator": refs[0].locator if refs else "",
                "date": row.date,
                "by": row.by,
                **origin("scores", row.key, catalog),
            }
        )
    return out


def recommendation(answer: Recommendation, catalog: Catalog, held: Mapping[str, Sequence[Held]] | None = None) -> dict[str, Any]:
    """The body of ``recommend --json``."""
    asked = answer.question
    return {
        "question": question(asked),
        "assumptions": list(asked.assumptions),
        "warnings": [
            *(text for ranked in answer.picks for text in ranked.assessed.warnings),
            *old_sources_of(asked, (ranked.assessed.candidate.model for ranked in answer.picks), catalog),
        ],
        "recommendations": [_pick(ranked, asked, catalog, held) for ranked in answer.picks],
        "runner_up": _runner_up(answer),
        "near_misses": [_near(miss, asked, catalog) for miss in answer.near_misses],
        "excluded": answer.excluded,
        "considered": answer.considered,
    }


def _pick(ranked: Ranked, asked: Question, catalog: Catalog, held: Mapping[str, Sequence[Held]] | None) -> dict[str, Any]:
    return {
        "rank": ranked.rank,
        **assessed(ranked.assessed, asked, catalog, held),
        **cost(ranked.assessed, asked, catalog),
        "score": round(ranked.score, 4),
        "score_parts": {part: round(value, 4) for part, value in ranked.parts.items()},
        "ties_with": list(ranked.ties_with),
        "dominated_by": ranked.dominated_by,
    }


def cost(item: Assessed, asked: Question, catalog: Catalog) -> dict[str, Any]:
    """The monthly cost at the traffic given; nothing without one."""
    if asked.workload is None:
        return {}
    from llm_pick.core.cost.serving_cost import serving_cost  # noqa: PLC0415 - most questions have no traffic

    found = serving_cost(item, asked, catalog)
    if found is None:
        return {}
    hour = found.hour
    return {
        "cost": {
            "usd_per_month": interval(found.usd_per_month, 2) if found.usd_per_month else None,
            "usd_per_1k_requests": found.usd_per_1k_requests,
            "replicas": found.replicas,
            "capacity_req_per_s": interval(found.capacity_req_per_s, 4) if found.capacity_req_per_s else None,
            "price": {
                "device": hour.device, "usd_per_gpu_hour": interval(hour.usd, 4), "pricing": hour.pricing,
                "provider": hour.provider, "source": hour.source, "date": hour.date,
            } if hour else None,
            "unknown": found.unknown,
        }
    }  # fmt: skip


def _runner_up(answer: Recommendation) -> dict[str, Any] | None:
    """The second pick and the single changes that would put it first."""
    if len(answer.picks) < 2:
        return None
    from llm_pick.core.flip import flip  # noqa: PLC0415 - for two picks or more

    found = flip(answer.picks[0], answer.picks[1], answer.question.preferences)
    return {
        "model": found.runner_up,
        "margin": round(found.margin, 4),
        "for_want_of_evidence": found.by_evidence,
        "flips_at": [{"weight_of": t.part, "now": round(t.now, 4), "at": round(t.at, 4)} for t in found.turns],
        "quality_points_needed": None if found.quality_points is None else round(found.quality_points, 2),
    }


def _near(miss: NearMiss, asked: Question, catalog: Catalog) -> dict[str, Any]:
    candidate = miss.assessed.candidate
    quality = miss.assessed.estimate.quality
    return {
        "model": {"id": candidate.model.id, "name": candidate.model.name},
        "quant": candidate.quantization.id,
        "rule": miss.rule,
        "change": miss.change,
        "quality": interval(quality.score, 1) if quality else None,
        "sentence": next(v.sentence for v in miss.assessed.verdicts if v.rule == miss.rule),
    }


def fit(answer: FitAnswer, catalog: Catalog, held: Mapping[str, Sequence[Held]] | None = None) -> dict[str, Any]:
    """The body of ``fit --json`` for one machine."""
    from llm_pick.core.estimate.limits import context_limit, service_level, users_limit  # noqa: PLC0415 - `fit` only

    chosen, asked = answer.best, answer.question
    body = assessed(chosen, asked, catalog, held)
    return {
        "question": question(asked),
        "assumptions": list(asked.assumptions),
        "warnings": [*chosen.warnings, *old_sources_of(asked, (chosen.candidate.model,), catalog)],
        "model": body.pop("model"),
        "quant": chosen.candidate.quantization.id,
        "hardware": asked.hardware.label,
        "context": asked.context_tokens,
        "users": asked.users,
        "max_context": answer.max_context,
        "max_context_limited_by": context_limit(answer.max_context, chosen.candidate),
        "max_users": answer.max_users,
        "max_users_limited_by": users_limit(answer.max_users),
        "served": served(answer.served, service_level(asked, catalog), chosen.estimate.speed),
        **body,
        "alternatives": [
            {
                "quant": item.candidate.quantization.id,
                "runtime": item.candidate.runtime.id,
                "fits": item.estimate.memory.fits,
                "memory": memory(item.estimate),
                "speed": speed(item.estimate),
                "quality": interval(item.estimate.quality.score, 1) if item.estimate.quality else None,
            }
            for item in answer.others
        ],
    }
