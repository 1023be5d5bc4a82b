"""What it costs to compare two runs of very many answers, against two of 1,000. Prints a table.

    python -m tests.bench.comparing [--rows 1000000]

What the screen does: both are read whole, compared on the examples that both have, and those that changed are listed.
"""

import argparse
import resource
import sqlite3
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from genai_tui.project import Project
from genai_tui.stages.evaluate.rivals import against, changed
from genai_tui.store.connections import database_path
from genai_tui.store.runs import begin_run, find_run
from tests.bench.results import fill

COLUMNS = (
    "purpose, created, endpoint, model_id, candidate, prompt, example, repeat, finish_reason, input_tokens, "
    "output_tokens, cost_usd, queued, sent, first_byte, first_token, done, wall, streamed, all_at_once, refusal, "
    "retries, text, reasoning"
)


def with_another(project: Project) -> int:
    """A second run of the same rows, right at other ones; its number."""
    [number] = project.writer.put_now(begin_run(replace(find_run(project.reader, 1), id=0)))
    connection = sqlite3.connect(database_path(project.folder))
    connection.execute(
        f"INSERT INTO generation (run, {COLUMNS}) SELECT ?, {COLUMNS} FROM generation WHERE run = 1", (number,)
    )
    connection.execute(
        "INSERT INTO score (generation, scorer, value, reason) SELECT id, 'exact', CASE WHEN id % 9 THEN 1.0 ELSE 0.0 "
        "END, '' FROM generation WHERE run = ?",
        (number,),
    )
    connection.commit()
    connection.close()
    return int(number)


def measure(rows: int) -> tuple[float, float, float]:
    """Seconds until they are compared, until what changed is known, and MiB more than before."""
    with tempfile.TemporaryDirectory() as folder, fill(Path(folder) / "project", rows) as project:
        base, run = find_run(project.reader, 1), find_run(project.reader, with_another(project))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        began = time.perf_counter()
        found = against(project.reader, base, run, "exact")
        compared = time.perf_counter()
        changed(project.reader, base, run, "exact")
        assert found.found is not None, found.fault
        more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        return compared - began, time.perf_counter() - compared, more


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    print("| answers of each run | compared | what changed | memory |\n| --: | --: | --: | --: |")
    for rows in (1_000, parser.parse_args().rows):
        compared, listed, more = measure(rows)
        print(f"| {rows:,} | {compared:.2f} s | {listed:.2f} s | + {more:.0f} MiB |")


if __name__ == "__main__":
    main()
