"""``inspect``: from a path or a repository to a model the estimators can work with. Only headers and small texts are read."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llm_pick.core.catalog import ArtifactSize, Model
from llm_pick.core.errors import QuestionError
from llm_pick.core.inspected import Inspected, ListedFile, gguf_files, gguf_quantization, label_of, license_of, model_of
from llm_pick.core.names import normal
from llm_pick.core.reading import config_architecture, gguf_architecture
from llm_pick.core.reading.gguf_architecture import Read, Unreadable
from llm_pick.io.files import gguf, safetensors
from llm_pick.io.files.source import FileError, LocalFile
from llm_pick.io.hub.repository import Listing, Repository, parse_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from llm_pick.core.catalog import Catalog
    from llm_pick.io.files.source import Source

MOST_SHARDS = 400
WORKERS = 8
"""Shards whose headers are asked for at the same time."""
TOWERS = ("visual.", "vision_tower.", "vision_model.", "model.visual.", "model.vision_tower.", "multi_modal_projector.",
          "model.multi_modal_projector.", "vision_encoder.", "mm_projector.", "vpm.", "resampler.", "embed_vision.",
          "model.embed_vision.")  # fmt: skip
EARS = ("audio_tower.", "audio_model.", "model.audio_tower.", "audio_encoder.", "embed_audio.", "model.embed_audio.", "apm.")
DRAFTS = ("mtp.", "model.mtp.", "nextn.")
DTYPES = {"BF16": "bf16", "F16": "fp16", "F32": "fp32", "F8_E4M3": "fp8"}
UNREAD = "not read from this repository"


def inspect(name: str, catalog: Catalog, progress: Callable[[str], None]) -> Inspected:
    """Read ``name``: a .gguf file, a folder of safetensors or GGUF files, or ``ORG/NAME[@REVISION]`` on the hub.

    Raises ``QuestionError`` (no such thing, or nothing a language model), ``NetworkError`` (nobody answers).
    """
    path = Path(name).expanduser()
    if path.exists() or name.endswith((".gguf", ".safetensors")) or name.startswith((".", "/", "~")):
        return _local(path, catalog, progress)
    repo, revision = parse_name(name)
    return _remote(Repository(repo, revision), catalog, progress)


def _local(path: Path, catalog: Catalog, progress: Callable[[str], None]) -> Inspected:
    if path.suffix == ".gguf":
        found = gguf_files({str(part): part.stat().st_size for part in _siblings(path)}, catalog)
        return _from_gguf(LocalFile(path), found, str(path), path.stem, catalog)
    folder = path if path.is_dir() else path.parent
    if not folder.is_dir():
        raise FileError(f"`{path}` does not exist", "name a .gguf file, a folder, or ORG/NAME on the hub")
    names = sorted(item.name for item in folder.iterdir() if item.is_file())
    shards = [folder / item for item in names if item.endswith(".safetensors")]
    if not shards:
        held = gguf_files({str(folder / item): (folder / item).stat().st_size for item in names}, catalog)
        if not held:
            raise FileError(f"`{path}` holds no .gguf and no .safetensors file", "name the file itself, or another folder")
        return _from_gguf(LocalFile(Path(held[0].first)), held, str(path), folder.name, catalog)
    config = folder / "config.json"
    if not config.is_file():
        raise FileError(f"`{folder}` has safetensors but no config.json", "it states the dimensions: put the maker's beside them")
    try:
        raw = json.loads(config.read_text(encoding="utf-8", errors="replace"))
    except (OSError, ValueError, RecursionError) as error:
        raise FileError(f"`{config}` is no JSON", "download it again") from error
    if not isinstance(raw, dict):
        raise FileError(f"`{config}` is no JSON object", "download it again")
    progress(f"reading {len(shards)} headers")
    tensors = [tensor for shard in shards for tensor in safetensors.read_header(LocalFile(shard))]
    card = _front_matter(folder / "README.md")
    listing = Listing(
        repo=folder.resolve().name,
        revision="",
        files={item: (folder / item).stat().st_size for item in names},
        gated=False,
        tags=(),
        license_tag=card.get("license"),
        license_name=card.get("license_name"),
        base_models=(),
    )
    return _from_config(raw, tensors, listing, str(path), catalog)


def _siblings(path: Path) -> list[Path]:
    """The parts of a split file that lie beside it; the file alone where it is not split."""
    if not path.exists():
        raise FileError(f"`{path}` does not exist", "name a .gguf file, a folder, or ORG/NAME on the hub")
    head, marker, _ = path.name.rpartition("-of-")
    if not marker or len(head) < 6:
        return [path]
    return sorted(path.parent.glob(f"{_escaped(head[:-6])}-[0-9][0-9][0-9][0-9][0-9]-of-[0-9][0-9][0-9][0-9][0-9].gguf"))


def _escaped(text: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in text)


def _front_matter(path: Path) -> dict[str, Any]:
    import yaml

    try:
        text = path.read_text(encoding="utf-8", errors="replace")[: 1 << 20]
        found = yaml.safe_load(text.split("---", 2)[1]) if text.startswith("---") else {}
    except (OSError, yaml.YAMLError, IndexError, RecursionError):
        return {}
    return {key: value for key, value in found.items() if isinstance(value, str)} if isinstance(found, dict) else {}


def _remote(repository: Repository, catalog: Catalog, progress: Callable[[str], None]) -> Inspected:
    progress(f"asking for {repository.repo}")
    listing = repository.listing()
    origin = f"{listing.repo}@{listing.revision[:12]}" if listing.revision else listing.repo
    shards = [path for path in listing.files if path.endswith(".safetensors") and "/" not in path and "adapter" not in path]
    if "config.json" in listing.files and shards:
        if len(shards) > MOST_SHARDS:
            raise QuestionError(f"{listing.repo} has {len(shards)} shards", f"at most {MOST_SHARDS} are read")
        progress(f"reading {len(shards)} headers")
        config = repository.json("config.json")
        with ThreadPoolExecutor(WORKERS) as pool:
            headers = pool.map(lambda shard: safetensors.read_header(repository.file(shard, listing.files[shard])), shards)
            tensors = [tensor for header in headers for tensor in header]
        return _from_config(config, tensors, listing, origin, catalog)
    held = gguf_files(listing.files, catalog)
    if held:
        progress("reading the header of the smallest file")
        source = repository.file(held[0].first, listing.files[held[0].first])
        return _from_gguf(source, held, origin, listing.repo.rsplit("/", 1)[-1], catalog, listing)
    if "config.json" in listing.files:
        raise QuestionError(f"{listing.repo} has a config.json and no safetensors or GGUF weights", "other formats are not read")
    raise QuestionError(f"{listing.repo} holds no weights of a language model", "look for its base or its -GGUF repository")


def _from_gguf(
    source: Source, held: tuple[ListedFile, ...], origin: str, name: str, catalog: Catalog, listing: Listing | None = None
) -> Inspected:
    header = gguf.read_header(source)
    shapes = {tensor.name: tensor.shape for tensor in header.tensors}
    warnings: list[str] = []
    if header.splits > 1:
        warnings.append(f"split over {header.splits} files; dimensions come from the metadata and the tensors of the first")
    try:
        read = gguf_architecture.architecture_of(header.metadata, shapes)
    except Unreadable as error:
        raise QuestionError(f"`{source.name}` cannot be estimated: {error}", "name the main file of a language model") from error
    one_file = header.splits == 1
    tensor_bytes = _tensor_bytes(header, catalog) if one_file else None
    if tensor_bytes is not None and header.data_start + tensor_bytes > source.size:
        raise FileError(
            f"`{source.name}` is cut short: {source.size:,} bytes of {header.data_start + tensor_bytes:,}",
            "the download is not complete",
        )
    declared = header.metadata.get("general.file_type")
    quant = gguf_quantization(label_of(source.name), catalog) or gguf.FILE_TYPES.get(
        declared if isinstance(declared, int) else -1
    )
    artifacts = tuple(
        ArtifactSize(
            file.quant, file.bytes, listing.repo if listing else file.first, exact=True, source=f"{origin} size of the file"
        )
        for file in held
        if file.quant and file.bytes and file.complete
    )
    if not artifacts and quant and one_file:
        artifacts = (ArtifactSize(quant, source.size, source.name, exact=True, source=f"{origin} size of the file"),)
    if not artifacts:
        raise QuestionError(
            f"`{source.name}`: neither its name nor its metadata tell a quantization that is known",
            "`llm-pick list quants` shows those that are",
        )
    context = header.of_model("context_length")
    title = header.metadata.get("general.name") or name
    tag = (listing.license_tag if listing else None) or header.metadata.get("general.license")
    base = [
        str(value) for key, value in header.metadata.items() if key.startswith("general.base_model.") and key.endswith("repo_url")
    ]
    bases = [*(listing.base_models if listing else ()), *base]
    return _inspected(
        name=str(title), slug=name, origin=origin, read=read, native="bf16", artifacts=artifacts, held=held,
        context=context if isinstance(context, int) and context > 0 else None, tag=tag if isinstance(tag, str) else None,
        tag_name=listing.license_name if listing else None, bases=bases, listing=listing,
        chat="tokenizer.chat_template" in header.metadata, vision=False, warnings=warnings, catalog=catalog,
        quantized_copy=True,
    )  # fmt: skip


def _tensor_bytes(header: gguf.Header, catalog: Catalog) -> int | None:
    """Bytes of all tensors; ``None`` where one has a type the catalog does not know."""
    plain = {"f64": (1, 8), "i64": (1, 8), "i32": (1, 4), "i16": (1, 2), "i8": (1, 1)}
    known = {kind.id: (kind.block_elements, kind.block_bytes) for kind in catalog.tensor_types.values()} | plain
    total = 0
    for tensor in header.tensors:
        block = known.get(tensor.type)
        if block is None:
            return None
        total += tensor.elements // block[0] * block[1]
    return total


def _from_config(
    config: dict[str, Any], tensors: list[safetensors.Tensor], listing: Listing, origin: str, catalog: Catalog
) -> Inspected:
    def params(prefixes: tuple[str, ...]) -> int:
        return sum(tensor.elements for tensor in tensors if tensor.name.startswith(prefixes))

    names = frozenset(tensor.name for tensor in tensors)
    known = config_architecture.Tensors(names, params(TOWERS), params(EARS), params(DRAFTS))
    try:
        read = config_architecture.architecture_of(config, known)
    except Unreadable as error:
        raise QuestionError(f"{listing.repo} cannot be estimated: {error}", "is it a language model?") from error
    warnings = list(read.notes)
    quant = config_architecture.quantization_of(config) or _widest(tensors)
    held_bytes = sum(tensor.bytes for tensor in tensors if not tensor.name.startswith(DRAFTS))
    stored = sum(tensor.elements for tensor in tensors if not tensor.name.startswith(DRAFTS))
    if quant in ("bf16", "fp16", "fp32") and stored and abs(read.params_total / stored - 1) > 0.01:
        warnings.append(
            f"the dimensions give {read.params_total / 1e9:.2f} billion parameters, the tensors hold {stored / 1e9:.2f}: "
            "an architecture that is not fully known; sizes are those of the tensors, the cache may be off"
        )
    held = (
        ListedFile(
            quant, quant or "unknown", held_bytes, sum(p.endswith(".safetensors") for p in listing.files), True, "config.json"
        ),
    )
    if quant is None:
        raise QuestionError(
            f"{listing.repo}: how its weights are quantized is not known", "its quantization_config is of no known kind"
        )
    artifact = ArtifactSize(quant, held_bytes, listing.repo, exact=True, source=f"{origin} safetensors headers, summed")
    has_chat = any(path in listing.files for path in ("chat_template.jinja", "chat_template.json"))
    return _inspected(
        name=listing.repo.rsplit("/", 1)[-1], slug=listing.repo.rsplit("/", 1)[-1], origin=origin, read=read, native=quant,
        artifacts=(artifact,), held=held, context=config_architecture.context_of(config), tag=listing.license_tag,
        tag_name=listing.license_name, bases=listing.base_models, listing=listing,
        chat=has_chat or "conversational" in listing.tags, vision=bool(known.vision_params), warnings=warnings,
        catalog=catalog, quantized_copy=False,
    )  # fmt: skip


def _widest(tensors: Iterable[safetensors.Tensor]) -> str | None:
    """The type most bytes are stored in."""
    held: dict[str, int] = {}
    for tensor in tensors:
        held[tensor.dtype] = held.get(tensor.dtype, 0) + tensor.bytes
    return DTYPES.get(max(held, key=lambda dtype: held[dtype])) if held else None


def _inspected(
    *, name: str, slug: str, origin: str, read: Read, native: str, artifacts: tuple[ArtifactSize, ...],
    held: tuple[ListedFile, ...], context: int | None, tag: str | None, tag_name: str | None, bases: Iterable[str],
    listing: Listing | None, chat: bool, vision: bool, warnings: list[str], catalog: Catalog, quantized_copy: bool,
) -> Inspected:  # fmt: skip
    own = model_of([listing.repo], catalog) if listing else None
    base = model_of([_repo_of(text) for text in bases], catalog)
    relation = {
        text.split(":", 2)[1]
        for text in (listing.tags if listing else ())
        if text.startswith("base_model:") and text.count(":") > 1
    }
    same = (
        base
        if base is not None and (quantized_copy or "quantized" in relation) and not relation & {"finetune", "merge", "adapter"}
        else None
    )
    licence = license_of(tag, tag_name, catalog)
    if licence is None and tag is not None:
        warnings.append(f"its licence tag `{tag_name or tag}` is none that was read for this catalog: read the text")
    if tag is None:
        warnings.append("it states no licence: nobody may rely on one" + (f"; its base is under {base.license}" if base else ""))
    inherited = tuple(dict.fromkeys((base.license, *base.base_licenses))) if base is not None else ()
    if base is not None and licence is not None and licence != base.license:
        warnings.append(
            f"its tag says {licence}, but {base.id}, which it was made from, is under {base.license}: "
            "a tag cannot change that; the terms of the base apply too"
        )
    model = Model(
        id=normal(slug)[:100] or "model",
        name=name[:200],
        family="not in the catalog",
        vendor=listing.repo.split("/")[0] if listing and "/" in listing.repo else "unknown",
        kind="vision-language" if vision else ("chat" if chat or same else "base"),
        released=(listing.created if listing else None) or "unknown",
        read_from="config",
        architecture=read.architecture,
        params_total=read.params_total,
        params_active=read.params_active,
        native_dtype=native,
        context_native=context or catalog_default_context(catalog),
        license=licence or (same.license if same is not None and tag is None else "unknown"),
        openness="open-weight",
        modalities_in=("text", "image") if vision else ("text",),
        modalities_out=("text",),
        reasoning=same.reasoning if same is not None else "none",
        tools=same.tools if same is not None else None,
        hf_repo=listing.repo if listing and "/" in listing.repo else origin,
        base_licenses=tuple(id for id in inherited if id != licence),
        base_model=base.id if base is not None else None,
        gguf_repo=listing.repo if listing and any(file.first.endswith(".gguf") for file in held) else None,
        artifacts=artifacts,
        sources={"*": (origin,)},
        unknown={} if context else {"context_native": f"{UNREAD}; {catalog_default_context(catalog):,} tokens assumed"},
    )
    if not context:
        warnings.append(f"the context it was trained for is not stated: {model.context_native:,} tokens are assumed")
    return Inspected(
        model=model,
        origin=origin,
        files=held,
        in_catalog=own.id if own else None,
        same_weights_as=same.id if same else None,
        warnings=tuple(warnings),
        notes=read.notes,
    )


def _repo_of(text: str) -> str:
    return text.removeprefix("https://huggingface.co/").strip("/")


def catalog_default_context(catalog: Catalog) -> int:
    """Tokens assumed where nothing is stated: the usual context of the general task."""
    return catalog.tasks["general"].context_tokens


def mapping_of(files: Mapping[str, int | None]) -> int:
    """Bytes of all files whose size is known."""
    return sum(size for size in files.values() if size)
