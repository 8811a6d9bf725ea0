"""Sizes of weights: rows of ``gguf_sizes.jsonl``."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from benchmarks import peers
from benchmarks.lookalike import Lookalikes
from benchmarks.resolve import Resolver, Row, bits_of_label, params_from_name
from benchmarks.truth import Outcome
from llm_pick.core.catalog import MixRule
from llm_pick.core.estimate.tensors import tensor_groups
from llm_pick.core.estimate.weights import file_bytes, published_sizes, weights_bytes
from llm_pick.core.facts import Range

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from llm_pick.core.catalog import ArtifactSize, Model, Quantization

UNITS = {"size_bytes": 1, "size_gib": 2**30, "size_gb": 10**9}
FILES = ("file", "artifact")
"""Kinds of printed size that include the file's header."""
APART = frozenset({"pure quantization"})
"""Groups that no figure over all rows counts: nobody publishes such files."""
NOTE = (
    "Rows whose size the catalog copied are predicted without it; pure quantizations, which nobody publishes, "
    "are not in the first line."
)
LABEL_ONLY_SPREAD = 0.12
"""Half width of the interval where only parameters and the bits of a label are known."""
PURE_SPREAD = 0.01
"""Half width of the interval of a pure quantization: a few tensors of each map have another type."""
_COMPONENT = re.compile(
    r"mmproj|vision-(?:f|bf)16|projector|imatrix\.gguf$|prompt_cache|flow_(?:extra|matching)|hifigan", re.IGNORECASE
)
_OWN_MIX = re.compile(r"apex|optiq|cerebellum|otq|tq3|auto-variable", re.IGNORECASE)
"""Words of a name that announce a mix of the uploader's own under a common label."""
_NAMED = re.compile(r"(?:bf|f|fp)16|(?:ud-)?i?q\d_[a-z0-9_]+", re.IGNORECASE)
_TAG = re.compile(r"(?:ud-)?(?:i?q\d_k_xl|iq\d_[a-z]+)$", re.IGNORECASE)
"""A file type at the end of a tag, more precise than the type in the file's header."""


def outcomes(rows: Iterable[Row], resolver: Resolver) -> Iterator[Outcome]:
    """Predictions of all rows.

    A size that the catalog copied from a row is left out when that row is predicted: it would be no prediction.
    """
    lookalikes = Lookalikes(resolver)
    for row in rows:
        field = next((name for name in UNITS if row.get(name)), None)
        head = {"id": str(row.get("id")), "kind": "sizes", "field": field or "size_bytes", "trust": row.get("trust", "A")}
        if field is None:
            yield Outcome(**head, skipped="no size printed")
            continue
        found = predict(row, resolver, lookalikes)
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


def predict(row: Row, resolver: Resolver, lookalikes: Lookalikes) -> tuple[str, Range] | str:
    """(how it was predicted, bytes), or why not."""
    if row.get("component") or _COMPONENT.search(str(row.get("file") or "")):
        return "a component, not the model"
    if row.get("size_kind") == "sum_of_tensor_bytes_in_map":
        return _pure(row, resolver)
    if any(_OWN_MIX.search(str(row.get(field) or "")) for field in ("model", "hf_repo", "file")):
        return "a mix of the uploader's own under a common label"
    model, quantization = resolver.model(row), quantization_of(row, resolver)
    if model is not None and model.architecture is not None and quantization is not None:
        whole = file_bytes if row.get("size_kind") in FILES else weights_bytes
        named = resolver.is_named(row, model)  # a tuning has the architecture, not the files
        others = tuple(item for item in model.artifacts if named and item.quant == quantization.id and not is_copy(item, row))
        published = dataclasses.replace(resolver.as_published(model, row), artifacts=others)
        size = whole(published, quantization, resolver.catalog)
        return "another's published size" if published_sizes(published, quantization, resolver.catalog) else "computed", size
    return _from_stated(row, resolver, lookalikes, model, quantization)


