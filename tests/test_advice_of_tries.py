"""Advice after tries, from tries that are really stored; and its commands, really run."""

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from genai_tui.advice import advise
from genai_tui.project import Project
from genai_tui.records.generations import Generation, Moments
from genai_tui.records.stages import Advice
from genai_tui.store.datasets import find_dataset, page_examples
from genai_tui.store.generations import save_generation
from genai_tui.store.prompts import find_prompt
from tests.support.commands import Ended, as_openai, genai, import_csv, tickets
from tests.support.fake_endpoint import serve_in_thread

MODEL = "openai/label-a"
SCHEMA = "---\noutput: {schema: {type: object}}\n---\nuser:\n{{ ticket }}\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """Scope, data with four answers in turn, and a prompt; the model in use is the fake endpoint's."""
    with serve_in_thread() as fake:
        as_openai(fake.url, monkeypatch)
        folder = tmp_path / "work"
        assert genai("init", folder).code == 0
        assert genai("scope", "set", "problem=sort", "metric=exact", "target=0.9", cwd=folder).code == 0
        for split, count in (("train", 40), ("dev", 40)):
            import_csv(folder, tickets(count, "abcd", split), split=split)
        assert genai("prompt", "save", "-", cwd=folder, stdin="Sort: {{ ticket }}").code == 0
        assert genai("model", "use", MODEL, cwd=folder).code == 0
        with Project.open(folder) as opened:
            yield opened


def tell(project: Project, *answers: str, prompt: int = 1, finish: str = "stop", first: int = 0) -> None:
    """Keep tries of a version on the rows of dev in turn: `=` stands for the expected text."""
    rows = page_examples(project.reader, find_dataset(project.reader), "dev")
    for (_, row), answer in zip(rows[first:], answers, strict=False):
        keep(project, text=answer.replace("=", row.expected), finish_reason=finish, prompt=prompt, example=row.id)


def keep(project: Project, **fields: Any) -> None:
    """Store one try."""
    plain = {"purpose": "try", "endpoint": "openai", "model_id": "label-a", "usage": None, "cost_usd": None}
    project.writer.put_now(save_generation(Generation(**plain | {"moments": Moments(queued=0.0)} | fields)))


def advice(project: Project) -> Advice:
    return advise(project.facts()._replace(weights_present=True))


def save(project: Project, *words: str, text: str = "Sort: {{ ticket }}") -> int:
    saved = genai("prompt", "save", "-", *words, "--json", cwd=project.folder, stdin=text)
    return int(saved.json["prompt"])


def run(project: Project, command: str) -> Ended:
    """Run what advice names as a shell would, `$EDITOR` left out."""
    ended = Ended(0, "", "")
    for step in command.split(" && "):
        for part in step.split(" | "):
            line, _, file = part.partition(" > ")
            words = shlex.split(line)
            if words[0] != "genai-tui":
                continue
            ended = genai(*words[1:], cwd=project.folder, stdin=ended.out)
            assert ended.code == 0, ended.err
            if file:
                (project.folder / file).write_text(ended.out)
    return ended


def test_two_rows_are_no_evidence_however_often_they_are_tried(project: Project) -> None:
    for _ in range(20):
        tell(project, "no", "no")
    facts = project.facts()
    assert facts.tried is not None
    assert (facts.tried.rows, facts.tried.right, facts.tries) == (2, 0, 40)
    assert "few examples" not in advice(project).text


def test_where_merely_asking_fails_a_few_examples_are_shown(project: Project) -> None:
    tell(project, "no", "=", "no", "no")
    told = advice(project)
    assert told.evidence == ("1 of 4 rows tried with prompt 1 were right.", "No prompt version has examples yet.")
    run(project, told.command)
    assert (find_prompt(project.reader, "2").examples.count, find_prompt(project.reader, "2").parent) == (3, 1)
    assert advice(project).command == "genai-tui prompt run 2 --row dev:1"


def test_the_last_try_of_a_row_counts(project: Project) -> None:
    tell(project, "no", "no", "no", "no", "no", "no", "no")
    tell(project, "=", " =\n", "=", "=", "=", "=", "no")
    facts = project.facts()
    assert facts.tried is not None
    assert (facts.tried.rows, facts.tried.right) == (7, 6)


def test_tries_that_look_right_are_measured_on_dev_with_their_interval(project: Project) -> None:
    tell(project, "=", "=", "no", "=", "=")
    told = advice(project)
    assert told.stage == "prompt"
    assert told.evidence == (
        "4 of 5 rows tried with prompt 1 were right: 0.80, 95 % 0.38–0.96; the target is 0.90.",
        "dev has 40 rows: they would tell it to within ±0.12.",
    )
    run(project, told.command)
    told = advice(project)
    assert (told.stage, told.command) == ("evaluate", "genai-tui eval run c1")
    assert told.evidence[0].startswith("4 of 5 rows")
    run(project, told.command)
    facts = project.facts()
    assert facts.tried is not None
    assert facts.tried.on_dev == pytest.approx((0.25, 0.1419, 0.4019, 40), abs=1e-4)  # Wilson, 10 of 40
    told = advice(project)
    assert "few examples" in told.text
    assert genai("prompt", "save", "-", "--few-shot", "4", "--pick", "similar", cwd=project.folder, stdin="x").code == 0
    tell(project, "no", "no", "no", prompt=2)
    told = advice(project)
    assert told.command == "genai-tui candidate make --prompt 2 --model openai/label-a"
    run(project, told.command)
    run(project, advice(project).command)
    told = advice(project)
    assert told.stage == "finetune"
    assert "Collect rows for train, 50 at least" in told.text
    assert told.evidence[1] == "With examples: c2 has exact 0.25 on dev, 95 % 0.14–0.40, n = 40."


