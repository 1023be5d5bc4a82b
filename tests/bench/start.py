"""How long `--version` and `--help` take, as ratios to an empty interpreter: `python tests/bench/start.py [RUNS]`.

The commands take turns; medians of wall time. The package is compiled first, as an installed one is.
"""

import compileall
import statistics
import subprocess
import sys
import time
from pathlib import Path

import genai_tui

COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "genai-tui --version": ["-m", "genai_tui", "--version"],
    "genai-tui --help": ["-m", "genai_tui", "--help"],
    "genai-tui status (no project)": ["-m", "genai_tui", "status"],
}


def seconds(words: list[str]) -> float:
    """Wall time of one run."""
    began = time.perf_counter()
    subprocess.run([sys.executable, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return time.perf_counter() - began


def main() -> None:
    """Print a table of medians and ratios."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 25
    compileall.compile_dir(str(Path(genai_tui.__file__).parent), quiet=2)
    taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(runs):
        for name, words in COMMANDS.items():
            taken[name].append(seconds(words))
    base = statistics.median(taken["python -c pass"])
    for name, values in taken.items():
        median = statistics.median(values)
        print(f"{name:32} {median * 1000:7.1f} ms  {median / base:5.2f} ×")


if __name__ == "__main__":
    main()
