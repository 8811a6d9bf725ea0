"""Bytes of the weights in a quantization: the recipe of ``data/quantizations.yaml`` applied to every tensor.

A recipe is an ordered list of rules; of the rules that match a tensor the last wins. A rule names tensor kinds
(``attn_v|attn_qkv``, or ``*``), a tensor type, optionally which layers, optionally conditions on the model.

Which layers (``MixRule.layers``), for a kind with n places in the model, place i from 0, integer division:

* ``all``; ``first_2``, ``first_4``: i below that number;
* ``first_eighth``, ``first_sixteenth``: i < n/8, i < n/16; ``middle``: n/8 <= i < 7n/8;
* ``more_bits``: i < n/8, or i >= 7n/8, or (i - n/8) mod 3 = 2.

Attention tensors are placed among the value-like tensors of the model, feed-forward tensors among its layers.
A kind has at most one rule for some layers, after one for all.

Conditions (``MixRule.when``, separated by spaces, all must hold, ``!`` negates):

* ``tied``: head and embedding are one tensor;
* ``gqa4``: at least four query heads share a KV head, as the first layer declares it;
* ``layers80``: an 80-layer model with grouped queries;
* ``moe``, ``experts4`` (four experts or more), ``experts8`` (exactly eight);
* ``rows256``: the hidden width is a multiple of 256;
* ``native_<dtype>``: what the maker's repository holds;
* ``by_<owner>``: who publishes the GGUF files the catalog names;
* ``year_<yyyy>``: release of the model, as publishers change their recipes.

Where a row is no multiple of a type's block, the type's fallback is used, as the quantizer does. What is
counted are tensor bytes, as an engine loads them: no file header (``file_bytes`` adds it), no
multi-token-prediction layers. In GGUF the vision and audio towers are a file of their own (``vision_bytes``);
in the other formats they are part of the weights.
"""

from __future__ import annotations

from math import gcd, lcm
from typing import TYPE_CHECKING, NamedTuple

from llm_pick.core.estimate.tensors import SPREAD, tensor_groups
from llm_pick.core.facts import Range

if TYPE_CHECKING:
    from collections.abc import Callable

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
        group.elements * group.copies
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
    """The computed bytes by part, remembered by identity: records are frozen, and hashing them costs more."""
    key = (id(model), id(quantization), id(catalog))
    entry = _memo.get(key)
    if entry is not None:
        return entry[1]
    if len(_memo) >= _MEMO_LIMIT:
        for memo in (_memo, _plans, _recipes, _words, _shares, _blocks):
            memo.clear()
    plan = _plan(model, catalog)
    parts = _compute(plan, _recipe(quantization, plan.conditions, catalog))
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


class _Recipe(NamedTuple):
    """A quantization under given conditions, with the widths it has worked out."""

    owner: tuple[Quantization, Catalog]
    rules: dict[str, tuple[MixRule, ...]]
    types: dict[str, TensorType]
    widths: dict[tuple[str, int], _Width]
    """By kind and row."""


class _Width(NamedTuple):
    """Bytes per element of a kind of tensor."""

    base: float
    layers: str
    """Selector of the layers with another type; empty where there are none."""
    extra: float
    """What these layers have more than ``base``."""


_PARTS = ("layer", "expert", "root", "table", "tower")
_MEMO_LIMIT = 65536  # entries kept before the memo starts over: bounds its memory, tunes nothing
_memo: dict[tuple[int, int, int], tuple[object, WeightParts]] = {}
_plans: dict[tuple[int, int], _Plan] = {}
_recipes: dict[tuple[int, int, frozenset[str]], _Recipe] = {}
_words: dict[int, tuple[Quantization, frozenset[str]]] = {}
_shares: dict[tuple[str, tuple[int, int, int]], float] = {}
_blocks: dict[int, tuple[Catalog, int]] = {}


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


def _compute(plan: _Plan, recipe: _Recipe) -> WeightParts:
    sizes, reads = [0.0] * len(_PARTS), [0.0] * len(_PARTS)
    widths = recipe.widths
    for kind_and_row, place, elements, part, read in plan.items:
        width = widths.get(kind_and_row)
        if width is None:
            width = widths[kind_and_row] = _width_of(recipe, *kind_and_row)
        each, layers, extra = width
        if layers:
            each += extra * _share(layers, place)
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
    blocks = _block_multiple(catalog)
    value_like = sum(group.copies for group in groups if group.kind in VALUE_LIKE)
    merged: dict[tuple[tuple[str, int], tuple[int, int, int], int, float], int] = {}
    for group in groups:
        kind_and_row, place = (group.kind, gcd(group.row, blocks)), (0, 1, 1)
        if group.kind == "norm":
            kind_and_row = ("norm", 1)
        elif group.copies > 1:
            places = value_like if group.kind in VALUE_LIKE else architecture.layers
            place = (group.first, group.copies, places)
        where = (kind_and_row, place, _PARTS.index(group.part), _read_share(group, architecture))
        merged[where] = merged.get(where, 0) + group.elements * group.copies
    items = tuple(
        _Item(kind_and_row, place, elements, part, read) for (kind_and_row, place, part, read), elements in merged.items()
    )
    found = _plans[key] = _Plan((model, catalog), _conditions(model, architecture), items)
    return found


