"""Lists of measured devices that went stale: a device renamed, a count that is not the list's, a measurement not in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.schema.expand import expand_devices

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llm_pick.schema.load import AuthoredCatalog
    from llm_pick.schema.strict_yaml import Problem

_KNOWN = ".known_devices"


def known_devices(catalog: AuthoredCatalog, _today: str) -> Iterator[Problem]:
    """Parameters of known devices list records of the catalog, as many as they say, and the device of every measurement."""
    records = {device.id for device in catalog.records("devices")}
    lists = {row.record.id: row for row in catalog.sections["parameters"] if row.record.id.endswith(_KNOWN)}
    for authored in lists.values():
        listed = authored.record.devices
        for name in listed:
            if name not in records:
                yield authored.problem(f"`{name}` does not exist: calibrate again", "devices")
        if len(set(listed)) != authored.record.value:
            yield authored.problem(f"is {authored.record.value:g}, but lists {len(set(listed))} devices", "value")
    chips = {device.id: device.chip or device.id for device in expand_devices(catalog.records("devices"))}
    for authored in catalog.sections["measurements"]:
        found = authored.record
        place = f"decode.{found.runtime}.{found.backend}{_KNOWN}"
        chip = chips.get(found.device, found.device)
        if lists and (place not in lists or chip not in lists[place].record.devices):
            yield authored.problem(f"`{chip}` is not in `{place}`: calibrate again", "device")
