"""A model in a few numbers: enough to tell most models apart from the picks without reading their records.

``recommend`` has to say of every model whether it could be run, though it shows five. Outlines, worked out when the catalog is
compiled, answer that for nearly all: what the rules about the model look at (``Traits``, shared by many models), the best
score it can reach, and bounds on the memory of its smallest files. Where a bound decides, it decides as the whole estimate
would; where it does not, ``None`` sends the model through the estimate.
"""

from __future__ import annotations

from math import ceil, floor, gcd
from typing import TYPE_CHECKING, Any, NamedTuple

from llm_pick.core.candidates import ANSWERING_KINDS, Engines, engine_for, offered
from llm_pick.core.estimate.budget import DATACENTRE, host_budget_bytes
from llm_pick.core.estimate.kv_cache import KvTerms, cache_bytes, kv_terms
from llm_pick.core.estimate.memory import device_budget, may_offload
from llm_pick.core.estimate.placement import table_bytes
from llm_pick.core.estimate.runtime_memory import Widths, architecture_widths, engine_memory, load_factor, overhead_of
from llm_pick.core.estimate.weights import TOWERS_APART, vision_bytes, weights_bytes
from llm_pick.core.record import asdict
from llm_pick.core.rules.runtime_support import head_counts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from llm_pick.core.catalog import Catalog, Model, Quantization, Runtime
    from llm_pick.core.estimate.runtime_memory import EngineMemory
    from llm_pick.core.question import Question


class Traits(NamedTuple):
    """What the rules about the model look at, under the names of ``catalog.Model``."""

    kind: str
    license: str
    base_licenses: tuple[str, ...]
    openness: str
    modalities_in: tuple[str, ...]
    context_native: int
    context_extended: int | None
    reasoning: str
    tools: bool | None
    languages: str | None


class Smallest(NamedTuple):
    """The files of one format."""

    quantization: str
    """Id of the one with the fewest bits."""
    high: float
    """Upper bound of its weights, in bytes."""
    towers: float
    """Bytes of its vision and audio towers."""
    apart: bool
    """Whether they are a file of their own, and no part of the weights."""
    least: float
    """No quantization of this format keeps fewer bytes on the devices: upper bounds less the tables a host may hold."""


class Outline(NamedTuple):
    """One answering model with a known architecture."""

    id: str
    traits: Traits
    offered: tuple[str, ...]
    """Ids of the quantizations worth considering where none is asked for, smallest first."""
    smallest: tuple[Smallest, ...]
    """By format; empty where it was not worked out."""
    widths: Sequence[Any]
    """Fields of ``Widths``; empty where they were not worked out."""
    terms: Sequence[Any]
    """Fields of ``KvTerms``, for the cache on one device."""
    heads: int
    """Greatest common divisor of the numbers of attention heads: devices that share layers must divide it."""


BUILT_IN, YOURS = "built in", "yours"
"""The tables of outlines."""


def outlines(catalog: Catalog) -> Iterator[Outline]:
    """Every answering model with a known architecture; a user's own come first, in place of the built-in ones they change."""
    prepared = catalog.prepared
    if prepared is None or not prepared.holds(catalog, "models", "quantizations", "tensor_types", "parameters"):
        for model in catalog.models.values():
            if model.kind in ANSWERING_KINDS and model.architecture is not None:
                ids = tuple(quantization.id for quantization, _ in offered(model, None, None, catalog))
                yield Outline(model.id, traits_of(model), ids, (), (), (), 0)
        return
    own = prepared.outlines.get(YOURS)
    replaced = frozenset(own["replaced"] if own else ())
    if own:
        yield from _read(own)
    for found in _read(prepared.outlines[BUILT_IN]):
        if found.id not in replaced:
            yield found


def _read(table: dict[str, list[Any]]) -> Iterator[Outline]:
    """The outlines of a table as ``table_of`` made it."""
    traits = [Traits._make(tuple(item) if isinstance(item, list) else item for item in row) for row in table["traits"]]
    offers = [tuple(row) for row in table["offers"]]
    for id, trait, offer, smallest, widths, terms, heads in table["models"]:
        yield Outline(id, traits[trait], offers[offer], tuple(map(Smallest._make, smallest)), widths, terms, heads)


def traits_of(model: Model) -> Traits:
    """What the rules about the model look at."""
    return Traits(*(getattr(model, name) for name in Traits._fields))


def outline_of(model: Model, catalog: Catalog) -> Outline | None:
    """The whole outline of a model, with its bounds; ``None`` for one that answers nothing or is not known well enough."""
    architecture = model.architecture
    if model.kind not in ANSWERING_KINDS or architecture is None:
        return None
    found = [quantization for quantization, _ in offered(model, None, None, catalog)]
    formats: dict[str, list[Quantization]] = {}
    for quantization in found:
        formats.setdefault(quantization.format, []).append(quantization)
    smallest = tuple(_smallest(model, group, catalog) for group in formats.values())
    ids = tuple(quantization.id for quantization in found)
    widths, terms = (tuple(asdict(part).values()) for part in (architecture_widths(architecture), kv_terms(architecture)))
    return Outline(model.id, traits_of(model), ids, smallest, widths, terms, gcd(*head_counts(architecture)))


def _smallest(model: Model, group: Sequence[Quantization], catalog: Catalog) -> Smallest:
    first = group[0]
    highs = {quantization.id: weights_bytes(model, quantization, catalog).high for quantization in group}
    least = min(highs[quantization.id] - max(0.0, table_bytes(model, quantization, catalog)) for quantization in group)
    return Smallest(first.id, highs[first.id], vision_bytes(model, first, catalog), first.format in TOWERS_APART, least)


