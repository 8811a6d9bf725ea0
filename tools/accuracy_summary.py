"""What docs/accuracy.md comes to in ten lines, and the known misses of docs/trust.md, both taken from the page's own tables.

``python -m tools.write_accuracy`` writes them whenever it writes a table; a test holds that they agree with the page.
"""

from __future__ import annotations

import re

Row = dict[str, str]
SHOWN_MISSES = 3


def summary(page: str) -> str:
    """One line for each kind of prediction: its error on rows the fit saw, and on rows it did not."""
    lines = [
        "| prediction | on the rows it was fitted on | on what the fit did not see |",
        "|---|---|---|",
        *(f"| {what} | {seen} | {unseen} |" for what, seen, unseen in _lines(page)),
    ]
    return "\n".join(lines)


def misses(page: str) -> str:
    """The largest misses, with their figures."""
    decode, prefill = _table(page, "Decode speed, left out of the fit"), _table(page, "Prefill speed, left out of the fit")
    several, prompt = _row(decode, "device", "several devices"), _row(prefill, "device", "one device")
    crowd, memory = _row(_table(page, "Decode speed:"), "trust C"), _row(_table(page, "Runtime memory:"), "trust C")
    serving, quality = _table(page, "Serving throughput, left out"), _table(page, "Quality scores")
    unseen, lengthy = _row(serving, "source"), _row(quality, "family hidden: long-context")
    vulkan = _row(_table(page, "Runtime memory, left out"), "llama-cpp vulkan", "6 model families")
    worst = re.findall(
        r"^\* (\S+), (.+?), \d+ rows: (x[\d.]+)", _section(page, "Decode speed, left out of the fit"), re.MULTILINE
    )
    named = ", ".join(f"{engine} on {device} ({factor} of the truth)" for device, engine, factor in worst[:SHOWN_MISSES])
    return "\n".join(
        [
            f"- **Prefill and the first token** are the weakest estimate: on a device left out of the fit the median error is "
            f"{prompt['median error']}, and {_rest(prompt['within x1.5'])} of the rows are off by more than a factor of 1.5.",
            f"- **Several devices of a kind nobody measured**: median error of decode {several['median error']}, and the 80 % "
            f"interval held only {several['80 % interval holds']} of the rows.",
            f"- **Single set-ups** can be far off. Decode speed missed most when its device is left out: {named}.",
            f"- **Serving, as a source measures it that the fit did not see**: a factor of {unseen['median factor']} in the median, "
            f"{_rest(unseen['within x2'])} off by more than a factor of 2, interval held {unseen['80 % interval holds']}.",
            f"- **Memory of llama.cpp on Vulkan**, model family left out: the interval held {vulkan['80 % interval holds']}, and "
            f"{vulkan['truth above `high`']} of the readings lay above it.",
            f"- **Numbers submitted by strangers without their settings**: decode off by {crowd['median error']} in the median, "
            f"memory by {memory['median error']}, which may be either side's fault.",
            f"- **Long context**: scores are missed by {lengthy['mean error, points']} points on average when a model's results "
            f"there are hidden.",
        ]
    )


def _lines(page: str) -> list[tuple[str, str, str]]:
    decode, prefill = _table(page, "Decode speed, left out of the fit"), _table(page, "Prefill speed, left out of the fit")
    memory, sizes = _table(page, "Runtime memory, left out"), _table(page, "Weight sizes, left out")
    serving, quality = _table(page, "Serving throughput, left out"), _table(page, "Quality scores")
    dense, moe, many = (_row(decode, "device", kind) for kind in ("dense", "moe", "several devices"))
    prompt, held = (
        _row(prefill, "device", "one device"),
        next(row for row in reversed(memory) if "families" in row["left out, one at a time"]),
    )
    strange, hidden, newer = _row(serving, "device"), _row(quality, "benchmark family of a model and mode hidden"), quality[-2]
    family = _row(sizes, "family not in the catalog: same size")
    cases = re.search(r"(\d+ of \d+) cases right", page)
    read = [cells for cells in _all(page, "Second reading")[-1:] if cells]
    return [
        ("weight size", _seen(page, "Weight size:"), f"family unknown: {family['median error']}, interval held {family['80 % interval holds']}"),
        ("memory in use", _seen(page, "Runtime memory:"),
         f"model family left out: {held['median error']}, interval held {held['80 % interval holds']}"),
        ("decode speed", _seen(page, "Decode speed:"),
         f"device left out: {dense['median error']} (dense), {moe['median error']} (mixtures), {many['median error']} (several "
         f"devices); interval held {dense['80 % interval holds']}, {moe['80 % interval holds']}, {many['80 % interval holds']}"),
        ("prefill speed", _seen(page, "Prefill speed:"),
         f"device left out: {prompt['median error']}, interval held {prompt['80 % interval holds']}"),
        ("serving throughput", _seen(page, "Serving throughput:"),
         f"device left out: a factor of {strange['median factor']}, interval held {strange['80 % interval holds']}"),
        ("users within a service level", _seen(page, "Capacity within"), "not validated apart from serving"),
        ("break-even traffic", _seen(page, "Break-even:"), "arithmetic on the capacity"),
        ("quality score", "-", f"results hidden: {hidden['mean error, points']} points on average, interval held "
         f"{hidden['80 % interval holds']}; newer models: {newer['mean error, points']} points"),
        ("licence verdict", f"{cases.group(1) if cases else 'unknown'} cases right", "-"),
        ("facts", "-", f"read again at their sources: {_wrong(read[0])}"),
    ]  # fmt: skip


def _seen(page: str, title: str) -> str:
    row = _row(_table(page, title), "trust A and B")
    return f"{row['median error']} in the median, interval held {row['80 % interval holds']} ({row['n']} rows)"


def _wrong(cells: list[str]) -> str:
    """Right and wrong facts of all samples: the cells after the first come in threes."""
    threes = [list(map(int, cells[at : at + 3])) for at in range(1, len(cells), 3)]
    return ", then ".join(f"{wrong} wrong of {right + wrong}" for right, wrong, _ in threes)


def _rest(share: str) -> str:
    return f"{100 - int(share.removesuffix(' %'))} %"


def _section(page: str, title: str) -> str:
    """The text from the heading that begins with ``title`` to the next one."""
    found = re.search(rf"^#+ {re.escape(title)}.*?(?=^#+ |\Z)", page, re.MULTILINE | re.DOTALL)
    if found is None:
        raise ValueError(f"docs/accuracy.md has no section `{title}`")
    return found.group()


def _all(page: str, title: str) -> list[list[str]]:
    """Every line of the first table of a section, as cells."""
    lines = [line for line in _section(page, title).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if not line.startswith("|---")]


def _table(page: str, title: str) -> list[Row]:
    head, *rows = _all(page, title)
    return [dict(zip(head, row, strict=True)) for row in rows]


def _row(table: list[Row], *starts: str) -> Row:
    """The row whose first cells are these."""
    return next(row for row in table if tuple(row.values())[: len(starts)] == starts)
