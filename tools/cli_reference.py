"""docs/cli.md: every command with its arguments and options, from the commands themselves."""

from __future__ import annotations

from typing import Any

from typer.main import get_command

from llm_pick.cli.app import app

HEAD = """# Commands

Generated from the commands (`python -m tools.generate_docs`); `llm-pick COMMAND --help` says the same. Exit codes: 0 the
answer is yes, 1 it is no (nothing fits, not allowed, problems found), 2 the question is wrong, 3 the catalog is unusable,
4 the network was needed and not there, 70 a bug, 130 interrupted.

What you always give can be [set once](settings.md).

Shell completion, with the catalog's names: `llm-pick --install-completion`. JSON: [schemas](../schemas/answers). From
Python: [python.md](python.md).
"""


def page() -> str:
    """The whole page."""
    found = _commands(get_command(app), "llm-pick")
    contents = [f"| [{path}](#{path.replace(' ', '-')}) | {_clean(command.help)} |" for path, command in found]
    return "\n".join([HEAD, "| command | answers |", "|---|---|", *contents, "", *(_command(*pair) for pair in found)])


def _commands(group: Any, path: str) -> list[tuple[str, Any]]:
    out = []
    for name, command in group.commands.items():
        out += _commands(command, f"{path} {name}") if hasattr(command, "commands") else [(f"{path} {name}", command)]
    return out


def _command(path: str, command: Any) -> str:
    arguments = [param for param in command.params if param.param_type_name == "argument"]
    options = [
        param for param in command.params if param.param_type_name == "option" and not param.hidden and "--help" not in param.opts
    ]
    usage = " ".join([path, *(_argument(param) for param in arguments), "[OPTIONS]" if options else ""]).rstrip()
    lines = [f"## {path}\n", f"{_clean(command.help or '')}\n", f"```text\n{usage}\n```\n"]
    lines += [f"- `{_argument(param)}` {_clean(param.help)}" for param in arguments if param.help]
    if any(param.help for param in arguments):
        lines.append("")
    examples = [part.strip() for part in (command.epilog or "").partition(":")[2].split("\n") if part.strip()]
    if examples:
        lines.append("Examples: " + " · ".join(f"`{example}`" for example in examples) + "\n")
    if options:
        lines += ["| option | meaning | default |", "|---|---|---|"]
        lines += [f"| {_names(param)} | {_clean(param.help)} | {_default(param)} |" for param in options]
        lines.append("")
    return "\n".join(lines)


def _argument(param: Any) -> str:
    name = param.metavar or param.name.upper()
    name = name.strip("[]")
    name = f"{name} …" if param.nargs == -1 else name
    return name if param.required else f"[{name}]"


def _names(param: Any) -> str:
    names = ", ".join(f"`{name}`" for name in sorted(param.opts, key=len)) + "".join(
        f" / `{name}`" for name in param.secondary_opts
    )
    if param.is_flag:
        return names
    kinds = getattr(param.type, "choices", None)
    if kinds:
        return " ".join([names, *(f"`{getattr(kind, 'value', kind)}`" for kind in kinds)])
    value = param.metavar or {"int": "N", "float": "X"}.get(getattr(param.type, "name", ""), "TEXT")
    return f"{names} {value}{' …' if param.multiple else ''}"


def _default(param: Any) -> str:
    value = param.default
    if value is None or value is False or value == "" or "Sentinel" in type(value).__name__:
        return ""
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


def _clean(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", "\\|")
