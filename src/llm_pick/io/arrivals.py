"""Timestamps of real requests, from a file of the user's own."""

from __future__ import annotations

import math
from datetime import datetime
from pathlib import Path

from llm_pick.core.cost.workload import Arrivals, arrivals_of
from llm_pick.core.errors import QuestionError

WINDOW_S = 60.0


def read_arrivals(name: str) -> Arrivals:
    """Rate and shape of the requests in a text file: one moment a line, in seconds or as an ISO date and time.

    Of a CSV file the first column counts and a first line without a moment is its header.
    """
    try:
        lines = Path(name).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionError(f"cannot read `{name}`: {getattr(error, 'strerror', None) or error}", "a text file") from error
    moments = []
    for number, line in enumerate(lines, 1):
        cell = line.split(",")[0].strip().strip('"')
        if not cell:
            continue
        moment = _seconds(cell)
        if moment is None and number > 1:
            raise QuestionError(f"{name}, line {number}: `{cell}` is no moment", "seconds, or an ISO date and time")
        if moment is not None:
            moments.append(moment)
    try:
        return arrivals_of(moments, WINDOW_S)
    except ValueError as error:
        raise QuestionError(f"{name}: {error}", "a day or a week of requests says most") from error


def _seconds(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        pass
    else:
        return number if math.isfinite(number) else None
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return None
