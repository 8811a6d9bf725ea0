"""Devices answer to what people and drivers call them, and their figures are those of the makers' papers."""

from __future__ import annotations

import pytest

from llm_pick.core.errors import QuestionError
from llm_pick.core.hardware import hardware_of
from llm_pick.core.lookup import find_device, meaning

GIB = 2**30


@pytest.mark.parametrize(
    ("typed", "id"),
    [
        ("3090", "rtx-3090"), ("rtx3090", "rtx-3090"), ("4060ti 16gb", "rtx-4060-ti-16gb"), ("2080ti", "rtx-2080-ti"),
        ("7900 xtx", "rx-7900-xtx"), ("9070xt", "rx-9070-xt"), ("B580", "arc-b580"), ("m2 ultra 192", "m2-ultra-192gb"),
        ("m4 max 36", "m4-max-32c-36gb"), ("m3 ultra 512gb", "m3-ultra-512gb"), ("macbook neo", "macbook-neo"),
        ("mi300x", "mi300x"), ("h100 pcie", "h100-pcie"), ("a6000", "rtx-a6000"), ("6000 ada", "rtx-6000-ada"),
        ("pro 6000", "rtx-pro-6000"), ("strix halo 128gb", "strix-halo-128gb"), ("dgx spark", "gb10"),
        ("framework desktop", "strix-halo-128gb"), ("jetson orin nano super", "jetson-orin-nano-super-8gb"),
        ("pi 5 8gb", "raspberry-pi-5-8gb"), ("iphone 17 pro", "a19-pro-12gb"), ("pixel 10", "tensor-g5"),
        ("7800x3d", "ryzen-7-7800x3d"), ("i9-14900k", "core-i9-14900k"), ("EPYC 7763", "epyc-7763"), ("n100", "intel-n100"),
        ("trillium", "tpu-v6e"), ("trn2", "trainium2"), ("tesla p40", "p40"), ("V100-PCIE-32GB", "v100-pcie-32gb"),
        ("NVIDIA GeForce RTX 4090", "rtx-4090"), ("NVIDIA GeForce RTX 4090 Laptop GPU", "rtx-4090-laptop"),
        ("NVIDIA A100-SXM4-80GB", "a100-sxm-80gb"), ("NVIDIA H100 80GB HBM3", "h100-sxm"), ("Tesla T4", "t4"),
        ("AMD Radeon RX 7900 XTX", "rx-7900-xtx"), ("AMD Ryzen 9 7950X 16-Core Processor", "ryzen-9-7950x"),
    ],
)  # fmt: skip
def test_what_people_and_drivers_call_a_device(catalog, typed, id):
    assert find_device(typed, catalog).id == id


@pytest.mark.parametrize("typed", ["4060 ti", "3080", "v100", "mi50", "strix halo", "m4 max"])
def test_a_name_that_leaves_the_memory_open_is_refused_with_the_choices(catalog, typed):
    with pytest.raises(QuestionError) as refused:
        find_device(typed, catalog)
    near = refused.value.hint
    assert sum(typed.replace(" ", "-") in word for word in near.replace(",", " ").split()) >= 2, near


def test_a_device_picked_by_its_largest_memory_is_said(catalog):
    assert meaning("device", "framework desktop", catalog) == "`framework desktop` means strix-halo-128gb"


# Dense TFLOPS with 32-bit accumulation, from the makers' papers: half of each sparse figure.
@pytest.mark.parametrize(
    ("id", "precision", "tflops"),
    [
        ("h100-sxm", "bf16", 989), ("h100-sxm", "fp8", 1979), ("h100-pcie", "bf16", 756), ("a100-sxm-80gb", "bf16", 312),
        ("a100-sxm-80gb", "int8", 624), ("l4", "bf16", 121), ("l40s", "bf16", 362), ("t4", "fp16", 65), ("a10", "bf16", 125),
        ("b200", "fp4", 9000), ("rtx-3090", "bf16", 71), ("rtx-4090", "bf16", 165.2), ("rtx-5090", "bf16", 209.5),
        ("rtx-a6000", "bf16", 154.8), ("rtx-6000-ada", "bf16", 364.2), ("rtx-pro-6000", "bf16", 503.8),
        ("rtx-2080-ti", "fp16", 53.8),
        ("mi250x", "bf16", 383), ("mi300x", "bf16", 1307.4), ("mi355x", "bf16", 2516.6), ("mi350x", "bf16", 2306.9),
        ("rx-7900-xtx", "fp16", 122.8), ("rx-9070-xt", "fp16", 194.6), ("gaudi2", "bf16", 432), ("tpu-v5e", "bf16", 197),
        ("trainium2", "bf16", 667), ("jetson-orin-nano-super-8gb", "int8", 33.4), ("jetson-agx-orin-64gb", "int8", 85.2),
    ],
)  # fmt: skip
def test_dense_peaks_are_those_of_the_makers(catalog, id, precision, tflops):
    assert catalog.devices[id].tflops_dense[precision] == pytest.approx(tflops, rel=0.005)


