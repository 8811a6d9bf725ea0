"""Numbers of the pages on serving: many users at once, reading against writing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.estimate.memory import memory_of
from llm_pick.core.estimate.speed import Speed
from llm_pick.core.fitting import fit_asked
from llm_pick.core.ladders import over_users
from llm_pick.core.record import replace
from llm_pick.render.concepts.base import Asked, Numbers, no_model, on_machine
from llm_pick.render.json_v1 import interval
from llm_pick.render.text import brief, gib, tokens
from llm_pick.render.view import Column, Table

if TYPE_CHECKING:
    from llm_pick.core.catalog import Catalog
    from llm_pick.core.facts import Range

_PROMPTS = (1024, 8192, 32768)
_MILLISECONDS = 1000


def batching(asked: Asked, catalog: Catalog) -> Numbers:
    """Speed of one and of all, user by user, on the reader's machine."""
    if asked.model is None or asked.model.architecture is None:
        return no_model(asked)
    if asked.question is None:
        return Numbers(remarks=(("note", "with --hardware: the speed of one and of all, by number of users"),))
    return on_machine(over_users(asked.model, asked.question, catalog))


def prefill_decode(asked: Asked, catalog: Catalog) -> Numbers:
    """What reading and writing one token take, and the wait for prompts of several lengths."""
    model, question = asked.model, asked.question
    if model is None or model.architecture is None:
        return no_model(asked)
    if question is None:
        return Numbers(remarks=(("note", "with --hardware: the time a token takes to read and to write"),))
    best = fit_asked(model, question, catalog).best
    speed = best.estimate.speed
    if speed is None:
        return Numbers(remarks=(("warning", f"{model.id} does not run on {question.hardware.label}"),))
    read, write = (value.scaled(1 / _MILLISECONDS) for value in (speed.prefill_tok_per_s, speed.decode_tok_per_s))
    rows = [
        ("read one token of the prompt", f"{_ms(read)} ms"),
        ("write one token", f"{_ms(write)} ms"),
        ("tokens read in the time of one written", f"{brief(read.likely / write.likely)}"),
        ("memory read for one token written", f"{gib(speed.bytes_read)} GiB"),
    ]
    waits = []
    most = max(model.context_native, model.context_extended or 0)
    for prompt in (length for length in _PROMPTS if length <= most):
        there = replace(question, context_tokens=prompt)
        memory = memory_of(best.candidate, there, catalog)
        if not memory.shortfall_bytes:
            wait = Speed(best.candidate, memory, there, catalog, full=True).ttft_s
            waits.append((prompt, wait))
            rows.append((f"first token after a prompt of {tokens(prompt)}", f"{_plain(wait)} s"))
    name = f"{model.id} {best.candidate.quantization.name} on {question.hardware.label}"
    table = Table((Column("what"), Column("value (80 %)")), tuple(rows), title=name)
    data = {
        "model": model.id, "hardware": question.hardware.label, "quant": best.candidate.quantization.id,
        "prefill_tok_per_s": interval(speed.prefill_tok_per_s, 1), "decode_tok_per_s": interval(speed.decode_tok_per_s, 1),
        "tokens_read_per_token_written": round(read.likely / write.likely, 1), "bytes_read_per_token": int(speed.bytes_read),
        "waits": [{"prompt_tokens": prompt, "ttft_s": interval(wait, 2)} for prompt, wait in waits],
    }  # fmt: skip
    remarks = tuple(("assumed", text) for text in question.assumptions)
    return Numbers((table,), remarks, data)


def _ms(rate: Range) -> str:
    """Milliseconds a token, of tokens per millisecond: the fast end is the short time."""
    return f"{_digits(1 / rate.likely)} ({_digits(1 / rate.high)}–{_digits(1 / rate.low)})"


def _digits(number: float) -> str:
    return f"{number:.2g}" if number < 1 else brief(number)


def _plain(value: Range) -> str:
    return f"{brief(value.likely)} ({brief(value.low)}–{brief(value.high)})"