def _block_multiple(catalog: Catalog) -> int:
    """Least common multiple of the blocks that rows must divide."""
    found = _blocks.get(id(catalog))
    if found is None:
        sizes = (kind.block_elements for kind in catalog.tensor_types.values() if kind.fallback is not None)
        found = _blocks[id(catalog)] = (catalog, lcm(*sizes))
    return found[1]


def _read_share(group: TensorGroup, architecture: Architecture) -> float:
    """Share of a tensor read for one token: of lookup tables one row, of routed experts the active ones."""
    if group.part == "tower":
        return 0.0
    is_lookup = group.part == "table" or (group.kind == "token_embd" and not architecture.tied_embeddings)
    return group.row / group.elements if is_lookup else group.used


def _width_of(recipe: _Recipe, kind: str, row: int) -> _Width:
    rules = recipe.rules.get(kind) or recipe.rules["*"]
    base = _width(rules[0].type, row, recipe.types)
    if len(rules) == 1:
        return _Width(base, "", 0.0)
    return _Width(base, rules[1].layers, _width(rules[1].type, row, recipe.types) - base)


def _width(type_id: str, row: int, types: dict[str, TensorType]) -> float:
    """Bytes per element of a type for rows of this length, fallbacks followed."""
    kind = types[type_id]
    while kind.fallback is not None and row % kind.block_elements:
        kind = types[kind.fallback]
    return kind.block_bytes / kind.block_elements


def _share(layers: str, place: tuple[int, int, int]) -> float:
    """Share of some tensors (first place, how many, of how many places) that a layer selector picks."""
    found = _shares.get((layers, place))
    if found is None:
        first, copies, places = place
        contiguous = first != SPREAD and copies < places
        picked = range(first, first + copies) if contiguous else range(places)
        select = _SELECTORS[layers]
        found = _shares[(layers, place)] = sum(select(i, places) for i in picked) / len(picked)
    return found


def _more_bits(i: int, n: int) -> bool:
    return i < n // 8 or i >= 7 * n // 8 or (i - n // 8) % 3 == 2


_SELECTORS: dict[str, Callable[[int, int], bool]] = {
    "first_2": lambda i, n: i < 2,
    "first_4": lambda i, n: i < 4,
    "first_eighth": lambda i, n: i < n // 8,
    "first_sixteenth": lambda i, n: i < n // 16,
    "middle": lambda i, n: n // 8 <= i < 7 * n // 8,
    "more_bits": _more_bits,
}


def _recipe(quantization: Quantization, conditions: frozenset[str], catalog: Catalog) -> _Recipe:
    """Kind → its base rule followed by the rule for some layers; remembered per quantization and conditions."""
    entry = _words.get(id(quantization))
    if entry is None:
        asked = frozenset(word.lstrip("!") for rule in quantization.rules for word in rule.when.split())
        entry = _words[id(quantization)] = (quantization, asked)
    conditions &= entry[1]
    key = (id(quantization), id(catalog), conditions)
    found = _recipes.get(key)
    if found is not None:
        return found
    active = [rule for rule in quantization.rules if _holds(rule.when, conditions)]
    general = [rule for rule in active if rule.tensor == "*"]
    if not general:
        raise ValueError(f"{quantization.id} has no rule for all tensors")
    rules: dict[str, tuple[MixRule, ...]] = {"*": (general[-1],)}
    for rule in active:
        for kind in rule.tensor.split("|"):
            rules[kind] = (rule,) if rule.layers == "all" else (rules.get(kind, rules["*"])[0], rule)
    found = _recipes[key] = _Recipe((quantization, catalog), rules, catalog.tensor_types, {})
    return found


def _holds(when: str, holds: frozenset[str]) -> bool:
    return all((word[1:] not in holds) if word[0] == "!" else (word in holds) for word in when.split())


def _conditions(model: Model, architecture: Architecture) -> frozenset[str]:
    """The named conditions that hold for a model; see the module's text."""
    found = {f"native_{model.native_dtype}", f"year_{model.released[:4]}"}
    if model.gguf_repo:
        found.add(f"by_{model.gguf_repo.split('/')[0].lower()}")
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
