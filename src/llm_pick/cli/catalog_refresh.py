"""``catalog refresh``: asks the network, says so before, and writes dated files beside the user's own."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from llm_pick.cli.exit_codes import Exit
from llm_pick.cli.output import put_json
from llm_pick.core.errors import NetworkError, QuestionError
from llm_pick.io.own import files as own_files
from llm_pick.io.store import built_in_catalog, catalog_of, load_catalog
from llm_pick.render.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable

KINDS = ("prices", "candidates", "evidence")
HUB = "https://huggingface.co"


def run(*, only: str | None, dry_run: bool, as_json: bool) -> int:
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
        print(printable(line), file=sys.stdout if dry_run and not as_json else sys.stderr)
    came: dict[str, Any] = dict.fromkeys(KINDS)
    failed: NetworkError | None = None
    with Progress() as say:
        for name in wanted if not dry_run else ():
            try:
                came[name] = {"prices": _prices, "candidates": _candidates, "evidence": _evidence}[name](where, today, say)
            except NetworkError as error:
                failed = failed or error
    if as_json:
        question = {"only": only, "dry_run": dry_run}
        body = {"warnings": [failed.message] if failed else [], "asks": [said[name] for name in wanted], "folder": where}
        put_json("catalog-refresh", load_catalog(), question, {**body, **came})
    else:
        _tell(came)
    if failed is not None:
        raise failed
    return Exit.YES


def _tell(came: dict[str, Any]) -> None:
    prices, candidates, evidence = came["prices"], came["candidates"], came["evidence"]
    if prices is not None:
        counts = f"{prices['new_or_changed']} prices new or changed, {prices['as_they_were']} as they were"
        sys.stdout.write(f"{printable(prices['path'])}: {counts}\n")
    if candidates is not None:
        sys.stdout.write(f"{printable(candidates['path'])}: {len(candidates['found'])} candidates\n")
        for row in candidates["found"]:
            cells = (row["created"], row["repo"], row["license_tag"] or "no licence tag")
            sys.stdout.write("\t".join(map(printable, cells)) + "\n")
        if candidates["found"]:
            print("next: llm-pick catalog add ORG/NAME drafts one of them", file=sys.stderr)  # noqa: T201 - advice
    if evidence is not None:
        _tell_evidence(evidence)


def _tell_evidence(came: dict[str, Any]) -> None:
    left_out = sum(came["left_out"].values())
    sys.stdout.write(
        f"{printable(came['path'] or 'nothing new')}: {came['scores']} scores of {came['models']} models; {came['known']} known, "
        f"{left_out} not used, {came['unreadable']} unreadable, in {came['repositories']} repositories with results\n"
    )
    for why, count in came["left_out"].items():
        sys.stdout.write(f"not used\t{count}\t{why}\n")
    if left_out:
        print(f"note: {printable(came['left_out_path'])} lists what is not used", file=sys.stderr)  # noqa: T201 - not the answer


def _prices(where: str, today: str, say: Callable[[str], None]) -> dict[str, Any]:
    from llm_pick.io.refresh.prices import fresh_prices  # noqa: PLC0415 - the network's libraries

    target = os.path.join(where, f"refreshed-prices-{today}.yaml")  # noqa: PTH118
    others = _others(target)
    say("asking for prices")
    sections = fresh_prices(catalog_of(others) if others else built_in_catalog(), today)
    _write(target, sections, f"Written by llm-pick catalog refresh on {today}: API prices of genai-prices (MIT).", "prices")
    seen = sum("provider" not in row for row in sections["api_prices"])
    return {"path": target, "new_or_changed": len(sections["api_prices"]) - seen, "as_they_were": seen}


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


def _evidence(where: str, today: str, say: Callable[[str], None]) -> dict[str, Any]:
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
    reasons = Counter(row["why"] for row in found.left_out)
    return {
        "path": target if scores else None,
        "scores": len(scores),
        "models": len({row["model"] for row in scores}),
        "known": found.known,
        "unreadable": found.unreadable,
        "repositories": found.repositories,
        "left_out": dict(sorted(reasons.items(), key=lambda item: (-item[1], item[0]))),
        "left_out_path": rest,
    }


def _candidates(where: str, today: str, say: Callable[[str], None]) -> dict[str, Any]:
    from llm_pick.io.own.write import replace_file  # noqa: PLC0415
    from llm_pick.io.refresh.candidates import find_candidates, remove  # noqa: PLC0415

    target = os.path.join(where, f"candidates-{today}.json")  # noqa: PTH118
    partial = os.path.join(where, f".candidates-{today}.json")  # noqa: PTH118
    rows = find_candidates(load_catalog(), partial, say)
    replace_file(target, json.dumps({"as_of": today, "candidates": rows}, indent=1) + "\n")
    remove(partial)
    return {"path": target, "found": rows}
