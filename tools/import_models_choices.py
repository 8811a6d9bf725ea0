"""Decisions of the model import that no row states: licence ids, short forms, families, base models, written exceptions.

Each table says where its facts come from; the import copies that into the ``sources`` of the record.
"""

from __future__ import annotations

SKIP = {
    "beam-1.0-501b-a23b": "no licence, no context length, no dimensions",
    "grok-2": "active parameters unconfirmed, no dimensions",
    "ling-2.6-1t": "active parameters and layer mix not found",
    "ling-3.0-tiny": "active parameters and dense width not found",
    "solar-open2-250b": "active parameters and layer mix not found",
}
"""Rows that cannot be a record without a guess."""

# --- licences -----------------------------------------------------------------------------------------------------

LICENSE = {
    "apache-2.0": "apache-2.0", "mit": "mit", "gemma-terms": "gemma-terms", "lfm-1.0": "lfm-open-1.0",
    "deepseek-license": "deepseek-la-1.0", "falcon-llm-license": "falcon-llm-2.0", "openmdw-1.1": "openmdw-1.1",
    "llama2-community": "llama-2-community", "llama3-community": "llama-3-community", "llama3.1-community": "llama-3.1-community",
    "llama3.2-community": "llama-3.2-community", "llama3.3-community": "llama-3.3-community", "llama4-community": "llama-4-community",
    "mistral-research-license": "mrl-0.1", "mistral-non-production": "mnpl-0.1", "mistral-modified-mit": "mistral-modified-mit",
    "nvidia-open-model": "nvidia-open-model", "nvidia-nemotron-open": "nvidia-nemotron-open-model",
    "nvidia-open-model+llama3.1": "nvidia-open-model", "nvidia-open-model+llama3.3": "nvidia-open-model",
    "mit+llama3.1-community": "mit", "mit+llama3.3-community": "mit",
    "tencent-hunyuan-community": "tencent-hunyuan-community", "tencent-hunyuan-a13b": "tencent-hunyuan-community",
    "tongyi-qianwen": "tongyi-qianwen", "qwen-research": "qwen-research", "qwen-license": "qwen",
    "qwen3.8-max-license": "qwen3.8-max", "qwen-community-1.0": "qwen-community-1.0",
    "microsoft-research-license": "msr-license", "upstage-solar-license": "upstage-solar-license",
    "databricks-open-model": "databricks-open-model", "k-exaone-license": "k-exaone", "falcon-180b-tii": "falcon-180b-1.0",
    "glm-4-license": "glm-4", "glm-5.3-license": "glm-5.3", "grok-2-community": "grok-2-community",
    "jamba-open-model": "jamba-open-model", "kimi-k3-license": "kimi-k3", "kimi-modified-mit": "kimi-k2-modified-mit",
    "minimax-model-license": "minimax-model-license", "minimax-custom": "minimax-m2.7-nc", "minimax-community": "minimax-community",
    "mistral-custom-2026": "mistral-custom-2026", "muse-model-license": "muse-model-license", "cc-by-4.0": "cc-by-4.0",
    "cc-by-nc-4.0": "cc-by-nc-4.0", "stability-nc": "stability-ai-nc-2023-12-06", "bigcode-openrail-m": "bigcode-openrail-m-v1",
    "exaone-nc": "exaone-1.2-nc",
}  # fmt: skip
"""Licence words of the inventory → licence ids."""

LICENSE_OF = {
    "minimax-m2": ("minimax-m2-modified-mit", "minimax-m2-2e575ef LICENSE", "a hub tag says MIT; the file adds a display duty"),
    "minimax-m2.1": ("minimax-m2.1-modified-mit", "minimax-m2.1-a878624 LICENSE", None),
    "minimax-m2.5": ("minimax-m2.5-two-texts", "minimax-m2.5-0fe00c8 LICENSE-MODEL and history", None),
    "exaone-3.5-32b-instruct": ("exaone-1.1-nc", "exaone-3.5-8bdf178 LICENSE", None),
    "exaone-3.5-7.8b-instruct": ("exaone-1.1-nc", "exaone-3.5-8bdf178 LICENSE", None),
    "exaone-deep-32b": ("exaone-1.1-nc", "exaone-3.5-8bdf178 LICENSE, same text by the licence study", None),
    "kimi-k2.5": ("kimi-k2.5-modified-mit", "kimi-k2.5-3e60763 LICENSE", None),
    "kimi-k2.6": ("kimi-k2.5-modified-mit", "kimi-k2.5-3e60763 LICENSE of the sibling", "the text of this very repository was not read"),
    "kimi-k2.7-code": ("kimi-k2.5-modified-mit", "kimi-k2.5-3e60763 LICENSE of the sibling", "the text of this very repository was not read"),
    "llama-3.1-nemotron-70b-instruct": ("nvidia-open-model", "nemotron-e27b371 models table",
                                        "a hub tag names the Llama 3.1 licence alone; NVIDIA adds its own"),
}  # fmt: skip
"""Model → (licence id, source, other reading) where the maker's text says otherwise than the inventory."""

LICENSE_NOTE = {
    "minimax-m2.5": "The licence of the weights changed in place: modified MIT from 2026-02-13, MiniMax Model License from 2026-03-09; "
    "the README still names the first.",
    "codestral-22b": "A blog reports a move to Apache-2.0 in April 2026; the maker's documentation of 2026-08-21 still names this licence.",
}
LICENSE_REVISION = {
    "minimax-m2.5": "0fe00c8 (2026-03-09 or later; earlier commits carry another text)",
    "deepseek-v3": "2024-12 release",
}

