"""``--explain`` for memory: every term with its numbers, what each rests on, and how to read it off the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.estimate.kv_cache import kv_bytes_per_element, latent_width, recurrent_state_bytes, window_cells
from llm_pick.core.estimate.placement import expert_layers
from llm_pick.core.estimate.runtime_memory import engine_memory, overhead_parts
from llm_pick.core.provenance import resolve, sources_of
from llm_pick.render.commands import run_commands
from llm_pick.render.text import gib

if TYPE_CHECKING:
    from llm_pick.core.catalog import Catalog, Mixer, Parameter, Runtime
    from llm_pick.core.question import Question
    from llm_pick.core.recommend import Assessed

Lines = list[tuple[str, str]]


def memory_lines(item: Assessed, asked: Question, catalog: Catalog) -> Lines:
    """The sum, its terms, the budget, and the constants with their sources."""
    memory = item.estimate.memory
    moved = memory.offloaded_bytes
    terms = f"weights {gib(memory.weights_bytes.likely)} + KV cache {gib(memory.kv_cache_bytes)} + overhead "
    terms += gib(memory.overhead_bytes.likely)
    if memory.host_weights_bytes:
        terms += f" - {gib(memory.host_weights_bytes)} of embeddings kept in system memory"
    if moved:
        terms += f" - {gib(moved)} moved to system memory"
    total = memory.total_bytes
    lines: Lines = [
        ("memory", f"{terms} = {gib(total.likely)} GiB (80 %: {gib(total.low)} to {gib(total.high)}); fits when the upper "
                   f"bound is within {gib(memory.budget_bytes)} GiB on every device and nothing is moved"),
    ]  # fmt: skip
    if moved:
        lines.append(("memory", _moved(item)))
    lines.append(("weights", _weights(item)))
    lines += [("KV cache", text) for text in _cache(item, asked, catalog)]
    lines.append(("overhead", _overhead(item, asked, catalog)))
    lines += _sources(item, catalog)
    return lines


def check_lines(item: Assessed, asked: Question, catalog: Catalog) -> Lines:
    """A command per engine that shows the number in the engine itself, and what it should say."""
    lines: Lines = []
    for engine, run in run_commands(item, asked, catalog).items():
        if run["verify"]:
            lines.append(("check it", f"{engine}: {run['verify']}"))
        if run["expect"]:
            lines.append(("expect", f"{engine}: {run['expect']}"))
    return lines


def _moved(item: Assessed) -> str:
    architecture, placement = item.candidate.model.architecture, item.estimate.memory.placement
    if architecture is None:
        return ""
    parts = []
    if placement.expert_layers:
        parts.append(f"the routed experts of {placement.expert_layers} of {expert_layers(architecture)} layers")
    if placement.layers:
        parts.append(f"{placement.layers} of {architecture.layers} whole layers with their cache")
    share = item.estimate.memory.host_read_share
    return f"in system memory: {' and '.join(parts)}; a token reads {share:.0%} of its weight bytes there"


def _weights(item: Assessed) -> str:
    """The product; whether a size was published or computed is told by ``explanation.weights_line``."""
    return f"{item.candidate.model.params_total:,} parameters x {item.estimate.bits_per_weight:.2f} bits / 8"


def _cache(item: Assessed, asked: Question, catalog: Catalog) -> list[str]:
    candidate = item.candidate
    architecture, runtime = candidate.model.architecture, candidate.runtime
    if architecture is None:
        return []
    width = kv_bytes_per_element(candidate.kv_dtype, catalog)
    cells = -(-asked.context_tokens // runtime.kv_pad_tokens) * runtime.kv_pad_tokens
    lines = [text for mixer in architecture.mixers if (text := _mixer(mixer, cells, runtime))]
    users = f" x {asked.users} users" if asked.users > 1 else ""
    return [f"{line} x {width:g} B ({candidate.kv_dtype}){users}" for line in lines]


def _mixer(mixer: Mixer, cells: int, runtime: Runtime) -> str | None:
    """One kind of layer as a product; ``None`` for layers without a cache of their own."""
    if mixer.kv_shared:
        return None
    if mixer.kind == "mla":
        return f"{mixer.layers} layers x ({mixer.kv_lora} latent + {mixer.rope_dim or 0} rotary) x {cells:,} tokens"
    if mixer.kind == "compressed_latent":
        recent = f"{min(mixer.window, cells):,} recent tokens" if mixer.window else "no recent tokens"
        stored = f" + {cells:,} tokens / {mixer.compress_ratio}" if mixer.compress_ratio else ""
        return f"{mixer.layers} layers x {latent_width(mixer) + (mixer.indexer_dim or 0)} latent and indexer x ({recent}{stored})"
    if mixer.kind != "attention":
        return None
    value = mixer.head_dim if mixer.v_head_dim is None else mixer.v_head_dim
    per_token = f"{mixer.layers} layers x {mixer.kv_heads or mixer.heads} KV heads x ({mixer.head_dim} + {value})"
    if mixer.window is None:
        return f"{per_token} x {cells:,} tokens"
    held = window_cells(mixer.window, cells, runtime)
    return f"{per_token} x {held:,} tokens (window {mixer.window:,})"


def _overhead(item: Assessed, asked: Question, catalog: Catalog) -> str:
    candidate = item.candidate
    architecture, runtime = candidate.model.architecture, candidate.runtime
    if architecture is None:
        return ""
    devices = len(asked.hardware.devices)
    parallel = devices if runtime.multi_device == "tensor-parallel" else 1
    parts = overhead_parts(
        architecture, runtime, candidate.backend, asked.context_tokens, candidate.kv_dtype, catalog, asked.users, devices,
        parallel,
    )  # fmt: skip
    engine = engine_memory(runtime, candidate.backend, catalog)
    names = ("driver and engine", "captured graphs", "compute buffer", "unpacked matrices", "copies of a growing cache")
    terms = " + ".join(f"{name} {part / 2**30:.2f}" for name, part in zip(names, parts, strict=True) if part)
    state = recurrent_state_bytes(architecture, runtime, catalog, parallel) * asked.users
    if state:
        terms += f" + recurrent state {state / 2**30:.2f}"
    each = " on each device" if devices > 1 else ""
    return f"{terms} GiB{each}; 80 %: x {engine.low:g} to x {engine.high:g}"


def _sources(item: Assessed, catalog: Catalog) -> Lines:
    candidate = item.candidate
    lines: Lines = []
    for parameter in _constants(item, catalog):
        rows = f" on {parameter.rows} rows" if parameter.rows else ""
        basis = f"{parameter.obtained}{rows}, {parameter.as_of}"
        lines.append(("constant", f"{parameter.id} = {parameter.value:g} {parameter.unit} ({basis})"))
    for field in ("kv_pad_tokens", "windowed_kv"):
        for source in resolve(sources_of(candidate.runtime, field), catalog)[:1]:
            lines.append(("source", f"{candidate.runtime.id} {field}: {source} {source.url}"))
    return lines


def _constants(item: Assessed, catalog: Catalog) -> list[Parameter]:
    """The fitted or chosen constants of this engine on this backend."""
    runtime, backend = item.candidate.runtime, item.candidate.backend
    owners = (runtime.id, runtime.engine) if runtime.engine else (runtime.id,)
    found = []
    for name in ("base_gib", "graphs_gib", "batch_tokens", "low", "high"):
        ids = [f"runtime_memory.{owner}.{scope}.{name}" for owner in owners for scope in (backend, "any")]
        ids.append(f"runtime_memory.any.{name}")
        known = next((catalog.parameters[id] for id in ids if id in catalog.parameters), None)
        if known is not None:
            found.append(known)
    return found
