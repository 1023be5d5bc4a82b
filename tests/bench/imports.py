"""What an import of 100,000 rows takes, against the csv module and one `executemany` over the same file.

    python tests/bench/imports.py [--rows 100000] [--repeats 5]

Each in a process of its own, in turns; the least of the repeats counts. `words` is the length of a row's text.
"""

import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BARE = """
import csv, sqlite3, sys
with open(sys.argv[1], newline="") as file, sqlite3.connect(sys.argv[2]) as database:
    rows = csv.reader(file)
    next(rows)
    database.execute("CREATE TABLE example (id, text, label)")
    database.executemany("INSERT INTO example VALUES (?, ?, ?)", rows)
"""


def write(path: Path, rows: int, words: int) -> None:
    chosen = random.Random(1)
    known = [f"word{number}" for number in range(3000)]
    with path.open("w") as file:
        file.write("id,text,label\n")
        for number in range(rows):
            text = " ".join(chosen.choices(known, k=words))
            file.write(f"{number},{text} {number},{chosen.choice(['alpha', 'beta', 'gamma', 'delta'])}\n")


def _environment(root: Path) -> dict[str, str]:
    """That of this process, with bytecode, which installing makes; the first process there writes it."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return environment | {"PYTHONPYCACHEPREFIX": str(root / "bytecode")}


def run(words: list[str], cwd: Path) -> tuple[float, float, int]:
    """(wall, processor seconds, most memory in bytes) of a process; what it imports counts."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(words, cwd=cwd, env=_environment(cwd), check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - began, spent, after.ru_maxrss * 1024


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--rows", type=int, default=100_000)
    asked.add_argument("--repeats", type=int, default=5)
    given = asked.parse_args()
    print("| words a row | csv + executemany: wall / CPU s | import: wall / CPU s | ratio: wall / CPU | memory |")
    print("| --: | --: | --: | --: | --: |")
    for words in (10, 100, 300):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            write(root / "rows.csv", given.rows, words)
            program = [sys.executable, "-m", "genai_tui"]
            options = ["--input", "text", "--expected", "label", "-q"]
            run([*program, "init", "p"], root)
            run([*program, "data", "import", "rows.csv", "--dry-run", *options, "-p", "p"], root)  # writes bytecode
            bare, ours, most = [], [], 0
            for number in range(given.repeats):
                bare.append(run([sys.executable, "-c", BARE, "rows.csv", f"bare{number}.db"], root)[:2])
                run([*program, "init", f"p{number}"], root)
                import_ = [*program, "data", "import", "rows.csv", *options, "-p", f"p{number}"]
                wall, spent, memory = run(import_, root)
                ours.append((wall, spent))
                most = max(most, memory)
            (wall0, cpu0), (wall1, cpu1) = (tuple(map(min, zip(*times, strict=True))) for times in (bare, ours))
            print(
                f"| {words} | {wall0:.2f} / {cpu0:.2f} | {wall1:.2f} / {cpu1:.2f} | "
                f"{wall1 / wall0:.1f} / {cpu1 / cpu0:.1f} | {most / 1e6:.0f} MB |"
            )


if __name__ == "__main__":
    main()
