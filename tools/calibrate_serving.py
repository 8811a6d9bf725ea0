"""Fit the constants of serving throughput on measured rows, and write them as parameters.

    python -m tools.calibrate_serving --truth DIR [--data DIR] [--out FILE]
    python -m tools.calibrate_serving --truth DIR --json          (errors on rows the fit did not see)

Rows of trust A and B count, weighted by source, device and engine so that no big table decides alone; rows of an
offered load do not, since they say little about the most an engine can do. The loss is robust and in logarithms.
Constants are shrunk towards those of the engine on any backend (where it has several), these towards the generic ones.
The intervals come from the errors on devices, model families and pairs of them that the fit did not see.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from benchmarks import capacity, serving
from benchmarks.resolve import Resolver
from scipy.optimize import least_squares

from llm_pick.core.catalog import Parameter
from llm_pick.core.estimate.decode import typical_layers
from llm_pick.core.estimate.serving import ServingCosts, ServingSetup, output_rate, running_sequences, typical_tflops
from llm_pick.core.facts import Range
from tools.calibrate_speed import ROOT, UNKNOWN_DEVICE, UNKNOWN_PEAK, as_yaml, catalog_of, read, with_parameters
from tools.serving_columns import columns_of, rate_of, subset
from tools.speed_fit import KNOWN_DEVICES, Constant

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from llm_pick.core.catalog import Catalog, Device

    Engine = tuple[str, str]

AS_OF = "2026-11-29"
SCRIPT = "tools/calibrate_serving.py"
GENERIC = ("any", "any")
GENERIC_ENGINES = ("vllm", "sglang", "tensorrt-llm")
"""Engines whose rows speak about the generic constants."""
SHARED_ENGINES = ("vllm",)
"""Engines whose backends share constants: one code base, measured on several."""
SHARED_SPREAD = 0.6
"""How far a backend of such an engine may differ from it, over how far an engine may differ from the generic one."""
LOSS_SCALE = 0.12
"""Log error beyond which a row counts as an outlier."""
LEAST_ROWS, INTERVAL_ROWS, FOLDS = 3, 20, 8
INFORMED = 0.01
"""Change of a logarithm below which the rows said nothing about a constant."""
TIE = 0.05
"""Log ratio of two measured rates below which neither counts as faster."""
MOST_MULTIPLIED = 0.75
"""Most of the stated peak that whole prompts reach: the share that single prompts of 16-bit models do (``prefill.*``)."""
KINDS = ("efficiency", "batch_utilization", "prompt_utilization", "layer_us")
"""Constants that a mixture of experts has of its own."""

CONSTANTS = {
    "dense.efficiency": Constant(0.75, 0.1, 0.1, 0.97, "share", "bandwidth that weight reads of dense models reach"),
    "moe.efficiency": Constant(0.6, 0.1, 0.05, 0.97, "share", "bandwidth that weight reads of MoE models reach"),
    "cache_efficiency": Constant(0.5, 0.6, 0.01, 1.0, "share", "bandwidth that KV cache reads reach"),
    "dense.batch_utilization": Constant(0.4, 0.6, 0.005, 1.0, "share", "peak that decode steps reach, dense"),
    "moe.batch_utilization": Constant(0.25, 0.6, 0.003, 1.0, "share", "peak that decode steps reach, MoE"),
    "dense.prompt_utilization": Constant(0.5, 0.4, 0.01, MOST_MULTIPLIED, "share", "peak that prompts reach, dense"),
    "moe.prompt_utilization": Constant(0.3, 0.5, 0.01, MOST_MULTIPLIED, "share", "peak that prompts reach, MoE"),
    "attention_utilization": Constant(0.3, 0.6, 0.003, 1.0, "share", "peak that attention over prompts reaches"),
    "dense.layer_us": Constant(40, 0.7, 0.5, 3000, "us", "cost per layer and step, dense"),
    "moe.layer_us": Constant(80, 0.7, 0.5, 5000, "us", "cost per layer and step, MoE"),
    "step_us": Constant(1500, 0.8, 10, 100000, "us", "cost per step whatever the model"),
    "sequence_us": Constant(20, 1.0, 0.1, 20000, "us", "cost per running sequence and step"),
    "reduce_us": Constant(20, 0.8, 0.5, 2000, "us", "all-reduces: cost per layer and doubling of devices"),
    "scaling": Constant(0.85, 0.2, 0.1, 1.0, "exponent", "gain from several devices, tensor parallel"),
    "link_efficiency": Constant(0.5, 0.5, 0.02, 1.0, "share", "link rate that all-reduces reach"),
    "peak_exponent": Constant(0.9, 0.25, 0.3, 1.0, "exponent", "growth of the reached rate with the stated peak"),
    "narrow_factor": Constant(0.75, 0.3, 0.1, 1.0, "ratio", "peak reached below 16 bits over that at 16 bits"),
    "stacked_factor": Constant(0.9, 0.2, 0.2, 1.0, "ratio", "efficiency on stacked memory over the others"),
    "old_overhead": Constant(1.5, 0.5, 1.0, 20, "ratio", "costs per layer, step and sequence of builds before 2025 over current ones"),
    "old_utilization": Constant(0.8, 0.25, 0.05, 1.0, "ratio", "peak that builds before 2025 reach over current ones"),
    "old_efficiency": Constant(0.9, 0.2, 0.2, 1.0, "ratio", "bandwidth that builds before 2025 reach over current ones"),
}  # fmt: skip
NAMES = tuple(CONSTANTS)
UNMEASURED = 2.0
MAX_SEQUENCES = {"any": 256.0, "llama-cpp": 64.0, "tensorrt-llm": 2048.0, "sglang": 1024.0}
"""Sequences an engine runs at most by default, from their documentation."""
OLD_MAX_SEQUENCES = {"llama-cpp": 1.0}
"""The same of builds before ``decode.old_before``: llama.cpp had one slot unless told otherwise (``--parallel 1``)."""


@dataclasses.dataclass(frozen=True, slots=True)
class Sample:
    """One measured row, resolved; ``measured`` is the output rate."""

    row: dict[str, Any]
    setup: ServingSetup
    device: str
    chip: str
    """The catalog's device, or the record of several capacities it is one of."""
    family: str
    source: str
    measured: float
    offered: bool

    @property
    def engine(self) -> Engine:
        """Engine and backend."""
        return self.setup.runtime_id, self.setup.backend


