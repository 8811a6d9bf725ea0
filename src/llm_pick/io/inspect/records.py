"""From headers and a config to the records of the core."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from llm_pick.core.catalog import ArtifactSize
from llm_pick.core.errors import QuestionError
from llm_pick.core.inspected import inspected
from llm_pick.core.listed_files import ListedFile, gguf_quantization, label_of
from llm_pick.core.reading import config_architecture, gguf_architecture
from llm_pick.core.reading.read import Unreadable
from llm_pick.core.record import replace
from llm_pick.io.files import gguf
from llm_pick.io.files.source import FileError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from llm_pick.core.catalog import Catalog
    from llm_pick.core.inspected import Card, Inspected
    from llm_pick.io.files.safetensors import Tensor
    from llm_pick.io.files.source import Source

TOWERS = ("visual.", "vision_tower.", "vision_model.", "model.visual.", "model.vision_tower.", "multi_modal_projector.",
          "model.multi_modal_projector.", "vision_encoder.", "mm_projector.", "vpm.", "resampler.", "embed_vision.",
          "model.embed_vision.", "model.vision_embed_tokens.")  # fmt: skip
EARS = ("audio_tower.", "audio_model.", "model.audio_tower.", "audio_encoder.", "embed_audio.", "model.embed_audio.", "apm.")
DRAFTS = ("mtp.", "model.mtp.", "nextn.")
DTYPES = {"BF16": "bf16", "F16": "fp16", "F32": "fp32", "F8_E4M3": "fp8"}
PLAIN = {"f64": (1, 8), "i64": (1, 8), "i32": (1, 4), "i16": (1, 2), "i8": (1, 1)}
"""Number types of GGUF files that hold no weights: (numbers, bytes)."""
BASE_KEY = re.compile(r"general\.base_model\.\d+\.repo_url$")
MOST_OFF = 0.01
"""Share by which dimensions and tensors may disagree on the parameters before it is said."""


def from_gguf(source: Source, held: tuple[ListedFile, ...], card: Card, catalog: Catalog) -> Inspected:
    """A GGUF file; ``held`` are the quantizations that lie with it."""
    header = gguf.read_header(source)
    try:
        read = gguf_architecture.architecture_of(header.metadata, {t.name: t.shape for t in header.tensors})
    except Unreadable as error:
        raise QuestionError(f"`{source.name}` cannot be estimated: {error}", "name the main file of a language model") from error
    if header.splits == 1:
        _check_whole(source, header, catalog)
    declared = header.metadata.get("general.file_type")
    of_header = gguf.FILE_TYPES.get(declared) if isinstance(declared, int) else None
    quant = gguf_quantization(label_of(source.name), catalog) or of_header
    files = tuple(
        replace(file, quant=quant, label=file.label or str(quant)) if file.quant is None and len(held) == 1 else file
        for file in held
    )
    size_source = f"{card.origin} size of the file"
    artifacts = tuple(
        ArtifactSize(quant=file.quant, bytes=file.bytes, repo=card.repo or file.path, exact=True, source=size_source)
        for file in files
        if file.quant is not None and file.bytes and file.complete
    )
    if not artifacts:
        incomplete = next((file for file in files if not file.complete), None)
        if incomplete is not None:
            raise FileError(f"`{source.name}` is one of {incomplete.parts} parts, and others are missing", "put them beside it")
        raise QuestionError(
            f"`{source.name}`: neither its name nor its metadata tell a quantization that is known",
            "`llm-pick list quants` shows those that are",
        )
    context = header.of_model("context_length")
    named, tag = header.metadata.get("general.name"), header.metadata.get("general.license")
    bases = [
        value for key, value in header.metadata.items() if key.startswith("general.base_model.") and key.endswith("repo_url")
    ]
    described = replace(
        card,
        name=named if card.repo is None and isinstance(named, str) and named.strip() else card.name,
        license_tag=card.license_tag or (tag if isinstance(tag, str) else None),
        bases=(*card.bases, *(str(base).removeprefix("https://huggingface.co/") for base in bases)),
        chat=card.chat or "tokenizer.chat_template" in header.metadata,
    )
    return inspected(
        described, read, files, artifacts, native_dtype="bf16", vision=False, converted=True, warnings=(), catalog=catalog,
        context_tokens=context if isinstance(context, int) and context > 0 else None,
    )  # fmt: skip


def _check_whole(source: Source, header: gguf.Header, catalog: Catalog) -> None:
    """``FileError`` where the file is shorter than its tensors; nothing is said where a tensor type is not known."""
    blocks = {kind.id: (kind.block_elements, kind.block_bytes) for kind in catalog.tensor_types.values()} | PLAIN
    if any(tensor.type not in blocks for tensor in header.tensors):
        return
    held = sum(tensor.elements // blocks[tensor.type][0] * blocks[tensor.type][1] for tensor in header.tensors)
    if header.data_start + held > source.size:
        raise FileError(
            f"`{source.name}` is cut short: {source.size:,} bytes of {header.data_start + held:,}",
            "the download is not complete",
        )


def from_config(config: dict[str, Any], tensors: Sequence[Tensor], shards: int, card: Card, catalog: Catalog) -> Inspected:
    """A safetensors repository or folder: dimensions from ``config.json``, sizes and towers from the headers."""
    own = [tensor for tensor in tensors if not tensor.name.startswith(DRAFTS)]
    vision = _params(tensors, TOWERS)
    known = config_architecture.Tensors(
        names=frozenset(tensor.name for tensor in tensors),
        vision_params=vision,
        audio_params=_params(tensors, EARS),
        mtp_params=_params(tensors, DRAFTS),
    )
    quant = config_architecture.quantization_of(config) or _widest(own)
    if quant is None:
        raise QuestionError(
            f"{card.name}: how its weights are quantized is not known", "its quantization_config is of no known kind"
        )
    try:
        read = config_architecture.architecture_of(config, known)
    except Unreadable as error:
        raise QuestionError(f"{card.name} cannot be estimated: {error}", "is it a language model?") from error
    stored = sum(tensor.elements for tensor in own)
    warnings = []
    if quant in DTYPES.values() and quant != "fp8" and stored and abs(read.params_total / stored - 1) > MOST_OFF:
        warnings.append(
            f"its config gives {read.params_total / 1e9:.2f} billion parameters, its tensors hold {stored / 1e9:.2f}: the "
            "architecture is not fully known; sizes are those of the tensors, the KV cache may be off"
        )
        read = replace(read, params_total=stored, params_active=min(read.params_active, stored))
    held = sum(tensor.bytes for tensor in own)
    artifact = ArtifactSize(
        quant=quant, bytes=held, repo=card.repo or card.origin, exact=True, source=f"{card.origin} safetensors headers, summed"
    )
    files = (ListedFile(quant=quant, label=quant, bytes=held, parts=shards, complete=True, path="config.json"),)
    return inspected(
        card, read, files, (artifact,), native_dtype=quant, vision=vision > 0, converted=False, warnings=warnings,
        catalog=catalog, context_tokens=config_architecture.context_of(config),
    )  # fmt: skip


def _params(tensors: Iterable[Tensor], prefixes: tuple[str, ...]) -> int:
    return sum(tensor.elements for tensor in tensors if tensor.name.startswith(prefixes))


def _widest(tensors: Iterable[Tensor]) -> str | None:
    """The type most bytes are stored in."""
    held: dict[str, int] = {}
    for tensor in tensors:
        held[tensor.dtype] = held.get(tensor.dtype, 0) + tensor.bytes
    return DTYPES.get(max(held, key=lambda dtype: held[dtype])) if held else None