COHERE = "cohere-cc-by-nc-4.0"

LICENSE_SOURCE = {
    "llama-2-community": "llama-models-a9c89c4 models/llama2/LICENSE", "llama-3-community": "llama-models-a9c89c4 models/llama3/LICENSE",
    "llama-3.1-community": "llama-models-a9c89c4 models/llama3_1/LICENSE",
    "llama-3.2-community": "llama-models-a9c89c4 models/llama3_2/LICENSE",
    "llama-3.3-community": "llama-models-a9c89c4 models/llama3_3/LICENSE",
    "llama-4-community": "llama-models-a9c89c4 models/llama4/LICENSE", "gemma-terms": "google-gemma-terms",
    "deepseek-la-1.0": "deepseek-v3-9b4e978 LICENSE-MODEL", "mrl-0.1": "mistral-docs-222f4ba src/schema/models/models",
    "mnpl-0.1": "mistral-docs-222f4ba src/schema/models/models", "mistral-modified-mit": "mistral-docs-222f4ba src/schema/models/models",
    "qwen-research": "hf-qwen2.5-3b-instruct-license", "qwen": "hf-qwen2.5-72b-instruct-license", "tongyi-qianwen": "qwenlm-qwen-2df8e8a",
    "qwen3.8-max": "hf-qwen3.8-2.4t-a95b-license", "qwen-community-1.0": "hf-qwen3.8-flash-next-license",
    "kimi-k2-modified-mit": "kimi-k2-c6157be LICENSE", "kimi-k3": "hf-kimi-k3-license", "glm-4": "hf-glm-4-9b-license",
    "glm-5.3": "hf-glm-5.3-license", "minimax-model-license": "minimax-01-57cf223 LICENSE-MODEL",
    "minimax-m2.7-nc": "minimax-m2.7-1e267c3 LICENSE", "minimax-community": "hf-minimax-m3-license",
    "tencent-hunyuan-community": "hunyuan-a13b-2798f3c LICENSE", "exaone-1.2-nc": "exaone-4.0-c8b16a7 LICENSE",
    "k-exaone": "k-exaone-32343b0 LICENSE", "databricks-open-model": "dbrx-a320039 LICENSE",
    "falcon-180b-1.0": "hf-falcon-180b-license", "cohere-cc-by-nc-4.0": "cohere-docs-2026-08-20",
    "lfm-open-1.0": "liquid-lfm-open-license-1.0", "mistral-custom-2026": "hf-mistral-large-4",
}  # fmt: skip
"""Where the pair of model and licence was confirmed in the maker's own material."""

APACHE_SOURCE = {"gemma-4": "google-gemma-apache-2", "gpt-oss": "gpt-oss-7b58334 LICENSE", "yi-": "yi-f73194c README.md"}
"""Prefix of a model id → the maker's text, for Apache-2.0 models whose siblings carry something else."""

BASE_LICENSES = {
    "deepseek-r1-distill-llama-8b": ("llama-3.1-community",), "deepseek-r1-distill-llama-70b": ("llama-3.3-community",),
    "deepseek-r1-distill-qwen-1.5b": ("apache-2.0",), "deepseek-r1-distill-qwen-7b": ("apache-2.0",),
    "deepseek-r1-distill-qwen-14b": ("apache-2.0",), "deepseek-r1-distill-qwen-32b": ("apache-2.0",),
    "deepseek-r1-0528-qwen3-8b": ("apache-2.0",), "llama-3.1-nemotron-nano-8b-v1": ("llama-3.1-community",),
    "llama-3.1-nemotron-70b-instruct": ("llama-3.1-community",), "llama-3.1-nemotron-ultra-253b-v1": ("llama-3.1-community",),
    "llama-3.3-nemotron-super-49b-v1": ("llama-3.3-community",), "llama-3.3-nemotron-super-49b-v1.5": ("llama-3.3-community",),
    "openreasoning-nemotron-32b": ("apache-2.0",), "ornith-1.5-9b": ("apache-2.0",), "ornith-1.5-35b-a3b": ("apache-2.0",),
    "zephyr-7b-beta": ("apache-2.0",),
}  # fmt: skip

