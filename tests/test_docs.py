"""Every command in README, CONTRIBUTING and docs runs, what is shown of its output is compared, every link leads somewhere.

How each kind of block is held:

* ``console``: stands between ``<!-- generated: llm-pick … -->`` and ``<!-- end -->``. ``python -m tools.generate_docs --check``
  (part of ``make check``) runs the command and compares the output to the last letter;
* ``python``: the same command runs the code and compares what it prints with the ``text`` block below it;
* ``sh``, and commands in running text: run here, each once, unless ``NOT_RUN`` says why not;
* ``yaml``, ``toml``: given to the program here;
* ``text``: formulas and usage lines. No command may hide in one.
"""

from __future__ import annotations

import itertools
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from tests.making.model_files import gguf_bytes, gguf_metadata
from tools import catalog_reference
from tools.accuracy_summary import misses, summary
from tools.generate_docs import WHOLE
from tools.write_accuracy import with_block

PAGES = [Path("README.md"), Path("CONTRIBUTING.md"), *sorted(Path("docs").rglob("*.md"))]
PROGRAMS = ("llm-pick", "python -m", "make", "pip", "pipx", "uv", "vllm")

CI = "CI runs it beside the tests"
NETWORK = "asks the network; run against a server of its own in tests/test_inspect_hub.py and tests/test_catalog_refresh.py"
INSTALLS = "installs; tools/check_install.py does it in a clean environment in CI"
ROWS = "wants measured rows, which are not part of this repository"
NOT_RUN = {
    "make catalog": CI,
    "make catalog PYTHON=python3": CI,
    "make check": CI,
    "make install-check": CI,
    "make dist": "every test again, with the lowest dependencies",
    "make docs": f"writes what `make check` compares, and {CI}",
    "python -m pytest": CI,
    "python -m tools.generate_docs": CI,
    "llm-pick catalog validate data": CI,
    "llm-pick --install-completion": "writes to the shell's start-up file; tests/test_completion.py completes names",
    "llm-pick catalog add ORG/NAME": NETWORK,
    "llm-pick catalog add ORG/NAME --print": NETWORK,
    "llm-pick catalog refresh --dry-run": NETWORK,
    "llm-pick catalog refresh --only prices": NETWORK,
    "llm-pick inspect ORG/NAME": NETWORK,
    "llm-pick inspect unsloth/Qwen3-8B-GGUF": NETWORK,
    "llm-pick inspect unsloth/Qwen3-8B-GGUF --vram 12": NETWORK,
    "pip install .": INSTALLS,
    "pip install -U genai-prices": INSTALLS,
    "pipx install .": INSTALLS,
    "uv tool install .": INSTALLS,
    "vllm bench serve --max-concurrency N --request-rate inf": "another program's, on a GPU",
    "python -m benchmarks.accuracy --truth DIR": ROWS,
    "python -m tools.write_accuracy --truth DIR": ROWS,
    "python -m benchmarks.startup": "minutes of timing, which differ by machine",
    "python -m benchmarks.scale": "a minute of timing, which differs by machine",
    "python -m tools.fit_quality --validate": "minutes of refitting; make catalog fits",
    "python -m tools.placing_table --validate": "minutes of refitting; make catalog fits",
    "python -m tools.place_api_models --validate": "minutes of refitting; make catalog fits",
    "python -m tools.import_artifacts": "rewrites data/ from checkouts that are not here",
    "python -m tools.sample_facts": "tests/test_sample_facts.py draws",
}
"""Commands of the pages that are not run here, word for word, and why."""

_FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_GENERATED = re.compile(r"<!-- generated: (llm-pick .*?) -->\n.*?<!-- end -->", re.DOTALL)


def commands():
    """Every command of every page, once, with the first page it stands on; shown ones are compared elsewhere."""
    found, shown = {}, set()
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        shown |= {command.split(" | ")[0] for command in _GENERATED.findall(text)}
        prose = _FENCE.sub("", text)
        said = re.findall(r"`([^`\n]+)`", prose)
        said += [line for kind, body in _FENCE.findall(text) if kind == "sh" for line in body.splitlines()]
        for command in (re.sub(r"\s+#.*", "", line).strip() for line in said):
            if command.startswith(tuple(f"{program} " for program in PROGRAMS)) or command == "make":
                found.setdefault(command, page)
    found = {command: page for command, page in found.items() if command not in shown and "python3 -m venv" not in command}
    return sorted(found.items())


@pytest.fixture(scope="session")
def stand_ins(tmp_path_factory):
    """What to put for the words in capitals and for files that the reader has."""
    folder = tmp_path_factory.mktemp("docs")
    (profile,) = [body for kind, body in _FENCE.findall(Path("docs/guides/compliance.md").read_text("utf-8")) if kind == "yaml"]
    (folder / "profile.yaml").write_text(profile, encoding="utf-8")
    (folder / "model-Q4_K_M.gguf").write_bytes(gguf_bytes(gguf_metadata()))
    return {
        "FILE": str(folder / "profile.yaml"), "DIR": str(folder / "notices"), "./model.gguf": str(folder / "model-Q4_K_M.gguf"),
        "ID": "qwen3-8b", "YOUR-MODEL": "qwen3-8b", "MODEL": "qwen3-8b", "NAME": "llama-3.1-8b", "COMMAND": "fit",
    }  # fmt: skip


