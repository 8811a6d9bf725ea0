"""Rewrite the ``scores:`` section of data/benchmarks.yaml from collected benchmark rows.

    python tools/import_benchmarks.py ROWS.jsonl [MORE.jsonl …] --references OUT.yaml

``ROWS.jsonl`` has one published result per line: model_id, benchmark, score, setting, evaluated_by, own_model, source,
source_date, source_license, ship. Tasks and benchmark definitions are authored in data/benchmarks.yaml and stay as they
are: a row whose benchmark matches no ``name`` or alias there is reported and left out, and so is every row whose terms do not
allow redistribution.
"""

from __future__ import annotations

import argparse
import collections
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable

DATA = Path(__file__).resolve().parent.parent / "data" / "benchmarks.yaml"

# Publishers whose figures may not be passed on, wherever they were copied to.
UPSTREAM_BARRED = ("openrouter.ai", "www.swebench.com", "labs.scale.com", "artificialanalysis.ai", "lmarena.ai/leaderboard")
BENCHMARKS_BARRED = re.compile(r"^(Arena |Arena$|NoLiMa|AA-LCR|Artificial Analysis)")

# Rows that give one model another's figures, found by reading the page the row itself cites: (model id, piece of the
# source text, benchmarks concerned or none for all of them).
MISATTRIBUTED = (
    ("kimi-k2-instruct-0905", "-> https://moonshotai.github.io/Kimi-K2/", ()),  # figures of the July revision
    ("kimi-k2-instruct-0905", "kimi-k2-0905/benchmarks.json", ()),  # dated a year before the model
    ("llama-3.1-nemotron-70b-instruct", "llama-3-1-nemotron-51b", ()),  # figures of the 51B model
    (
        "qwen2-72b-instruct",
        "-> https://huggingface.co/Qwen/Qwen2-72B",
        ("ARC-C", "BBH", "CMMLU", "HellaSwag"),
    ),  # the base model's
)

# One language of a benchmark, or a translation of it, as the source names it → benchmark id.
ONE_LANGUAGE = {"MATH500 (ES)": "math-500-spanish", "MMMLU (ES)": "mmmlu-spanish", "Multi-IF (EN)": "multi-if-english"}

