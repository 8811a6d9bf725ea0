from llm_pick.schema.strict_yaml import load


def problems(tmp_path, text):
    path = tmp_path / "x.yaml"
    path.write_text(text, encoding="utf-8")
    document = load(path)
    return document.value, [(p.line, p.message) for p in document.problems]


def test_plain_values_and_lines(tmp_path):
    value, found = problems(tmp_path, 'a: 1\nb: -2.5\nc: true\nd: null\ne: text\nf: "012"\ng: 2024-07-23\n')
    assert value == {"a": 1, "b": -2.5, "c": True, "d": None, "e": "text", "f": "012", "g": "2024-07-23"}
    assert found == []


def test_every_yaml_1_1_trap_is_an_error_with_its_line(tmp_path):
    traps = ["NO", "yes", "Off", "True", "012", "1_000", "1:30", "1e3", "0x10", "1.10", ".inf"]
    _, found = problems(tmp_path, "".join(f"k{i}: {trap}\n" for i, trap in enumerate(traps)))
    assert [line for line, _ in found] == list(range(1, len(traps) + 1))


def test_quoted_traps_are_text(tmp_path):
    value, found = problems(tmp_path, "a: \"NO\"\nb: '1.10'\n")
    assert value == {"a": "NO", "b": "1.10"}
    assert found == []


def test_duplicate_keys_are_named_and_the_first_stays(tmp_path):
    value, found = problems(tmp_path, "a: 1\nb: 2\na: 3\n")
    assert value == {"a": 1, "b": 2}
    assert found == [(3, "duplicate key `a`")]


def test_broken_yaml_is_one_problem_with_a_line(tmp_path):
    value, found = problems(tmp_path, "a: 1\nb: [1, 2\nc: 3\n")
    assert value is None
    assert len(found) == 1
    assert found[0][0] >= 2


def test_missing_file_and_wrong_encoding_do_not_raise(tmp_path):
    assert load(tmp_path / "none.yaml").problems
    path = tmp_path / "latin.yaml"
    path.write_bytes(b"a: \xff\xfe\n")
    assert load(path).problems
