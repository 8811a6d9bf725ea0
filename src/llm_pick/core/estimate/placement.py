"""What of a model lies in system memory: what an engine always keeps there, and what it moves there to fit.

Engines that look embeddings up on the host (``Runtime.host_embeddings``) never load these tables on a device, except
one that doubles as the output head. What does not fit is moved in this order, because it costs least speed:

1. routed experts, layer by layer, where the engine can keep them apart (``experts_on_cpu`` among its flags): attention,
   shared experts and the cache stay on the device, and a token reads only the experts it uses from the host;
2. whole layers with their cache.

On several devices layers are whole: a device holds as many mean layers as fit beside its overhead.
"""

from __future__ import annotations

from math import ceil, gcd
from typing import TYPE_CHECKING, NamedTuple

from llm_pick.core.estimate.recipe import block_multiple, conditions_of, recipe_for, width_of
from llm_pick.core.estimate.runtime_memory import runtime_value
from llm_pick.core.estimate.tensors import tensor_groups
from llm_pick.core.estimate.weights import TOWERS_APART, weight_parts, weights_bytes
from llm_pick.core.prepared import weights_row
from llm_pick.core.record import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from llm_pick.core.catalog import Architecture, Catalog, Model, Quantization, Runtime

HOST_BACKEND = "cpu"
BISECTIONS = 20
"""Halvings of the interval in which the tightest balanced split lies: a millionth of a room is close enough."""


@dataclass(frozen=True, slots=True)
class Need:
    """What has to be placed, at the cautious end of the estimate; bytes."""

    model_bytes: float
    """Weights and cache of all layers."""
    expert_bytes: float
    """Of these, routed experts."""
    overhead_bytes: float
    """On every device."""
    layers: int
    expert_layers: int
    """Layers with routed experts."""
    first_expert_layer: int = 0
    """Layers before the first with routed experts."""
    parallel: int = 1
    """Devices that share every layer."""

    def without_experts(self, layers: int) -> float:
        """Weights and cache that remain when the experts of ``layers`` layers are elsewhere."""
        return self.model_bytes - (self.expert_bytes * layers / self.expert_layers if layers else 0.0)

    def layer_sizes(self, moved: int) -> list[float]:
        """Bytes of each layer in order when the first ``moved`` layers with experts have theirs elsewhere."""
        light = (self.model_bytes - self.expert_bytes) / self.layers
        behind = self.layers - self.first_expert_layer
        heavy = light + self.expert_bytes / behind
        lead = self.first_expert_layer + ceil(moved * behind / self.expert_layers)
        return [light] * lead + [heavy] * (self.layers - lead)


class Placement(NamedTuple):
    """How many layers give something to the host, and how the devices share the rest."""

    layers: int = 0
    """Whole layers in system memory, with their cache and whatever experts they have."""
    expert_layers: int = 0
    """Layers whose routed experts are in system memory."""
    split: tuple[int, ...] = ()
    """Layers of each device where some are lighter than others; empty: the engine's own split will do."""


def shortfall_bytes(model_bytes: float, overhead: float, budgets: Sequence[int], layers: int, parallel: int) -> float:
    """Bytes missing on the devices together; 0 where every device holds its part.

    ``model_bytes`` are weights and cache, ``overhead`` is needed on every device. One device may hold part of a layer
    more than it does (embedding and head count among the layers); several hold whole layers, or with ``parallel``
    above 1 an equal share of each.
    """
    count = len(budgets)
    if parallel > 1:
        return max(0.0, (model_bytes / parallel + overhead - min(budgets)) * count)
    if count == 1:
        return max(0.0, model_bytes + overhead - budgets[0])
    per_layer = model_bytes / layers
    held = sum(int(max(0.0, budget - overhead) / per_layer) for budget in budgets)
    return max(0.0, (layers - held) * per_layer)


def place(need: Need, budgets: Sequence[int], *, experts: bool, whole_layers: bool) -> Placement | None:
    """The least that must move to the host so that the rest fits the devices; ``None`` if nothing helps."""
    rooms = [max(0.0, budget - need.overhead_bytes) for budget in budgets]
    several = len(budgets) > 1 and need.parallel == 1

    def fits(moved: int) -> bool:
        if several:
            return fill(need.layer_sizes(moved), rooms) is not None
        return not shortfall_bytes(need.without_experts(moved), need.overhead_bytes, budgets, need.layers, need.parallel)

    most = need.expert_layers if experts and need.expert_bytes else 0
    if most and fits(most):
        moved = _first_true(fits, most)
        return Placement(expert_layers=moved, split=balanced(need.layer_sizes(moved), rooms) if several else ())
    if not whole_layers:
        return None
    rest = need.without_experts(most)
    short = shortfall_bytes(rest, need.overhead_bytes, budgets, need.layers, need.parallel)
    moved = ceil(short / (rest / need.layers))
    return Placement(moved, most) if moved <= need.layers else None