# Sources that are no repository file: a piece of the source text → (reference id, title, publisher, address, kind, note).
OTHER_SOURCES: dict[str, tuple[str, str, str, str, str, str | None]] = {
    "epoch.ai/data": (
        "epoch-eci-2026-09-27",
        "Epoch Capabilities Index scores",
        "Epoch AI",
        "https://epoch.ai/data/benchmark_data.zip",
        "dataset",
        "eci_scores.csv as of 2026-09-27",
    ),
    "huggingface.co/blog/gemma4": (
        "hf-blog-gemma4",
        "Welcome Gemma 4",
        "Hugging Face",
        "https://huggingface.co/blog/gemma4",
        "claim",
        "restates the maker's card",
    ),
    "Gemma 4 model card": (
        "gemma-4-card",
        "Gemma 4 model card",
        "Google DeepMind",
        "https://huggingface.co/google/gemma-4-31B-it",
        "card",
        "read in a secondary copy",
    ),
    "qwen3x-series-comparison": (
        "qwen3x-series-comparison",
        "Qwen 3.x series comparison, restating the makers' cards",
        "mike7seven",
        "https://github.com/mike7seven/qwen3x-series-comparison",
        "claim",
        None,
    ),
    "Qwen3.6-27B release blog": (
        "qwen3.6-27b-announcement",
        "Qwen3.6-27B announcement, as restated by news pages",
        "Qwen",
        "https://huggingface.co/Qwen/Qwen3.6-27B",
        "claim",
        "the announcement itself was not read",
    ),
    "edge.aivizor.me": (
        "lfm2.5-8b-a1b-announcement",
        "LFM2.5-8B-A1B launch, quoting the maker's card",
        "aivizor.me",
        "https://edge.aivizor.me/en/community/t/en-liquid-ai-launches-lfm2-5-8b-a1b-to-run-chain-e7f789c9",
        "claim",
        None,
    ),
    "KingsonHO/Qwen3.8-27B-w8a8": (
        "hf-kingsonho-qwen3.8-27b-w8a8",
        "Card of a quantized Qwen3.8-27B, restating the official figure",
        "KingsonHO",
        "https://huggingface.co/KingsonHO/Qwen3.8-27B-w8a8",
        "card",
        None,
    ),
    "datacurve/deep-swe": (
        "hf-deep-swe-leaderboard",
        "DeepSWE results submitted to the data set page",
        "Datacurve",
        "https://huggingface.co/datasets/datacurve/deep-swe",
        "dataset",
        None,
    ),
    "cais/hle": (
        "hf-hle-leaderboard",
        "HLE results submitted to the data set page",
        "Center for AI Safety",
        "https://huggingface.co/datasets/cais/hle",
        "dataset",
        "submitted by makers",
    ),
    "Kakao Kanana": (
        "kanana-announcement",
        "Kanana announcement table, as quoted by a Korean article",
        "Kakao",
        "https://huggingface.co/kakaocorp",
        "claim",
        "address of the article not recorded",
    ),
    "IBM launch post": (
        "granite-4.1-announcement",
        "Granite 4.1 launch post, as quoted by a daily note",
        "IBM",
        "https://huggingface.co/ibm-granite",
        "claim",
        "address of the note not recorded",
    ),
    "local agentic-coding research note": (
        "cards-quoted-2026-09-16",
        "Model card figures quoted in a public note on local agentic coding",
        "the makers of the models named",
        "https://huggingface.co/models",
        "claim",
        "address of the note not recorded; the card of the model named in the row is the origin",
    ),
    "Muse Glimmer": (
        "muse-glimmer-card-quoted",
        "Muse Glimmer card figures quoted in a public guide",
        "Meta",
        "https://huggingface.co/models",
        "claim",
        "address of the guide not recorded",
    ),
    "LFM2.5-1.2B card": (
        "lfm2.5-1.2b-card-quoted",
        "LFM2.5-1.2B card figures quoted in a public file",
        "Liquid AI",
        "https://huggingface.co/LiquidAI",
        "claim",
        "address of the file not recorded",
    ),
    "MiMo-V2.6-Flash and DeepSeek": (
        "mimo-deepseek-reports-quoted",
        "Comparison of the MiMo-V2.6-Flash and DeepSeek-V4.1-Flash reports",
        "the makers of the models named",
        "https://huggingface.co/models",
        "claim",
        "address of the comparison not recorded; each maker used its own harness",
    ),
    "tt-inference-server evaluation note": (
        "tt-molmo2-note",
        "Published Molmo2 figures quoted in an evaluation note",
        "Tenstorrent",
        "https://github.com/tenstorrent/tt-inference-server",
        "claim",
        None,
    ),
    "nvidia/NVIDIA-Nemotron-3-Nano-4B-BF16": (
        "hf-nemotron-3-nano-4b-card",
        "NVIDIA-Nemotron-3-Nano-4B-BF16 model card",
        "NVIDIA",
        "https://huggingface.co/nvidia/NVIDIA-Nemotron-3-Nano-4B-BF16",
        "card",
        "read in a mirror",
    ),
    "rits.shanghai.nyu.edu": (
        "rits-qwen3.5-small",
        "Qwen 3.5 small models, restating the maker's table",
        "NYU Shanghai RITS",
        "https://rits.shanghai.nyu.edu/ai/qwen-3-5-small-models-9b-parameters-that-beat-120b",
        "claim",
        None,
    ),
    "jakemanger/whatmodel": (
        "whatmodel-pages",
        "Model pages; only figures marked as the maker's own are used",
        "whatmodel.sh",
        "https://github.com/jakemanger/whatmodel",
        "claim",
        "the page of the model named in the row",
    ),
    "gen.qa": (
        "gen-qa-devstral-2",
        "Devstral 2 launch, restating the maker's figures",
        "gen.qa",
        "https://www.gen.qa/devstral-2-swe-bench-cline-human-eval/",
        "claim",
        None,
    ),
    "hokai.io": (
        "hokai-ministral-3-14b",
        "Ministral 3 14B, restating the maker's figures",
        "hokai.io",
        "https://hokai.io/hub/models/ministral-3-14b",
        "claim",
        None,
    ),
    "labindex.pages.dev": (
        "labindex-gemma-4-12b",
        "Gemma 4 12B, restating the maker's card",
        "labindex",
        "https://labindex.pages.dev/outputs/google/gemma-4-12b",
        "claim",
        None,
    ),
    "gemma4-research": (
        "gemma4-research-corpus",
        "Gemma 4 research notes, restating the maker's card",
        "Seth",
        "https://git.mortdec.ai/Seth/gemma4-research",
        "claim",
        "CORPUS_benchmarks.md",
    ),
}

