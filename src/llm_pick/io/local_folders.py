"""A cheap look whether any program that keeps models on this machine was ever used here: most answers then look no further.

Plain strings and ``os.path``: importing pathlib costs more than these looks.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

SERVICE_HOMES = ("/usr/share/ollama", "/var/lib/ollama")
"""Where Ollama keeps its things when it runs as a service of its own user."""
_NAMED = ("OLLAMA_MODELS", "OLLAMA_HOST", "HF_HUB_CACHE", "HF_HOME")
_FOLDERS = (".ollama", ".lmstudio", ".cache/lm-studio", ".cache/huggingface")


def anything_here(environment: Mapping[str, str]) -> bool:
    """Whether a variable or a folder suggests that Ollama, LM Studio or the Hugging Face cache hold something."""
    home = environment.get("HOME") or environment.get("USERPROFILE")
    if not home:
        return False
    cache = environment.get("XDG_CACHE_HOME") or home
    folders = (*(os.path.join(home, folder) for folder in _FOLDERS), os.path.join(cache, "huggingface"), *SERVICE_HOMES)
    return any(environment.get(name) for name in _NAMED) or any(map(os.path.isdir, folders))
