"""What recorded outputs of real tools are detected as, and which device of the catalog each means."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from llm_pick.core.machine import Machine
from llm_pick.core.match_machine import match
from llm_pick.io.detect import amd, apple, containers, detect, intel, nvidia, pci, processor, windows

FOLDER = Path(__file__).parent / "data" / "machines"
GIB = 2**30
MIB = 2**20


class Recorded:
    """A probe that answers from a recording; the longest recorded command that begins the asked one answers."""

    def __init__(self, *, system="Linux", files=None, commands=None, failures=None, nvml=None):
        self.system, self.failures, self._nvml = system, dict(failures or {}), nvml
        self.files, self.commands = files or {}, commands or {}
        self.asked = []

    def read(self, path):
        return self.files.get(path)

    def run(self, *command):
        asked = " ".join(command)
        self.asked.append(asked)
        answers = [known for known in self.commands if asked == known or asked.startswith(known)]
        return self.commands[max(answers, key=len)] if answers else None

    def glob(self, pattern):
        import fnmatch

        return sorted(path for path in self.files if fnmatch.fnmatch(path, pattern))

    def nvml(self):
        return self._nvml


def recordings(file):
    return [pytest.param(row, id=row["id"]) for row in yaml.safe_load((FOLDER / file).read_text(encoding="utf-8"))]


def modules_text(modules):
    label, unit = modules.get("label", "Configured Memory Speed"), modules.get("unit", "MT/s")
    return "\n".join(
        f"Handle 0x0011, DMI type 17, 92 bytes\nMemory Device\n\tData Width: {modules['width']} bits\n\tSize: {modules['size']}\n"
        f"\tLocator: {locator}\n\tBank Locator: {bank}\n\tType: {modules['kind']}\n\t{label}: {modules['speed']} {unit}\n"
        for locator, bank in modules["places"]
    )


def probe_of(row):
    files, commands = dict(row.get("files", {})), dict(row.get("commands", {}))
    if "model" in row:
        threads = [(package, core) for package in range(row["packages"]) for core in range(row["cores"])] * row.get("smt", 1)
        files["/proc/cpuinfo"] = "\n".join(
            f"processor\t: {index}\nmodel name\t: {row['model']}\nphysical id\t: {package}\ncore id\t\t: {core}\n"
            f"flags\t\t: {row.get('flags', 'fpu')}\n"
            for index, (package, core) in enumerate(threads)
        )
    if "modules" in row:
        commands["dmidecode -t memory"] = modules_text(row["modules"])
    return Recorded(
        system=row.get("system", "Linux"), files=files, commands=commands, failures=row.get("failures"), nvml=row.get("nvml")
    )


def check(row, machine, catalog):
    expect = dict(row["expect"])
    found = match(machine, catalog)
    facts = {
        "hardware": list(found.hardware),
        "vram": list(found.vram),
        "ram_gb": found.ram_gb,
        "free_mib": [d.free_bytes // MIB if d.free_bytes is not None else None for d in machine.devices],
        "memory_bytes": machine.processor.memory_bytes,
        "container": machine.container,
        "limit": machine.memory_limit_bytes,
        "core_limit": machine.core_limit,
        "physical_cores": machine.processor.cores,
        "instructions": list(machine.processor.instructions),
        "name": machine.processor.name,
        "kind": machine.processor.memory_kind,
        "channels": machine.processor.memory_channels,
        "gb_per_s": machine.processor.memory_bandwidth_gb_per_s,
    }
    for text in expect.pop("notes", ()):
        assert any(text in note for note in found.notes), found.notes
    for text in expect.pop("notes_not", ()):
        assert not any(text in note for note in found.notes), found.notes
    for text in expect.pop("unknown", ()):
        assert any(text in note for note in machine.unknown), machine.unknown
    for text in expect.pop("unknown_not", ()):
        assert not any(text in note for note in machine.unknown), machine.unknown
    assert {name: facts[name] for name in expect} == expect


def test_every_recording_says_where_it_is_from():
    for file in FOLDER.glob("*.yaml"):
        for row in yaml.safe_load(file.read_text(encoding="utf-8")):
            assert row["source"].startswith("https://") or (row["source"] == "made" and row["made"]), (file.name, row["id"])


@pytest.mark.parametrize("row", [*recordings("nvidia.yaml"), *recordings("amd.yaml"), *recordings("intel.yaml")])
def test_accelerators(row, catalog):
    check(row, detect(probe_of(row)), catalog)


@pytest.mark.parametrize("row", [*recordings("hosts.yaml"), *recordings("windows.yaml")])
def test_hosts(row, catalog):
    check(
        {"system": "Windows", **row} if "powershell" in row.get("commands", {}) else row, detect(windows_or_linux(row)), catalog
    )


def windows_or_linux(row):
    probe = probe_of(row)
    if "powershell" in probe.commands:
        probe.system = "Windows"
    return probe


@pytest.mark.parametrize("row", recordings("containers.yaml"))
def test_containers(row, catalog):
    row["files"] = {"/proc/meminfo": "MemTotal:       67108864 kB\n", **row["files"]}
    machine = detect(probe_of(row))
    check(row, machine, catalog)
    # What a model may live in is the limit, where there is one.
    assert machine.usable_memory_bytes == (row["expect"]["limit"] or 64 * GIB)
    assert match(machine, catalog).ram_gb == round(machine.usable_memory_bytes / GIB, 1)


@pytest.mark.parametrize("row", recordings("apple.yaml"))
def test_macs(row, catalog):
    commands = {
        "sysctl -n machdep.cpu.brand_string": row["chip"] + "\n",
        "sysctl -n hw.memsize": f"{row['memory'] * GIB}\n",
        "sysctl -n hw.optional.neon": "1\n",
    }
    if row.get("registry"):
        commands["ioreg"] = f'  | {{\n  |   "gpu-core-count" = {row["cores"]}\n  |   "model" = "{row["chip"]}"\n  | }}\n'
    elif row.get("cores"):
        entry = {
            "_name": row["chip"],
            "sppci_bus": "spdisplays_builtin",
            "sppci_cores": str(row["cores"]),
            "sppci_model": row["chip"],
        }
        commands["system_profiler"] = json.dumps({"SPDisplaysDataType": [entry]})
    if row.get("wired"):
        commands["sysctl -n iogpu.wired_limit_mb"] = f"{row['wired']}\n"
    probe = Recorded(system="Darwin", commands=commands)
    check(row, detect(probe), catalog)
    if row.get("registry"):
        assert not any("system_profiler" in asked for asked in probe.asked)  # the slow tool is not needed


def test_nvml_answers_before_nvidia_smi(catalog):
    probe = Recorded(nvml="0, NVIDIA L4, 23034, 22000, 550.1, [N/A]", commands={"nvidia-smi": "0, Tesla T4, 15360, 1, 1, [N/A]"})
    machine = detect(probe)
    assert match(machine, catalog).hardware == ("l4",)
    assert machine.devices[0].how == "NVML"


def test_an_unreadable_machine_says_so(catalog):
    machine = detect(Recorded())
    assert machine.devices == ()
    assert machine.usable_memory_bytes is None
    assert match(machine, catalog).ram_gb is None
    assert machine.unknown


# The names drivers print, with the total they report (MiB); from the tables the recordings cite, where those have them.
DRIVER_NAMES = {
    "NVIDIA GeForce RTX 3080|10240": "rtx-3080-10gb",
    "NVIDIA GeForce RTX 3080|12288": "rtx-3080-12gb",
    "NVIDIA GeForce RTX 4060 Ti|16380": "rtx-4060-ti-16gb",
    "NVIDIA GeForce RTX 4060 Ti|8188": "rtx-4060-ti-8gb",
    "NVIDIA GeForce RTX 3080 Laptop GPU|16384": "rtx-3080-laptop-16gb",
    "NVIDIA A100 80GB PCIe|81920": "a100-pcie-80gb",
    "NVIDIA A100-PCIE-40GB|40960": "a100-pcie-40gb",
    "NVIDIA H100 NVL|95830": "h100-nvl",
    "NVIDIA H100 PCIe|81559": "h100-pcie",
    "NVIDIA GH200 480GB|97871": "gh200-96gb",
    "NVIDIA B300 SXM6 AC|275040": "b300",
    "Tesla V100-SXM2-32GB|32768": "v100-32gb",
    "Tesla V100-PCIE-32GB|32768": "v100-pcie-32gb",
    "Tesla M40 24GB|23040": "m40-24gb",
    "NVIDIA RTX 6000 Ada Generation|49140": "rtx-6000-ada",
    "NVIDIA RTX A6000|49140": "rtx-a6000",
    "NVIDIA RTX 2000 Ada Generation Laptop GPU|8188": "rtx-2000-ada-laptop",
    "NVIDIA RTX PRO 6000 Blackwell Workstation Edition|97887": "rtx-pro-6000",
    "NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation Edition|97887": "rtx-pro-6000-max-q",
    "NVIDIA RTX PRO 6000 Blackwell Server Edition|97887": "rtx-pro-6000-server",
    "NVIDIA RTX PRO 5000 72GB Blackwell|73415": "rtx-pro-5000-72gb",
    "NVIDIA GeForce RTX 4090 D|24564": "rtx-4090-d",
    "NVIDIA H100|81559": None,  # names three cards: nothing is guessed
    "NVIDIA GeForce RTX|8192": None,
    "NVIDIA|8192": None,
}


@pytest.mark.parametrize("spelling", DRIVER_NAMES)
def test_driver_names(spelling, catalog):
    name, total = spelling.split("|")
    found = match(Machine("Linux", devices=tuple(nvidia.parse(f"0, {name}, {total}, [N/A], 1", "x"))), catalog)
    wanted = DRIVER_NAMES[spelling]
    if name == "NVIDIA H100":  # an alias of the catalog that stands for the SXM card
        assert found.hardware == ("h100-sxm",)
    elif wanted is None:
        assert found.hardware == ()
        assert found.vram == (str(round(int(total) / 1024)),)
    else:
        assert found.hardware == (wanted,)


def test_every_catalog_card_is_found_under_its_own_name(catalog):
    """A device's own name and memory lead back to it, or to one that shares both."""
    for device in catalog.devices.values():
        if device.vendor != "nvidia" or not device.memory_gib or device.unified_memory:
            continue
        text = f"0, {device.name.replace(',', '')}, {int(device.memory_gib * 1024)}, [N/A], 1"
        found = match(Machine("Linux", devices=tuple(nvidia.parse(text, "x"))), catalog)
        for id in found.hardware:
            assert catalog.devices[id].memory_gib == device.memory_gib, (device.id, id)


