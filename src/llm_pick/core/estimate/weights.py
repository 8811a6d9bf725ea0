"""Bytes of the weights in a quantization: the recipe of ``data/quantizations.yaml`` applied to every tensor.

A recipe is an ordered list of rules; of the rules that match a tensor the last wins. A rule names tensor kinds
(``attn_v|attn_qkv``, or ``*``), a tensor type, optionally which layers, optionally conditions on the model.

Which layers (``MixRule.layers``), for a kind with n places in the model, place i from 0, integer division:

* ``all``; ``first_2``, ``first_4``: i below that number;
* ``first_eighth``, ``first_sixteenth``: i < n/8, i < n/16; ``middle``: n/8 <= i < 7n/8;
* ``more_bits``: i < n/8, or i >= 7n/8, or (i - n/8) mod 3 = 2.

Attention tensors are placed among the value-like tensors of the model, feed-forward tensors among its layers.
Rules with layers for one kind must not overlap.

Conditions (``MixRule.when``, separated by spaces, all must hold, ``!`` negates): ``tied`` (head and embedding are
one tensor), ``gqa4`` (at least four query heads share a KV head, as the first layer declares it), ``moe``,
``experts4`` (four experts or more), ``experts8`` (exactly eight), ``layers80`` (an 80-layer model with grouped
queries), ``rows256`` (the hidden width is a multiple of 256), ``native_<dtype>``.

Where a row is no multiple of a type's block, the type's fallback is used, as the quantizer does. What is
counted are tensor bytes, as an engine loads them: no file header (``file_bytes`` adds it), no
multi-token-prediction layers. In GGUF the vision and audio towers are a file of their own (``vision_bytes``);
in the other formats they are part of the weights.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from llm_pick.core.estimate.tensors import SPREAD, tensor_groups
from llm_pick.core.facts import Range

if TYPE_CHECKING:
    from llm_pick.core.catalog import Architecture, Catalog, MixRule, Model, Quantization, TensorType
    from llm_pick.core.estimate.tensors import TensorGroup

VALUE_LIKE = frozenset({"attn_v", "attn_qkv", "attn_kv_b"})
"""Kinds the quantizer counts together when it decides by layer."""
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
    """Tensor bytes an engine loads: published size where the catalog has it, else the recipe's with its spread.

    Raises ``ValueError`` for a model without architecture and without a published size of this quantization.
    """
    published = [item for item in model.artifacts if item.quant == quantization.id]
    if published:
        header = _header_bytes(model, quantization, catalog)
        sizes = sorted(item.bytes - header for item in published)
        likely = float(sizes[len(sizes) // 2])
        slack = 0.0 if all(item.exact for item in published) else catalog.parameter("weights.rounded_size_share")
        return Range(sizes[0] * (1 - slack), likely, sizes[-1] * (1 + slack))
    parts = weight_parts(model, quantization, catalog)
    computed = parts.text + (0.0 if quantization.format in TOWERS_APART else parts.towers)
    return _spread(computed, quantization)


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
    counted = sum(
        group.elements * group.count
        for group in tensor_groups(_architecture(model))
        if group.part != "tower" or quantization.format not in TOWERS_APART
    )
    return weights_bytes(model, quantization, catalog).likely * 8 / counted


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
    """The computed bytes by part, remembered per architecture and quantization (by identity, as both are fixed)."""
    architecture = _architecture(model)
    key = (id(architecture), id(quantization), id(catalog))
    entry = _memo.get(key)
    if entry is not None:
        return entry[1]
    if len(_memo) >= _MEMO_LIMIT:
        _memo.clear()
        _recipes.clear()
        _widths.clear()
    parts = _compute(model, architecture, quantization, catalog)
    _memo[key] = ((architecture, quantization, catalog), parts)
    return parts


_MEMO_LIMIT = 65536  # entries kept before the memo starts over: bounds its memory, tunes nothing
_memo: dict[tuple[int, int, int], tuple[object, WeightParts]] = {}
_recipes: dict[tuple[int, frozenset[str]], tuple[Quantization, dict[str, tuple[MixRule, ...]]]] = {}
_widths: dict[int, tuple[object, dict[tuple[str, int], float]]] = {}
_selected: dict[tuple[str, int, int, int], float] = {}


def _architecture(model: Model) -> Architecture:
    if model.architecture is None:
        raise ValueError(f"{model.id} has no known architecture")
    return model.architecture


def _spread(computed: float, quantization: Quantization) -> Range:
    low, high = quantization.size_spread
    return Range(computed * low, computed * min(max(1.0, low), high), computed * high)


def _header_bytes(model: Model, quantization: Quantization, catalog: Catalog) -> int:
    """The GGUF header holds every token and merge of the vocabulary; other formats keep them in other files."""
    if quantization.format != "gguf" or model.architecture is None:
        return 0
    return round(catalog.parameter("weights.gguf_header_bytes_per_token") * model.architecture.vocab)


def _compute(model: Model, architecture: Architecture, quantization: Quantization, catalog: Catalog) -> WeightParts:
    groups = tensor_groups(architecture)
    recipe = _recipe(quantization, _conditions(model, architecture))
    widths = _width_table(catalog.tensor_types)
    types = catalog.tensor_types
    value_like = sum(group.count for group in groups if group.kind in VALUE_LIKE)
    sums = {"layer": 0.0, "expert": 0.0, "root": 0.0, "table": 0.0, "tower": 0.0}
    read = read_experts = 0.0
    fallback = recipe["*"]
    for group in groups:
        rules = recipe.get(group.kind, fallback)
        places = value_like if group.kind in VALUE_LIKE else architecture.layers
        width = _bytes_per_element(rules, group, places, types, widths)
        size = width * group.elements * group.count
        sums[group.part] += size
        if group.part == "expert":
            read_experts += size * group.used
        elif group.part == "layer" or (group.part == "root" and _is_read(group.kind, architecture)):
            read += size
        elif group.part != "tower":
            read += width * group.row
    return WeightParts(sums["layer"], sums["expert"], sums["root"], sums["table"], sums["tower"], read, read_experts)


def _is_read(kind: str, architecture: Architecture) -> bool:
    """Of the tensors outside layers, all are read whole except an embedding that is not also the head."""
    return kind != "token_embd" or architecture.tied_embeddings


def _bytes_per_element(
    rules: tuple[MixRule, ...],
    group: TensorGroup,
    places: int,
    types: dict[str, TensorType],
    widths: dict[tuple[str, int], float],
) -> float:
    """Mean bytes per element of a group: the base type, corrected in the layers that later rules pick out."""
    base = _width(rules[0].type, group.row, types, widths)
    total = base
    for rule in rules[1:]:
        share = _share(rule.layers, group.first, group.count, places)
        total += share * (_width(rule.type, group.row, types, widths) - base)
    return total


def _width(type_id: str, row: int, types: dict[str, TensorType], widths: dict[tuple[str, int], float]) -> float:
    """Bytes per element of a type for rows of this length, fallbacks followed."""
    found = widths.get((type_id, row))
    if found is None:
        kind = types[type_id]
        while kind.fallback is not None and row % kind.block_elements:
            kind = types[kind.fallback]
        found = widths[(type_id, row)] = kind.block_bytes / kind.block_elements
    return found


def _width_table(types: dict[str, TensorType]) -> dict[tuple[str, int], float]:
    entry = _widths.get(id(types))
    if entry is None:
        entry = _widths[id(types)] = (types, {})
    return entry[1]


def _share(layers: str, first: int, count: int, places: int) -> float:
    """Share of ``count`` tensors, from place ``first`` of ``places``, that a layer selector picks."""
    key = (layers, first, count, places)
    found = _selected.get(key)
    if found is None:
        contiguous = first != SPREAD and count < places
        picked = range(first, first + count) if contiguous else range(places)
        found = sum(_SELECTORS[layers](i, places) for i in picked) / len(picked)
        _selected[key] = found
    return found


def _more_bits(i: int, n: int) -> bool:
    return i < n // 8 or i >= 7 * n // 8 or (i - n // 8) % 3 == 2


_SELECTORS = {
    "first_2": lambda i, n: i < 2,
    "first_4": lambda i, n: i < 4,
    "first_eighth": lambda i, n: i < n // 8,
    "first_sixteenth": lambda i, n: i < n // 16,
    "middle": lambda i, n: n // 8 <= i < 7 * n // 8,
    "more_bits": _more_bits,
}


def _recipe(quantization: Quantization, holds: frozenset[str]) -> dict[str, tuple[MixRule, ...]]:
    """Kind → its base rule followed by the rules for some layers; remembered per recipe and conditions."""
    key = (id(quantization), holds)
    entry = _recipes.get(key)
    if entry is None:
        active = [rule for rule in quantization.rules if _holds(rule.when, holds)]
        general = [rule for rule in active if rule.tensor == "*"]
        if not general:
            raise ValueError(f"{quantization.id} has no rule for all tensors")
        recipe: dict[str, tuple[MixRule, ...]] = {"*": (general[-1],)}
        for rule in active:
            for kind in rule.tensor.split("|"):
                if rule.layers == "all":
                    recipe[kind] = (rule,)
                else:
                    recipe[kind] = (*recipe.get(kind, recipe["*"]), rule)
        entry = _recipes[key] = (quantization, recipe)
    return entry[1]


def _holds(when: str, holds: frozenset[str]) -> bool:
    return all((word[1:] not in holds) if word[0] == "!" else (word in holds) for word in when.split())


def _conditions(model: Model, architecture: Architecture) -> frozenset[str]:
    """The named conditions that hold for a model; see the module's text."""
    found = {f"native_{model.native_dtype}"}
    if architecture.tied_embeddings:
        found.add("tied")
    if architecture.hidden % 256 == 0:
        found.add("rows256")
    experts = max((ffn.experts or 0 for ffn in architecture.ffns), default=0)
    if experts > 1:
        found.add("moe")
    if experts >= 4:
        found.add("experts4")
    if experts == 8:
        found.add("experts8")
    sharing = _first_layer_sharing(architecture)
    if sharing >= 4:
        found.add("gqa4")
    if architecture.layers == 80 and sharing > 1:
        found.add("layers80")
    return frozenset(found)


_WITHOUT_KV_HEADS = frozenset({"mamba1", "mamba2", "short_conv", "kda"})
"""Mixers whose layers declare no KV heads in GGUF; models that have them begin with one."""


def _first_layer_sharing(architecture: Architecture) -> float:
    """Query heads per KV head in the first layer; 0 where that layer has none."""
    if any(m.kind in _WITHOUT_KV_HEADS and not m.parallel for m in architecture.mixers):
        return 0
    for m in sorted(architecture.mixers, key=lambda m: m.window is None):
        if m.kind == "mla":
            return m.heads or 0
        if m.heads and m.kv_heads and m.kind != "mamba2":
            return m.heads / m.kv_heads
    return 1
