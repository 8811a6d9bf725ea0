"""For pipes and files: tab-separated, untruncated, one record a line."""

from __future__ import annotations

import csv
import io
from itertools import groupby
from typing import TYPE_CHECKING

from llm_pick.render.sections import heading, sections_of
from llm_pick.render.view import Column, Table

if TYPE_CHECKING:
    from llm_pick.render.view import View

COMMANDS = ("run", "same as")
"""Labels of details that are typed into a shell."""


def to_plain(view: View) -> str:
    """Tables as tab-separated lines under a header, then details as ``label<TAB>text``."""
    blocks = ["\n".join("\t".join(_cell(cell) for cell in row) for row in _rows(table)) for table in _merged(view.tables)]
    if view.details:
        blocks.append("\n".join(f"{label}\t{_cell(text)}" for label, text in view.details))
    if view.prose:
        blocks.insert(0, view.prose)
    if (view.prose or not view.tables) and view.headline:
        blocks.insert(0, view.headline)
    return "\n\n".join(blocks) + "\n"


def to_csv(view: View) -> str:
    """The first table as RFC 4180 CSV; tables that are groups of one another are one table."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for table in _merged(view.tables)[:1]:
        writer.writerows(_rows(table))
    return out.getvalue()


def to_markdown(view: View) -> str:
    """The parts of an HTML page in their order, as GitHub-flavoured Markdown."""
    said = sections_of(view)
    parts = [f"# {view.headline}"] if view.headline else []
    parts += _items((*view.details, *said.why))
    parts += _section("Caveats", [f"- {text}" for text in said.caveats])
    parts += _section("Question", [f"- {label}: {text}" for label, text in view.question])
    if view.prose:
        parts.append(view.prose)
    for table in view.tables:
        if table.title:
            parts.append(f"## {heading(table.title)}")
        marks = " | ".join("---:" if column.right else "---" for column in table.columns)
        head, *rows = [" | ".join(_cell(cell).replace("|", "\\|") for cell in row) for row in _rows(table)]
        parts.append("\n".join(f"| {line} |" for line in (head, marks, *rows)))
    parts += _section("How it was worked out", [f"- {label}: {text}" for label, text in said.working])
    parts += _section("Assumptions", [f"- {text}" for text in said.assumed])
    parts += _section("Sources", [f"- {text}" for text in said.sources])
    if view.footer:
        parts.append("---\n\n" + "\n".join(f"- {label}: `{text}`" for label, text in view.footer))
    return "\n\n".join(parts) + "\n"


def _items(pairs: tuple[tuple[str, str], ...]) -> list[str]:
    return ["\n".join(f"- {label}: {_code(label, text)}" for label, text in pairs)] if pairs else []


def _section(title: str, lines: list[str]) -> list[str]:
    return [f"## {title}", "\n".join(lines)] if lines else []


def _code(label: str, text: str) -> str:
    """Commands as code, sentences as they are."""
    return f"`{text}`" if label in COMMANDS else text


def _merged(tables: tuple[Table, ...]) -> tuple[Table, ...]:
    """Neighbours that differ only in their titles as one, with the title as first column: a pipe wants one header."""
    out: list[Table] = []
    for columns, same in groupby(tables, key=lambda table: table.columns):
        alike = tuple(same)
        if len(alike) > 1 and all(table.title for table in alike):
            rows = tuple((table.title.lower(), *row) for table in alike for row in table.rows)
            out.append(Table((Column("group"), *columns), rows))
        else:
            out += alike
    return tuple(out)


def _rows(table: Table) -> list[tuple[str, ...]]:
    return [tuple(column.header for column in table.columns), *table.rows]


def _cell(text: str) -> str:
    return text.replace("\t", " ").replace("\n", " ")
