"""Source phrases of collected model rows as reference ids with a locator, and the references they name."""

from __future__ import annotations

import re
from typing import Any

READ_ON = "2026-11-20"


def _ref(
    id: str, title: str, publisher: str, url: str, kind: str, licence: str | None = None, note: str | None = None
) -> dict[str, Any]:
    row: dict[str, Any] = {"id": id, "title": title, "publisher": publisher, "url": url, "read_on": READ_ON, "kind": kind}
    if licence:
        row["licence"] = licence
    if note:
        row["note"] = note
    return row


REFERENCES = [
    _ref("llmfit-1.1.17", "llmfit 1.1.17, embedded model catalogue", "AlexsJones", "https://pypi.org/project/llmfit/1.1.17/", "dataset", "MIT",
         "dimensions, licence tags and exact repository counts copied from the hub"),
    _ref("litgpt-0.5.13", "litgpt 0.5.13, model configurations", "Lightning AI", "https://pypi.org/project/litgpt/0.5.13/", "code", "Apache-2.0"),
    _ref("aiconfigurator-core-0.12.0", "aiconfigurator-core 0.12.0, copies of config.json", "NVIDIA",
         "https://pypi.org/project/aiconfigurator-core/0.12.0/", "config", "Apache-2.0"),
    _ref("models-dev-opencode-1.18.34", "models.dev snapshot in opencode 1.18.34", "SST",
         "https://www.npmjs.com/package/opencode-linux-x64/v/1.18.34", "dataset", "MIT"),
    _ref("llm-checker-3.8.1", "llm-checker 3.8.1, list of Ollama tags of 2026-05-03", "Pavelevich",
         "https://www.npmjs.com/package/llm-checker/v/3.8.1", "dataset"),
    _ref("makers-model-cards", "Model cards of the makers, on the hub", "the makers of the models named", "https://huggingface.co/models", "card",
         None, "the locator names the repository; read for the collected rows, not again for each record"),
    _ref("makers-announcements", "Release announcements of the makers", "the makers of the models named", "https://huggingface.co/models", "claim",
         None, "dates; the locator says which second source agrees"),
    _ref("vllm-recipes-ministral-3", "vLLM recipes: Ministral 3 Instruct", "vLLM project",
         "https://docs.vllm.ai/projects/recipes/en/latest/Mistral/Ministral-3-Instruct.html", "documentation", "Apache-2.0",
         "says that the three Instruct repositories come with FP8 weights") | {"read_on": "2026-11-21"},
    _ref("vllm-recipes-8959cf6", "vllm-project/recipes at 8959cf64189c", "vLLM project",
         "https://github.com/vllm-project/recipes/tree/8959cf64189c", "documentation", "Apache-2.0"),
    _ref("sglang-cookbook-devstral-2", "SGLang cookbook: Devstral 2", "SGLang",
         "https://docs.sglang.io/cookbook/autoregressive/Mistral/Devstral-2.md", "documentation", None,
         "offers FP8 as the only weights of both sizes") | {"read_on": "2026-11-21"},
    _ref("neuronx-distributed-inference", "aws-neuron/neuronx-distributed-inference, contributed models", "AWS Neuron",
         "https://github.com/aws-neuron/neuronx-distributed-inference/tree/main/contrib/models", "config", "Apache-2.0",
         "a test restates the config.json of Trinity Nano, with the differences of Mini and Large") | {"read_on": "2026-11-21"},
    _ref("kvcache-blog-d455485", "kvcache-ai/kvcache-blog at d455485bd1c5, KV cache model data", "kvcache.ai",
         "https://github.com/kvcache-ai/kvcache-blog/tree/d455485bd1c5265951849f011a60564da1b23cfe", "config", "MIT",
         "fields copied from config.json files between 2026-05-20 and 2026-06-17; read in a redistribution that keeps its notice") | {"read_on": "2026-11-21"},
    _ref("hf-configs-second-hand", "config.json of makers' repositories, restated in other projects' tests", "the makers of the models named",
         "https://huggingface.co/models", "config", None,
         "the locator names the repository; two or more copies agreed, the originals were not reached") | {"read_on": "2026-11-21"},
    _ref("gpt4all-cd70db2", "nomic-ai/gpt4all at cd70db29edaf", "Nomic AI", "https://github.com/nomic-ai/gpt4all/tree/cd70db29edaf", "dataset", "MIT"),
    _ref("lmstudio-model-catalog-78bd560", "lmstudio-ai/model-catalog at 78bd56022951", "LM Studio",
         "https://github.com/lmstudio-ai/model-catalog/tree/78bd56022951", "dataset", "Apache-2.0"),
]  # fmt: skip