BASE_MODEL = {
    "deepseek-r1-distill-llama-8b": ("meta-llama/Llama-3.1-8B", "deepseek-r1-0cf7856 README.md"),
    "deepseek-r1-distill-llama-70b": ("llama-3.3-70b-instruct", "deepseek-r1-0cf7856 README.md"),
    "deepseek-r1-distill-qwen-1.5b": ("Qwen/Qwen2.5-Math-1.5B", "deepseek-r1-0cf7856 README.md"),
    "deepseek-r1-distill-qwen-7b": ("Qwen/Qwen2.5-Math-7B", "deepseek-r1-0cf7856 README.md"),
    "deepseek-r1-distill-qwen-14b": ("Qwen/Qwen2.5-14B", "deepseek-r1-0cf7856 README.md"),
    "deepseek-r1-distill-qwen-32b": ("Qwen/Qwen2.5-32B", "deepseek-r1-0cf7856 README.md"),
    "deepseek-r1": ("deepseek-ai/DeepSeek-V3-Base", "deepseek-r1-0cf7856 README.md"),
    "deepseek-r1-0528-qwen3-8b": ("Qwen/Qwen3-8B-Base", "makers-model-cards deepseek-ai/DeepSeek-R1-0528-Qwen3-8B"),
    "llama-3.1-nemotron-nano-8b-v1": ("llama-3.1-8b-instruct", "nemotron-e27b371 models table"),
    "llama-3.1-nemotron-70b-instruct": ("llama-3.1-70b-instruct", "nemotron-e27b371 models table"),
    "llama-3.1-nemotron-ultra-253b-v1": ("llama-3.1-405b-instruct", "nemotron-e27b371 models table"),
    "llama-3.3-nemotron-super-49b-v1": ("llama-3.3-70b-instruct", "nemotron-e27b371 models table"),
    "llama-3.3-nemotron-super-49b-v1.5": ("llama-3.3-70b-instruct", "nemotron-e27b371 models table"),
    "openreasoning-nemotron-32b": ("qwen2.5-32b-instruct", "makers-model-cards nvidia/OpenReasoning-Nemotron-32B"),
    "hermes-3-llama-3.1-8b": ("meta-llama/Llama-3.1-8B", "makers-model-cards NousResearch/Hermes-3-Llama-3.1-8B"),
    "hermes-4-14b": ("Qwen/Qwen3-14B-Base", "makers-model-cards NousResearch/Hermes-4-14B"),
    "hermes-4-70b": ("meta-llama/Llama-3.1-70B", "makers-model-cards NousResearch/Hermes-4-70B"),
    "hermes-4.3-36b": ("ByteDance-Seed/Seed-OSS-36B-Base", "makers-model-cards NousResearch/Hermes-4.3-36B"),
    "tulu-3-8b": ("meta-llama/Llama-3.1-8B", "makers-model-cards allenai/Llama-3.1-Tulu-3.1-8B"),
    "ornith-1.5-9b": ("qwen3.5-9b", "makers-model-cards ornith-ai/Ornith-1.5-9B"),
    "ornith-1.5-35b-a3b": ("qwen3.5-35b-a3b", "makers-model-cards ornith-ai/Ornith-1.5-35B-A3B"),
    "gpt-oss-safeguard-20b": ("gpt-oss-20b", "makers-model-cards openai/gpt-oss-safeguard-20b"),
    "zephyr-7b-beta": ("mistralai/Mistral-7B-v0.1", "makers-model-cards HuggingFaceH4/zephyr-7b-beta"),
    "qwq-32b": ("Qwen/Qwen2.5-32B", "makers-model-cards Qwen/QwQ-32B"),
    "wizardlm-2-8x22b": ("mistralai/Mixtral-8x22B-v0.1", "makers-model-cards alpindale/WizardLM-2-8x22B"),
}  # fmt: skip
"""Model → (catalog id or repository it was made from, source)."""

# --- kinds, families, names ---------------------------------------------------------------------------------------

KIND = {"pythia-1.4b": "base", "pythia-6.9b": "base", "pythia-12b": "base", "gpt-neox-20b": "base", "grok-1": "base", "phi-2": "base",
        "gpt-oss-safeguard-20b": "guard", "diffusiongemma-26b-a4b-it": "diffusion"}  # fmt: skip

NOT_OPEN_SOURCE = {"tulu-3-8b"}
"""Rows whose "open training data" covers the post-training only."""

FAMILY = {
    "k2-horizon-7b": "k2-horizon", "tiny-aya-global": "cohere", "gpt-neox-20b": "gpt-neox", "orca-2-7b": "orca", "orca-2-13b": "orca",
    "tulu-3-8b": "tulu", "molmo-72b": "molmo", "molmo2-8b": "molmo", "qwen1.5-72b-chat": "qwen1.5", "afm-4.5b": "afm",
    "dots.llm1-inst": "dots", "intern-s1-mini": "intern-s1",
}  # fmt: skip
FAMILY_NAME = {
    "afm": "AFM", "apertus": "Apertus", "apriel": "Apriel", "cohere": "Command and Aya", "dbrx": "DBRX", "deepseek": "DeepSeek",
    "dots": "dots", "ernie": "ERNIE", "eurollm": "EuroLLM", "exaone": "EXAONE", "falcon": "Falcon", "gemma": "Gemma", "glm": "GLM",
    "gpt-neox": "GPT-NeoX", "gpt-oss": "gpt-oss", "granite": "Granite", "grok": "Grok", "hermes": "Hermes", "hunyuan": "Hunyuan",
    "inkling": "Inkling", "intern-s1": "Intern-S1", "internlm": "InternLM", "internvl": "InternVL", "jamba": "Jamba",
    "k2-horizon": "K2 Horizon", "kimi": "Kimi", "kolibri": "Kolibri", "laguna": "Laguna", "lfm": "LFM", "ling": "Ling and Ring",
    "llama": "Llama", "longcat": "LongCat", "mellum": "Mellum", "mimo": "MiMo", "minicpm": "MiniCPM", "minimax": "MiniMax",
    "mistral": "Mistral", "molmo": "Molmo", "motif": "Motif", "muse": "Muse", "nanbeige": "Nanbeige", "nemotron": "Nemotron",
    "olmo": "OLMo", "orca": "Orca", "ornith": "Ornith", "phi": "Phi", "pythia": "Pythia", "qwen1.5": "Qwen1.5", "qwen2": "Qwen2",
    "qwen2.5": "Qwen2.5 and QwQ", "qwen3": "Qwen3", "qwen3.5": "Qwen3.5 to 3.8", "salamandra": "Salamandra", "sarvam": "Sarvam",
    "seed": "Seed", "smollm": "SmolLM", "snowflake": "Arctic", "solar": "Solar", "stablelm": "Stable LM", "starcoder": "StarCoder",
    "step": "Step", "tinyllama": "TinyLlama", "trinity": "Trinity", "tulu": "Tulu", "wizardlm": "WizardLM", "yi": "Yi", "zephyr": "Zephyr",
}  # fmt: skip

