"""The machine the tests run on, for real: what is detected agrees with the kernel, in time, and a question uses it."""

from __future__ import annotations

import os
import stat
import sys
import time
from pathlib import Path

import pytest
from tests.conftest import run_cli

from llm_pick.core.errors import QuestionError
from llm_pick.core.machine import Found, Machine, Processor
from llm_pick.core.match_machine import match
from llm_pick.io.detect import detect
from llm_pick.io.detect.probe import ThisMachine
from llm_pick.io.this_machine import with_this_machine
from llm_pick.render.machine_sheet import machine_view
from llm_pick.render.plain import to_plain

GIB = 2**30
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")


@linux
def test_memory_and_cores_are_the_kernels(catalog):
    machine = detect(ThisMachine())
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert machine.processor.memory_bytes == pytest.approx(pages, rel=0.001)
    assert 0 < machine.processor.available_bytes <= machine.processor.memory_bytes
    assert 1 <= machine.processor.cores <= os.cpu_count()
    for version in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        text = Path(version).read_text().strip() if Path(version).exists() else "max"
        if text.isdigit() and int(text) < pages:
            assert machine.memory_limit_bytes <= int(text)
    assert all(id in catalog.devices for id in match(machine, catalog).hardware)


@linux
def test_hardware_detect_in_a_second():
    started = time.monotonic()
    ran = run_cli("hardware", "detect", "--json")
    assert time.monotonic() - started < 3  # under one alone on this machine; tests share it
    assert ran.code == 0
    assert ran.json["schema"] == "llm-pick/hardware@1"
    assert ran.json["machine"]["processor"]["memory_bytes"] > 0
    assert ran.json["question"]["hardware"] or ran.json["question"]["vram"]


@linux
def test_detect_writes_nothing(tmp_path):
    before = sorted(tmp_path.rglob("*"))
    run_cli("hardware", "detect", HOME=str(tmp_path), TMPDIR=str(tmp_path), XDG_CACHE_HOME=str(tmp_path))
    assert sorted(tmp_path.rglob("*")) == before


@linux
def test_a_question_about_this_machine_keeps_the_reserve():
    whole = run_cli("recommend", "--json")
    less = run_cli("recommend", "--hardware", "auto", "--reserve", "4", "--json")
    assert whole.json["question"]["devices"] == less.json["question"]["devices"]
    assert less.json["question"]["reserve_bytes"] == 4 * GIB
    assert any("no accelerator" in text or "read from" in text for text in whole.json["assumptions"])
    if whole.json["recommendations"] and less.json["recommendations"]:
        budgets = [ran.json["recommendations"][0]["memory"]["budget_bytes"] for ran in (whole, less)]
        assert budgets[0] - budgets[1] == 4 * GIB


def test_auto_is_the_whole_machine(catalog):
    asked = {"hardware": ("auto", "rtx-4090"), "vram": (), "ram_gb": None}
    with pytest.raises(QuestionError, match="whole machine"):
        with_this_machine(asked, catalog, default=False)


def test_what_the_user_gives_is_not_looked_up(catalog, monkeypatch):
    monkeypatch.setattr("llm_pick.io.detect.detect", lambda _probe: pytest.fail("looked"))
    asked = {"hardware": ("rtx-4090",), "vram": (), "ram_gb": None}
    assert with_this_machine(asked, catalog, default=True) is asked


def test_equal_cards_are_counted(catalog, monkeypatch):
    card = Found("NVIDIA GeForce RTX 3090", "nvidia", "NVML", 24 * GIB)
    monkeypatch.setattr("llm_pick.io.detect.detect", lambda _probe: Machine("Linux", (card, card)))
    asked = with_this_machine({"hardware": (), "vram": (), "ram_gb": None}, catalog, default=True)
    assert (asked["hardware"], asked["vram"], asked["ram_gb"]) == (("2x rtx-3090",), (), None)
    unknown = Found("NVIDIA X9000", "nvidia", "NVML", 24 * GIB)
    monkeypatch.setattr("llm_pick.io.detect.detect", lambda _probe: Machine("Linux", (unknown, unknown)))
    asked = with_this_machine({"hardware": ("auto",), "vram": (), "ram_gb": None}, catalog, default=False)
    assert (asked["hardware"], asked["vram"]) == ((), ("2x24",))


