"""Compare computed weight sizes with published ones, fit the spread of each quantization label, and cross-validate.

    python -m tools.calibrate_weights --truth DIR [--data DIR] [--misses] [--json]

Reads ``gguf_sizes.jsonl`` of a folder of measured rows and scores the recipes; artifact sizes of the catalog are
not used. Prints

* the error of computed sizes, and per label the measured p10 and p90 of published over computed size (the
  ``size_spread`` of ``data/quantizations.yaml``);
* the same intervals fitted without the family, or without the label, of the row they are tested on;
* the error where a row's whole family, or everything of its architecture, is taken out of the catalog, so that its
  size has to come from other models (``benchmarks/lookalike.py``).
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import sizes
from benchmarks.lookalike import Lookalikes
from benchmarks.resolve import Resolver, params_from_name
from benchmarks.truth import rows_of

from llm_pick.core.catalog import Catalog
from llm_pick.core.facts import Range
from llm_pick.schema.load import AuthoredCatalog, load_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from llm_pick.core.catalog import Model, Quantization

ROOT = Path(__file__).resolve().parent.parent
ENOUGH_ROWS = 15
LOW_BITS = 3.4
FLOOR = 0.005
"""Half width no label goes below: headers, tokenizers and added vectors differ between files."""
Spread = tuple[float, float]


@dataclasses.dataclass(frozen=True, slots=True)
class Scored:
    """One row with its prediction (bytes)."""

    row: dict[str, Any]
    model: str
    family: str
    quant: str
    truth: float
    rounding: float
    size: Range

    @property
    def error(self) -> float:
        """Signed relative error, 0 inside the rounding of the printed figure."""
        miss = self.size.likely - self.truth
        return 0.0 if abs(miss) <= self.rounding else miss / self.truth

    @property
    def ratio(self) -> float:
        """Published over computed size; inside the rounding of the printed figure nothing contradicts the computed one."""
        return 1.0 if self.error == 0 else self.truth / self.size.likely

    def held(self, size: Range) -> bool:
        """Whether an interval holds the printed figure."""
        return size.low - self.rounding <= self.truth <= size.high + self.rounding


def main(argv: list[str] | None = None) -> int:
    """Print the fit; returns 0."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--truth", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=ROOT / "data")
    parser.add_argument("--misses", action="store_true", help="list the rows that are more than 5 %% off")
    parser.add_argument("--json", action="store_true", help="print spreads and figures as one JSON object")
    options = parser.parse_args(argv)
    catalog = catalog_of(load_folder(options.data, partial=True))
    rows = list(rows_of(options.truth, "gguf_sizes.jsonl"))
    scored = score(rows, catalog)
    spreads = fit_spreads(scored, catalog)
    validation = validate(scored, catalog)
    if options.json:
        print(json.dumps({"spreads": spreads, "validation": validation}, indent=1))
        return 0
    for title, figure in validation.items():
        print(f"{title:52s} " + "  ".join(f"{name} {value}" for name, value in figure.items()))
    print("\nlabel             rows   p10    median   p90   (published / computed)")
    for quant, (low, middle, high, count) in sorted(spreads.items()):
        print(f"{quant:16s} {count:5d}  {low:.3f}  {middle:.3f}  {high:.3f}")
    if options.misses:
        for s in sorted((s for s in scored if abs(s.error) > 0.05), key=lambda s: (s.model, s.quant)):
            where = s.row.get("hf_repo") or s.row["model"]
            print(f"  {s.error:+7.1%} {s.model:34s} {s.quant:12s} {s.truth / 2**30:8.2f} GiB  {where[:70]}")
    return 0


def catalog_of(authored: AuthoredCatalog) -> Catalog:
    """Just enough of a catalog to compute sizes; published sizes of artifacts are left out on purpose."""
    sections: dict[str, Any] = {field.name: {} for field in dataclasses.fields(Catalog)}
    for name in ("tensor_types", "quantizations", "parameters"):
        sections[name] = {record.id: record for record in authored.records(name)}
    sections["models"] = {m.id: dataclasses.replace(m, artifacts=()) for m in authored.records("models")}
    return Catalog(**(sections | {"digest": "authored", "prepared": None}))


def score(rows: Iterable[dict[str, Any]], catalog: Catalog) -> list[Scored]:
    """The computed size of every row that names a known model and recipe."""
    resolver = Resolver(catalog)
    nobody = Lookalikes(resolver)
    found = []
    for row in rows:
        predicted = sizes.predict(row, resolver, nobody)
        if isinstance(predicted, str) or predicted[0] != "computed":
            continue
        model, quant = resolver.model(row), sizes.quantization_of(row, resolver)
        if model is not None and quant is not None:
            truth, rounding = printed_size(row)
            found.append(Scored(row, model.id, model.family, quant.id, truth, rounding, predicted[1]))
    return found