OLLAMA = {
    "deepseek-r1": (None, "deepseek-r1:671b serves R1-0528 since that release"),
    "yi-34b-chat": (None, "yi:34b is listed for two revisions; which one it serves was not confirmed"),
    "yi-1.5-34b-chat": (None, "yi:34b is listed for two revisions; which one it serves was not confirmed"),
    "mistral-large-2407": (None, "mistral-large:123b serves the 2411 revision"),
    "devstral-small-2505": (None, "devstral:24b is listed for two revisions; which one it serves was not confirmed"),
    "devstral-small-2507": (None, "devstral:24b is listed for two revisions; which one it serves was not confirmed"),
    "magistral-small-2506": (None, "magistral:24b is listed for two revisions; which one it serves was not confirmed"),
    "magistral-small-2509": (None, "magistral:24b is listed for two revisions; which one it serves was not confirmed"),
}

ALIASES: dict[str, tuple[str, ...]] = {
    "mistral-7b-instruct-v0.3": ("mistral-7b", "mistral-7b-instruct", "mistral-7b-v0.3"),
    "mistral-7b-instruct-v0.2": ("mistral-7b-v0.2",),
    "mistral-7b-instruct-v0.1": ("mistral-7b-v0.1",),
    "mistral-nemo-12b-instruct": ("mistral-nemo", "nemo-12b", "mistral-nemo-instruct", "mistral-nemo-12b"),
    "mistral-small-3.2-24b": ("mistral-small-3.2", "mistral-small-2506"),
    "mistral-small-3-24b": ("mistral-small-3", "mistral-small-2501", "mistral-small-3.0"),
    "mistral-small-3.1-24b": ("mistral-small-2503",),
    "mistral-small-4-119b-a6b": ("mistral-small-4", "mistral-small-2603"),
    "mistral-small-2409": ("mistral-small-2", "mistral-small-22b"),
    "mistral-large-2411": ("mistral-large-2", "mistral-large-2.1"),
    "mistral-large-3-675b-a41b": ("mistral-large-3", "mistral-large-2512"),
    "mistral-large-4-1t-a52b": ("mistral-large-4",),
    "mixtral-8x7b-instruct": ("mixtral-8x7b",),
    "mixtral-8x22b-instruct": ("mixtral-8x22b",),
    "codestral-22b": ("codestral", "codestral-v0.1"),
    "codestral-mamba-7b": ("codestral-mamba", "mamba-codestral-7b"),
    "devstral-small-2-24b": ("devstral-small-2", "devstral-small-2512"),
    "devstral-small-2507": ("devstral-small", "devstral-small-24b", "devstral-small-1.1"),
    "devstral-small-2505": ("devstral-small-1.0",),
    "devstral-2-123b": ("devstral-2", "devstral-2512"),
    "magistral-small-2509": ("magistral-small", "magistral-small-1.2", "magistral"),
    "magistral-small-2506": ("magistral-small-1.0",),
    "ministral-8b-instruct-2410": ("ministral-8b",),
    "ministral-3-14b": ("ministral-3-14b-instruct", "ministral-14b"),
    "ministral-3-8b": ("ministral-3-8b-instruct",),
    "ministral-3-3b": ("ministral-3-3b-instruct",),
    "pixtral-large-124b": ("pixtral-large",),
    "deepseek-v2-chat": ("deepseek-v2",),
    "deepseek-v2-lite-chat": ("deepseek-v2-lite",),
    "deepseek-coder-v2-instruct": ("deepseek-coder-v2",),
    "deepseek-coder-v2-lite-instruct": ("deepseek-coder-v2-lite",),
    "deepseek-v3": ("deepseek-v3-2024-12", "deepseek-v3-1226"),
    "deepseek-r1-0528-qwen3-8b": ("deepseek-r1-8b", "deepseek-r1-qwen3-8b"),
    "deepseek-r1-distill-llama-70b": ("deepseek-r1-70b", "r1-distill-llama-70b"),
    "deepseek-r1-distill-llama-8b": ("r1-distill-llama-8b",),
    "deepseek-r1-distill-qwen-32b": ("deepseek-r1-32b", "r1-distill-qwen-32b"),
    "deepseek-r1-distill-qwen-14b": ("deepseek-r1-14b", "r1-distill-qwen-14b"),
    "deepseek-r1-distill-qwen-7b": ("deepseek-r1-7b", "r1-distill-qwen-7b"),
    "deepseek-r1-distill-qwen-1.5b": ("deepseek-r1-1.5b", "r1-distill-qwen-1.5b"),
    "deepseek-llm-67b-chat": ("deepseek-67b", "deepseek-llm"),
    "llama-2-7b-chat": ("llama-2-7b", "llama2-7b"), "llama-2-13b-chat": ("llama-2-13b", "llama2-13b"),
    "llama-2-70b-chat": ("llama-2-70b", "llama2-70b"),
    "llama-3-8b-instruct": ("llama-3-8b", "llama3-8b", "meta-llama-3-8b"), "llama-3-70b-instruct": ("llama-3-70b", "llama3-70b"),
    "llama-3.1-8b-instruct": ("llama-3.1-8b", "llama3.1-8b", "meta-llama-3.1-8b-instruct", "meta-llama-3.1-8b"), "llama-3.1-70b-instruct": ("llama-3.1-70b", "llama3.1-70b", "meta-llama-3.1-70b-instruct"),
    "llama-3.1-405b-instruct": ("llama-3.1-405b", "llama3.1-405b", "meta-llama-3.1-405b-instruct"),
    "llama-3.2-1b-instruct": ("llama-3.2-1b", "llama3.2-1b"), "llama-3.2-3b-instruct": ("llama-3.2-3b", "llama3.2-3b"),
    "llama-3.2-11b-vision-instruct": ("llama-3.2-11b", "llama-3.2-11b-vision"),
    "llama-3.2-90b-vision-instruct": ("llama-3.2-90b", "llama-3.2-90b-vision"),
    "llama-3.3-70b-instruct": ("llama-3.3-70b", "llama3.3-70b"),
    "llama-4-scout": ("llama4-scout", "llama-4-scout-17b-16e"), "llama-4-maverick": ("llama4-maverick", "llama-4-maverick-17b-128e"),
    "codellama-34b-instruct": ("codellama-34b", "code-llama-34b"), "codellama-70b-instruct": ("codellama-70b", "code-llama-70b"),
    "gemma-1.1-2b-it": ("gemma-2b", "gemma-2b-it"), "gemma-1.1-7b-it": ("gemma-7b", "gemma-7b-it"),
    "gemma-2-2b-it": ("gemma-2-2b", "gemma2-2b"), "gemma-2-9b-it": ("gemma-2-9b", "gemma2-9b"),
    "gemma-2-27b-it": ("gemma-2-27b", "gemma2-27b"),
    "gemma-3-270m-it": ("gemma-3-270m", "gemma3-270m"), "gemma-3-1b-it": ("gemma-3-1b", "gemma3-1b"),
    "gemma-3-4b-it": ("gemma-3-4b", "gemma3-4b"), "gemma-3-12b-it": ("gemma-3-12b", "gemma3-12b"),
    "gemma-3-27b-it": ("gemma-3-27b", "gemma3-27b"), "gemma-3n-e2b-it": ("gemma-3n-e2b",), "gemma-3n-e4b-it": ("gemma-3n-e4b",),
    "gemma-4-e2b-it": ("gemma-4-e2b", "gemma4-e2b"), "gemma-4-e4b-it": ("gemma-4-e4b", "gemma4-e4b"),
    "gemma-4-12b-it": ("gemma-4-12b", "gemma4-12b"), "gemma-4-26b-a4b-it": ("gemma-4-26b", "gemma-4-26b-a4b", "gemma4-26b"),
    "gemma-4-31b-it": ("gemma-4-31b", "gemma4-31b"), "codegemma-7b-it": ("codegemma-7b", "codegemma"),
    "paligemma-3b-mix": ("paligemma", "paligemma-3b"), "paligemma2-3b-mix": ("paligemma-2-3b-mix", "paligemma-2", "paligemma2-3b"),
    "qwen2.5-7b-instruct": ("qwen2.5-7b", "qwen-2.5-7b"), "qwen2.5-14b-instruct": ("qwen2.5-14b", "qwen-2.5-14b"),
    "qwen2.5-0.5b-instruct": ("qwen2.5-0.5b", "qwen-2.5-0.5b"), "qwen2.5-1.5b-instruct": ("qwen2.5-1.5b", "qwen-2.5-1.5b"),
    "qwen2.5-3b-instruct": ("qwen2.5-3b", "qwen-2.5-3b"), "qwen2.5-32b-instruct": ("qwen2.5-32b", "qwen-2.5-32b"),
    "qwen2.5-72b-instruct": ("qwen2.5-72b", "qwen-2.5-72b"), "qwen2.5-coder-32b-instruct": ("qwen2.5-coder-32b", "qwen-2.5-coder-32b"),
    "qwen2.5-coder-7b-instruct": ("qwen2.5-coder-7b", "qwen-2.5-coder-7b"),
    "qwen1.5-72b-chat": ("qwen1.5-72b",), "qwen2-72b-instruct": ("qwen2-72b",), "qwen2-7b-instruct": ("qwen2-7b",),
    "qwen3-0.6b": ("qwen-3-0.6b",), "qwen3-1.7b": ("qwen-3-1.7b",), "qwen3-4b": ("qwen-3-4b",), "qwen3-8b": ("qwen-3-8b",),
    "qwen3-14b": ("qwen-3-14b",), "qwen3-32b": ("qwen-3-32b",), "qwen3-30b-a3b": ("qwen3-30b", "qwen-3-30b-a3b"),
    "qwen3-235b-a22b": ("qwen3-235b", "qwen-3-235b-a22b"),
    "qwen3-coder-30b-a3b-instruct": ("qwen3-coder-30b", "qwen3-coder-30b-a3b"),
    "qwen3-coder-480b-a35b-instruct": ("qwen3-coder-480b", "qwen3-coder-480b-a35b"),
    "qwen3-coder-next-80b-a3b": ("qwen3-coder-next",), "qwen3-next-80b-a3b-instruct": ("qwen3-next-80b", "qwen3-next-80b-a3b", "qwen3-next"),
    "qwen3-4b-instruct-2507": ("qwen3-4b-2507",), "qwen3-30b-a3b-instruct-2507": ("qwen3-30b-a3b-2507", "qwen3-30b-2507"),
    "qwen3-235b-a22b-instruct-2507": ("qwen3-235b-a22b-2507", "qwen3-235b-2507"),
    "qwen3-vl-32b-instruct": ("qwen3-vl-32b",), "qwen3-vl-235b-a22b-instruct": ("qwen3-vl-235b", "qwen3-vl-235b-a22b"),
    "qwen3.5-35b-a3b": ("qwen3.5-35b",), "qwen3.6-35b-a3b": ("qwen3.6-35b",), "qwen3.5-122b-a10b": ("qwen3.5-122b",),
    "qwen3.5-397b-a17b": ("qwen3.5-397b",), "qwen3.6-27b": ("qwen-3.6-27b",), "qwen3.8-27b": ("qwen-3.8-27b",),
    "qwen3.8-2.4t-a95b": ("qwen3.8-max", "qwen-3.8-max"), "qwen3.8-flash-next": ("qwen-3.8-flash-next",),
    "qwen2-vl-7b-instruct": ("qwen2-vl-7b",), "qwen2-vl-72b-instruct": ("qwen2-vl-72b",),
    "qwen2.5-14b-instruct-1m": ("qwen2.5-14b-1m",), "qwen2.5-7b-instruct-1m": ("qwen2.5-7b-1m",),
    "phi-3-mini-4k-instruct": ("phi-3-mini", "phi-3-mini-4k"), "phi-3-mini-128k-instruct": ("phi-3-mini-128k",),
    "phi-3-medium-4k-instruct": ("phi-3-medium", "phi-3-medium-4k"), "phi-3-small-8k-instruct": ("phi-3-small",),
    "phi-3.5-mini-instruct": ("phi-3.5-mini",), "phi-3.5-moe-instruct": ("phi-3.5-moe",), "phi-4": ("phi-4-14b", "phi4-14b"),
    "phi-4-mini-instruct": ("phi-4-mini", "phi4-mini"), "phi-4-multimodal-instruct": ("phi-4-multimodal",),
    "phi-2": ("phi-2-2.7b",), "orca-2-7b": ("orca2-7b",), "orca-2-13b": ("orca2-13b",),
    "yi-34b-chat": ("yi-34b",), "yi-6b-chat": ("yi-6b",), "yi-1.5-34b-chat": ("yi-1.5-34b",), "yi-1.5-9b-chat": ("yi-1.5-9b", "yi-9b"),
    "solar-10.7b-instruct": ("solar-10.7b",), "falcon-180b-chat": ("falcon-180b",), "falcon-40b-instruct": ("falcon-40b",),
    "falcon-7b-instruct": ("falcon-7b",), "falcon3-7b-instruct": ("falcon3-7b", "falcon-3-7b"),
    "falcon3-10b-instruct": ("falcon3-10b", "falcon-3-10b"),
    "command-r-plus": ("command-r-plus-104b", "command-r+"), "command-r-v01": ("command-r-35b",),
    "command-r-08-2024": ("command-r", "command-r-32b"),
    "command-r-plus-08-2024": ("command-r-plus-2408",), "command-r7b-12-2024": ("command-r7b",), "command-a-03-2025": ("command-a",),
    "command-a-plus-05-2026": ("command-a-plus", "command-a+"), "olmo-2-7b-instruct": ("olmo-2-7b",), "olmo-2-13b-instruct": ("olmo-2-13b",),
    "olmo-2-32b-instruct": ("olmo-2-32b",), "olmo-3-7b-instruct": ("olmo-3-7b",), "olmo-3-32b-think": ("olmo-3-32b",),
    "olmo-3.1-32b-instruct": ("olmo-3.1-32b",), "olmo-7b-instruct": ("olmo-7b", "olmo-1-7b"), "tulu-3-8b": ("tulu-3.1-8b",),
    "gpt-oss-20b": ("gpt-oss-20",), "gpt-oss-120b": ("gpt-oss-120",), "kimi-k2-instruct": ("kimi-k2-0711",),
    "kimi-k2-instruct-0905": ("kimi-k2-0905", "kimi-k2"), "starcoder2-15b-instruct": ("starcoder2-15b", "starcoder2"),
    "nemotron-3-nano-30b-a3b": ("nemotron-3-nano",), "nemotron-3-super-120b-a12b": ("nemotron-3-super",),
    "nemotron-3-ultra-550b-a55b": ("nemotron-3-ultra",), "llama-3.3-nemotron-super-49b-v1.5": ("nemotron-super-49b", "llama-nemotron-super-49b"),
    "granite-3.3-8b-instruct": ("granite-3.3-8b",), "granite-3.3-2b-instruct": ("granite-3.3-2b",),
    "glm-4-32b-0414": ("glm-4-32b",), "glm-4-9b-0414": ("glm-4-9b",), "dbrx-instruct": ("dbrx",), "jamba-mini-1.7": ("jamba-mini",),
    "lfm2.5-1.2b-instruct": ("lfm2.5-1.2b",), "hunyuan-a13b-instruct": ("hunyuan-a13b",), "minimax-m1-80k": ("minimax-m1",),
    "exaone-3.5-7.8b-instruct": ("exaone-3.5-7.8b",), "exaone-3.5-32b-instruct": ("exaone-3.5-32b",),
    "smollm2-1.7b-instruct": ("smollm2-1.7b",), "smollm3-3b": ("smollm3",), "tinyllama-1.1b-chat": ("tinyllama",),
    "mimo-7b-rl-0530": ("mimo-7b",), "ling-1t": ("ling-1.0-1t",), "seed-oss-36b-instruct": ("seed-oss-36b", "seed-oss"),
    "hermes-3-llama-3.1-8b": ("hermes-3-8b",), "laguna-s-2.1": ("laguna-s",), "laguna-xs-2.1": ("laguna-xs",),
    "moonlight-16b-a3b-instruct": ("moonlight-16b-a3b", "moonlight"), "kimi-linear-48b-a3b-instruct": ("kimi-linear", "kimi-linear-48b"),
    "internlm3-8b-instruct": ("internlm3-8b",), "salamandra-7b-instruct": ("salamandra-7b",), "zephyr-7b-beta": ("zephyr-7b", "zephyr"),
    "stablelm-2-1.6b-chat": ("stablelm-2-1.6b",), "snowflake-arctic-instruct": ("snowflake-arctic", "arctic"),
}  # fmt: skip
"""Short forms and spellings that prefix matching would not give, on the instruct model of the latest revision of that number."""

