"""`kill -9` at ten random moments of a run, gone on with each time: as if nothing had been, and hardly more asked."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from tests.support.commands import genai, import_csv
from tests.support.fake_endpoint import FakeEndpoint
from tests.support.runs_by_command import project

__all__ = ["project"]

SEED = 1
ROWS = 1_000
IN_FLIGHT = 16
KILLS = 10
WITHIN_S = 60.0


def text_of(n: int) -> str:
    """Rows of different lengths, so that sums of tokens tell which were counted."""
    return f"ticket {n} " + "word " * (n % 17)


def made(project: Path, model: str) -> str:
    """A candidate of a model whose tokens have a price."""
    words = ("--model", f"paid/{model}", "--prompt", "1", "--json")
    return str(genai("candidate", "make", *words, cwd=project).json["candidate"])


def begun(project: Path, *words: str) -> subprocess.Popen[bytes]:
    """A command in a process of its own, of which only a signal is wanted."""
    return subprocess.Popen(
        [sys.executable, "-m", "genai_tui", "eval", *words, "--json", "--max-in-flight", str(IN_FLIGHT)],
        cwd=project,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def killed_after(process: subprocess.Popen[bytes], fake: FakeEndpoint, requests: int) -> None:
    """`kill -9` once the endpoint had so many requests."""
    end = time.monotonic() + WITHIN_S
    while len(fake.received) < requests:
        assert time.monotonic() < end, "it never came to that"
        assert process.poll() is None, "it ended before it was killed"
        time.sleep(0.001)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def what_counts(told: Any) -> Any:
    """What must be equal, however often a run was killed."""
    return {key: told[key] for key in ("n", "answered", "failed", "scores", "usage", "cost_usd", "state")}


def test_killed_at_ten_random_moments_and_gone_on_with(project: Path, fake: FakeEndpoint) -> None:
    prices = ("--input-usd-per-million", "2.5", "--output-usd-per-million", "10")
    assert genai("endpoint", "add", "paid", "--url", fake.url, *prices, cwd=project).code == 0
    rows = "ticket,label\n" + "".join(f"{text_of(n)},{'ab'[n % 3 == 0]}\n" for n in range(ROWS))
    import_csv(project, rows, "--input", "ticket", name="many")
    whole = genai("eval", "run", made(project, "say-a"), "--dataset", "many", "--json", cwd=project).json
    assert (whole["n"], whole["answered"], whole["requests"]) == (ROWS, ROWS, ROWS)

    fake.delay_s = 0.005
    moments = sorted(random.Random(SEED).sample(range(1, ROWS - 2 * IN_FLIGHT), KILLS))
    model = "label-a"  # says the same, so that nothing comes out of the cache
    process = begun(project, "run", made(project, model), "--dataset", "many")
    for moment in moments:
        killed_after(process, fake, ROWS + moment)
        process = begun(project, "resume", "2")
    assert process.wait(WITHIN_S) == 0

    told = genai("eval", "show", "2", "--json", cwd=project).json
    assert what_counts(told) == what_counts(whole)
    assert (told["n"], told["cost_usd"] > 0) == (ROWS, True)
    listed = genai("eval", "export", "2", cwd=project).out.splitlines()
    assert len(listed) == ROWS
    asked = Counter(request.json["messages"][-1]["content"] for request in fake.requests if request.model == model)
    assert len(asked) == ROWS
    twice = sum(asked.values()) - ROWS
    assert twice <= KILLS * IN_FLIGHT, f"{twice} requests were sent again after {KILLS} kills"
