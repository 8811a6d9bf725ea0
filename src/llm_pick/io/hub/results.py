"""Evaluation results of one repository: ``/api/models/ORG/NAME?expand=evalResults``.

https://huggingface.co/docs/hub/eval-results. huggingface_hub's own reader drops what matters here, whether the hub has verified
a run and whether an entry is only proposed in a pull request, and stops at the first entry of a shape it does not know.
"""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

from llm_pick.core.errors import NetworkError
from llm_pick.core.hub_results import HubResult
from llm_pick.core.record import dataclass
from llm_pick.io.hub.transport import fetch

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_BYTES = 4 << 20
MOST_RESULTS = 500
LONGEST = 200
EXPAND = "expand=evalResults&expand=lastModified&expand=gated&expand=tags"


@dataclass(frozen=True, slots=True)
class RepoResults:
    """What the hub says of one repository's results."""

    results: tuple[HubResult, ...]
    unreadable: int
    """Entries that neither the hub nor we can read."""
    changed: str | None
    """Day of the repository's last change."""
    gated: bool
    license_tag: str | None


def fetch_results(repo: str, endpoint: str, headers: dict[str, str]) -> RepoResults | None:
    """``None`` where there is no such repository, or none we may see. Raises ``NetworkError``, and for 429 says to come again."""
    answer = fetch(f"{endpoint}/api/models/{repo}?{EXPAND}", headers=headers, most_bytes=MOST_BYTES)
    if answer.status in (401, 403, 404):
        return None
    if answer.status == 429:
        raise NetworkError("the hub asks to slow down (429)", "run the same again later: it goes on where it stopped")
    if answer.status != 200:
        raise NetworkError(f"the hub answers with status {answer.status}", "run the same again later: it goes on from here")
    try:
        return parse_results(json.loads(answer.body))
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise NetworkError(f"the answer about {repo} is none of the hub", "check HF_ENDPOINT") from error


def parse_results(raw: dict[str, Any]) -> RepoResults:
    """From the hub's JSON; entries of any unknown shape are counted, never guessed at."""
    entries = raw.get("evalResults")
    listed = entries[:MOST_RESULTS] if isinstance(entries, list) else []
    results = tuple(_entries(listed))
    tags = raw.get("tags")
    licences = (
        tag[8:] for tag in (tags if isinstance(tags, list) else ()) if isinstance(tag, str) and tag.startswith("license:")
    )
    return RepoResults(
        results, len(listed) - len(results), _day(raw.get("lastModified")), bool(raw.get("gated")), next(licences, None)
    )


def _entries(listed: list[Any]) -> Iterator[HubResult]:
    for item in listed:
        if not isinstance(item, dict):
            continue
        data = item.get("data", item)
        dataset, value = (data.get("dataset"), data.get("value")) if isinstance(data, dict) else (None, None)
        if not isinstance(dataset, dict) or isinstance(value, bool) or not isinstance(value, int | float | str):
            continue
        name, task = _text(dataset.get("id")), _text(dataset.get("task_id"))
        try:
            number = float(value.strip().removesuffix("%") if isinstance(value, str) else value)
        except (ValueError, OverflowError):
            continue
        if name and task:
            source = data.get("source")
            yield HubResult(
                dataset=name, task=task, value=number, file=(_text(item.get("filename")) or ".eval_results").replace(" ", "_"),
                date=_day(data.get("date")), verified=item.get("verified") is True, pending=bool(item.get("pullRequest")),
                notes=_text(data.get("notes")), source=_text(source.get("url")) if isinstance(source, dict) else None,
            )  # fmt: skip


def _text(value: Any) -> str | None:  # noqa: ANN401 - whatever the hub sends
    """Bounded text without what could steer a terminal."""
    if not isinstance(value, str):
        return None
    return "".join(letter if letter.isprintable() else " " for letter in value[:LONGEST]).strip() or None


def _day(value: Any) -> str | None:  # noqa: ANN401 - whatever the hub sends
    try:
        return date.fromisoformat(str(value)[:10]).isoformat()
    except ValueError:
        return None
