"""Repositories on the hub or a mirror of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from llm_pick.core.errors import QuestionError
from llm_pick.core.hub_results import read_results
from llm_pick.core.inspected import Card
from llm_pick.core.listed_files import gguf_files
from llm_pick.core.record import replace
from llm_pick.io.files import safetensors
from llm_pick.io.hub.repository import Repository, parse_name
from llm_pick.io.inspect.records import from_config, from_gguf

if TYPE_CHECKING:
    from collections.abc import Callable

    from llm_pick.core.catalog import Catalog
    from llm_pick.core.inspected import Inspected
    from llm_pick.io.hub.repository import Listing

MOST_SHARDS = 400
WORKERS = 8
"""Headers asked for at the same time."""
RELATIONS = ("quantized", "finetune", "merge", "adapter")


def inspect_repository(name: str, catalog: Catalog, progress: Callable[[str], None]) -> Inspected:
    """Weights, dimensions, card and licence tag of ``ORG/NAME[@REVISION]``, and how good it says it is."""
    repository = Repository(*parse_name(name))
    found = _read(repository, catalog, progress)
    if found.evidence_of is not None:
        return found
    progress(f"asking for evaluation results of {repository.repo}")
    stated = repository.results()
    if stated is None:
        return found
    day = stated.changed or found.card.created or catalog.as_of
    source = f"https://huggingface.co/{repository.repo}/tree/{repository.revision}/"
    results = read_results(stated.results, found.model.id, source, day, catalog)
    modes = {score.mode for score in results.scores}
    if "thinking" not in modes:
        return replace(found, results=results)
    reasoning, words = ("switchable", "can think") if "non_thinking" in modes else ("always", "thinks")
    note = f"no file says whether it thinks; its results do: it is taken for a model that {words}"
    return replace(found, model=replace(found.model, reasoning=reasoning), results=results, warnings=(*found.warnings, note))


def _read(repository: Repository, catalog: Catalog, progress: Callable[[str], None]) -> Inspected:
    progress(f"asking for {repository.repo}")
    listing = repository.listing()
    files, card = listing.files, _card(listing)
    shards = [path for path in files if path.endswith(".safetensors") and "/" not in path and "adapter" not in path]
    if len(shards) > MOST_SHARDS:
        raise QuestionError(f"{listing.repo} has {len(shards)} shards", f"at most {MOST_SHARDS} are read")
    if "config.json" in files and shards:
        config = repository.json("config.json")
        progress(f"reading {len(shards)} headers of {listing.repo}")
        with ThreadPoolExecutor(WORKERS) as pool:
            headers = pool.map(lambda shard: safetensors.read_header(repository.file(shard, files[shard])), shards)
            tensors = [tensor for header in headers for tensor in header]
        return from_config(config, tensors, len(shards), card, catalog)
    held = gguf_files(files, catalog)
    if held:
        progress(f"reading a header of {listing.repo}")
        first = held[0].path
        return from_gguf(repository.file(first, files[first]), held, card, catalog)
    if "config.json" in files:
        raise QuestionError(f"{listing.repo} has a config.json and no safetensors or GGUF weights", "other formats are not read")
    raise QuestionError(f"{listing.repo} holds no weights of a language model", "look for its base, or for its -GGUF repository")


def _card(listing: Listing) -> Card:
    related = {tag.split(":", 2)[1] for tag in listing.tags if tag.startswith("base_model:") and tag.count(":") > 1}
    return Card(
        origin=f"{listing.repo}@{listing.revision[:12]}" if listing.revision else listing.repo,
        name=listing.repo.rsplit("/", 1)[-1],
        repo=listing.repo,
        created=listing.created,
        license_tag=listing.license_tag,
        license_name=listing.license_name,
        bases=listing.base_models,
        relations=frozenset(related & set(RELATIONS)),
        chat="conversational" in listing.tags or any(path.startswith("chat_template") for path in listing.files),
        gated=listing.gated,
    )