@pytest.mark.parametrize(("command", "page"), [pair for pair in commands() if pair[0] not in NOT_RUN])
def test_command_runs(cli, stand_ins, command, page):
    words = [stand_ins.get(word, word) for word in shlex.split(command)]
    if words[0] == "llm-pick":
        ran = cli(*words[1:])
        assert ran.code in (0, 1), f"{page}: {command}\n{ran.err}"
        assert ran.out
        return
    program = [sys.executable] if words[0] == "python" else [words[0]]
    done = subprocess.run([*program, *words[1:]], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, f"{page}: {command}\n{done.stderr}"


def test_every_exception_still_stands_on_a_page():
    assert set(NOT_RUN) <= {command for command, _ in commands()}


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_block_is_of_a_kind_that_is_held(page):
    text = page.read_text(encoding="utf-8")
    inside = "".join(match.group() for match in _GENERATED.finditer(text))
    for kind, body in _FENCE.findall(text):
        assert kind in ("sh", "console", "python", "yaml", "toml", "text"), f"{page}: ```{kind}"
        if kind == "console":
            assert body in inside, f"{page}: this output is compared with nothing:\n{body}"
        if kind == "python":
            assert f"{body}```\n\n<!-- output -->" in text, f"{page}: this code is not run:\n{body}"
        if kind == "text" and page.name not in WHOLE:
            assert not re.search(rf"^(\$|{'|'.join(PROGRAMS)}) ", body, re.MULTILINE), f"{page}: a command hides in:\n{body}"
    lines = _FENCE.sub("", text).splitlines()
    indented = [now for before, now in itertools.pairwise(lines) if now.startswith("    ") and not before.strip()]
    assert not indented, f"{page}: set code between fences, so that it is held: {indented}"


@pytest.mark.parametrize("page", ["docs/settings.md", "docs/quick-start.md"])
def test_settings_shown_are_accepted(cli, tmp_path, page):
    (shown,) = [body for kind, body in _FENCE.findall(Path(page).read_text("utf-8")) if kind == "toml"]
    path = tmp_path / "config.toml"
    path.write_text(shown, encoding="utf-8")
    ran = cli("recommend", "--json", LLM_PICK_CONFIG=str(path))
    assert ran.code == 0, ran.err
    assert any(str(path) in text for text in ran.json["assumptions"])


def slugs(text):
    """Anchors that a forge makes of the headings."""
    found = []
    for heading in re.findall(r"^#{1,6} (.*)$", _FENCE.sub("", text), re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").lower()
        found.append(re.sub(r"[^\w\- ]", "", plain).strip().replace(" ", "-"))
    return found


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_local_links_and_anchors_resolve(page):
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)]+)\)", text):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page.resolve()
        assert there.exists(), f"{page}: {target}"
        if anchor:
            assert anchor in slugs(there.read_text(encoding="utf-8")), f"{page}: {target}"


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_headings_go_down_one_step_at_a_time(page):
    levels = [len(marks) for marks in re.findall(r"^(#{1,6}) ", _FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(now - before <= 1 for before, now in itertools.pairwise(levels))


LONGEST_PARAGRAPH = 900
"""Letters: about ten lines on a forge."""


@pytest.mark.parametrize("page", [page for page in PAGES if page.name not in WHOLE], ids=str)
def test_no_wall_of_text(page):
    bare = re.sub(r"<!--.*?-->\n?", "", _FENCE.sub("", page.read_text(encoding="utf-8")))
    for part in bare.split("\n\n"):
        items = re.split(r"\n(?=[-*] |\d+\. )", part)
        assert part.lstrip().startswith("|") or max(map(len, items)) <= LONGEST_PARAGRAPH, f"{page}:\n{part}"


def test_summaries_follow_from_the_tables():
    accuracy, trust = (Path(f"docs/{name}.md").read_text(encoding="utf-8") for name in ("accuracy", "trust"))
    assert with_block(accuracy, "summary", summary(accuracy)) == accuracy
    assert with_block(trust, "misses", misses(accuracy)) == trust


def test_every_guide_fits_on_a_page():
    for page in Path("docs/guides").glob("*.md"):
        assert len(page.read_text(encoding="utf-8").splitlines()) <= 75, page


def test_every_page_is_reachable_from_the_index():
    index = Path("docs/README.md").read_text(encoding="utf-8")
    for page in Path("docs").rglob("*.md"):
        if page.parent.name != "decisions" and page != Path("docs/README.md"):
            assert f"({page.relative_to('docs').as_posix()}" in index, page


def test_every_decision_is_in_its_index():
    index = Path("docs/decisions/README.md").read_text(encoding="utf-8")
    for page in Path("docs/decisions").glob("0*.md"):
        title = page.read_text(encoding="utf-8").splitlines()[0].partition(". ")[2]
        assert f"({page.name}) | {title} |" in index


def test_every_field_of_the_catalog_has_a_meaning():
    assert catalog_reference.missing() == []


def test_every_command_is_in_the_reference(cli):
    page = Path("docs/cli.md").read_text(encoding="utf-8")
    for line in cli("--help").out.split("Commands:")[1].splitlines():
        if re.match(r"  \w+ ", line):
            assert f"## llm-pick {line.split()[0]}" in page


def test_every_dependency_is_in_the_list():
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
    page = Path("docs/dependencies.md").read_text(encoding="utf-8")
    for text in project["dependencies"]:
        name, allowed = re.match(r"([\w-]+)(.*)", text).groups()
        assert f"| {name.replace('_', '-')} | {allowed.replace(',', ', ')} |" in page


def test_readme_has_two_one_line_sh_blocks():
    blocks = re.findall(r"```sh\n(.*?)```", Path("README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 2
    assert all(len(block.strip().splitlines()) == 1 for block in blocks)
    assert "llm-pick recommend --vram 24 --task code" in blocks[0]


def test_the_example_of_own_facts_is_the_file_that_is_run():
    page = Path("docs/own-facts.md").read_text(encoding="utf-8")
    assert re.findall(r"```yaml\n(.*?)```", page, re.DOTALL) == [Path("docs/examples/own-facts.yaml").read_text(encoding="utf-8")]