# --- native weight types -------------------------------------------------------------------------------------------

NATIVE = {
    "kimi-k2-thinking": ("int4", "makers-model-cards moonshotai/Kimi-K2-Thinking"),
    "ministral-3-3b": ("fp8", "vllm-recipes-ministral-3"), "ministral-3-8b": ("fp8", "vllm-recipes-ministral-3"),
    "ministral-3-14b": ("fp8", "vllm-recipes-ministral-3"),
    "devstral-2-123b": ("fp8", "sglang-cookbook-devstral-2"), "devstral-small-2-24b": ("fp8", "sglang-cookbook-devstral-2"),
    "mistral-medium-3.5-128b": ("fp8", "vllm-recipes-8959cf6 models/mistralai/Mistral-Medium-3.5-128B.yaml"),
    "minimax-m2.5": ("fp8", "aiconfigurator-core-0.12.0 model_configs/MiniMaxAI--MiniMax-M2.5_config.json"),
    "minimax-m2.7": ("fp8", "aiconfigurator-core-0.12.0 model_configs/MiniMaxAI--MiniMax-M2.7_config.json"),
    "minimax-m2": ("fp8", "aiconfigurator-core-0.12.0 model_configs/MiniMaxAI--MiniMax-M2.5_config.json of the sibling"),
    "minimax-m2.1": ("fp8", "aiconfigurator-core-0.12.0 model_configs/MiniMaxAI--MiniMax-M2.5_config.json of the sibling"),
}  # fmt: skip

