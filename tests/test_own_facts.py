"""Own facts: merged by id, checked with lines, shown as yours, compiled once, and never a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llm_pick.core.ask import build_question
from llm_pick.core.errors import QuestionError
from llm_pick.core.outline import outlines, traits_of
from llm_pick.core.recommend import recommend
from llm_pick.core.record import replace
from llm_pick.io.own import files as own_files
from llm_pick.io.store import built_in_catalog, catalog_of, load_catalog
from llm_pick.schema.own import read_own

ROOT = Path(__file__).resolve().parent.parent
FACTS = """
licenses:
- id: my-contract
  like: apache-2.0
  text_url: https://example.org/terms
  commercial_use: conditions
models:
- id: my-llama
  like: llama-3.1-8b-instruct
  hf_repo: me/my-llama
  released: "2026-11-01"
  license: my-contract
- id: qwen3-8b
  context_native: 16384
devices:
- id: my-card
  like: rtx-4090
  memory_gib: 48.0
"""


@pytest.fixture
def mine(tmp_path, monkeypatch):
    """A user of its own; returns what writes this user's files and reads the catalog they make."""
    environment = {"XDG_CONFIG_HOME": str(tmp_path / "config"), "XDG_CACHE_HOME": str(tmp_path / "cache")}

    def read(text, name="catalog.yaml"):
        path = tmp_path / "config/llm-pick" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        own_files.begin(environment)
        return load_catalog()

    yield read
    own_files.begin(None)


@pytest.fixture
def user(tmp_path):
    return {"XDG_CONFIG_HOME": str(tmp_path / "config"), "XDG_CACHE_HOME": str(tmp_path / "cache")}


def test_a_record_with_a_known_id_changes_the_fields_it_names(mine, catalog):
    got, old = mine(FACTS).models["qwen3-8b"], catalog.models["qwen3-8b"]
    assert got.context_native == 16384 != old.context_native
    assert got.architecture == old.architecture and got.license == old.license
    assert got.sources["context_native"][0].startswith("yours/catalog.yaml-")
    assert got.sources["license"] == old.sources["license"], "what was not changed keeps its source"


def test_like_takes_dimensions_and_no_names_files_or_evidence(mine, catalog):
    got = mine(FACTS)
    model, base = got.models["my-llama"], catalog.models["llama-3.1-8b-instruct"]
    assert model.architecture == base.architecture
    assert (model.hf_repo, model.aliases, model.gguf_repo, model.ollama_tag, model.artifacts) == (
        "me/my-llama",
        (),
        None,
        None,
        (),
    )
    assert model.license == "my-contract"
    assert model.base_licenses == (base.license,), "a new licence ends none of the base's terms"
    assert "my-llama" not in got.quality


def test_another_licence_text_inherits_no_approval_and_no_tag(mine):
    got = mine(FACTS)
    licence = got.licenses["my-contract"]
    assert (licence.osi_approved, licence.hf_ids, licence.spdx) == (False, (), "LicenseRef-yours-my-contract")
    assert licence.conditions == got.licenses["apache-2.0"].conditions


def test_a_changed_price_is_confirmed_by_nobody(mine, catalog):
    assert catalog.api_prices["openai/gpt-4o"].confirmed_by
    text = "api_prices:\n- {id: openai/gpt-4o, usd_per_m_input: 1.5, date: '2026-11-01'}\n"
    price = mine(text).api_prices["openai/gpt-4o"]
    assert (price.usd_per_m_input, price.usd_per_m_output) == (1.5, catalog.api_prices["openai/gpt-4o"].usd_per_m_output)
    assert price.confirmed_by == price.other_figures == () and price.source.startswith("yours/")


def test_the_catalog_says_what_is_yours_and_has_another_digest(mine, catalog):
    got = mine(FACTS)
    assert got.digest != catalog.digest
    assert got.origin("models", "my-llama").endswith("catalog.yaml:8")
    assert got.origin("devices", "my-card") and got.origin("models", "qwen3-14b") is None
    assert got.references[got.models["my-llama"].sources["released"][0].split(" ")[0]].publisher == "you"


