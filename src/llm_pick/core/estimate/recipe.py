"""How a quantization recipe is read: which rule decides the type of which tensors of which model.

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
"""

from __future__ import annotations

from math import lcm
from typing import TYPE_CHECKING, NamedTuple

from llm_pick.core.estimate.tensors import SPREAD

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from llm_pick.core.catalog import Architecture, Catalog, MixRule, Model, Quantization, TensorType

VALUE_LIKE = frozenset({"attn_v", "attn_qkv", "attn_kv_b"})
"""Kinds the quantizer counts together when it decides by layer."""

_recipes: dict[tuple[int, int, frozenset[str]], Recipe] = {}
_words: dict[int, tuple[Quantization, frozenset[str]]] = {}
_shares: dict[tuple[str, tuple[int, int, int]], float] = {}
_blocks: dict[int, tuple[Catalog, int]] = {}
"""Memos go by identity; every entry holds the record whose ``id`` is in its key."""


def forget() -> None:
    """Empty every memo of this module (its caller bounds their number)."""
    for memo in (_recipes, _words, _shares, _blocks):
        memo.clear()


class Width(NamedTuple):
    """Bytes per element of a kind of tensor."""

    base: float
    layers: str
    """Selector of the layers with another type; empty where there are none."""
    extra: float
    """What these layers have more than ``base``."""


class Recipe(NamedTuple):
    """A quantization under given conditions, with the widths it has worked out."""

    owner: tuple[Quantization, Catalog]
    rules: dict[str, tuple[MixRule, ...]]
    types: Mapping[str, TensorType]
    widths: dict[tuple[str, int], Width]
    """By kind and row."""


def _more_bits(i: int, n: int) -> bool:
    return i < n // 8 or i >= 7 * n // 8 or (i - n // 8) % 3 == 2


SELECTORS: dict[str, Callable[[int, int], bool]] = {
    "first_2": lambda i, n: i < 2,
    "first_4": lambda i, n: i < 4,
    "first_eighth": lambda i, n: i < n // 8,
    "first_sixteenth": lambda i, n: i < n // 16,
    "middle": lambda i, n: n // 8 <= i < 7 * n // 8,
    "more_bits": _more_bits,
}


def recipe_for(quantization: Quantization, conditions: frozenset[str], catalog: Catalog) -> Recipe:
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
    found = _recipes[key] = Recipe((quantization, catalog), rules, catalog.tensor_types, {})
    return found


def _holds(when: str, holds: frozenset[str]) -> bool:
    return all((word[1:] not in holds) if word[0] == "!" else (word in holds) for word in when.split())


def conditions_of(model: Model, architecture: Architecture) -> frozenset[str]:
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


def block_multiple(catalog: Catalog) -> int:
    """Least common multiple of the blocks that rows must divide."""
    found = _blocks.get(id(catalog))
    if found is None:
        sizes = (kind.block_elements for kind in catalog.tensor_types.values() if kind.fallback is not None)
        found = _blocks[id(catalog)] = (catalog, lcm(*sizes))
    return found[1]


def width_of(recipe: Recipe, kind: str, row: int) -> Width:
    """Bytes per element of tensors of ``kind`` whose rows share the divisor ``row`` with the longest block."""
    rules = recipe.rules.get(kind) or recipe.rules["*"]
    base = _width(rules[0].type, row, recipe.types)
    if len(rules) == 1:
        return Width(base, "", 0.0)
    return Width(base, rules[1].layers, _width(rules[1].type, row, recipe.types) - base)


def _width(type_id: str, row: int, types: Mapping[str, TensorType]) -> float:
    """Bytes per element of a type for rows of this length, fallbacks followed."""
    kind = types[type_id]
    while kind.fallback is not None and row % kind.block_elements:
        kind = types[kind.fallback]
    return kind.block_bytes / kind.block_elements


def layer_share(layers: str, place: tuple[int, int, int]) -> float:
    """Share of some tensors (first place, how many, of how many places) that a layer selector picks."""
    found = _shares.get((layers, place))
    if found is None:
        first, copies, places = place
        contiguous = first != SPREAD and copies < places
        picked = range(first, first + copies) if contiguous else range(places)
        select = SELECTORS[layers]
        found = _shares[(layers, place)] = sum(select(i, places) for i in picked) / len(picked)
    return found
