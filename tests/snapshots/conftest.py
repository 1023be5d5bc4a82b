"""A small project that never changes, with something on every screen."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from genai_tui.project import Project
from genai_tui.records.datasets import Example
from genai_tui.records.generations import Generation, Moments, Usage
from genai_tui.records.prompts import Message, Prompt
from genai_tui.records.scopes import Scope
from genai_tui.store.choices import save_choice
from genai_tui.store.datasets import use_dataset
from genai_tui.store.generations import save_generation
from genai_tui.store.imports import add_examples, begin_import, finish_import
from genai_tui.store.prompts import save_prompt
from genai_tui.store.scopes import save_scope

SCOPE = Scope(problem="Sort a ticket.", tasks=("classification",), metric="exact", target=0.9, latency_p95_s=0.3)
ROWS = (
    Example({"ticket": "Charged twice, please refund."}, "billing"),
    Example({"ticket": "Screen stays black."}, "bug"),
)
TEXTS = ("Ticket: {{ ticket }}\nCategory:", "Sort this ticket.\n{{ ticket }}", "Billing, bug or account?\n{{ ticket }}")


@pytest.fixture
def small(tmp_path: Path, home: Path) -> Iterator[Project]:
    """Scope, dataset, three versions, two tries."""
    with Project.create(tmp_path / "tickets", environ=os.environ) as project:
        writer = project.writer
        [version] = writer.put_now(begin_import("tickets", "tickets.csv", "given"))
        writer.put_now(*(add_examples(version, split, 1, ROWS) for split in ("train", "dev", "test")))
        writer.put_now(finish_import(version), use_dataset("tickets"), save_scope(SCOPE))
        writer.put_now(save_choice("model", "embedded/smollm2-135m"))
        for text in TEXTS:
            writer.put_now(save_prompt(Prompt((Message("user", text),), parameters={"temperature": 0})))
        moments = Moments(0.0, 0.0, 0.041, 0.041, 0.2, 1.0)
        for text, number in (("billing", 2), ("account or bug, hard to say", 3)):
            said = Generation(
                "try", "embedded", "smollm2-135m", text, "stop", Usage(40, 2), 0.0, moments, prompt=number
            )
            writer.put_now(save_generation(said))
        yield project
