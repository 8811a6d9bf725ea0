"""From raw inputs to a resolved Question. Whatever is filled in and changes the answer becomes an assumption."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

from llm_pick.core.errors import QuestionError
from llm_pick.core.hardware import hardware_of, stand_ins_of
from llm_pick.core.licensing.profile import parse_profile
from llm_pick.core.lookup import find_license, find_quantization, find_runtime, find_task
from llm_pick.core.question import Preferences, Question
from llm_pick.core.rules.licence_policy import POLICIES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llm_pick.core.catalog import Catalog, Runtime
    from llm_pick.core.cost.workload import Workload

MAX_CONTEXT = 100 * 1024**2
MAX_USERS = 1_000_000
REASONING = {"auto": "auto", "on": "thinking", "off": "non_thinking"}
PARTS = ("quality", "speed", "memory", "cost")
DETAILS = ("enough_headroom", "enough_speed", "caution")


def parse_context(text: str) -> int:
    """Tokens from ``8192``, ``8k`` (8 x 1024) or ``1m`` (1024 x 1024)."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([km]?)\s*", text, re.IGNORECASE)
    tokens = float(found.group(1)) * {"": 1, "k": 1024, "m": 1024**2}[found.group(2).lower()] if found else 0
    if not found or not 1 <= tokens <= MAX_CONTEXT:
        raise QuestionError(f"`--context {text}` is no number of tokens", "e.g. `8192`, `32k`, `128k`")
    return int(tokens)


def parse_preferences(text: str, catalog: Catalog) -> Preferences:
    """A named preference, or weights such as ``quality=0.6,speed=0.4`` (scaled to sum to 1)."""
    names = sorted({id.split(".")[2] for id in catalog.parameters if id.startswith("rank.prefer.")})
    if text in names:
        parts = {part: catalog.parameter(f"rank.prefer.{text}.{part}") for part in (*PARTS, *DETAILS)}
        return Preferences(text, **parts)
    weights = dict.fromkeys(PARTS, 0.0)
    for item in text.split(","):
        part, _, value = item.partition("=")
        try:
            weights[part.strip()] = float(value) if part.strip() in weights else -1.0
        except ValueError:
            weights[part.strip()] = -1.0
    total = sum(weights.values())
    if set(weights) != set(PARTS) or min(weights.values()) < 0 or not 0 < total < float("inf"):
        raise QuestionError(
            f"`--prefer {text}` is no preference",
            f"one of {', '.join(names)}, or weights such as `quality=0.6,speed=0.4` over {', '.join(PARTS)}",
        )
    shares = {part: value / total for part, value in weights.items()}
    details = {name: catalog.parameter(f"rank.prefer.balanced.{name}") for name in DETAILS}
    return Preferences("weights", **shares, **details)


def policies_of(policies: Sequence[str], catalog: Catalog) -> tuple[str, ...]:
    """Named policy classes or licence ids, aliases resolved."""
    return tuple(policy if policy in POLICIES else find_license(policy, catalog).id for policy in policies)


