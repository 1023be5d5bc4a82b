"""What Slurm starts on a node: the job's own command, and what is done when its time there is over.

submitit calls it, and hands it on as a reference to this module: nothing of the job is pickled. On SIGUSR2, which
comes ahead of the end of its time or of a preemption, the command is asked to keep a checkpoint and end, and Slurm to
start it again. SIGTERM, which submitit passes over, reaches the command itself (every process of a step gets it).
"""

import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from submitit.helpers import DelayedSubmission

ON_NODE = "GENAI_TUI_SLURM_JOB"  # the environment variable that tells `job run` who started it: Slurm's number
SAVES_S = 60.0  # how long the command may take to keep a checkpoint; Slurm warns SIGNAL_S ahead
SIGNAL_S = 90


class OnNode:
    """The command of a job in `folder`; what it says is added to its log."""

    def __init__(self, command: Sequence[str], folder: Path, log: Path) -> None:
        self.command, self.folder, self.log = tuple(command), folder, log
        self._process: subprocess.Popen[bytes] | None = None

    def __call__(self) -> int:
        """Run the command to its end; gives its exit code."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command,
                cwd=self.folder,
                env=os.environ | {"PYTHONUNBUFFERED": "1", ON_NODE: os.environ["SLURM_JOB_ID"]},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
            return self._process.wait()

    def checkpoint(self) -> "DelayedSubmission":
        """Let the command keep what it has and end, so that Slurm starts it again; one that has ended is over."""
        from submitit.helpers import DelayedSubmission

        process = self._process
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGUSR1)
            try:
                process.wait(SAVES_S)
            except subprocess.TimeoutExpired:
                process.kill()  # its last checkpoint stands; time is over
        if process is not None and process.poll() == 0:
            raise SystemExit(0)  # it came to its end meanwhile
        return DelayedSubmission(OnNode(self.command, self.folder, self.log))
