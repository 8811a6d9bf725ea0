"""The Python API: the commands' own answers, typed, silent, and loaded only when used."""

from __future__ import annotations

import json
import subprocess
import sys
import typing

import pytest

import llm_pick
from llm_pick import api


@pytest.mark.parametrize(
    ("asked", "argv"),
    [
        (
            lambda: llm_pick.recommend(vram=24, task="code", license="permissive", top=3),
            ("recommend", "--vram", "24", "--task", "code", "--license", "permissive", "--top", "3"),
        ),
        (
            lambda: llm_pick.recommend(hardware="2x rtx-3090", context="64k", profile={"mau": 800_000_000}, reasoning="off"),
            ("recommend", "-H", "2x rtx-3090", "--context", "64k", "--mau", "800M", "--reasoning", "off"),
        ),
        (
            lambda: llm_pick.fit("qwen3-32b", vram="24", ram=64, quant="q8_0", users=2),
            ("fit", "qwen3-32b", "--vram", "24", "--ram", "64", "--quant", "q8_0", "--users", "2"),
        ),
        (lambda: llm_pick.fit("gpt-oss-20b", top=4), ("fit", "gpt-oss-20b", "--top", "4")),
        (lambda: llm_pick.license("gemma-3"), ("license", "gemma-3")),
        (
            lambda: llm_pick.license("llama-4-maverick", saas=True, region="DE", mau=2_000_000, as_of="2026-01-01"),
            ("license", "llama-4-maverick", "--saas", "--region", "DE", "--mau", "2M", "--as-of", "2026-01-01"),
        ),
        (
            lambda: llm_pick.breakeven(req_per_day=50_000, model="llama-3.3-70b", api="gpt-4o", hardware="2x h100-sxm"),
            ("breakeven", "--req-per-day", "50000", "--model", "llama-3.3-70b", "--api", "gpt-4o", "-H", "2x h100-sxm"),
        ),
        (
            lambda: llm_pick.recommend(hardware="h100-sxm", req_per_day=20_000, top=2),
            ("recommend", "-H", "h100-sxm", "--req-per-day", "20000", "--top", "2"),
        ),
    ],
    ids=(
        "recommend",
        "recommend-profile",
        "fit",
        "fit-everywhere",
        "license",
        "license-verdict",
        "breakeven",
        "recommend-traffic",
    ),
)
def test_the_api_says_what_the_command_says(cli, asked, argv, capsys):
    answer = llm_pick.as_dict(asked())
    assert capsys.readouterr() == ("", "")
    assert json.loads(json.dumps(answer)) == cli(*argv, "--json").json


def test_inspect_says_what_the_command_says(cli, tmp_path):
    config = {
        "model_type": "llama", "architectures": ["LlamaForCausalLM"], "num_hidden_layers": 2, "hidden_size": 64,
        "intermediate_size": 128, "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 256,
        "max_position_embeddings": 4096, "torch_dtype": "bfloat16", "tie_word_embeddings": True,
    }  # fmt: skip
    (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    # embeddings 256 x 64 at two bytes: 32,768 bytes
    header = json.dumps({"model.embed_tokens.weight": {"dtype": "BF16", "shape": [256, 64], "data_offsets": [0, 32768]}}).encode()
    (tmp_path / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + bytes(32768))
    ran = cli("inspect", str(tmp_path), "--vram", "24", "--json")
    assert ran.code == 0, ran.err
    assert json.loads(json.dumps(llm_pick.as_dict(llm_pick.inspect(str(tmp_path), vram=24)))) == ran.json


def test_a_wrong_question_is_raised_with_its_hint():
    with pytest.raises(api.QuestionError) as caught:
        llm_pick.fit("lama-3.1-8b", vram=24)
    assert "llama-3.1-8b-instruct" in caught.value.hint


def test_every_public_function_is_typed_and_documented():
    for name in set(llm_pick.__all__) - {"__version__"}:
        function = getattr(llm_pick, name)
        assert function.__doc__
        inner = getattr(function, "__wrapped__", function)
        assert "return" in inner.__annotations__
    assert set(llm_pick.__all__) <= set(dir(llm_pick))
    assert typing.TYPE_CHECKING is False


def test_importing_the_package_imports_nothing_else():
    code = "import sys; before = set(sys.modules); import llm_pick; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["llm_pick"]


def test_the_api_needs_no_terminal_library():
    code = (
        "import sys, llm_pick; llm_pick.as_dict(llm_pick.recommend(vram=24)); "
        "print(*[m for m in ('rich', 'typer', 'click', 'pydantic', 'yaml', 'huggingface_hub', 'httpx2') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