READ_ON = dict.fromkeys(
    ("hf-nemotron-3-nano-4b-card", "rits-qwen3.5-small", "whatmodel-pages", "gen-qa-devstral-2", "hokai-ministral-3-14b",
     "labindex-gemma-4-12b", "gemma4-research-corpus"), "2026-11-21"
)  # fmt: skip
"""Day a source was read, where that was not the day of the collection."""

GENERIC_NAMES = ("leaderboards", "llm-leaderboard", "hallucination-leaderboard", "sloth", "model-cards")
"""Repository names that say nothing without their owner."""

_NON_THINKING = re.compile(r"non-?(thinking|reasoning)|(thinking|reasoning) off|no-?think")
_THINKING = re.compile(r"\bthinking\b|reasoning mode|reasoning on|, reasoning\b|effort (high|medium)")
_NOISE = re.compile(
    r"^(non-)?(thinking|reasoning)( mode)?$|quoted in a competitor vendor table|^as (reported|listed)|^standard$|^score$|reasoning (on|off)$"
)


def _slug(text: str) -> str:
    return re.sub(r"-+", "-", re.sub(r"[^a-z0-9.]+", "-", text.lower())).strip("-")


def split_source(source: str) -> tuple[dict[str, Any], str]:
    """The reference a row's source belongs to, and the place in it."""
    match = re.match(r"^([\w.-]+)/([\w.-]+)@([^:]+):(.+)$", source)
    if match:
        owner, repo, commit, path = match.groups()
        commit = commit.split()[-1]
        path = re.sub(r" \(copy of .*\)$", "", path.split(" -> ")[0])
        return {
            "id": f"{_slug(f'{owner}-{repo}' if repo in GENERIC_NAMES else repo)}-{commit[:7]}",
            "title": f"{owner}/{repo} at {commit}",
            "publisher": owner,
            "url": f"https://github.com/{owner}/{repo}/tree/{commit}",
        }, path
    for piece, (ref, title, publisher, url, kind, note) in OTHER_SOURCES.items():
        if piece in source:
            return {"id": ref, "title": title, "publisher": publisher, "url": url, "kind": kind, "note": note}, ""
    raise ValueError(f"no reference for source {source!r}")


def mode_of(setting: str, locator: str) -> str | None:
    """Mode (thinking or non_thinking) where the source says so; an unequal effort or a harness remark about others says nothing."""
    text = setting.lower()
    if _NON_THINKING.search(text):
        return "non_thinking"
    if _THINKING.search(text) or re.search(r"-think(ing)?_", locator):
        return "thinking"
    return None


def short_setting(setting: str, benchmark: str) -> str | None:
    """What is left of the setting when mode, publisher and benchmark name, which have fields of their own, are taken out."""
    parts = [p.strip() for p in setting.split(";")]
    named = [re.sub(r"^as (reported|listed): ", "", p) for p in parts if re.match(r"^as (reported|listed): ", p)]
    bare = re.sub(r"[^a-z0-9]", "", benchmark.lower())
    kept = [p for p in parts if p and not _NOISE.search(p.lower())]
    kept += [n for n in named if re.sub(r"[^a-z0-9]", "", n.lower()) != bare]
    return "; ".join(kept) or None


def misattributed(row: dict[str, Any]) -> bool:
    """Whether the page the row cites prints the figure for another model."""
    named = f"{row['benchmark']} {row['setting']}"
    return any(
        row["model_id"] == model and piece in row["source"] and (not only or any(name in named for name in only))
        for model, piece, only in MISATTRIBUTED
    )


