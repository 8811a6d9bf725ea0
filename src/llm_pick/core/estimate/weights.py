"""Bytes of the weights in a quantization: the recipe of ``data/quantizations.yaml`` applied to every tensor.

How rules are read, and which words they use, is in ``core.estimate.recipe``. Where a row is no multiple of a
type's block, the type's fallback is used, as the quantizer does.

What is counted are tensor bytes, as an engine loads them: no file header (``file_bytes`` adds it), no
multi-token-prediction layers. In GGUF the vision and audio towers are a file of their own (``vision_bytes``);
in the other formats they are part of the weights.
"""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING, NamedTuple

from llm_pick.core.estimate.recipe import (
    VALUE_LIKE,
    block_multiple,
    conditions_of,
    forget,
    layer_share,
    recipe_for,
    width_of,
)
from llm_pick.core.estimate.tensors import SPREAD, tensor_groups
from llm_pick.core.facts import Range
from llm_pick.core.prepared import extract, weights_row
from llm_pick.core.record import replace

if TYPE_CHECKING:
    from llm_pick.core.catalog import Architecture, ArtifactSize, Catalog, Model, Quantization
    from llm_pick.core.estimate.recipe import Recipe
    from llm_pick.core.estimate.tensors import TensorGroup

TOWERS_APART = frozenset({"gguf"})
"""Formats that keep vision and audio towers in a separate file."""


class WeightParts(NamedTuple):
    """Computed tensor bytes of one model in one quantization, by where they live and when they are read."""

    layers: float
    """Repeating layers without routed experts, all layers together."""
    experts: float
    """Routed experts, all layers together."""
    root: float
    """Embedding, output head, final norm and what belongs to no layer."""
    tables: float
    """Per-layer embedding tables and learned positions: one row is read per token."""
    towers: float
    """Vision and audio towers with their projectors."""
    read_layers: float
    """Read to decode one token, from the repeating layers and the head; experts apart."""
    read_experts: float
    """Read to decode one token, from the routed experts."""

    @property
    def text(self) -> float:
        """Bytes of the language model: everything except the towers."""
        return self.layers + self.experts + self.root + self.tables


class LayerBytes(NamedTuple):
    """How weights divide when part of a model is placed elsewhere (bytes, likely values)."""

    repeating_layers: int
    per_layer: float
    """Mean bytes of one repeating layer, its routed experts included."""
    experts_per_layer: float
    """Of these, routed experts."""
    non_repeating: float
    """Embedding, head, final norm, tables; towers where the format loads them with the model."""


