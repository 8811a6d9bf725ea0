"""Every command in README, CONTRIBUTING and docs runs; every local link leads somewhere; set-up is two lines."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

PAGES = [Path("README.md"), Path("CONTRIBUTING.md"), *sorted(Path("docs").rglob("*.md"))]
_INLINE = re.compile(r"`(llm-pick [^`\n]+)`")
_BLOCK = re.compile(r"^\s*\$? ?(llm-pick [^\n#]+)$", re.MULTILINE)
_PLACEHOLDER = re.compile(r"[|]|[A-Z]{4,}|…|<|FILE|DIR")


def commands():
    found = {}
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for command in [*_INLINE.findall(text), *_BLOCK.findall(text)]:
            bare = command.split("  ")[0].strip()
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


def test_readme_has_two_one_line_sh_blocks():
    blocks = re.findall(r"```sh\n(.*?)```", Path("README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 2
    assert all(len(block.strip().splitlines()) == 1 for block in blocks)
    assert "llm-pick recommend --vram 24 --task code" in blocks[0]


def test_the_example_of_own_facts_is_the_file_that_is_run():
    page = Path("docs/own-facts.md").read_text(encoding="utf-8")
    assert re.findall(r"```yaml\n(.*?)```", page, re.DOTALL) == [Path("docs/examples/own-facts.yaml").read_text(encoding="utf-8")]
