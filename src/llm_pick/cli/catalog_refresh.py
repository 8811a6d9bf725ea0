"""``catalog refresh``: asks the network, says so before, and writes dated files beside the user's own."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from llm_pick.cli.exit_codes import Exit
from llm_pick.core.errors import NetworkError, QuestionError
from llm_pick.io.own import files as own_files
from llm_pick.io.store import built_in_catalog, catalog_of, load_catalog
from llm_pick.render.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable

KINDS = ("prices", "candidates", "evidence")
HUB = "https://huggingface.co"


def run(*, only: str | None, dry_run: bool) -> int:
    """Refresh what is wanted; what came is kept although the rest failed, and ``NetworkError`` says so at the end."""
    from llm_pick.io.hub.transport import shown  # noqa: PLC0415
    from llm_pick.io.own.write import folder  # noqa: PLC0415
    from llm_pick.io.progress import Progress  # noqa: PLC0415
    from llm_pick.io.refresh.candidates import makers  # noqa: PLC0415 - the network's libraries
    from llm_pick.io.refresh.evidence import asked_repositories  # noqa: PLC0415
    from llm_pick.io.refresh.prices import address  # noqa: PLC0415

    if only not in (None, *KINDS):
        raise QuestionError(f"`--only {only}` is nothing that can be refreshed", f"one of {', '.join(KINDS)}")
    wanted = KINDS if only is None else (only,)
    where, today = folder(), datetime.now(tz=UTC).date().isoformat()
    catalog, hub = load_catalog(), shown(os.environ.get("HF_ENDPOINT") or HUB)
    said = {
        "prices": f"API prices from {shown(address())}",
        "candidates": f"new models of {len(makers(catalog))} makers from {hub}",
        "evidence": f"evaluation results of {len(asked_repositories(catalog))} repositories from {hub}",
    }
    announced = [*(f"asks for {said[name]}" for name in wanted), f"writes to {where}"]
    for line in announced:
        print(printable(line), file=sys.stdout if dry_run else sys.stderr)
    if dry_run:
        return Exit.YES
    failed: NetworkError | None = None
    with Progress() as say:
        for name in wanted:
            try:
                {"prices": _prices, "candidates": _candidates, "evidence": _evidence}[name](where, today, say)
            except NetworkError as error:
                failed = failed or error
    if failed is not None:
        raise failed
    return Exit.YES


def _prices(where: str, today: str, say: Callable[[str], None]) -> None:
    from llm_pick.io.refresh.prices import fresh_prices  # noqa: PLC0415 - the network's libraries

    target = os.path.join(where, f"refreshed-prices-{today}.yaml")  # noqa: PTH118
    others = _others(target)
    say("asking for prices")
    sections = fresh_prices(catalog_of(others) if others else built_in_catalog(), today)
    _write(target, sections, f"Written by llm-pick catalog refresh on {today}: API prices of genai-prices (MIT).", "prices")
    seen = sum("provider" not in row for row in sections["api_prices"])
    sys.stdout.write(f"{printable(target)}: {len(sections['api_prices']) - seen} prices new or changed, {seen} as they were\n")


def _others(target: str) -> list[str]:
    """Files of own facts in force besides the one that is about to be written."""
    return [path for path in own_files.in_force() if os.path.abspath(path) != os.path.abspath(target)]  # noqa: PTH100


def _write(target: str, sections: dict[str, Any], comment: str, what: str) -> None:
    """Write a file of own facts, unless it would stop the next question."""
    from llm_pick.io.own.draft import check  # noqa: PLC0415 - pydantic
    from llm_pick.io.own.write import replace_file, to_yaml  # noqa: PLC0415

    text = to_yaml(sections, comment)
    try:
        check(text, _others(target), built_in_catalog())
    except QuestionError as error:
        raise NetworkError(f"the {what} sent cannot be used: {error.message}", "nothing was changed") from error
    replace_file(target, text)


def _evidence(where: str, today: str, say: Callable[[str], None]) -> None:
    from llm_pick.io.own.write import replace_file  # noqa: PLC0415
    from llm_pick.io.refresh.candidates import remove  # noqa: PLC0415
    from llm_pick.io.refresh.evidence import find_evidence  # noqa: PLC0415

    target = os.path.join(where, f"refreshed-evidence-{today}.yaml")  # noqa: PTH118
    rest = os.path.join(where, f"evidence-left-out-{today}.json")  # noqa: PTH118
    partial = os.path.join(where, f".evidence-{today}.json")  # noqa: PTH118
    others = _others(target)
    found = find_evidence(catalog_of(others) if others else built_in_catalog(), partial, today, say)
    scores = found.sections.get("scores", [])
    if scores:
        comment = (
            f"Written by llm-pick catalog refresh on {today}: results that makers state in their repositories on the hub.\n"
            "For your own use: whoever passes them on needs to look at the licence of each repository."
        )
        _write(target, found.sections, comment, "results")
    replace_file(rest, json.dumps({"as_of": today, "left_out": found.left_out}, indent=1, ensure_ascii=False) + "\n")
    remove(partial)
    models = len({row["model"] for row in scores})
    written = printable(target) if scores else "nothing new"
    sys.stdout.write(
        f"{written}: {len(scores)} scores of {models} models; {found.known} known, {len(found.left_out)} not used, "
        f"{found.unreadable} unreadable, in {found.repositories} repositories with results\n"
    )
    reasons = Counter(row["why"] for row in found.left_out)
    for why, count in sorted(reasons.items(), key=lambda item: (-item[1], item[0])):
        sys.stdout.write(f"not used\t{count}\t{why}\n")
    if found.left_out:
        print(f"note: {printable(rest)} lists what is not used", file=sys.stderr)  # noqa: T201 - not the answer


def _candidates(where: str, today: str, say: Callable[[str], None]) -> None:
    from llm_pick.io.own.write import replace_file  # noqa: PLC0415
    from llm_pick.io.refresh.candidates import find_candidates, remove  # noqa: PLC0415

    target = os.path.join(where, f"candidates-{today}.json")  # noqa: PTH118
    partial = os.path.join(where, f".candidates-{today}.json")  # noqa: PTH118
    rows = find_candidates(load_catalog(), partial, say)
    replace_file(target, json.dumps({"as_of": today, "candidates": rows}, indent=1) + "\n")
    remove(partial)
    sys.stdout.write(f"{printable(target)}: {len(rows)} candidates\n")
    for row in rows:
        cells = (row["created"], row["repo"], row["license_tag"] or "no licence tag")
        sys.stdout.write("\t".join(map(printable, cells)) + "\n")
    if rows:
        print("next: llm-pick catalog add ORG/NAME drafts one of them", file=sys.stderr)  # noqa: T201 - advice
