"""Evaluation results that makers put into their repositories since, as scores among the user's own facts."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Any

from llm_pick.core.hub_results import HubResult, read_results
from llm_pick.core.record import dataclass
from llm_pick.io.hub.access import hub_access
from llm_pick.io.hub.repository import is_name
from llm_pick.io.hub.results import fetch_results
from llm_pick.io.own.write import replace_file
from llm_pick.schema.compact import compact

if TYPE_CHECKING:
    from collections.abc import Callable

    from llm_pick.core.catalog import Catalog, Score
    from llm_pick.io.hub.results import RepoResults

WORKERS = 8
"""Repositories asked for at the same time."""
TERMS = "Hugging Face terms of service (a public repository may be used and reproduced); the repository's own licence"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a refresh found."""

    sections: dict[str, Any]
    """A file of own facts; no scores in it: nothing new."""
    left_out: list[dict[str, Any]]
    known: int
    unreadable: int
    repositories: int


def asked_repositories(catalog: Catalog) -> dict[str, str]:
    """Repository → model id, of every model whose repository can be on the hub; the user's own models too."""
    return {model.hf_repo: model.id for model in catalog.models.values() if is_name(model.hf_repo)}


def find_evidence(catalog: Catalog, partial: str, today: str, progress: Callable[[str], None]) -> Evidence:
    """Ask for every repository; what came is kept in the file ``partial``, so that a run that was stopped goes on from there.

    Raises ``NetworkError``.
    """
    endpoint, headers, _ = hub_access("to refresh; everything else works offline")
    repos = asked_repositories(catalog)
    done = _read(partial)
    left = [repo for repo in sorted(repos) if repo not in done]
    with ThreadPoolExecutor(WORKERS) as pool:
        for start in range(0, len(left), WORKERS):
            some = left[start : start + WORKERS]
            progress(f"asking for results of {some[0]} ({len(done) + 1} of {len(repos)})")
            answers = {repo: pool.submit(fetch_results, repo, endpoint, headers) for repo in some}
            try:
                wait(answers.values())
            finally:  # also what came before an interrupt
                came = {repo: answer for repo, answer in answers.items() if answer.done() and answer.exception() is None}
                done |= {repo: _kept(answer.result()) for repo, answer in came.items()}
                replace_file(partial, json.dumps(done))
            for answer in answers.values():
                answer.result()  # the first error of them
    return _evidence(done, repos, today, catalog)


def _kept(found: RepoResults | None) -> dict[str, Any] | None:
    return None if found is None else {**compact(found), "results": [compact(item) for item in found.results]}


def _read(path: str) -> dict[str, Any]:
    """What an unfinished run of today learned; nothing where the file is damaged."""
    try:
        with open(path, encoding="utf-8") as stream:  # noqa: PTH123
            found = json.load(stream)
        for row in found.values():
            if row is not None:
                _ = [HubResult(**item) for item in row["results"]]
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return {}
    return dict(found)


def _evidence(done: dict[str, Any], repos: dict[str, str], today: str, catalog: Catalog) -> Evidence:
    scores: list[Score] = []
    references, left_out, known, unreadable, held = [], [], 0, 0, 0
    for repo, id in sorted(repos.items()):
        row = done.get(repo)
        if not row or not row.get("results"):
            unreadable += (row or {}).get("unreadable", 0)
            continue
        held += 1
        reference = f"hub-results-{re.sub(r'[^a-z0-9.]+', '-', repo.lower())}"
        results = [HubResult(**item) for item in row["results"]]
        read = read_results(results, id, reference, min(row.get("changed") or today, today), catalog)
        known += read.known
        unreadable += row.get("unreadable", 0)
        left_out += [{"repo": repo, **compact(result), "why": why} for result, why in read.left_out]
        if read.scores:
            scores += read.scores
            references.append({
                "id": reference, "title": f"evaluation results in {repo}", "publisher": repo.split("/")[0],
                "url": f"https://huggingface.co/{repo}/tree/main/.eval_results", "read_on": today, "kind": "card",
                "licence": f"{TERMS}: {row.get('license_tag') or 'none stated'}",
                **({"note": "gated: its owner wants to know who downloads it"} if row.get("gated") else {}),
            })  # fmt: skip
    sections = {"scores": [compact(score) for score in scores], "references": references} if scores else {}
    return Evidence(sections, left_out, known, unreadable, held)
