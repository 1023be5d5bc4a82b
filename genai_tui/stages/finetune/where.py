"""Where a training runs: on this machine, or given to Slurm; and what is asked of Slurm then."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from genai_tui.jobs.asking import CPUS, asked_of, checked_words

if TYPE_CHECKING:
    from genai_tui.estimation.machine import Machine
    from genai_tui.records.asked import Asked
    from genai_tui.settings import Settings
    from genai_tui.stages.finetune.estimating import Takes

Where = Literal["local", "slurm"]


def wanted_of(settings: "Settings", where: Where | None, ask: Mapping[str, Any]) -> dict[str, Any] | None:
    """What is wanted of Slurm: what the user's settings say, under `ask`; None where the training runs on this machine.

    Where nothing is said it does, unless the settings say otherwise, or something is asked of Slurm. Raises UsageFault
    for what cannot be asked.
    """
    kept = dict(settings.slurm)
    usual = kept.pop("where", "local")
    if (where or ("slurm" if ask else usual)) == "local":
        return None
    return checked_words({**kept, **ask})


def machine_of(wanted: Mapping[str, Any] | None) -> "Machine | None":
    """The node that is wanted, as far as its GPUs are named; None where the estimate can only be of this machine.

    Raises UsageFault for an accelerator that is not known.
    """
    if not wanted or "accelerator" not in wanted:
        return None
    from dataclasses import replace

    from genai_tui.estimation.hardware import find_accelerator
    from genai_tui.estimation.machine import Gpu, this_machine

    found = find_accelerator(wanted["accelerator"])
    gpu = Gpu(found.name, found, found.memory_bytes, found.memory_bytes, "what is asked of Slurm")
    return replace(this_machine(), gpus=(gpu,) * int(wanted.get("gpus") or 1))


def asked_for(takes: "Takes | None", wanted: Mapping[str, Any]) -> "Asked":
    """What is asked of Slurm for a training that takes so much. Raises UsageFault where nobody says how much."""
    if takes is None:
        return asked_of({}, wanted)
    devices = takes.settings.devices or 1
    usual = {"gpus": int("accelerator" in wanted) if takes.place.shared else devices}
    if takes.place.shared:
        usual["cpus"] = (takes.settings.threads or CPUS) * devices
    whole = takes.as_job() | {"peak_memory_bytes": takes.memory.total * devices}
    return asked_of(whole, {**usual, **wanted})
