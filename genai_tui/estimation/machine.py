"""What this machine has: GPUs as their drivers' tools tell it, the processor, memory. Unknown stays unknown.

NVIDIA is asked through NVML where pynvml is installed, else nvidia-smi; AMD through amd-smi or rocm-smi; Apple through
sysctl and system_profiler. Tools are given ten seconds each.
"""

import json
import os
import platform
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from genai_tui.errors import UsageFault
from genai_tui.estimation.hardware import find_accelerator
from genai_tui.records.accelerators import Accelerator

TOOL_S = 10
MIB = 1024**2
CPU_OPERATIONS = 16
"""Vector operations of one core a cycle: two multiply-adds of 4 numbers (AVX2 without its second unit, NEON)."""
CPU_HZ = 2.5e9
"""Assumed where the system does not say how fast a core runs."""
READ_BYTES = 64 * MIB

Runner = Callable[[Sequence[str]], str | None]


@dataclass(frozen=True)
class Gpu:
    """One GPU: what its driver calls it, the accelerator that is (None: not in the list), memory as the driver says."""

    name: str
    accelerator: Accelerator | None
    memory_bytes: int | None
    free_bytes: int | None
    told_by: str


@dataclass(frozen=True)
class Cpu:
    """The processor and its memory."""

    name: str
    cores: int
    memory_bytes: int
    free_bytes: int


@dataclass(frozen=True)
class Machine:
    """What a machine has."""

    gpus: tuple[Gpu, ...]
    cpu: Cpu


def this_machine(run: "Runner | None" = None, system: str | None = None) -> Machine:
    """Look at this machine; `run` runs a tool and gives its output (None: not here, or failed). Takes up to seconds."""
    run = run or run_tool
    return Machine(tuple(_gpus(run, system or platform.system())), _cpu(run))