def test_later_files_win(mine):
    mine("models:\n- {id: qwen3-8b, context_native: 1024}\n", "catalog/a.yaml")
    mine("models:\n- {id: qwen3-8b, context_native: 2048, context_extended: 4096}\n", "catalog/b.yaml")
    got = mine("models:\n- {id: qwen3-8b, context_native: 3072}\n").models["qwen3-8b"]
    assert (got.context_native, got.context_extended) == (3072, 4096)


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("models:\n- id: m\n", 2, "a new record needs name, family"),
        ("models:\n- id: qwen3-8b\n  context_nativ: 5\n", 3, "context_nativ"),
        ("models:\n- id: qwen3-8b\n  context_native: -5\n", 3, "must be above 0"),
        ("models:\n- id: qwen3-8b\n  license: nobodys\n", 3, "`nobodys` does not exist"),
        ("models:\n- id: qwen3-8b\n  license: NO\n", 3, "truth value"),
        ("models:\n- id: qwen3-8b\n  aliases: [gemma-3-4b-it]\n", 3, "belongs to"),
        ("models:\n- id: x\n  like: nobody\n", 3, "`nobody` does not exist"),
        ("models:\n- id: x\n- id: x\n", 3, "duplicate id"),
        ("models:\n- 5\n", 2, "an `id`"),
        ("measurements: []\n", 1, "unknown key"),
        ("- a\n", 1, "expected a mapping"),
        ("a: [\n", 2, "expected"),
        ("devices:\n- id: My Card\n  like: rtx-4090\n", 2, "lower case"),
        ("devices:\n- id: my-card\n  like: rtx-4090\n  name: \"\\x1b]0;owned\\x07\"\n", 4, "steer a terminal"),
        ("api_prices:\n- id: openai/gpt-4o\n  usd_per_m_input: 1.5\n", 2, "needs its `date`"),
        ("a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
            f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join([f'*{chr(97 + i)}'] * 9)}]\n" for i in range(9)), 1, "aliases"),
        ("a: &a [*a]\n", 1, "too deep"),
        ("a: " + "[" * 3000 + "]" * 3000 + "\n", 1, ""),
        ("models:\n- id: qwen3-8b\n  params_total: " + "9" * 5000 + "\n", 3, "no facts"),
    ],
)  # fmt: skip
def test_problems_name_file_and_line(cli, user, tmp_path, text, line, says):
    path = tmp_path / "facts.yaml"
    path.write_text(text, encoding="utf-8")
    ran = cli("show", "qwen3-8b", "--catalog", str(path), **user)
    assert ran.code == 2, ran.err
    assert "Traceback" not in ran.err and "\x1b" not in ran.err
    problems = [row for row in ran.err.splitlines() if row.startswith(f"{path}:")]
    assert any(says in row and row.startswith(f"{path}:{line}:") for row in problems), ran.err


def test_a_file_that_is_not_there(cli, user):
    ran = cli("list", "models", "--catalog", "/nowhere.yaml", **user)
    assert ran.code == 2 and "/nowhere.yaml" in ran.err


def test_shown_as_yours_everywhere(cli, user, tmp_path):
    path = tmp_path / "facts.yaml"
    path.write_text(FACTS, encoding="utf-8")
    user = {**user, "LLM_PICK_CATALOG": str(path)}
    listed = cli("list", "models", "--match", "my-llama", "--format", "table", **user)
    assert "my-llama (yours)" in listed.out
    plain = cli("list", "models", "--match", "my-llama", **user)
    assert plain.out.splitlines()[1].split("\t")[0] == "my-llama", "a script can still use the id"
    assert f"yours: my-llama: {path}:8" in plain.err
    row = cli("list", "models", "--match", "my-llama", "--json", **user).json
    assert row["models"][0]["origin"] == "yours" and row["catalog"]["yours"] == {"licenses": 1, "models": 2, "devices": 1}
    for args in (("show", "my-llama"), ("fit", "my-llama", "-H", "my-card"), ("license", "my-llama"),
                 ("compare", "my-llama", "qwen3-14b"), ("recommend", "-H", "my-card")):  # fmt: skip
        ran = cli(*args, **user)
        assert ran.code in (0, 1), ran.err
        assert "\nyours: my-" in "\n" + ran.err, (args, ran.err)
    assert cli("show", "my-llama", "--json", **user).json["origin"] == "yours"
    fit = cli("fit", "my-llama", "-H", "my-card", "--json", **user).json
    assert fit["model"]["origin"] == "yours" and fit["quality"] is None


def test_own_models_are_recommended(cli, user, tmp_path):
    text = "".join(f"- {{id: mine-{n}, like: llama-3.1-8b-instruct, hf_repo: me/mine-{n}}}\n" for n in range(3))
    path = tmp_path / "facts.yaml"
    path.write_text(f"models:\n{text}", encoding="utf-8")
    few = cli("recommend", "--vram", "24", "--json", **user).json
    more = cli("recommend", "--vram", "24", "--json", "--catalog", str(path), **user).json
    assert more["considered"] > few["considered"]


