"""Build wheel and sdist, install them as users do, and ask the installed command from an empty folder.

The sdist must give the same wheel as the checkout. Then come the newest allowed dependencies, the lowest (with the tests that
reach each of them), ``uv tool`` and ``pipx``, and the licences of everything that was installed. ``--all`` runs every test with
the lowest dependencies, ``--python PATH`` adds another interpreter, ``--dist FOLDER`` keeps what was built and a CycloneDX list
(SBOM) of what it brings. Everything else happens in a temporary folder. Needs a package index or a filled cache.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
import zipfile
from concurrent.futures import ThreadPoolExecutor
from email.parser import HeaderParser
from pathlib import Path

from packaging.requirements import Requirement
from tests.making.model_files import gguf_bytes
from uv import find_uv_bin

from tools.bill_of_materials import bill, refused, unlisted

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
UV = find_uv_bin()
PIPX = "pipx>=1.7,<2"
LOWEST_BUILD = "hatchling==1.27"
FACTS = "devices:\n- {id: my-card, like: rtx-4090, memory_gib: 48.0}\n"
QUESTIONS = (
    ("--help", "recommend", "typer"),
    ("recommend --vram 24 --task code --format table", "llama-server", "rich"),
    ("recommend -H my-card --catalog facts.yaml --json", '"recommendations"', "pydantic"),
    ("catalog validate facts.yaml", "0 problems", "pyyaml"),
    ("license deepseek-r1-distill-llama-8b --saas --region DE --json", "MIT AND LicenseRef", "license-expression"),
    ("breakeven --req-per-day 5000 --model qwen3-8b --format table", "S self-host, A API", "plotille"),
    ("breakeven --req-per-day 5000 --model qwen3-8b --format html", "<svg", "drawsvg"),
    ("fit qwen3-8b --vram 24", "weights", ""),
    ("compare qwen3-32b gpt-oss-20b", "qwen3-32b", ""),
    ("show rtx-4090 --json", '"facts"', ""),
    ("explain kv-cache --format html", "<h2", "markdown-it-py"),
    ("inspect tiny.gguf --vram 24 --json", '"fits"', ""),
    ("hardware detect --json", '"machine"', ""),
)
"""Question, what its answer holds, the direct dependency that it reaches."""
TESTS = {
    "typer": ("test_completion.py::test_only_what_begins_so_is_offered",),
    "pydantic": ("test_lint.py",),
    "pyyaml": ("test_strict_yaml.py",),
    "httpx2": ("test_inspect_hub.py::test_only_headers_travel", "test_inspect_hub.py::test_nobody_there"),
    "huggingface_hub": ("test_inspect_hub.py::test_gated_with_access", "test_inspect_hub.py::test_offline"),
    "genai-prices": ("test_catalog_refresh.py::test_new_prices_hold_from_now_on",),
    "nvidia-ml-py": ("test_detect.py::test_nvml_answers_before_nvidia_smi",),
}
"""Direct dependency → tests that reach more of it than a question does."""
TEST_TOOLS = ("pytest", "hypothesis", "jsonschema")


def main() -> int:
    """Say what was built, installed and answered; the first failure ends it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--all", action="store_true", help="every test with the lowest dependencies")
    parser.add_argument("--python", action="append", default=[], metavar="PATH", help="another interpreter")
    parser.add_argument("--dist", type=Path, metavar="FOLDER", help="keep wheel, sdist and SBOM")
    asked = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        wheel, sdist = build(place)
        with ThreadPoolExecutor(2) as pool:
            checks = [pool.submit(lowest, place, wheel, everything=asked.all), pool.submit(newest, place, wheel, asked.dist)]
            for done in checks:
                done.result()
        for python in asked.python:
            other = environment(place / f"other-{Path(python).parts[-3]}", python, wheel)
            told(ask(other.parent, place), python, other)
        if asked.dist is not None:
            for file in (wheel, sdist):
                shutil.copy(file, asked.dist)
    print(f"installs checked in {time.monotonic() - began:.0f} s")
    return 0


