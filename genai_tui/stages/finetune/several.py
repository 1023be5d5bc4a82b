"""A training on several devices of one machine: a process for each, all in the job's session, ending all together.

The job's own process trains nothing: it starts them, hears the first one's report, and watches. When one dies the
others are ended, as they would wait for it for ever; when it dies itself they end, too. They meet at a port that the
system picks (a fixed one may be taken), on loopback.
"""

import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from genai_tui.errors import GenaiError, UsageFault
from genai_tui.stages.finetune.rank import EXAMPLES, PIPE, PLAN, ROWS
from genai_tui.stages.finetune.rows import Encoded
from genai_tui.stages.finetune.settings import Settings
from genai_tui.stages.finetune.watching import Trained
from genai_tui.store.processes import signal_name

if TYPE_CHECKING:
    from genai_tui.jobs.contract import Report, Stop
    from genai_tui.records.datasets import Example

FOLDER = "ranks-"  # of what the processes are told, within the job's
LOOK_S = 0.1
REASONS_S = 2.0  # after the first has ended badly: the others' words may tell the reason, where it could not


class Rank(NamedTuple):
    """A process, and the pipe that it is heard through."""

    number: int
    process: "subprocess.Popen[bytes]"
    pipe: IO[bytes]


def train_together(
    weights: Path,
    rows: Sequence[Encoded],
    dev: Sequence[Encoded],
    settings: Settings,
    report: "Report",
    stop: "Stop",
    examples: "Sequence[Example]" = (),
) -> Trained | None:
    """As `train`, in as many processes as there are `settings.devices`; what one of them raises is raised here.

    Raises UsageFault where the machine has fewer devices, GenaiError naming the process that was killed.
    """
    count = settings.devices or 1
    check_devices(count)
    for left in report.folder.glob(f"{FOLDER}*"):  # by a process that was killed
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=report.folder, prefix=FOLDER) as name:
        folder = Path(name)
        _write(folder, weights, {"train": rows, "dev": dev}, settings, report.folder)
        with (folder / EXAMPLES).open("w", encoding="utf-8") as file:
            file.writelines(json.dumps([each.inputs, each.expected, each.tags]) + "\n" for each in examples)
        with _started(folder, count, settings) as ranks:
            heard = _Heard(ranks, report)
            heard.to_the_end(stop)
    heard.raise_fault()
    return None if heard.trained is None else Trained(**{**heard.trained, "folder": Path(heard.trained["folder"])})


def check_devices(count: int) -> None:
    """Raises UsageFault where this machine has fewer GPUs, or fewer processors where it has none."""
    import torch

    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    there, what = (gpus, "GPUs") if gpus else (_cores(), "processors and no GPU")
    if count > there:
        raise UsageFault(
            f"devices is {count}; this machine has {there} {what}.", "", f"Set devices to {there} or less."
        )


