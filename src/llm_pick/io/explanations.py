"""The pages of ``explain``: Markdown files in the package, one per topic."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "explanations"


def topics() -> tuple[str, ...]:
    """Every topic that has a page, in alphabetical order."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.md")))


def page(topic: str) -> tuple[str, str]:
    """Title and body of one of ``topics()``."""
    text = (FOLDER / f"{topic}.md").read_text(encoding="utf-8")
    head, _, body = text.partition("\n")
    return head.removeprefix("# ").strip(), body.strip()
