"""Sizes of models the catalog does not have, from models it has.

A name tells less than a parameter count: a large vocabulary, tied embeddings, rows no block divides all show in
the file. So the recipe of the label is applied to known architectures and the result carried over:

* a **relative**, when the row's name holds every word of a known model's name ("cerebras-qwen3-coder-reap-25b-a3b"
  holds "qwen 3 coder"): its repeating layers (routed experts where there are any, as pruning and merging change
  these) are scaled until the parameters are those stated;
* else the known models of the stated size, those of about the row's date first, as tunings are made of recent
  models: the median, and their spread as the interval.
"""

from __future__ import annotations

import dataclasses
from datetime import date
from math import log
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.resolve import Resolver, Row, params_from_name, words
from llm_pick.core.estimate.tensors import tensor_groups
from llm_pick.core.estimate.weights import TOWERS_APART, file_bytes, weight_parts, weights_bytes
from llm_pick.core.facts import Range

if TYPE_CHECKING:
    from llm_pick.core.catalog import Model, Quantization

SAME_SIZE = 0.02
"""Stated sizes within this share are one size."""
NEAR_SIZES = (0.02, 0.1, 0.3, 1.0)
"""Logarithmic distances within which models of another size are taken, the first that gives ``ENOUGH``."""
ENOUGH = 3
HALF_LIFE_DAYS = 120
"""A model so much older than the row counts half: what is tuned is mostly the latest."""
AFTER = 0.001
"""Weight of a model released after the row's date, and the least of any."""
FAR = 0.15
"""Logarithm of the size ratio beyond which a dense relative, or one with other active parameters, says nothing: siblings
of another size have other proportions. Pruned experts leave the active parameters as they are."""
HONEST_NAME = 1.75
"""A name states the size of a model that has at most so many times the parameters ("17B-16E" states the active ones)."""
RELATIVE_SPREAD = (0.96, 1.05)
CROWD_SPREAD = (0.98, 1.04)
"""Published over predicted size beyond the recipe's own spread; how often the intervals hold without the row's family
or architecture is printed by ``tools/calibrate_weights.py``."""


class _Known(NamedTuple):
    """A model of the catalog as a pattern for others."""

    model: Model
    stated: float
    """Parameters its name states, else those it has."""
    active: float | None
    """Active parameters its name states."""
    words: frozenset[str]
    """Words of its name that are no size."""
    text: float
    root: float
    """Parameters outside the repeating layers."""
    experts: float