def weights_bytes(model: Model, quantization: Quantization, catalog: Catalog) -> Range:
    """Tensor bytes an engine loads: published sizes where the catalog has some, else the recipe's with its spread.

    Which printed sizes count is told by ``published_sizes``. Raises ``ValueError`` for a model without architecture
    and without a published size of this quantization.
    """
    published = published_sizes(model, quantization, catalog)
    if published:
        header = _header_bytes(model, quantization, catalog)
        slack = catalog.parameter("weights.rounded_size_share")
        sizes = [
            Range(size * (1 - rounding), float(size), size * (1 + rounding))
            for size, rounding in (
                (item.bytes - (header if item.what == "file" else 0), 0.0 if item.exact else slack) for item in published
            )
        ]
        likely = sorted(size.likely for size in sizes)[len(sizes) // 2]
        return Range(min(size.low for size in sizes), likely, max(size.high for size in sizes))
    parts = weight_parts(model, quantization, catalog)
    computed = parts.text + (0.0 if quantization.format in TOWERS_APART else parts.towers)
    return _spread(computed, quantization)


def published_sizes(model: Model, quantization: Quantization, catalog: Catalog) -> tuple[ArtifactSize, ...]:
    """The printed sizes ``weights_bytes`` uses; empty where it has to compute.

    Sizes of the publisher the catalog names come first. Another's says the same unless one of the two mixes types of
    its own: the catalog's publisher under this label, the other under any (a recipe's ``by_`` conditions tell).
    """
    found = tuple(item for item in model.artifacts if item.quant == quantization.id)
    if not found:
        return ()
    owner = _owner(model.gguf_repo)
    named = tuple(item for item in found if _owner(item.repo) == owner)
    mixers = extract("mixers", catalog, "quantizations") or mixers_of(catalog)
    if named or owner in mixers.get(quantization.id, ()):
        return named
    every = {publisher for publishers in mixers.values() for publisher in publishers}
    return tuple(item for item in found if _owner(item.repo) not in every)


def mixers_of(catalog: Catalog) -> dict[str, list[str]]:
    """Quantization id → publishers its recipe has rules for, where there are any."""
    found = {}
    for quantization in catalog.quantizations.values():
        words = (word for rule in quantization.rules for word in rule.when.split())
        publishers = sorted({word.removeprefix("by_") for word in words if word.startswith("by_")})
        if publishers:
            found[quantization.id] = publishers
    return found


def _owner(repo: str | None) -> str:
    return (repo or "").split("/")[0].lower()


def file_bytes(model: Model, quantization: Quantization, catalog: Catalog) -> Range:
    """Size of the file or files to download: the tensors, and for GGUF a header with the whole tokenizer."""
    tensors = weights_bytes(model, quantization, catalog)
    return tensors + Range.exact(_header_bytes(model, quantization, catalog))


def vision_bytes(model: Model, quantization: Quantization, catalog: Catalog) -> float:
    """Bytes of the vision and audio towers, which GGUF keeps in a second file; 0 for a text model."""
    return weight_parts(model, quantization, catalog).towers


def bytes_read_per_token(model: Model, quantization: Quantization, catalog: Catalog) -> Range:
    """Weight bytes touched to decode one token of one sequence: active experts and the head, one embedding row.

    Scaled with the published size where the catalog has one.
    """
    parts = weight_parts(model, quantization, catalog)
    total = weights_bytes(model, quantization, catalog)
    computed = parts.text + (0.0 if quantization.format in TOWERS_APART else parts.towers)
    return total.scaled((parts.read_layers + parts.read_experts) / computed)


def bits_per_weight(model: Model, quantization: Quantization, catalog: Catalog) -> float:
    """Likely bits per parameter over everything ``weights_bytes`` counts."""
    row = weights_row(model, quantization, catalog)
    counted = row[-1] if row else counted_elements(model, quantization)
    return weights_bytes(model, quantization, catalog).likely * 8 / counted


def counted_elements(model: Model, quantization: Quantization) -> int:
    """Parameters in everything ``weights_bytes`` counts."""
    return sum(
        group.elements * group.copies
        for group in tensor_groups(_architecture(_as_stored(model, quantization)))
        if group.part != "tower" or quantization.format not in TOWERS_APART
    )


def layer_bytes(model: Model, quantization: Quantization, catalog: Catalog) -> LayerBytes:
    """The weights by what offloading moves: a mean repeating layer, its experts, and what repeats in no layer."""
    parts = weight_parts(model, quantization, catalog)
    towers = 0.0 if quantization.format in TOWERS_APART else parts.towers
    scale = weights_bytes(model, quantization, catalog).likely / (parts.text + towers)
    layers = _architecture(model).layers
    return LayerBytes(
        repeating_layers=layers,
        per_layer=(parts.layers + parts.experts) * scale / layers,
        experts_per_layer=parts.experts * scale / layers,
        non_repeating=(parts.root + parts.tables + towers) * scale,
    )


def weight_parts(model: Model, quantization: Quantization, catalog: Catalog) -> WeightParts:
    """The computed bytes by part, remembered by identity: records are frozen, and hashing them costs more."""
    key = (id(model), id(quantization), id(catalog))
    entry = _memo.get(key)
    if entry is not None:
        return entry[1]
    if len(_memo) >= _MEMO_LIMIT:
        _memo.clear()
        _plans.clear()
        _stored.clear()
        forget()
    row = weights_row(model, quantization, catalog)
    if row:
        parts = WeightParts(*row[:7])
    else:
        plan = _plan(_as_stored(model, quantization), catalog)
        parts = _compute(plan, recipe_for(quantization, plan.conditions, catalog))
    _memo[key] = ((model, quantization, catalog), parts)
    return parts


class _Item(NamedTuple):
    """Equal tensors of one kind, ready to be multiplied with a width."""

    kind_and_row: tuple[str, int]
    """Row as far as blocks care: its greatest common divisor with the longest block."""
    place: tuple[int, int, int]
    """First layer, tensors, and places they are counted among."""
    elements: int
    part: int
    """Index into ``_PARTS``."""
    read: float
    """Share of the elements that is read for one token."""


class _Plan(NamedTuple):
    """What all quantizations of a model have in common."""

    owner: tuple[Model, Catalog]
    conditions: frozenset[str]
    items: tuple[_Item, ...]


_PARTS = ("layer", "expert", "root", "table", "tower")
_MEMO_LIMIT = 65536  # entries kept before the memo starts over: bounds its memory, tunes nothing
_memo: dict[tuple[int, int, int], tuple[object, WeightParts]] = {}
_plans: dict[tuple[int, int], _Plan] = {}
_stored: dict[int, tuple[Model, Model]] = {}


def _architecture(model: Model) -> Architecture:
    if model.architecture is None:
        raise ValueError(f"{model.id} has no known architecture")
    return model.architecture


def _as_stored(model: Model, quantization: Quantization) -> Model:
    """The model with the head stored, or not, as files of this format and publisher have it; one object each, for memos."""
    if not model.head_stored or model.architecture is None:
        return model
    words = (f"by_{_owner(model.gguf_repo)}",) if quantization.format == "gguf" else (quantization.format,)
    stored = next((model.head_stored[word] for word in words if word in model.head_stored), None)
    if stored is None or stored != model.architecture.tied_embeddings:
        return model
    entry = _stored.get(id(model))
    if entry is None:
        shape = replace(model.architecture, tied_embeddings=not stored)
        entry = _stored[id(model)] = (model, replace(model, architecture=shape))
    return entry[1]


def _spread(computed: float, quantization: Quantization) -> Range:
    low, high = quantization.size_spread
    return Range(computed * low, computed * min(max(1.0, low), high), computed * high)


def _header_bytes(model: Model, quantization: Quantization, catalog: Catalog) -> int:
    """The GGUF header holds every token and merge of the vocabulary; other formats keep them in other files."""
    if quantization.format != "gguf" or model.architecture is None:
        return 0
    return round(catalog.parameter("weights.gguf_header_bytes_per_token") * model.architecture.vocab)


def _compute(plan: _Plan, recipe: Recipe) -> WeightParts:
    sizes, reads = [0.0] * len(_PARTS), [0.0] * len(_PARTS)
    widths = recipe.widths
    for kind_and_row, place, elements, part, read in plan.items:
        width = widths.get(kind_and_row)
        if width is None:
            width = widths[kind_and_row] = width_of(recipe, *kind_and_row)
        each, layers, extra = width
        if layers:
            each += extra * layer_share(layers, place)
        size = each * elements
        sizes[part] += size
        reads[part] += size * read
    layer, expert, root, table, tower = sizes
    return WeightParts(layer, expert, root, table, tower, reads[0] + reads[2] + reads[3], reads[1])


def _plan(model: Model, catalog: Catalog) -> _Plan:
    """Shapes and sums of a model; vectors count together, as no recipe tells them apart."""
    key = (id(model), id(catalog))
    found = _plans.get(key)
    if found is not None:
        return found
    architecture = _architecture(model)
    groups = tensor_groups(architecture)
    blocks = block_multiple(catalog)
    value_like = sum(group.copies for group in groups if group.kind in VALUE_LIKE)
    merged: dict[tuple[tuple[str, int], tuple[int, int, int], int, float], int] = {}
    for group in groups:
        kind_and_row, place = (group.kind, gcd(group.row, blocks)), (0, 1, 1)
        if group.kind == "norm":
            kind_and_row = ("norm", 1)
        elif group.copies > 1:
            # Groups of value-like tensors alternate with each other; feed-forward groups know their place.
            place = (
                (SPREAD, group.copies, value_like)
                if group.kind in VALUE_LIKE
                else (group.first, group.copies, architecture.layers)
            )
        where = (kind_and_row, place, _PARTS.index(group.part), _read_share(group, architecture))
        merged[where] = merged.get(where, 0) + group.elements * group.copies
    items = tuple(
        _Item(kind_and_row, place, elements, part, read) for (kind_and_row, place, part, read), elements in merged.items()
    )
    found = _plans[key] = _Plan((model, catalog), conditions_of(model, architecture), items)
    return found


def _read_share(group: TensorGroup, architecture: Architecture) -> float:
    """Share of a tensor read for one token: of lookup tables one row, of routed experts the active ones."""
    if group.part == "tower":
        return 0.0
    is_lookup = group.part == "table" or (group.kind == "token_embd" and not architecture.tied_embeddings)
    return group.row / group.elements if is_lookup else group.used
