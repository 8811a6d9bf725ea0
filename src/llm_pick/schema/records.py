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

ADAPTERS: dict[str, pydantic.TypeAdapter[Any]] = {
    "families": pydantic.TypeAdapter(catalog.Family),
    "models": pydantic.TypeAdapter(catalog.Model),
    "licenses": pydantic.TypeAdapter(catalog.License),
    "devices": pydantic.TypeAdapter(catalog.Device),
    "tensor_types": pydantic.TypeAdapter(catalog.TensorType),
    "quantizations": pydantic.TypeAdapter(catalog.Quantization),
    "runtimes": pydantic.TypeAdapter(catalog.Runtime),
    "tasks": pydantic.TypeAdapter(catalog.Task),
    "benchmarks": pydantic.TypeAdapter(catalog.Benchmark),
    "scores": pydantic.TypeAdapter(catalog.Score),
    "api_prices": pydantic.TypeAdapter(catalog.ApiPrice),
    "gpu_prices": pydantic.TypeAdapter(catalog.GpuPrice),
    "providers": pydantic.TypeAdapter(catalog.Provider),
    "api_models": pydantic.TypeAdapter(catalog.ApiModel),
    "api_scores": pydantic.TypeAdapter(catalog.Score),
    "parameters": pydantic.TypeAdapter(catalog.Parameter),
    "references": pydantic.TypeAdapter(facts.Reference),
    "measurements": pydantic.TypeAdapter(catalog.Measurement),
}

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