def test_a_machine_that_tells_nothing_is_an_error_with_a_way_out(catalog, monkeypatch):
    monkeypatch.setattr("llm_pick.io.detect.detect", lambda _probe: Machine("Linux"))
    with pytest.raises(QuestionError) as error:
        with_this_machine({"hardware": (), "vram": (), "ram_gb": None}, catalog, default=True)
    assert "--vram 24" in error.value.hint
    asked = with_this_machine({"hardware": (), "vram": (), "ram_gb": 32.0}, catalog, default=True)
    assert asked["ram_gb"] == 32.0  # what the user says stands


def tool(folder, name, body):
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IEXEC)
    return str(path)


@linux
def test_a_tool_that_hangs_is_left_with_its_children(tmp_path):
    probe = ThisMachine(tool_seconds=0.3)
    mark = tmp_path / "still-running"
    started = time.monotonic()
    assert probe.run(tool(tmp_path, "hang", f"(sleep 1; touch {mark}) & sleep 30")) is None
    assert time.monotonic() - started < 2
    assert "no answer within" in next(iter(probe.failures.values()))
    time.sleep(1.2)
    assert not mark.exists()


@linux
def test_a_child_that_keeps_the_output_open_does_not_hold_the_answer(tmp_path):
    started = time.monotonic()
    assert ThisMachine().run(tool(tmp_path, "fork", "sleep 3 & echo said")) == "said\n"
    assert time.monotonic() - started < 2


