"""Scores of the user's own: placed on the published scale, checked with lines, shown as yours."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys

import pytest

from llm_pick.core.catalog import Score
from llm_pick.core.quality.placing import placed
from llm_pick.core.quality.task_score import task_quality
from llm_pick.core.record import replace
from llm_pick.io.store import catalog_of
from llm_pick.schema.own import read_own

SCORES = """
models:
- id: my-llama
  like: llama-3.1-8b-instruct
  hf_repo: me/my-llama
  released: "2026-10-01"
scores:
- {model: my-llama, benchmark: ifeval, score: 84.0, date: "2026-11-01"}
- {model: my-llama, benchmark: gpqa-diamond, score: 44.0, date: "2026-11-01", setting: three runs}
- {model: qwen3-8b, benchmark: mmlu-pro, score: 30.0, date: "2026-11-01", mode: thinking}
"""


def score(model, benchmark, value, **more):
    return Score(**{"model": model, "benchmark": benchmark, "score": value, "by": "independent", "source": "s x",
                    "date": "2026-11-01", **more})  # fmt: skip


@pytest.fixture
def file(tmp_path):
    def write(text=SCORES):
        path = tmp_path / "mine.yaml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


def test_a_model_placed_by_its_published_scores_lands_where_the_fit_has_it(catalog):
    """Difficulties are the fit's; what the program does with them must agree with what the fit did."""
    off, inside = [], []
    for id in sorted(catalog.scores):
        model = catalog.models[id]
        bare = replace(catalog, quality={})
        for mode, groups in placed(model, catalog.scores[id], bare).items():
            for group, cell in groups.items():
                truth = catalog.quality[id][mode][group]
                assert (cell.rows, cell.independent_rows, cell.task_rows) == (
                    truth.rows,
                    truth.independent_rows,
                    truth.task_rows,
                )
                if truth.rows:
                    off.append(abs(cell.likely - truth.likely))
                    inside.append(cell.low <= truth.likely <= cell.high)
    assert len(off) > 1000
    assert statistics.median(off) < 2.5
    assert statistics.mean(inside) > 0.75


def test_a_score_moves_the_ability_its_way_and_narrows_its_own_group(catalog):
    model = catalog.models["qwen3-8b"]
    before = catalog.quality["qwen3-8b"]["thinking"]
    after = placed(model, [score("qwen3-8b", "mmlu-pro", 85.0, mode="thinking")], catalog)["thinking"]
    moved = {group: after[group].likely - before[group].likely for group in before}
    own = catalog.benchmarks["mmlu-pro"].task_group
    assert all(value > 0 for value in moved.values())
    assert after[own].high - after[own].low < before[own].high - before[own].low
    assert after[own].rows == before[own].rows + 1


def test_scores_that_cannot_be_fitted_change_nothing(catalog):
    model = catalog.models["qwen3-8b"]
    assert placed(model, [score("qwen3-8b", "epoch-capabilities-index", 200.0)], catalog) is catalog.quality["qwen3-8b"]
    base = replace(model, id="new", kind="base")
    assert placed(base, [score("new", "mmlu-pro", 60.0)], catalog) == {}
    undated = replace(model, id="new", released="unknown")
    assert placed(undated, [score("new", "mmlu-pro", 60.0)], catalog) == {}


def test_own_scores_give_a_model_of_ones_own_a_quality(file, catalog):
    got = catalog_of([file()])
    task = got.tasks["general"]
    mine = task_quality("my-llama", task, "non_thinking", got)
    assert mine.rows == 2 and mine.independent_rows == 0, "its maker is who measured it"
    assert mine.score.low < mine.score.likely < mine.score.high
    assert got.newest_evidence["my-llama"] == "2026-11-01"
    assert (
        task_quality("qwen3-8b", task, "thinking", got).score.likely
        < task_quality("qwen3-8b", task, "thinking", catalog).score.likely
    )
    assert {row.by for row in got.scores["qwen3-8b"] if got.origin("scores", row.key)} == {"independent"}
    assert got.scores["qwen3-14b"] == catalog.scores["qwen3-14b"]