REPO = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")


def reference_strings(text: str | None, locator: str) -> list[str]:
    """``"reference-id locator"`` strings for a source phrase of the collected rows; empty where it names none."""
    if not text:
        return []
    out: list[str] = []
    for part in re.split(r";\s+(?=PyPI|HF|layer)", text):
        found = _one(part.strip(), locator)
        if found:
            out.append(found)
    return list(dict.fromkeys(out))


def _one(part: str, locator: str) -> str | None:
    if part.startswith(("inferred", "null", "no stored config", "closed formula", "models_inventory", "solved", "parameter count",
                        "instantiated", "per-block", "counted", "computed")):  # fmt: skip
        return None
    repo = REPO.search(part)
    if "llmfit curated" in part or "llmfit 1.1.17 curated" in part:
        return "llmfit-1.1.17 curated active parameters"
    if part.startswith("PyPI llmfit 1.1.17 (HF"):
        return f"llmfit-1.1.17 safetensors metadata of {locator}"
    if "llmfit" in part and part.startswith(("PyPI", "HF tag")):
        if part.startswith("HF tag"):
            return f"llmfit-1.1.17 hub tag of {locator}"
        return f"llmfit-1.1.17 {repo.group() if repo else locator}"
    if "litgpt" in part and "aiconfigurator" not in part and "transformers" not in part:
        return f"litgpt-0.5.13 {repo.group() if repo else locator}"
    if "aiconfigurator" in part and "transformers" not in part:
        return f"aiconfigurator-core-0.12.0 model_configs {repo.group() if repo and 'model_configs' in part else locator}"
    if "transformers 5.23.0" in part:
        match = re.search(r"transformers 5\.23\.0:? \(?([a-z0-9_]+)", part)
        name = (
            match[1]
            if match and match[1] not in ("defaults", "config", "none", "family", "modelling", "and")
            else "model classes"
        )
        return f"transformers-5.23.0 {name}"
    if "vllm 0.33.0" in part:
        return "vllm-0.33.0 model configurations"
    if "models.dev snapshot" in part:
        return f"models-dev-opencode-1.18.34 {locator}"
    if "models.dev@f3fc692" in part or "f3fc692" in part:
        return f"models.dev-f3fc692 {part.split(':', 1)[1] if ':' in part else locator}"
    if part.startswith("models.dev"):
        return f"models-dev-opencode-1.18.34 {locator}"
    if "llm-checker" in part:
        return f"llm-checker-3.8.1 {locator}"
    if part.startswith("vendor announcement"):
        agrees = re.search(r"HF repo creation (\S+)", part)
        return f"makers-announcements {locator}" + (f", repository created {agrees[1]}" if agrees else "")
    for commit, reference in (
        ("DeepSeek-V3@9b4e978", "deepseek-v3-9b4e978"), ("DeepSeek-V2@ec98ee3", "deepseek-v2-ec98ee3"),
        ("DeepSeek-Coder-V2@c59bc46", "deepseek-coder-v2-c59bc46"), ("@9b4e978", "deepseek-v3-9b4e978"), ("@ec98ee3", "deepseek-v2-ec98ee3"),
        ("@c59bc46", "deepseek-coder-v2-c59bc46"), ("@c6157be", "kimi-k2-c6157be"), ("@a433166", "docker-model-cards-a433166"),
    ):  # fmt: skip
        if commit in part:
            return f"{reference} {part.split(':', 1)[1].split(' ')[0] if ':' in part else 'README.md'}"
    if part.startswith(
        ("vendor card", "model name", "effective-parameter", "same architecture", "vendor docs", "HF config", "HF repo")
    ):
        return f"makers-model-cards {repo.group() if repo and part.startswith('HF') else locator}"
    return f"makers-model-cards {locator}"