def printed_size(row: dict[str, Any]) -> tuple[float, float]:
    """(bytes, rounding in bytes) as the source prints them."""
    for field, factor in sizes.UNITS.items():
        if row.get(field):
            return row[field] * factor, (row.get(f"size_rounding_{field.removeprefix('size_')}") or 0) * factor
    raise ValueError(f"{row['id']} has no size")


def validate(scored: list[Scored], catalog: Catalog) -> dict[str, dict[str, float]]:
    """Errors of recipes, coverage of intervals fitted on other rows, and errors without the row's family."""
    own = [s for s in scored if s.quant.startswith("ud-")]
    out = {
        "recipe": figures(scored, [s.held(s.size) for s in scored]),
        "recipe, publishers' own mixes (UD)": figures(own, [s.held(s.size) for s in own]),
        "recipe, all other labels": figures(
            [s for s in scored if not s.quant.startswith("ud-")],
            [s.held(s.size) for s in scored if not s.quant.startswith("ud-")],
        ),
        "recipe, interval fitted without the family": held_out(scored, catalog, lambda s: s.family),
        "recipe, interval fitted without the label": held_out(scored, catalog, lambda s: s.quant),
    }
    models = catalog.models
    for title, kin in (
        ("family", lambda m: frozenset(id for id, other in models.items() if other.family == m.family)),
        ("architecture", lambda m: frozenset(id for id, other in models.items() if other.architecture == m.architecture)),
    ):
        for way, guesses in sorted(left_out(scored, catalog, kin).items()):
            out[f"{title} not in the catalog: {way}"] = figures(guesses, [s.held(s.size) for s in guesses])
    return out


def figures(scored: list[Scored], held: list[bool]) -> dict[str, float]:
    """Errors and coverage of some rows, in percent."""
    if not scored:
        return {"rows": 0}
    errors, count = sorted(abs(s.error) for s in scored), len(scored)
    return {
        "rows": count,
        "median_pct": round(100 * errors[count // 2], 2),
        "p90_pct": round(100 * errors[int(0.9 * count)], 2),
        "within_5_pct": round(100 * sum(e <= 0.05 for e in errors) / count, 1),
        "under_by_more_than_5_pct": round(100 * sum(s.error < -0.05 for s in scored) / count, 1),
        "holds_pct": round(100 * sum(held) / count, 1),
    }


def held_out(scored: list[Scored], catalog: Catalog, group: Callable[[Scored], str]) -> dict[str, float]:
    """Coverage when the spreads come from the rows of other groups; a label nothing is left of keeps the catalog's."""
    held: list[bool] = []
    ordered: list[Scored] = []
    for name in sorted({group(s) for s in scored}):
        spreads = fit_spreads([s for s in scored if group(s) != name], catalog)
        for s in (s for s in scored if group(s) == name):
            low, _, high, _ = spreads.get(s.quant, (*catalog.quantizations[s.quant].size_spread, 1.0, 0))[:4]
            middle = s.size.likely
            ordered.append(s)
            held.append(s.held(Range(middle * low, middle, middle * high)) if s.quant in spreads else s.held(s.size))
    return figures(ordered, held)


def left_out(scored: list[Scored], catalog: Catalog, kin: Callable[[Model], frozenset[str]]) -> dict[str, list[Scored]]:
    """Rows of known models predicted as if the model and its ``kin`` were unknown, by way of prediction."""
    resolver = Resolver(catalog)
    out: dict[str, list[Scored]] = defaultdict(list)
    others: dict[frozenset[str], Lookalikes] = {}
    for s in scored:
        total, active, _ = sizes.stated_parameters(s.row, None)
        if not total or params_from_name(str(s.row.get("model_key")))[0] is None:
            continue
        without = kin(catalog.models[s.model])
        if without not in others:
            others[without] = Lookalikes(resolver, without)
        found = others[without].predict(s.row, catalog.quantizations[s.quant], total, active, counted=False)
        if found is not None:
            out[found[0]].append(dataclasses.replace(s, size=found[1]))
    return out


def fit_spreads(scored: list[Scored], catalog: Catalog) -> dict[str, tuple[float, float, float, int]]:
    """Per label: p10, median, p90 of published over computed size, and the rows behind them.

    A label with few rows takes the rows of its class: what publishers do to neighbouring labels is alike.
    """
    by_quant: dict[str, list[float]] = defaultdict(list)
    by_class: dict[str, list[float]] = defaultdict(list)
    for s in scored:
        by_quant[s.quant].append(s.ratio)
        by_class[_class(catalog.quantizations[s.quant])].append(s.ratio)
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
