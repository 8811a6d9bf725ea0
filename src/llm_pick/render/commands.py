"""Commands that run a pick in the engines that load it, ready to paste, names escaped for a shell."""

from __future__ import annotations

import shlex
from math import ceil
from typing import TYPE_CHECKING

from llm_pick.core.estimate.kv_cache import recurrent_state_bytes
from llm_pick.core.estimate.memory import EXPERTS_FLAG
from llm_pick.core.estimate.placement import leading_layers
from llm_pick.core.estimate.runtime_memory import GIB, pool_bytes

if TYPE_CHECKING:
    from llm_pick.core.candidates import Candidate
    from llm_pick.core.catalog import Catalog, Runtime
    from llm_pick.core.question import Question
    from llm_pick.core.recommend import Assessed

KEYS = {"llama-cpp": "llama_cpp"}
MEMORY_FLAG = "memory"
"""Name, among a runtime's flags, of the one that says which share of a device its pool takes."""
SPLIT_FLAG = "layer_split"
"""Name, among a runtime's flags, of the one that says how many layers each device takes."""
ALL_LAYERS = "999"
"""More layers than any model has: the engine's way of saying all."""


def run_commands(item: Assessed, question: Question, catalog: Catalog) -> dict[str, dict[str, str | None]]:
    """Engine → ``{command, base_url, verify, expect}`` for every active engine that loads this artifact here."""
    candidate = item.candidate
    if not candidate.published:
        return {}  # no repository is known to hold it, and a command that loads something else would mislead
    commands = {}
    for runtime in catalog.runtimes.values():
        if runtime.status != "active" or runtime.role != "engine" or not runtime.command:
            continue
        if runtime.id not in candidate.quantization.engines:
            continue
        if not any(backend in runtime.backends for backend in question.hardware.backends):
            continue
        if item.estimate.memory.offloaded_bytes and not _places(runtime):
            continue
        command = _filled(runtime.command, runtime, item, question, catalog)
        if command is not None:
            commands[KEYS.get(runtime.id, runtime.id.replace("-", "_"))] = {
                "command": command,
                "base_url": runtime.base_url,
                "verify": _filled(runtime.verify, runtime, item, question, catalog) if runtime.verify else None,
                "expect": _expected(runtime, item, question, catalog) if _same_engine(runtime, item) else None,
            }
    return commands


def main_command(item: Assessed, question: Question, catalog: Catalog) -> str | None:
    """The command for the engine the estimate was made for, else any that works."""
    commands = run_commands(item, question, catalog)
    candidate = item.candidate
    key = KEYS.get(candidate.runtime.id, candidate.runtime.id.replace("-", "_"))
    chosen = commands.get(key) or next(iter(commands.values()), None)
    return chosen["command"] if chosen else None


def speed_check(item: Assessed, question: Question, catalog: Catalog) -> str | None:
    """The command that measures, in the engine of the estimate, the speed that was predicted; ``None`` if none is known."""
    runtime = item.candidate.runtime
    if not item.candidate.published or not runtime.speed_check:
        return None
    return _filled(runtime.speed_check, runtime, item, question, catalog)


def _filled(template: str, runtime: Runtime, item: Assessed, question: Question, catalog: Catalog) -> str | None:
    """The template with its fields filled, or ``None`` when a field it needs is not known."""
    candidate, speed = item.candidate, item.estimate.speed
    model = candidate.model
    gguf = candidate.quantization.format == "gguf"
    quantization = candidate.quantization
    selected = quantization.name if quantization.hub_tag is None else quantization.hub_tag
    gguf_repo = f"{model.gguf_repo}:{selected}" if model.gguf_repo and selected else model.gguf_repo
    hub_tag = f"hf.co/{gguf_repo}" if gguf_repo else None
    fields = {
        "repo": gguf_repo if gguf else model.hf_repo,
        "files_repo": model.gguf_repo if gguf else model.hf_repo,
        "quant": quantization.name,
        "tag": (model.ollama_tag if serves(candidate) else None) or hub_tag,
        "context": str(question.context_tokens),
        "kv_dtype": candidate.kv_dtype if candidate.kv_dtype in runtime.kv_dtypes else runtime.kv_dtypes[0],
        "tp": str(len(question.hardware.devices)),
        "users": str(question.users),
        "total_context": str(question.context_tokens * question.users),
        "model_id": model.id,
        "gpu_layers": _gpu_layers(item),
        "prompt_tokens": str(speed.prompt_tokens) if speed else None,
        "depth_tokens": str(speed.depth_tokens) if speed else None,
        "file": f"{model.id}-{quantization.name}.gguf" if gguf else None,
    }
    out = template.replace("{experts_on_cpu}", _experts_on_cpu(item, runtime))
    out = out.replace("{pool}", _pool(item, runtime, question, catalog))
    for name, value in fields.items():
        if "{" + name + "}" in out:
            if value is None:
                return None
            out = out.replace("{" + name + "}", shlex.quote(value))
    return out


