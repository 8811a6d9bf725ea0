"""Every command in README, CONTRIBUTING and docs runs; every local link leads somewhere; set-up is two lines."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import pytest
from tools import catalog_reference

PAGES = [Path("README.md"), Path("CONTRIBUTING.md"), *sorted(Path("docs").rglob("*.md"))]
_INLINE = re.compile(r"`(llm-pick [^`\n]+)`")
_BLOCK = re.compile(r"^\s*\$? ?(llm-pick [^\n#]+)$", re.MULTILINE)
_PLACEHOLDER = re.compile(
    r"[|]|\b[A-Z]{4,}\b(?!-)|…|<|FILE|DIR|^llm-pick inspect|^llm-pick catalog (?:add|refresh)|\bID\b|memo\.html"
    r"|--install-completion"
)
"""What cannot be run as it stands: placeholders, files that are not here, the network, and what writes."""


def commands():
    found = {}
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for command in [*_INLINE.findall(text), *_BLOCK.findall(text)]:
            bare = re.split(r"  | -->", command)[0].strip()
            if not _PLACEHOLDER.search(bare):
                found.setdefault(bare, page.name)
    return sorted(found.items())


@pytest.mark.parametrize(("command", "page"), commands())
def test_example_runs(cli, command, page):
    ran = cli(*shlex.split(command)[1:])
    assert ran.code in (0, 1), f"{page}: {command}\n{ran.err}"
    assert ran.out


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_local_links_resolve(page):
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page}: {target}"


def test_every_guide_fits_on_a_page():
    for page in Path("docs/guides").glob("*.md"):
        assert len(page.read_text(encoding="utf-8").splitlines()) <= 75, page


def test_every_page_is_reachable_from_the_index():
    index = Path("docs/README.md").read_text(encoding="utf-8")
    for page in [path for path in PAGES if path.parent.name in ("docs", "guides") and path.name != "README.md"]:
        assert f"({page.relative_to('docs').as_posix()}" in index, page


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
