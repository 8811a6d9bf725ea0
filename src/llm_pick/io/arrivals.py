"""Timestamps of real requests, from a file of the user's own."""

from __future__ import annotations

import math
from array import array
from datetime import UTC, datetime
from pathlib import Path

from llm_pick.core.cost.workload import Arrivals, arrivals_of
from llm_pick.core.errors import QuestionError

WINDOW_S = 60.0
LATEST_S = 1e11
"""Seconds since 1970 in the year 5138: larger moments are milliseconds."""
MOST_MOMENTS = 10_000_000
"""What a minute and a gigabyte of memory suffice for."""
LONGEST_LINE, LONGEST_SHOWN = 1 << 20, 40


def read_arrivals(name: str) -> Arrivals:
    """Rate and shape of the requests in a text file: one moment a line, in seconds or as an ISO date and time.

    Of a CSV file the first column counts and a first line without a moment is its header. A date without a zone is UTC.
    """
    moments = array("d")
    try:
        with Path(name).open(encoding="utf-8-sig") as lines:
            for number, line in enumerate(iter(lambda: lines.readline(LONGEST_LINE), ""), 1):
                if len(line) == LONGEST_LINE:
                    raise QuestionError(f"{name}, line {number} is too long", "a text file, one moment a line")
                cell = line.split(",")[0].strip().strip('"')
                moment = _seconds(cell) if cell else None
                if moment is not None:
                    if len(moments) == MOST_MOMENTS:
                        raise QuestionError(f"{name} holds more than {MOST_MOMENTS:,} moments", "a week of them says enough")
                    moments.append(moment)
                elif cell and number > 1:
                    shown = repr(cell[:LONGEST_SHOWN])
                    raise QuestionError(f"{name}, line {number}: {shown} is no moment", "seconds, or an ISO date and time")
    except (OSError, ValueError) as error:  # ValueError: not UTF-8, or a NUL in the name
        why = "it is not text" if isinstance(error, UnicodeDecodeError) else getattr(error, "strerror", None) or error
        raise QuestionError(f"cannot read `{name}`: {why}", "a text file, one moment a line") from error
    if moments and min(moments) > LATEST_S:
        raise QuestionError(f"{name}: moments as large as {min(moments):.0f} are not seconds", "divide milliseconds by 1,000")
    try:
        return arrivals_of(moments, WINDOW_S)
    except ValueError as error:
        raise QuestionError(f"{name}: {error}", "one moment a line, in seconds or ISO; a day or a week says most") from error


def _seconds(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        pass
    else:
        return number if math.isfinite(number) else None
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
