"""On how many devices of this machine a training runs, and whether they hold the weights in parts.

As it is set. Where `devices` is not: one, if what it holds fits there; else all GPUs alike, each with a part (FSDP).
Where `shard` is not: several devices hold whole copies (DDP), the faster way, if a copy fits; else a part each. What
is held is computed as the estimate of memory is. Without a GPU one process trains; several share its memory.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from genai_tui.errors import UsageFault
from genai_tui.estimation.memory import usable_bytes
from genai_tui.stages.finetune.settings import SHARDED, Settings, checked

if TYPE_CHECKING:
    from genai_tui.estimation.machine import Machine
    from genai_tui.records.accelerators import Accelerator


@dataclass(frozen=True)
class Place:
    """What this machine trains on: `count` devices with `free_bytes` each; processors (`shared`) have them together."""

    device: str
    accelerator: "Accelerator"
    count: int
    free_bytes: int

    @property
    def shared(self) -> bool:
        """Whether all processes have one memory, as those of a processor do."""
        return self.device == "cpu"

    def holds(self, each: float, devices: int) -> bool:
        """Whether so many bytes on each of so many devices fit."""
        return each * (devices if self.shared else 1) <= self.free_bytes


def place_of(machine: "Machine") -> Place:
    """GPUs like the first one, where its peak is known and torch was built for it; else the processor."""
    from genai_tui.estimation.machine import accelerator_here, cpu_as_accelerator

    here = accelerator_here(machine)
    if here is not None and here[0].flops and _has_cuda():
        accelerator, alike = here
        return Place(accelerator.id, accelerator, alike, int(usable_bytes(accelerator)))
    # its bandwidth decides nothing here, so that it need not be measured
    processor = replace(cpu_as_accelerator(machine.cpu, 1.0), id="cpu")
    return Place("cpu", processor, machine.cpu.cores, machine.cpu.free_bytes)


def placed(settings: Settings, place: Place, bytes_of: Callable[[Settings], float]) -> Settings:
    """The settings with `devices` and `shard` decided; `bytes_of` is what each device holds under settings."""

    def fits(asked: Settings) -> bool:
        return place.holds(bytes_of(asked), asked.devices or 1)

    if settings.devices is None:
        one = replace(settings, devices=1, shard=False)
        alone = place.shared or place.count == 1 or settings.method not in SHARDED
        if not settings.shard and (alone or settings.shard is False or fits(one)):
            return one
        settings = replace(settings, devices=place.count)
    if settings.shard is None:
        whole = replace(settings, shard=False)
        in_parts = settings.devices != 1 and settings.method in SHARDED and not fits(whole)
        settings = replace(whole, shard=in_parts)
    return checked(settings)


def check_place(settings: Settings, place: Place) -> None:
    """Raises UsageFault where more devices are asked for than there are."""
    if (settings.devices or 1) > place.count:
        what = "processors and no GPU" if place.shared else place.accelerator.name
        raise UsageFault(
            f"devices is {settings.devices}; this machine has {place.count} {what}.",
            "",
            f"Set devices = {place.count}.",
        )


def _has_cuda() -> bool:
    """Whether torch was built for GPUs: looked at without importing it, which takes seconds."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return "cpu" not in version("torch")
    except PackageNotFoundError:
        return False
