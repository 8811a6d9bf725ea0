"""The machine in front of the user: ``--hardware auto`` in the words of a question, and the models that lie on it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from llm_pick.core.errors import QuestionError
from llm_pick.io.local_folders import anything_here

if TYPE_CHECKING:
    from llm_pick.core.catalog import Catalog
    from llm_pick.core.held import Held

AUTO = "auto"


def with_this_machine(asked: dict[str, Any], catalog: Catalog, *, default: bool) -> dict[str, Any]:
    """``asked`` with ``auto`` (or, by ``default``, nothing at all) replaced by what this machine is.

    What was read is added under ``notes``, to be told with the assumptions; whatever the user gave stays.
    """
    names = tuple(asked["hardware"])
    if not (AUTO in names or (default and not names and not asked["vram"])):
        return asked
    if len(names) > 1 or asked["vram"]:
        raise QuestionError("`auto` is the whole machine", "name either `--hardware auto` or devices and sizes, not both")
    from llm_pick.core.match_machine import match  # noqa: PLC0415
    from llm_pick.io.detect import detect  # noqa: PLC0415 - only when this machine is asked for
    from llm_pick.io.detect.probe import ThisMachine  # noqa: PLC0415

    found = match(detect(ThisMachine()), catalog)
    ram_gb = asked["ram_gb"] if asked["ram_gb"] is not None else found.ram_gb
    if ram_gb is None and any(catalog.devices[id].memory_gib is None for id in found.hardware):
        raise QuestionError(
            "this machine cannot be read: neither an accelerator nor the size of its memory was found",
            "describe it: `--hardware rtx-4090`, `--vram 24`, or `--hardware cpu --ram 32`",
        )
    return {**asked, **found.options, "ram_gb": ram_gb, "notes": found.notes}


def models_here(catalog: Catalog) -> dict[str, tuple[Held, ...]]:
    """Model id → what Ollama, LM Studio and the hub's cache already hold of it on this machine."""
    if not anything_here(os.environ):
        return {}
    from llm_pick.io.local_models import local_models  # noqa: PLC0415 - most machines hold none

    found = local_models(os.environ)
    if not found:
        return {}
    from llm_pick.core.held import held_models  # noqa: PLC0415 - only where there are any

    return held_models(found, catalog)
