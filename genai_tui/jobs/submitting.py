"""Giving a job to Slurm, through submitit (the extra `slurm`), and what Slurm itself says of it."""

import io
import sqlite3
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

from genai_tui.errors import MissingPiece, StorageFault, UsageFault
from genai_tui.jobs import slurm
from genai_tui.jobs.folders import job_folder, log_file, slurm_folder
from genai_tui.jobs.node import SIGNAL_S, OnNode
from genai_tui.records.asked import Asked
from genai_tui.store.excerpt import FILE, make_excerpt

TIMES = 20  # how often a job whose time was over is started again


def check_slurm(environ: Mapping[str, str]) -> None:
    """Raises UsageFault where there is no Slurm here, MissingPiece without the extra `slurm`."""
    if not slurm.is_here(environ):
        raise UsageFault(
            "There is no Slurm here: sbatch is not on the path.", "", "Go to a login node, or run it on this machine."
        )
    try:
        import submitit  # noqa: F401 - whether it is there
    except ModuleNotFoundError as missing:
        raise MissingPiece(
            "Giving jobs to Slurm needs a package that is not installed.", "It is the extra `slurm`.", slurm.INSTALL
        ) from missing


def submit(folder: Path, database: Path, number: int, asked: Asked, secrets: Sequence[str] = ()) -> str:
    """Give a queued job of the project in `folder` to Slurm; gives its number there.

    What its process reads of the project is written for it first. The values of `secrets`, environment variables, are
    not sent. Raises StorageFault where that cannot be written, UsageFault where Slurm refuses.
    """
    import submitit

    beside = job_folder(database, number)
    try:
        beside.mkdir(parents=True, exist_ok=True)
        make_excerpt(database, beside / FILE)
        executor = submitit.SlurmExecutor(slurm_folder(database, number), max_num_timeout=TIMES)
    except (OSError, sqlite3.Error) as error:
        what = f"What job {number} needs on its node cannot be written."
        raise StorageFault(what, f"{error}.", "Make room, or let the project be written to.") from error
    executor.update_parameters(**_parameters(number, asked, secrets))
    command = (sys.executable, "-m", "genai_tui", "job", "run", str(number), "--project", str(folder))
    try:
        with redirect_stderr(io.StringIO()):  # what sbatch says is in the error, and would be printed, too
            given = executor.submit(OnNode(command, folder, log_file(database, number)))
    except submitit.core.utils.FailedJobError as error:
        why = _last_line(str(error))
        raise UsageFault("Slurm did not take the job.", why, "Ask for something else: --ask KEY=VALUE.") from error
    return str(given.job_id)


def _parameters(number: int, asked: Asked, secrets: Sequence[str]) -> dict[str, Any]:
    words = {"partition": asked.partition, "account": asked.account, "qos": asked.qos, "constraint": asked.constraint}
    more = {"requeue": True}
    return {
        "job_name": f"genai-tui-{number}",
        "time": asked.minutes,
        "mem": f"{asked.memory_gb}GB",
        "cpus_per_task": asked.cpus,
        "nodes": 1,
        "ntasks_per_node": 1,
        "signal_delay_s": min(SIGNAL_S, asked.minutes * 60 // 4),
        "stderr_to_stdout": True,
        "additional_parameters": more | {"export": ",".join(["ALL", *(f"{name}=" for name in secrets)])},
        **({"gpus_per_node": asked.gpus} if asked.gpus else {}),
        **{name: value for name, value in words.items() if value},
    }


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if "error" in line.lower()] or text.splitlines()
    return f"{lines[-1].strip().rstrip('.')[:300]}." if lines else ""
