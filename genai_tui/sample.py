"""The sample project: support-ticket triage, with its scope, its dataset and three short prompts."""

import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from genai_tui.project import DEFAULT_MODEL, Project
from genai_tui.records.datasets import SPLITS, Example
from genai_tui.records.prompts import ExampleRule, FewShot, Message, Prompt
from genai_tui.records.scopes import Scope, ScopeExample

if TYPE_CHECKING:
    from genai_tui.store.writer import Writer

NAME = "support-triage"
DATASET = "tickets"
FOLDER = "genai-sample"

SCOPE = Scope(
    problem="Sort an incoming support ticket of Lumio into one of five categories, so that it reaches the right team.",
    tasks=("classification",),
    metric="exact",
    target=0.90,
    latency_p95_s=2.0,
    data_rules="anything; but tickets only without names and addresses",
    languages=("English",),
    input_tokens=60,
    output_tokens=3,
    harms="A ticket about money or a locked account must not be lost among wishes.",
    today="Two people read every ticket and move it by hand.",
    examples=(
        ScopeExample("need invoice for order 48213 with our VAT number on it", "billing"),
        ScopeExample("cant login. pls fix asap", "account"),
        ScopeExample("Please add a dark mode to the app.", "feature"),
    ),
)

SYSTEM = "Sort the support ticket. Answer with the category alone: billing, technical, account, shipping or feature."
TEMPLATE = "{{ ticket }}"
PARAMETERS = {"temperature": 0, "max_tokens": 6}
# Rows of train, one a category; the order was chosen on dev.
SHOTS = (
    "Please add a dark mode to the app.",
    "The app closes by itself the moment I open the Rooms tab (Android 13, app 5.2.1).",
    "cant login. pls fix asap",
    "Please tell the courier my gate code is 8812 and the bell doesn't work.",
    "need invoice for order 48213 with our VAT number on it",
)
VERSIONS = (
    (0, "zero-shot: merely asked"),
    (1, "one-shot: one example of train"),
    (5, "few-shot: one example a category"),
)


def make_sample(folder: Path, *, environ: Mapping[str, str]) -> Project:
    """Make the sample project in `folder`, whole or not at all, and open it. Raises ProjectFault or StorageFault."""
    return Project.create(folder, name=NAME, environ=environ, fill=_fill)


def _fill(writer: "Writer") -> None:
    """Write what the sample holds: its dataset, its scope, and a prompt version for each kind of prompting."""
    from genai_tui.store.choices import save_choice
    from genai_tui.store.datasets import use_dataset
    from genai_tui.store.imports import add_examples, begin_import, finish_import
    from genai_tui.store.prompts import save_prompt
    from genai_tui.store.scopes import save_scope

    [version] = writer.put_now(begin_import(DATASET, "genai_tui/facts/sample/tickets.jsonl", "as the file says"))
    rows = read_tickets()
    writer.put_now(*(add_examples(version, split, 1, rows[split]) for split in SPLITS))
    writer.put_now(finish_import(version), use_dataset(DATASET), save_scope(SCOPE), save_choice("model", DEFAULT_MODEL))
    labels = {row.inputs["ticket"]: row.expected for row in rows["train"]}
    parent = None
    for number, note in VERSIONS:
        shots = ExampleRule(fixed=tuple(FewShot({"ticket": text}, labels[text]) for text in SHOTS[:number]))
        messages = (Message("system", SYSTEM), Message("user", TEMPLATE))
        [saved] = writer.put_now(save_prompt(Prompt(messages, shots, PARAMETERS, note=note, parent=parent)))
        parent = saved.number


def read_tickets() -> dict[str, list[Example]]:
    """The tickets that come with the program, by split, in their order."""
    text = files("genai_tui").joinpath("facts", "sample", "tickets.jsonl").read_text("utf-8")
    rows: dict[str, list[Example]] = {split: [] for split in SPLITS}
    for line, record in enumerate(map(json.loads, text.splitlines()), 1):
        rows[record["split"]].append(Example({"ticket": record["ticket"]}, record["category"], line=line))
    return rows
