"""A record as the plain values it is stored as."""

from __future__ import annotations

import dataclasses
from typing import Any


def compact(record: Any) -> Any:  # noqa: ANN401 - any record
    """A record as plain JSON values, fields at their default left out."""
    if dataclasses.is_dataclass(record) and not isinstance(record, type):
        out = {}
        for item in dataclasses.fields(record):
            value = getattr(record, item.name)
            default = item.default if item.default_factory is dataclasses.MISSING else item.default_factory()
            if default is not dataclasses.MISSING and value == default:
                continue
            out[item.name] = compact(value)
        return out
    if isinstance(record, tuple | list):
        return [compact(item) for item in record]
    if isinstance(record, dict):
        return {key: compact(value) for key, value in record.items()}
    return record