def build(place: Path) -> tuple[Path, Path]:
    """Wheel and sdist; the wheel is made from the sdist, and holds the package, no more and no less."""
    run(UV, "build", "-q", "--python", sys.executable, "--out-dir", place / "dist", ROOT)
    limits = place / "lowest-build.txt"
    limits.write_text(LOWEST_BUILD + "\n", encoding="utf-8")
    run(
        UV,
        "build",
        "-q",
        "--python",
        sys.executable,
        "--wheel",
        "--build-constraints",
        limits,
        "--out-dir",
        place / "direct",
        ROOT,
    )
    (wheel,), (sdist,) = (place / "dist").glob("*.whl"), (place / "dist").glob("*.tar.gz")
    (direct,) = (place / "direct").glob("*.whl")
    package = ROOT / "src"
    authored = {
        file.relative_to(package).as_posix(): file.read_bytes()
        for file in (package / "llm_pick").rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    for built, how in ((wheel, "from the sdist"), (direct, f"by {LOWEST_BUILD}")):
        held = {name: data for name, data in contents(built).items() if ".dist-info/" not in name}
        if held != authored:
            differs = sorted(name for name in held.keys() | authored.keys() if held.get(name) != authored.get(name))
            raise SystemExit(f"the wheel built {how} is not the package: {', '.join(differs)}")
    (info,) = (text for name, text in contents(wheel).items() if name.endswith(".dist-info/METADATA"))
    stated = HeaderParser().parsestr(info.decode())
    for field in ("Name", "Version", "Summary", "License-Expression", "License-File", "Requires-Python", "Classifier"):
        if not stated[field]:
            raise SystemExit(f"the wheel's metadata lack {field}")
    sizes = " and ".join(f"{file.name} ({file.stat().st_size / 2**20:.1f} MiB)" for file in (wheel, sdist))
    print(f"built {sizes}: the same package from the sdist and by {LOWEST_BUILD}")
    return wheel, sdist


def contents(wheel: Path) -> dict[str, bytes]:
    """Every file of a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def environment(folder: Path, python: str, *packages: str | Path) -> Path:
    """The interpreter of a new environment that holds the packages and what they need, without contradiction."""
    run(UV, "venv", "-q", "--python", python, folder)
    own = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    run(UV, "pip", "install", "-q", "--python", own, *packages)
    run(UV, "pip", "check", "--python", own)
    return own


def lowest(place: Path, wheel: Path, *, everything: bool) -> None:
    """The lower bounds of pyproject hold: the command answers, and the tests pass that reach each dependency."""
    names = [Requirement(text).name for text in PROJECT["project"]["dependencies"]]
    if untested := set(names) - {name for *_, name in QUESTIONS} - set(TESTS):
        raise SystemExit(f"name a question or test that reaches {', '.join(sorted(untested))} in tools/check_install.py")
    python = environment(place / "lowest", sys.executable, "--resolution", "lowest-direct", "-r", ROOT / "pyproject.toml", wheel)
    told(ask(python.parent, place), "lowest allowed dependencies", python, *names)
    dev = PROJECT["project"]["optional-dependencies"]["dev"]
    run(UV, "pip", "install", "-q", "--python", python, *(text for text in dev if everything or text.startswith(TEST_TOOLS)))
    chosen = ("-n", "2") if everything else tuple(f"tests/{test}" for tests in TESTS.values() for test in tests)
    found = run(python, "-m", "pytest", "-p", "no:cacheprovider", *chosen, cwd=ROOT)
    print(f"  tests with them: {found.strip().splitlines()[-1]}")


def newest(place: Path, wheel: Path, dist: Path | None) -> None:
    """What a user gets today: in an environment of his own, and as a tool."""
    python = environment(place / "newest", sys.executable, wheel)
    told(ask(python.parent, place), "newest allowed dependencies")
    licences(place, python, dist)
    for name, bin_folder in tools(place, wheel):
        told(version(bin_folder, place), name)


def tools(place: Path, wheel: Path) -> list[tuple[str, Path]]:
    """Installed as a tool of its own: how, and where the command lies."""
    env = {
        "PATH": f"{Path(UV).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "PIPX_HOME": place / "pipx",
        "PIPX_BIN_DIR": place / "pipx-bin",
        "PIPX_MAN_DIR": place / "pipx-man",
    }
    run(UV, "tool", "run", "-q", "--from", PIPX, "pipx", "install", "--python", sys.executable, wheel, env=env)
    env = {"UV_TOOL_DIR": place / "uv", "UV_TOOL_BIN_DIR": place / "uv-bin"}
    run(UV, "tool", "install", "-q", "--python", sys.executable, wheel, env=env)
    return [("pipx install", place / "pipx-bin"), ("uv tool install", place / "uv-bin")]


def ask(bin_folder: Path, place: Path) -> str:
    """The installed command answers from a folder that holds nothing of the project; what ``--version`` says."""
    empty = Path(tempfile.mkdtemp(dir=place))
    (empty / "tiny.gguf").write_bytes(gguf_bytes())
    (empty / "facts.yaml").write_text(FACTS, encoding="utf-8")
    python = next(file for file in bin_folder.iterdir() if file.stem == "python")

    for words, holds, _ in QUESTIONS:
        said = run(command(bin_folder), *words.split(), cwd=empty)
        if holds not in said:
            raise SystemExit(f"llm-pick {words}: `{holds}` is not in\n{said[-3000:]}")
    run(python, "-c", "import llm_pick; assert llm_pick.fit('qwen3-8b', vram=24).best.estimate.memory.fits", cwd=empty)
    if run(python, "-m", "llm_pick", "--version", "--json", cwd=empty) != (stated := version(bin_folder, place)):
        raise SystemExit("`python -m llm_pick` and `llm-pick` are not the same")
    return stated


def version(bin_folder: Path, place: Path) -> str:
    """What the installed command says of itself."""
    return run(command(bin_folder), "--version", "--json", cwd=place)


def command(bin_folder: Path) -> Path:
    """The command as installed there."""
    return bin_folder / ("llm-pick.exe" if os.name == "nt" else "llm-pick")


def told(stated: str, what: str, python: Path | None = None, *names: str) -> None:
    """Print what answered, with which versions."""
    said = json.loads(stated)
    print(f"{what}: llm-pick {said['version']}, catalog {said['catalog']['as_of']}, Python {said['python']}")
    if names and python is not None:
        code = "import sys; from importlib.metadata import version as v; print(*(f'{n} {v(n)}' for n in sys.argv[1:]), sep=', ')"
        print(f"  {run(python, '-c', code, *names).strip()}")


def licences(place: Path, python: Path, dist: Path | None) -> None:
    """Every licence of what was installed is accepted; new packages are told; the list is kept beside what was built."""
    number = json.loads(version(python.parent, place))["version"]
    found = bill(python, number)
    if wrong := refused(found):
        raise SystemExit("licences that are not accepted:\n" + "\n".join(wrong))
    new = unlisted(found)
    print(f"licences: {len(found['components'])} packages, all accepted" + (f"; new: {', '.join(new)}" if new else ""))
    if dist is not None:
        dist.mkdir(parents=True, exist_ok=True)
        (dist / f"llm_pick-{number}.cdx.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def run(*words: str | Path, cwd: Path | None = None, env: dict[str, str | Path] | None = None) -> str:
    """Standard output; ends the check with what went wrong otherwise."""
    clean = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "VIRTUAL_ENV")}
    clean |= {"UV_PYTHON_DOWNLOADS": "never", "PYTHONUTF8": "1", **{key: str(value) for key, value in (env or {}).items()}}
    argv = [str(word) for word in words]
    done = subprocess.run(argv, cwd=cwd, env=clean, capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode:
        raise SystemExit(f"exit {done.returncode}: {' '.join(argv)}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
