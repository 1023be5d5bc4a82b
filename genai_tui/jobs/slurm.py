"""Slurm's own commands: what its queue says of jobs, ending one, asking whether it is here."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from genai_tui.errors import NoAnswer

INSTALL = "pip install 'genai-tui[slurm]'"
ANSWERS_S = 15.0
_FIELDS = "%i|%T|%N|%S|%r"
_WAITS = ("PENDING", "REQUEUED", "REQUEUE_HOLD", "REQUEUE_FED", "SPECIAL_EXIT", "RESV_DEL_HOLD")
_ENDED = {
    "COMPLETED": "", "FAILED": "", "CANCELLED": "it was cancelled there", "TIMEOUT": "its time was over",
    "NODE_FAIL": "its node failed", "BOOT_FAIL": "its node did not start", "PREEMPTED": "others were before it",
    "OUT_OF_MEMORY": "it took more memory than was asked for", "DEADLINE": "its deadline came",
}  # fmt: skip
UNKNOWN = "UNKNOWN"  # Slurm forgets jobs minutes after their end


class Word(NamedTuple):
    """What the queue says of a job: its state there, its node, when it may start (local time), why."""

    number: str
    state: str
    node: str = ""
    starts: str = ""
    why: str = ""

    @property
    def stands(self) -> Literal["waits", "runs", "ended"]:
        """Whether it waits, runs (or is about to, or is ending), or is no longer Slurm's business."""
        if self.state in _ENDED or self.state == UNKNOWN:
            return "ended"
        return "waits" if self.state in _WAITS else "runs"

    def __str__(self) -> str:
        said = f"Slurm {self.number}: {self.state}"
        if self.stands == "ended":
            why = _ENDED.get(self.state, "Slurm no longer knows it")
            return f"{said}, {why}." if why else f"{said}."
        if self.stands == "runs":
            return f"{said} on {self.node}." if self.node else f"{said}."
        why = f" ({self.why})" if self.why not in ("", "None") else ""
        return f"{said}{why}" + (f", may start at {self.starts.replace('T', ' ')}." if self.starts else ".")


def is_here(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether jobs can be given to Slurm from this machine."""
    return shutil.which("sbatch", path=environ.get("PATH")) is not None


def words_of(numbers: Sequence[str], environ: Mapping[str, str] = os.environ) -> dict[str, Word]:
    """What the queue says of jobs, by number; one that it no longer knows is UNKNOWN.

    Blocks, as long as ANSWERS_S. Raises NoAnswer where Slurm does not answer.
    """
    found = {number: Word(number, UNKNOWN) for number in numbers}
    if not numbers:
        return found
    words = ("squeue", "--noheader", "--states=all", f"--format={_FIELDS}", f"--jobs={','.join(numbers)}")
    said = _said(words, environ, unless="Invalid job id")
    for line in said.splitlines():
        number, state, node, starts, why = line.strip().split("|", 4)
        if number in found:
            found[number] = Word(number, state, node, "" if starts == "N/A" else starts, why)
    return found


def end(number: str, environ: Mapping[str, str] = os.environ) -> None:
    """Have Slurm end a job: it is told (SIGTERM), and killed some 30 s later. Raises NoAnswer."""
    _said(("scancel", number), environ, unless="Invalid job id")


def _said(words: Sequence[str], environ: Mapping[str, str], *, unless: str) -> str:
    """What a command printed; `unless` is what it says on standard error where that is no failure."""
    try:
        done = subprocess.run(
            words, env=dict(environ), stdin=subprocess.DEVNULL, capture_output=True, timeout=ANSWERS_S, check=False
        )
    except FileNotFoundError as error:
        raise NoAnswer(f"{words[0]} is not on this machine.", "Slurm cannot be asked from here.") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoAnswer("Slurm does not answer.", f"{words[0]} did not end within {ANSWERS_S:.0f} s.") from error
    told = done.stderr.decode("utf-8", "replace").strip()
    if done.returncode and unless not in told:
        lines = told.splitlines()
        raise NoAnswer("Slurm does not answer.", lines[0][:200] if lines else f"{words[0]} said nothing.")
    return done.stdout.decode("utf-8", "replace")