def _pure(row: Row, resolver: Resolver) -> tuple[str, Range] | str:
    """One type for every tensor that can be quantized: no published mix, so reported apart.

    The maps count multi-token-prediction layers, so the computed size is scaled to the parameters they print.
    """
    model, id = resolver.model(row), str(row.get("quant_norm")).lower().replace("_k", "_K")
    if id not in resolver.catalog.tensor_types or model is None or model.architecture is None:
        return "a pure quantization of a model or type not in the catalog"
    plain = resolver.catalog.quantizations["f32-gguf"]
    kept = next(rule for rule in resolver.catalog.quantizations["q8_0"].rules if "norm" in rule.tensor.split("|"))
    rules = (MixRule("*", id), kept)
    pure = dataclasses.replace(plain, id=f"pure-{id}", rules=rules, size_spread=(1 - PURE_SPREAD, 1 + PURE_SPREAD))
    size = weights_bytes(dataclasses.replace(model, artifacts=()), pure, resolver.catalog)
    counted = sum(g.elements * g.copies for g in tensor_groups(model.architecture) if g.part != "tower")
    return "pure quantization", size.scaled((row.get("params_exact") or counted) / counted)


def _from_stated(
    row: Row, resolver: Resolver, lookalikes: Lookalikes, model: Model | None, quantization: Quantization | None
) -> tuple[str, Range] | str:
    """The size from parameters that are counted or stated, and the label."""
    total, active, counted = stated_parameters(row, model)
    if not total:
        return "neither the catalog nor the name tells the parameters"
    label = str(row.get("quant_norm") or row.get("quant") or "")
    if quantization is None:
        bits = bits_of_label(label)
        if bits is None:
            return "quantization unknown"
        likely = total * bits / 8
        return "label only", Range(likely * (1 - LABEL_ONLY_SPREAD), likely, likely * (1 + LABEL_ONLY_SPREAD))
    found = lookalikes.predict(row, quantization, total, active, counted=counted)
    return found or "no known model of about that size"


def stated_parameters(row: Row, model: Model | None) -> tuple[float | None, float | None, bool]:
    """(total, active, whether counted rather than named) of the language model: what the row prints, else its name."""
    active = next((a for f in ("model_key", "model") for t, a in (params_from_name(str(row.get(f) or "")),) if a != t), None)
    if model is not None:
        towers = (model.architecture.vision_params + model.architecture.audio_params) if model.architecture else 0
        return float(model.params_total - towers), float(model.params_active), True
    printed = row.get("params_exact") or (row.get("params_b") or 0) * 1e9
    if printed:
        return float(printed), active, True
    for name in ("model_key", "model", "params_label", "file"):
        total = params_from_name(str(row.get(name) or ""))[0]
        if total:
            return total, active, False
    return None, active, False


def is_copy(item: ArtifactSize, row: Row) -> bool:
    """Whether a size of the catalog is the figure this row prints: the same bytes, or one repository and the printed digits."""
    for field, unit in UNITS.items():
        if row.get(field):
            slack = (row.get(f"size_rounding_{field.removeprefix('size_')}") or 0) * unit
            digit = PRINTED_DIGIT * unit if field != "size_bytes" else 0
            distance = abs(item.bytes - row[field] * unit)
            repo = item.repo.lower() in {str(row.get(name)).lower() for name in ("hf_repo", "model")}
            return distance <= 1 or (repo and distance <= max(slack, digit))
    return False


PRINTED_DIGIT = 0.01
"""Last digit of sizes printed in GiB or GB without a stated rounding."""


def quantization_of(row: Row, resolver: Resolver) -> Quantization | None:
    """The recipe of a file, by its label and format."""
    format = str(row.get("format") or "gguf")
    wanted = "mlx" if "mlx" in format else "gguf" if format == "gguf" else "safetensors"
    tag = _TAG.search(str(row.get("model") or "")) if wanted == "gguf" else None
    if tag:
        named = f"ud-{tag.group(0).lower().removeprefix('ud-')}" if "_k_xl" in tag.group(0).lower() else tag.group(0)
        found = resolver.quantization({"quant_norm": named}, wanted)
        if found is not None:
            return found
    if not row.get("quant_norm"):  # some listings leave the label to the file's name
        named = _NAMED.search(str(row.get("file") or ""))
        return resolver.quantization({"quant_norm": named.group(0)}, wanted) if named else None
    return resolver.quantization(row, wanted)


def naive(row: Row, unit: float) -> dict[str, float] | None:
    """Parameters in the name times the nominal bits of the label, and the peers' bytes per parameter."""
    total = params_from_name(str(row.get("model_key")))[0]
    quant = str(row.get("quant_norm") or "")
    label = re.search(r"(\d+)", quant)
    if not total or not label:
        return None
    beside = {"name x nominal bits": total * int(label.group(1)) / 8, **peers.sizes(total, quant)}
    return {name: size / unit for name, size in beside.items()}
