"""What an environment holds, as a CycloneDX document (SBOM), and whether we may depend on it."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from license_expression import get_spdx_licensing
from uv import find_uv_bin

ROOT = Path(__file__).resolve().parent.parent
WRITER = "cyclonedx-bom>=7,<8"
ACCEPTED = {"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MPL-2.0", "PSF-2.0"}
"""None asks more of somebody who uses llm-pick unchanged than to keep notices."""
CLASSIFIED = {"License :: OSI Approved :: Apache Software License", "License :: OSI Approved :: BSD License"}
"""What some packages state beside an SPDX id, or (nvidia-ml-py) instead of one."""


def bill(python: Path, version: str) -> dict[str, Any]:
    """The CycloneDX document of the interpreter's environment, llm-pick of ``version`` as its subject."""
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "bill.json"
        writer = [find_uv_bin(), "tool", "run", "-q", "--from", WRITER, "cyclonedx-py", "environment"]
        options = ["--pyproject", ROOT / "pyproject.toml", "--output-reproducible", "--of", "JSON", "-o", written]
        env = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "VIRTUAL_ENV")}
        done = subprocess.run([*writer, *options, python], capture_output=True, text=True, env=env, check=False)
        if done.returncode:
            raise SystemExit(f"cyclonedx-py: {done.stderr}")
        found: dict[str, Any] = json.loads(written.read_text(encoding="utf-8"))
    subject = found["metadata"]["component"]
    subject |= {"version": version, "purl": f"pkg:pypi/{subject['name']}@{version}"}  # which pyproject.toml leaves to the package
    return found


def refused(found: dict[str, Any]) -> list[str]:
    """Components under a licence that is not accepted, or under none that is stated."""
    return [
        f"{part['name']}: {', '.join(stated(part)) or 'no licence stated'}" for part in found["components"] if not _accepted(part)
    ]


def unlisted(found: dict[str, Any]) -> list[str]:
    """Components that docs/dependencies.md does not name: what a dependency brings may change any day."""
    page = (ROOT / "docs/dependencies.md").read_text(encoding="utf-8")
    names = {part["name"].lower().replace("_", "-").replace(".", "-") for part in found["components"]}
    return sorted(name for name in names if f"| {name} |" not in page)


def stated(part: dict[str, Any]) -> list[str]:
    """The component's licences as its maker states them."""
    rows = [row.get("license", row) for row in part.get("licenses", ())]
    return [row.get("expression") or row.get("id") or row.get("name", "") for row in rows]


def _accepted(part: dict[str, Any]) -> bool:
    found = stated(part)
    return bool(found) and all(text in CLASSIFIED or _known(text) for text in found)


def _known(expression: str) -> bool:
    spdx = get_spdx_licensing()
    return not spdx.validate(expression).errors and set(spdx.license_keys(expression)) <= ACCEPTED
