"""For pipes and files: tab-separated, untruncated, one record a line."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llm_pick.render.view import Table, View


def to_plain(view: View) -> str:
    """Tables as tab-separated lines under a header, then details as ``label<TAB>text``."""
    blocks = [
        "\n".join("\t".join(_cell(cell) for cell in row) for row in _rows(table)) for table in view.tables
    ]
    if view.details:
        blocks.append("\n".join(f"{label}\t{_cell(text)}" for label, text in view.details))
    if not view.tables and view.headline:
        blocks.insert(0, view.headline)
    return "\n\n".join(blocks) + "\n"


def to_csv(view: View) -> str:
    """The first table as RFC 4180 CSV."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for table in view.tables[:1]:
        writer.writerows(_rows(table))
    return out.getvalue()


def to_markdown(view: View) -> str:
    """Headline, tables, details and remarks as GitHub-flavoured Markdown."""
    parts = [f"**{view.headline}**"] if view.headline else []
    for table in view.tables:
        if table.title:
            parts.append(f"### {table.title}")
        marks = " | ".join("---:" if column.right else "---" for column in table.columns)
        head, *rows = [" | ".join(_cell(cell).replace("|", "\\|") for cell in row) for row in _rows(table)]
        parts.append("\n".join(f"| {line} |" for line in (head, marks, *rows)))
    if view.details:
        parts.append("\n".join(f"- {label}: `{text}`" for label, text in view.details))
    if view.remarks:
        parts.append("\n".join(f"- *{label}*: {text}" for label, text in view.remarks))
    return "\n\n".join(parts) + "\n"


def _rows(table: Table) -> list[tuple[str, ...]]:
    return [tuple(column.header for column in table.columns), *table.rows]


def _cell(text: str) -> str:
    return text.replace("\t", " ").replace("\n", " ")
