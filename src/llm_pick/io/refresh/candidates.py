"""Models that makers of the catalog put on the hub since: candidates for a look, never added by themselves."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from llm_pick.core.errors import NetworkError
from llm_pick.core.inspected import model_of
from llm_pick.io.hub.access import hub_access
from llm_pick.io.hub.transport import fetch
from llm_pick.io.own.write import replace_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from llm_pick.core.catalog import Catalog

PER_MAKER = 30
MOST_BYTES = 8 << 20
KINDS = ("text-generation", "image-text-to-text", "any-to-any")
"""The hub's words for what a language model does."""
_DERIVED = ("base_model:quantized:", "base_model:adapter:")


def makers(catalog: Catalog) -> dict[str, str]:
    """Organization on the hub → newest release the catalog has of it; official repositories only."""
    newest: dict[str, str] = {}
    for model in catalog.models.values():
        if catalog.origin("models", model.id) is None:
            owner = model.hf_repo.split("/")[0]
            newest[owner] = max(newest.get(owner, ""), model.released)
    return newest


def find_candidates(catalog: Catalog, partial: str, progress: Callable[[str], None]) -> list[dict[str, Any]]:
    """Repositories newer than the catalog's newest of their maker and not in it.

    What was learned is kept in the file ``partial`` after each maker, so that a run that was stopped goes on from there.
    Raises ``NetworkError``.
    """
    endpoint, headers, _ = hub_access("to refresh; everything else works offline")
    done = _read(partial)
    every = makers(catalog)
    for number, (owner, newest) in enumerate(sorted(every.items()), start=1):
        if owner in done:
            continue
        progress(f"asking for new models of {owner} ({number} of {len(every)})")
        done[owner] = _of_maker(owner, newest, endpoint, headers)
        replace_file(partial, json.dumps(done))
    found = [row for owner in sorted(every) for row in done.get(owner, ())]
    return [row for row in found if model_of([row["repo"]], catalog) is None]


def _read(path: str) -> dict[str, Any]:
    try:
        with open(path, encoding="utf-8") as stream:  # noqa: PTH123
            found = json.load(stream)
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) and all(isinstance(rows, list) for rows in found.values()) else {}


def _of_maker(owner: str, newest: str, endpoint: str, headers: dict[str, str]) -> list[dict[str, Any]]:
    query = f"author={quote(owner)}&sort=createdAt&direction=-1&limit={PER_MAKER}"
    answer = fetch(f"{endpoint}/api/models?{query}", headers=headers, most_bytes=MOST_BYTES)
    if answer.status == 429:
        raise NetworkError("the hub asks to slow down (429)", "run the same again later: it goes on where it stopped")
    if answer.status in (401, 403, 404):
        return []  # the maker renamed or closed its organization
    if answer.status != 200:
        raise NetworkError(f"the hub answers with status {answer.status}", "run the same again later: it goes on from here")
    try:
        return list(_rows(json.loads(answer.body), owner, newest))
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise NetworkError(f"the answer about {owner} is no list of repositories", "check HF_ENDPOINT") from error


def _rows(raw: Any, owner: str, newest: str) -> Iterable[dict[str, Any]]:  # noqa: ANN401 - whatever the hub sends
    for item in raw:
        repo, created = str(item.get("id") or ""), str(item.get("createdAt") or "")[:10]
        tags = [str(tag) for tag in item.get("tags") or ()]
        if not repo.startswith(f"{owner}/") or item.get("private") or item.get("pipeline_tag") not in KINDS:
            continue
        if created[: len(newest)] <= newest or any(tag.startswith(_DERIVED) for tag in tags):
            continue
        licence = next((tag.removeprefix("license:") for tag in tags if tag.startswith("license:")), None)
        yield {"repo": repo, "created": created, "license_tag": licence, "downloads": item.get("downloads")}


def remove(path: str) -> None:
    """Take away what only an unfinished run needs."""
    try:
        os.unlink(path)  # noqa: PTH108
    except OSError:
        return
