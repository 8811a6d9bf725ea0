"""Models that already lie on this machine, and which record of the catalog each is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from llm_pick.core.lookup import names_of
from llm_pick.core.record import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llm_pick.core.catalog import Catalog

_FILE_TYPE = re.compile(r"(?:^|[-._:])((?:iq|q|bf|f|fp|mxfp)\d\w*?)(?:-\d{5}-of-\d{5})?(?:\.gguf)?$", re.IGNORECASE)
"""The quantization at the end of a file's name or a tag: ``…-Q4_K_M.gguf``, ``8b-instruct-q8_0``."""
_MLX = re.compile(r"-(\d)-?bit\b", re.IGNORECASE)
_COPY = re.compile(r"[-._](?:i1-)?gguf$|-mlx\b.*$|-\d-?bit\b.*$|-(?:awq|gptq|fp8|bnb)\b.*$", re.IGNORECASE)
"""What a re-upload adds to the name of the model."""
_STYLE = re.compile(r"[-._](?:instruct|it|chat|text)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Held:
    """One model on this machine."""

    where: str
    """ollama | lm-studio | hugging-face"""
    name: str
    """As its program calls it: a tag, or a repository and a file."""
    repo: str | None = None
    """Repository it is from, as far as the folder tells."""
    file_type: str | None = None
    """Quantization as its program or its file's name has it."""


def held_models(found: Iterable[Held], catalog: Catalog) -> dict[str, tuple[Held, ...]]:
    """Model id → what is here of it. What no name or repository of the catalog matches exactly is left out."""
    by_repo = {repo.lower(): model.id for model in catalog.models.values() for repo in (model.gguf_repo, model.hf_repo) if repo}
    names = names_of("model", catalog)
    out: dict[str, list[Held]] = {}
    for item in found:
        id = by_repo.get((item.repo or "").lower())
        for name in () if id else _names(item):
            match = names.exactly(name)
            if match.id and match.via in ("id", "alias"):
                id = match.id
                break
        if id:
            out.setdefault(id, []).append(item)
    return {id: tuple(items) for id, items in out.items()}


def quantization_of(item: Held, catalog: Catalog) -> str | None:
    """Id of the quantization it is in; ``None`` where neither its program nor its name says."""
    names = names_of("quantization", catalog)
    file_type = _FILE_TYPE.search(item.name)
    mlx = _MLX.search(item.name)
    spellings = (item.file_type, file_type.group(1) if file_type else None, f"mlx-{mlx.group(1)}bit" if mlx else None)
    return next((id for text in spellings if text and (id := names.exactly(text).id)), None)


def _names(item: Held) -> Iterable[str]:
    """What the model may be called in the catalog, the most specific first."""
    full = (item.repo or item.name).removesuffix(":latest")
    yield full
    bare = _COPY.sub("", full.rsplit("/", 1)[-1]) if item.repo else _FILE_TYPE.sub("", full)
    yield bare
    yield _STYLE.sub("", bare)