def main(argv: list[str] | None = None) -> int:
    """Fit, print, write; returns 0."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--truth", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=ROOT / "data")
    parser.add_argument("--out", type=Path, help="write the parameters here, as YAML")
    parser.add_argument("--json", action="store_true", help="print the errors on rows left out as one JSON object")
    options = parser.parse_args(argv)
    catalog = with_parameters(catalog_of(options.data), chosen())
    fit = Fit(samples_of(options.truth, catalog), catalog)
    validation = fit.validate()
    if options.out:
        options.out.write_text(as_yaml(fit.parameters()), encoding="utf-8")
    print(json.dumps(validation, indent=2) if options.json else as_text(fit, validation))
    return 0


def chosen() -> list[Parameter]:
    """Constants that no row can tell."""
    rows = [
        ("serving.reference_tflops", 400.0, "TFLOPS", "peak at which utilization is stated"),
        ("serving.typical_link_gb_per_s", 32.0, "GB/s", "link between devices where none is stated: PCIe 4.0 x16"),
        (
            "serving.step_tokens",
            8192.0,
            "tokens",
            "prompt tokens one step reads at most: vLLM's default on cards of 70 GiB and more",
        ),
        ("serving.default_max_ttft_s", 10.0, "s", "longest wait for the first token, 99th percentile, where none is asked"),
        ("serving.default_min_tok_per_s", 10.0, "tok/s", "least rate per user where none is asked: faster than people read"),
        ("serving.widen.unmeasured", UNMEASURED, "exponent", "wider interval: no rows of this engine and backend"),
        ("serving.widen.unknown_peak", UNKNOWN_PEAK, "exponent", "wider interval: no peak is stated"),
        ("serving.widen.several_devices", 1.0, "exponent", "wider interval: more than one device"),
    ]
    rows += [
        (f"serving.{engine}.any.max_sequences", most, "sequences", "sequences the engine runs at most, unless told otherwise")
        for engine, most in MAX_SEQUENCES.items()
    ]
    rows += [
        (f"serving.{engine}.any.old_max_sequences", most, "sequences", "sequences a build before decode.old_before runs at most")
        for engine, most in OLD_MAX_SEQUENCES.items()
    ]
    return [_parameter(*row, "chosen") for row in rows]


def samples_of(truth: Path, catalog: Catalog) -> list[Sample]:
    """Rows of throughput under load, and the loads at which a service level was last met."""
    resolver, found = Resolver(catalog), []
    for row in read(truth / "serving_throughput.jsonl"):
        field = next((name for name in serving.FIELDS if row.get(name) is not None), None)
        setup = serving.setup_of(row, resolver) if field else "no rate"
        if isinstance(setup, str) or field is None or row["trust"] == "C":
            continue
        plain = {key: value for key, value in row.items() if key != "request_rate_qps"}
        per_unit = serving.in_unit_of(plain, field, setup, Range.exact(1.0), catalog).likely
        model = resolver.model(row)
        family = model.family if model else str(row["model_key"])
        rate = row[field] / per_unit
        chip = _chip(resolver.device(row))
        offered = bool(row.get("request_rate_qps"))
        found.append(Sample(row, setup, row["device_key"], chip, family, row["source_family"], rate, offered))
    for row in read(truth / "serving_capacity.jsonl"):
        setup = capacity.setup_of(row, resolver)
        if isinstance(setup, str) or not row.get("max_users_slo"):
            continue
        at_level = dataclasses.replace(setup, concurrency=row["max_users_slo"])
        named = row | {"model_key": row["model"], "concurrency": row["max_users_slo"]}
        family = resolver.model(row).family  # type: ignore[union-attr]
        chip = _chip(resolver.device({"hardware": row["gpu"]}))
        found.append(Sample(named, at_level, str(row["gpu"]), chip, family, "capacity", row["output_tok_s"], False))
    return found


def _chip(device: Device | None) -> str:
    return (device.chip or device.id) if device else ""


class Fit:
    """The constants that the samples give, and how far they miss on samples left out."""

    def __init__(self, samples: Sequence[Sample], catalog: Catalog) -> None:
        self.samples = list(samples)
        self.catalog = catalog
        self.columns = columns_of(
            [s.setup for s in samples],
            running=[running_sequences(s.setup, plain_costs(s.setup)) for s in samples],
            tflops=[s.setup.tflops or typical_tflops(s.setup, catalog) for s in samples],
            layers=[s.setup.layers or typical_layers(s.setup.params_active, catalog) for s in samples],
            reference=catalog.parameter("serving.reference_tflops"),
            typical_link=catalog.parameter("serving.typical_link_gb_per_s"),
        )
        self.measured = np.log([s.measured for s in samples])
        self.offered = np.array([s.row["request_rate_qps"] * s.setup.output_tokens if s.offered else math.inf for s in samples])
        """Output tokens per second of the requests that arrive; infinite where all are queued."""
        self.found = self.fit(range(len(self.samples)))
        self._check()

    def _check(self) -> None:
        """The columns must say what the program's own formula says."""
        for i in range(0, len(self.samples), 7):
            setup, values = self.samples[i].setup, dict(zip(NAMES, self.found[GENERIC], strict=True))
            ours = float(rate_of(values, subset(self.columns, [i]))[0])
            theirs = output_rate(setup, costs_of(values, setup), self.catalog)
            if not math.isclose(ours, theirs, rel_tol=1e-6):
                raise AssertionError(f"{self.samples[i].row['id']}: {ours} here, {theirs} in the program")

    def fit(self, indices: Sequence[int] | np.ndarray) -> dict[Engine, np.ndarray]:
        """Generic constants, then those of engines, then those of engines on a backend."""
        kept = np.array([i for i in indices if not self.samples[i].offered])
        key = [(self.samples[i].source, self.samples[i].device, self.samples[i].setup.runtime_id) for i in kept]
        counts = Counter(key)
        weights = np.array([counts[k] ** -0.5 for k in key])
        engines = np.array([self.samples[i].setup.runtime_id for i in kept])
        backends = np.array([self.samples[i].setup.backend for i in kept])
        spread = np.array([c.spread for c in CONSTANTS.values()])
        start = np.array([c.start for c in CONSTANTS.values()])
        common = np.isin(engines, GENERIC_ENGINES)
        generic = self._fit_rows(kept[common], weights[common], start, spread)
        out = {GENERIC: generic}
        for engine in sorted(set(engines) - {"unknown"}):
            own, centre, room = engines == engine, generic, spread
            if engine in SHARED_ENGINES and own.sum() >= LEAST_ROWS:
                centre = out[engine, "any"] = self._fit_rows(kept[own], weights[own], generic, spread)
                room = spread * SHARED_SPREAD
            for backend in sorted(set(backends[own])):
                here = own & (backends == backend)
                if here.sum() >= LEAST_ROWS:
                    out[engine, backend] = self._fit_rows(kept[here], weights[here], centre, room)
        return out

    def _fit_rows(self, rows: np.ndarray, weights: np.ndarray, prior: np.ndarray, spread: np.ndarray) -> np.ndarray:
        least = np.log([c.least for c in CONSTANTS.values()])
        most = np.log([c.most for c in CONSTANTS.values()])
        centre = np.clip(np.log(prior), least + 1e-6, most - 1e-6)
        columns, measured, root = subset(self.columns, rows), self.measured[rows], np.sqrt(weights)

        def residuals(x: np.ndarray) -> np.ndarray:
            predicted = np.log(rate_of(dict(zip(NAMES, np.exp(x), strict=True)), columns))
            misses = root * (predicted - measured) / LOSS_SCALE
            robust = np.sign(misses) * np.sqrt(2 * (np.sqrt(1 + misses**2) - 1))
            return np.concatenate([robust, (x - centre) / spread])

        return np.exp(least_squares(residuals, centre, bounds=(least, most), diff_step=1e-3, max_nfev=40).x)

    def errors(self, indices: Sequence[int] | np.ndarray, found: dict[Engine, np.ndarray]) -> np.ndarray:
        """ln(predicted / measured) of samples under fitted constants; an offered load caps the prediction."""
        out = np.zeros(len(indices))
        rows = np.array(indices)
        engines = [self.samples[i].engine for i in indices]
        for engine in set(engines):
            here = np.array([e == engine for e in engines])
            known = next(k for k in (engine, (engine[0], "any"), GENERIC) if k in found)
            values = dict(zip(NAMES, map(float, found[known]), strict=True))
            rates = rate_of(values, subset(self.columns, rows[here]))
            out[here] = np.log(np.minimum(rates, self.offered[rows[here]])) - self.measured[rows[here]]
        return out

    def left_out(self, key: Callable[[Sample], str]) -> np.ndarray:
        """Errors of every sample under a fit that saw nothing of the group ``key`` names (in batches of groups)."""
        fold = self._folds(key)
        out = np.zeros(len(self.samples))
        for k in sorted(set(fold)):
            out[fold == k] = self.errors(np.flatnonzero(fold == k), self.fit(np.flatnonzero(fold != k)))
        return out

    def _folds(self, key: Callable[[Sample], str]) -> np.ndarray:
        """The batch in which every sample is left out."""
        sizes = Counter(key(s) for s in self.samples)
        place = {name: i % FOLDS for i, name in enumerate(sorted(sizes, key=lambda n: (-sizes[n], n)))}
        return np.array([place[key(s)] for s in self.samples])

    def validate(self) -> dict[str, Any]:
        """Errors on rows seen and left out, by what was left out; kept for the intervals."""
        self.missed = {
            "nothing": self.errors(range(len(self.samples)), self.found),
            "device": self.left_out(_device),
            "model family": self.left_out(lambda s: s.family),
            "device and model": self.left_out(lambda s: f"{s.device} {s.row['model_key']}"),
            "source": self.left_out(lambda s: s.source),
        }
        return {name: self._figures(name) for name in self.missed} | {"worst": self._worst()}

    def _figures(self, name: str) -> dict[str, Any]:
        misses = self.missed[name]
        factor = np.exp(np.abs(misses))
        right, pairs = self._pairs(misses)
        wider = np.ones(len(misses))
        if name == "device":
            fold = self._folds(_device)
            wider = np.array([self.unknown_device(fold != k) for k in range(FOLDS)])[fold]
        return {
            "rows": len(misses),
            "median_factor": float(np.median(factor)),
            "within_1_5_pct": 100 * float(np.mean(factor <= 1.5)),
            "within_2_pct": 100 * float(np.mean(factor <= 2)),
            "median_factor_by_device": self._macro(misses, lambda s: s.device),
            "median_factor_by_source": self._macro(misses, lambda s: s.source),
            "pairs": pairs,
            "pairs_right_pct": 100 * right / max(pairs, 1),
            "interval_holds_pct": 100 * float(np.mean(self._strains(name) <= wider)),
        }

    def _macro(self, misses: np.ndarray, key: Callable[[Sample], str]) -> float:
        """Geometric mean over groups of their median factors: every group counts the same."""
        groups: dict[str, list[float]] = defaultdict(list)
        for s, miss in zip(self.samples, misses, strict=True):
            groups[key(s)].append(abs(miss))
        return float(np.exp(np.mean([np.median(v) for v in groups.values()])))

    def _pairs(self, misses: np.ndarray) -> tuple[int, int]:
        """(pairs ordered rightly, pairs) of two devices or layouts with the same source, model, engine, lengths and load."""
        groups: dict[tuple[Any, ...], list[int]] = defaultdict(list)
        for i, s in enumerate(self.samples):
            a = s.setup
            load = (a.concurrency, s.row.get("request_rate_qps"), round(a.input_tokens), round(a.output_tokens))
            groups[(s.source, s.row["model_key"], a.runtime_id, *load)].append(i)
        right = pairs = 0
        for members in groups.values():
            for place, i in enumerate(members):
                for j in members[:place]:
                    if self._layout(i) == self._layout(j) or abs(self.measured[i] - self.measured[j]) < TIE:
                        continue
                    truth = self.measured[i] - self.measured[j]
                    pairs += 1
                    right += (truth + misses[i] - misses[j]) * truth > 0
        return right, pairs

    def _layout(self, i: int) -> tuple[Any, ...]:
        s = self.samples[i]
        return s.device, s.setup.devices, s.setup.groups, s.setup.experts_spread

    def _worst(self) -> list[dict[str, Any]]:
        """Setups missed most with device and model left out: median factor over their rows."""
        groups: dict[tuple[str, ...], list[float]] = defaultdict(list)
        for s, miss in zip(self.samples, self.missed["device and model"], strict=True):
            label = (s.setup.runtime_id, s.device, str(s.row["model_key"]), f"{s.setup.devices} devices")
            groups[label].append(miss)
        ordered = sorted(groups.items(), key=lambda item: -abs(float(np.median(item[1]))))
        return [
            {"setup": ", ".join(label), "rows": len(v), "median_ratio": float(np.exp(np.median(v)))} for label, v in ordered[:8]
        ]

    def intervals(self) -> dict[Engine, tuple[float, float]]:
        """Factors on the likely rate that hold 80 % of left-out rows, rows weighted as in the fit."""
        groups: dict[Engine, list[tuple[float, float]]] = defaultdict(list)
        counts = Counter((s.source, s.device) for s in self.samples)
        for name in ("device", "model family", "device and model"):
            for s, miss in zip(self.samples, self.missed[name], strict=True):
                if s.offered:
                    continue
                entry = (-float(miss), counts[s.source, s.device] ** -0.5)
                groups[s.engine].append(entry)
                if s.setup.runtime_id in GENERIC_ENGINES:
                    groups[GENERIC].append(entry)
        return {
            engine: (math.exp(min(_quantile(found, 0.1), -0.05)), math.exp(max(_quantile(found, 0.9), 0.05)))
            for engine, found in groups.items()
            if len(found) >= 3 * INTERVAL_ROWS or engine == GENERIC
        }

    def _strains(self, name: str) -> np.ndarray:
        """Misses over the end of the program's interval on that side, in logarithms: 1 lies on the end."""
        intervals = self.intervals()
        out = np.zeros(len(self.samples))
        for i, (s, miss) in enumerate(zip(self.samples, self.missed[name], strict=True)):
            low, high = intervals.get(s.engine, intervals[GENERIC])
            wider = (1.0 if s.engine in intervals else UNMEASURED) * (UNKNOWN_PEAK if s.setup.tflops is None else 1.0)
            out[i] = -miss / math.log(low if miss > 0 else high) / wider
        return out

    def unknown_device(self, asked: np.ndarray | None = None) -> float:
        """Exponent with which the intervals hold 80 % of rows (of those ``asked``) on devices left out."""
        says, strains = self._with_interval(), self._strains("device")
        return max(1.0, float(np.quantile(strains[says if asked is None else says & asked], 0.8)))

    def _with_interval(self) -> np.ndarray:
        """Whether the engine and backend of each sample have an interval of their own."""
        intervals = self.intervals()
        return np.array([s.engine in intervals for s in self.samples])

    def _known_devices(self) -> list[Parameter]:
        """Which devices the rows of each engine and backend come from."""
        out = []
        for engine in sorted({s.engine for s in self.samples if s.setup.runtime_id != "unknown"}):
            devices = [s.chip for s in self.samples if s.engine == engine]
            listed = tuple(sorted(set(devices)))
            id = f"serving.{engine[0]}.{engine[1]}.known_devices"
            counted = _parameter(id, len(listed), "devices", KNOWN_DEVICES, "fitted", len(devices))
            out.append(dataclasses.replace(counted, devices=listed))
        return out

    def unseen_source(self) -> float:
        """Exponent on the intervals with which they hold 80 % of rows of sources left out, every source weighted alike.

        What a source does its own way (its load generator, flags, drivers) moves all its rows together, so errors on
        devices and models left out of a source that was seen do not show it.
        """
        counts = Counter(s.source for s in self.samples)
        intervals = self.intervals()
        found = []
        for s, miss in zip(self.samples, self.missed["source"], strict=True):
            low, high = intervals.get(s.engine, intervals[GENERIC])
            found.append((-float(miss) / math.log(low if miss > 0 else high), counts[s.source] ** -0.5))
        return max(1.0, _quantile([(abs(x), w) for x, w in found], 0.8))

    def parameters(self) -> list[Parameter]:
        """Chosen ones, the generic constants, of every engine those its rows moved, and the intervals."""
        meaning = "wider interval: nothing of the same source was fitted"
        says = int(self._with_interval().sum())
        out = [
            *chosen(),
            _parameter("serving.widen.unseen_source", self.unseen_source(), "exponent", meaning, "fitted", len(self.samples)),
            _parameter("serving.widen.unknown_device", self.unknown_device(), "exponent", UNKNOWN_DEVICE, "fitted", says),
            *self._known_devices(),
        ]
        for engine, values in self.found.items():
            rows = sum(self._speaks(s, engine) for s in self.samples if not s.offered)
            parent = self.found.get((engine[0], "any"), self.found[GENERIC]) if engine[1] != "any" else self.found[GENERIC]
            for name, value, common in zip(NAMES, values, parent, strict=True):
                if engine == GENERIC or abs(math.log(value / common)) > INFORMED:
                    c = CONSTANTS[name]
                    id = f"serving.{engine[0]}.{engine[1]}.{name}"
                    out.append(_parameter(id, float(value), c.unit, c.meaning, "fitted", rows))
        for engine, ends in self.intervals().items():
            rows = sum(self._speaks(s, engine) for s in self.samples if not s.offered)
            for name, value in zip(("low", "high"), ends, strict=True):
                meaning = f"{name} end of the 80 % interval over the likely value"
                out.append(_parameter(f"serving.{engine[0]}.{engine[1]}.{name}", value, "ratio", meaning, "fitted", rows))
        return out

    @staticmethod
    def _speaks(s: Sample, engine: Engine) -> bool:
        if engine == GENERIC:
            return s.setup.runtime_id in GENERIC_ENGINES
        return s.engine == engine or engine == (s.setup.runtime_id, "any")


