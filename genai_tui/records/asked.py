"""What a job asks of a cluster."""

from typing import NamedTuple


class Asked(NamedTuple):
    """What is asked of Slurm for a job: one node, with so much of it for so long; words left empty are Slurm's choice.

    `memory_gb` is in GiB, as Slurm counts; `accelerator` is what its GPUs are, so far as estimates must know it.
    `why` says where memory and time come from.
    """

    minutes: int
    memory_gb: int
    cpus: int
    gpus: int = 0
    partition: str = ""
    account: str = ""
    qos: str = ""
    constraint: str = ""
    accelerator: str = ""
    why: str = ""

    def __str__(self) -> str:
        gpus = f"{self.gpus} GPU{'s' * (self.gpus > 1)}, " if self.gpus else ""
        hours, minutes = divmod(self.minutes, 60)
        time = f"{hours} h {minutes} min" if hours else f"{minutes} min"
        where = f" of partition {self.partition}" if self.partition else ""
        return f"{gpus}{self.cpus} CPU{'s' * (self.cpus > 1)}, {self.memory_gb} GB, {time}{where}"