words = st.text(alphabet=st.characters(codec="utf-8"), max_size=200)
lines = st.lists(st.one_of(words, st.sampled_from(["0, X, 1, 1, 1, Enabled", "Memory Device", "\tSize: 99999999999999999 GB",
    "\tConfigured Memory Speed: 9 MT/s", "\tLocator: CHANNEL A", "\tType: DDR5", "GPU 0: x", "  MIG 1g.9999gb Device",
    "processor : 0", "physical id : 0", "core id : 0", "MemTotal: 1 kB"])), max_size=12).map("\n".join)  # fmt: skip
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8), lambda v: st.lists(v, max_size=3) | st.dictionaries(
        st.sampled_from(["card0", "card1", "device_list", "SPDisplaysDataType", "sppci_cores", "processor", "video", "registry",
                         "Name", "memory", "device_name", "memory_physical_size_byte", "VRAM Total Memory (B)", "Card Series"]),
        v, max_size=4), max_leaves=12)  # fmt: skip


@given(text=lines)
@settings(max_examples=150, deadline=None)
def test_parsers_of_text_never_raise(text):
    assert all(device.memory_bytes is None or device.memory_bytes >= 0 for device in nvidia.parse(text, "x"))
    nvidia.with_slices(nvidia.parse(text, "x"), text)
    pci.parse(text)
    processor.physical_cores(text)
    processor.memory_amounts(text)
    modules = processor.parse_dmidecode(text)
    assert modules.channels is None or modules.channels > 0
    apple.registry_cores(text)
    amd.marketing_name(text, "0x744c", "0xc8")
    around = containers.surroundings(Recorded(files={"/proc/self/cgroup": text, "/sys/fs/cgroup/memory.max": text}))
    assert around.memory_limit_bytes is None or 0 < around.memory_limit_bytes < 2**60


@given(value=json_values, text=words)
@settings(max_examples=150, deadline=None)
def test_parsers_of_json_never_raise(value, text):
    for said in (json.dumps(value), text, "[" * 5000):
        amd.parse_rocm(said)
        intel.parse_xpu_smi(said)
        apple.gpu_cores(said)
        windows.parse(said)
    machine = detect(Recorded(system="Windows", commands={"powershell": json.dumps(value)}))
    assert machine.system == "Windows"


@given(name=words, total=st.integers(0, 2**50) | st.none())
@settings(max_examples=100, deadline=None)
def test_no_name_breaks_the_match(name, total, catalog):
    from llm_pick.core.machine import Found, Processor

    for unified in (True, False):
        machine = Machine("Linux", (Found(name, "amd", "x", total, unified=unified),), Processor(name=name, memory_bytes=total))
        found = match(machine, catalog)
        assert all(id in catalog.devices for id in found.hardware)