# --- written exceptions ---------------------------------------------------------------------------------------------

COUNT_EXCEPTION = {
    "falcon-40b-instruct": "The stated 40 B is the name; the same shape as Falcon 7B and 180B, which match exactly, gives 41.84 B.",
    "mathstral-7b": "The stated 7 B is the name; the shape is that of Mistral 7B v0.3, which matches exactly.",
    "devstral-small-2507": "The stated 24 B is the name; the shape is that of Devstral Small 2505, which matches exactly.",
    "pixtral-large-124b": "The stated 124 B is the name; the text part is Mistral Large 2407 (exact), the tower that of Medium 3.5 (exact).",
    "mistral-large-4-1t-a52b": "The stated 1 T is the name; a gateway lists 1.05 T. Dimensions are the class defaults.",
    "qwen3-omni-30b-a3b-instruct": "Only the text part is counted; the vision, audio and speech parts were not found.",
    "nemotron-mini-4b-instruct": "The stated 3.81 B cannot be reached with these dimensions, tied (3.40 B) or untied (4.19 B).",
    "orca-2-7b": "The stated 7.02 B looks estimated: the shape is Llama 2 7B, and the 13B sibling matches exactly.",
    "qwen3-0.6b": "The repository stores the tied embedding twice; engines keep one copy.",
    "qwen3-1.7b": "The repository stores the tied embedding twice; engines keep one copy.",
    "gpt-oss-safeguard-20b": "The repository count includes one scale byte per 32 expert weights.",
    "pythia-1.4b": "The repository count includes causal-mask and rotary buffers, which are no weights.",
    "pythia-6.9b": "The repository count includes causal-mask and rotary buffers, which are no weights.",
    "pythia-12b": "The repository count includes causal-mask and rotary buffers, which are no weights.",
    "ministral-3-14b": "The stated figure leaves the vision tower out.",
    "ministral-3-14b-reasoning": "The stated figure leaves the vision tower out.",
    "step3": "Its queries go through a low-rank projection (2048), which counts about 4.2 B less than a full one.",
    "llama-3.3-nemotron-super-49b-v1": "31 of the 80 layers have no attention, so the mixers cover 49; the parameters match.",
    "llama-3.3-nemotron-super-49b-v1.5": "31 of the 80 layers have no attention, so the mixers cover 49; the parameters match.",
}  # fmt: skip

