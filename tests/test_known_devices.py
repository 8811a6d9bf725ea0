"""Which devices count as measured, that others get a wider interval, and that the lists of them do not go stale unseen."""

from __future__ import annotations

import dataclasses
import math
import subprocess
import sys

import numpy as np
import pytest
from tests.test_lint import problems
from tests.test_speed import PLAIN, build_catalog
from tools.speed_fit import Formula, Misses, Sample, known_device_parameters
from tools.speed_widening import Widening, exponents_unknown, held, strains, unknown_device_exponent

from llm_pick.core.ask import build_question
from llm_pick.core.catalog import Device, Parameter, Runtime
from llm_pick.core.estimate.decode import DecodeSetup
from llm_pick.core.estimate.known_devices import are_known
from llm_pick.core.recommend import fit

CARD = Device(id="card", name="Card", vendor="v", device_class="consumer-gpu", memory_gib=24, bandwidth_gb_per_s=1000,
              backends=("cuda",))  # fmt: skip
MAC = dataclasses.replace(CARD, id="mac-64gb", chip="mac")
OTHER = dataclasses.replace(CARD, id="other")
FRONT = Runtime(
    id="front", name="Front", role="front-end", status="active", formats=(), backends=("cuda",), kv_dtypes=(),
    windowed_kv=False, memory_behaviour="exact", multi_device="none", offload="none", concurrency="single",
    port=None, base_url=None, command=None, verify=None, install_url="", engine="engine",
)  # fmt: skip
LISTED = Parameter(id="decode.engine.cuda.known_devices", value=2, unit="devices", meaning="", obtained="fitted",
                   as_of="2026-11-29", devices=("card", "mac"))  # fmt: skip
PARTS = build_catalog(PLAIN, {"front": FRONT})
CATALOG = dataclasses.replace(PARTS, parameters=PARTS.parameters | {LISTED.id: LISTED})


@pytest.mark.parametrize(
    ("devices", "runtime", "backend", "known"),
    [
        ((CARD,), "engine", "cuda", True),
        ((MAC,), "engine", "cuda", True),
        ((OTHER,), "engine", "cuda", False),
        ((CARD, CARD), "engine", "cuda", True),
        ((CARD, OTHER), "engine", "cuda", False),
        ((CARD,), "front", "cuda", True),
        ((CARD,), "engine", "vulkan", False),
        ((CARD,), "another", "cuda", False),
    ],
)  # fmt: skip
def test_a_device_is_known_where_rows_of_its_chip_engine_and_backend_are(devices, runtime, backend, known):
    assert are_known(devices, "decode", runtime, backend, CATALOG) is known
    assert not are_known(devices, "prefill", runtime, backend, CATALOG)


def forgotten(catalog):
    """The catalog as if no device had been measured, the engines as they are."""
    emptied = {id: dataclasses.replace(p, value=0.0, devices=()) if p.devices else p for id, p in catalog.parameters.items()}
    return dataclasses.replace(catalog, measurements={}, parameters=emptied)


def widths(catalog, users=1, **machine):
    """ln(high / low) of the decode, prefill and aggregate speed of one candidate."""
    question = build_question(catalog, runtime="vllm", quant="bf16", context=4096, users=users, **machine)
    speed = fit(catalog.models["qwen3-8b"], question, catalog)[0].estimate.speed
    ranges = (speed.decode_tok_per_s, speed.prefill_tok_per_s, speed.aggregate_tok_per_s)
    return np.array([math.log(found.high / found.low) for found in ranges])


def exponents(catalog):
    return np.array([catalog.parameter(f"{family}.widen.unknown_device") for family in ("decode", "prefill", "serving")])


def test_the_lists_make_the_difference_for_a_named_device(catalog):
    known = widths(dataclasses.replace(catalog, measurements={}), users=4, hardware=["h100-sxm"])
    assert widths(forgotten(catalog), users=4, hardware=["h100-sxm"]) == pytest.approx(known * exponents(catalog))
    assert (exponents(catalog) > 1).all()


@pytest.mark.parametrize("machine", [{"vram": ["24"]}, {"hardware": ["l40"]}])
def test_they_make_none_for_a_range_over_cards_or_a_device_not_listed(catalog, machine):
    assert widths(forgotten(catalog), users=4, **machine) == pytest.approx(widths(catalog, users=4, **machine))


@pytest.mark.parametrize(("device", "lines"), [("rtx-4090", 0), ("rtx-4080-super", 2)])
def test_the_explanation_says_that_a_device_has_no_rows(device, lines):
    command = [sys.executable, "-m", "llm_pick", "fit", "qwen3-8b", "--hardware", device, "--runtime", "llama-cpp", "--explain"]
    said = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True)
    assert (said.stdout + said.stderr).count("no rows of this device with this engine and backend") == lines