def test_the_compiled_copy_is_used_damaged_or_not_and_never_needed(cli, user, tmp_path):
    path = tmp_path / "facts.yaml"
    path.write_text(FACTS, encoding="utf-8")
    args = ("show", "my-llama", "--json", "--catalog", str(path))
    first = cli(*args, **user)
    (copy,) = (tmp_path / "cache/llm-pick").iterdir()
    for damage in (b"", b"\xff\xfe", b"{}", copy.read_bytes()[:-20], copy.read_bytes().replace(b"my-llama", b"my-lemma")):
        copy.write_bytes(damage)
        assert cli(*args, **user).out == first.out
        assert len(list((tmp_path / "cache/llm-pick").iterdir())) == 1
    blocked = tmp_path / "no-folder"
    blocked.write_text("")
    assert cli(*args, **{**user, "XDG_CACHE_HOME": str(blocked)}).out == first.out


def test_what_a_killed_run_left_is_cleared_away(cli, user, tmp_path):
    cache = tmp_path / "cache/llm-pick"
    cache.mkdir(parents=True)
    for name, age_s in ((".own-killed", 3600), (".own-at-work", 1)):
        (cache / name).write_bytes(b"half")
        os.utime(cache / name, (time.time() - age_s,) * 2)
    (tmp_path / "facts.yaml").write_text(FACTS, encoding="utf-8")
    assert cli("show", "my-llama", "--catalog", str(tmp_path / "facts.yaml"), **user).code == 0
    assert [path.name for path in cache.glob(".*")] == [".own-at-work"], "another run may still be writing its own"


@pytest.mark.skipif(os.name == "nt", reason="no named pipes in the file system")
def test_a_pipe_is_read_once(cli, user, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    threading.Thread(target=(tmp_path / "pipe").write_text, args=[FACTS], daemon=True).start()
    ran = cli("show", "my-llama", "--catalog", str(tmp_path / "pipe"), **user)
    assert ran.code == 0 and "my-contract" in ran.out


@pytest.mark.parametrize(
    ("fields", "asked"),
    [
        ("context_native: 4096, context_extended: null", {"context": "16k"}),
        ("kind: embedding", {}),
        ("architecture: null, unknown: {architecture: nobody says}", {}),
        ("native_dtype: fp8, gguf_repo: null, ollama_tag: null, artifacts: []", {"users": 4}),
        ("kind: vision-language, modalities_in: [text, image]", {"task": "vision"}),
    ],
)
def test_a_changed_model_is_judged_by_what_it_is_now(mine, fields, asked):
    """What was worked out for the built-in record counts no more."""
    got = mine(f"models:\n- {{id: qwen3-8b, {fields}}}\n")
    (now,) = [item for item in outlines(got) if item.id == "qwen3-8b"] or [None]
    model = got.models["qwen3-8b"]
    assert (now and now.traits) == (traits_of(model) if model.architecture and model.kind != "embedding" else None)
    question = build_question(got, vram=["24"], top=20, **asked)
    found, bare = recommend(question, got), recommend(question, replace(got, prepared=None))
    assert (found.considered, found.excluded) == (bare.considered, bare.excluded)
    assert [str(pick.assessed.candidate.key) for pick in found.picks] == [str(p.assessed.candidate.key) for p in bare.picks]


def test_an_old_copy_is_not_used_for_a_changed_file(mine):
    assert mine("models:\n- {id: qwen3-8b, context_native: 1024}\n").models["qwen3-8b"].context_native == 1024
    assert mine("models:\n- {id: qwen3-8b, context_native: 2048}\n").models["qwen3-8b"].context_native == 2048


def test_schema_and_yaml_are_imported_only_for_a_new_file(user, tmp_path):
    path = tmp_path / "config/llm-pick/catalog.yaml"
    code = (
        "import os, sys; from llm_pick.io.own import files; files.begin(os.environ)\n"
        "from llm_pick.io.store import load_catalog\n"
        "print(len(load_catalog().yours), 'pydantic' in sys.modules, 'yaml' in sys.modules)"
    )

    def modules():
        return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, check=True).stdout.split()

    import os

    env = {**os.environ, **user}
    assert modules() == ["0", "False", "False"]
    path.parent.mkdir(parents=True)
    path.write_text(FACTS, encoding="utf-8")
    assert modules() == ["3", "True", "True"]
    assert modules() == ["3", "False", "False"]


def test_libraries_and_benchmarks_see_only_built_in_facts(catalog):
    assert load_catalog().digest == built_in_catalog().digest == catalog.digest


def test_names_from_own_files_are_quoted_in_commands(cli, user, tmp_path):
    path = tmp_path / "facts.yaml"
    path.write_text("models:\n- {id: odd, like: llama-3.1-8b-instruct, hf_repo: 'me/$(touch x); rm'}\n", encoding="utf-8")
    ran = cli("fit", "odd", "-H", "rtx-4090", "--catalog", str(path), **user)
    assert "'me/$(touch x); rm'" in ran.out


