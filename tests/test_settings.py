"""Defaults a user set once: which file or variable wins, what is told, and what is an error."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from llm_pick.core.errors import QuestionError
from llm_pick.io.settings import defaults_for, settings
from llm_pick.io.settings_files import anything_set, config_folder, user_file

OPTIONS = {
    "recommend": {"vram": True, "hardware": True, "task": False, "top": False, "kv_dtype": False, "license": True},
    "fit": {"vram": True, "hardware": True, "task": False, "context": False},
    "hardware list": {"top": False, "class": False},
}


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def values(command, here, **environment):
    return defaults_for(settings(environment, here), OPTIONS)[command]


def ask(here, *args, **environment):
    """The real command in a folder of its own, with nothing set but what is given."""
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "SYSTEMROOT") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-m", "llm_pick", *args],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        cwd=here,
        check=False,
        env={**kept, "PYTHONUTF8": "1", "COLUMNS": "120", "LLM_PICK_LOCAL": "0", **environment},
    )
    return done.returncode, done.stdout, done.stderr


def test_precedence_variable_project_user(tmp_path):
    user = write(tmp_path / "config/llm-pick/config.toml", 'task = "math"\ntop = 3\ncontext = "4k"\n')
    write(tmp_path / "work/llm-pick.toml", 'task = "code"\ntop = 2\n')
    here = tmp_path / "work/deep/er"
    here.mkdir(parents=True)
    base = {"XDG_CONFIG_HOME": str(tmp_path / "config")}
    assert values("recommend", here, **base, LLM_PICK_TASK="chat") == {"task": "chat", "top": 2}
    assert values("recommend", here, **base) == {"task": "code", "top": 2}
    assert values("fit", here, **base) == {"task": "code", "context": "4k"}
    assert values("recommend", tmp_path, **base) == {"task": "math", "top": 3}
    assert user_file(base) == str(user)


def test_the_nearest_project_file_alone(tmp_path):
    write(tmp_path / "llm-pick.toml", 'task = "math"\ntop = 9\n')
    inner = write(tmp_path / "a/pyproject.toml", '[project]\nname = "x"\n[tool.llm-pick]\ntask = "code"\n').parent
    assert values("recommend", inner) == {"task": "code"}
    write(inner / "llm-pick.toml", 'task = "chat"\n')  # our own file before the shared one
    assert values("recommend", inner) == {"task": "chat"}
    other = write(tmp_path / "b/pyproject.toml", '[project]\nname = "x"\n').parent  # says nothing of us: look further up
    assert values("recommend", other) == {"task": "math", "top": 9}


def test_a_table_of_a_command_beats_the_top_level(tmp_path):
    text = 'task = "chat"\n[recommend]\ntask = "code"\nkv-dtype = "q8_0"\n[hardware.list]\nclass = "phone"\n'
    write(tmp_path / "llm-pick.toml", text)
    assert values("recommend", tmp_path) == {"task": "code", "kv_dtype": "q8_0"}
    assert values("fit", tmp_path) == {"task": "chat"}
    assert values("hardware list", tmp_path) == {"class": "phone"}
    # … of its own file: a variable is stronger than any file
    assert values("recommend", tmp_path, LLM_PICK_TASK="math")["task"] == "math"


def test_repeatable_options_take_lists_and_commas(tmp_path):
    write(tmp_path / "llm-pick.toml", 'vram = [24, "2x16"]\nlicense = "mit"\n')
    assert values("recommend", tmp_path) == {"vram": ["24", "2x16"], "license": ["mit"]}
    assert values("recommend", tmp_path, LLM_PICK_VRAM="24, 2x16,") == {"vram": ["24", "2x16"], "license": ["mit"]}
    assert values("recommend", tmp_path, LLM_PICK_VRAM="")["vram"] == ["24", "2x16"]  # empty is not set


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("taks = 'code'\n", "there is no option `taks`", "did you mean task?"),
        ("[recomend]\ntask = 'code'\n", "there is no command `recomend`", "did you mean [recommend]?"),
        ("[hardware.lst]\ntop = 1\n", "there is no command `hardware lst`", "[hardware.list]"),
        ("task = ['a', 'b']\n", "`task` takes one value", "e.g. task = 24"),
        ("task = \n", "Invalid value", "correct the file"),
        ("task = " + "[" * 5000, "nested too deep", "correct the file"),
        (".".join(["a"] * 3000) + " = 1\n", "nested too deep", "correct the file"),
        ("top = " + "9" * 5000 + "\n", "4300 digits", "correct the file"),
        ("top = 1e400\n", "`top` is inf", "a finite number"),
        ("task = 'a'\ntask = 'b'\n", "Cannot overwrite a value", "correct the file"),
    ],
)
def test_a_mistake_in_a_file_names_file_and_way_out(tmp_path, text, message, hint):
    path = write(tmp_path / "llm-pick.toml", text)
    with pytest.raises(QuestionError) as error:
        values("recommend", tmp_path)
    assert error.value.message.startswith(str(path))
    assert message in error.value.message
    assert hint in error.value.hint


def test_files_that_are_no_settings(tmp_path):
    write(tmp_path / "pyproject.toml", "tool = 3  # tool.llm-pick is not here\n")
    assert values("recommend", tmp_path) == {}
    write(tmp_path / "pyproject.toml", 'tool = {"llm-pick" = 3}  # tool.llm-pick\n')
    with pytest.raises(QuestionError, match="no table"):
        values("recommend", tmp_path)
    (tmp_path / "pyproject.toml").write_bytes(b"[tool.llm-pick]\ntask = '\xff'\n")
    with pytest.raises(QuestionError, match=r"pyproject\.toml"):
        values("recommend", tmp_path)
    assert settings({}, None) == ()


def test_variables_of_the_program_and_of_newer_ones_are_left_alone(tmp_path):
    environment = {
        "LLM_PICK_DEBUG": "1",
        "LLM_PICK_LOCAL": "0",
        "LLM_PICK_NO_PROGRESS": "1",
        "LLM_PICK_FUTURE": "x",
        "OTHER": "y",
    }
    assert [setting.name for setting in settings(environment, tmp_path)] == ["future"]
    assert values("recommend", tmp_path, **environment) == {}


def test_where_the_users_file_lies(monkeypatch):
    monkeypatch.setattr("llm_pick.io.settings_files.os.name", "posix")
    assert config_folder({"HOME": "/home/a"}) == "/home/a/.config/llm-pick"
    assert config_folder({"HOME": "/home/a", "XDG_CONFIG_HOME": "/x"}) == "/x/llm-pick"
    assert config_folder({"HOME": "/home/a", "XDG_CONFIG_HOME": "x"}) == "/home/a/.config/llm-pick"
    assert config_folder({}) is None
    assert user_file({}) is None
    assert user_file({"LLM_PICK_CONFIG": "/x/mine.toml"}) == "/x/mine.toml"


def test_where_the_users_file_lies_on_windows(monkeypatch):
    monkeypatch.setattr("llm_pick.io.settings_files.os.name", "nt")
    found = config_folder({"APPDATA": r"C:\Users\a\AppData\Roaming", "HOME": "/x"})
    assert found in (
        r"C:\Users\a\AppData\Roaming\llm-pick",
        r"C:\Users\a\AppData\Roaming/llm-pick",
    )  # the separator is the host's
    assert config_folder({"HOME": "/x"}) is None


def test_the_cheap_look(tmp_path):
    inner = tmp_path / "a/b"
    inner.mkdir(parents=True)
    assert not anything_set({"LLM_PICK_LOCAL": "0", "LLM_PICK_DEBUG": "1"}, str(inner))
    assert not anything_set({}, None)
    write(tmp_path / "pyproject.toml", "[project]\nname = 'x'\n")
    assert not anything_set({}, str(inner))
    assert anything_set({"LLM_PICK_VRAM": "24"}, str(inner))
    assert anything_set({"LLM_PICK_CONFIG": "/nowhere.toml"}, None)  # to be told that it is not there
    write(tmp_path / "llm-pick.toml", "")
    assert anything_set({}, str(inner))


def test_a_named_file_must_be_there(tmp_path):
    mine = write(tmp_path / "mine.toml", "top = 4\n")
    assert values("recommend", tmp_path, LLM_PICK_CONFIG=str(mine)) == {"top": 4}
    with pytest.raises(QuestionError, match="LLM_PICK_CONFIG: there is no file"):
        values("recommend", tmp_path, LLM_PICK_CONFIG=str(tmp_path / "gone.toml"))


def test_the_command_takes_and_tells_them(tmp_path):
    path = write(tmp_path / "llm-pick.toml", 'vram = 24\ntask = "code"\ntop = 1\n')
    code, out, err = ask(tmp_path, "recommend")
    assert code == 0
    assert len(out.splitlines()) >= 2
    for text in ("--vram 24", "--task code", "--top 1"):
        assert f"assumed: {text} is set by {path}" in err
    code, out, err = ask(tmp_path, "recommend", "--task", "chat", LLM_PICK_TOP="2")
    assert "--task" not in err.replace("(--task)", "")  # the flag wins, and is nobody's assumption
    assert "assumed: --top 2 is set by LLM_PICK_TOP" in err


def test_the_origin_told_is_the_one_that_held(tmp_path):
    write(tmp_path / "config/llm-pick/config.toml", '[recommend]\ntask = "math"\n')
    write(tmp_path / "llm-pick.toml", '[fit]\ntask = "code"\n')
    _, _, err = ask(tmp_path, "recommend", "--vram", "24", XDG_CONFIG_HOME=str(tmp_path / "config"))
    assert f"--task math is set by {tmp_path / 'config/llm-pick/config.toml'}" in err


def test_a_flag_silences_what_says_the_same(tmp_path):
    write(tmp_path / "llm-pick.toml", 'vram = 24\nformat = "json"\n')
    code, out, err = ask(tmp_path, "recommend", "-Hrtx-3090", "--format", "plain", "--top", "1")
    assert (code, out[0]) == (0, "#")
    assert "is set by" not in err
    code, out, _ = ask(tmp_path, "recommend", "--hardware=rtx-3090", "--top", "1")
    assert out.startswith("{")


def test_names_are_those_of_the_options(tmp_path):
    _, out, _ = ask(tmp_path, "recommend", "--vram", "24", "--top", "1", LLM_PICK_JSON="1")
    assert out.startswith("{")
    write(tmp_path / "llm-pick.toml", '[hardware.list]\nclass = "phone"\ntop = 1\n')
    _, out, _ = ask(tmp_path, "hardware", "list", "--format", "plain")
    assert len(out.strip().splitlines()) == 2  # the header and one phone


def test_errors_reach_the_user_with_code_2(tmp_path):
    path = write(tmp_path / "llm-pick.toml", "vramm = 24\n")
    code, out, err = ask(tmp_path, "recommend", "--vram", "24")
    assert (code, out) == (2, "")
    assert err == f"error: {path}: there is no option `vramm`\nhint: did you mean vram, ram?\n"
    assert ask(tmp_path, "--help")[0] == 0  # help does not need the settings
    path.unlink()
    code, _, err = ask(tmp_path, "recommend", "--vram", "24", LLM_PICK_RAM="much")
    assert code == 2
    assert "hint: --ram much is set by LLM_PICK_RAM" in err


@pytest.mark.skipif(os.name != "posix", reason="a folder in use cannot be removed elsewhere")
def test_a_folder_that_is_gone(tmp_path):
    script = "import os,sys; os.rmdir(os.getcwd()); from llm_pick.cli.main import run; sys.exit(run(['list', 'tasks']))"
    here = tmp_path / "gone"
    here.mkdir()
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    done = subprocess.run([sys.executable, "-P", "-c", script], cwd=here, env=kept, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_files_are_seen_from_the_folder_of_the_settings(tmp_path):
    write(tmp_path / "llm-pick.toml", 'catalog = ["mine.yaml", "/abs/x.yaml"]\nprofile = "us, and them.yaml"\n')
    inner = tmp_path / "deep" / "er"
    inner.mkdir(parents=True)
    found = {setting.name: setting.value for setting in settings({}, inner)}
    assert found == {
        "catalog": [str(tmp_path / "mine.yaml"), "/abs/x.yaml"], "profile": str(tmp_path / "us, and them.yaml"),
    }  # fmt: skip
    write(tmp_path / "llm-pick.toml", 'catalog = "mine.yaml, other.yaml"\n')
    (setting,) = settings({}, inner)
    assert setting.value == [str(tmp_path / "mine.yaml"), str(tmp_path / "other.yaml")]
    write(tmp_path / "mine.yaml", "models:\n- {id: mine, like: llama-3.1-8b-instruct, hf_repo: me/mine}\n")
    write(tmp_path / "other.yaml", "models: []\n")
    assert ask(inner, "show", "mine")[0] == 0
    (variable,) = settings({"LLM_PICK_CATALOG": "mine.yaml"}, None)
    assert variable.value == "mine.yaml", "a variable is seen from where the program runs"