class Lookalikes:
    """The catalog's models by name, and its architectures, one each, by size."""

    def __init__(self, resolver: Resolver, without: frozenset[str] = frozenset()) -> None:
        """``without`` leaves models out by id, to see how well the others stand in for them."""
        self._resolver = resolver
        models = sorted(resolver.catalog.models.values(), key=lambda model: (model.released, model.id))
        self._known = [_known(model) for model in models if model.architecture is not None and model.id not in without]
        self._distinct: list[_Known] = []
        seen = []
        for known in self._known:
            if known.model.architecture not in seen:
                seen.append(known.model.architecture)
                self._distinct.append(known)

    def predict(
        self, row: Row, quantization: Quantization, total: float, active: float | None, *, counted: bool
    ) -> tuple[str, Range] | None:
        """(``relative`` or ``same size``, bytes); ``None`` where no known model has about that size.

        ``counted`` says that ``total`` is a count and not a size in a name, which is rounded.
        """
        relative = self._relative(row, total, active)
        if relative is not None:
            scale = total / relative.text if counted else _stated_scale(relative, total)
            return "relative", _spread(self._size(row, relative, quantization, scale), RELATIVE_SPREAD)
        moe = active is not None and active < total
        alike = [known for known in self._distinct if bool(known.experts) == moe]
        for distance in NEAR_SIZES:
            near = [k for k in alike if abs(log(total / (k.text if counted else k.stated))) < distance]
            if len(near) >= ENOUGH:
                break
        if not near:
            return None
        weights = [_recency(k.model, row) for k in near]
        sizes = [self._size(row, k, quantization, total / k.text if counted else _stated_scale(k, total)) for k in near]
        found = Range(
            _quantile([size.low for size in sizes], weights, 0.1),
            _quantile([size.likely for size in sizes], weights, 0.5),
            _quantile([size.high for size in sizes], weights, 0.9),
        )
        return "same size", _spread(found, CROWD_SPREAD)

    def _relative(self, row: Row, total: float, active: float | None) -> _Known | None:
        """The known model whose whole name the row's name holds; of several the longest name, then the nearest size."""
        best, key = None, None
        names = [str(row.get(field) or "") for field in ("model_key", "hf_repo", "model")]
        own = frozenset(word for name in names for word in words(name, dates=True))
        for known in self._known:
            if not known.words or not known.words <= own or not any(word.isalpha() for word in known.words):
                continue
            if bool(known.experts) != (active is not None and active < total):
                continue
            distance = abs(log(total / known.stated))
            if distance > FAR and not (known.experts and active == known.active):
                continue
            rank = (-len(known.words), active != known.active, distance)
            if key is None or rank < key:
                best, key = known, rank
        return best

    def _size(self, row: Row, known: _Known, quantization: Quantization, scale: float) -> Range:
        """Bytes of ``known`` with its repeating layers scaled until all text parameters are ``scale`` times its own."""
        catalog = self._resolver.catalog
        model = dataclasses.replace(
            self._resolver.as_published(known.model, row),
            artifacts=(),
            released=str(row.get("source_date") or known.model.released),
        )
        if model.architecture and "embedding" in str(row.get("model_key")).lower():  # embedding models have no output head
            model = dataclasses.replace(model, architecture=dataclasses.replace(model.architecture, tied_embeddings=True))
        whole = file_bytes if row.get("size_kind") in ("file", "artifact") else weights_bytes
        size = whole(model, quantization, catalog)
        parts = weight_parts(model, quantization, catalog)
        computed = parts.text + (0.0 if quantization.format in TOWERS_APART else parts.towers)
        movable, params = (parts.experts, known.experts) if known.experts else (parts.layers, known.text - known.root)
        grown = max(0.0, 1 + known.text * (scale - 1) / params)
        return size.scaled((computed + movable * (grown - 1)) / computed)


def _known(model: Model) -> _Known:
    stated, active = params_from_name(model.id)
    if stated is None:
        stated, active = params_from_name(model.hf_repo)
    if stated is not None and not 1 / HONEST_NAME < model.params_total / stated < HONEST_NAME:
        stated = float(model.params_total)
    groups = tensor_groups(model.architecture) if model.architecture else ()
    text = sum(g.elements * g.copies for g in groups if g.part != "tower")
    experts = sum(g.elements * g.copies for g in groups if g.part == "expert")
    root = sum(g.elements * g.copies for g in groups if g.part in ("root", "table"))
    own = frozenset(word for word in words(model.id, dates=False) if params_from_name(word)[0] is None)
    return _Known(
        model, stated or float(text), active if active != stated else None, own, float(text), float(root), float(experts)
    )


def _recency(model: Model, row: Row) -> float:
    """Weight of ``model`` as what the row was made of: small for one released after it, halving with age."""
    try:
        age = date.fromisoformat(str(row.get("source_date"))) - date.fromisoformat(f"{model.released}-01"[:10])
    except ValueError:
        return 1.0
    return AFTER if age.days < 0 else max(AFTER, 0.5 ** (age.days / HALF_LIFE_DAYS))


def _quantile(values: list[float], weights: list[float], share: float) -> float:
    """The value below which ``share`` of the weight lies."""
    total, passed = sum(weights), 0.0
    for value, weight in sorted(zip(values, weights, strict=True)):
        passed += weight
        if passed >= share * total:
            return value
    return max(values)


def _stated_scale(known: _Known, total: float) -> float:
    """1 where both names state one size, as names round."""
    ratio = total / known.stated
    return 1.0 if abs(log(ratio)) < SAME_SIZE else ratio


def _spread(size: Range, spread: tuple[float, float]) -> Range:
    return Range(size.low * spread[0], size.likely, size.high * spread[1])
