"""Rewrite the ``api_scores:`` section of data/api_models.yaml from collected benchmark rows.

    python -m tools.import_api_models ROWS.jsonl --references OUT.yaml

The rows are those of ``tools.import_benchmarks`` and pass the same checks; a row may be older than a model's general release
where its source tested a preview of the same name, and is left out then. The models themselves are authored.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import yaml

from tools.import_benchmarks import convert
from tools.prices_yaml import flow

DATA = Path(__file__).resolve().parent.parent / "data"
PATH = DATA / "api_models.yaml"


def main(argv: list[str] | None = None) -> int:
    """Command line; see the module text."""
    parser = argparse.ArgumentParser(description="Rewrite the scores of data/api_models.yaml from collected rows.")
    parser.add_argument("rows", type=Path)
    parser.add_argument("--references", type=Path, required=True, help="where to write the reference records")
    args = parser.parse_args(argv)
    head = PATH.read_text(encoding="utf-8").split("\napi_scores:")[0].rstrip("\n") + "\n"
    models = {model["id"]: model for model in yaml.safe_load(head)["api_models"]}
    benchmarks = (DATA / "benchmarks.yaml").read_text(encoding="utf-8").split("\nscores:\n")[0]
    names = {
        name: definition["id"]
        for definition in yaml.safe_load(benchmarks)["benchmarks"]
        for name in (definition["name"], *definition.get("aliases", ()))
    }
    rows = [json.loads(line) for line in args.rows.read_text(encoding="utf-8").splitlines()]
    rows = [row for row in rows if row["model_id"] in models]
    scores, references, left_out = convert(rows, names)
    kept = [score for score in scores if score["date"][:7] >= (models[score["model"]].get("released") or "")[:7]]
    PATH.write_text(head + "api_scores:\n" + "".join(f"- {flow(score)}\n" for score in kept), encoding="utf-8")
    args.references.write_text(yaml.safe_dump(references, sort_keys=False, allow_unicode=True, width=138), encoding="utf-8")
    print(f"{len(kept)} scores of {len({score['model'] for score in kept})} models, {len(references)} references")
    print(f"  left out {len(scores) - len(kept)}: older than the model")
    for reason, count in left_out.most_common():
        print(f"  left out {count}: {reason}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
