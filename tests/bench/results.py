"""What it costs to look through a run of very many answers, against one of 1,000. Prints a table.

    python -m tests.bench.results [--rows 1000000] [--json]

Through the app itself, at 80×24: opening the run's examples, going to the last one, and turning the order that the
index gives around, each until it is painted; medians of five, in milliseconds. Then the other orders and a filter: how
long until the key was answered (the longest time in which the loop did nothing else), and until the list was complete.
Last a run in progress beside the viewer: answers are stored as fast as they can be while the list is walked.
"""

import argparse
import asyncio
import json
import os
import platform
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from genai_tui.project import Project
from genai_tui.records.candidates import Candidate
from genai_tui.records.datasets import Example
from genai_tui.records.generations import Generation, Moments, Usage
from genai_tui.records.prompts import Message, Prompt
from genai_tui.records.runs import Percentiles, Result, Run, Score, Value
from genai_tui.screens.main import GenaiApp
from genai_tui.stages.evaluate.screen import Evaluate
from genai_tui.store.answers import save_answers
from genai_tui.store.candidates import save_candidate
from genai_tui.store.connections import database_path
from genai_tui.store.imports import add_examples, begin_import, finish_import
from genai_tui.store.prompts import save_prompt
from genai_tui.store.results import Wish
from genai_tui.store.runs import begin_run, keep_result, let_go
from genai_tui.terminal.environment import read_terminal

FEW = 1_000
EXAMPLES = 1_000
FILL = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
INSERT INTO generation (purpose, created, endpoint, model_id, candidate, prompt, run, example, repeat, finish_reason,
  input_tokens, output_tokens, cost_usd, queued, sent, first_byte, first_token, done, wall, streamed, all_at_once,
  refusal, retries, text, reasoning)
SELECT 'run', '2026-11-28T12:00:00.000Z', 'openai', 'a-model', 1, 1, 1, 1 + i % 1000, i / 1000, 'stop',
  120, 3 + i % 40, 0.00001 * (i % 97), 0, 0, 0.1, 0.1, 0.2 + (i * 7919 % 1000) / 1000.0, 0, 0, 0, 0, 0,
  CASE i % 10 WHEN 0 THEN 'account' ELSE 'billing ' || i END, ''
FROM n
"""
SCORE = """
INSERT INTO score (generation, scorer, value, reason)
SELECT id, 'exact', CASE WHEN id % 10 THEN 1.0 ELSE 0.0 END, '' FROM generation WHERE run = 1
"""


def fill(folder: Path, rows: int) -> Project:
    """A project with one run of so many answers over 1,000 examples."""
    project = Project.create(folder)
    [prompt] = project.writer.put_now(save_prompt(Prompt((Message("user", "Ticket: {{ ticket }}"),))))
    [version] = project.writer.put_now(begin_import("tickets", "", "given"))
    examples = [Example({"ticket": f"order {n} has not come, please look"}, "billing") for n in range(EXAMPLES)]
    project.writer.put_now(add_examples(version, "dev", 1, examples))
    project.writer.put_now(finish_import(version))
    candidate = Candidate("", "openai", "a-model", prompt.number, prompt.hash, "a-model")
    [made] = project.writer.put_now(save_candidate(candidate))
    run = Run(made.id, version, "dev", rows, ("exact",), repeats=max(1, rows // EXAMPLES))
    project.writer.put_now(begin_run(run))
    connection = sqlite3.connect(database_path(folder))
    connection.execute(FILL, (rows,))
    connection.execute(SCORE)
    connection.execute("INSERT OR REPLACE INTO spend VALUES ('run', ?, 0, 0, 0, 0, 0)", (rows,))
    connection.commit()
    connection.close()
    times = Percentiles(0.7, 1.1, 1.2)
    result = Result(
        rows, rows, 0, {"exact": Value(0.9, 0.89, 0.91, rows)}, 120 * rows, 20 * rows, False, 1.0, 1.0, times, times,
        rows, 0, 60.0,
    )  # fmt: skip
    project.writer.put_now(keep_result(1, result), let_go(1, "done", "", 60.0))
    return project


class Longest:
    """The longest time in which the loop did nothing else."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._task = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.005)
            self.seconds = max(self.seconds, time.perf_counter() - before - 0.005)

    def end(self) -> float:
        """Milliseconds."""
        self._task.cancel()
        return self.seconds * 1000


async def until(condition: Callable[[], object], pause: Callable[[float], Awaitable[object]]) -> None:
    """Wait for a condition."""
    while not condition():
        await pause(0.02)


