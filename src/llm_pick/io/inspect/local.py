"""Files and folders on this machine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from llm_pick.core.inspected import Card
from llm_pick.core.listed_files import gguf_files
from llm_pick.io.files import safetensors
from llm_pick.io.files.source import FileError, LocalFile
from llm_pick.io.inspect.records import from_config, from_gguf

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from llm_pick.core.catalog import Catalog
    from llm_pick.core.inspected import Inspected

MOST_CARD_CHARACTERS = 1 << 20
MOST_CONFIG_BYTES = 8 << 20


def inspect_path(path: Path, catalog: Catalog, progress: Callable[[str], None]) -> Inspected:
    """A .gguf file (with the other parts of a split one), or a folder."""
    try:
        if path.suffix == ".gguf":
            parts = _parts(path)
            held = gguf_files({str(part): part.stat().st_size for part in parts}, catalog)
            return from_gguf(LocalFile(path), held, Card(origin=str(path), name=path.stem), catalog)
        return _folder(path if path.is_dir() else path.parent, path, catalog, progress)
    except OSError as error:
        raise FileError(f"cannot read `{path}`: {error.strerror or error}", "check the path and its permissions") from error


def _folder(folder: Path, asked: Path, catalog: Catalog, progress: Callable[[str], None]) -> Inspected:
    if not asked.exists():
        raise FileError(f"`{asked}` does not exist", "name a .gguf file, a folder, or ORG/NAME on the hub")
    sizes: dict[str, int | None] = {item.name: item.stat().st_size for item in sorted(folder.iterdir()) if item.is_file()}
    shards = [folder / name for name in sizes if name.endswith(".safetensors")]
    name = folder.resolve().name
    if not shards:
        held = gguf_files(sizes, catalog)
        if not held:
            raise FileError(f"`{asked}` holds no .gguf and no .safetensors file", "name the file itself, or another folder")
        return from_gguf(LocalFile(folder / held[0].path), held, Card(origin=str(folder), name=name), catalog)
    config = _json(folder / "config.json")
    progress(f"reading {len(shards)} headers")
    tensors = [tensor for shard in shards for tensor in safetensors.read_header(LocalFile(shard))]
    written = _front_matter(folder / "README.md")
    card = Card(
        origin=str(folder),
        name=name,
        license_tag=written.get("license"),
        license_name=written.get("license_name"),
        bases=(written["base_model"],) if "base_model" in written else (),
        chat=any(found in sizes for found in ("chat_template.jinja", "chat_template.json")),
    )
    return from_config(config, tensors, len(shards), card, catalog)


def _parts(path: Path) -> list[Path]:
    """The parts of a split file that lie beside it; the file alone where it is not split."""
    if not path.is_file():
        raise FileError(f"`{path}` is no file", "name a .gguf file, a folder, or ORG/NAME on the hub")
    head, marker, tail = path.stem.rpartition("-of-")
    if not (marker and len(tail) == 5 and tail.isdigit() and head[-5:].isdigit()):
        return [path]
    stem = head[:-5]
    return sorted(part for part in path.parent.iterdir() if part.name.startswith(stem) and part.name.endswith(f"-of-{tail}.gguf"))


def _json(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise FileError(f"`{path.parent}` has no config.json", "it states the dimensions: put the maker's beside the weights")
    if path.stat().st_size > MOST_CONFIG_BYTES:
        raise FileError(f"`{path}` is too long for a config", "is it the maker's?")
    try:
        found = json.loads(path.read_text(encoding="utf-8", errors="replace"))
    except (ValueError, RecursionError) as error:
        raise FileError(f"`{path}` is no JSON", "download it again") from error
    if not isinstance(found, dict):
        raise FileError(f"`{path}` is no JSON object", "download it again")
    return found


def _front_matter(path: Path) -> dict[str, str]:
    """The YAML head of a model card; empty where there is none that can be read."""
    import yaml

    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", errors="replace") as file:
        text = file.read(MOST_CARD_CHARACTERS)
    try:
        found = yaml.safe_load(text.split("---", 2)[1]) if text.startswith("---") else {}
    except (yaml.YAMLError, IndexError, RecursionError):
        return {}
    return {key: value for key, value in found.items() if isinstance(value, str)} if isinstance(found, dict) else {}
