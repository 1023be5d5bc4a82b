"""What Slurm starts on a node: the job's own command, and what is done when its time there is over.

submitit calls it, and hands it on as a reference to this module: nothing of the job is pickled. On SIGUSR2, which
comes ahead of the end of its time or of a preemption, the command is asked to keep a checkpoint and end, and Slurm to
start it again. SIGTERM, which submitit passes over, reaches the command itself (every process of a step gets it):
where it means a preemption that leaves a time of grace, Slurm must be asked to start the job again here.
"""

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from submitit.helpers import DelayedSubmission

ON_NODE = "GENAI_TUI_SLURM_JOB"  # the environment variable that tells `job run` who started it: Slurm's number
SAVES_S = 60.0  # how long the command may take to keep a checkpoint; Slurm warns SIGNAL_S ahead
SIGNAL_S = 90
INTERRUPTED = 143  # what `job run` ends with when it was, and keeps a checkpoint
ANSWERS_S = 30.0
LOOK_S = 0.2


class OnNode:
    """The command of a job in `folder`; what it says is added to its log."""

    def __init__(self, command: Sequence[str], folder: Path, log: Path) -> None:
        self.command, self.folder, self.log = tuple(command), folder, log
        self._process: subprocess.Popen[bytes] | None = None

    def __call__(self) -> int:
        """Run the command to its end; gives its exit code."""
        number = os.environ["SLURM_JOB_ID"]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command,
                cwd=self.folder,
                env=os.environ | {"PYTHONUNBUFFERED": "1", ON_NODE: number},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        code = self._process.wait()
        if code == INTERRUPTED and _in_grace(number):
            subprocess.run(("scontrol", "requeue", number), timeout=ANSWERS_S, check=False)
        return code

    def checkpoint(self) -> "DelayedSubmission":
        """Let the command keep what it has and end, so that Slurm starts it again; one that has ended is over."""
        from submitit.helpers import DelayedSubmission

        process = self._process
        if process is not None:
            process.send_signal(signal.SIGUSR1)
            until = time.monotonic() + SAVES_S
            while (code := _code(process)) is None and time.monotonic() < until:
                time.sleep(LOOK_S)
            if code == 0:
                raise SystemExit(0)
            if code is None:
                process.kill()  # its last checkpoint stands; time is over
        return DelayedSubmission(OnNode(self.command, self.folder, self.log))


def _code(process: "subprocess.Popen[bytes]") -> int | None:
    """The exit code of a process, None while it goes on; left to whom it is waited for by, whom a signal interrupted.

    That one holds the lock of `Popen.wait`: within a handler it would never be had.
    """
    try:
        ended = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return INTERRUPTED if process.returncode is None else process.returncode
    return None if ended is None else ended.si_status


def _in_grace(number: str) -> bool:
    """Whether Slurm is about to take the node away for others, and still lets the job tidy up.

    One that was cancelled, or is being started again already, runs no longer for Slurm.
    """
    words = ("scontrol", "--oneliner", "show", "job", number)
    said = subprocess.run(words, capture_output=True, text=True, timeout=ANSWERS_S, check=False).stdout.split()
    told = dict(word.split("=", 1) for word in said if "=" in word)
    return told.get("JobState") == "RUNNING" and told.get("PreemptTime", "None") != "None"