def test_the_same_test_in_a_later_file_replaces_the_earlier_one(file, tmp_path):
    later = tmp_path / "later.yaml"
    later.write_text(
        'scores:\n- {model: qwen3-8b, benchmark: mmlu-pro, score: 31.0, date: "2026-11-02", mode: thinking}\n', encoding="utf-8"
    )
    got = catalog_of([file(), str(later)])
    mine = [row for row in got.scores["qwen3-8b"] if got.origin("scores", row.key)]
    assert [row.score for row in mine] == [31.0]


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("scores:\n- 5\n", 2, "expected a mapping"),
        ("scores: 5\n", 1, "expected a list"),
        ("scores:\n- {model: qwen3-8b, benchmark: mmlu-pro, date: '2026-11-01'}\n", 2, "Field required"),
        ("scores:\n- model: qwen3-8b\n  benchmark: mmlu-por\n  score: 5.0\n  date: '2026-11-01'\n", 3, "does not exist"),
        ("scores:\n- model: no-such\n  benchmark: mmlu-pro\n  score: 5.0\n  date: '2026-11-01'\n", 2, "does not exist"),
        ("scores:\n- model: qwen3-8b\n  benchmark: mmlu-pro\n  score: 150.0\n  date: '2026-11-01'\n", 4, "off its scale"),
        ("scores:\n- model: qwen3-8b\n  benchmark: mmlu-pro\n  score: .nan\n  date: '2026-11-01'\n", 4, ""),
        ("scores:\n- model: qwen3-8b\n  benchmark: mmlu-pro\n  score: 5.0\n  date: '2097-11-01'\n", 5, "future"),
        ("scores:\n- model: qwen3-8b\n  benchmark: mmlu-pro\n  score: 5.0\n  date: soon\n", 5, "not an ISO date"),
        ("scores:\n- model: qwen3-8b\n  benchmark: mmlu-pro\n  score: 5.0\n  date: '2026-02-31'\n", 5, "not an ISO date"),
        ("scores:\n- {model: qwen3-8b, benchmark: mmlu-pro, score: 5.0, date: '2026-11-01', mode: fast}\n", 2, "not one of"),
        ("scores:\n- {model: qwen3-8b, benchmark: mmlu-pro, score: 5.0, date: '2026-11-01', by: me}\n", 2, "not one of"),
        ("scores:\n- &a {model: qwen3-8b, benchmark: mmlu-pro, score: 5.0, date: '2026-11-01'}\n- *a\n", None, ""),
        (
            "scores:\n- {model: qwen3-8b, benchmark: mmlu-pro, score: 5.0, date: '2026-11-01'}\n"
            "- {model: qwen3-8b, benchmark: mmlu-pro, score: 6.0, date: '2026-11-01'}\n",
            3,
            "twice",
        ),
        (
            "benchmarks:\n- id: b\n  name: B\n  task_group: sorting\n  measures: m\n"
            "  scale: percent\n  chance: 0.0\n  limits: l\n",
            4,
            "is not one of",
        ),
    ],
)
def test_problems_name_the_line(file, catalog, text, line, says):
    problems = read_own([file(text)], catalog).problems
    assert problems
    assert any((line is None or problem.line == line) and says in problem.message for problem in problems), problems


def test_a_benchmark_of_ones_own_is_shown_and_not_fitted(file):
    text = (
        "benchmarks:\n- {id: tickets, name: T, task_group: code, measures: m, scale: percent, chance: 0.0, limits: l}\n"
        "scores:\n- {model: qwen3-8b, benchmark: tickets, score: 5.0, date: '2026-11-01'}\n"
    )
    got = catalog_of([file(text)])
    assert got.benchmarks["tickets"].in_fit is False
    assert (
        got.quality["qwen3-8b"]["thinking"]["code"].likely
        == catalog_of([file("models: []\n")]).quality["qwen3-8b"]["thinking"]["code"].likely
    )
    assert got.scores["qwen3-8b"][-1].benchmark == "tickets"


def test_answers_say_whose_scores_they_rest_on(file):
    def run(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "llm_pick", *arguments, "--catalog", file()], capture_output=True, text=True, check=False
        )

    plain = run("fit", "qwen3-8b", "-H", "rtx-4090")
    assert "yours: qwen3-8b: 1 benchmark score, " in plain.stderr
    other = run("fit", "qwen3-14b", "-H", "rtx-4090")
    assert "yours" not in other.stderr
    answer = json.loads(run("recommend", "--vram", "24", "--top", "500", "--json").stdout)
    rows = [row for pick in answer["recommendations"] if pick["model"]["id"] == "my-llama" for row in pick["quality"]["evidence"]]
    assert rows and all(row["origin"] == "yours" and row["origin_place"].startswith(file()) for row in rows)
    assert answer["catalog"]["yours"]["scores"] == 3
    changed = json.loads(run("catalog", "diff", file(), "--json").stdout)
    assert sum(change["kind"] == "score" for change in changed["changes"]) == 3
