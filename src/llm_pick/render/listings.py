"""What ``list`` shows of each kind of record: columns, a row, and the same as JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from llm_pick.core.quality.task_score import best_mode, task_quality
from llm_pick.core.record import asdict
from llm_pick.render import json_v1
from llm_pick.render.text import size_text, tokens
from llm_pick.render.view import Column

if TYPE_CHECKING:
    from llm_pick.core.catalog import (
        Benchmark,
        Catalog,
        Device,
        License,
        Model,
        Quantization,
        Runtime,
        Task,
    )
    from llm_pick.core.rules.base import Rule

Listing = tuple[tuple[Column, ...], Callable[[Any, "Catalog"], tuple[str, ...]], Callable[[Any, "Catalog"], Any]]


DEVICE_CLASSES = ("consumer-gpu", "workstation-gpu", "datacentre-gpu", "accelerator", "apple", "unified", "board", "phone",
                  "cpu")  # fmt: skip
"""In the order of the list."""


def _model_row(model: Model, _catalog: Catalog) -> tuple[str, ...]:
    return (
        model.id,
        size_text(model.params_total, model.params_active),
        tokens(model.context_native),
        model.license,
        model.released,
        model.kind,
        model.vendor,
        model.hf_repo,
    )


def _model_json(model: Model, catalog: Catalog) -> dict[str, Any]:
    quality: dict[str, Any] = {}
    modes: dict[str, dict[str, Any]] = {}
    for task in catalog.tasks.values():
        for mode in catalog.quality.get(model.id, {}):
            found = task_quality(model.id, task, mode, catalog)
            if found is None:
                continue
            cell = json_v1.quality_cell(found)
            modes.setdefault(mode, {})[task.id] = cell
            if mode == best_mode(model.id, task, catalog):
                quality[task.id] = cell
    return {**json_v1.model(model, catalog), "kind": model.kind, "quality": quality, "modes": modes}


def _license_row(licence: License, _catalog: Catalog) -> tuple[str, ...]:
    return (
        licence.id, licence.name, licence.license_class, licence.commercial_use, "yes" if licence.osi_approved else "no",
        licence.read_mark, licence.spdx,
    )  # fmt: skip


def _license_json(licence: License, _catalog: Catalog) -> dict[str, Any]:
    return {
        "id": licence.id, "name": licence.name, "version": licence.version, "spdx": licence.spdx,
        "class": licence.license_class, "osi_approved": licence.osi_approved, "commercial_use": licence.commercial_use,
        "read_mark": licence.read_mark, "read_on": licence.read_on, "text_url": licence.text_url,
    }  # fmt: skip


def _device_row(device: Device, _catalog: Catalog) -> tuple[str, ...]:
    flops = device.tflops_dense.get("bf16") or device.tflops_dense.get("fp16")
    return (
        device.id,
        f"{device.memory_gib:g}" if device.memory_gib else "--ram",
        f"{device.bandwidth_gb_per_s:g}",
        f"{flops:g}" if flops else "unknown",
        "/".join(device.backends),
        device.device_class,
        device.name,
    )


def _device_json(device: Device, _catalog: Catalog) -> dict[str, Any]:
    return {
        "id": device.id, "name": device.name, "vendor": device.vendor, "class": device.device_class,
        "memory_gib": device.memory_gib, "bandwidth_gb_per_s": device.bandwidth_gb_per_s,
        "tflops_dense": device.tflops_dense, "backends": list(device.backends),
        "unified_memory": device.unified_memory, "power_w": device.power_w,
        "launch_price_usd": device.launch_price_usd, "released": device.released,
    }  # fmt: skip


def _quant_row(quant: Quantization, _catalog: Catalog) -> tuple[str, ...]:
    return (quant.id, quant.name, quant.format, f"{quant.nominal_bits:g}", ", ".join(quant.engines))


def _quant_json(quant: Quantization, _catalog: Catalog) -> dict[str, Any]:
    return {"id": quant.id, "name": quant.name, "format": quant.format, "nominal_bits": quant.nominal_bits,
            "engines": list(quant.engines)}  # fmt: skip


def _runtime_row(runtime: Runtime, _catalog: Catalog) -> tuple[str, ...]:
    return (runtime.id, runtime.name, runtime.role, runtime.status, ", ".join(runtime.formats),
            ", ".join(runtime.backends), runtime.base_url or "unknown")  # fmt: skip


def _runtime_json(runtime: Runtime, _catalog: Catalog) -> dict[str, Any]:
    return {
        "id": runtime.id, "name": runtime.name, "role": runtime.role, "status": runtime.status,
        "formats": list(runtime.formats), "backends": list(runtime.backends), "kv_dtypes": list(runtime.kv_dtypes),
        "port": runtime.port, "base_url": runtime.base_url, "flags": runtime.flags,
    }  # fmt: skip


def _task_row(task: Task, _catalog: Catalog) -> tuple[str, ...]:
    groups = ", ".join(f"{group} {weight:g}" for group, weight in task.groups.items())
    return (task.id, task.name, tokens(task.context_tokens), ", ".join(task.needs) or "-",
            ", ".join(task.own_groups) or "-", groups)  # fmt: skip


def _rule_row(rule: Rule, _catalog: Catalog) -> tuple[str, ...]:
    return (rule.id, rule.kind, rule.title, rule.doc.strip().splitlines()[0])


def _rule_json(rule: Rule, _catalog: Catalog) -> dict[str, Any]:
    return {"id": rule.id, "kind": rule.kind, "title": rule.title, "since": rule.since, "doc": rule.doc}


def _benchmark_row(benchmark: Benchmark, _catalog: Catalog) -> tuple[str, ...]:
    return (benchmark.id, benchmark.task_group, "yes" if benchmark.in_fit else "no", benchmark.measures)


def _plain(record: Any, _catalog: Catalog) -> dict[str, Any]:  # noqa: ANN401 - any record
    return asdict(record)


LISTINGS: dict[str, Listing] = {
    "models": (
        (Column("id"), Column("size", right=True), Column("context", right=True), Column("licence"),
         Column("released", optional=1), Column("kind", optional=3), Column("maker", optional=2),
         Column("repository", optional=4)),
        _model_row, _model_json),
    "licenses": (
        (Column("id"), Column("name", optional=2, fold=40), Column("class"), Column("commercial use"), Column("OSI"),
         Column("read", optional=1), Column("SPDX", optional=3)),
        _license_row, _license_json),
    "hardware": (
        (Column("id"), Column("GiB", right=True), Column("GB/s", right=True), Column("TFLOPS (16-bit)", right=True),
         Column("backends", optional=2), Column("class", optional=1), Column("name", optional=3, fold=24)),
        _device_row, _device_json),
    "quants": (
        (Column("id"), Column("name"), Column("format"), Column("bits", right=True), Column("engines", optional=1, fold=24)),
        _quant_row, _quant_json),
    "runtimes": (
        (Column("id"), Column("name"), Column("role", optional=2), Column("status"), Column("formats"),
         Column("backends", optional=1), Column("address", optional=3)),
        _runtime_row, _runtime_json),
    "tasks": (
        (Column("id"), Column("what", fold=18), Column("context", right=True), Column("needs"),
         Column("unknown without", optional=2), Column("evidence and its weight", optional=1, fold=40)),
        _task_row, _plain),
    "rules": (
        (Column("id"), Column("kind"), Column("title"), Column("says", optional=1, fold=30)), _rule_row, _rule_json),
    "benchmarks": (
        (Column("id"), Column("group"), Column("fitted"), Column("measures", optional=1, fold=30)), _benchmark_row, _plain),
}  # fmt: skip
