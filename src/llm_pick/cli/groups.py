"""The commands under ``hardware`` and ``catalog``. Bodies live in their own files and import what they need when they run."""

from __future__ import annotations

import typer

from llm_pick.cli.options import (  # noqa: TC001 - typer reads the annotations at run time
    AsOfOption,
    CatalogOption,
    FormatOption,
    JsonOption,
    OutputOption,
)

catalog_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Look after the facts: yours and the built-in ones.")
hardware_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="What this machine is, and which devices are known.")


@hardware_app.command("detect", epilog="\b\nExamples:\n  llm-pick hardware detect\n  llm-pick hardware detect --json")
def hardware_detect(
    format: FormatOption = None, as_json: JsonOption = False, output: OutputOption = None, catalog: CatalogOption = None
) -> int:
    """What is this machine, as llm-pick sees it?"""
    from llm_pick.cli.hardware import run  # noqa: PLC0415 - lazy body

    return run(format=format, as_json=as_json, output=output)


@hardware_app.command("list", epilog="\b\nExamples:\n  llm-pick hardware list\n  llm-pick hardware list --class phone")
def hardware_list(
    match: str = typer.Option("", "--match", "-m", help="Only rows that contain this text."),
    device_class: str = typer.Option("", "--class", help="Devices of one class, e.g. phone, board, apple, datacentre-gpu."),
    top: int | None = typer.Option(None, "--top", "-n", help="At most this many rows."),
    format: FormatOption = None,
    as_json: JsonOption = False,
    output: OutputOption = None,
    catalog: CatalogOption = None,
) -> int:
    """All known devices."""
    from llm_pick.cli.list_records import run  # noqa: PLC0415 - lazy body

    return run("hardware", match=match, device_class=device_class, top=top, format=format, as_json=as_json, output=output)


@catalog_app.command("validate", epilog="\b\nExamples:\n  llm-pick catalog validate\n  llm-pick catalog validate data")
def catalog_validate(
    folder: str = typer.Argument("data", help="Folder of authored YAML, or one file of your own facts."),
    as_json: JsonOption = False,
) -> int:
    """Check authored facts: all problems at once, with file, line, record and key."""
    from llm_pick.cli.catalog import validate  # noqa: PLC0415 - lazy body

    return validate(folder, as_json=as_json)


@catalog_app.command("path", epilog="\b\nExample:\n  llm-pick catalog path")
def catalog_path(
    format: FormatOption = None, as_json: JsonOption = False, output: OutputOption = None, catalog: CatalogOption = None
) -> int:
    """Where facts lie: built in, yours, and compiled copies of yours."""
    from llm_pick.cli.catalog import path  # noqa: PLC0415 - lazy body

    return path(format=format, as_json=as_json, output=output)


@catalog_app.command("sources", epilog="\b\nExamples:\n  llm-pick catalog sources\n  llm-pick catalog sources --as-of today")
def catalog_sources(
    as_of: AsOfOption = None,
    format: FormatOption = None,
    as_json: JsonOption = False,
    output: OutputOption = None,
    catalog: CatalogOption = None,
) -> int:
    """Every source, by kind, with the day it was read, its age, and how long its kind is fresh."""
    from llm_pick.cli.catalog import sources  # noqa: PLC0415 - lazy body

    return sources(as_of=as_of, format=format, as_json=as_json, output=output)


@catalog_app.command(
    "add", epilog="\b\nExamples:\n  llm-pick catalog add ORG/NAME\n  llm-pick catalog add ./model.gguf --id mine --print"
)
def catalog_add(
    name: str = typer.Argument(help="ORG/NAME[@REVISION] on the hub, a .gguf file or a folder."),
    id: str | None = typer.Option(None, "--id", help="Id of the new record; default: the name of the repository."),
    show: bool = typer.Option(False, "--print", help="Print the draft and write nothing."),
    output: str | None = typer.Option(None, "--output", "-o", metavar="FILE", help="Write the draft to this file instead."),
    force: bool = typer.Option(False, "--force", help="Also where the id or the file exists."),
    as_json: JsonOption = False,
    catalog: CatalogOption = None,
) -> int:
    """Draft a record of a model from its own files, and use it from now on."""
    from llm_pick.cli.catalog import add  # noqa: PLC0415 - lazy body

    return add(name, id=id, show=show, output=output, force=force, as_json=as_json)


@catalog_app.command("diff", epilog="\b\nExamples:\n  llm-pick catalog diff\n  llm-pick catalog diff --json")
def catalog_diff(
    other: str | None = typer.Argument(None, help="A file of own facts, or the folder of another compiled catalog."),
    format: FormatOption = None,
    as_json: JsonOption = False,
    output: OutputOption = None,
    catalog: CatalogOption = None,
) -> int:
    """What your own facts, or another catalog, change against the built-in one."""
    from llm_pick.cli.catalog import diff  # noqa: PLC0415 - lazy body

    return diff(other, format=format, as_json=as_json, output=output)


@catalog_app.command(
    "refresh", epilog="\b\nExamples:\n  llm-pick catalog refresh --dry-run\n  llm-pick catalog refresh --only prices"
)
def catalog_refresh(
    only: str | None = typer.Option(None, "--only", metavar="WHAT", help="prices, candidates or evidence; default: all."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Say what would be asked for and written; ask for nothing."),
    as_json: JsonOption = False,
    catalog: CatalogOption = None,
) -> int:
    """Ask the network for newer API prices, new models of known makers as candidates, and results that makers state."""
    from llm_pick.cli.catalog_refresh import run  # noqa: PLC0415 - lazy body

    return run(only=only, dry_run=dry_run, as_json=as_json)