def _device(s: Sample) -> str:
    return s.device


def costs_of(values: dict[str, float], setup: ServingSetup) -> ServingCosts:
    """The program's constants for one setup out of named values."""
    kind = "moe" if setup.experts else "dense"
    shared = {name: value for name, value in values.items() if "." not in name}
    return ServingCosts(
        max_sequences=MAX_SEQUENCES.get(setup.runtime_id, MAX_SEQUENCES["any"]),
        **{name: values[f"{kind}.{name}"] for name in KINDS},
        **shared,
    )


def plain_costs(setup: ServingSetup) -> ServingCosts:
    """The constants before any fit, of which only the most sequences matter."""
    return costs_of({name: c.start for name, c in CONSTANTS.items()}, setup)


def _quantile(found: Sequence[tuple[float, float]], share: float) -> float:
    """Weighted quantile of (value, weight)."""
    values, weights = map(np.array, zip(*sorted(found), strict=True))
    reached = np.cumsum(weights) / np.sum(weights)
    return float(values[min(len(values) - 1, int(np.searchsorted(reached, share)))])


def _parameter(id: str, value: float, unit: str, meaning: str, obtained: str, rows: int | None = None) -> Parameter:
    script = SCRIPT if obtained == "fitted" else None
    return Parameter(
        id=id, value=float(f"{value:.4g}"), unit=unit, meaning=meaning, obtained=obtained, as_of=AS_OF, rows=rows,
        script=script,
    )  # fmt: skip


def as_text(fit: Fit, validation: dict[str, Any]) -> str:
    """Constants and errors for people."""
    lines = []
    for engine, values in fit.found.items():
        listed = "  ".join(f"{n}={v:.3g}" for n, v in zip(NAMES, values, strict=True))
        lines.append(f"{engine[0]} {engine[1]}: {listed}")
    for name, f in validation.items():
        if name == "worst":
            lines += [f"  x{w['median_ratio']:.2f} of the truth: {w['setup']} ({w['rows']} rows)" for w in f]
            continue
        lines.append(
            f"left out: {name:18s} n {f['rows']}  median factor {f['median_factor']:.3f}  x1.5 {f['within_1_5_pct']:.0f} %  "
            f"x2 {f['within_2_pct']:.0f} %  by device {f['median_factor_by_device']:.3f}  by source "
            f"{f['median_factor_by_source']:.3f}  pairs {f['pairs_right_pct']:.0f} % of {f['pairs']}  "
            f"interval {f['interval_holds_pct']:.0f} %"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
