"""Numbers of the pages on what a conversation keeps: the cache, the kinds of attention, long contexts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_pick.core.concepts import CacheShare, cache_engine, cache_rows, cache_shares
from llm_pick.core.estimate.weights import file_bytes
from llm_pick.core.ladders import over_contexts
from llm_pick.render.concepts.base import Asked, Numbers, no_model, on_machine, usual_quantization
from llm_pick.render.text import gib, tokens
from llm_pick.render.view import Column, Table

if TYPE_CHECKING:
    from llm_pick.core.catalog import Catalog


def kv_cache(asked: Asked, catalog: Catalog) -> Numbers:
    """Cache of a model by context and type."""
    if asked.model is None or asked.model.architecture is None:
        return no_model(asked)
    rows = cache_rows(asked.model, asked.context_tokens, asked.users, catalog)
    kinds = tuple(rows[0].bytes_by_type)
    windowed = rows[0].unwindowed_bytes is not None
    columns = [Column("context", right=True), *(Column(f"{kind} GiB", right=True) for kind in kinds)]
    if windowed:
        columns.append(Column(f"{kinds[0]} GiB, windows not saved", right=True))
    lines = tuple(
        (
            tokens(row.context_tokens) + (" (asked)" if row.context_tokens == asked.context_tokens else ""),
            *(gib(row.bytes_by_type[kind]) for kind in kinds),
            *((gib(row.unwindowed_bytes),) if row.unwindowed_bytes is not None else ()),
        )
        for row in rows
    )
    engine = cache_engine(catalog)
    users = f"{asked.users} users" if asked.users > 1 else "one user"
    title = f"{asked.model.id}, {users}, {engine.name}"
    data = {
        "model": asked.model.id,
        "runtime": engine.id,
        "users": asked.users,
        "kv_cache": [
            {"context": row.context_tokens, "bytes": row.bytes_by_type, "bytes_without_window_saving": row.unwindowed_bytes}
            for row in rows
        ],
    }
    most = max(asked.model.context_native, asked.model.context_extended or 0)
    remarks: tuple[tuple[str, str], ...] = ()
    if asked.context_tokens > most:
        remarks = (("warning", f"{asked.model.id} takes {tokens(most)} tokens at most"),)
    return Numbers((Table(tuple(columns), lines, title=title),), remarks, data)


def attention(asked: Asked, catalog: Catalog) -> Numbers:
    """Each kind of layer of a model, what it keeps of a token, and what it would keep with a key and value per query head."""
    if asked.model is None or asked.model.architecture is None:
        return no_model(asked)
    shares = cache_shares(asked.model.architecture)
    kept = sum(share.layers * share.kept for share in shares)
    plain = sum(share.layers * share.plain for share in shares)
    columns = (Column("layers", right=True), Column("kind"), Column("query heads", right=True, optional=1),
               Column("KV heads", right=True), Column("kept a token", right=True), Column("if not shared", right=True),
               Column("sees", optional=2))  # fmt: skip
    rows = [_share_row(share) for share in shares]
    rows.append((str(sum(s.layers for s in shares)), "all", "", "", f"{kept:,.0f}", f"{plain:,}", ""))
    times = plain / kept if kept else 0.0
    note = (
        f"numbers, not bytes (2 each in 16 bits); not shared: a key and a value for every query head, {times:.1f} times as many"
    )
    remarks = (("note", note),) if plain > kept else ()
    data = {
        "model": asked.model.id,
        "kept_per_token": kept,
        "with_a_pair_per_head": plain,
        "layers": [
            {"layers": s.layers, "kind": s.kind, "heads": s.heads, "kv_heads": s.kv_heads, "kept_per_token": s.kept,
             "with_a_pair_per_head": s.plain, "window": s.window}
            for s in shares
        ],
    }  # fmt: skip
    return Numbers((Table(columns, tuple(rows), title=f"{asked.model.id}, numbers kept for one token"),), remarks, data)


def _share_row(share: CacheShare) -> tuple[str, ...]:
    sees = "all" if share.kept else "a state of fixed size"
    if share.window:
        sees = f"{tokens(share.window)} tokens"
    return (
        str(share.layers),
        share.kind.replace("_", " "),
        str(share.heads or "-"),
        str(share.kv_heads or "-"),
        f"{share.layers * share.kept:,.0f}",
        f"{share.layers * share.plain:,}" if share.plain else "-",
        sees,
    )


def context(asked: Asked, catalog: Catalog) -> Numbers:
    """Memory by length; on a machine also what fits, how fast it writes and how long it reads."""
    model = asked.model
    if model is None or model.architecture is None:
        return no_model(asked)
    if asked.question is not None:
        return on_machine(over_contexts(model, asked.question, catalog))
    quant = usual_quantization(model, catalog)
    if quant is None:
        return no_model(asked)
    weights = file_bytes(model, quant, catalog).likely
    kind = cache_engine(catalog).kv_dtypes[0]
    rows = cache_rows(model, asked.context_tokens, asked.users, catalog)
    columns = (Column("context", right=True), Column("cache GiB", right=True), Column(f"weights GiB, {quant.name}", right=True),
               Column("cache over weights", right=True))  # fmt: skip
    lines = tuple(
        (
            tokens(row.context_tokens),
            gib(row.bytes_by_type[kind]),
            gib(weights),
            f"{100 * row.bytes_by_type[kind] / weights:.0f} %",
        )
        for row in rows
    )
    title = f"{model.id}, {asked.users} user{'s' * (asked.users > 1)}, cache in {kind}"
    data = {
        "model": model.id, "quant": quant.id, "users": asked.users, "kv_dtype": kind, "weights_bytes": int(weights),
        "contexts": [{"context": row.context_tokens, "cache_bytes": row.bytes_by_type[kind]} for row in rows],
    }  # fmt: skip
    remarks = (("note", "with --hardware: what fits, how fast it writes when full, how long it reads"),)
    return Numbers((Table(columns, lines, title=title),), remarks, data)