def test_answers_that_say_more_are_to_be_alone(project: Project) -> None:
    save(project, "--few-shot", "4")
    tell(project, "The label is =.", "It is =, I think", "no", "I say *=*", "bad", prompt=2)
    told = advice(project)
    assert "the answer alone" in told.text
    assert told.evidence[0] == "3 of 5 wrong answers contain the expected one among other words."
    run(project, told.command)
    assert (project.folder / "prompt.txt").read_text().startswith("---")


def test_answers_that_are_no_json_are_asked_for_it_in_words(project: Project) -> None:
    number = save(project, text=SCHEMA)
    tell(project, "x", "{'a': 1}", '{"a": "x"}', "none", prompt=number)
    told = advice(project)
    assert "JSON in the text too" in told.text
    assert told.evidence[0] == "3 of 4 answers of openai/label-a are no JSON."
    run(project, told.command)


def test_answers_that_are_cut_may_be_longer(project: Project) -> None:
    save(project, "--few-shot", "4", text="---\nparameters: {max_tokens: 5}\n---\nSort: {{ ticket }}")
    tell(project, "well, let me", "so, this is", "=", "no", prompt=2, finish="length")
    told = advice(project)
    assert "cut by length" in told.text
    assert told.evidence == ("3 of 3 wrong answers ended by length.", "In prompt 2 max_tokens is 5.")
    run(project, told.command)


def test_an_answer_that_fails_most_and_is_not_shown_gets_its_example(project: Project) -> None:
    save(project, "--few-shot", "2")
    shown = {shot.expected for shot in find_prompt(project.reader, "2").examples.fixed}
    failing = next(answer for answer in "abcd" if answer not in shown)
    place = "abcd".index(failing)
    answers = ["no" if n % 4 == place or n == (place + 1) % 4 else "=" for n in range(12)]
    tell(project, *answers, *["no"] * 4, prompt=2)
    told = advice(project)
    assert told.text == f"Show an example of “{failing}” too: it fails most."
    assert told.evidence[0] == (
        f"4 of 4 rows that expect “{failing}” were answered wrongly; of the other rows 4 of 12."
    )
    run(project, told.command)
    assert {shot.expected for shot in find_prompt(project.reader, "3").examples.fixed} == set("abcd")
    told = advice(project)
    assert told.evidence[1] == "Prompt 3 was saved since, and has not been tried."
    assert run(project, told.command).out


def test_examples_that_do_not_help_are_chosen_for_each_row(project: Project) -> None:
    save(project, "--few-shot", "4")
    tell(project, "=", "no", "=", "no", "no")
    tell(project, "no", "=", "no", "no", "no", prompt=2)
    told = advice(project)
    assert "most like each row" in told.text
    assert told.evidence[0] == "Of 5 rows tried both ways, 1 were right with examples and 2 without."
    run(project, told.command)
    assert find_prompt(project.reader, "3").examples.pick == "similar"
    assert advice(project).command == "genai-tui prompt run 3 --row dev:1"


def test_failures_and_tries_of_what_was_not_saved_are_no_evidence(project: Project) -> None:
    tell(project, "=", "=", "=", "=")
    rows = page_examples(project.reader, find_dataset(project.reader), "dev")
    for _, row in rows[:9]:
        for change in ({"prompt": None}, {"finish_reason": "cancelled"}):
            fields = {"text": "no", "prompt": 1, "finish_reason": "stop", "example": row.id} | change
            keep(project, **fields)
    facts = project.facts()
    assert facts.tried is not None
    assert (facts.tried.rows, facts.tried.right) == (4, 4)


def test_facts_are_read_as_fast_with_many_tries(project: Project) -> None:
    def more(count: int) -> int:
        for number in range(count):
            keep(project, text=f"free {number}", finish_reason="stop", prompt=1)
        tell(project, "no", "no", "no", "no")
        return _steps(project)

    before = more(250)
    assert more(1_000) < before * 1.2


def _steps(project: Project) -> int:
    """How many steps of SQLite's machine the facts take, in hundreds."""
    counted = [0]

    def count() -> int:
        counted[0] += 1
        return 0

    project.reader.rows("SELECT 1")
    with project.reader._connection() as connection:
        connection.set_progress_handler(count, 100)
    project.facts()
    with project.reader._connection() as connection:
        connection.set_progress_handler(None, 0)
    return counted[0]
