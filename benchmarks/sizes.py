"""Sizes of weights: rows of ``gguf_sizes.jsonl``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from benchmarks import peers
from benchmarks.resolve import Resolver, Row, bits_of_label, params_from_name
from benchmarks.truth import Outcome
from llm_pick.core.estimate.weights import file_bytes, weights_bytes
from llm_pick.core.facts import Range

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from llm_pick.core.catalog import Model, Quantization

UNITS = {"size_bytes": 1, "size_gib": 2**30, "size_gb": 10**9}
FILES = ("file", "artifact")
"""Kinds of printed size that include the file's header."""
NAME_ONLY_SPREAD = 0.12
"""Width of the interval where only a parameter count and a label are known."""
_PROJECTOR = re.compile(r"mmproj|vision-(?:f|bf)16|projector", re.IGNORECASE)


def outcomes(rows: Iterable[Row], resolver: Resolver) -> Iterator[Outcome]:
    """Predictions of all rows."""
    for row in rows:
        field = next((name for name in UNITS if row.get(name)), None)
        head = {"id": str(row.get("id")), "kind": "sizes", "field": field or "size_bytes", "trust": row.get("trust", "A")}
        if field is None:
            yield Outcome(**head, skipped="no size printed")
            continue
        found = predict(row, resolver)
        if isinstance(found, str):
            yield Outcome(**head, skipped=found)
            continue
        group, size = found
        truth, unit = float(row[field]), UNITS[field]
        rounding = row.get(f"size_rounding_{field.removeprefix('size_')}") or 0.0
        yield Outcome(
            **head,
            truth=truth,
            predicted=size.scaled(1 / unit),
            naive=naive(row, unit),
            device=str(row.get("model_key")),
            group=group,
            tolerance=float(rounding),
        )


def predict(row: Row, resolver: Resolver) -> tuple[str, Range] | str:
    """(how it was predicted, bytes), or why not."""
    if row.get("component") or _PROJECTOR.search(str(row.get("file") or "")):
        return "a component, not the model"
    if row.get("size_kind") == "sum_of_tensor_bytes_in_map":
        return "a pure quantization, not a published mix"
    model, quantization = resolver.model(row), quantization_of(row, resolver)
    if model is not None and quantization is not None:
        try:
            whole = file_bytes if row.get("size_kind") in FILES else weights_bytes
            return _kind(model, quantization), whole(model, quantization, resolver.catalog)
        except ValueError:
            return "no architecture and no published size"
    total = row.get("params_exact") or (row.get("params_b") or 0) * 1e9 or (model.params_total if model else None)
    total = total or params_from_name(str(row.get("model_key")))[0] or params_from_name(str(row.get("model")))[0]
    bits = quantization.nominal_bits if quantization else bits_of_label(str(row.get("quant_norm") or row.get("quant")))
    if not total:
        return "neither the catalog nor the name tells the parameters"
    if bits is None:
        return "quantization unknown"
    likely = float(total) * bits / 8
    return "name only", Range(likely * (1 - NAME_ONLY_SPREAD), likely, likely * (1 + NAME_ONLY_SPREAD))


def quantization_of(row: Row, resolver: Resolver) -> Quantization | None:
    """The recipe of a file, by its label and format."""
    format = str(row.get("format") or "gguf")
    wanted = "mlx" if "mlx" in format else "gguf" if format == "gguf" else "safetensors"
    return resolver.quantization(row, wanted)


def _kind(model: Model, quantization: Quantization) -> str:
    return "published size" if any(a.quant == quantization.id for a in model.artifacts) else "computed"


def naive(row: Row, unit: float) -> dict[str, float] | None:
    """Parameters in the name times the nominal bits of the label, and the peers' bytes per parameter."""
    total = params_from_name(str(row.get("model_key")))[0]
    quant = str(row.get("quant_norm") or "")
    label = re.search(r"(\d+)", quant)
    if not total or not label:
        return None
    beside = {"name x nominal bits": total * int(label.group(1)) / 8, **peers.sizes(total, quant)}
    return {name: size / unit for name, size in beside.items()}
