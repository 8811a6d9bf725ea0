"""The core records as strict pydantic schemas: one definition, checked where data is written."""

from __future__ import annotations

import dataclasses
from typing import Any

import pydantic

from llm_pick.core import catalog, facts

_CONFIG = pydantic.ConfigDict(extra="forbid", strict=True, use_attribute_docstrings=True)


def _record_types() -> list[type[Any]]:
    """Every dataclass that the two record modules define themselves."""
    values = (value for module in (facts, catalog) for value in vars(module).values())
    return [
        value
        for value in values
        if isinstance(value, type) and dataclasses.is_dataclass(value) and value.__module__ in (facts.__name__, catalog.__name__)
    ]


for _type in _record_types():
    # Pydantic reads this attribute from standard dataclasses; setting it here keeps the core free of pydantic.
    _type.__pydantic_config__ = _CONFIG

TYPES: dict[str, type[Any]] = {
    "families": catalog.Family,
    "models": catalog.Model,
    "licenses": catalog.License,
    "devices": catalog.Device,
    "tensor_types": catalog.TensorType,
    "quantizations": catalog.Quantization,
    "runtimes": catalog.Runtime,
    "tasks": catalog.Task,
    "benchmarks": catalog.Benchmark,
    "scores": catalog.Score,
    "api_prices": catalog.ApiPrice,
    "gpu_prices": catalog.GpuPrice,
    "providers": catalog.Provider,
    "api_models": catalog.ApiModel,
    "api_scores": catalog.Score,
    "parameters": catalog.Parameter,
    "references": facts.Reference,
    "measurements": catalog.Measurement,
}
"""Section → its record."""
ADAPTERS: dict[str, pydantic.TypeAdapter[Any]] = {name: pydantic.TypeAdapter(kind) for name, kind in TYPES.items()}

FILES: dict[str, tuple[str, ...]] = {
    "models.yaml": ("families",),
    "licenses.yaml": ("licenses",),
    "hardware.yaml": ("devices",),
    "quantizations.yaml": ("tensor_types", "quantizations"),
    "runtimes.yaml": ("runtimes",),
    "benchmarks.yaml": ("tasks", "benchmarks", "scores"),
    "prices.yaml": ("providers", "api_prices", "gpu_prices"),
    "api_models.yaml": ("api_models", "api_scores"),
    "parameters.yaml": ("parameters",),
    "references.yaml": ("references",),
    "measurements.yaml": ("measurements",),
}
