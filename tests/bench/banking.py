"""banking77 with eight of its intents on the embedded model: zero, one and few shots, with intervals and comparison.

    GENAI_TUI_DATA=FOLDER python tests/bench/banking.py [--rows 15] [--in-flight 4]

FOLDER holds `banking77/train.csv` and `test.csv` (columns text, category; PolyAI, CC BY 4.0), which are no part of the
program. Everything goes through the commands, in a project that is thrown away; `--rows` are those of each intent.
The weights are those that the tests keep.
"""

import argparse
import csv
import io
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))

INTENTS = (
    "age_limit", "apple_pay_or_google_pay", "card_arrival", "exchange_rate", "lost_or_stolen_card", "pin_blocked",
    "terminate_account", "top_up_failed",
)  # fmt: skip
TRAIN_ROWS = 40
SHOTS = (0, 1, 8)
PROMPT = f"""---
parameters: {{temperature: 0, max_tokens: 12}}
---
system:
Say what the customer of a bank asks about. Answer with one of these words and nothing else: {", ".join(INTENTS)}.
user:
{{{{ text }}}}
"""


def rows_of(file: Path, most: int) -> str:
    """The first rows of each intent, as CSV in the file's order."""
    seen: Counter[str] = Counter()
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("text", "category"))
    for row in csv.DictReader(file.open(encoding="utf-8", newline="")):
        seen[row["category"]] += 1
        if row["category"] in INTENTS and seen[row["category"]] <= most:
            writer.writerow((row["text"], row["category"]))
    return out.getvalue()


def genai(*words: str, stdin: str = "", environ: dict[str, str], folder: Path) -> list[Any]:
    """A command in a process of its own; its documents."""
    line = [sys.executable, "-m", "genai_tui", *words, "--project", str(folder), "--json"]
    ended = subprocess.run(line, input=stdin, capture_output=True, text=True, cwd=ROOT, env=environ, check=False)
    if ended.returncode:
        raise SystemExit(f"{' '.join(words)}: {ended.stderr}")
    return [json.loads(each) for each in ended.stdout.splitlines()]


def interval(value: dict[str, Any]) -> str:
    """A value with its interval."""
    return f"{value['value']:.3f} ({value['low']:.3f} to {value['high']:.3f})"


def main() -> None:
    """Measure and print Markdown."""
    from tests.support.weights import AT_HOME

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=15)
    parser.add_argument("--in-flight", type=int, default=4)
    given = parser.parse_args()
    data = os.environ.get("GENAI_TUI_DATA")
    if not data:
        raise SystemExit("GENAI_TUI_DATA names the folder with banking77 in it; it is not set.")
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "banking"
        environ = {**os.environ, "HOME": place, "XDG_DATA_HOME": str(AT_HOME), "PYTHONPATH": str(ROOT)}
        subprocess.run([sys.executable, "-m", "genai_tui", "init", str(folder), "--quiet"], env=environ, check=True)

        def run(*words: str, stdin: str = "") -> list[Any]:
            return genai(*words, stdin=stdin, environ=environ, folder=folder)

        for split, rows in (("train", TRAIN_ROWS), ("test", given.rows)):
            text = rows_of(Path(data) / "banking77" / f"{split}.csv", rows)
            words = ("--name", "banking", "--format", "csv", "--expected", "category", "--split", split)
            run("data", "import", "-", *words, stdin=text)
        names = []
        for shots in SHOTS:
            few = ("--few-shot", str(shots)) if shots else ()
            [saved] = run("prompt", "save", "-", *few, stdin=PROMPT)
            [made] = run("candidate", "make", "--model", "embedded/smollm2-135m", "--prompt", str(saved["prompt"]))
            names.append(made["candidate"])
        scorers = ("--scorer", "exact", "--scorer", "contains")
        runs = run("eval", "run", *names, "--split", "test", "--max-in-flight", str(given.in_flight), *scorers)
        numbers = [str(told["run"]) for told in runs]
        compared = {
            scorer: run("eval", "compare", *numbers, "--scorer", scorer)
            + run("eval", "compare", *numbers[1:], "--scorer", scorer)
            for scorer in ("exact", "contains")
        }
    print("| examples shown | `exact`, 95 % | `contains`, 95 % | n | tokens in | p50 | seconds |")
    print("| --- | --- | --- | --: | --: | --: | --: |")
    for shots, told in zip(SHOTS, runs, strict=True):
        scores = " | ".join(interval(told["scores"][name]) for name in compared)
        tokens, p50 = told["usage"]["input_tokens"], told["latency_s"]["p50"]
        print(f"| {shots} | {scores} | {told['n']} | {tokens:,} | {p50:.2f} s | {told['elapsed_s']:.0f} |")
    print("\n| compared | better / same / worse | difference, 95 % | p (Holm) |\n| --- | --- | --- | --- |")
    shown = dict(zip(numbers, SHOTS, strict=True))
    for name, found in compared.items():
        for each in found:
            a, b = shown[str(each["a"])], shown[str(each["b"])]
            signs = f"{each['better']} / {each['same']} / {each['worse']}"
            difference = f"{each['difference']:+.3f} ({each['low']:+.3f} to {each['high']:+.3f})"
            holm = f" ({each['holm']:.2g})" if "holm" in each else ""
            print(f"| `{name}`, {b} against {a} | {signs} | {difference} | {each['p']:.2g}{holm} |")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"\n{time.perf_counter() - began:.0f} s; {used.ru_utime + used.ru_stime:.0f} s of it our own processor time")


if __name__ == "__main__":
    main()
