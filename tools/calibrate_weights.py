"""Compare computed weight sizes with published ones, and fit the spread of each quantization label.

    python -m tools.calibrate_weights --truth DIR [--data DIR] [--misses] [--json FILE]

Reads ``gguf_sizes.jsonl`` of a folder of measured rows, maps each row's model to the catalog by name, and
prints the error of the computed size, per label the measured p10 and p90 of published over computed size (the
``size_spread`` of ``data/quantizations.yaml``), and the GGUF header bytes per vocabulary entry. Artifact sizes
of the catalog are not used: this scores the recipe.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import re
import statistics
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from llm_pick.core.catalog import Catalog, Model, Quantization
from llm_pick.core.estimate.weights import file_bytes, weights_bytes
from llm_pick.schema.load import AuthoredCatalog, load_folder

ROOT = Path(__file__).resolve().parent.parent
FILE_KINDS = ("file", "artifact")
"""Kinds of printed size that include the file header; the others are tensor bytes."""
ENOUGH_ROWS = 15
LOW_BITS = 3.4
FLOOR = 0.005
"""Half width no label goes below: headers, tokenizers and added vectors differ between files."""
_TUNING = frozenset({"instruct", "it", "chat", "hf", "base", "gguf", "i1", "imatrix"})
"""Words of a name that never change the architecture."""
_OTHER_SHAPE = re.compile(r"reap|merged|healed|frankenmerge|upscal|prun|apex|optiq|bpw|cerebellum|otq|tq3")
_SIZE = re.compile(r"e?\d+(\.\d+)?[bm]|a\d+(\.\d+)?b|\d+x\d+(\.\d+)?b")
_DATE = re.compile(r"\d{4}|v0\.\d+")
_DYNAMIC = re.compile(r"(?:UD-|:[^:]*-)(I?Q\d_K_XL|IQ\d_\w+)")
_MLX = {"4-BIT": "mlx-4bit", "6-BIT": "mlx-6bit", "8-BIT": "mlx-8bit", "BF16": "mlx-bf16", "FP8": "mlx-mxfp8"}
_GGUF = {"BF16": "bf16-gguf", "F16": "f16-gguf", "F32": "f32-gguf", "MXFP4": "mxfp4_moe"}
_SAFETENSORS = {"BF16": "bf16", "F16": "fp16", "FP8": "fp8", "NVFP4": "nvfp4", "MXFP4": "mxfp4"}


@dataclasses.dataclass(frozen=True, slots=True)
class Scored:
    """One row with its prediction (bytes)."""

    row: dict[str, Any]
    model: str
    quant: str
    truth: float
    rounding: float
    low: float
    likely: float
    high: float

    @property
    def ratio(self) -> float:
        """Published over computed size."""
        return self.truth / self.likely

    @property
    def error(self) -> float:
        """Signed relative error, 0 inside the rounding of the printed figure."""
        miss = self.likely - self.truth
        return 0.0 if abs(miss) <= self.rounding else miss / self.truth


class ModelNames:
    """Finds the catalog model whose architecture a measured file has, from the words of its name."""

    def __init__(self, models: dict[str, Model]) -> None:
        """Index every model by the words of its id that matter."""
        self._by_words: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for id, model in models.items():
            if model.architecture is not None:
                self._by_words[_words(id, dates=False)].append(id)

    def resolve(self, name: str) -> str | None:
        """The id of the longest name contained in ``name``; none when sizes differ or the shape was changed."""
        words = _words(name, dates=True)
        if _OTHER_SHAPE.search(name):
            return None
        runs = (words[i:j] for i in range(len(words)) for j in range(i + 1, len(words) + 1))
        known = [run for run in runs if run in self._by_words]
        if not known:
            return None
        best = max(known, key=len)
        if {w for w in words if _SIZE.fullmatch(w)} - {w for w in best if _SIZE.fullmatch(w)}:
            return None
        return min(self._by_words[best], key=lambda id: (len(id), id))


def _words(name: str, *, dates: bool) -> tuple[str, ...]:
    parts = re.split(r"[-_ /:]+", name.lower())
    return tuple(p for p in parts if p and p not in _TUNING and (dates or not _DATE.fullmatch(p)))


def main(argv: list[str] | None = None) -> int:
    """Print the fit; returns 0."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--truth", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=ROOT / "data")
    parser.add_argument("--misses", action="store_true", help="list the rows that are more than 5 %% off")
    parser.add_argument("--json", type=Path, help="write the fitted spreads here")
    options = parser.parse_args(argv)
    catalog = catalog_of(load_folder(options.data, partial=True))
    rows = [json.loads(line) for line in (options.truth / "gguf_sizes.jsonl").read_text().splitlines()]
    scored, skipped = score(rows, catalog)
    report(scored, skipped, misses=options.misses)
    spreads = fit_spreads(scored, catalog)
    print("\nlabel             rows   p10    median   p90   (published / computed)")
    for quant, (low, middle, high, count) in sorted(spreads.items()):
        print(f"{quant:16s} {count:5d}  {low:.3f}  {middle:.3f}  {high:.3f}")
    if options.json:
        options.json.write_text(json.dumps(spreads, indent=1))
    return 0


def catalog_of(authored: AuthoredCatalog) -> Catalog:
    """Just enough of a catalog to compute sizes; published sizes of artifacts are left out on purpose."""
    sections: dict[str, Any] = {field.name: {} for field in dataclasses.fields(Catalog)}
    for name in ("tensor_types", "quantizations", "parameters"):
        sections[name] = {record.id: record for record in authored.records(name)}
    sections["models"] = {m.id: dataclasses.replace(m, artifacts=()) for m in authored.records("models")}
    return Catalog(**sections)


