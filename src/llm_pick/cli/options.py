"""Options that mean the same in every command."""

from __future__ import annotations

from typing import Annotated

import typer

from llm_pick.cli import complete
from llm_pick.cli.format import Format

_MACHINE = "Machine"
_WORK = "Work"
_LIMITS = "Limits and preferences"
_OUT = "Output"

HardwareOption = Annotated[
    list[str] | None,
    typer.Option(
        "--hardware",
        "-H",
        autocompletion=complete.devices,
        help='Device and count: rtx-4090, "2x RTX 3090", m4-max-64gb, cpu; auto: this machine. Repeated: one machine of all.',
        rich_help_panel=_MACHINE,
    ),
]
FitHardwareOption = Annotated[
    list[str] | None,
    typer.Option(
        "--hardware",
        "-H",
        autocompletion=complete.devices,
        help='Device and count, "2x rtx-3090 + rtx-4090" for one machine of both; auto: this machine. '
        "Repeated: other machines to compare with the first.",
        rich_help_panel=_MACHINE,
    ),
]
VramOption = Annotated[
    list[str] | None,
    typer.Option("--vram", metavar="GB", help="Any accelerator of this size: 24, 2x80.", rich_help_panel=_MACHINE),
]
RamOption = Annotated[
    float | None,
    typer.Option("--ram", metavar="GB", help="System memory that may hold offloaded layers.", rich_help_panel=_MACHINE),
]
ReserveOption = Annotated[
    float,
    typer.Option("--reserve", metavar="GB", help="Memory of each device to leave free.", rich_help_panel=_MACHINE),
]
TaskOption = Annotated[
    str | None,
    typer.Option(
        "--task",
        "-t",
        help="What for; see `llm-pick list tasks`. Default: general.",
        autocompletion=complete.tasks,
        rich_help_panel=_WORK,
    ),
]
ContextOption = Annotated[
    str | None,
    typer.Option("--context", "-c", metavar="N", help="Tokens per sequence: 8192, 32k.", rich_help_panel=_WORK),
]
UsersOption = Annotated[int, typer.Option("--users", "-u", help="Sequences served at the same time.", rich_help_panel=_WORK)]
QuantOption = Annotated[
    str | None,
    typer.Option(
        "--quant",
        "-q",
        help="Fix the quantization: Q4_K_M, fp8, …",
        autocompletion=complete.quants,
        rich_help_panel=_WORK,
    ),
]
KvOption = Annotated[
    str | None,
    typer.Option("--kv-dtype", help="Fix the KV cache type: f16, q8_0, fp8, …", rich_help_panel=_WORK),
]
RuntimeOption = Annotated[
    str | None,
    typer.Option(
        "--runtime",
        "-r",
        help="Fix the engine: llama-cpp, vllm, …",
        autocompletion=complete.runtimes,
        rich_help_panel=_WORK,
    ),
]
LicenseOption = Annotated[
    list[str] | None,
    typer.Option(
        "--license",
        "-l",
        autocompletion=complete.policies,
        help="commercial (default), any, permissive, osi, open-source or a licence id. Repeatable.",
        rich_help_panel=_LIMITS,
    ),
]
ReasoningOption = Annotated[
    str,
    typer.Option("--reasoning", help="on, off or auto: the better mode that the context has room for.", rich_help_panel=_WORK),
]
MinTpsOption = Annotated[
    float | None,
    typer.Option("--min-tps", help="Tokens per second one user must get.", rich_help_panel=_LIMITS),
]
MaxTtftOption = Annotated[
    float | None,
    typer.Option("--max-ttft", metavar="SECONDS", help="Longest wait for the first token.", rich_help_panel=_LIMITS),
]
PreferOption = Annotated[
    str,
    typer.Option(
        "--prefer",
        "-p",
        autocompletion=complete.preferences,
        help="balanced, quality, speed, memory, cost, or weights such as quality=0.6,speed=0.4.",
        rich_help_panel=_LIMITS,
    ),
]
LadderOption = Annotated[
    str | None,
    typer.Option(
        "--ladder",
        metavar="quants|contexts|users",
        autocompletion=complete.ladders,
        help="Step by step on one machine: memory, fits, speed; of quants also the quality lost.",
        rich_help_panel=_WORK,
    ),
]
FormatOption = Annotated[
    Format | None,
    typer.Option("--format", "-f", help="Default: table on a terminal, plain in a pipe.", rich_help_panel=_OUT),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Same as --format json.", rich_help_panel=_OUT)]
OutputOption = Annotated[
    str | None,
    typer.Option("--output", "-o", metavar="FILE", help="Write the answer to a file.", rich_help_panel=_OUT),
]
ExplainOption = Annotated[bool, typer.Option("--explain", help="Show inputs, formulas, rules and sources.", rich_help_panel=_OUT)]


def _day(text: str | None) -> str | None:
    """``today`` asks the clock; nothing else does."""
    if text != "today":
        return text
    from datetime import UTC, datetime  # noqa: PLC0415 - rarely asked for

    return datetime.now(tz=UTC).date().isoformat()


AsOfOption = Annotated[
    str | None,
    typer.Option(
        "--as-of", metavar="DATE", callback=_day, help="Judge ages as of this day: ISO, or today.", rich_help_panel=_OUT
    ),
]


def _use_own_facts(files: list[str] | None) -> list[str] | None:
    from llm_pick.io.own.files import use  # noqa: PLC0415 - when a command runs

    use(files or ())
    return files


CatalogOption = Annotated[
    list[str] | None,
    typer.Option(
        "--catalog",
        metavar="FILE",
        help="YAML file of your own facts, over the built-in ones. Repeatable.",
        rich_help_panel=_OUT,
        callback=_use_own_facts,
        expose_value=False,
    ),
]
