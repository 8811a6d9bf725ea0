"""The real command in a process of its own: exit codes, streams, formats, bad input."""

from __future__ import annotations

import csv
import io
import json

import pytest


def test_the_readmes_question(cli):
    ran = cli("recommend", "--vram", "24", "--task", "code", "--json")
    assert ran.code == 0
    assert ran.err == ""
    answer = ran.json
    assert answer["schema"] == "llm-pick/recommend@1"
    assert answer["question"]["task"] == "code"
    picks = answer["recommendations"]
    assert [pick["rank"] for pick in picks] == [1, 2, 3, 4, 5]
    for pick in picks:
        assert pick["memory"]["total_bytes"]["high"] <= pick["memory"]["budget_bytes"] <= 24 * 1024**3
        assert pick["license"]["verdict"] in ("allowed", "allowed_with_conditions")
        speed = pick["speed"]["decode_tok_per_s"]
        assert 0 < speed["low"] <= speed["likely"] <= speed["high"]
        assert pick["quality"]["evidence"], "a leading model without evidence"
        assert pick["run"], "no command to run it"


def test_same_input_same_bytes(cli):
    args = ("recommend", "-H", "2x rtx-3090", "--task", "reasoning", "--json")
    assert cli(*args, PYTHONHASHSEED="1").out == cli(*args, PYTHONHASHSEED="2").out


def test_plain_is_tab_separated_and_untruncated(cli):
    ran = cli("list", "models")
    lines = ran.out.rstrip("\n").split("\n")
    assert ran.code == 0
    assert len({line.count("\t") for line in lines}) == 1
    assert len(lines) > 80
    assert "…" not in ran.out


def test_csv_parses(cli):
    ran = cli("list", "quants", "--format", "csv")
    rows = list(csv.reader(io.StringIO(ran.out)))
    assert len({len(row) for row in rows}) == 1


def test_table_on_a_terminal_width(cli):
    ran = cli("recommend", "--vram", "24", "--format", "table", COLUMNS="80", NO_COLOR="1")
    assert ran.code == 0
    assert "\x1b[" not in ran.out


def test_nothing_fits_is_an_answer_with_reasons(cli):
    ran = cli("recommend", "--vram", "0.2", "--json")
    assert ran.code == 1
    answer = ran.json
    assert answer["recommendations"] == []
    assert answer["excluded"]["fits-memory"] > 50


