"""Compare predicted runtime memory with published readings: KV cache, compute buffers, totals.

    python -m tools.calibrate_memory --truth DIR [--data DIR] [--json]

Reads ``runtime_memory.jsonl`` of a folder of measured rows and maps each row's model, quantization, engine and
backend to the catalog. The parts are scored apart:

* KV cache of start-up logs. vLLM up to 0.26 prints tokens as if every layer were full; its rule is in
  ``logged_pool_bytes_per_token``.
* compute buffers of llama.cpp logs, against the modelled buffer alone (without base and scratch);
* totals, by engine and backend, with the fitted parameters refitted while each model family or
  each source is left out (``tools/memory_left_out.py``).
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from benchmarks.resolve import Resolver

from llm_pick.core.catalog import Architecture, Catalog, Model, Runtime
from llm_pick.core.estimate.kv_cache import kv_bytes_per_element, kv_cache_bytes, kv_terms
from llm_pick.core.estimate.runtime_memory import engine_memory, overhead_bytes
from llm_pick.schema.load import AuthoredCatalog, load_folder
from tools.memory_left_out import left_out

ROOT = Path(__file__).resolve().parent.parent
MIB, GIB = 2**20, 2**30
ENGINES = {
    "llama.cpp": "llama-cpp", "llama-server": "llama-cpp", "ik_llama.cpp": "llama-cpp", "llama": "llama-cpp",
    "ollama": "ollama", "vllm": "vllm", "sglang": "sglang", "mlx-lm": "mlx", "mlx": "mlx", "mlx-vlm": "mlx",
    "vllm-mlx": "mlx", "omlx": "mlx", "transformers": "transformers", "transformers (pytorch)": "transformers",
    "exllamav3": "exllamav3",
}  # fmt: skip
KV_DTYPES = {"q8_0": "q8_0", "q4_0": "q4_0", "q8": "q8_0", "kv-q8": "q8_0", "kv4": "q4_0", "fp8": "fp8", "fp8_e4m3": "fp8"}
USUAL_CONTEXT = 2048
"""For the few totals that state no context."""


@dataclasses.dataclass(frozen=True, slots=True)
class Setup:
    """One measured row, resolved to catalog records."""

    row: dict[str, Any]
    model: Model
    architecture: Architecture
    runtime: Runtime
    backend: str
    kv_dtype: str
    context: int
    devices: int
    tensor_parallel: int


def main(argv: list[str] | None = None) -> int:
    """Print the scores; returns 0."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--truth", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=ROOT / "data")
    parser.add_argument("--json", action="store_true", help="print the figures with families and sources left out, only")
    options = parser.parse_args(argv)
    catalog = catalog_of(load_folder(options.data, partial=True))
    rows = [json.loads(line) for line in (options.truth / "runtime_memory.jsonl").read_text().splitlines()]
    folds = left_out(rows, Resolver(catalog))
    if options.json:
        print(json.dumps([dataclasses.asdict(fold) for fold in folds], indent=2))
        return 0
    names = Resolver(catalog)
    setups = [setup for row in rows if (setup := resolve(row, names, catalog))]
    print(f"{len(rows)} rows, {len(setups)} of a known model and engine")
    report_cache(setups, catalog)
    report_buffers(setups, catalog)
    for fold in folds:
        print(fold.as_text())
    return 0


def catalog_of(authored: AuthoredCatalog) -> Catalog:
    """As much of a catalog as memory needs."""

    def by_id(section: str) -> dict[str, Any]:
        return {record.id: record for record in authored.records(section)}

    return Catalog(
        as_of="", digest="", families={}, models=by_id("models"), licenses={}, devices=by_id("devices"),
        tensor_types=by_id("tensor_types"), quantizations=by_id("quantizations"), runtimes=by_id("runtimes"),
        benchmarks={}, scores={}, quality={}, tasks={}, api_prices=(), gpu_prices=(),
        parameters=by_id("parameters"), references={}, newest_evidence={},
    )  # fmt: skip


def resolve(row: dict[str, Any], names: Resolver, catalog: Catalog) -> Setup | None:
    """The catalog records a row is about; ``None`` where the model or the engine is not known."""
    found = names.model(row)
    id = found.id if found is not None else None
    runtime = catalog.runtimes.get(ENGINES.get(row["engine"], ""))
    architecture = catalog.models[id].architecture if id else None
    if id is None or runtime is None or architecture is None:
        return None
    parallel = int(row.get("tensor_parallel") or 1) if runtime.multi_device == "tensor-parallel" else 1
    return Setup(
        row=row,
        model=catalog.models[id],
        architecture=architecture,
        runtime=runtime,
        backend=_backend(row, runtime),
        kv_dtype=KV_DTYPES.get(row.get("kv_dtype") or "", "f16"),
        context=int(row.get("ctx_tokens") or USUAL_CONTEXT),
        devices=int(row.get("device_count") or 1),
        tensor_parallel=parallel,
    )


def _backend(row: dict[str, Any], runtime: Runtime) -> str:
    said = (row.get("backend") or "").lower()
    for known in ("rocm", "vulkan", "cuda"):
        if said.startswith(known):
            return known
    if "mlx" in runtime.backends:
        return "mlx"
    vendor = row["device_key"].split("-")[0]
    return {"apple": "metal", "nvidia": "cuda", "amd": "rocm"}.get(vendor, "cuda")