def run_tool(words: Sequence[str]) -> str | None:
    """What a tool prints; None where it is not installed, fails or takes too long."""
    tool = shutil.which(words[0])
    if tool is None:
        return None
    try:
        told = subprocess.run(
            [tool, *words[1:]], capture_output=True, text=True, timeout=TOOL_S, check=True, errors="replace"
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return told.stdout


def accelerator_here(machine: Machine) -> tuple[Accelerator, int] | None:
    """The first GPU as an accelerator with the memory that its driver tells, and how many alike; None without one.

    A GPU that is not in the list has no rates; its bandwidth is unknown.
    """
    if not machine.gpus:
        return None
    gpu = machine.gpus[0]
    alike = sum(other.name == gpu.name for other in machine.gpus)
    if gpu.accelerator is not None:
        return replace(gpu.accelerator, memory_bytes=gpu.memory_bytes or gpu.accelerator.memory_bytes), alike
    told = f"told by {gpu.told_by}"
    return Accelerator("here", "", gpu.name, None, gpu.memory_bytes or 0, "", None, {}, None, None, (told,)), alike


def cpu_as_accelerator(cpu: Cpu, bandwidth: float | None = None) -> Accelerator:
    """The processor as an accelerator: its memory, a bandwidth as measured (here and now, where none is given)."""
    measured = bandwidth or measure_bandwidth(cpu.cores)
    rate = cpu.cores * _hertz() * CPU_OPERATIONS
    sources = ("memory and cores as the system says; bandwidth measured by reading 64 MB at once from every core",)
    note = f"{CPU_OPERATIONS} operations a core and cycle at {_hertz() / 1e9:.2g} GHz are assumed"
    return Accelerator(
        "cpu",
        "CPU",
        cpu.name,
        None,
        cpu.memory_bytes,
        "DDR",
        measured,
        {"fp32": rate},
        None,
        None,
        sources,
        False,
        note,
    )


def measure_bandwidth(cores: int) -> float:
    """Bytes a second that the cores read together, in about a tenth of a second."""
    import numpy as np

    with ThreadPoolExecutor(cores) as pool:
        arrays = list(pool.map(lambda _: np.ones(READ_BYTES // 8), range(cores)))
        best = 0.0
        for _ in range(3):
            began = time.perf_counter()
            list(pool.map(np.max, arrays))
            best = max(best, cores * READ_BYTES / (time.perf_counter() - began))
    return best


def _gpus(run: Runner, system: str) -> Iterator[Gpu]:
    if system == "Darwin":
        yield from _apple(run)
        return
    yield from _nvml() if run is run_tool and _has_nvml() else _nvidia_smi(run)
    yield from _amd(run)


def _has_nvml() -> bool:
    from importlib.util import find_spec

    return find_spec("pynvml") is not None


def _nvml() -> Iterator[Gpu]:
    import pynvml

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:  # no driver that could be asked
        return
    try:
        for place in range(pynvml.nvmlDeviceGetCount()):
            handle = pynvml.nvmlDeviceGetHandleByIndex(place)
            name = pynvml.nvmlDeviceGetName(handle)
            whole: int | None
            free: int | None
            try:
                memory = pynvml.nvmlDeviceGetMemoryInfo(handle)
                whole, free = int(memory.total), int(memory.free)
            except pynvml.NVMLError:  # memory that is shared with the processor
                whole = free = None
            yield _gpu(name.decode() if isinstance(name, bytes) else name, whole, free, "NVML")
    except pynvml.NVMLError:  # a card has fallen off the bus: those told of so far stand
        return
    finally:
        pynvml.nvmlShutdown()


def _nvidia_smi(run: Runner) -> Iterator[Gpu]:
    words = ("nvidia-smi", "--query-gpu=name,memory.total,memory.free", "--format=csv,noheader,nounits")
    for line in (run(words) or "").splitlines():
        fields = [field.strip() for field in line.rsplit(",", 2)]
        if len(fields) == 3 and fields[0]:
            yield _gpu(fields[0], _number(fields[1], MIB), _number(fields[2], MIB), "nvidia-smi")


def _amd(run: Runner) -> Iterator[Gpu]:
    told = _json(run(("amd-smi", "static", "--asic", "--vram", "--json")))
    rows = told.get("gpu_data") if isinstance(told, dict) else told
    found = [gpu for row in rows or () if (gpu := _of_amd_smi(row))] if isinstance(rows, list) else []
    yield from found
    if found:
        return
    told = _json(run(("rocm-smi", "--showproductname", "--showmeminfo", "vram", "--json")))
    for card, row in sorted(told.items()) if isinstance(told, dict) else ():
        if card.startswith("card") and isinstance(row, dict):
            said = {str(key).lower(): str(value) for key, value in row.items()}
            name = said.get("card series") or said.get("card model") or card
            whole, used = _number(said.get("vram total memory (b)")), _number(said.get("vram total used memory (b)"))
            free = whole - used if whole is not None and used is not None else None
            yield _gpu(name, whole, free, "rocm-smi")


def _of_amd_smi(row: Any) -> Gpu | None:
    if not isinstance(row, dict):
        return None
    asic, vram = row.get("asic"), row.get("vram")
    name = asic.get("market_name") if isinstance(asic, dict) else None
    if not isinstance(name, str):
        return None
    size = vram.get("size") if isinstance(vram, dict) else None
    value = size.get("value") if isinstance(size, dict) else size
    return _gpu(name, _number(str(value).removesuffix(" MB"), MIB), None, "amd-smi")


def _apple(run: Runner) -> Iterator[Gpu]:
    name = (run(("sysctl", "-n", "machdep.cpu.brand_string")) or "").strip()
    if not name.startswith("Apple"):
        return  # an Intel Mac: its GPUs run no model here
    whole = _number((run(("sysctl", "-n", "hw.memsize")) or "").strip())
    displays = _json(run(("system_profiler", "SPDisplaysDataType", "-json")))
    rows = displays.get("SPDisplaysDataType") if isinstance(displays, dict) else None
    cores = next((str(row["sppci_cores"]) for row in rows or () if isinstance(row, dict) and "sppci_cores" in row), "")
    yield _gpu(f"{name} ({cores}-core GPU)" if cores else name, whole, None, "sysctl and system_profiler")


def _gpu(name: str, whole: int | None, free: int | None, told_by: str) -> Gpu:
    try:
        accelerator = find_accelerator(re.sub(r"\((\d+)-core GPU\)", r"\1", name))
    except UsageFault:  # what stands in brackets may be no part of the name
        try:
            accelerator = find_accelerator(re.sub(r"\(.*\)", "", name))
        except UsageFault:
            accelerator = None
    return Gpu(name, accelerator, whole, free, told_by)


def _cpu(run: Runner) -> Cpu:
    import psutil

    memory = psutil.virtual_memory()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return Cpu(_cpu_name(run), cores, memory.total, memory.available)


def _cpu_name(run: Runner) -> str:
    try:
        told = Path("/proc/cpuinfo").read_text("utf-8", "replace")
    except OSError:  # macOS has no such file
        return (run(("sysctl", "-n", "machdep.cpu.brand_string")) or "").strip() or platform.machine()
    found = re.search(r"^(?:model name|Processor)\s*:\s*(.+)$", told, re.MULTILINE)
    return found[1].strip() if found else platform.machine()


def _hertz() -> float:
    import psutil

    try:
        told = psutil.cpu_freq()
    except (OSError, NotImplementedError, RuntimeError):  # virtual machines do not tell it
        told = None
    return (told.max or told.current) * 1e6 if told and (told.max or told.current) else CPU_HZ


def _number(text: str | None, times: int = 1) -> int | None:
    """A whole number of bytes; None for what is none, as `[N/A]`."""
    return int(text) * times if text and text.isdigit() else None


def _json(text: str | None) -> Any:
    try:
        return json.loads(text) if text else None
    except (ValueError, RecursionError):
        return None