REMAINDER_IS_VISION = {
    "molmo-72b": "the vision tower", "exaone-4.5-33b": "the vision tower (the maker states 1.2 B)",
    "step3": "the vision tower (the maker states 5 B)", "gemma-4-12b-it": "the image and audio embedders",
}  # fmt: skip
"""Models whose repository count minus the text part (and drafting layers) is kept as ``vision_params``."""

EXAONE_45_MTP = 536_000_000

# --- remarks, in our words ------------------------------------------------------------------------------------------

NOTES: dict[str, tuple[str, ...]] = {
    "command-r-v01": ("every query head has its own KV head (64), so the cache is large for its size",),
    "deepseek-v3": ("the repository holds 684.5 B: a drafting module comes with the model",),
    "deepseek-v4.1-flash": ("by secondary sources: 552 B backbone and 196 B of n-gram memory; 16 B active when decoding, 8 B when reading the "
                            "prompt; about 475 GiB on disk; not runnable in llama.cpp on 2026-09-16",),
    "gemma-3n-e2b-it": ("named by its effective size: per-layer embeddings may stay in slow memory",),
    "gemma-3n-e4b-it": ("named by its effective size: per-layer embeddings may stay in slow memory",),
    "glm-5.3-flash": ("not runnable in llama.cpp releases on 2026-09-16; published files: UD-IQ4_XS 146.1 GiB, UD-Q2_K_XL 101.3 GiB",),
    "laguna-s-2.1": ("published files: IQ1_S 31.4 GiB, Q4_K_M 89.4 GiB, UD-Q6_K_XL 99.7 GiB, Q8_0 119.9 GiB",
                     "a fault of some k-quants on CUDA was open in llama.cpp on 2026-09-16"),
    "mimo-v2.6-flash": ("a secondary source has 161 GiB on disk with MXFP4 experts; native_dtype is that of the family's config",),
    "minicpm4.1-8b": ("attention has a trained sparse mode (InfLLM v2)",),
    "mistral-7b-instruct-v0.1": ("positions up to 32768, but a layer looks back over 4096 tokens only",),
    "codestral-mamba-7b": ("context: the maker tested up to 256k tokens",),
    "mistral-large-4-1t-a52b": ("other reports date the weights 2026-10-31 and name the repository Mistral-Large-4.0-1T05-A52B",
                                "an API preview was listed with 49 B active and 524288 tokens of context"),
    "nanbeige4.2-3b": ("looped: its 22 stored layers run more than once per token; what that does to the cache was not found",),
    "llama-3.3-nemotron-super-49b-v1": ("pruned by search: layers differ in width, and 31 have no attention",),
    "llama-3.3-nemotron-super-49b-v1.5": ("pruned by search: layers differ in width, and 31 have no attention; the list read is that of v1",),
    "llama-3.1-nemotron-ultra-253b-v1": ("pruned by search: layers differ, some have no attention",),
    "tulu-3-8b": ("its post-training data are open, those of its base are not",),
    "phi-4-mini-flash-reasoning": ("SambaY decoder: state-space, sliding and a single full-attention layer",),
    "qwen3.8-flash-next": ("the 180 B on disk are a 125 B backbone, 51 B of n-gram embedding and 4 B for drafting (maker's card, second hand)",
                           "published files: smallest 67.6 GiB, UD-Q4_K_XL 103.7 GiB, BF16 329.7 GiB (2026-09-16)"),
    "smollm3-3b": ("every fourth layer has no rotary positions",),
    "wizardlm-2-8x22b": ("the maker withdrew its upload; the repository named is somebody else's mirror",),
    "k2-horizon-7b": (), "ling-3.0-flash": ("params_active of the maker is stated for the -VL sibling",),
}  # fmt: skip

