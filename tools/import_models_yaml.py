"""Reading and writing data/models.yaml: block style for records, one line per layer group."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Any

import yaml

from llm_pick.core import catalog

if TYPE_CHECKING:
    from pathlib import Path

Row = dict[str, Any]


class _Flow(dict[str, Any]):
    """A mapping written on one line."""


class _FlowList(list[Any]):
    """A list written on one line."""


class _Dumper(yaml.SafeDumper):
    """Block style with flow-style leaves, lists indented."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


_Dumper.add_representer(_Flow, lambda d, v: d.represent_mapping("tag:yaml.org,2002:map", v.items(), flow_style=True))
_Dumper.add_representer(_FlowList, lambda d, v: d.represent_sequence("tag:yaml.org,2002:seq", v, flow_style=True))


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    dated = re.fullmatch(r"\d{4}-\d\d(-\d\d)?", value)
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="'" if dated else None)


_Dumper.add_representer(str, _text)


ORDER = [field.name for field in dataclasses.fields(catalog.Model)]
SHAPE_ORDER = [field.name for field in dataclasses.fields(catalog.Architecture)]


def styled(model: Row) -> Row:
    """A record with fields in the order of the dataclass and its leaves in flow style."""
    out: Row = {}
    for name in ORDER:
        if name not in model or name == "family":
            continue
        value = model[name]
        if name == "architecture" and value:
            value = {key: [_Flow(group) for group in value[key]] if key in ("mixers", "ffns") else value[key]
                     for key in SHAPE_ORDER if key in value}  # fmt: skip
        elif name in ("modalities_in", "modalities_out", "aliases", "base_licenses"):
            value = _FlowList(value)
        elif name == "artifacts":
            value = [_Flow(item) for item in value]
        elif name == "sources":
            value = {key: _FlowList(item) for key, item in value.items()}
        out[name] = value
    return out


def write(path: Path, families: list[Row]) -> None:
    """Write the file; families sorted by id, models by release date and id."""
    out = []
    for family in sorted(families, key=lambda f: f["id"]):
        models = sorted(family["models"], key=lambda m: (m["released"], m["id"]))
        out.append(
            {
                "id": family["id"],
                "name": family["name"],
                "vendor": family["vendor"],
                "models": [styled(model) for model in models],
            }
        )
    text = yaml.dump({"families": out}, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=140)
    path.write_text("# yaml-language-server: $schema=../schemas/models.schema.json\n" + text, encoding="utf-8")


def load(path: Path) -> list[Row]:
    """Families of an existing file."""
    rows: list[Row] = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["families"]
    return rows


def write_references(path: Path, rows: list[Row]) -> None:
    """Write a list of references as its own file."""
    text = yaml.dump({"references": rows}, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=140)
    path.write_text(text, encoding="utf-8")
