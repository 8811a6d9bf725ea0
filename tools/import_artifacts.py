"""Add published file sizes to data/models.yaml: ``artifacts`` of models, one line each.

    python -m tools.import_artifacts [--docker DIR] [--lmstudio DIR] [--ghost91 FILE] [--rows FILE]

DIR is a checkout of docker/model-cards or lmstudio-ai/model-catalog, FILE is the
``fit-bench-results.csv`` of ghost91-/llama-bench, or JSON lines of measured rows (the fields
of ``gguf_sizes.jsonl``), of which only sources that allow redistribution are taken. A size is added when its name is
an id or alias of one model, the size in the name that model's, and its label one recipe's. Everything else is printed
with the reason. The sizes a source gave before are replaced, those of other sources stay.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmarks.resolve import label_agrees

from llm_pick.core.lookup import names_of
from llm_pick.io.store import load_catalog

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llm_pick.core.catalog import Catalog, Model

OUT = Path(__file__).resolve().parent.parent / "data" / "models.yaml"
DOCKER, LMSTUDIO, GHOST91 = "docker-model-cards-a433166", "lmstudio-model-catalog-78bd560", "ghost91-llama-bench-b4632ea"
ROW_SOURCES = {
    "lhl/strix-halo-testing": "lhl-strix-halo-5ee14b5",
    "ikawrakow/ik_llama.cpp": "ik-llama-cpp-log-issues",
    "AutoCookies/cheesecrab": "llama-cpp-dgx-spark-bench",
    "djangodevreng/dgx-spark-benchmarks": "djangodevreng-dgx-spark-5636536",
}
"""Source of a row → reference; all allow redistribution (MIT, Apache-2.0, CC-BY-4.0)."""
TENSORS = ("tensor_bytes_llama_bench", "llama_cpp_print_info", "vllm_checkpoint_size_log")
REFUSED = {
    "ai/granite-4.0-micro:": "the card repeats the figures of granite-4.0-h-micro",
    "ai/qwen3:4B": "the context is that of the revisions of July 2025, and the card does not say which of the two",
    "ai/devstral-small:": "the card does not say which revision",
    "ai/mistral:7B": "which of the 7B revisions it is does not follow from the card",
    "ggml-org/Qwen2.5-Coder-7B-Q8_0-GGUF": "the base model, which the catalog does not have",
}
"""Beginning of a repository or tag → why its sizes are not taken."""
GGUF_LABELS = {"F16": "f16-gguf", "BF16": "bf16-gguf", "F32": "f32-gguf", "MXFP4": "mxfp4_moe"}


class Found(NamedTuple):
    """One printed size."""

    names: tuple[str, ...]
    """Spellings of the model, the most exact first."""
    label: str
    format: str
    bytes: int
    exact: bool
    repo: str
    source: str
    what: str
    params: str = ""
    """Size the source states apart from the name, e.g. "8B"."""


def docker_sizes(folder: Path) -> Iterator[Found]:
    """Rows of the variant tables: name, parameters, quantization, context, estimated VRAM, size (of 1024 each)."""
    units = {"MB": 2**20, "GB": 2**30}
    for card in sorted((folder / "ai").glob("*.md")):
        for line in card.read_text(encoding="utf-8").splitlines():
            cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
            tags = re.findall(r"`(ai/[^`]+)`", cells[0])
            size = re.fullmatch(r"([\d.]+) (MB|GB)", cells[-1])
            if not tags or not size or len(cells) != 6:
                continue
            tag = max(tags, key=len) if not tags[0].split(":")[-1].startswith("latest") or len(tags) > 1 else tags[0]
            name, _, variant = tag.removeprefix("ai/").partition(":")
            label = re.search(r"(?:UD-)?(?:I?Q\d_[A-Z0-9_]+|BF16|F16|MXFP4)$", variant)
            if label is None or "vllm" in name or "qat" in name:
                continue
            params = variant[: label.start()].strip("-")
            found = label.group(0)
            yield Found(
                tuple(spelling for spelling in (f"{name}-{params}" if params else "", name) if spelling),
                f"UD-{found}" if re.fullmatch(r"Q\d_K_XL", found) else found,
                "gguf", round(float(size.group(1)) * units[size.group(2)]), False, tag,
                f"{DOCKER} ai/{card.name}", "file", params,
            )  # fmt: skip


def lmstudio_sizes(folder: Path) -> Iterator[Found]:
    """Every file of every model; the label is the file name's, as some entries name another."""
    for path in sorted((folder / "models").glob("*.json")):
        model = json.loads(path.read_text(encoding="utf-8"))
        hub = model["resources"]["canonicalUrl"].removeprefix("https://huggingface.co/")
        for item in model["files"]["all"]:
            label = re.search(r"(I?Q\d_[A-Z0-9_]+)\.gguf$", item["name"].upper().replace(".GGUF", ".gguf"))
            if label:
                yield Found(
                    (hub, re.sub(r"-GGUF$", "", item["respository"].split("/")[-1])), label.group(1), "gguf", item["sizeBytes"], True, item["respository"],
                    f"{LMSTUDIO} models/{path.name}", "file",
                )  # fmt: skip


def ghost91_sizes(path: Path) -> Iterator[Found]:
    """Tensor sizes llama-bench printed (GiB, two digits), with the publisher of the file."""
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if "BPW" not in row["quant"] and not row["model"].endswith("-QAT"):
                size = round(float(row["size_gib"]) * 2**30)
                source = f"{GHOST91} fit-bench-results.csv"
                yield Found((row["model"],), row["quant"], "gguf", size, False, row["provider"], source, "tensors")


