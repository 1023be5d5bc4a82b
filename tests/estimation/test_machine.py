"""What a machine has, from recorded outputs of the drivers' tools; what they do not tell stays unknown."""

import json
import sys

import pytest

from genai_tui.estimation.hardware import GIB, find_accelerator
from genai_tui.estimation.machine import Gpu, accelerator_here, cpu_as_accelerator, run_tool, this_machine
from tests.support.commands import genai

EIGHT_H100 = "NVIDIA H100 80GB HBM3, 81559, 81000\n" * 8
SPARK = "NVIDIA GB10, [N/A], [N/A]\n"
ROCM = {
    "card0": {
        "Card Series": "AMD Instinct MI300X",
        "VRAM Total Memory (B)": "206141652992",
        "VRAM Total Used Memory (B)": "297631744",
    },
    "system": {"Driver version": "6.8.5"},
}
AMD_SMI = [{"gpu": 0, "asic": {"market_name": "AMD Instinct MI250X"}, "vram": {"size": {"value": 65520, "unit": "MB"}}}]
DISPLAYS = {"SPDisplaysDataType": [{"sppci_model": "Apple M3 Max", "sppci_cores": "30"}]}


def machine(system, **outputs):
    """This machine as if its tools printed these; `sysctl` by its last word."""

    def run(words):
        said = outputs.get(words[-1].replace(".", "_") if words[0] == "sysctl" else words[0].replace("-", "_"))
        return said if said is None or isinstance(said, str) else json.dumps(said)

    return this_machine(run, system)


def test_nvidia_gpus_are_known_by_the_names_their_driver_gives():
    found = machine("Linux", nvidia_smi=EIGHT_H100)
    assert len(found.gpus) == 8
    assert found.gpus[0].accelerator is find_accelerator("h100-sxm-80")
    assert (found.gpus[0].memory_bytes, found.gpus[0].free_bytes) == (81559 * 1024**2, 81000 * 1024**2)
    accelerator, number = accelerator_here(found)
    assert (accelerator.id, accelerator.memory_bytes, number) == ("h100-sxm-80", 81559 * 1024**2, 8)


def test_memory_that_a_driver_does_not_tell_is_unknown():
    [gpu] = machine("Linux", nvidia_smi=SPARK).gpus
    assert gpu == Gpu("NVIDIA GB10", find_accelerator("gb10"), None, None, "nvidia-smi")


def test_a_gpu_that_is_in_no_list_has_its_memory_and_no_rates():
    accelerator, _ = accelerator_here(machine("Linux", nvidia_smi="NVIDIA Quadro P400, 2000, 1900\n"))
    assert (accelerator.name, accelerator.bandwidth, dict(accelerator.flops)) == ("NVIDIA Quadro P400", None, {})
    assert accelerator.memory_bytes == 2000 * 1024**2


def test_amd_gpus_are_known_by_either_tool():
    [one] = machine("Linux", rocm_smi=ROCM).gpus
    assert (one.accelerator.id, one.memory_bytes, one.free_bytes) == ("mi300x", 206141652992, 206141652992 - 297631744)
    [two] = machine("Linux", amd_smi=AMD_SMI).gpus
    assert (two.accelerator.id, two.memory_bytes) == ("mi250x", 65520 * 1024**2)
    [three] = machine("Linux", amd_smi={"gpu_data": AMD_SMI}).gpus
    assert three == two


def test_an_apple_chip_is_known_with_the_cores_of_its_gpu():
    brand = {"machdep_cpu_brand_string": "Apple M3 Max\n", "hw_memsize": f"{128 * GIB}\n"}
    [with_cores] = machine("Darwin", **brand, system_profiler=DISPLAYS).gpus
    assert (with_cores.accelerator.id, with_cores.memory_bytes) == ("m3-max-30", 128 * GIB)
    [without] = machine("Darwin", **brand).gpus
    assert without.accelerator.id.startswith("m3-max")
    assert machine("Darwin", machdep_cpu_brand_string="Intel(R) Core(TM) i7\n").gpus == ()


@pytest.mark.parametrize("said", ["", "no devices were found\n", "a, b", "[" * 100_000, '{"card0": 7, "gpu_data": {}}'])
def test_nonsense_of_a_tool_is_no_gpu(said):
    assert machine("Linux", nvidia_smi=said, amd_smi=said, rocm_smi=said).gpus == ()
    assert machine("Darwin", system_profiler=said).gpus == ()


def test_the_processor_is_an_accelerator_with_a_bandwidth_that_was_measured():
    cpu = machine("Linux").cpu
    assert cpu.cores >= 1
    assert 0 < cpu.free_bytes <= cpu.memory_bytes
    one = cpu_as_accelerator(cpu)
    assert one.memory_bytes == cpu.memory_bytes
    assert 1e9 < one.bandwidth < 1e13


PYNVML = """
class NVMLError(Exception): pass
class _Memory: total, free = 85520809984, 84934656000
def nvmlInit(): pass
def nvmlShutdown(): pass
def nvmlDeviceGetCount(): return 2
def nvmlDeviceGetHandleByIndex(place): return place
def nvmlDeviceGetName(handle): return b"NVIDIA H100 80GB HBM3" if handle else "NVIDIA GB10"
def nvmlDeviceGetMemoryInfo(handle):
    if not handle: raise NVMLError("Not Supported")
    return _Memory()
"""


@pytest.fixture
def nvml(tmp_path, monkeypatch):
    """A machine whose only source is NVML."""
    (tmp_path / "pynvml.py").write_text(PYNVML)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    yield
    sys.modules.pop("pynvml", None)


@pytest.mark.usefixtures("nvml")
def test_nvml_is_asked_where_its_module_is_installed():
    shared, own = this_machine(system="Linux").gpus
    assert (shared.accelerator.id, shared.memory_bytes) == ("gb10", None)
    assert (own.accelerator.id, own.memory_bytes, own.told_by) == ("h100-sxm-80", 85520809984, "NVML")


def test_a_tool_that_is_not_there_or_fails_tells_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert run_tool(("nvidia-smi",)) is None
    broken = tmp_path / "nvidia-smi"
    broken.write_text("#!/bin/sh\necho NVIDIA-SMI has failed\nexit 9\n")
    broken.chmod(0o755)
    assert run_tool(("nvidia-smi",)) is None
    assert this_machine(system="Linux").gpus == ()
    broken.write_text("#!/bin/sh\necho 'Tesla T4, 15360, 15000'\n")
    [gpu] = this_machine(system="Linux").gpus
    assert gpu.accelerator.id == "t4"


def test_doctor_tells_the_gpus_that_their_drivers_tell_of(tmp_path, monkeypatch):
    tool = tmp_path / "nvidia-smi"
    tool.write_text("#!/bin/sh\necho 'Tesla T4, 15360, 15000'\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert "Tesla T4, 15 GiB (nvidia-smi)" in genai("doctor").out