def table_of(found: Sequence[Outline]) -> dict[str, list[Any]]:
    """Outlines as plain values; what many share is written once. ``outlines`` reads it."""
    traits = list(dict.fromkeys(outline.traits for outline in found))
    offers = list(dict.fromkeys(outline.offered for outline in found))
    places = {item: place for place, item in enumerate(traits)}, {item: place for place, item in enumerate(offers)}
    models: list[list[Any]] = [
        [
            outline.id,
            places[0][outline.traits],
            places[1][outline.offered],
            [[item.quantization, ceil(item.high), ceil(item.towers), item.apart, floor(item.least)] for item in outline.smallest],
            outline.widths,
            outline.terms,
            outline.heads,
        ]
        for outline in found
    ]
    return {"traits": [list(item) for item in traits], "offers": [list(item) for item in offers], "models": models}


class Bounds:
    """What the outlines say about the memory of one question's machine."""

    def __init__(self, question: Question, catalog: Catalog, engines: Engines) -> None:
        self._question, self._catalog, self._engines = question, catalog, engines
        hardware = question.hardware
        self._count = len(hardware.devices)
        budgets = [device_budget(index, question, catalog) for index in range(self._count)]
        total, near = sum(budgets), 1 + catalog.parameter("rank.near_miss_share")
        self._room, self._least_room = max(budgets), min(budgets)
        offloads = any(may_offload(runtime, question) for runtime in catalog.runtimes.values())
        host = host_budget_bytes(hardware.ram_bytes or 0, catalog) if offloads else 0
        self._most = total + host
        """Models that need more fit nowhere on this machine."""
        self._far = max(self._most, total * near)
        """Of models that need more no near miss is made."""
        factors = [load_factor(runtime, catalog) for runtime in catalog.runtimes.values()]
        self._lightest = min([1.0, *(factor.high for factor in factors if factor)])
        self._towers = "vision" in question.task.needs
        self._unified = any(d.unified_memory and d.device_class != DATACENTRE for d in hardware.devices)
        self._level = question.min_tok_per_s is not None or question.max_ttft_s is not None
        self._other_offers = question.quantization is not None or question.runtime is not None
        self._setups: dict[str, _Setup | None] = {}

    def decide(self, outline: Outline, *, near: bool) -> bool | None:
        """Whether a quantization passes every gate about candidates; ``None``: look closely.

        With ``near``, ``False`` also means that none nearly fits.
        """
        if not outline.smallest or self._other_offers:
            return None
        setups = [self._setup(item.quantization) for item in outline.smallest]
        divides = outline.heads % self._count == 0
        if not any(setup and (divides or not setup.shared) for setup in setups):
            return None  # nothing runs it, or the heads do not divide by the devices: another gate's affair
        if min(item.least for item in outline.smallest) * self._lightest > (self._far if near else self._most):
            return False
        if self._level:
            return None
        fits = (self._fits(outline, item, setup) for item, setup in zip(outline.smallest, setups, strict=True) if setup)
        return any(fits) or None

    def _setup(self, id: str) -> _Setup | None:
        """How the quantization would be run; ``None`` where nothing runs it."""
        if id not in self._setups:
            self._setups[id] = self._found(self._catalog.quantizations[id])
        return self._setups[id]

    def _found(self, quantization: Quantization) -> _Setup | None:
        question, catalog = self._question, self._catalog
        engine = engine_for(quantization, question, catalog, self._engines)
        if engine is None:
            return None
        runtime, backend = engine
        factor = load_factor(runtime, catalog)
        return _Setup(
            runtime=runtime,
            memory=engine_memory(runtime, backend, catalog),
            kv_dtype=question.kv_dtype or runtime.kv_dtypes[0],
            load=factor.high if factor else 1.0,
            shared=self._count > 1 and runtime.multi_device == "tensor-parallel",
        )

    def _fits(self, outline: Outline, item: Smallest, setup: _Setup) -> bool:
        """Whether it fits at the upper end for certain: all of it on the largest device, or a share of it on each."""
        if setup.shared and outline.heads % self._count:
            return False
        question, catalog = self._question, self._catalog
        need = item.high * setup.load + (item.towers if self._towers and item.apart else 0.0)
        room = self._least_room if setup.shared else self._room
        if setup.shared:  # every device holds its share of the weights and all of the towers; of the cache at most all
            need = need / self._count + item.towers
        if need > room:
            return False
        widths, terms = Widths(*outline.widths), KvTerms(*outline.terms)
        if self._unified:  # tables in memory that the device shares are no saving, and a shared one is held twice
            need += widths.vocab * widths.hidden * _WIDEST
        asked = (question.context_tokens, question.users, setup.kv_dtype)
        need += cache_bytes(terms, *asked, setup.runtime, catalog)
        parts = overhead_of(
            widths, terms, setup.memory, question.context_tokens, setup.kv_dtype, catalog, question.users, self._count,
        )  # fmt: skip
        return need + sum(parts) * setup.memory.high <= room


class _Setup(NamedTuple):
    """An engine with what it needs to know for one question."""

    runtime: Runtime
    memory: EngineMemory
    kv_dtype: str
    load: float
    """Bytes held for a byte of weights, at the upper end."""
    shared: bool
    """Whether the devices share every layer."""


_WIDEST = 4
"""Bytes of the widest stored number."""
