"""A project to play in: datasets from rows given here, endpoints that are fake."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from genai_tui.project import Project
from genai_tui.records.datasets import Example
from genai_tui.records.generations import Generation
from genai_tui.settings.folders import config_folder
from genai_tui.store.choices import save_choice
from genai_tui.store.generations import page_generations
from genai_tui.store.imports import add_examples, begin_import, finish_import
from tests.support.fake_endpoint import FakeEndpoint
from tests.support.far_end import FarEnd, settle
from tests.support.panes import Panes

A, B, C, D = "#answer-a", "#answer-b", "#answer-c", "#answer-d"
TICKETS = {
    "train": [(f"train ticket {n} about {'money' if n % 2 else 'crashes'}", "billing" if n % 2 else "technical")
              for n in range(12)],
    "dev": [(f"dev ticket {n}", "billing") for n in range(4)],
    "test": [(f"test ticket {n}", "technical") for n in range(3)],
}  # fmt: skip


def project_with(
    folder: Path,
    *fakes: FakeEndpoint,
    rows: Mapping[str, Sequence[tuple[object, object]]] | None = TICKETS,
) -> Project:
    """A new project; the endpoints are `fake`, `fake2` …; rows are (ticket, expected) by split."""
    config = config_folder()
    config.mkdir(parents=True, exist_ok=True)
    names = ["fake", *(f"fake{number}" for number in range(2, len(fakes) + 1))]
    tables = [f'[endpoints.{name}]\nbase_url = "{fake.url}"\n' for name, fake in zip(names, fakes, strict=False)]
    (config / "settings.toml").write_text("".join(tables))
    project = Project.create(folder)
    if rows is not None:
        [version] = project.writer.put_now(begin_import("tickets", "", "given"))
        for split, each in rows.items():
            examples = [Example({"ticket": ticket}, expected) for ticket, expected in each]
            project.writer.put_now(add_examples(version, split, 1, examples))  # type: ignore[arg-type]
        project.writer.put_now(finish_import(version))
    return project


async def use_model(project: Project, model: str) -> None:
    """Put a model into use."""
    await project.writer.put(save_choice("model", model))


def tries(project: Project) -> list[Generation]:
    """What was tried so far, the newest first."""
    return list(page_generations(project.reader, purpose="try"))


async def add_column(panes: Panes, words: str) -> None:
    """Add a column by typing what it is."""
    await panes.press("c")
    for character in words:
        await panes.pilot.press("space" if character == " " else character)
    await panes.press("enter")


def enter(end: FarEnd) -> None:
    """Go into the playground, and wait until it stands there."""
    before = len(end.output)
    end.send(b"3")
    end.wait_for(b"Template", since=before)
    settle(end)