def convert(
    rows: Iterable[dict[str, Any]], names: dict[str, str]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], collections.Counter[str]]:
    """Score records, reference records, and how many rows were left out and why."""
    left_out: collections.Counter[str] = collections.Counter()
    references: dict[str, dict[str, Any]] = {}
    licences: dict[str, set[str]] = collections.defaultdict(set)
    kinds: dict[str, set[str]] = collections.defaultdict(set)
    scores: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        licence = row["source_license"] or ""
        if row["ship"] is not True:
            left_out["terms unclear or barred"] += 1
            continue
        if misattributed(row):
            left_out["another model's figures"] += 1
            continue
        if any(u in licence or u in row["source"] for u in UPSTREAM_BARRED) or BENCHMARKS_BARRED.search(row["benchmark"]):
            left_out["upstream publisher grants no redistribution"] += 1
            continue
        benchmark = names.get(row["benchmark"])
        if benchmark is None:
            left_out[f"no definition: {row['benchmark']}"] += 1
            continue
        if row["metric"] == "score 1-10" and row["score"] < 1:
            left_out["value outside the scale"] += 1
            continue
        reference, locator = split_source(row["source"])
        by = row["evaluated_by"]
        if by == "vendor":
            by = "vendor" if row["own_model"] else "quoted"
        references.setdefault(reference["id"], reference)
        licences[reference["id"]].add(licence)
        kinds[reference["id"]].add(by)
        setting = row["setting"] or ""
        one_language = next((name for name in ONE_LANGUAGE if name in setting), None)
        if one_language:
            benchmark = ONE_LANGUAGE[one_language]
        record = {
            "model": row["model_id"],
            "benchmark": benchmark,
            "score": row["score"],
            "by": by,
            "source": f"{reference['id']} {locator}".strip(),
            "date": row["source_date"],
            "mode": mode_of(setting, locator),
            "setting": short_setting(setting, one_language or row["benchmark"]),
        }
        scores[tuple(record.values())] = {k: v for k, v in record.items() if v is not None}
    for ref_id, reference in references.items():
        reference.setdefault("kind", "measurement" if kinds[ref_id] <= {"independent", "leaderboard"} else "claim")
        reference["read_on"] = READ_ON.get(ref_id, "2026-11-20")
        reference["licence"] = "; ".join(sorted(licences[ref_id]))
        if reference.get("note") is None:
            reference.pop("note", None)
    ordered = sorted(
        scores.values(), key=lambda s: (s["model"], s["benchmark"], s.get("mode", ""), s["date"], s["source"], s["score"])
    )
    return ordered, [references[k] for k in sorted(references)], left_out


def _plain(value: object) -> str:
    """One YAML scalar for a flow mapping; quoted whenever a reader could take it for something else."""
    if isinstance(value, (int, float)):
        return repr(value)
    text = str(value)
    if re.fullmatch(r"[A-Za-z][\w./@+-]*( [\w./@+-]+)*", text) and not re.fullmatch(
        r"(?i)(yes|no|on|off|true|false|null|y|n)", text
    ):
        return text
    return json.dumps(text, ensure_ascii=False)


def main(argv: list[str] | None = None) -> int:
    """Command line; see the module text."""
    parser = argparse.ArgumentParser(description="Rewrite the scores of data/benchmarks.yaml from collected rows.")
    parser.add_argument("rows", type=Path, nargs="+")
    parser.add_argument("--references", type=Path, required=True, help="where to write the reference records")
    args = parser.parse_args(argv)
    text = DATA.read_text(encoding="utf-8")
    head = text.split("\nscores:\n")[0].rstrip("\n") + "\n"
    names: dict[str, str] = {}
    for definition in yaml.safe_load(head)["benchmarks"]:
        for name in (definition["name"], *definition.get("aliases", ())):
            names[name] = definition["id"]
    rows = [json.loads(line) for path in args.rows for line in path.read_text(encoding="utf-8").splitlines()]
    scores, references, left_out = convert(rows, names)
    body = "".join("- {" + ", ".join(f"{k}: {_plain(v)}" for k, v in s.items()) + "}\n" for s in scores)
    DATA.write_text(f"{head}scores:\n{body}", encoding="utf-8")
    args.references.write_text(
        yaml.safe_dump({"references": references}, sort_keys=False, allow_unicode=True, width=138), encoding="utf-8"
    )
    print(f"{len(scores)} scores, {len({s['model'] for s in scores})} models, {len(references)} references")
    for reason, count in left_out.most_common():
        print(f"  left out {count}: {reason}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