KEYS = st.sampled_from(["id", "like", "models", "devices", "context_native", "sources", "unknown", "aliases", "architecture",
                        "license", "*", "notes", "api_prices", "usd_per_m_input", "artifacts", "tflops_dense",
                        "model", "benchmark", "score", "date", "mode"])  # fmt: skip
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.dates(),
    st.sampled_from(["qwen3-8b", "rtx-4090", "apache-2.0", "openai/gpt-4o", "mmlu-pro", "2026-11-01"]),
)  # fmt: skip
TREES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5), max_leaves=20)
RECORDS = st.lists(st.dictionaries(KEYS, TREES, max_size=5), max_size=3)
FILES = st.dictionaries(st.sampled_from(["models", "devices", "licenses", "api_prices", "parameters", "references", "tasks",
                                         "providers", "quantizations", "benchmarks",
                                         "scores"]), RECORDS | TREES, max_size=3)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(FILES)
def test_any_structure_is_read_or_refused_with_lines(catalog, tmp_path, tree):
    import yaml

    path = tmp_path / "any.yaml"
    path.write_text(yaml.safe_dump(tree, allow_unicode=True), encoding="utf-8", errors="surrogatepass")
    _reads_or_refuses(catalog, path)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_read_or_refused_with_lines(catalog, tmp_path, data):
    path = tmp_path / "any.yaml"
    path.write_bytes(data)
    _reads_or_refuses(catalog, path)


def _reads_or_refuses(catalog, path):
    for problem in read_own([str(path)], catalog).problems:
        said = str(problem)
        assert said.startswith(f"{path}:{problem.line}: ") and problem.line >= 1
        assert "\x1b" not in said and "\n" not in said
        json.dumps(said).encode()
    try:
        catalog_of([str(path)])
    except QuestionError as error:
        assert str(path) in error.message


EVERYWHERE = """
models:
- {id: support-bot, like: llama-3.1-8b-instruct, hf_repo: acme/support-bot, released: "2026-10-01", license: acme-internal}
- {id: qwen3-8b, context_native: 40000}
licenses:
- {id: acme-internal, like: apache-2.0, name: Acme internal terms, text_url: "https://intranet.example/terms"}
devices:
- {id: acme-box, name: Acme box, like: rtx-4090, memory_gib: 48.0}
api_prices:
- {id: openai/gpt-4o, usd_per_m_input: 1.5, usd_per_m_output: 6.0, date: "2026-11-01"}
scores:
- {model: support-bot, benchmark: ifeval, score: 84.0, date: "2026-11-01"}
"""


@pytest.mark.parametrize(
    ("args", "named"),
    [
        ("compare support-bot qwen3-8b qwen3-14b -H acme-box", "support-bot qwen3-8b acme-internal acme-box"),
        ("license support-bot --saas", "support-bot acme-internal"), ("license acme-internal", "support-bot acme-internal"),
        ("license qwen3-8b", "qwen3-8b"), ("license qwen3", "qwen3-8b"),
        ("license apache-2.0 --diff acme-internal", "acme-internal"),
        ("show support-bot", "support-bot acme-internal"), ("show acme-box", "acme-box"), ("show openai/gpt-4o", "openai/gpt-4o"),
        ("show qwen3", "qwen3-8b"), ("fit support-bot -H acme-box", "support-bot acme-box"), ("fit support-bot", "support-bot"),
        ("list models --match support", "support-bot acme-internal"), ("list licenses --match acme", "acme-internal"),
        ("list hardware --match acme", "acme-box"), ("list offers --model gpt-4o", "openai/gpt-4o"),
        ("breakeven --req-per-day 10000 --api gpt-4o --model support-bot -H acme-box --usd-per-gpu-hour 1",
         "openai/gpt-4o support-bot acme-box"),
        ("explain kv-cache --model support-bot", "support-bot"), ("recommend -H acme-box", "acme-box"), ("show qwen3-14b", ""),
    ],
)  # fmt: skip
def test_own_facts_are_marked_wherever_they_appear(cli, user, tmp_path, args, named):
    path = tmp_path / "facts.yaml"
    path.write_text(EVERYWHERE, encoding="utf-8")
    words = (*args.split(), "--catalog", str(path))
    plain, answer = cli(*words, **user), cli(*words, "--json", **user).json
    for id in named.split():
        assert f"yours: {id}: {path}:" in plain.err, id
        assert any(row["id"] == id and row["place"].startswith(str(path)) for row in answer["yours"]), id
    if not named:
        assert "yours:" not in plain.err and answer["yours"] == []
    schema = json.loads(
        (ROOT / "schemas" / "answers" / f"{answer['schema'].split('/')[1].split('@')[0]}.schema.json").read_text()
    )
    jsonschema.validate(answer, schema)
