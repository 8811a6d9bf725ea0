"""Published measurements as the basis of an answer, and that they cost nothing where there are none."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys

import pytest
from benchmarks import decode
from benchmarks.resolve import Resolver
from tests.test_speed import DENSE, PLAIN, build_catalog

from llm_pick.core.catalog import Measurement
from llm_pick.core.estimate.decode import predict_decode
from llm_pick.core.estimate.measured import from_measurement
from llm_pick.io.lines import LineFile, Section, written
from llm_pick.io.store import load_catalog

CATALOG = build_catalog(PLAIN | {"measured.decode.low": 0.9, "measured.decode.high": 1.2, "measured.least_depth_ratio": 0.7})
FOUND = Measurement(
    id="x", model="m", device="d", quant="q", runtime="engine", backend="cuda", depth_tokens=64, tok_per_s=100.0, rows=1,
    source="s", date="2026-01-01",
)  # fmt: skip


def test_the_likely_value_is_the_measurement_moved_by_the_formula():
    # the formula: 12 ms without a cache, 1e9 B / (1000e9 x 0.4) = 2.5 ms more with it: 100 x 12 / 14.5 = 82.76
    deeper = dataclasses.replace(DENSE, kv_bytes_read=1e9)
    found = from_measurement(FOUND, deeper, DENSE, CATALOG)
    assert found.basis == "measured"
    assert found.tok_per_s.likely == pytest.approx(82.7586, rel=1e-5)
    assert found.tok_per_s.low == pytest.approx(0.9 * 82.7586, rel=1e-5)
    assert found.tok_per_s.high == pytest.approx(1.2 * 82.7586, rel=1e-5)


def test_a_measurement_does_not_speak_for_a_far_depth():
    # 4e9 B of cache: 10 ms more, 12 / 22 = 0.55 is below 0.7
    far = dataclasses.replace(DENSE, kv_bytes_read=4e9)
    assert from_measurement(FOUND, far, DENSE, CATALOG) == predict_decode(far, CATALOG)


def fit(*arguments: str) -> dict[str, object]:
    command = [sys.executable, "-m", "llm_pick", "fit", *arguments, "--json"]
    return json.loads(subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True).stdout)


def test_every_measurement_names_what_the_catalog_knows_under_terms_that_let_it_be_shipped():
    catalog = load_catalog()
    rows = [row for model in catalog.measurements for row in catalog.measurements[model]]
    assert rows
    for row in rows:
        assert row.model in catalog.models
        assert row.device in catalog.devices
        assert row.quant in catalog.quantizations
        assert row.runtime in catalog.runtimes
        source = catalog.references[row.source.split(" ", 1)[0]]
        assert (source.licence or "").split(" ")[0] in ("MIT", "Apache-2.0", "CC-BY-4.0", "BSD-3-Clause")


def test_the_accuracy_benchmark_does_not_look_at_measurements():
    catalog = load_catalog()
    row = catalog.measurements["gpt-oss-20b"][0]
    measured = {
        "id": "r", "kind": "decode", "tok_per_s": row.tok_per_s, "model_key": row.model, "model": row.model, "device_count": 1,
        "device_key": row.device, "quant_norm": "MXFP4", "engine": "llama.cpp", "backend": "CUDA", "test": "tg128", "n_gen": 128,
    }  # fmt: skip
    with_them = list(decode.outcomes([measured], Resolver(catalog)))
    without = list(decode.outcomes([measured], Resolver(dataclasses.replace(catalog, measurements={}))))
    assert with_them == without
    assert with_them[0].predicted is not None
    assert with_them[0].predicted.likely != pytest.approx(row.tok_per_s, rel=1e-3)


def test_fit_answers_with_the_measurement_of_that_very_setup():
    row = load_catalog().measurements["gpt-oss-20b"][0]
    found = fit("gpt-oss-20b", "--hardware", row.device, "--runtime", row.runtime, "--quant", row.quant)
    assert found["speed"]["basis"] == "measured"
    other = fit("gpt-oss-20b", "--hardware", "rtx-4090", "--runtime", row.runtime, "--quant", row.quant)
    assert other["speed"]["basis"] == "calibrated"
    two = fit("gpt-oss-20b", "--hardware", f"2x {row.device}", "--runtime", row.runtime, "--quant", row.quant)
    assert two["speed"]["basis"] != "measured"


def test_explain_names_the_row_and_its_source():
    row = load_catalog().measurements["gpt-oss-20b"][0]
    command = [sys.executable, "-m", "llm_pick", "fit", "gpt-oss-20b", "--hardware", row.device, "--runtime", row.runtime,
               "--quant", row.quant, "--explain"]  # fmt: skip
    text = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True)
    lines = (text.stdout + text.stderr).splitlines()
    measured = next(line for line in lines if line.startswith("measured"))
    assert "tok/s" in measured
    assert load_catalog().references[row.source.split(" ", 1)[0]].url in measured
    assert any(line.startswith("check speed: llama-bench ") and " -d 0," in line for line in lines)


def test_asking_for_a_model_without_measurements_reads_nothing():
    evidence = Section(LineFile("", written({}, {})), "measurements", lambda line: line, frozenset({"known"}))
    assert evidence.get("other") is None  # there is no such section: reading it would fail
    with pytest.raises(Exception, match="damaged"):
        evidence.get("known")
