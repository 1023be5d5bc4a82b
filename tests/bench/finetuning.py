"""From merely asking to a fine-tuned model on two CPU cores: what prompting gives, what LoRA gives, by the commands.

    python tests/bench/finetuning.py [--seeds 0 1 2] [--split test] [--data sample|banking77] [--set KEY=VALUE]

With `sample`, the tickets that come with the program; with `banking77`, eight of its intents (GENAI_TUI_DATA names the
folder that holds them; they are no part of the program). Zero-shot, few-shot, and zero-shot with a JSON schema of the
labels; then LoRA on train with early stopping on dev, served as a GGUF adapter by the embedded server with the prompt
of zero-shot, and compared with each by the paired test. Needs the extra `train`. Everything is a command in a project
that is thrown away; the weights are those that the tests keep.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))

from tests.bench.banking import INTENTS, TRAIN_ROWS, genai, interval, rows_of  # noqa: E402

TEST_ROWS = 15
SYSTEM = "Say what the customer of a bank asks about. Answer with the one word for it alone."
LISTED = f"Say what the customer of a bank asks about. Answer with one of these words: {', '.join(INTENTS)}."


def prompt_file(system: str, column: str, schema: dict[str, Any] | None = None) -> str:
    """A prompt file; with a schema the answer is an object, and the label is its one value."""
    output = f"output: {json.dumps({'schema': schema})}\n" if schema else ""
    tokens = 40 if schema else 12
    head = f"---\nparameters: {{temperature: 0, max_tokens: {tokens}}}\n{output}---\n"
    return f"{head}system:\n{system}\n\nuser:\n{{{{ {column} }}}}\n"


class Bench:
    """One project and what was measured in it."""

    def __init__(self, folder: Path, environ: dict[str, str], split: str) -> None:
        self.folder, self.environ, self.split = folder, environ, split
        self.runs: dict[str, tuple[int, dict[str, Any]]] = {}

    def run(self, *words: str, stdin: str = "") -> list[Any]:
        """A command; its documents."""
        return genai(*words, stdin=stdin, environ=self.environ, folder=self.folder)

    def measure(self, name: str, model: str, prompt: int, scorer: str) -> dict[str, Any]:
        """One candidate over the split; prints its line."""
        [made] = self.run("candidate", "make", "--model", model, "--prompt", str(prompt))
        words = ("eval", "run", made["candidate"], "--split", self.split, "--scorer", scorer, "--max-in-flight", "4")
        [told] = self.run(*words)
        value = told["scores"][scorer]
        self.runs[name] = (told["run"], value)
        print(f"| {name} | {interval(value)} | {told['n']} | {told['elapsed_s']:.0f} |", flush=True)
        return dict(value)


def projects(bench: Bench, data: str) -> tuple[int, int, int, str]:
    """Fill the project; the numbers of the zero-shot, few-shot and schema prompts, and the column."""
    if data == "sample":
        genai("sample", str(bench.folder), "--no-open", environ=bench.environ, folder=bench.folder)
        column, labels = "ticket", ["billing", "technical", "account", "shipping", "feature"]
        zero, few = 1, 3
        listed = "Sort the support ticket into billing, technical, account, shipping or feature."
    else:
        bench.folder.mkdir(parents=True)
        bench.run("init", str(bench.folder))
        source = Path(os.environ["GENAI_TUI_DATA"]) / "banking77"
        common = ("--name", "banking", "--format", "csv", "--input", "text", "--expected", "category")
        train = rows_of(source / "train.csv", TRAIN_ROWS)
        head, *rows = train.splitlines()
        dev = "\n".join([head, *rows[::10]])
        kept = "\n".join([head, *(row for number, row in enumerate(rows) if number % 10)])
        for split, text in (("train", kept), ("dev", dev), ("test", rows_of(source / "test.csv", TEST_ROWS))):
            bench.run("data", "import", "-", *common, "--split", split, stdin=text)
        column, labels, listed = "text", list(INTENTS), LISTED
        zero = bench.run("prompt", "save", "-", stdin=prompt_file(SYSTEM, column))[0]["prompt"]
        bench.run("prompt", "save", "-", stdin=prompt_file(LISTED, column))
        few = bench.run("prompt", "save", "-", "--few-shot", "8", stdin=prompt_file(LISTED, column))[0]["prompt"]
    schema = {"type": "object", "properties": {"label": {"enum": labels}}, "required": ["label"]}
    text = prompt_file(f"{listed} Answer as JSON.", column, schema)
    [saved] = bench.run("prompt", "save", "-", stdin=text)
    return zero, few, saved["prompt"], column


def main() -> None:
    """Measure and print Markdown."""
    from tests.support.weights import AT_HOME

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--split", default="test")
    parser.add_argument("--data", choices=("sample", "banking77"), default="sample")
    parser.add_argument("--set", dest="settings", action="append", default=[])
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        (home / "data" / "genai-tui").mkdir(parents=True)
        (home / "data" / "genai-tui" / "weights").symlink_to(AT_HOME / "genai-tui" / "weights")
        environ = os.environ | {
            "HOME": name, "XDG_DATA_HOME": str(home / "data"), "XDG_STATE_HOME": str(home / "state"),
            "XDG_CONFIG_HOME": str(home / "config"), "XDG_RUNTIME_DIR": "",
        }  # fmt: skip
        bench = Bench(home / "project", environ, given.split)
        zero, few, schema, _ = projects(bench, given.data)
        began = time.monotonic()
        print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {given.data}, {given.split}\n")
        print("| candidate | score (95 %) | n | s |\n| --- | --- | --- | --- |")
        bench.measure("zero-shot", "embedded/smollm2-135m", zero, "exact")
        bench.measure("few-shot", "embedded/smollm2-135m", few, "exact")
        bench.measure("JSON schema", "embedded/smollm2-135m", schema, "contains")
        trainings = []
        for seed in given.seeds:
            settings = [word for each in (f"seed={seed}", *given.settings) for word in ("--set", each)]
            [told] = bench.run("finetune", "start", "--prompt", str(zero), "--wait", *settings)
            trainings.append((seed, told["metrics"]))
            bench.measure(f"LoRA, seed {seed}", told["model"], zero, "exact")
        print("\n| seed | CPU s | wall s | peak GB | steps | best step | dev loss |\n" + "| --- " * 7 + "|")
        for seed, found in trainings:
            print(
                f"| {seed} | {found['train_cpu_s']:.0f} | {found['train_wall_s']:.0f} | "
                f"{found['peak_memory_bytes'] / 1e9:.2f} | {found['steps']} | {found['best_step']} | "
                f"{found['dev_loss']:.4f} |"
            )
        tuned = bench.runs[f"LoRA, seed {given.seeds[0]}"][0]
        print()
        for other in ("zero-shot", "few-shot"):
            [told] = bench.run("eval", "compare", str(bench.runs[other][0]), str(tuned), "--scorer", "exact")
            print(
                f"LoRA against {other}: better {told['better']}, worse {told['worse']}, difference "
                f"{told['difference']:+.3f} (95 % {told['low']:+.3f} to {told['high']:+.3f}), p = {told['p']:.2g}"
            )
        print(f"\n{time.monotonic() - began:.0f} s in all.")


if __name__ == "__main__":
    main()
