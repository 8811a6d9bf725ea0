"""Build the sdist, from that the wheel, install it into a clean environment, and ask it from an empty folder.

``--lowest`` also installs the lowest allowed version of every direct dependency and runs the tests of the command line with
them. Everything happens in a temporary folder. Needs a package index or a filled cache.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT, BUILD = _PYPROJECT["project"], _PYPROJECT["build-system"]
CLI_TESTS = ("tests/test_cli.py", "tests/test_completion.py", "tests/test_api.py")


def main() -> int:
    """Say what was installed and what it answered; the first failure ends it."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        builder = environment(place / "builder", *BUILD["requires"], package=False)
        source = "import sys, hatchling.build as b; print(b.build_sdist(sys.argv[1]))"
        sdist = place / run(builder, "-c", source, place, cwd=ROOT).strip().splitlines()[-1]
        run(builder, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", place, sdist)
        wheel = next(place.glob("*.whl"))
        check(environment(place / "clean", wheel), place, "newest allowed dependencies")
        if "--lowest" in sys.argv[1:]:
            lowest(place, wheel)
    return 0


def lowest(place: Path, wheel: Path) -> None:
    """The lower bounds of pyproject hold: the tests of the command line pass with exactly those versions."""
    pins = [re.sub(r">=([\w.]+).*", r"==\1", text) for text in PROJECT["dependencies"]]
    tools = [
        text
        for text in PROJECT["optional-dependencies"]["dev"]
        if text.startswith(("pytest", "hypothesis", "jsonschema", "genai-prices", "numpy", "scipy"))
    ]
    python = environment(place / "lowest", wheel, *pins, *tools)
    check(python, place, f"lowest allowed dependencies ({', '.join(pins)})")
    print(run(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *CLI_TESTS, cwd=ROOT).strip().splitlines()[-1])


def environment(folder: Path, *packages: str | Path, package: bool = True) -> Path:
    """The interpreter of a new environment that holds the packages and what they need."""
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    run(python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *packages)
    if package:
        run(python, "-m", "pip", "check", "--disable-pip-version-check")
    return python


def check(python: Path, place: Path, what: str) -> None:
    """The installed command answers from a folder that holds nothing of the project."""
    empty = place / f"empty-{len(list(place.iterdir()))}"
    empty.mkdir()
    command = python.parent / ("llm-pick.exe" if os.name == "nt" else "llm-pick")
    version = json.loads(run(command, "--version", "--json", cwd=empty))
    answer = json.loads(run(command, "recommend", "--vram", "24", "--task", "code", "--json", cwd=empty))
    run(command, "recommend", "--vram", "24", "--format", "table", cwd=empty)
    run(python, "-c", "import llm_pick; assert llm_pick.fit('qwen3-8b', vram=24).best.estimate.memory.fits", cwd=empty)
    print(
        f"{what}: llm-pick {version['version']}, catalog {version['catalog']['as_of']}: {answer['recommendations'][0]['model']['id']}"
    )


def run(*words: str | Path, cwd: Path | None = None) -> str:
    """Standard output; ends the check with what went wrong otherwise."""
    env = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run([str(word) for word in words], cwd=cwd, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, words))}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
