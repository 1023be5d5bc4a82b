"""From the playground onward: edits and their undoing, candidates, all of dev, over real HTTP."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from genai_tui.errors import UsageFault
from genai_tui.project import Project
from genai_tui.records.prompts import Message, Prompt
from genai_tui.stages.evaluate.limits import Stop
from genai_tui.stages.evaluate.progress import Progress
from genai_tui.stages.prompt.onward import add_row, candidate, expect, go_back, measure_on_dev, measured, undo
from genai_tui.stages.prompt.sheet import Column, Sheet, sheet_of
from genai_tui.store.candidates import page_candidates
from genai_tui.store.datasets import find_dataset, find_example
from genai_tui.store.generations import page_generations
from genai_tui.store.prompts import page_prompts
from genai_tui.store.runs import page_runs
from tests.support.commands import as_openai, genai, import_csv, tickets
from tests.support.fake_endpoint import FakeEndpoint, serve_in_thread

DEV = 30
SHEET = Sheet(template="Ticket: {{ ticket }}")


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeEndpoint]:
    with serve_in_thread() as endpoint:
        as_openai(endpoint.url, monkeypatch)
        yield endpoint


@pytest.fixture
def project(tmp_path: Path, fake: FakeEndpoint) -> Iterator[Project]:
    folder = tmp_path / "work"
    assert genai("init", folder).code == 0
    for split, count in (("train", 9), ("dev", DEV)):
        import_csv(folder, tickets(count, "aab", split), split=split)
    with Project.open(folder) as opened:
        yield opened


def expected(project: Project, row: int) -> object:
    return find_example(project.reader, find_dataset(project.reader), "dev", row).expected


def test_edits_are_undone_one_by_one_the_last_first(project: Project) -> None:
    start = find_dataset(project.reader)
    first = expect(project, "dev:2", "x")
    second = add_row(project, {"ticket": "new"}, "a", "dev")
    third = expect(project, "dev:2", "y")
    assert [edit.dataset.version for edit in (first, second, third)] == [start.version + n for n in (1, 2, 3)]
    assert second.reference == f"dev:{DEV + 1}"
    with pytest.raises(UsageFault, match="not as this edit left it"):
        undo(project, second)
    assert undo(project, third).dataset.splits == second.dataset.splits
    assert expected(project, 2) == "x"
    undo(project, second)
    assert find_dataset(project.reader).splits == start.splits
    last = undo(project, first)
    assert expected(project, 2) == "a"
    assert last.dataset.version == start.version + 6
    assert go_back(project, third.dataset.version).dataset.splits == third.dataset.splits
    assert expected(project, 2) == "y"


def test_the_first_row_of_a_dataset_cannot_be_undone(project: Project) -> None:
    edit = add_row(project, {"q": "1"}, "one", dataset="other")
    with pytest.raises(UsageFault, match="no version before"):
        undo(project, edit)


def test_a_candidate_is_saved_with_its_prompt_once(project: Project) -> None:
    made = candidate(project, SHEET, Column("openai/label-a"))
    assert (made.name, made.model, made.prompt) == ("c1", "openai/label-a", 1)
    assert candidate(project, SHEET, Column("openai/label-a")) == made
    [prompt] = page_prompts(project.reader)
    assert candidate(project, sheet_of(prompt), Column("openai/label-a")) == made
    warm = candidate(project, SHEET, Column("openai/label-a", parameters={"temperature": 1}))
    assert (warm.name, warm.prompt) == ("c2", 2)
    assert [c.name for c in page_candidates(project.reader)] == ["c1", "c2"]
    with pytest.raises(UsageFault, match="nothing to send"):
        candidate(project, Sheet(template=""), Column("openai/label-a"))
    assert Prompt((Message("user", "Ticket: {{ ticket }}"),)).hash == made.prompt_hash


async def test_all_of_dev_is_a_run_with_its_interval(project: Project, fake: FakeEndpoint) -> None:
    made = candidate(project, SHEET, Column("openai/label-a"))
    told: list[Progress] = []
    run = await measure_on_dev(project, made, report=told.append)
    assert run.result is not None
    assert run.result.scores["exact"] == pytest.approx((2 / 3, 0.487801, 0.807695, DEV), abs=1e-5)  # Wilson, 20 of 30
    assert measured(run) == "exact 0.67, 95 % 0.49–0.81, n = 30."
    assert (told[-1].done, told[-1].total) == (DEV, DEV)
    [kept] = page_runs(project.reader)
    assert (kept.id, kept.state, kept.split, kept.candidate) == (run.id, "done", "dev", made.id)
    assert len(page_generations(project.reader, run=run.id)) == fake.asked("label-a") == DEV


async def test_failures_count_as_wrong(project: Project) -> None:
    run = await measure_on_dev(project, candidate(project, SHEET, Column("openai/fault-400")))
    assert run.result is not None
    assert (run.result.n, run.result.failed, run.result.scores["exact"].value) == (DEV, DEV, 0.0)
    assert measured(run) == "exact 0.00, 95 % 0.00–0.11, n = 30; 30 failed and count as wrong."


async def test_what_came_before_it_was_stopped_is_kept(project: Project) -> None:
    stop = Stop()

    def enough(progress: Progress) -> None:
        if progress.done >= 8:
            stop.asked = "stop"

    run = await measure_on_dev(project, candidate(project, SHEET, Column("openai/slow-120")), report=enough, stop=stop)
    assert run.result is not None
    assert 8 <= run.result.n < DEV
    assert run.result.scores["exact"].n == run.result.n
    assert f"stopped after {run.result.n} of {DEV}" in measured(run)


async def test_without_dev_nothing_is_asked(tmp_path: Path, fake: FakeEndpoint) -> None:
    with Project.create(tmp_path / "bare") as bare:
        made = candidate(bare, SHEET, Column("openai/label-a"))
        with pytest.raises(UsageFault, match="no dataset"):
            await measure_on_dev(bare, made)
    assert not fake.requests
