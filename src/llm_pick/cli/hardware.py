"""``hardware detect``: the body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llm_pick.cli.exit_codes import Exit
from llm_pick.cli.output import chosen_format, emit, envelope
from llm_pick.core.match_machine import match
from llm_pick.core.record import asdict
from llm_pick.io.detect import detect
from llm_pick.io.detect.probe import ThisMachine
from llm_pick.io.store import load_catalog

if TYPE_CHECKING:
    from llm_pick.cli.format import Format
    from llm_pick.render.view import View


def run(*, format: Format | None, as_json: bool, output: str | None) -> int:
    """Print what was found; exit 1 where not even the memory of the system could be read."""
    catalog = load_catalog()
    machine = detect(ThisMachine())
    found = match(machine, catalog)

    def view() -> View:
        from llm_pick.render.machine_sheet import machine_view  # noqa: PLC0415 - JSON needs none of it

        return machine_view(machine, found)

    def data() -> dict[str, Any]:
        return envelope("hardware", catalog, {"machine": asdict(machine), "question": asdict(found)})

    emit(chosen_format(format, as_json=as_json, output=output), view, data, output=output, catalog=catalog)
    return Exit.YES if machine.devices or machine.processor.memory_bytes else Exit.NO