def _same_engine(runtime: Runtime, item: Assessed) -> bool:
    """Whether the estimate was made for this runtime, for the engine it wraps, or for one that wraps it."""
    chosen = item.candidate.runtime
    return (runtime.engine or runtime.id) == (chosen.engine or chosen.id)


def _expected(runtime: Runtime, item: Assessed, question: Question, catalog: Catalog) -> str | None:
    """What the verifying command should show, with the likely figures of the estimate; all devices together."""
    memory = item.estimate.memory
    on_devices = memory.total_bytes.likely - memory.overhead_bytes.likely
    cache = memory.kv_cache_bytes * (1 - memory.host_cache_share)
    with_state = cache + _state_bytes(item, runtime, question, catalog)
    figures = {
        "weights_mib": f"{(on_devices - cache) / 2**20:,.0f}",
        "weights_gib_each": f"{(on_devices - cache) / 2**30 / len(question.hardware.devices):.2f}",
        "cache_mib": f"{with_state / 2**20:,.0f}",
        "cache_gib_each": f"{with_state / 2**30 / len(question.hardware.devices):.2f}",
        "total_gib": f"{memory.total_bytes.likely / 2**30:.1f}",
        "total_gb": f"{memory.total_bytes.likely / 10**9:.1f}",
        "context": f"{question.context_tokens:,}",
        "total_context": f"{question.context_tokens * question.users:,}",
        "users": str(question.users),
    }
    if runtime.expect is None:
        return None
    out = runtime.expect
    for name, value in figures.items():
        out = out.replace("{" + name + "}", value)
    return out


def _state_bytes(item: Assessed, runtime: Runtime, question: Question, catalog: Catalog) -> int:
    """Recurrent state of all users, which engines count with the cache."""
    architecture, devices = item.candidate.model.architecture, len(question.hardware.devices)
    if architecture is None:
        return 0
    parallel = devices if runtime.multi_device == "tensor-parallel" else 1
    return recurrent_state_bytes(architecture, runtime, catalog, parallel) * question.users * parallel


def serves(candidate: Candidate) -> bool:
    """Whether the model's Ollama tag is this very quantization: a bare tag is Q4_K_M, or the maker's own 4 bits."""
    return candidate.quantization.id in ("q4_k_m", "mxfp4_moe")


def _places(runtime: Runtime) -> bool:
    """Whether the runtime can leave in system memory what does not fit: layers of itself, experts by an option."""
    return runtime.offload == "layers" or "{experts_on_cpu}" in (runtime.command or "")


def _gpu_layers(item: Assessed) -> str:
    """Whole layers the devices hold when others are on the host."""
    architecture, moved = item.candidate.model.architecture, item.estimate.memory.placement.layers
    return str(architecture.layers - moved) if architecture and moved else ALL_LAYERS


def _pool(item: Assessed, runtime: Runtime, question: Question, catalog: Catalog) -> str:
    """The option that widens an engine's pool, after a blank, where its default share of a device is less than the need."""
    memory, devices = item.estimate.memory, question.hardware.devices
    sizes = [device.memory_gib * GIB for device in devices if device.memory_gib]
    if MEMORY_FLAG not in runtime.flags or not sizes or not memory.fits:
        return ""
    need = memory.total_bytes.high - (memory.overhead_bytes.high if runtime.static_pool else 0.0)
    share = ceil(100 * need / len(devices) / min(sizes)) / 100
    usual = pool_bytes(runtime, min(sizes), catalog) / min(sizes)
    return f" {runtime.flags[MEMORY_FLAG]} {share:.2f}" if usual and share > usual else ""


def _experts_on_cpu(item: Assessed, runtime: Runtime) -> str:
    """The options that keep routed experts in system memory, after a blank; empty where none are.

    Layers without their experts come first and are light, so several devices need a split that knows it; the output
    layer counts with the last device.
    """
    architecture, placement = item.candidate.model.architecture, item.estimate.memory.placement
    if architecture is None or not placement.expert_layers or EXPERTS_FLAG not in runtime.flags:
        return ""
    options = f" {runtime.flags[EXPERTS_FLAG]} {leading_layers(architecture, placement.expert_layers)}"
    if placement.split and SPLIT_FLAG in runtime.flags:
        counts = [*placement.split[:-1], placement.split[-1] + 1]
        options += f" {runtime.flags[SPLIT_FLAG]} {'/'.join(map(str, counts))}"
    return options
