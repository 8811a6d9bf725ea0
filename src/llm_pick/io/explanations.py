"""The pages of ``explain``: Markdown files in the package, one per topic."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "explanations"
ALIASES: dict[str, tuple[str, ...]] = {
    "attention": ("gqa", "mla", "mqa", "sliding-window"),
    "batching": ("users", "throughput", "continuous-batching"),
    "benchmarks": ("scores", "evaluation"),
    "context": ("long-context", "128k"),
    "fine-tuning": ("finetune", "rag", "lora", "rag-or-fine-tuning"),
    "hybrid": ("routing", "router", "cascade"),
    "intervals": ("uncertainty", "confidence"),
    "kv-cache": ("cache",),
    "licence-classes": ("license-classes", "licences", "licenses"),
    "moe": ("mixture-of-experts", "active-parameters"),
    "open-weight": ("open-source", "open-weights"),
    "prefill-decode": ("prefill", "decode", "ttft", "speed"),
    "quantization": ("quantisation", "quants", "gguf"),
}
"""Other words a reader may type for a page."""


def topics() -> tuple[str, ...]:
    """Every topic that has a page, in alphabetical order."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.md")))


def page(topic: str) -> tuple[str, str]:
    """Title and body of one of ``topics()``; sources stand in the body as ``[reference-id]``."""
    text = (FOLDER / f"{topic}.md").read_text(encoding="utf-8")
    head, _, body = text.partition("\n")
    return head.removeprefix("# ").strip(), body.strip()
