"""Licence verdicts against cases somebody else decided: ``python -m benchmarks.licenses --truth DIR [--json]``.

A case is right when the verdict is the expected one, every expected obligation is owed, and none of
``must_not_include`` is. ``exact`` counts the cases without any obligation beyond the expected ones, because a tool
that invents duties is wrong too; ``extra`` lists what was beyond.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llm_pick.core.licensing.profile import parse_profile
from llm_pick.core.licensing.subject import Subject, subject_of_licences, subject_of_model
from llm_pick.core.licensing.verdict import judge
from llm_pick.core.lookup import names_of
from llm_pick.io.store import load_catalog

if TYPE_CHECKING:
    from llm_pick.core.catalog import Catalog, License

FILE = "licence_cases.jsonl"
# Words of a model name that say it takes more than text, for models the catalog does not hold.
_MULTIMODAL_NAME = re.compile(r"(?:^|[-_ ])(?:vision|vl|omni|multimodal)(?:$|[-_ ])")
_REMARK = re.compile(r"\s*\([^)]*\)")
_SEVERAL = re.compile(r"\s+and\s+|\s*\+\s*|\s*,\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Result:
    """One case, judged."""

    case: str
    right: bool
    exact: bool
    resolved_by: str
    """model | licence | nothing"""
    verdict: str | None
    expected_verdict: str
    missing: tuple[str, ...]
    extra: tuple[str, ...]
    not_to_include: tuple[str, ...]
    label_differs: bool
    """Whether the case's own licence label names another licence than the catalog's record of the model."""


def main(argv: list[str] | None = None) -> int:
    """Judge every case of the folder and print the score."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--truth", type=Path, required=True, help=f"folder that holds {FILE}")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(argv)
    try:
        lines = (asked.truth / FILE).read_text(encoding="utf-8").splitlines()
    except OSError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    catalog = load_catalog()
    results = [run_case(json.loads(line), catalog) for line in lines if line.strip()]
    report = summary(results)
    if asked.json:
        print(json.dumps({**report, "cases": [asdict(result) for result in results]}, indent=2, ensure_ascii=False))
    else:
        print_report(report, results)
    return 0


def run_case(case: dict[str, Any], catalog: Catalog) -> Result:
    """Resolve the case's model (else its licence label), judge its profile, compare."""
    subject, by = resolve(case, catalog)
    expected = {_first(id) for id in case.get("expected_obligations") or ()}
    if subject is None:
        return Result(case["case"], False, False, by, None, case["expected_verdict"], tuple(sorted(expected)), (), (), False)
    found = judge(subject, parse_profile(case["profile"]), catalog)
    owed = set(found.obligations)
    unwanted = owed & {_first(id) for id in case.get("must_not_include") or ()}
    right = found.verdict == case["expected_verdict"] and expected <= owed and not unwanted
    label = licences_of(case.get("licence") or "", catalog)
    return Result(
        case["case"],
        right,
        right and owed == expected,
        by,
        found.verdict,
        case["expected_verdict"],
        tuple(sorted(expected - owed)),
        tuple(sorted(owed - expected)),
        tuple(sorted(unwanted)),
        bool(label) and not {licence.id for licence in label} & {licence.id for licence in subject.licences},
    )


def resolve(case: dict[str, Any], catalog: Catalog) -> tuple[Subject | None, str]:
    """The licences that apply: those of the model's record, else those the label names."""
    name = case.get("model") or ""
    for spelling in (name, _REMARK.sub("", name)):
        match = names_of("model", catalog).match(spelling)
        if match.id is not None and match.via in ("id", "alias"):
            return subject_of_model(catalog.models[match.id], catalog), "model"
    licences = licences_of(case.get("licence") or "", catalog)
    if not licences:
        return None, "nothing"
    subject = subject_of_licences(licences, catalog)
    if _MULTIMODAL_NAME.search(name.lower()):
        subject = Subject(licences, None, multimodal=True)
    return subject, "licence"


def licences_of(label: str, catalog: Catalog) -> tuple[License, ...]:
    """The records of a label such as ``MIT AND llama-3.1-community``; empty when a part is unknown."""
    names = names_of("licence", catalog)
    whole = names.match(label)
    if whole.id is not None:
        return (catalog.licenses[whole.id],)
    ids = [names.match(part).id for part in _SEVERAL.split(label) if part.strip()]
    return tuple(catalog.licenses[id] for id in ids if id is not None) if ids and all(ids) else ()


def summary(results: list[Result]) -> dict[str, Any]:
    """Counts, and the ids of what went wrong."""
    return {
        "cases": len(results),
        "right": sum(result.right for result in results),
        "verdict_right": sum(result.verdict == result.expected_verdict for result in results),
        "exact": sum(result.exact for result in results),
        "extra_obligations": sum(len(result.extra) for result in results),
        "resolved_by_model": sum(result.resolved_by == "model" for result in results),
        "wrong": [result.case for result in results if not result.right],
    }


def print_report(report: dict[str, Any], results: list[Result]) -> None:
    """The score as text, then one line for each case that is wrong, more than asked, or labelled differently."""
    total = report["cases"]
    print(f"right      {report['right']} of {total}  (verdict exact, obligations a superset, none forbidden)")
    print(f"exact      {report['exact']} of {total}  (and no obligation beyond the expected ones)")
    print(f"verdicts   {report['verdict_right']} of {total}")
    print(f"by model   {report['resolved_by_model']} of {total}  (the others by their licence label)")
    for result in results:
        if not result.right:
            print(f"WRONG {result.case}: {result.verdict}, expected {result.expected_verdict};"
                  f" missing {list(result.missing)}, not to include {list(result.not_to_include)}")  # fmt: skip
        elif result.extra:
            print(f"extra {result.case}: {', '.join(result.extra)}")
        if result.label_differs:
            print(f"label {result.case}: the catalog has another licence for this model")


def _first(obligation: str) -> str:
    """Of interchangeable phrases the first."""
    return obligation.partition("|")[0]


if __name__ == "__main__":
    sys.exit(main())
