"""One of the processes of a training on several devices: `python -m genai_tui.stages.finetune.rank FOLDER`.

The job's own process starts it (`several`), with its number and how to meet the others in its environment, and hears
from it line by line: what is reported, and how it ended. It ends at once when the job's process does.
"""

import json
import os
import signal
import sys
import threading
import traceback
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from genai_tui.errors import GenaiError
from genai_tui.jobs.contract import Report, Stop
from genai_tui.records.datasets import Example
from genai_tui.records.jobs import Job
from genai_tui.stages.finetune.rows import Encoded
from genai_tui.stages.finetune.settings import Settings, changed
from genai_tui.stages.finetune.together import Several
from genai_tui.stages.finetune.training import be_quiet, train

PIPE = "GENAI_TUI_RANK_PIPE"  # the number of the descriptor that is written to
PLAN, ROWS, EXAMPLES = "plan.json", "{split}.jsonl", "examples.jsonl"


class Line:
    """The lines to the job's process."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._lock = threading.Lock()

    def say(self, what: str, *values: Any) -> None:
        """One line."""
        with self._lock:
            self._file.write(json.dumps([what, *values]) + "\n")
            self._file.flush()


class Told(Report):
    """A report whose words go to the job's process; those of the first process alone."""

    def __init__(self, folder: Path, line: Line, *, first: bool) -> None:
        super().__init__(Job(0, "finetune", "", "running"), folder)
        self._line, self._first = line, first

    def _say(self, what: str, *values: Any) -> None:
        if self._first:
            self._line.say(what, *values)

    def progress(
        self, done: float, total: float, metrics: Mapping[str, float | None] | None = None, step: int | None = None
    ) -> None:
        """As of the job."""
        self._say("progress", done, total, dict(metrics or {}), step)

    def checkpoint(self, path: str) -> None:
        """As of the job."""
        self._say("checkpoint", path)

    def back_to(self, step: int) -> None:
        """As of the job."""
        self._say("back_to", step)

    def note(self, text: str) -> None:
        """As of the job."""
        self._say("note", text)


def main(folder: Path) -> int:
    """Train as one of several what the files in `folder` say."""
    _end_with_the_job()
    stop = Stop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, lambda *_: stop.ask("interrupt"))
    with os.fdopen(int(os.environ[PIPE]), "w", encoding="utf-8") as file:
        line = Line(file)
        try:
            return _trained(folder, line, stop)
        except GenaiError as fault:
            line.say("fault", {"what": fault.what, "why": fault.why, "do": fault.do, "known": True})
        except Exception as error:  # noqa: BLE001 - whatever it was, the job ends with it as its reason
            traceback.print_exception(error)
            said = str(error).strip().splitlines()
            why = said[0][:300] if said else ""
            line.say(
                "fault", {"what": f"The work failed: {type(error).__name__}.", "why": why, "do": "", "known": False}
            )
        return 1


def _trained(folder: Path, line: Line, stop: Stop) -> int:
    be_quiet()
    plan = json.loads((folder / PLAN).read_text(encoding="utf-8"))
    settings = changed(Settings(), {key: value for key, value in plan["settings"].items() if value is not None})
    _meet()
    ranks = Several()
    report = Told(Path(plan["job"]), line, first=ranks.first)
    train_rows, dev = (_read(folder / ROWS.format(split=split)) for split in ("train", "dev"))
    with (folder / EXAMPLES).open(encoding="utf-8") as file:
        examples = [Example(inputs, expected, tuple(tags)) for inputs, expected, tags in map(json.loads, file)]
    found = train(Path(plan["weights"]), train_rows, dev, settings, report, stop, examples, ranks)
    if ranks.first:
        line.say("trained", None if found is None else {**asdict(found), "folder": str(found.folder)})
    line.say("ended")
    return 0


def _meet() -> None:
    """Meet the others where the job's process waits for them."""
    import torch
    from torch import distributed

    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    distributed.init_process_group("cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo")


def _read(path: Path) -> list[Encoded]:
    with path.open(encoding="utf-8") as file:
        return [Encoded(place, tuple(ids), tuple(labels)) for place, ids, labels in map(json.loads, file)]


def _end_with_the_job() -> None:
    """End when standard input does, which the job's process holds: an orphan would keep its device for ever."""

    def wait() -> None:
        sys.stdin.buffer.read()
        os._exit(1)

    threading.Thread(target=wait, daemon=True, name="job").start()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