def row_sizes(path: Path) -> Iterator[Found]:
    """Rows of other permitted sources; engine logs count tensors."""
    for line in path.read_text(encoding="utf-8").splitlines():
        row: dict[str, Any] = json.loads(line)
        reference = ROW_SOURCES.get(row["source_family"])
        label = str(row.get("quant_norm") or "")
        if reference is None or row.get("component") or "BPW" in label or "qat" in row["model"].lower():
            continue
        size = row.get("size_bytes") or (row.get("size_gib") or 0) * 2**30 or (row.get("size_gb") or 0) * 10**9
        file = re.search(r"-UD-(I?Q\d_K_XL)", str(row.get("file") or ""))
        name = re.sub(r"(?:-(?:UD-)?I?Q\d_[A-Z0-9_]+)?(?:-GGUF)?$", "", row["model"].split("/")[-1])
        yield Found(
            (row["model"], name), f"UD-{file.group(1)}" if file else label,
            "gguf" if row["format"] == "gguf" else "safetensors", round(size), bool(row.get("size_bytes")),
            row.get("hf_repo") or row["model"],
            f"{reference} {row['source'].split(' ', 1)[-1].split(' (')[0]}",
            "tensors" if row["size_kind"] in TENSORS else "file",
        )  # fmt: skip


def placed(found: Found, catalog: Catalog) -> tuple[Model, str] | str:
    """(model, recipe id) of a size, or why it is not taken."""
    refused = next((why for start, why in REFUSED.items() if found.repo.startswith(start)), None)
    if refused:
        return refused
    names = names_of("model", catalog)
    id = next((m.id for m in map(names.exactly, found.names) if m.via in ("id", "alias", "prefix") and m.id), None)
    if id is None or not label_agrees(found.params, catalog.models[id]):
        return "the name is no model's"
    model = catalog.models[id]
    if found.format != "gguf":
        quant = re.match(r"bf16|fp8|nvfp4", found.label.lower())
        return (model, quant.group(0)) if quant else f"label {found.label} names no recipe"
    quant_id = GGUF_LABELS.get(found.label, found.label.lower())
    if quant_id not in catalog.quantizations:
        return f"label {found.label} names no recipe"
    return model, quant_id


def line_of(found: Found, quant: str) -> str:
    """The line of YAML; a field that is the default is left out."""
    repo = found.repo if re.fullmatch(r"[\w./ -]+", found.repo) else f"'{found.repo}'"
    what = ", what: tensors" if found.what == "tensors" else ""
    exact = "true" if found.exact else "false"
    source = found.source if re.fullmatch(r"[\w./ @-]+", found.source) else f"'{found.source}'"
    return f"          - {{quant: {quant}, bytes: {found.bytes}, repo: {repo}, exact: {exact}{what}, source: {source}}}"


def insert(text: str, additions: dict[str, list[str]], replaced: tuple[str, ...]) -> str:
    """The YAML with the lines of each model in its ``artifacts``; what the ``replaced`` references gave before is gone."""
    out = []
    for block in re.split(r"(?m)^(?=      - id: )", text):
        id = re.match(r"      - id: (\S+)", block)
        held = re.search(r"(?m)^        artifacts:\n((?:          .*\n)+)", block)
        items = re.split(r"(?m)^(?=          - )", held.group(1))[1:] if held else []
        kept = [item for item in items if not any(f"source: {start}" in item.replace("'", "") for start in replaced)]
        lines = kept + [line + "\n" for line in (additions.get(id.group(1), []) if id else [])]
        if lines != items:
            after = re.search(r"(?m)^        (?:artifacts|notes|disagreements|sources|unknown):", block)
            if after is None:
                raise ValueError(f"{id.group(1) if id else 'the file'} has no sources")
            new = "        artifacts:\n" + "".join(lines) if lines else ""
            block = block[: after.start()] + new + block[held.end() if held else after.start() :]
        out.append(block)
    return "".join(out)


def main(argv: list[str] | None = None) -> int:
    """Add what can be placed, print what cannot; returns 0."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    for name in ("docker", "lmstudio", "ghost91", "rows"):
        parser.add_argument(f"--{name}", type=Path)
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args(argv)
    readers = {"docker": docker_sizes, "lmstudio": lmstudio_sizes, "ghost91": ghost91_sizes, "rows": row_sizes}
    references = {"docker": (DOCKER,), "lmstudio": (LMSTUDIO,), "ghost91": (GHOST91,), "rows": tuple(ROW_SOURCES.values())}
    catalog = load_catalog()
    replaced = tuple(ref for name, refs in references.items() if getattr(options, name) for ref in refs)
    held: set[tuple[str, str, str]] = set()
    additions: dict[str, list[str]] = {}
    for name, reader in readers.items():
        path = getattr(options, name)
        for found in reader(path) if path else ():
            place = placed(found, catalog)
            if isinstance(place, str):
                print(f"not taken: {found.repo} {found.label}: {place}")
                continue
            model, quant = place
            key = (model.id, quant, found.repo)
            if key not in held:
                held.add(key)
                additions.setdefault(model.id, []).append(line_of(found, quant))
    options.out.write_text(insert(options.out.read_text(encoding="utf-8"), additions, replaced), encoding="utf-8")
    print(f"{sum(map(len, additions.values()))} sizes of {len(additions)} models added")
    return 0


if __name__ == "__main__":
    sys.exit(main())
