"""What a screen costs that is attached to a job, and how soon two terminals see what the job writes.

    python tests/bench/jobs.py [--steps 5000] [--seconds 20]

Two programs in pseudo-terminals at 80×24 are attached to one job with its curves: one by its own page, one in the list
of stage 4. First nothing is written: CPU seconds are read from /proc. Then this process, which is the job's,
writes a step a second, as a training does, and the time is taken until each terminal shows it.
"""

import argparse
import math
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))

from tests.support.far_end import FarEnd, plain_environment  # noqa: E402

BEATS = 10


def cpu_s(end: FarEnd) -> float:
    """CPU seconds of a program up to now."""
    fields = (Path("/proc") / str(end.pid) / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rest(ends: list[FarEnd], seconds: float) -> list[float]:
    """Seconds of CPU of each, a second, while this takes what they write."""
    before, began = [cpu_s(end) for end in ends], time.monotonic()
    until = began + seconds
    while (left := until - time.monotonic()) > 0:
        for end in ends:
            end.quiet(min(left, 0.2))
    passed = time.monotonic() - began
    return [(cpu_s(end) - used) / passed for end, used in zip(ends, before, strict=True)]


def measure(home: Path, steps: int, seconds: float) -> dict[str, float]:
    """Every figure by its name."""
    from genai_tui.records.jobs import Point
    from genai_tui.sample import make_sample
    from genai_tui.store.jobs import beat_job, begin_job, queue_job, take_job
    from genai_tui.store.processes import this_process

    found: dict[str, float] = {}
    with make_sample(home / "project", environ=os.environ) as project:
        writer = project.writer
        args = {"name": "lora-1", "model": "embedded/smollm2-135m", "settings": {}}
        [number] = writer.put_now(queue_job("finetune", "genai_tui.stages.finetune.work:finetune", args, estimate={}))
        writer.put_now(take_job(number, this_process()))
        writer.put_now(begin_job(number, this_process()))
        names = ("loss/train", "rate", "gradient", "tokens a second", "memory (GB)/cpu")
        points = [Point(name, step, 4 * math.exp(-step / 900)) for name in names for step in range(1, steps + 1)]
        writer.put_now(beat_job(number, 0.01, {"loss/train": 0.5}, points, 10.0))
        program = [sys.executable, "-m", "genai_tui", str(home / "project")]
        ends = [FarEnd(program, plain_environment(home)) for _ in range(2)]
        try:
            for end, keys, shown in zip(ends, (b"J\r", b"4b"), (rb"running", rb"lora-1"), strict=True):
                end.wait_for(rb"NEXT")
                for key in keys:
                    end.send(bytes([key]))
                    end.quiet(1.0)
                end.wait_for(shown)
            rest(ends, 8.0)
            for name, used in zip(("page", "list"), rest(ends, seconds), strict=True):
                found[f"{name} idle, of a core"] = used
            lags: list[list[float]] = [[], []]
            before, began = [cpu_s(end) for end in ends], time.monotonic()
            for beat in range(BEATS):
                marks = [len(end.output) for end in ends]
                share = (11 + beat) / 100
                written = time.monotonic()
                more = [Point(name, steps + beat + 1, 0.1) for name in names]
                writer.put_now(beat_job(number, share, {"loss/train": 0.1}, more, 11.0))
                for place, end in enumerate(ends):
                    end.wait_for(str(11 + beat)[-1].encode(), since=marks[place])
                    lags[place].append(time.monotonic() - written)
                rest(ends, max(0.0, 1.0 - (time.monotonic() - written)))
            passed = time.monotonic() - began
            for place, name in enumerate(("page", "list")):
                found[f"{name} sees a step after, median s"] = statistics.median(lags[place])
                found[f"{name} sees a step after, most s"] = max(lags[place])
                found[f"{name} with a step a second, of a core"] = (cpu_s(ends[place]) - before[place]) / passed
        finally:
            for end in ends:
                end.close()
    return found


def main() -> None:
    """Print them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=5000)
    parser.add_argument("--seconds", type=float, default=20.0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for name, value in measure(Path(folder), asked.steps, asked.seconds).items():
            print(f"{name:<40} {value:.4f}")  # noqa: T201 - this is what it is for


if __name__ == "__main__":
    main()
