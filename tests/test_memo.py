"""Documents: an answer that somebody else reads later."""

from __future__ import annotations

import re
from html.parser import HTMLParser

ASKED = ("recommend", "--vram", "24", "--task", "code")


class Page(HTMLParser):
    """Checks that tags close, and keeps the words."""

    VOID = frozenset({"meta", "path", "circle", "line"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag not in self.VOID:
            self.open.append(tag)
        self.links += [value for name, value in attrs if name in ("href", "src", "srcset") and value]

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def test_html_memo_stands_alone(cli):
    ran = cli(*ASKED, "--format", "html")
    assert ran.code == 0
    page = Page()
    page.feed(ran.out)
    assert page.open == []
    words = " ".join(page.text)
    for part in (
        "question",
        "Evidence",
        "Licence duties",
        "made by",
        "llm-pick recommend --vram 24 --task code",
        "80 % interval",
    ):
        assert part in words
    assert "<svg" in ran.out
    assert not re.search(r'(?:src|srcset)="', ran.out), "nothing is loaded from anywhere"
    assert page.links
    assert all(link.startswith("https://") for link in page.links)


def test_markdown_memo_says_the_same(cli):
    html, markdown = (cli(*ASKED, "--format", form).out for form in ("html", "markdown"))
    picks = re.findall(r"^\| \d+ \| (\S+)", markdown, re.MULTILINE)
    assert len(picks) == 5
    assert all(f">{pick}<" in html for pick in picks)
    assert "### Evidence" in markdown
    assert "- made by: `llm-pick recommend" in markdown


def test_names_are_escaped(cli, tmp_path):
    from tests.making.model_files import gguf_bytes, gguf_metadata

    path = tmp_path / "t-Q4_K_M.gguf"
    path.write_bytes(gguf_bytes(gguf_metadata(general__name="<script>alert(1)</script>")))
    out = cli("inspect", str(path), "-H", "rtx-3090", "--format", "html").out
    assert "<script>alert" not in out
    assert "&lt;script&gt;alert(1)" in out
