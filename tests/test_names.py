import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_pick.core.errors import QuestionError
from llm_pick.core.lookup import find
from llm_pick.core.names import Names, normal


@pytest.fixture
def names():
    return Names(
        {
            "llama-3.1-8b-instruct": ("llama-3.1-8b", "meta-llama/Llama-3.1-8B-Instruct", "llama3.1:8b"),
            "llama-3.1-70b-instruct": ("llama3.1:70b",),
            "phi-4": (),
            "phi-4-mini-instruct": (),
        }
    )


@pytest.mark.parametrize(
    "spelling",
    [
        "https://huggingface.co/meta-llama/Llama-3.1-8B-Instruct",
        "hf.co/meta-llama/llama-3.1-8b-instruct",
        "llama-3.1-8b",
        "LLAMA 3.1 8B",
        "Llama_3.1_8B",
        "meta-llama/llama-3.1-8b-instruct",
        "llama3.1:8b",
    ],
)
def test_case_and_separators_never_matter(names, spelling):
    assert names.match(spelling).id == "llama-3.1-8b-instruct"


def test_exact_id_beats_prefix(names):
    assert names.match("phi-4").id == "phi-4"
    assert names.match("phi-4").via == "id"


def test_unambiguous_prefix(names):
    assert names.match("phi-4-mini").id == "phi-4-mini-instruct"
    assert names.match("phi-4-mini").via == "prefix"


def test_ambiguous_prefix_lists_candidates_and_picks_none(names):
    match = names.match("llama-3.1")
    assert match.id is None
    assert match.via == "ambiguous"
    assert match.candidates == ("llama-3.1-70b-instruct", "llama-3.1-8b-instruct")


def test_a_prefix_ends_at_a_separator(names):
    assert names.match("ph").id is None


def test_typo_gets_the_nearest_name(names):
    assert names.match("lama-3.1-8b").candidates[0] == "llama-3.1-8b-instruct"


def test_an_alias_of_two_records_is_reported():
    assert Names({"a": ("x",), "b": ("X",)}).ambiguous_aliases() == {"x": ("a", "b")}
    assert Names({"a": ("b",), "b": ()}).ambiguous_aliases() == {"b": ("a", "b")}


@given(st.text(max_size=80))
def test_any_text_gives_a_match_and_never_raises(text):
    match = Names({"llama-3.1-8b-instruct": (), "qwen3-8b": ("qwen3:8b",)}).match(text)
    assert match.via in ("id", "alias", "prefix", "ambiguous", "unknown")


@given(st.text(max_size=40))
def test_normal_form_is_stable(text):
    assert normal(normal(text)) == normal(text)


@pytest.mark.parametrize(
    ("kind", "name", "other"),
    [("model", "h100", "device"), ("device", "llama-3.1-8b", "model"), ("quantization", "vllm", "runtime")],
)
def test_a_name_of_another_kind_is_told_as_such(catalog, kind, name, other):
    with pytest.raises(QuestionError, match=f"is no {kind} but a {other}"):
        find(kind, name, catalog)