def test_every_memory_size_of_a_measured_chip_is_known(catalog):
    sizes = [device for device in catalog.devices.values() if device.chip == "m4-max"]
    assert len(sizes) > 1
    assert all(are_known((device,), "decode", "mlx", "mlx", catalog) for device in sizes)


SETUP = DecodeSetup(
    weight_bytes_read=1e9, kv_bytes_read=0, bandwidth_gb_per_s=100, runtime_id="engine", backend="cuda", moe=False
)  # fmt: skip


def sample(device, trust="A", runtime="engine"):
    setup = dataclasses.replace(SETUP, runtime_id=runtime)
    return Sample({"trust": trust}, setup, device, device, "family", "dense", 1.0, 1.0)


FORMULA = Formula("decode", {}, lambda _values, _sample: 1.0, lambda _sample: True)
PLAIN_WIDENING = Widening(unmeasured=2.0, others=lambda _sample: 1.0)


def test_crowd_rows_and_rows_of_unknown_engines_make_no_device_known():
    rows = [sample("b"), sample("a"), sample("a"), sample("c", trust="C"), sample("d", runtime="unknown")]
    (found,) = known_device_parameters(FORMULA, rows)
    assert (found.id, found.value, found.devices, found.rows) == ("decode.engine.cuda.known_devices", 2, ("a", "b"), 3)


def left_out(biases, trust="A", rows=20):
    """Strains of devices left out, all of whose rows miss by a bias; model families left out miss by 0.1 either way."""
    samples = [sample(f"d{i:02}", trust) for i in range(len(biases)) for _ in range(rows)]
    device = np.repeat(biases, rows)
    family = np.tile([0.1, -0.1], len(samples) // 2)
    pool = Misses([*samples, *samples], np.concatenate([device, family]), lambda _sample: "")
    missed = Misses(samples, device, lambda _sample: "")
    return strains(FORMULA, missed, pool, lambda s: s.device, PLAIN_WIDENING)


def test_a_strain_is_the_miss_over_the_end_of_an_interval_made_without_its_device():
    # 20 devices of no bias but one: without it half of the pool is 0 and half 0.1 either way, so the ends are 0.1 off
    found = left_out([0.0] * 19 + [0.3])
    assert found.values[-20:] == pytest.approx([3.0] * 20)
    # of 400 rows 380 have no strain
    assert unknown_device_exponent(found) == 1


def test_the_exponent_holds_four_fifths_of_devices_it_was_not_fitted_on():
    biases = np.linspace(-0.5, 0.5, 50)
    found = left_out(biases)
    before = np.mean(held(found, np.ones(len(found.values))))
    after = np.mean(held(found, exponents_unknown(found, PLAIN_WIDENING)))
    assert before < 0.75
    assert after == pytest.approx(0.8, abs=0.04)
    assert np.mean(held(found, np.full(len(found.values), unknown_device_exponent(found)))) == pytest.approx(0.8, abs=0.02)


def test_crowd_rows_do_not_say_how_uncertain_an_unknown_device_is():
    assert unknown_device_exponent(left_out(np.linspace(-0.5, 0.5, 50), trust="C")) == 1


LIST = """parameters:
- {id: decode.llama-cpp.cpu.known_devices, value: %s, unit: devices, meaning: m, obtained: fitted, as_of: "2026-11-01",
   devices: [%s]}
"""


@pytest.mark.parametrize(
    ("value", "devices", "said"),
    [(1, "little", None), (1, "gone", "`gone` does not exist"), (2, "little", "is 2, but lists 1 devices")],
)
def test_a_stale_list_is_a_problem_of_the_catalog(tmp_path, value, devices, said):
    (tmp_path / "parameters.yaml").write_text(LIST % (value, devices), encoding="utf-8")
    found = problems(tmp_path)
    assert (not found) if said is None else (len(found) == 1 and said in found[0])


def test_a_measurement_of_a_device_that_is_not_listed_is_a_problem(tmp_path):
    measured = """measurements:
- {id: m, model: tiny-538k-chat, device: little, quant: q, runtime: llama-cpp, backend: %s, depth_tokens: 1, tok_per_s: 1.0,
   rows: 1, source: config here, date: "2026-11-01"}
"""
    (tmp_path / "parameters.yaml").write_text(LIST % (1, "little"), encoding="utf-8")
    for backend, stale in (("cpu", False), ("cuda", True)):
        (tmp_path / "measurements.yaml").write_text(measured % backend, encoding="utf-8")
        assert any("`little` is not in `decode.llama-cpp.cuda.known_devices`" in found for found in problems(tmp_path)) is stale
