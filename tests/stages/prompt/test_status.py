"""What the board says of Prompt: version and examples, what tries say, and the best score on dev once there is one."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from genai_tui.board import gather
from genai_tui.project import Project
from genai_tui.stages.prompt.status import status
from tests.support.commands import as_openai, genai, import_csv, tickets
from tests.support.fake_endpoint import serve_in_thread

LABELS = "aaab"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with serve_in_thread() as fake:
        as_openai(fake.url, monkeypatch)
        folder = tmp_path / "work"
        assert genai("init", folder).code == 0
        yield folder


def told(folder: Path) -> tuple[str, tuple[str, ...]]:
    with Project.open(folder) as project:
        found = status(project.reader)
    return found.state, found.lines


def rows(folder: Path, split: str, count: int) -> None:
    import_csv(folder, tickets(count, LABELS, split), split=split)


def test_from_no_version_to_a_score(folder: Path) -> None:
    assert told(folder) == ("empty", ("no version",))
    rows(folder, "train", 8)
    rows(folder, "dev", 40)
    assert genai("prompt", "save", "-", cwd=folder, stdin="{{ ticket }}").code == 0
    assert told(folder) == ("started", ("v1 0-shot", "not tried"))
    for row in ("dev:1", "dev:4"):
        assert genai("prompt", "run", "1", "--model", "openai/label-a", "--row", row, cwd=folder).code == 0
    assert told(folder) == ("done", ("v1 0-shot", "2 tries", "1 of 2 right"))
    for model in ("label-a", "label-b"):
        assert genai("candidate", "make", "--model", f"openai/{model}", "--prompt", "1", cwd=folder).code == 0
    assert genai("eval", "run", "c2", cwd=folder).code == 0
    assert told(folder) == ("done", ("v1 0-shot", "0.25 ±0.13", "2 tries"))
    assert genai("eval", "run", "c1", "--limit", "3", cwd=folder).code == 0
    assert told(folder)[1][1] == "0.25 ±0.13"  # three rows are not all of dev
    assert genai("eval", "run", "c1", cwd=folder).code == 0
    assert told(folder)[1][1] == "0.75 ±0.13"
    assert genai("prompt", "save", "-", "--few-shot", "3", cwd=folder, stdin="{{ ticket }}").code == 0
    assert told(folder)[1][:2] == ("v2 3-shot", "best v1 0.75 ±0.13")


def test_what_was_measured_on_a_few_rows_was_tried_and_has_no_score_yet(folder: Path) -> None:
    rows(folder, "dev", 40)
    assert genai("scope", "set", "problem=sort", "metric=exact", "target=0.9", cwd=folder).code == 0
    assert genai("model", "use", "openai/label-a", cwd=folder).code == 0
    assert genai("prompt", "save", "-", cwd=folder, stdin="{{ ticket }}").code == 0
    assert genai("candidate", "make", "--model", "openai/label-a", "--prompt", "1", cwd=folder).code == 0
    assert genai("eval", "run", "c1", "--limit", "3", cwd=folder).code == 0
    assert told(folder) == ("done", ("v1 0-shot", "measured on some rows"))
    step = genai("next", "--json", cwd=folder).json
    assert (step["stage"], step["text"]) == ("evaluate", "Measure c1 on all 40 rows of dev.")
    assert step["evidence"] == [
        "1 run is there, and none has a score by exact over all of dev or test of the dataset in use."
    ]
    assert step["command"] == "genai-tui eval run c1"
    assert genai("prompt", "save", "-", cwd=folder, stdin="Say: {{ ticket }}").code == 0
    assert told(folder) == ("done", ("v2 0-shot", "v1 measured on some rows"))


def test_what_nobody_answered_was_not_measured(folder: Path) -> None:
    rows(folder, "dev", 40)
    assert genai("prompt", "save", "-", cwd=folder, stdin="{{ ticket }}").code == 0
    assert genai("candidate", "make", "--model", "openai/fault-500", "--prompt", "1", cwd=folder).code == 0
    assert genai("eval", "run", "c1", "--limit", "2", "--retries", "0", cwd=folder).code != 0
    assert told(folder) == ("started", ("v1 0-shot", "not tried"))


def test_a_stopped_run_is_no_score(folder: Path) -> None:
    rows(folder, "dev", 40)
    assert genai("prompt", "save", "-", cwd=folder, stdin="{{ ticket }}").code == 0
    assert genai("candidate", "make", "--model", "openai/label-a", "--prompt", "1", cwd=folder).code == 0
    assert genai("eval", "run", "c1", cwd=folder).code == 0
    with Project.open(folder) as project:  # as it would be had it been stopped after 31 rows

        def stop(connection: sqlite3.Connection) -> None:
            connection.execute("UPDATE run SET state = 'stopped'")
            connection.execute("UPDATE generation SET finish_reason = 'cancelled' WHERE id > 31")

        project.writer.put_now(stop)
    assert told(folder) == ("started", ("v1 0-shot", "dev stopped: 31 of 40", "not tried"))
    with Project.open(folder) as project:
        assert not gather(project).iterations
