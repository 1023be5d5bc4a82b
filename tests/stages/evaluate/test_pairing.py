"""Two runs side by side: by content, failures as wrong, as many repeats as both have; with progress, and an end."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from genai_tui.project import Project
from genai_tui.records.datasets import Example
from genai_tui.stages.evaluate.comparing import compare_runs
from genai_tui.stages.evaluate.pairing import paired
from genai_tui.stages.evaluate.rivals import against, changed
from genai_tui.stages.evaluate.side_by_side import both_answers
from genai_tui.store import results
from genai_tui.store.paired import ids_by_example, scored_answers
from genai_tui.store.runs import find_run
from tests.support.commands import genai
from tests.support.evaluated import with_run
from tests.support.fake_endpoint import FakeEndpoint
from tests.support.playground import project_with
from tests.support.runs_by_command import evaluated
from tests.support.runs_by_command import project as by_command

__all__ = ["by_command"]

ROWS = {"dev": [(f"ticket {n}", ["billing", "technical"][n % 2]) for n in range(12)]}


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """Run 1 says billing, and fails at the last row; run 2 is right but for the first."""
    with project_with(tmp_path / "work", FakeEndpoint(), rows=ROWS) as made:
        with_run(made, "small", lambda place, row: "!" if place == 11 else "billing")
        with_run(made, "large", lambda place, row: "no" if place == 0 else str(row.expected))
        yield made


def test_what_changed_has_the_answers_of_both(project: Project) -> None:
    base, run = find_run(project.reader, 1), find_run(project.reader, 2)
    name, found = compare_runs(project.reader, base, run)
    assert (name, found.n, found.better, found.same, found.worse) == ("exact", 12, 6, 5, 1)
    both = changed(project.reader, base, run, "exact")
    assert (len(both.better), len(both.worse), both.both_wrong) == (6, 1, [])
    [(first, second)] = both_answers(project.reader, base, run, "exact", both.worse)
    assert (first.text, second.text) == ("billing", "no")
    assert len(both_answers(project.reader, base, run, "exact", both.better)) == 6


def test_batches_make_no_difference_and_tell_how_far_it_is(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    base, run = find_run(project.reader, 1), find_run(project.reader, 2)
    whole = compare_runs(project.reader, base, run)
    monkeypatch.setattr(results, "BATCH", 5)
    done: list[int] = []

    def told(number: int) -> bool:
        done.append(number)
        return True

    assert compare_runs(project.reader, base, run, told=told) == whole
    assert done == [5, 10, 12, 17, 22, 24]


def test_it_can_be_ended_half_way(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "BATCH", 5)
    base, run = find_run(project.reader, 1), find_run(project.reader, 2)
    ended = against(project.reader, base, run, told=lambda done: done < 15)
    assert (ended.found, ended.fault) == (None, "The comparison of runs 1 and 2 was stopped.")
    assert changed(project.reader, base, run, "exact", lambda done: False).better == []
    assert scored_answers(project.reader, 1, "exact", lambda done: False) is None


def test_the_same_content_under_another_id_is_the_same_example(project: Project) -> None:
    """Tags are no content: the row has another id with them, and the same hash."""
    from genai_tui.stages.evaluate.handing import save_row
    from genai_tui.store.datasets import find_dataset, find_example

    dataset = find_dataset(project.reader)
    row = find_example(project.reader, dataset, "dev", 3)
    save_row(project, dataset, "dev", 3, row, Example(row.inputs, row.expected, ("angry",)))
    run = with_run(project, "third", lambda place, row: str(row.expected))
    found = paired(project.reader, (1, run.id), "exact", 0.0)
    assert found is not None
    assert len(found.first) == 12
    assert sum(found.first_example != found.second_example) == 1
    both = changed(project.reader, find_run(project.reader, 1), run, "exact")
    assert len(both_answers(project.reader, find_run(project.reader, 1), run, "exact", both.better)) == 6


def test_of_repeats_as_many_as_both_have_and_the_good_answer_counts(by_command: Path) -> None:
    once = evaluated(by_command, "label-a").json["run"]
    twice = evaluated(by_command, "each-2-400", "--repeats", "2", "--max-in-flight", "1").json["run"]
    told = genai("eval", "compare", once, twice, "--json", cwd=by_command).json
    assert (told["n"], told["better"]) == (40, 0)
    with Project.open(by_command) as project:
        answers = scored_answers(project.reader, twice, "exact")
        assert answers is not None
        assert (len(answers.examples), sum(answers.failed)) == (80, 40)
        examples = sorted(set(answers.examples))
        assert len(ids_by_example(project.reader, twice, examples)) == 40
        plan = project.reader.rows(
            "EXPLAIN QUERY PLAN SELECT id FROM generation INDEXED BY generation_example WHERE example = 1 "
            "AND purpose = 'run' AND run = 1 AND repeat = 0"
        )
        assert "USING INDEX generation_example" in plan[0][3]