NO_ARCHITECTURE = {
    "deepseek-v4.1-flash": "the dimensions found leave about 0.2 T parameters unexplained (n-gram memory tables of unknown shape)",
    "hy4-preview-770b-a49b": "dense width and attention ranks of this size were not found; class defaults come within 0.1 % of the name",
    "longcat-2.0": "no config found",
    "motif-3": "an architecture of its own; no modelling code found",
    "llama-3.1-nemotron-ultra-253b-v1": "the list of its pruned blocks was not found",
    "phi-4-mini-flash-reasoning": "its SambaY layers have no mixer kind here",
    "qwen3.8-flash-next": "the sizes of its n-gram and per-layer tables were not found",
}

DISAGREEMENTS: dict[str, tuple[str, ...]] = {
    "falcon-7b-instruct": ("architecture.mixers: one KV head (litgpt, multi-query) is used; llmfit lists 71, the number of query heads",),
    "glm-4-9b-chat": ("architecture.mixers: 2 KV heads (the config's multi-query groups) are used; llmfit lists 32",),
    "mixtral-8x22b-instruct": ("architecture.vocab: 32768 (llmfit) is used; the base repository's config has 32000",
                               "tools: True is used; models.dev says False"),
    "orca-2-7b": ("architecture.vocab: 32003, the maker's config, is used; llmfit lists 32000",),
    "orca-2-13b": ("architecture.vocab: 32003, the maker's config, is used; llmfit lists 32000, which the repository count fits",),
    "step3": ("architecture.mixers: one shared KV head of 256 is used; llmfit fills in 64",),
    "step-3.5-flash": ("architecture.mixers: 8 KV heads, as in the config of Step 3.7, are used; llmfit fills in 64",),
    "step-3.7-flash": ("architecture.mixers: 8 KV heads (config copy in aiconfigurator) are used; llmfit fills in 64",
                       "context_native: the maker's 262144 is used; max_position_embeddings says 65536"),
    "qwen3.8-flash-next": ("params_total: 180 B, the repository count, is used; models.dev states the 125 B backbone",),
    "mistral-large-4-1t-a52b": ("params_total: the computed count is used; the repository name says 1 T, a gateway 1.05 T",
                                "params_active: the name says 52 B, a gateway 49 B"),
    "deepseek-v4-pro": ("architecture.mixers: 30 layers at ratio 4 and 31 at 128 (config copy) are used; a summary had the first two uncompressed",),
    "deepseek-v4-pro-0813": ("architecture.mixers: 30 layers at ratio 4 and 31 at 128 (the config of V4 Pro) are used",),
}  # fmt: skip
"""Model → its disagreements in full, where the general rewording does not do."""
