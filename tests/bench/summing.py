"""What it costs to sum up a run of very many answers by BLEU, against one of 1,000. Prints a table.

    python -m tests.bench.summing [--rows 200000]

BLEU's counts are added up in blocks: neither answers nor scores are held. Each size is measured in its own process.
"""

import argparse
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from genai_tui.stages.evaluate.results import result_of
from genai_tui.store.connections import database_path
from genai_tui.store.runs import find_run
from tests.bench.results import fill

FEW = 1_000
COUNTS = (
    "INSERT INTO score (generation, scorer, value, reason, detail) SELECT id, 'bleu', 0.3, '', "
    "'[' || (id % 7 + 1) || ',' || (id % 9 + 1) || ',5,4,3,2,6,5,4,3]' FROM generation WHERE run = 1"
)


def measure(rows: int) -> str:
    """Seconds of the processor, and MiB more than before."""
    with tempfile.TemporaryDirectory() as folder, fill(Path(folder) / "project", rows) as project:
        connection = sqlite3.connect(database_path(project.folder))
        connection.execute(COUNTS)
        connection.execute('UPDATE run SET scorers = \'["exact", "bleu"]\'')
        connection.commit()
        connection.close()
        before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
        found = result_of(project.reader, find_run(project.reader, 1))
        assert found.scores["bleu"].n == rows
        more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        return f"| {rows:,} | {time.process_time() - began:.1f} s | {more:.0f} MiB |"


def main() -> None:
    """Both sizes."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--rows", type=int, default=200_000)
    asked.add_argument("--only", type=int)
    given = asked.parse_args()
    if given.only:
        print(measure(given.only))
        return
    print("| answers | processor | more memory |\n| --- | --- | --- |")
    for rows in (FEW, given.rows):
        command = [sys.executable, "-m", "tests.bench.summing", "--only", str(rows)]
        print(subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip())


if __name__ == "__main__":
    main()
