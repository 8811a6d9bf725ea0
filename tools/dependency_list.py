"""docs/dependencies.md: what an installation brings, with licences, read from the installed packages' own metadata."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

HEAD = """# What an installation brings

Generated from the metadata of the installed packages (`python -m tools.generate_docs`): direct dependencies with the
versions that are allowed, then what those bring. Nothing else is installed; nothing is downloaded at run time unless a
command is about the network.

Every licence here asks no more of you than to keep notices when you pass the packages on; the only copyleft is tqdm's MPL-2.0,
which ends at its own files. CI installs the lowest and the newest allowed versions from the built wheel, lists what came as
CycloneDX, and fails on a licence that is not in `tools/bill_of_materials.py`. `make dist` puts that list (an SBOM, with versions
and package addresses) beside wheel and sdist. Of your own environment: `uvx --from cyclonedx-bom cyclonedx-py environment PYTHON`.
"""


def page() -> str:
    """The whole page. Versions found are left out: they differ from day to day, the licences hardly."""
    project = tomllib.loads((Path(__file__).resolve().parent.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    direct = {_name(requirement.name): requirement for requirement in map(Requirement, project["dependencies"])}
    lines = [HEAD, "| direct | allowed | licence |", "|---|---|---|"]
    lines += [f"| {name} | {_range(direct[name])} | {_licence(name)} |" for name in sorted(direct)]
    lines += ["", "| brought by those | licence |", "|---|---|"]
    lines += [f"| {name} | {_licence(name)} |" for name in sorted(_closure(set(direct)) - set(direct))]
    return "\n".join(lines) + "\n"


def _range(requirement: Requirement) -> str:
    return ", ".join(sorted((str(part) for part in requirement.specifier), key=lambda text: text.startswith("<")))


def _requirements(name: str) -> list[Requirement]:
    """What a package needs on this platform without extras."""
    found = [Requirement(text) for text in metadata.requires(name) or ()]
    return [requirement for requirement in found if requirement.marker is None or requirement.marker.evaluate({"extra": ""})]


def _closure(names: set[str]) -> set[str]:
    seen: set[str] = set()
    while names - seen:
        name = (names - seen).pop()
        seen.add(name)
        try:
            names |= {_name(requirement.name) for requirement in _requirements(name)}
        except metadata.PackageNotFoundError:
            continue
    return seen


def _name(text: str) -> str:
    return re.sub(r"[-_.]+", "-", text).lower()


def _licence(name: str) -> str:
    """The SPDX expression where there is one, else the field, else the classifiers."""
    try:
        found = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return "not installed"
    stated = found.get("License-Expression") or found.get("License") or ""
    if stated and len(stated) < 60:
        return stated.splitlines()[0].removesuffix(" License")
    classified = [text.rsplit(" :: ", 1)[-1] for text in found.get_all("Classifier") or () if text.startswith("License ::")]
    return ", ".join(text.removesuffix(" License") for text in classified) or "not stated"