def test_near_misses_name_a_change(cli):
    answer = cli("recommend", "--vram", "12", "--license", "osi", "--json").json
    assert answer["near_misses"]
    for miss in answer["near_misses"]:
        assert miss["change"]
        assert miss["rule"] in ("fits-memory", "licence-policy", "enough-context", "task-capability")


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("fit", "lama-3.1-8b", "--vram", "24"), "llama-3.1-8b-instruct"),
        (("fit", "llama-3.1", "--vram", "24"), "one of:"),
        (("recommend", "-H", "rtx-409"), "rtx-4090"),
        (("recommend", "-H", "h100"), "one of:"),
        (("recommend", "--vram", "24", "--task", "coding"), "code"),
        (("recommend", "--vram", "24", "--quant", "q4_k_n"), "q4_k_m"),
        (("recommend", "--vram", "-3"), "--vram"),
        (("recommend", "--vram", "0"), "--vram"),
        (("recommend", "--vram", "99999999"), "--vram"),
        (("recommend", "--vram", "abc"), "--vram"),
        (("recommend", "--vram", "24", "--context", "0"), "--context"),
        (("recommend", "--vram", "24", "--context", "9e99"), "--context"),
        (("recommend", "--vram", "24", "--users", "-1"), "--users"),
        (("recommend", "--vram", "24", "--min-tps", "-5"), "--min-tps"),
        (("recommend", "--vram", "24", "--ram", "-5"), "--ram"),
        (("recommend", "--vram", "24", "--license", "apache-3"), "apache-2.0"),
        (("recommend", "--vram", "24", "--prefer", "beauty"), "balanced"),
        (("recommend", "--vram", "24", "--prefer", "quality=-1"), "balanced"),
        (("recommend", "--vram", "24", "--runtime", "olama"), "ollama"),
        (("recommend", "--vram", "24", "--kv-dtype", "q9"), "q8_0"),
        (("recommend", "--vram", "24", "-H", "rtx-4090"), "one of them"),
        (("recommend", "-H", "auto", "-H", "rtx-4090"), "auto"),
        (("recommend", "-H", "cpu"), "--ram"),
        (("fit", "llama-3.1-8b", "--vram", "24", "--context", "500k"), "131072"),
        (("show", "gemma-33"), "gemma-3"),
        (("list", "modls"), "models"),
        (("catalog", "validate", "no-such-folder"), "folder"),
        (("recomend",), "recommend"),
        (("recommend", "--vrm", "24"), "--vram"),
        (("recommend", "--vram", "24", "--quant", ""), "--quant is empty"),
        (("breakeven", "--req-per-day", "50", "--api="), "--api is empty"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_a_wrong_question_is_exit_2_with_a_way_out(cli, args, says):
    ran = cli(*args)
    assert ran.code == 2, ran.err
    assert ran.out == ""
    assert ran.err.startswith("error: ")
    assert says in ran.err
    assert "Traceback" not in ran.err


def test_a_catalog_with_errors_names_file_and_line(cli, tmp_path):
    (tmp_path / "licenses.yaml").write_text("licenses:\n  - id: mit\n    name: NO\n    nonsense: 1\n", encoding="utf-8")
    ran = cli("catalog", "validate", str(tmp_path))
    assert ran.code == 1
    assert "licenses.yaml:3" in ran.out
    assert "licenses.yaml:4: mit: nonsense" in ran.out
    assert "models.yaml:1" in ran.out


def test_our_own_data_is_valid(cli):
    ran = cli("catalog", "validate", "data", "--json")
    assert ran.json["problems"] == []
    assert ran.code == 0


def test_fit_and_recommend_give_the_same_numbers(cli):
    asked = ("--vram", "24", "--task", "code", "--json")
    first = cli("recommend", *asked).json["recommendations"][0]
    alone = cli("fit", first["model"]["id"], *asked).json
    assert alone["quant"] == first["artifact"]["quant"]
    for key in ("memory", "speed", "runtime", "quality"):
        assert alone[key] == first[key], key


def test_fit_says_no_with_exit_1(cli):
    ran = cli("fit", "llama-3.1-405b", "--vram", "24", "--json")
    assert ran.code == 1
    assert ran.json["fits"] is False


def test_fit_without_hardware_lists_where_it_runs(cli):
    ran = cli("fit", "gpt-oss-20b", "--json")
    assert ran.code == 0
    assert all(row["fits"] for row in ran.json["devices"])


def test_show_prints_sources_and_unknowns(cli):
    ran = cli("show", "llama-3.1-8b", "--json")
    assert ran.code == 0
    facts = {fact["field"]: fact for fact in ran.json["facts"]}
    assert facts["architecture.hidden"]["value"] == 4096
    assert all(source["read_on"] for source in facts["architecture.hidden"]["sources"])


def test_show_a_family_lists_its_members(cli):
    ran = cli("show", "llama-3.1", "--json")
    assert ran.code == 0
    assert {"llama-3.1-8b-instruct", "llama-3.1-70b-instruct", "llama-3.1-405b-instruct"} <= {
        member["id"] for member in ran.json["members"]
    }


def test_output_goes_to_a_file_whole_or_not_at_all(cli, tmp_path):
    target = tmp_path / "answer.json"
    assert cli("recommend", "--vram", "24", "--json", "-o", str(target)).code == 0
    assert json.loads(target.read_text(encoding="utf-8"))["recommendations"]
    assert list(tmp_path.iterdir()) == [target]
    assert cli("list", "tasks", "-o", str(tmp_path / "no" / "dir")).code == 2


def test_version_and_help(cli):
    assert cli("--version").out.startswith("llm-pick ")
    assert cli("--version", "--json").json["catalog"]["digest"]
    for command in ("recommend", "fit", "show", "list"):
        ran = cli(command, "--help")
        assert ran.code == 0
        assert ran.out.count("llm-pick ") >= 2


def test_heavy_modules_stay_off_the_hot_path(cli):
    import subprocess
    import sys

    code = (
        "import sys; from llm_pick.cli.main import run; run(['recommend','--vram','24','--json','-o','/dev/null']);"
        "print(sorted({'pydantic','yaml','httpx2','huggingface_hub','numpy','rich'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("[]")


def test_a_closed_pipe_is_quiet():
    import subprocess
    import sys

    line = f"{sys.executable} -m llm_pick list models --json | head -c 10"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    assert "Error" not in done.stderr
