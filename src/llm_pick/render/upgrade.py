"""``fit`` on several machines: side by side, and whether the step from the first to each other one pays for this question."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llm_pick.core.upgrades import enough_tok_per_s, sequences
from llm_pick.render import json_v1
from llm_pick.render.machine_price import launch_cell, price_data, price_notes, rent_cell
from llm_pick.render.money import usd
from llm_pick.render.text import brief, gib, gib_range, quality_text, speed_range, tokens
from llm_pick.render.view import Column, Table, View

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from llm_pick.core.catalog import Catalog
    from llm_pick.core.facts import Range
    from llm_pick.core.held import Held
    from llm_pick.core.upgrades import Machine, Upgrade, UpgradeAnswer

_FOLD = 12


def view(found: UpgradeAnswer, catalog: Catalog) -> View:
    """The verdict of the first step as headline, all machines as columns, then the other verdicts."""
    machines = found.machines
    columns = (Column("what"), *(Column(name_of(m), fold=_FOLD) for m in machines))
    first, *others = found.upgrades
    details = [("also", f"{_arrow(step)}: {sentence(step)}") for step in others]
    details += [("adds", text) for step in found.upgrades if (text := _extras(step, named=len(found.upgrades) > 1))]
    remarks = [("warning", f"{name_of(m)}: {m.missing}") for m in machines if m.missing]
    remarks += [("warning", f"{name_of(m)}: {text}") for m in machines if m.answer for text in m.answer.best.warnings]
    remarks += _served_note(found)
    remarks += [("note", text) for text in price_notes(m.price for m in machines)]
    assumed = [text for m in machines for text in (m.answer.question if m.answer else m.question).assumptions]
    remarks += [("assumed", text) for text in dict.fromkeys(assumed)]
    headline = f"{found.model.name}, {_arrow(first)}: {sentence(first)}"
    return View((Table(columns, tuple(_rows(found, catalog))),), headline, tuple(details), tuple(remarks))


def name_of(machine: Machine) -> str:
    """As it was named, without the quotes a shell wants."""
    return machine.question.hardware.label.replace('"', "")


def _arrow(step: Upgrade) -> str:
    return f"from {name_of(step.before)} to {name_of(step.after)}"


def _rows(found: UpgradeAnswer, catalog: Catalog) -> list[tuple[str, ...]]:
    asked, first = found.question, found.machines[0]

    def row(label: str, cell: Callable[[Machine], str]) -> tuple[str, ...]:
        return (label, *(cell(m) for m in found.machines))

    rows = [
        row("fits", lambda m: "yes" if m.fits else "with system memory" if _offloaded(m) else "no"),
        row("quant", lambda m: m.answer.best.candidate.quantization.name if m.answer else "-"),
        row("engine", lambda m: m.answer.best.candidate.runtime.id if m.answer else "-"),
        row("needs GiB", lambda m: gib_range(m.answer.best.estimate.memory.total_bytes) if m.answer else "-"),
        row("usable GiB", lambda m: gib(m.answer.best.estimate.memory.budget_bytes) if m.answer else "-"),
        row("left at worst GiB", lambda m: gib(m.margin_bytes) if m.margin_bytes is not None else "-"),
        row("longest context", lambda m: tokens(m.answer.max_context) if m.answer and m.answer.max_context else "none"),
        row(f"users at {tokens(asked.context_tokens)}", lambda m: f"{m.answer.max_users:,}" if m.answer else "-"),
        row("served in time", lambda m: f"{sequences(m):,}" if m.fits else "-"),
        row("decode tok/s", lambda m: _speed(m, "decode_tok_per_s")),
    ]
    if first.answer is not None:
        quant = first.answer.best.candidate.quantization.name
        rows.append(row(f"the same, {quant}", _as_before))
    if asked.users > 1:
        rows.append(row("all users tok/s", lambda m: _speed(m, "aggregate_tok_per_s")))
    rows += [
        row("prefill tok/s", lambda m: _speed(m, "prefill_tok_per_s")),
        row("first token s", _first_token),
        row(f"{asked.task.id} score", lambda m: quality_text(m.answer.best.estimate.quality) if m.answer else "-"),
        row("lost to quant", _lost),
        row("launch USD", lambda m: launch_cell(m.price)),
        row("USD/h", lambda m: rent_cell(m.price)),
    ]
    return rows


def _served_note(found: UpgradeAnswer) -> list[tuple[str, str]]:
    """Lengths of the requests that are served: shorter than the context, so that more of them fit."""
    speeds = (m.answer.best.estimate.speed for m in found.machines if m.answer)
    speed = next((speed for speed in speeds if speed), None)
    if speed is None:
        return []
    return [("note", f"served in time: requests of {tokens(speed.prompt_tokens)} tokens in, {tokens(speed.depth_tokens)} out")]


def _offloaded(machine: Machine) -> bool:
    return machine.answer is not None and machine.answer.best.estimate.memory.offloaded_bytes > 0


def _speed(machine: Machine, field: str) -> str:
    speed = machine.answer.best.estimate.speed if machine.answer else None
    return speed_range(getattr(speed, field)) if speed else "-"


def _as_before(machine: Machine) -> str:
    item = machine.as_before
    return speed_range(item.estimate.speed.decode_tok_per_s) if item and item.estimate.speed else "-"


def _first_token(machine: Machine) -> str:
    speed = machine.answer.best.estimate.speed if machine.answer else None
    return f"{speed.ttft_s.likely:.1f} ({speed.ttft_s.low:.1f}–{speed.ttft_s.high:.1f})" if speed else "-"


def _lost(machine: Machine) -> str:
    lost = machine.points_lost
    if lost is None:
        return "unknown"
    return "0" if lost.high == 0 else f"{lost.likely:.1f} ({lost.low:.1f}–{lost.high:.1f})"


def sentence(step: Upgrade) -> str:
    """Whether it pays, and why, for the question as asked."""
    gains = [_TOLD[reason](step.before, step.after) for reason in step.reasons]
    losses = [_LOST[reason](step.after, step.before) for reason in step.losses]
    price = _price(step)
    if gains and losses:
        return f"a trade{price}: {'; '.join(gains)}; but {'; '.join(losses)}"
    if gains:
        return f"worth it{price}: {'; '.join(gains)}"
    if losses:
        return f"a step back{price}: {'; '.join(losses)}"
    return f"not worth it for this question{price}: {'; '.join(_why_not(step))}"


def _price(step: Upgrade) -> str:
    if step.launch_usd is not None:
        if step.launch_usd == 0:
            return " at the same launch price"
        return f" at {usd(abs(step.launch_usd))} {'more' if step.launch_usd > 0 else 'less'} (launch prices)"
    if step.rent_usd_per_hour is not None:
        more = "more" if step.rent_usd_per_hour >= 0 else "less"
        return f" at {usd(abs(step.rent_usd_per_hour))} {more} an hour"
    return ""


def _told_fits(old: Machine, new: Machine) -> str:
    return f"it fits {name_of(new)}, and not {name_of(old)}"


def _told_quality(old: Machine, new: Machine) -> str:
    def part(machine: Machine) -> str:
        assert machine.answer is not None
        best = machine.answer.best
        return f"{best.candidate.quantization.name} scores {quality_text(best.estimate.quality)}"

    return f"{part(new)} on {name_of(new)}, {part(old)} on {name_of(old)}"


def _told_speed(old: Machine, new: Machine) -> str:
    needed = f"{new.question.task.id} can use {brief(enough_tok_per_s(new.question))}"
    return f"decode goes from {_rate(old)} to {_rate(new)} tok/s, and {needed}"


def _told_first_token(old: Machine, new: Machine) -> str:
    return f"the first token comes after {_first_token(new)} s instead of {_first_token(old)} s"


def _told_users(old: Machine, new: Machine) -> str:
    here, there = name_of(new), name_of(old)
    return f"{here} serves {sequences(new):,} users in time, {there} {sequences(old):,}"


_TOLD: Mapping[str, Callable[[Machine, Machine], str]] = {
    "fits": _told_fits, "quality": _told_quality, "speed": _told_speed, "first_token": _told_first_token, "users": _told_users,
}  # fmt: skip


def _lost_speed(new: Machine, old: Machine) -> str:
    needed = f"{new.question.task.id} can use {brief(enough_tok_per_s(new.question))}"
    return f"decode falls from {_rate(old)} to {_rate(new)} tok/s, and {needed}"


def _lost_first_token(new: Machine, old: Machine) -> str:
    return f"the first token comes after {_first_token(new)} s instead of {_first_token(old)} s"


_LOST = {**_TOLD, "speed": _lost_speed, "first_token": _lost_first_token}
"""The rest says what is where, whichever way one goes; the better machine is named first."""


def _rate(machine: Machine) -> str:
    speed = machine.answer.best.estimate.speed if machine.answer else None
    return brief(speed.per_user_tok_per_s.likely) if speed else "unknown"


def _why_not(step: Upgrade) -> list[str]:
    """What stays the same in the end."""
    old, new = step.before, step.after
    if not old.fits and not new.fits:
        return ["it fits neither"]
    out = [f"it fits both at {tokens(new.question.context_tokens)}"]
    if old.answer and new.answer:
        was, now = old.answer.best.candidate.quantization.name, new.answer.best.candidate.quantization.name
        if was != now:
            out.append(f"{now} is not measurably better than {was}")
    enough = enough_tok_per_s(new.question)
    speed = old.answer.best.estimate.speed if old.answer else None
    if speed and speed.per_user_tok_per_s.likely >= enough:
        out.append(f"{_rate(old)} tok/s are already more than the {brief(enough)} that {new.question.task.id} can use")
    elif step.decode_ratio:
        out.append(f"the decode speeds cannot be told apart ({_times(step.decode_ratio)})")
    return out


def _times(value: Range) -> str:
    return f"{value.likely:.1f} times, {value.low:.1f}–{value.high:.1f}"


def _extras(step: Upgrade, *, named: bool) -> str:
    """What else changes, whether the question uses it or not."""
    old, new = step.before.answer, step.after.answer
    parts = []
    if old and new and step.before.fits and step.after.fits:
        if new.max_context != old.max_context:
            parts.append(f"longest context {tokens(old.max_context)} → {tokens(new.max_context)}")
        if new.max_users != old.max_users:
            parts.append(f"users in memory {old.max_users:,} → {new.max_users:,}")
    ratio = step.like_for_like_ratio or step.decode_ratio
    if ratio:
        parts.append(f"decode {_times(ratio)}" + (" in the same quantization" if step.like_for_like_ratio else ""))
    if step.prefill_ratio:
        parts.append(f"prefill {_times(step.prefill_ratio)}")
    if not parts:
        return ""
    return (f"{_arrow(step)}: " if named else "") + "; ".join(parts)


def data(found: UpgradeAnswer, catalog: Catalog, held: Mapping[str, Sequence[Held]] | None = None) -> dict[str, Any]:
    """The body of ``fit --json`` with several machines."""
    asked = json_v1.question(found.question)
    devices = [device.id for m in found.machines for device in m.question.hardware.devices]
    labels = [m.question.hardware.label for m in found.machines]
    assumed = [text for m in found.machines for text in (m.answer.question if m.answer else m.question).assumptions]
    return {
        "question": {**asked, "model": found.model.id, "hardware": labels, "devices": devices},
        "assumptions": list(dict.fromkeys(assumed)),
        "warnings": [f"{m.question.hardware.label}: {m.missing}" for m in found.machines if m.missing],
        "model": json_v1.model(found.model, catalog),
        "context": found.question.context_tokens,
        "users": found.question.users,
        "machines": [_machine(m, catalog, held) for m in found.machines],
        "upgrades": [_upgrade(step) for step in found.upgrades],
    }


def _machine(machine: Machine, catalog: Catalog, held: Mapping[str, Sequence[Held]] | None) -> dict[str, Any]:
    hardware = machine.question.hardware
    lost = machine.points_lost
    head = {
        "hardware": hardware.label,
        "devices": [device.id for device in hardware.devices],
        "price": price_data(machine.price, catalog),
        "fits": machine.fits,
        "unknown": machine.missing,
        "margin_bytes": machine.margin_bytes,
        "points_lost": json_v1.interval(lost, 2) if lost else None,
    }
    if machine.answer is None:
        return {**head, "answer": None}
    body = json_v1.fit(machine.answer, catalog, held)
    for key in ("question", "assumptions", "model", "hardware", "fits"):
        body.pop(key)
    same = machine.as_before
    body["speed_in_first_quant"] = json_v1.speed(same.estimate) if same else None
    return {**head, "answer": body}


def _upgrade(step: Upgrade) -> dict[str, Any]:
    def times(value: Range | None) -> dict[str, float] | None:
        return json_v1.interval(value, 3) if value else None

    return {
        "from": step.before.question.hardware.label,
        "to": step.after.question.hardware.label,
        "worth_it": step.worth_it,
        "gains": list(step.reasons),
        "losses": list(step.losses),
        "sentence": sentence(step),
        "decode_ratio": times(step.decode_ratio),
        "decode_ratio_in_first_quant": times(step.like_for_like_ratio),
        "prefill_ratio": times(step.prefill_ratio),
        "launch_usd_difference": step.launch_usd,
        "rent_usd_per_hour_difference": None if step.rent_usd_per_hour is None else round(step.rent_usd_per_hour, 4),
    }