class _Heard:
    """What the processes say, until all have ended."""

    def __init__(self, ranks: Sequence[Rank], report: "Report") -> None:
        self._ranks, self._report = ranks, report
        self._faults: dict[int, Mapping[str, Any]] = {}
        self._ended: set[int] = set()
        self._dead: dict[int, int] = {}  # exit codes, in the order in which they were found
        self.trained: dict[str, Any] | None = None

    def to_the_end(self, stop: "Stop") -> None:
        """Hear them until all are gone, or one has ended badly: then all are ended."""
        told, bad_since = False, 0.0
        with selectors.DefaultSelector() as selector:
            for rank in self._ranks:
                selector.register(rank.pipe, selectors.EVENT_READ, rank)
            while selector.get_map():
                for key, _ in selector.select(LOOK_S):
                    if text := key.fileobj.readline():  # type: ignore[union-attr]
                        self._hear(key.data, json.loads(text))
                    else:
                        selector.unregister(key.fileobj)
                if stop.asked and not told:
                    told = True
                    for rank in self._ranks:
                        rank.process.terminate()
                if self._bad():
                    bad_since = bad_since or time.monotonic()
                if bad_since and time.monotonic() - bad_since > REASONS_S:
                    return
        for rank in self._ranks:
            if rank.number not in self._ended:  # its pipe is closed before its exit code is known
                with suppress(subprocess.TimeoutExpired):
                    rank.process.wait(REASONS_S)
        self._bad()

    def _hear(self, rank: Rank, said: list[Any]) -> None:
        match said:
            case ["trained", found]:
                self.trained = found
            case ["ended"]:
                self._ended.add(rank.number)
            case ["fault", fault]:
                self._faults[rank.number] = fault
            case ["progress" | "checkpoint" | "back_to" | "note" as what, *values]:
                getattr(self._report, what)(*values)

    def _bad(self) -> bool:
        for rank in self._ranks:
            if (code := rank.process.poll()) is not None and rank.number not in self._ended:
                self._dead.setdefault(rank.number, code)
        return bool(self._faults) or bool(self._dead)

    def raise_fault(self) -> None:
        """Raise why one ended badly: what it said of itself, that it was killed, or what befell it when another was."""
        known = [fault for fault in self._faults.values() if fault["known"]]
        if known:
            raise GenaiError(known[0]["what"], known[0]["why"], known[0]["do"])
        for number, code in self._dead.items():
            if number not in self._faults:
                how = f"was killed by {signal_name(-code)}" if code < 0 else f"ended with {code}"
                raise GenaiError(
                    f"Process {number + 1} of {len(self._ranks)} {how}; the training was ended.",
                    "A system that runs out of memory kills so." if code == -signal.SIGKILL else "",
                    "The log may say why; resumed, the job goes on from its last checkpoint.",
                )
        for fault in self._faults.values():
            raise GenaiError(fault["what"], fault["why"], fault["do"])


@contextmanager
def _started(folder: Path, count: int, settings: Settings) -> Iterator[list[Rank]]:
    """The processes; none of them is left behind."""
    from datetime import timedelta

    from torch.distributed import TCPStore

    store = TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False, timeout=timedelta(minutes=10))
    ranks: list[Rank] = []
    try:
        ranks.extend(_start(folder, number, count, store.port, settings) for number in range(count))
        yield ranks
    finally:
        for rank in ranks:
            rank.process.kill()
        for rank in ranks:
            rank.process.wait()
            rank.pipe.close()
            if rank.process.stdin is not None:
                rank.process.stdin.close()


def _start(folder: Path, number: int, count: int, port: int, settings: Settings) -> Rank:
    ours, theirs = os.pipe()
    environ = {
        **os.environ,
        "RANK": str(number), "LOCAL_RANK": str(number), "WORLD_SIZE": str(count), "LOCAL_WORLD_SIZE": str(count),
        "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "TORCHELASTIC_USE_AGENT_STORE": "True",
        "OMP_NUM_THREADS": str(settings.threads or max(1, _cores() // count)),
        PIPE: str(theirs),
    }  # fmt: skip
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "genai_tui.stages.finetune.rank", str(folder)],
            stdin=subprocess.PIPE,
            stdout=2,  # the job's log
            env=environ,
            pass_fds=(theirs,),
        )
    except OSError as error:
        os.close(ours)
        raise GenaiError(f"Process {number + 1} of {count} cannot be started.", f"{error.strerror}.") from error
    finally:
        os.close(theirs)
    return Rank(number, process, os.fdopen(ours, "rb", buffering=0))


def _write(
    folder: Path, weights: Path, rows: Mapping[str, Sequence[Encoded]], settings: Settings, job_folder: Path
) -> None:
    plan = {"weights": str(weights), "job": str(job_folder), "settings": settings.as_json()}
    (folder / PLAN).write_text(json.dumps(plan), encoding="utf-8")
    for split, found in rows.items():
        with (folder / ROWS.format(split=split)).open("w", encoding="utf-8") as file:
            file.writelines(json.dumps([row.place, row.input_ids, row.labels]) + "\n" for row in found)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