def report_cache(setups: list[Setup], catalog: Catalog) -> None:
    """Error of the KV cache, over rows that print one."""
    errors = defaultdict[str, list[float]](list)
    for setup in setups:
        row = setup.row
        if row.get("kv_total_mib") and row.get("ctx_tokens"):
            predicted = _logged_cache(setup, catalog) / MIB
            errors["llama.cpp logs (total)"].append(predicted / row["kv_total_mib"] - 1)
        elif row.get("kv_available_gib_per_gpu") and row.get("kv_cache_tokens") and row["engine"] == "vllm":
            printed = row["kv_available_gib_per_gpu"] * GIB / row["kv_cache_tokens"]
            predicted = logged_pool_bytes_per_token(setup, catalog)
            errors["vllm logs (bytes per token)"].append(predicted / printed - 1)
            if row.get("max_concurrency_x") and row.get("ctx_tokens"):
                runtime = dataclasses.replace(setup.runtime, window_slack_tokens=row.get("max_num_batched_tokens") or 2048)
                need = kv_cache_bytes(
                    setup.architecture, setup.context, 1, setup.kv_dtype, runtime, catalog, setup.tensor_parallel
                )
                printed = row["kv_available_gib_per_gpu"] * GIB / row["max_concurrency_x"]
                errors["vllm logs (bytes per sequence)"].append(need / printed - 1)
        if row.get("kv_swa_mib"):
            predicted = _logged_cache(setup, catalog) / MIB
            errors["llama.cpp logs (total)"].append(predicted / (row["kv_nonswa_mib"] + row["kv_swa_mib"]) - 1)
    for title, found in errors.items():
        exact = sum(abs(e) <= 0.01 for e in found)
        worst = max(found, key=abs)
        print(f"KV cache, {title}: {len(found)} rows, {exact} within 1 %, worst {worst:+.1%}")


def _logged_cache(setup: Setup, catalog: Catalog) -> float:
    """Cache of a log row, with the batch and the expanded latents that the row says it used."""
    row, architecture = setup.row, setup.architecture
    runtime = dataclasses.replace(setup.runtime, window_slack_tokens=row.get("n_ubatch") or 512)
    latents = [m for m in architecture.mixers if m.kind == "mla"]
    if latents and row.get("mla_attn") == 0:
        mixers = tuple(
            dataclasses.replace(m, kind="attention", kv_heads=m.heads, head_dim=(m.nope_dim or 0) + (m.rope_dim or 0))
            for m in latents
        )
        architecture = dataclasses.replace(architecture, mixers=mixers)
    if row["engine"] == "ik_llama.cpp":
        runtime = dataclasses.replace(runtime, kv_pad_tokens=1)
    context = setup.context // 2 if row.get("n_seq_max") == 2 else setup.context
    return kv_cache_bytes(architecture, context, row.get("n_seq_max") or 1, setup.kv_dtype, runtime, catalog)


def logged_pool_bytes_per_token(setup: Setup, catalog: Catalog) -> float:
    """Bytes of pool per token in vLLM's line "GPU KV cache size", versions up to 0.26.

    Layers are sorted into groups of equal size, that of the rarest kind; the last group of a kind is padded.
    All groups draw on one pool, and the line counts the tokens as if each needed the whole context.
    """
    architecture, parallel = setup.architecture, setup.tensor_parallel
    width = kv_bytes_per_element(setup.kv_dtype, catalog)
    counts: dict[tuple[str, int | None], int] = defaultdict(int)
    per_layer = 0.0
    for mixer in architecture.mixers:
        if mixer.kv_shared:
            continue
        stateful = mixer.kind not in ("attention", "mla")
        counts[("state" if stateful else "cache", None if stateful else mixer.window)] += mixer.layers
        if not stateful:
            alone = dataclasses.replace(architecture, mixers=(dataclasses.replace(mixer, layers=1, window=None),))
            per_layer = max(per_layer, kv_terms(alone, parallel).full * width)
    size = min(counts.values())
    if max(counts.values()) < size * 1.5:
        size = max(counts.values())
    groups = sum(-(-count // size) for count in counts.values())
    return per_layer * size * groups


def report_buffers(setups: list[Setup], catalog: Catalog) -> None:
    """Error of the compute buffer of one device, llama.cpp logs only."""
    errors = defaultdict[str, list[float]](list)
    for setup in setups:
        row = setup.row
        buffers = [v for k, v in (row.get("compute_mib_by_buffer") or {}).items() if not k.endswith("Host")]
        if not buffers or row.get("mla_attn"):
            continue
        engine = engine_memory(setup.runtime, setup.backend, catalog)
        overhead = overhead_bytes(
            setup.architecture, setup.runtime, setup.backend, setup.context, setup.kv_dtype,
            _with_batch(catalog, row), devices=setup.devices, fused_attention=bool(row.get("flash_attn")),
        )  # fmt: skip
        modelled = (overhead.likely - engine.base) / MIB
        errors[row["engine"]].append(modelled / max(buffers) - 1)
    for title, found in errors.items():
        found.sort(key=abs)
        print(f"compute buffer, {title}: {len(found)} rows, median error {found[len(found) // 2]:+.1%}, worst {found[-1]:+.1%}")


def _with_batch(catalog: Catalog, row: dict[str, Any]) -> Catalog:
    """The catalog with the physical batch of a log row."""
    batch = row.get("n_ubatch")
    if not batch:
        return catalog
    changed = dict(catalog.parameters)
    for name in ("batch_tokens", "logit_rows"):
        id = f"runtime_memory.llama-cpp.any.{name}"
        changed[id] = dataclasses.replace(changed[id], value=float(batch))
    return dataclasses.replace(catalog, parameters=changed)


if __name__ == "__main__":
    sys.exit(main())