# Two sources differ: what is used, and that the other value is shown.
@pytest.mark.parametrize(
    ("id", "used", "other"),
    [
        ("rx-9070", 640, "560"), ("rx-9070-xt", 640, "624"), ("m1-max-64gb", 400, "409.6"), ("m1-pro-32gb", 200, "204.8"),
        ("m2-24gb", 100, "102.4"), ("m3-ultra-512gb", 819, "800"), ("m6-32gb", 170, "153"), ("a100-sxm-80gb", 2039, "2000"),
        ("b200", 8000, "7700"), ("b300", 8000, "7750"), ("h100-sxm", 3350, "2039"), ("rtx-4060", 272, "288"),
        ("rtx-5060", 448, "336"),
    ],
)  # fmt: skip
def test_a_conflict_is_settled_and_still_shown(catalog, id, used, other):
    device = catalog.devices[id]
    assert device.bandwidth_gb_per_s == used
    assert any(other in text for text in device.disagreements), device.disagreements


def test_cut_down_chips_are_devices_of_their_own(catalog):
    for full, cut in (("m3-max-64gb", "m3-max-30c-36gb"), ("m4-max-64gb", "m4-max-32c-36gb"), ("m5-max-64gb", "m5-max-32c-36gb")):
        ratio = catalog.devices[cut].bandwidth_gb_per_s / catalog.devices[full].bandwidth_gb_per_s
        assert ratio == pytest.approx(0.75, rel=0.01)  # three of four memory channels


def test_a_named_processor_takes_the_memory_given(catalog):
    machine = hardware_of(catalog, names=["ryzen-9-7950x"], ram_gb=64)
    # 2 channels x 8 bytes x 5,200 MT/s = 83.2 GB/s
    assert machine.devices[0].bandwidth_gb_per_s == pytest.approx(2 * 8 * 5.2)
    assert machine.ram_bytes == 64 * GIB


def test_every_class_has_devices_with_bandwidth_and_a_source(catalog):
    least = {"phone": 15, "board": 15, "cpu": 60, "apple": 20, "unified": 10, "accelerator": 8}
    for group, wanted in least.items():
        members = [device for device in catalog.devices.values() if device.device_class == group]
        assert len(members) >= wanted, group
        assert all(device.bandwidth_gb_per_s and device.sources for device in members)


def test_a_class_lists_its_devices_only(cli):
    ran = cli("list", "hardware", "--class", "phone", "--json")
    assert ran.code == 0
    assert {row["class"] for row in ran.json["hardware"]} == {"phone"}
    wrong = cli("list", "hardware", "--class", "tablet")
    assert wrong.code == 2
    assert "one of consumer-gpu" in wrong.err
    assert cli("list", "models", "--class", "phone").code == 2


def test_a_sheet_says_where_in_the_source_a_value_stands(cli):
    sheet = cli("show", "rtx-4090", "--format", "markdown").out
    assert "appendix A table 2: 1008 GB/sec" in sheet
    assert "link to another device" not in cli("show", "ryzen-9-7950x").out


@pytest.mark.parametrize("size", ["8", "12", "16", "24", "32", "48", "80"])
def test_an_anonymous_card_runs_what_most_cards_run(catalog, size):
    machine = hardware_of(catalog, vram=[size])
    assert "cuda" in machine.devices[0].backends
    assert all("fp16" in device.tflops_dense for device in machine.stand_ins)
    rates = sorted(device.bandwidth_gb_per_s for device in machine.stand_ins)
    assert machine.devices[0].bandwidth_gb_per_s == rates[len(rates) // 2]