def score(rows: list[dict[str, Any]], catalog: Catalog) -> tuple[list[Scored], dict[str, int]]:
    """Predict every row that names a known model and recipe; count the others by reason."""
    names = ModelNames(catalog.models)
    labels = {q.name.upper(): q for q in catalog.quantizations.values() if q.format == "gguf"}
    scored, skipped = [], defaultdict[str, int](int)
    for row in rows:
        if row.get("component") or row["size_kind"] == "sum_of_tensor_bytes_in_map":
            skipped["component or pure map"] += 1
            continue
        quant = _quantization(row, labels, catalog)
        id = names.resolve(row["model_key"])
        if id is None or quant is None:
            skipped["model not in the catalog" if id is None else "label without a recipe"] += 1
            continue
        predict = file_bytes if row["size_kind"] in FILE_KINDS else weights_bytes
        model = catalog.models[id]
        if row["format"] == "gguf":
            model = dataclasses.replace(model, gguf_repo=row.get("hf_repo"))  # recipes differ by publisher
        size = predict(model, quant, catalog)
        truth, rounding = printed_size(row)
        scored.append(Scored(row, id, quant.id, truth, rounding, size.low, size.likely, size.high))
    return scored, dict(skipped)


def printed_size(row: dict[str, Any]) -> tuple[float, float]:
    """(bytes, rounding in bytes) as the source prints them."""
    for unit, factor in (("bytes", 1), ("gib", 2**30), ("gb", 10**9)):
        if row.get(f"size_{unit}"):
            return row[f"size_{unit}"] * factor, (row.get(f"size_rounding_{unit}") or 0) * factor
    raise ValueError(f"{row['id']} has no size")


def _quantization(row: dict[str, Any], labels: dict[str, Quantization], catalog: Catalog) -> Quantization | None:
    label = (row.get("quant_norm") or "").upper()
    dynamic = _DYNAMIC.search(row["model"].upper())
    if dynamic and f"UD-{dynamic[1]}" in labels:
        return labels[f"UD-{dynamic[1]}"]  # the name is more precise than the header's file type
    if row["format"] != "gguf":
        table = _MLX if "mlx" in row["format"] else _SAFETENSORS
        return catalog.quantizations.get(table.get(label, ""))
    if label in _GGUF:
        return catalog.quantizations.get(_GGUF[label])
    short = {"Q5_K": "Q5_K_M", "Q4_K": "Q4_K_M", "Q3_K": "Q3_K_M"}.get(label, label)
    return labels.get(short) or catalog.quantizations.get(short.lower())


def report(scored: list[Scored], skipped: dict[str, int], *, misses: bool) -> None:
    """Error figures of all rows, and of those without publishers' own recipes."""
    print("skipped:", ", ".join(f"{count} {why}" for why, count in sorted(skipped.items())))
    for title, rows in (("all", scored), ("without UD-*", [s for s in scored if not s.quant.startswith("ud-")])):
        errors = sorted(abs(s.error) for s in rows)
        if not errors:
            continue
        count = len(errors)
        held = sum(s.low - s.rounding <= s.truth <= s.high + s.rounding for s in rows) / count
        print(
            f"{title:13s} rows {count}  median {errors[count // 2]:.2%}  p90 {errors[int(0.9 * count)]:.2%}  "
            f"within 5 % {sum(e <= 0.05 for e in errors) / count:.1%}  "
            f"under by more than 5 % {sum(s.error < -0.05 for s in rows) / count:.1%}  "
            f"bias {statistics.mean(s.error for s in rows):+.2%}  interval holds {held:.1%}"
        )
    if misses:
        for s in sorted((s for s in scored if abs(s.error) > 0.05), key=lambda s: (s.model, s.quant)):
            where = s.row.get("hf_repo") or s.row["model"]
            print(f"  {s.error:+7.1%} {s.model:34s} {s.quant:12s} {s.truth / 2**30:8.2f} GiB  {where[:70]}")


def fit_spreads(scored: list[Scored], catalog: Catalog) -> dict[str, tuple[float, float, float, int]]:
    """Per label: p10, median, p90 of published over computed size, and the rows behind them.

    A label with few rows takes the rows of its class: what publishers do to neighbouring labels is alike.
    """
    by_quant: dict[str, list[float]] = defaultdict(list)
    by_class: dict[str, list[float]] = defaultdict(list)
    for s in scored:
        # Inside the rounding of the printed figure nothing contradicts the computed size.
        ratio = 1.0 if s.error == 0 else s.ratio
        by_quant[s.quant].append(ratio)
        by_class[_class(catalog.quantizations[s.quant])].append(ratio)
    spreads = {}
    for quant in catalog.quantizations.values():
        ratios = by_quant[quant.id] if len(by_quant[quant.id]) >= ENOUGH_ROWS else by_class[_class(quant)]
        if not ratios:
            continue
        ratios = sorted(ratios)
        last = len(ratios) - 1
        low, middle, high = (ratios[round(share * last)] for share in (0.1, 0.5, 0.9))
        low, high = min(low, 1 - FLOOR), max(high, 1 + FLOOR)
        spreads[quant.id] = (round(low, 3), round(middle, 3), round(high, 3), len(by_quant[quant.id]))
    return spreads


def _class(quant: Quantization) -> str:
    if quant.id.startswith("ud-"):
        return "publisher's own mix, low bits" if quant.nominal_bits < LOW_BITS else "publisher's own mix"
    if quant.lossless or quant.format != "gguf":
        return f"{quant.format}, lossless" if quant.lossless else quant.format
    return "gguf, low bits" if quant.nominal_bits < LOW_BITS else "gguf"


if __name__ == "__main__":
    sys.exit(main())