def build_question(
    catalog: Catalog,
    *,
    hardware: Sequence[str] = (),
    vram: Sequence[str] = (),
    ram_gb: float | None = None,
    reserve_gb: float = 0.0,
    task: str | None = None,
    context: str | int | None = None,
    users: int = 1,
    quant: str | None = None,
    kv_dtype: str | None = None,
    runtime: str | None = None,
    license: Sequence[str] = (),
    profile: Mapping[str, Any] | None = None,
    min_tps: float | None = None,
    max_ttft: float | None = None,
    reasoning: str = "auto",
    prefer: str = "balanced",
    top: int = 5,
    as_of: str | None = None,
    notes: Sequence[str] = (),
    traffic: Mapping[str, float | None] | None = None,
) -> Question:
    """Resolve every input against the catalog; ``QuestionError`` names the first that cannot be.

    ``notes`` are told with the assumptions: what was read off this machine.
    """
    assumptions: list[str] = [*notes, *stand_ins_of(hardware, catalog)]
    machine = hardware_of(catalog, names=hardware, vram=vram, ram_gb=ram_gb, reserve_gb=reserve_gb)
    if machine.stand_ins:
        cards = ", ".join(device.id for device in machine.stand_ins[:6])
        more = f" and {len(machine.stand_ins) - 6} more" if len(machine.stand_ins) > 6 else ""
        assumptions.append(f"speed is a range over known cards of that size: {cards}{more} (--hardware names one)")
    wanted_task = find_task(task or "general", catalog)
    if task is None:
        assumptions.append("task `general` (--task)")
    tokens = wanted_task.context_tokens if context is None else parse_context(str(context))
    if context is None:
        assumptions.append(f"{tokens:,} tokens per sequence, usual for `{wanted_task.id}` (--context)")
    if not license:
        assumptions.append("licences that grant commercial use (--license)")
    _check_numbers(users, top, min_tps, max_ttft)
    engine = _engine(runtime, kv_dtype, catalog)
    if reasoning not in REASONING:
        raise QuestionError(f"`--reasoning {reasoning}` is no mode", f"one of {', '.join(REASONING)}")
    preferences = parse_preferences(prefer, catalog)
    workload = _workload(traffic, wanted_task.id, assumptions, catalog)
    if preferences.cost and workload is None:
        assumptions.append("no traffic given: memory stands for cost, as a smaller card is a cheaper one (--req-per-day)")
    return Question(
        hardware=machine,
        task=wanted_task,
        context_tokens=tokens,
        users=users,
        preferences=preferences,
        license_policies=policies_of(license or ("commercial",), catalog),
        profile=parse_profile({"use": "commercial", **(profile or {})}),
        as_of=day_of(as_of) or catalog.as_of,
        quantization=find_quantization(quant, catalog) if quant else None,
        kv_dtype=kv_dtype,
        runtime=engine,
        min_tok_per_s=min_tps,
        max_ttft_s=max_ttft,
        mode=REASONING[reasoning],
        top=top,
        workload=workload,
        assumptions=tuple(assumptions),
    )


def _workload(
    traffic: Mapping[str, float | None] | None, task_id: str, assumptions: list[str], catalog: Catalog
) -> Workload | None:
    """The traffic to price, what it assumes added to ``assumptions``; ``None`` without one."""
    given = {name: value for name, value in (traffic or {}).items() if value is not None}
    if not given:
        return None
    from llm_pick.core.cost.serving_cost import workload_of  # noqa: PLC0415 - most questions have no traffic

    found = workload_of(given, task_id, catalog)
    if found is None:
        option = next(iter(given)).replace("_", "-")
        raise QuestionError(f"--{option} without a traffic", "add --req-per-day, e.g. `--req-per-day 50000`")
    assumptions += found[1]
    assumptions.append("one spare replica and no staff in the monthly cost (`llm-pick breakeven` prices both)")
    assumptions.append("memory and commands are for --users at the same time, whatever the traffic (--users)")
    return found[0]


def day_of(text: str | None) -> str | None:
    """``text`` if it is an ISO date within living memory of these models."""
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if not 2000 <= day.year <= 2100:
        raise QuestionError(f"`--as-of {text}` is no date", "year-month-day, e.g. `2026-11-21`")
    return day.isoformat()


def _check_numbers(users: int, top: int, min_tps: float | None, max_ttft: float | None) -> None:
    if not 1 <= users <= MAX_USERS:
        raise QuestionError(f"`--users {users}` is no number of users", f"between 1 and {MAX_USERS:,}")
    if not 1 <= top <= 1000:
        raise QuestionError(f"`--top {top}` is no number of answers", "between 1 and 1000")
    for label, value in (("--min-tps", min_tps), ("--max-ttft", max_ttft)):
        if value is not None and not 0 < value < 1e9:
            raise QuestionError(f"`{label} {value:g}` cannot be met or missed", "a number above 0")


def _engine(runtime: str | None, kv_dtype: str | None, catalog: Catalog) -> Runtime | None:
    """The engine asked for, and whether the KV cache type exists, in it or at all."""
    engine = find_runtime(runtime, catalog) if runtime else None
    if engine is not None and engine.role != "engine":
        raise QuestionError(f"{engine.name} is a front end, not an engine", "see `llm-pick list runtimes`")
    if engine is not None and kv_dtype is not None and kv_dtype not in engine.kv_dtypes:
        raise QuestionError(f"{engine.name} has no KV cache type `{kv_dtype}`", f"one of {', '.join(engine.kv_dtypes)}")
    known_types = sorted({kind for found in catalog.runtimes.values() for kind in found.kv_dtypes})
    if kv_dtype is not None and kv_dtype not in known_types:
        raise QuestionError(f"unknown KV cache type `{kv_dtype}`", f"one of {', '.join(known_types)}")
    return engine
