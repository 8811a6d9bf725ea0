"""Every plausible way to serve a model on the machine of the question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.record import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from llm_pick.core.catalog import Catalog, Model, Quantization, Runtime
    from llm_pick.core.question import Hardware, Question

ANSWERING_KINDS = ("chat", "vision-language")
"""Kinds that answer a prompt; base models, embedders, rerankers, guards and speech models do not."""

NATIVE_BITS = {"bf16": 16, "fp16": 16, "fp32": 32, "fp8": 8, "int8": 8, "mxfp4": 4, "nvfp4": 4, "int4": 4}
GGUF_OF_NATIVE = {"mxfp4": "mxfp4_moe"}
"""The GGUF form that keeps the maker's own low-precision weights as they are."""
ROUNDING_BITS = 0.6
"""A GGUF type stores its scales too: q8_0 takes 8.5 bits for 8-bit weights and is no upcast of them."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One model in one quantization on one engine."""

    model: Model
    quantization: Quantization
    runtime: Runtime
    backend: str
    kv_dtype: str
    published: bool
    """False where no published file of this quantization is known (the user asked for it by name)."""

    @property
    def key(self) -> tuple[str, str, str]:
        """Stable identity, the last tie-break of every ordering."""
        return (self.model.id, self.quantization.id, self.runtime.id)


Engines = dict[str, tuple["Runtime", str] | None]
"""Quantization id → the engine and backend that run it on the machine of one question."""


def candidates_of(
    model: Model, question: Question, catalog: Catalog, engines: Engines | None = None, offer: Sequence[str] | None = None
) -> Iterator[Candidate]:
    """The quantizations of one model worth considering, smallest first, each with the engine that suits it.

    None for a model whose architecture is not published: nothing about it could be estimated. ``engines`` is
    shared by the models of one question. ``offer``: ids of what ``offered`` gives, where that is known and published.
    """
    if model.architecture is None:
        return
    engines = {} if engines is None else engines
    wanted = (
        offered(model, question.quantization, question.runtime, catalog)
        if offer is None
        else ((catalog.quantizations[id], True) for id in offer)
    )
    for quantization, published in wanted:
        engine = engine_for(quantization, question, catalog, engines)
        if engine is not None:
            runtime, backend = engine
            yield Candidate(model, quantization, runtime, backend, question.kv_dtype or runtime.kv_dtypes[0], published)


Offered = tuple[tuple["Quantization", bool], ...]
_offers: dict[object, tuple[object, Offered]] = {}
_MEMO_LIMIT = 8192  # entries kept before the memo starts over: bounds its memory, tunes nothing


def offered(model: Model, quantization: Quantization | None, runtime: Runtime | None, catalog: Catalog) -> Offered:
    """Quantizations worth considering, smallest first, and whether a file of each is published.

    ``quantization`` and ``runtime`` are those asked for, if any.

    Most models are published alike: what decides is the key of a memo, which keeps its catalog and changes no answer.
    """
    asked = (quantization and quantization.id, runtime and runtime.formats)
    owner = model.gguf_repo and model.gguf_repo.partition("/")[0]
    listed = frozenset([artifact.quant for artifact in model.artifacts])
    key = (id(catalog.quantizations), *asked, model.native_dtype, owner, not model.ollama_tag, listed)
    held = _offers.get(key)
    if held is None:
        if len(_offers) >= _MEMO_LIMIT:
            _offers.clear()
        wanted = [quantization] if quantization else _wanted(model, runtime, catalog)
        wanted.sort(key=lambda found: (found.nominal_bits, found.id))
        held = _offers[key] = (catalog.quantizations, tuple((found, is_published(model, found)) for found in wanted))
    return held[1]


def published_quantizations(model: Model, catalog: Catalog) -> list[Quantization]:
    """Quantizations of which a file is known to exist, or that GGUF repositories publish as a rule."""
    named = {model.native_dtype, GGUF_OF_NATIVE.get(model.native_dtype)} | {a.quant for a in model.artifacts}
    return [q for q in catalog.quantizations.values() if (q.usual or q.id in named) and is_published(model, q)]


def _wanted(model: Model, runtime: Runtime | None, catalog: Catalog) -> list[Quantization]:
    """What is known to be published; for an engine asked for by name, also the usual forms of its own formats."""
    known = published_quantizations(model, catalog)
    if runtime is None:
        return known
    formats = tuple(found for found in runtime.formats if found != "gguf")
    most = NATIVE_BITS[model.native_dtype] + ROUNDING_BITS
    return known + [
        q for q in catalog.quantizations.values() if q.usual and q.format in formats and q.nominal_bits <= most and q not in known
    ]


def engine_for(quantization: Quantization, question: Question, catalog: Catalog, engines: Engines) -> tuple[Runtime, str] | None:
    """The engine that runs this quantization on the machine of the question, and its backend; kept in ``engines``."""
    if quantization.id not in engines:
        engines[quantization.id] = _engine(quantization, question, catalog)
    return engines[quantization.id]


def _engine(quantization: Quantization, question: Question, catalog: Catalog) -> tuple[Runtime, str] | None:
    runtime = question.runtime or default_runtime(quantization, question, catalog)
    if runtime is None or runtime.id not in quantization.engines:
        return None
    backend = backend_for(runtime, question.hardware)
    return (runtime, backend) if backend is not None else None


def is_published(model: Model, quantization: Quantization) -> bool:
    """Whether a file of this quantization is known to exist: listed, the maker's own, or a usual GGUF rung.

    A GGUF repository is taken to hold the usual ladder. A model published in low precision is offered as
    published or smaller, never upcast: the file would grow and the quality would not.
    """
    if any(artifact.quant == quantization.id for artifact in model.artifacts):
        return quantization.nominal_bits <= NATIVE_BITS[model.native_dtype] + ROUNDING_BITS
    if quantization.format == "safetensors":
        return quantization.id == model.native_dtype
    if quantization.format == "gguf" and (model.gguf_repo or model.ollama_tag):
        own = GGUF_OF_NATIVE.get(model.native_dtype)
        if own is not None:
            return quantization.id == own
        owner = (model.gguf_repo or "").split("/")[0].lower()
        held = quantization.usual and (not quantization.published_by or owner in quantization.published_by)
        return held and quantization.nominal_bits <= NATIVE_BITS[model.native_dtype] + ROUNDING_BITS
    return False


def default_runtime(quantization: Quantization, question: Question, catalog: Catalog) -> Runtime | None:
    """The engine a practitioner would take for this format, this machine and this many users or this traffic."""
    many = question.users > 1 or question.workload is not None
    order = ENGINE_ORDER_MANY if many else ENGINE_ORDER_ONE
    for runtime_id in order:
        runtime = catalog.runtimes.get(runtime_id)
        if (
            runtime is not None
            and runtime.status == "active"
            and runtime.id in quantization.engines
            and backend_for(runtime, question.hardware) is not None
        ):
            return runtime
    return None


ENGINE_ORDER_ONE = ("llama-cpp", "mlx", "vllm", "sglang", "exllamav3", "transformers")
ENGINE_ORDER_MANY = ("vllm", "sglang", "llama-cpp", "mlx", "exllamav3", "transformers")


def backend_for(runtime: Runtime, hardware: Hardware) -> str | None:
    """The first backend of the machine that the engine supports; an accelerator's host is not meant by naming it."""
    wanted = (b for b in hardware.backends if b != "cpu" or hardware.is_cpu)
    return next((backend for backend in wanted if backend in runtime.backends), None)