@linux
@pytest.mark.parametrize(("body", "seconds"), [("echo '0, NVIDIA GeForce RTX 3090, 24576, 20000, 1, [N/A]'", 3), ("sleep 60", 9)])
def test_the_command_with_a_tool_on_the_path(tmp_path, body, seconds):
    if ThisMachine().nvml():
        pytest.skip("the driver of this machine answers first")
    tool(tmp_path, "nvidia-smi", body)
    started = time.monotonic()
    ran = run_cli("hardware", "detect", "--json", PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert time.monotonic() - started < seconds
    assert ran.code == 0
    assert ("rtx-3090" in ran.json["question"]["hardware"]) == ("RTX 3090" in body)


@linux
def test_tools_share_their_time(tmp_path):
    probe = ThisMachine(tool_seconds=0.2, all_tools_seconds=0.3)
    for name in "abc":
        probe.run(tool(tmp_path, name, "sleep 5"))
    assert "earlier tools took too long" in probe.failures[str(tmp_path / "c")]


@linux
def test_what_tools_say_is_bounded_and_plain(tmp_path):
    probe = ThisMachine()
    assert len(probe.run(tool(tmp_path, "long", "head -c 9000000 /dev/zero | tr '\\0' 'x'"))) == 1 << 20
    assert probe.run(tool(tmp_path, "rude", r"printf '\033]0;owned\007Radeon\000X\r\n'")) == "]0;ownedRadeon\nX\n"
    assert probe.run(tool(tmp_path, "fails", "echo 'Failed to initialize NVML'; exit 18")) is None
    assert probe.failures[str(tmp_path / "fails")] == "Failed to initialize NVML"
    assert probe.run(str(tmp_path / "absent")) is None
    assert probe.read(str(tmp_path)) is None


@linux
def test_a_tool_is_asked_once(tmp_path):
    probe = ThisMachine()
    counting = tool(tmp_path, "count", f"echo x >> {tmp_path}/log; wc -l < {tmp_path}/log")
    assert probe.run(counting) == probe.run(counting) == "1\n"


class Nvml:
    """Stands in for the binding: the calls the probe makes, on a machine with a card, a sliced card and a shared memory."""

    cards = ((b"NVIDIA L4", 23034, 0), ("NVIDIA H100 80GB HBM3", 81559, 1), ("NVIDIA GB10", None, None))

    def __init__(self, hang=0.0):
        self.hang, self.closed = hang, False

    def nvmlInit(self):
        time.sleep(self.hang)

    def nvmlShutdown(self):
        self.closed = True

    def nvmlSystemGetDriverVersion(self):
        return b"580.1"

    def nvmlDeviceGetCount(self):
        return len(self.cards)

    def nvmlDeviceGetHandleByIndex(self, index):
        return self.cards[index]

    def nvmlDeviceGetName(self, card):
        return card[0]

    def nvmlDeviceGetMemoryInfo(self, card):
        import types

        return types.SimpleNamespace(total=card[1] * 2**20, free=(card[1] - 100) * 2**20)

    def nvmlDeviceGetMigMode(self, card):
        return (card[2] + 0, 0)


def test_nvml_in_the_words_of_nvidia_smi(monkeypatch):
    binding = Nvml()
    monkeypatch.setitem(sys.modules, "pynvml", binding)
    assert ThisMachine().nvml().splitlines() == [
        "0, NVIDIA L4, 23034, 22934, 580.1, Disabled",
        "1, NVIDIA H100 80GB HBM3, 81559, 81459, 580.1, Enabled",
        "2, NVIDIA GB10, [N/A], [N/A], 580.1, [N/A]",
    ]
    assert binding.closed


def test_an_nvml_that_hangs_or_is_not_there(monkeypatch):
    monkeypatch.setitem(sys.modules, "pynvml", Nvml(hang=2))
    probe = ThisMachine(tool_seconds=0.2)
    started = time.monotonic()
    assert probe.nvml() is None
    assert time.monotonic() - started < 1.5
    assert "no answer within" in probe.failures["NVML"]
    monkeypatch.setitem(sys.modules, "pynvml", None)  # not installed
    assert ThisMachine().nvml() is None


@pytest.mark.parametrize("width", [60, 80, 160])
def test_the_sheet_keeps_to_the_width(width, catalog, monkeypatch):
    import io

    from llm_pick.render.terminal.table import print_view

    found = Found(
        "NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation Edition", "nvidia", "nvidia-smi", 96 * GIB, GIB, driver="595.71.05"
    )
    machine = Machine(
        "Linux", (found,), Processor("AMD Ryzen Threadripper PRO 7995WX 96-Cores", 96, tuple(f"avx{n}" for n in range(20)))
    )
    monkeypatch.setenv("COLUMNS", str(width))
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    print_view(machine_view(machine, match(machine, catalog)))
    lines = out.getvalue().splitlines()
    assert lines
    assert max(map(len, lines)) <= max(width, 80)


def test_the_sheet_of_a_machine_with_everything(catalog):
    machine = Machine(
        "Linux",
        (
            Found("NVIDIA GeForce RTX 3090", "nvidia", "NVML", 24 * GIB, 20 * GIB, driver="595.71"),
            Found("NVIDIA GeForce RTX 3090", "nvidia", "NVML", 24 * GIB, 20 * GIB, driver="595.71"),
            Found("AMD Radeon 780M Graphics", "amd", "sysfs", GIB, unified=True),
        ),
        Processor("AMD EPYC 9654 96-Core Processor", 96, ("avx2",), 512 * GIB, 500 * GIB, "DDR5-4800", 12, 460.8),
        container="docker",
        memory_limit_bytes=64 * GIB,
        core_limit=1.5,
        unknown=("x: y",),
    )
    view = machine_view(machine, match(machine, catalog))
    assert view.headline == "This machine: 2x rtx-3090"
    assert view.details == (("same as", '--hardware "2x rtx-3090"'),)
    text = to_plain(view)
    for line in (
        "DDR5-4800, 12 channels, 460.8 GB/s",
        "memory this container allows\t64.0 GiB",
        "cores this container allows\t1.5",
    ):
        assert line in text
