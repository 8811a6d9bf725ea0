"""Display controllers as ``lspci -nn`` names them, for devices whose own tool is not installed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from llm_pick.io.detect.probe import Probe

_LINE = re.compile(r"^(\S+) [^\[\n]*\[03[0-9a-f]{2}\]: (.+?) \[([0-9a-f]{4}):([0-9a-f]{4})\]", re.MULTILINE)
_MAKER = re.compile(r"^.*?(?:Corporation|Inc\. \[AMD/ATI\]|Inc\.)\s+")


class Listed(NamedTuple):
    """One display controller."""

    slot: str
    name: str
    """The marketing name where the list knows one, else the chip's."""
    vendor: str
    device: str


def parse(text: str) -> list[Listed]:
    """Display controllers (class 03xx) of ``lspci -nn``; the name in square brackets is the marketing one."""
    out = []
    for slot, words, vendor, device in _LINE.findall(text):
        bare = _MAKER.sub("", words)
        inner = re.search(r"\[([^\]]+)\]$", bare)
        out.append(Listed(slot, inner.group(1) if inner else bare, vendor, device))
    return out


def listed(probe: Probe, vendor: str) -> list[Listed]:
    """Display controllers of one vendor (four hexadecimal digits)."""
    return [item for item in parse(probe.run("lspci", "-nn") or "") if item.vendor == vendor]
