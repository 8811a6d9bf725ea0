"""Slips in device records that arithmetic shows: sparse peaks, wrong units, stale unknowns."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llm_pick.core.catalog import Device
    from llm_pick.schema.load import AuthoredCatalog
    from llm_pick.schema.strict_yaml import Problem

_TOLERANCE = 0.03
"""Makers round their peaks and rates."""
_PEAK_RATIOS = (
    ("bf16", "fp16", (1,)),
    ("fp8", "bf16", (2,)),
    ("fp8", "fp16", (2,)),
    ("int8", "fp16", (2, 4)),
    ("int8", "fp8", (1, 2)),
    ("fp4", "fp8", (2, 4)),
)
"""(precision, by precision, ratios): a factor of two beyond is a sparse figure or another accumulation.

4 is right where 16-bit products are summed in 32 bits at half rate, as on consumer cards.
"""
_GB_PER_S = {
    "phone": (5, 200),
    "board": (5, 600),
    "cpu": (5, 2000),
    "unified": (20, 1000),
    "apple": (30, 3000),
    "consumer-gpu": (10, 4000),
    "workstation-gpu": (10, 5000),
    "datacentre-gpu": (50, 30000),
    "accelerator": (100, 50000),
}
"""Class → bandwidths that exist: Gbit for GB, or TB for GB, falls outside."""
_PCIE_GB_PER_S = {"1.0": 0.25, "2.0": 0.5, "3.0": 0.985, "4.0": 1.969, "5.0": 3.938, "6.0": 7.563}
"""One lane, one direction, after encoding (PCI Express base specification)."""
_PCIE = re.compile(r"pcie (\d\.0) x(\d+)$")
_RATE = re.compile(r"[A-Z0-9]+-(\d{3,5})$")
_CHANNEL_BYTES = 2
"""The narrowest memory channel in use is 16 bits wide."""


def devices(catalog: AuthoredCatalog, _today: str) -> Iterator[Problem]:
    """Every device whose figures contradict one another; a note that names the odd figure settles it."""
    for authored in catalog.sections["devices"]:
        device = authored.record
        for key, text in (*_peaks(device), *_bandwidth(device), *_link(device), *_unknowns(device)):
            yield authored.problem(text, key)


def _said(device: Device, word: str) -> bool:
    return any(word.lower() in text.lower() for text in (*device.notes, *device.disagreements))


def _near(value: float, wanted: float) -> bool:
    return abs(value / wanted - 1) <= _TOLERANCE


def _peaks(device: Device) -> Iterator[tuple[str, str]]:
    peaks = device.tflops_dense
    for precision, by, ratios in _PEAK_RATIOS:
        if not peaks.get(precision) or not peaks.get(by):
            continue
        ratio = peaks[precision] / peaks[by]
        if not any(_near(ratio, wanted) for wanted in ratios) and not (_said(device, precision) or _said(device, by)):
            usual = " or ".join(map(str, ratios))
            yield "tflops_dense", f"{precision} is {ratio:.3g} times {by}, usual is {usual}: a sparse figure? say why in notes"
    if peaks.get("fp16") and peaks.get("fp32") and peaks["fp16"] < peaks["fp32"] * (1 - _TOLERANCE):
        yield "tflops_dense", "fp16 is slower than fp32: leave it out and say why under unknown"


def _bandwidth(device: Device) -> Iterator[tuple[str, str]]:
    key, stated = "bandwidth_gb_per_s", device.bandwidth_gb_per_s
    if device.device_class not in _GB_PER_S:
        yield "device_class", f"`{device.device_class}` is not one of {', '.join(sorted(_GB_PER_S))}"
        return
    low, high = _GB_PER_S[device.device_class]
    if not low <= stated <= high:
        yield key, f"{stated:g} GB/s is outside {low} to {high}, what a {device.device_class} has: another unit?"
    rate = _RATE.match(device.memory_kind or "")
    if rate:
        width = stated * 1000 / int(rate[1])
        channels = max(1, round(width / _CHANNEL_BYTES))
        if not _near(width, channels * _CHANNEL_BYTES) and not _said(device, f"{stated:g}"):
            yield key, f"{stated:g} GB/s is no whole number of channels of {device.memory_kind}: {width:.2f} bytes wide"


def _link(device: Device) -> Iterator[tuple[str, str]]:
    slot = _PCIE.match(device.interconnect or "")
    if slot and slot[1] in _PCIE_GB_PER_S and device.interconnect_gb_per_s:
        wanted = _PCIE_GB_PER_S[slot[1]] * int(slot[2])
        if not _near(device.interconnect_gb_per_s, wanted):
            yield "interconnect_gb_per_s", f"{device.interconnect} moves {wanted:.3g} GB/s in one direction"


def _unknowns(device: Device) -> Iterator[tuple[str, str]]:
    for key in device.unknown:
        name, _, part = key.partition(".")
        value = getattr(device, name, None)
        if value not in (None, (), {}) if not part else part in (value or {}):
            yield "unknown", f"`{key}` has a value and a reason why it has none"
    if device.memory_gib is None and not device.memory_options_gib and "memory_gib" not in device.unknown:
        yield "memory_gib", "no memory, no capacities and no reason why"
