"""What a row more costs in a large dataset, and what reading an edited version costs. Prints a table, asserts nothing.

    python tests/bench/editing.py [--rows 100000] [--edits 500]

The baseline of an edit is the copy of all rows' places that it replaces; of reading, the version as it was imported.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from genai_tui.project import Project  # noqa: E402
from genai_tui.records.datasets import Example  # noqa: E402
from genai_tui.store.datasets import (  # noqa: E402
    add_examples,
    all_examples,
    begin_import,
    find_dataset,
    finish_import,
    page_examples,
)
from genai_tui.store.editing import append_row  # noqa: E402
from genai_tui.store.places import places_of  # noqa: E402


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--edits", type=int, default=500)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Project.create(Path(folder) / "p") as project:
        measure(project, given.rows, given.edits)


def measure(project: Project, rows: int, edits: int) -> None:
    """Import, edit, read."""
    put, reader = project.writer.put_now, project.reader
    [version] = put(begin_import("t", "file", "as given"))
    for first in range(0, rows, 1_000):
        batch = [
            Example({"ticket": f"ticket {n} " + "and so on " * 9}, "abc"[n % 3]) for n in range(first, first + 1_000)
        ]
        put(add_examples(version, "train", first + 1, batch))
    [imported] = put(finish_import(version))
    copy = timed(lambda: put(lambda c: c.execute("CREATE TABLE other AS SELECT * FROM membership")))
    times = [
        timed(lambda n=n: put(append_row("t", "train", Example({"ticket": f"new {n}"}, "a"), "edited")))
        for n in range(edits)
    ]
    edited = find_dataset(reader)
    [[places]] = reader.rows("SELECT count(*) FROM membership")
    print(f"| {rows:,} rows, {edits} edits | ms |\n| --- | --- |")
    print(f"| all places copied | {copy:.1f} |")
    print(f"| a row more, median | {statistics.median(times):.1f} |")
    print(f"| a row more, the slowest | {max(times):.1f} |")
    print(f"| places stored an edit, on average | {(places - rows) / edits:,.0f} rows |")
    print(f"| where else do these inputs stand | {timed(lambda: places_of(reader, edited, {'ticket': 'new 7'})):.1f} |")
    for name, dataset in (("imported", imported), ("edited", edited)):
        page = timed(lambda dataset=dataset: page_examples(reader, dataset, "train", rows // 2))
        whole = timed(lambda dataset=dataset: sum(1 for _ in all_examples(reader, dataset, "train")))
        print(f"| 200 rows from the middle, {name} | {page:.1f} |\n| all rows, {name} | {whole:.0f} |")


def timed(work: Callable[[], Any]) -> float:
    """Milliseconds that it took."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main()