def fill(sizes: Sequence[float], rooms: Sequence[float]) -> tuple[int, ...] | None:
    """Layers of each device when devices take whole layers in order, each as many as fit; ``None`` if some are left."""
    counts, next_layer = [], 0
    for room in rooms:
        first = next_layer
        while next_layer < len(sizes) and sizes[next_layer] <= room:
            room -= sizes[next_layer]
            next_layer += 1
        counts.append(next_layer - first)
    return tuple(counts) if next_layer == len(sizes) else None


def balanced(sizes: Sequence[float], rooms: Sequence[float]) -> tuple[int, ...]:
    """The split of layers that leaves about the same share of every room free; ``sizes`` must fit ``rooms``."""
    best = fill(sizes, rooms) or ()
    low, high = 0.0, 1.0
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        found = fill(sizes, [room * middle for room in rooms])
        if found is None:
            low = middle
        else:
            best, high = found, middle
    return best


def expert_layers(architecture: Architecture) -> int:
    """Layers with routed experts."""
    return sum(ffn.layers for ffn in architecture.ffns if ffn.kind == "moe")


def first_expert_layer(architecture: Architecture) -> int:
    """Layers in front of the first with routed experts; 0 where layers with and without them alternate."""
    firsts = [group.first for group in tensor_groups(architecture) if group.part == "expert"]
    in_front = architecture.layers - expert_layers(architecture)
    return in_front if firsts and min(firsts) == in_front else 0


def leading_layers(architecture: Architecture, moved: int) -> int:
    """How many layers, counted from the first, contain ``moved`` layers with routed experts.

    Engines name the layers whose experts they move by this count, dense layers in front included.
    """
    first = first_expert_layer(architecture)
    behind = architecture.layers - first
    return first + ceil(moved * behind / expert_layers(architecture)) if moved else 0


def host_table_bytes(
    model: Model, quantization: Quantization, runtime: Runtime, backend: str, catalog: Catalog, *, unified: bool = False
) -> float:
    """Bytes of lookup tables that the engine keeps in system memory and off the devices; 0 for other engines.

    They are the input embedding, per-layer embeddings and learned positions. An input embedding that doubles as the
    output head is loaded on the device as well, so nothing is saved on it. Backends that pin the tables (parameter
    ``pinned_tables``) hold them in memory the GPU addresses: where that is one memory with the device's (``unified``)
    nothing is saved, and the copy of a shared table comes on top: the result is then negative.
    """
    if not runtime.host_embeddings or backend == HOST_BACKEND or model.architecture is None:
        return 0.0
    pinned = unified and bool(runtime_value(catalog, runtime, backend, "pinned_tables"))
    return table_bytes(model, quantization, catalog, pinned=pinned)


def table_bytes(model: Model, quantization: Quantization, catalog: Catalog, *, pinned: bool = False) -> float:
    """``host_table_bytes`` for an engine that keeps the tables on the host; ``pinned``: in memory that the device shares."""
    row = weights_row(model, quantization, catalog)
    if row:
        return row[-2] if pinned else row[-3]
    architecture = model.architecture
    if architecture is None:
        return 0.0
    parts = weight_parts(model, quantization, catalog)
    if pinned:
        saved = -_embedding_bytes(model, architecture, quantization, catalog) if architecture.tied_embeddings else 0.0
    elif architecture.tied_embeddings:
        saved = parts.tables
    else:
        saved = parts.tables + _embedding_bytes(model, architecture, quantization, catalog)
    computed = parts.text + (0.0 if quantization.format in TOWERS_APART else parts.towers)
    return saved * weights_bytes(model, quantization, catalog).likely / computed


def _embedding_bytes(model: Model, architecture: Architecture, quantization: Quantization, catalog: Catalog) -> float:
    recipe = recipe_for(quantization, conditions_of(model, architecture), catalog)
    width = width_of(recipe, "token_embd", gcd(architecture.hidden, block_multiple(catalog)))
    return architecture.vocab * architecture.hidden * width.base


def _first_true(holds: Callable[[int], bool], most: int) -> int:
    """Smallest n in 1..most for which the monotone ``holds`` is true; it is true for ``most``."""
    low, high = 1, most
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low
