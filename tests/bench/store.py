"""What the store costs: an answer stored, a page opened, a project opened. Prints a table, asserts nothing.

    python tests/bench/store.py [--rows 1000000] [--answers 2000] [--json]

Baselines run beside ours, in the same process and on the same disk; medians of five (an answer: best of three).
"""

import argparse
import asyncio
import json
import platform
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from genai_tui.records.generations import Exchange, Generation, Moments, Usage  # noqa: E402
from genai_tui.store.connections import database_path, open_for_writing  # noqa: E402
from genai_tui.store.database import create, ensure_current  # noqa: E402
from genai_tui.store.generations import page_generations, save_generation  # noqa: E402
from genai_tui.store.reader import Reader  # noqa: E402
from genai_tui.store.writer import Writer  # noqa: E402

FILL = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
INSERT INTO generation (purpose, created, endpoint, model_id, repeat, queued, wall, streamed, all_at_once, refusal,
  retries, text, reasoning)
SELECT CASE WHEN i % {each} = 0 THEN 'try' ELSE 'run' END, '2026-01-01T00:00:00.000Z', 'embedded', 'm' || (i % 3), 0,
  0, 0, 1, 0, 0, 0, 'answer ' || i || ': the parcel came late and the box was open, so please send another one', ''
FROM n
"""
THREE = (
    ("generation", "INSERT INTO g VALUES (NULL, ?, ?, ?, ?, ?, ?)", ("try", "embedded", "m", "a text " * 20, 1.0, 2.0)),
    ("exchange", "INSERT INTO e VALUES (NULL, ?, ?, ?, ?)", (1, "/chat/completions", 200, '{"answer": "a text"}' * 5)),
    ("body", "INSERT INTO b VALUES (NULL, ?, ?)", (b"h" * 32, '{"messages": ["a text"]}' * 10)),
)
TABLES = """
CREATE TABLE g (id INTEGER PRIMARY KEY, purpose TEXT, endpoint TEXT, model TEXT, text TEXT, sent REAL, done REAL);
CREATE TABLE e (id INTEGER PRIMARY KEY, generation INTEGER, path TEXT, status INTEGER, answer TEXT);
CREATE TABLE b (id INTEGER PRIMARY KEY, hash BLOB, json TEXT);
"""


Times = tuple[float, float]


def now() -> Times:
    """CPU of this process (all its threads), and wall, in seconds."""
    return time.process_time(), time.perf_counter()


def since(start: Times) -> Times:
    """What passed since `start`."""
    cpu, wall = now()
    return cpu - start[0], wall - start[1]


def answer(number: int) -> Generation:
    """An answer as an evaluation stores it."""
    exchange = Exchange(
        "/chat/completions", {"messages": [f"ticket {number}"]}, 200, {"text": "billing"}, Usage(90, 3), 0.0,
        Moments(1.0, 1.1, 1.2, 1.3, 1.4, 1e9),
    )  # fmt: skip
    return Generation(
        "run", "embedded", "m", "billing", "stop", Usage(90, 3), 0.0, exchange.moments, exchanges=(exchange,)
    )


def through_writer(folder: Path, answers: int, in_flight: int) -> Times:
    """Times for `answers`, `in_flight` workers putting one after the other."""
    create(folder, name="bench")
    writer = Writer(database_path(folder))
    left = iter(range(answers))

    async def work() -> None:
        for number in left:
            await writer.put(save_generation(answer(number)))

    async def run() -> Times:
        start = now()
        async with asyncio.TaskGroup() as group:
            for _ in range(in_flight):
                group.create_task(work())
        return since(start)

    times = asyncio.run(run())
    writer.close()
    return times


def three_inserts(folder: Path, answers: int, way: str) -> Times:
    """Times for `answers` times three plain inserts: joined by 32, one by one, or through sqlite-utils."""
    path = folder / f"{way}.db"
    path.touch()
    connection = open_for_writing(path)
    connection.execute("PRAGMA journal_mode = wal")
    connection.executescript(TABLES)
    start = now()
    if way == "sqlite-utils":
        from sqlite_utils import Database

        database = Database(connection)
        names = {name: [column.name for column in database[name[0]].columns][1:] for name, _, _ in THREE}
        start = now()
        for _ in range(answers):
            for name, _, values in THREE:
                database[name[0]].insert(dict(zip(names[name], values, strict=True)))
    else:
        size = 32 if way == "joined" else 1
        for first in range(0, answers, size):
            connection.execute("BEGIN IMMEDIATE")
            for _ in range(min(size, answers - first)):
                for _, sql, values in THREE:
                    connection.execute(sql, values)
            connection.execute("COMMIT")
    times = since(start)
    connection.close()
    return times


def least(times: list[Times], answers: int) -> Times:
    """The least CPU and the least wall of several turns, in microseconds an answer."""
    return min(cpu for cpu, _ in times) / answers * 1e6, min(wall for _, wall in times) / answers * 1e6


def median_ms(act: Callable[[], object]) -> float:
    """Median CPU milliseconds of five."""
    times = []
    for _ in range(5):
        start = time.process_time()
        act()
        times.append(time.process_time() - start)
    return statistics.median(times) * 1000


def pages(folder: Path, rows: int) -> dict[str, float]:
    """Milliseconds for the first page, one in the middle, a filtered one, and a search without a hit."""
    create(folder, name="bench")
    connection = sqlite3.connect(database_path(folder))
    connection.execute(FILL.format(rows=rows, each=max(1, rows // 300)))
    connection.commit()
    connection.close()
    reader = Reader(database_path(folder))
    found = {
        "first page": median_ms(lambda: page_generations(reader)),
        "middle page": median_ms(lambda: page_generations(reader, after=rows // 2)),
        "tries": median_ms(lambda: page_generations(reader, purpose="try")),
        "tries of a model": median_ms(lambda: page_generations(reader, purpose="try", model="embedded/m1")),
        "a text that is there": median_ms(lambda: page_generations(reader, text="PARCEL")),
        "a text that is not": median_ms(lambda: page_generations(reader, text="zebra")),
        "ensure_current": median_ms(lambda: ensure_current(folder)),
        "open a reader": median_ms(lambda: Reader(database_path(folder)).close()),
    }
    reader.close()
    return found


def main() -> None:
    """Measures and prints."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--answers", type=int, default=2_000)
    options.add_argument("--json", action="store_true")
    options.add_argument("--dir", type=Path, help="on which disk (a folder; default: the system's temporary one)")
    given = options.parse_args()
    with tempfile.TemporaryDirectory(dir=given.dir) as place:
        folder = Path(place)
        cost = {}
        for way in ("joined", "one by one", "sqlite-utils"):
            times = []
            for turn in range(3):
                (folder / f"{way}{turn}").mkdir()
                times.append(three_inserts(folder / f"{way}{turn}", given.answers, way))
            cost[f"three plain inserts, {way}"] = least(times, given.answers)
        for in_flight in (1, 32):
            times = [through_writer(folder / f"w{in_flight}-{turn}", given.answers, in_flight) for turn in range(3)]
            cost[f"save_generation through the writer, {in_flight} in flight"] = least(times, given.answers)
        small, large = pages(folder / "small", 1_000), pages(folder / "large", given.rows)
    if given.json:
        print(json.dumps({"us_an_answer": cost, "ms_1000_rows": small, f"ms_{given.rows}_rows": large}))
        return
    print(f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {platform.platform()}\n")
    print(f"{'an answer stored':60} {'µs CPU':>8} {'µs wall':>9}")
    for name, (cpu, wall) in cost.items():
        print(f"{name:60} {cpu:8.0f} {wall:9.0f}")
    print(f"\n{'a page of 200 (CPU)':34} {'1,000 rows':>12} {f'{given.rows:,} rows':>16} {'ratio':>8}")
    for name, value in small.items():
        print(f"{name:34} {value:9.2f} ms {large[name]:13.2f} ms {large[name] / value:8.1f}")


if __name__ == "__main__":
    main()