async def walked(project: Project) -> dict[str, float]:
    """Milliseconds of every step, through the app."""
    terminal = read_terminal({"TERM": "xterm-256color", "LANG": "C.UTF-8"})
    app = GenaiApp(terminal, project)
    found: dict[str, list[float]] = {}

    async def timed(name: str, act: Callable[[], object]) -> None:
        start = time.perf_counter()
        act()
        await pilot.pause()
        found.setdefault(name, []).append((time.perf_counter() - start) * 1000)

    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("6")
        await pilot.pause()
        screen = app.screen
        assert isinstance(screen, Evaluate)
        examples = screen.examples
        await pilot.press("e")
        await pilot.pause()
        for _ in range(5):
            screen.action_tab(0)
            await pilot.pause()
            examples._state = ""  # as if it were opened for the first time
            examples.run = None
            await timed("open", lambda: screen.action_tab(2))
            examples.take(Wish())
            await pilot.pause()
            await timed("end", examples.table.action_last)
            await timed("top", examples.table.action_first)
            await timed("latest", lambda: examples.take(Wish(order="latest")))
            examples.take(Wish())
            await pilot.pause()
        for name, wish in (
            ("worst", Wish(order="worst")), ("slowest", Wish(order="slowest")), ("dearest", Wish(order="dearest")),
            ("longest", Wish(order="longest")), ("expected", Wish(order="expected")), ("wrong", Wish(show="wrong")),
            ("words", Wish(words="billing 77")),
        ):  # fmt: skip
            longest = Longest()
            start = time.perf_counter()
            examples.take(wish)
            answered = (time.perf_counter() - start) * 1000
            await until(lambda: examples.reading is None, pilot.pause)
            found[f"{name}: complete"] = [(time.perf_counter() - start) * 1000]
            found[f"{name}: blocked"] = [max(longest.end(), answered)]
        start = time.perf_counter()
        examples.take(Wish(order="slowest"))
        await pilot.pause(0.05)
        examples.cancel()
        await app.workers.wait_for_complete([w for w in app.workers if w.group == "read"])
        found["cancelled after"] = [(time.perf_counter() - start) * 1000 - 50]
    return {name: statistics.median(times) for name, times in found.items()}


async def store(folder: Path, seconds: float) -> None:
    """A run in progress: 32 answers at a time, each stored with its score, and their number on standard output."""
    stored, start = 0, time.perf_counter()
    with Project.open(folder) as project:
        [run] = project.writer.put_now(begin_run(Run(1, 1, "dev", 10_000_000, ("exact",))))
        while time.perf_counter() - start < seconds:
            one = Generation(
                "run", "openai", "a-model", f"billing {stored}", "stop", Usage(120, 3), 0.00001,
                Moments(0.0, 0.0, 0.1, 0.1, 0.2), candidate=1, prompt=1, run=run, example=1 + stored % EXAMPLES,
                repeat=stored // EXAMPLES,
            )  # fmt: skip
            await project.writer.put(save_answers([(one, [Score("exact", 1.0)])] * 32))
            stored += 32
            await asyncio.sleep(0.01)  # a server answers
    print(stored)


async def beside_a_run(project: Project, seconds: float = 6.0) -> dict[str, float]:
    """Walk through the list while another process stores answers of a run; no fault may be said."""
    command = (sys.executable, "-m", "tests.bench.results", "--store", str(project.folder), str(seconds))
    other = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    app = GenaiApp(read_terminal({"TERM": "xterm-256color", "LANG": "C.UTF-8"}), project)
    faults, times = 0, list[float]()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("6", "e")
        screen = app.screen
        assert isinstance(screen, Evaluate)
        start = time.perf_counter()
        while time.perf_counter() - start < seconds:
            for key in ("down", "pagedown", "end", "home", "o", "r", "e"):
                before = time.perf_counter()
                await pilot.press(key)
                times.append((time.perf_counter() - before) * 1000)
                faults += screen.message is not None and "locked" in screen.message.text
    said, _ = other.communicate()
    return {
        "stored a second": int(said) / seconds, "keys": len(times), "key, median": statistics.median(times),
        "key, slowest": max(times), "said locked": faults,
    }  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--store", nargs=2, help=argparse.SUPPRESS)
    words = parser.parse_args()
    if words.store:
        asyncio.run(store(Path(words.store[0]), float(words.store[1])))
        return
    os.environ["TEXTUAL_ANIMATIONS"] = "none"
    with tempfile.TemporaryDirectory() as folder:
        for name in ("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
            os.environ[name] = folder
        told: dict[str, Any] = {
            "machine": platform.platform(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
        }
        few, many = fill(Path(folder) / "few", FEW), fill(Path(folder) / "many", words.rows)
        told["few"], told["many"] = asyncio.run(walked(few)), asyncio.run(walked(many))
        told["writer"] = asyncio.run(beside_a_run(many))
        few.close()
        many.close()
    if words.json:
        print(json.dumps(told))
        return
    print(f"{told['machine']}, Python {told['python']}, {os.cpu_count()} cores; {words.rows:,} answers against {FEW:,}")
    for name, value in told["many"].items():
        before = told["few"].get(name)
        ratio = f"{value / before:6.2f} ×" if before else ""
        print(f"{name:22} {before or 0:10.1f} ms {value:10.1f} ms {ratio}")
    for name, value in told["writer"].items():
        print(f"{name:22} {value:10,.1f}")


if __name__ == "__main__":
    main()
