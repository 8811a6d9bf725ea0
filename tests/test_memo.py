"""Documents: an answer that somebody else reads later."""

from __future__ import annotations

import functools
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import pytest

from llm_pick.cli.output import without_output

ASKED = ("recommend", "--vram", "24", "--task", "code")
MEMOS = {
    ASKED: ("For code on any accelerator of 24 GB", "Alternatives", "Evidence: published results", "Costs:", "Licence duties"),
    ("fit", "qwen3-8b", "-H", "rtx-4070"): ("Memory and speed", "Memory needed, GiB", "Evidence: published results"),
    ("fit", "qwen3-8b", "--top", "3"): ("The cheapest of each class", "Decode speed by device", "Licence duties"),
    ("fit", "qwen3-8b", "-H", "rtx-3060-12gb", "-H", "rtx-4070"): (
        "rtx-3060-12gb; rtx-4070", "The machines", "Decode speed by machine",
    ),
    ("fit", "qwen3-8b", "-H", "rtx-4070", "--ladder", "contexts"): ("Longer contexts", "Memory needed, GiB", "Licence duties"),
    ("compare", "qwen3-8b", "gemma-3-12b"): ("Side by side", "Score at general", "Licence duties"),
    ("license", "llama-3.1-8b", "--saas", "--region", "DE"): ("commercial, region DE, saas yes", "Evidence: the texts"),
    ("breakeven", "--req-per-day", "50000", "--model", "llama-3.3-70b", "--api", "gpt-4o", "-H", "2x h100-sxm", "--saas"): (
        "The ways to serve it", "Evidence: the prices used", "Built with Llama", "80 % of self-host",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def ask(cli):
    """Each answer once."""
    return functools.cache(cli)


class Page(HTMLParser):
    """Checks that tags close, and keeps the words."""

    VOID = frozenset({"meta", "path", "circle", "line"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []
        self.links: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)
        self.links += [value for name, value in attrs if name in ("href", "src", "srcset") and value]

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def read(text):
    page = Page()
    page.feed(text)
    assert page.open == []
    return page


@pytest.mark.parametrize("asked", MEMOS, ids=" ".join)
def test_memo_stands_alone_and_says_everything(ask, asked):
    ran = ask(*asked, "--format", "html")
    assert ran.code == 0
    page = read(ran.out)
    words = " ".join(page.text)
    for part in ("Decision memo, as of", "Question", *MEMOS[asked], "made by", "catalog of"):
        assert part in words, part
    assert not re.search(r'(?:src|srcset)="|@import|url\(', ran.out), "nothing is loaded from anywhere"
    assert page.links
    assert all(link.startswith(("https://", "http://")) for link in page.links)


@pytest.mark.parametrize("asked", list(MEMOS)[:2], ids=" ".join)
def test_memo_is_for_everybody(ask, asked):
    """Headers say what they head; pictures say in words what they show; print and dark screens are thought of."""
    out = ask(*asked, "--format", "html").out
    page = read(out)
    heads = [attrs.get("scope") for tag, attrs in page.tags if tag == "th"]
    assert heads.count("col") > 5
    assert heads.count("row") > 5
    assert None not in heads
    pictures = re.findall(r"<svg.*?</svg>", out, re.DOTALL)
    assert pictures
    for picture in pictures:
        tree = ET.fromstring(picture)
        assert tree.get("role") == "img"
        assert tree.find("{http://www.w3.org/2000/svg}title").text == tree.get("aria-label")
        assert len(tree.find("{http://www.w3.org/2000/svg}desc").text) > 40
    assert "@media print" in out
    assert "prefers-color-scheme:dark" in out


def test_markdown_memo_says_the_same(ask):
    html, markdown = (ask(*ASKED, "--format", form).out for form in ("html", "markdown"))
    picks = re.findall(r"^\| \d+ \| (\S+)", markdown, re.MULTILINE)
    assert len(picks) == 5
    assert all(f">{pick}<" in html for pick in picks)
    titles = re.findall(r"^## (.*)", markdown, re.MULTILINE)
    shown = [title for title in re.findall(r"<h2>(.*?)</h2>", html) if not title.startswith("Score at")]
    assert titles == shown, "the same parts in the same order, pictures apart"
    assert "- made by: `llm-pick recommend" in markdown


def test_made_by_leaves_out_where_it_was_written(cli, tmp_path):
    place = str(tmp_path / "a.md")
    assert cli("show", "apache-2.0", "-o", place, "--format", "markdown").code == 0
    assert "made by: `llm-pick show apache-2.0 --format markdown`" in (tmp_path / "a.md").read_text(encoding="utf-8")
    for given in (["-o", place], [f"--output={place}"], [f"-o{place}"], ["--output", place]):
        assert without_output(["show", *given, "mit"]) == ["show", "mit"]


def test_no_answer_keeps_the_question(cli):
    ran = cli("recommend", "--vram", "1", "--context", "128k", "--format", "html")
    assert ran.code == 1
    assert "No model satisfies this for general on any accelerator of 1 GB" in ran.out
    assert "128k tokens" in ran.out


def test_addresses_in_remarks_are_links(ask):
    page = read(ask(*list(MEMOS)[1], "--explain", "--format", "html").out)
    said = " ".join(page.text)
    assert "How it was worked out" in said
    assert "https://" not in said, "an address is a link, shown without its scheme"
    assert not any(link.endswith((")", ",", ";")) for link in page.links)


def test_names_are_escaped(cli, tmp_path):
    from tests.making.model_files import gguf_bytes, gguf_metadata

    path = tmp_path / "t-Q4_K_M.gguf"
    path.write_bytes(gguf_bytes(gguf_metadata(general__name="<script>alert(1)</script>")))
    out = cli("inspect", str(path), "-H", "rtx-3090", "--format", "html").out
    assert "<script>alert" not in out
    assert "&lt;script&gt;alert(1)" in out
    assert "4,096 tokens per sequence, all that" in out, "the context that was cut is the one that is told"


def test_a_page_of_explain_is_set_as_text(cli):
    out = cli("explain", "kv-cache", "--format", "html").out
    assert "<h2>What makes it smaller</h2>" in out
    assert "##" not in read(out).text
    assert out.index("What makes it smaller") < out.index("<h2>Sources</h2>") < out.index("arxiv.org/abs")
