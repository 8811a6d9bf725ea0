"""Commands that run a pick in the engines that load it, ready to paste, names escaped for a shell."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llm_pick.core.candidates import Candidate
    from llm_pick.core.catalog import Catalog, Runtime
    from llm_pick.core.question import Question

KEYS = {"llama-cpp": "llama_cpp"}


def run_commands(
    candidate: Candidate, question: Question, catalog: Catalog
) -> dict[str, dict[str, str | None]]:
    """Engine → ``{command, base_url, verify}`` for every active engine that loads this artifact here."""
    commands = {}
    for runtime in catalog.runtimes.values():
        if runtime.status != "active" or runtime.role != "engine" or not runtime.command:
            continue
        if runtime.id not in candidate.quantization.engines:
            continue
        if not any(backend in runtime.backends for backend in question.hardware.backends):
            continue
        command = _filled(runtime.command, runtime, candidate, question)
        if command is not None:
            commands[KEYS.get(runtime.id, runtime.id.replace("-", "_"))] = {
                "command": command,
                "base_url": runtime.base_url,
                "verify": _filled(runtime.verify, runtime, candidate, question) if runtime.verify else None,
            }
    return commands


def main_command(candidate: Candidate, question: Question, catalog: Catalog) -> str | None:
    """The command for the engine the estimate was made for, else any that works."""
    commands = run_commands(candidate, question, catalog)
    key = KEYS.get(candidate.runtime.id, candidate.runtime.id.replace("-", "_"))
    chosen = commands.get(key) or next(iter(commands.values()), None)
    return chosen["command"] if chosen else None


def _filled(template: str, runtime: Runtime, candidate: Candidate, question: Question) -> str | None:
    """The template with its fields filled, or ``None`` when a field it needs is not known."""
    model = candidate.model
    gguf = candidate.quantization.format == "gguf"
    default_tag = model.ollama_tag if candidate.quantization.id in ("q4_k_m", "mxfp4") else None
    hub_tag = f"hf.co/{model.gguf_repo}:{candidate.quantization.name}" if model.gguf_repo else None
    fields = {
        "repo": model.gguf_repo if gguf else model.hf_repo,
        "quant": candidate.quantization.name,
        "tag": default_tag or hub_tag,
        "context": str(question.context_tokens),
        "kv_dtype": candidate.kv_dtype if candidate.kv_dtype in runtime.kv_dtypes else runtime.kv_dtypes[0],
        "tp": str(len(question.hardware.devices)),
        "users": str(question.users),
        "total_context": str(question.context_tokens * question.users),
        "model_id": model.id,
        "file": f"{model.id}-{candidate.quantization.name}.gguf" if gguf else None,
    }
    out = template
    for name, value in fields.items():
        if "{" + name + "}" in out:
            if value is None:
                return None
            out = out.replace("{" + name + "}", shlex.quote(value))
    return out
