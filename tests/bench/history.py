"""What it costs to open the history and to look for tries, with few and with very many. Prints a table.

    python -m tests.bench.history [--rows 1000000] [--json]

Medians of five in CPU milliseconds of the process; the last lines are of the page itself: how long it took to open,
and the longest time for which it answered no key while a text was searched for that is nowhere.
"""

import argparse
import asyncio
import json
import os
import platform
import sqlite3
import tempfile
import time
from pathlib import Path

from genai_tui.project import Project
from genai_tui.records.prompts import Message, Prompt
from genai_tui.screens.main import GenaiApp
from genai_tui.stages.prompt.history import Search, parse_filter
from genai_tui.stages.prompt.pages.history import History
from genai_tui.stages.prompt.pages.versions import Versions
from genai_tui.store.connections import database_path
from genai_tui.store.prompts import save_prompt
from genai_tui.store.tries import newer_tries, page_tries
from genai_tui.terminal.environment import read_terminal
from tests.bench.store import median_ms

FEW = 1_000
FILL = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
INSERT INTO generation (purpose, created, endpoint, model_id, prompt, repeat, queued, wall, streamed, all_at_once,
  refusal, retries, text, reasoning, inputs)
SELECT 'try', strftime('%Y-%m-%dT%H:%M:%fZ', 1767225600 + i * (31536000.0 / {rows}), 'unixepoch'), 'embedded',
  'm' || (i % 3), 1 + i % 5, 0, 0, 0, 1, 0, 0, 0,
  'answer ' || i || ': the parcel came late and the box was open, so please send another one', '',
  '{{"ticket":"order ' || i || ' has not come"}}'
FROM n
"""


def fill(folder: Path, tries: int, versions: int) -> Project:
    """A project with so many tries of one year, by five versions and three models, and so many versions."""
    project = Project.create(folder)
    project.writer.put_now(
        *(
            save_prompt(Prompt((Message("user", f"Ticket {n}: {{{{ ticket }}}}"),), parent=n or None))
            for n in range(versions)
        )
    )
    connection = sqlite3.connect(database_path(folder))
    connection.execute(FILL.format(rows=tries))
    connection.execute("INSERT OR REPLACE INTO spend VALUES ('try', ?, 0, 0, 0, 0, 0)", (tries,))
    connection.commit()
    connection.close()
    return project


def measured(project: Project, tries: int) -> dict[str, float]:
    """Milliseconds of reading, by what is read."""
    reader = project.reader
    found: dict[str, float] = {
        "the first 200": median_ms(lambda: page_tries(reader)),
        "200 from the middle": median_ms(lambda: page_tries(reader, tries // 2)),
        "the oldest 200": median_ms(lambda: newer_tries(reader)),
    }
    for words in ("v4", "m:m1", "2026-06", "parcel", "v2 2026-11 parcel", "zebra"):
        found[f"first step of `{words}`"] = median_ms(lambda words=words: Search(reader, parse_filter(words)).step())
    return found


async def page(project: Project, words: str) -> tuple[float, float, float, float]:
    """Milliseconds to open history and versions, to find `words`, and the longest time without a turn of the loop."""
    app = GenaiApp(read_terminal({"TERM": "xterm-256color", "LANG": "C.UTF-8"}), project)
    async with app.run_test(size=(80, 24)) as pilot:
        opened = []
        for screen in (
            History(project, on_open=lambda _: None),
            Versions(project, on_take=lambda _: None, on_compare=lambda *_: None),
        ):
            start = time.perf_counter()
            await app.push_screen(screen)
            while not screen.detail.lines:
                await asyncio.sleep(0.001)
            opened.append(time.perf_counter() - start)
            await pilot.press("escape")
        history = History(project, on_open=lambda _: None, words=words)
        start = last = time.perf_counter()
        longest = 0.0
        await app.push_screen(history)
        while "found" not in history.table.title or history.table.title.endswith("…"):
            await asyncio.sleep(0.001)
            now = time.perf_counter()
            longest, last = max(longest, now - last), now
        return opened[0] * 1000, opened[1] * 1000, (time.perf_counter() - start) * 1000, longest * 1000


def main() -> None:
    """Measures and prints."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--json", action="store_true")
    given = options.parse_args()
    os.environ["TEXTUAL_ANIMATIONS"] = "none"
    results = []
    with tempfile.TemporaryDirectory() as place:
        for tries, versions in ((FEW, 5), (given.rows, 5_000)):
            with fill(Path(place) / str(tries), tries, versions) as project:
                found = measured(project, tries)
                history, listed, search, longest = asyncio.run(page(project, "zebra"))
                found |= {"the page opened (wall)": history, f"versions opened, 5 or {5_000:,} (wall)": listed}
                found |= {
                    "a text that is nowhere (wall)": search,
                    "the longest wait for a key meanwhile (wall)": longest,
                }
                results.append(found)
    few, many = results
    if given.json:
        print(json.dumps({f"ms_{FEW}": few, f"ms_{given.rows}": many}))
        return
    print(f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {platform.platform()}\n")
    print(f"{'':46} {f'{FEW:,} tries':>14} {f'{given.rows:,} tries':>18} {'ratio':>7}")
    for name, value in few.items():
        print(f"{name:46} {value:11.2f} ms {many[name]:15.2f} ms {many[name] / value:7.1f}")


if __name__ == "__main__":
    main()
