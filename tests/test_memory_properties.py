"""What must hold of memory for any setup of the real catalog, and that every command gives the same figures."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from llm_pick.core.ask import build_question
from llm_pick.core.candidates import Candidate
from llm_pick.core.errors import QuestionError
from llm_pick.core.estimate.limits import context_limit, largest_context, most_users, users_limit
from llm_pick.core.estimate.memory import memory_of
from llm_pick.core.recommend import fit
from llm_pick.render.memory_explanation import check_lines, memory_lines
from llm_pick.render.text import GIB, gib, tokens

some = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
few = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
SIZES = (8, 12, 16, 24, 48, 80, 192)
SETUPS = (
    ("llama-cpp", "cuda", "q4_k_m"), ("llama-cpp", "vulkan", "q8_0"), ("ollama", "cuda", "q4_k_m"), ("vllm", "cuda", "bf16"),
    ("vllm", "rocm", "fp8"), ("sglang", "cuda", "fp8"), ("transformers", "cuda", "bf16"), ("mlx", "mlx", "mlx-4bit"),
)  # fmt: skip


@st.composite
def candidates(draw, catalog):
    models = [id for id in sorted(catalog.models) if catalog.models[id].architecture is not None]
    model = catalog.models[draw(st.sampled_from(models))]
    engine, backend, quant = draw(st.sampled_from(SETUPS))
    runtime = catalog.runtimes[engine]
    return Candidate(model, catalog.quantizations[quant], runtime, backend, runtime.kv_dtypes[0], published=True)


def asking(catalog, **asked):
    return build_question(catalog, **{"vram": ["24"], "context": 8192, **asked})


@some
@given(data=st.data(), context=st.integers(1, 200_000), more=st.integers(0, 100_000), users=st.integers(1, 16))
def test_memory_grows_with_context_and_users(catalog, data, context, more, users):
    candidate = data.draw(candidates(catalog))
    less = memory_of(candidate, asking(catalog, context=context), catalog)
    longer = memory_of(candidate, asking(catalog, context=context + more), catalog)
    many = memory_of(candidate, asking(catalog, context=context, users=users), catalog)
    for value in (less, longer, many):
        for part in (value.weights_bytes, value.overhead_bytes, value.total_bytes):
            assert 0 <= part.low <= part.likely <= part.high
    for attribute in ("low", "likely", "high"):
        assert getattr(less.total_bytes, attribute) <= getattr(longer.total_bytes, attribute) * (1 + 1e-9)
        assert getattr(less.total_bytes, attribute) <= getattr(many.total_bytes, attribute) * (1 + 1e-9)


@some
@given(data=st.data(), context=st.integers(256, 100_000))
def test_memory_grows_with_bits(catalog, data, context):
    candidate = data.draw(candidates(catalog))
    asked = asking(catalog, context=context)
    engine = {"runtime": catalog.runtimes["llama-cpp"], "backend": "cuda", "kv_dtype": "f16"}
    recipes = [catalog.quantizations[id] for id in ("q2_k", "q4_k_m", "q6_k", "q8_0", "f16-gguf")]
    gguf = [dataclasses.replace(candidate, quantization=recipe, **engine) for recipe in recipes]
    # published sizes of one label can undercut the recipe of another, so the model is taken without them
    bare = [dataclasses.replace(c, model=dataclasses.replace(c.model, artifacts=())) for c in gguf]
    totals = [memory_of(c, asked, catalog).total_bytes.likely for c in bare]
    assert totals == sorted(totals)
    caches = [memory_of(dataclasses.replace(bare[0], kv_dtype=t), asked, catalog).kv_cache_bytes for t in ("q4_0", "q8_0", "f16")]
    assert caches == sorted(caches)


@some
@given(data=st.data(), size=st.sampled_from(SIZES), count=st.integers(1, 4), ram=st.sampled_from((None, 64, 256)))
def test_fits_is_the_upper_bound_within_every_budget_and_nothing_moved(catalog, data, size, count, ram):
    candidate = data.draw(candidates(catalog))
    memory = memory_of(candidate, asking(catalog, vram=[f"{count}x{size}"], ram_gb=ram), catalog)
    if memory.fits:
        assert memory.offloaded_bytes == 0
        assert memory.shortfall_bytes == 0
        assert memory.total_bytes.high <= memory.budget_bytes
    elif memory.offloaded_bytes:
        # what stays fits, up to rounding; what was moved, and nothing else, is missing from the devices
        assert memory.total_bytes.high <= memory.budget_bytes + 16
        whole = memory.weights_bytes.likely + memory.kv_cache_bytes + memory.overhead_bytes.likely
        on_devices = memory.total_bytes.likely + memory.offloaded_bytes + memory.host_weights_bytes
        assert on_devices == pytest.approx(whole, rel=1e-6)
    elif count == 1:
        assert memory.offloaded_bytes or memory.total_bytes.high > memory.budget_bytes


@some
@given(data=st.data(), size=st.sampled_from(SIZES), count=st.sampled_from((1, 2, 4)), ram=st.sampled_from((None, 64)))
def test_more_memory_never_unfits(catalog, data, size, count, ram):
    candidate = data.draw(candidates(catalog))
    here, larger = (memory_of(candidate, asking(catalog, vram=[f"{count}x{s}"], ram_gb=ram), catalog) for s in (size, size * 2))
    assert here.fits <= larger.fits
    assert here.shortfall_bytes >= larger.shortfall_bytes


@few
@given(data=st.data(), size=st.sampled_from(SIZES), context=st.sampled_from((2048, 16384)))
def test_two_identical_devices_never_hold_less_than_one(catalog, data, size, context):
    candidate = data.draw(candidates(catalog))
    assume(candidate.runtime.multi_device != "none")
    one, two = (asking(catalog, vram=[spec], context=context) for spec in (str(size), f"2x{size}"))
    assert largest_context(candidate, one, catalog) <= largest_context(candidate, two, catalog)
    assert most_users(candidate, one, catalog) <= most_users(candidate, two, catalog)


@few
@given(data=st.data(), size=st.sampled_from(SIZES))
def test_limits_are_the_last_that_fit(catalog, data, size):
    candidate = data.draw(candidates(catalog))
    asked = asking(catalog, vram=[str(size)])
    longest, users = largest_context(candidate, asked, catalog), most_users(candidate, asked, catalog)
    if longest:
        assert memory_of(candidate, dataclasses.replace(asked, context_tokens=longest), catalog).fits
        if context_limit(longest, candidate) == "memory":
            assert not memory_of(candidate, dataclasses.replace(asked, context_tokens=longest + 256), catalog).fits
    if users_limit(users) == "memory":
        assert not memory_of(candidate, dataclasses.replace(asked, users=users + 1), catalog).fits
    if users:
        assert memory_of(candidate, dataclasses.replace(asked, users=users), catalog).fits


@given(st.integers(1, 10**7))
def test_tokens_survive_being_written_and_read(catalog, number):
    assert build_question(catalog, vram=["24"], context=tokens(number).replace(",", "")).context_tokens == number


@given(st.integers(1, 4096))
def test_gibibytes_survive_being_written(number):
    assert float(gib(number * GIB)) == number


@pytest.mark.parametrize(
    "machine", [("-H", "rtx-4090"), ("-H", "2x rtx-3090"), ("-H", "m4-max-64gb"), ("-H", "rtx-4070", "--ram", "64")]
)
def test_every_command_gives_the_same_memory(cli, machine):
    picks = cli("recommend", *machine, "--context", "16k", "--top", "2", "--json").json["recommendations"]
    assert picks
    for pick in picks:
        id, quant = pick["model"]["id"], pick["artifact"]["quant"]
        same = ("--context", "16k", "--quant", quant, "--runtime", pick["runtime"], "--json")
        fitted = cli("fit", id, *machine, *same).json
        assert fitted["memory"] == pick["memory"]
        assert fitted["speed"] == pick["speed"]
        assert fitted["run"] == pick["run"]
        compared = cli("compare", id, "llama-3.1-8b", *machine, *same).json["models"][0]
        for part in ("weights_bytes", "kv_cache_bytes", "overhead_bytes", "total_bytes", "offloaded_bytes"):
            assert compared["memory"][part] == pick["memory"][part]


def test_fit_names_what_binds(cli):
    small = cli("fit", "llama-3.1-8b", "-H", "rtx-4090", "--quant", "q8_0", "--json").json
    assert small["max_context_limited_by"] == "memory"
    assert small["max_users_limited_by"] == "memory"
    large = cli("fit", "llama-3.1-8b", "-H", "h200", "--quant", "q8_0", "--json").json
    assert large["max_context_limited_by"] == "model"
    assert large["max_context"] == 131072


def test_explain_prints_the_formula_and_a_check(catalog):
    asked = build_question(catalog, hardware=["rtx-4090"], quant="q4_k_m", context=131072, users=1)
    item = fit(catalog.models["llama-3.1-8b-instruct"], dataclasses.replace(asked, context_tokens=16384), catalog)[0]
    text = dict(memory_lines(item, dataclasses.replace(asked, context_tokens=16384), catalog))
    assert text["KV cache"] == "32 layers x 8 KV heads x (128 + 128) x 16,384 tokens x 2 B (f16)"
    # 4.58 + 2.0 + 0.66 - 0.27 = 6.97
    assert "KV cache 2.0" in text["memory"]
    assert "of embeddings kept in system memory" in text["memory"]
    assert "compute buffer 0.26" in text["overhead"]  # 512 x (128,256 + 2 x 4096) x 4 B = 266.5 MiB
    checks = check_lines(item, asked, catalog)
    assert any(label == "check it" and "llama-fit-params" in line and "-fitp on" in line for label, line in checks)
    assert any(label == "expect" and "2,048" in line for label, line in checks)  # 2 GiB of cache in MiB


def test_every_engine_can_be_checked(catalog):
    for runtime in catalog.runtimes.values():
        if runtime.role == "engine" and runtime.status == "active" and runtime.command:
            assert runtime.verify, runtime.id
            assert runtime.expect, runtime.id


@pytest.mark.parametrize("machine", ["rtx-4090", "m4-max-64gb", "8x h100-sxm"])
def test_no_template_leaves_a_field_unfilled(cli, machine):
    for model in ("qwen3-30b-a3b", "llama-3.1-8b"):
        run = cli("fit", model, "-H", machine, "--json").json["run"]
        assert run
        for commands in run.values():
            for text in commands.values():
                assert "{" not in (text or "")


def test_a_model_without_architecture_is_an_error(catalog):
    unknown = next((m for m in catalog.models.values() if m.architecture is None), None)
    if unknown is not None:
        with pytest.raises(QuestionError):
            fit(unknown, asking(catalog), catalog)
