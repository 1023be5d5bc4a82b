"""Advice after measuring: situations as runs and trainings leave them, and the step that `next` tells then."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from genai_tui.advice.words import sign_test
from genai_tui.project import Project
from genai_tui.records.datasets import Example
from genai_tui.records.measured import Pairs
from genai_tui.store.artifacts import save_model
from genai_tui.store.jobs import end_job, queue_job
from genai_tui.store.looks import look_at
from genai_tui.store.runs import find_run, page_runs
from tests.support.commands import genai, import_csv, tickets
from tests.support.evaluated import with_run

Step = Callable[[Project], object]
ROWS = {"train": 60, "dev": 60, "test": 200}


def made(folder: Path, rows: dict[str, int], *scope: str) -> Path:
    """A project with scope, model, prompt and so many rows of four answers in turn."""
    assert genai("init", folder).code == 0
    assert genai("scope", "set", "problem=sort", "metric=exact", "target=0.9", *scope, cwd=folder).code == 0
    assert genai("endpoint", "add", "fake", "--url", "http://127.0.0.1:9/v1", cwd=folder).code == 0
    assert genai("model", "use", "fake/base", cwd=folder).code == 0
    for split, number in rows.items():
        import_csv(folder, tickets(number, "abcd", split), split=split)
    assert genai("prompt", "save", "-", cwd=folder, stdin="user:\n{{ ticket }}\n").code == 0
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with Project.open(made(tmp_path / "work", ROWS)) as opened:
        yield opened


def run(model: str, share: float, *, shots: int = 0, split: str = "dev", wrong: str = "no") -> Step:
    """A run that answers the first `share` of the rows rightly, and `wrong` (`=` stands for the answer) to the rest."""

    def says(place: int, row: Example) -> str:
        return str(row.expected) if place < round(share * ROWS[split]) else wrong.replace("=", str(row.expected))

    return lambda project: with_run(project, model, says, shots=shots, split=split)


def trained(model: str, **lineage: Any) -> Step:
    """A model that was trained from `fake/base`."""
    whole = {"parent": "fake/base", "prompt": 1, "job": 1, **lineage}
    return lambda project: project.writer.put_now(save_model(f"fake/{model}", {"name": model}, whole))


def job(state: str, reason: str = "") -> Step:
    """A training that ended so."""

    def made(project: Project) -> None:
        [number] = project.writer.put_now(queue_job("finetune", "x:y", {"name": "lora-1"}, estimate={}))
        if state != "queued":
            project.writer.put_now(end_job(number, state, reason, result={}, measured={}))  # type: ignore[arg-type]

    return made


def looked(times: int) -> Step:
    """A run over test whose score was shown so often by other candidates."""

    def looks(project: Project) -> None:
        for number in range(times):
            one = with_run(project, f"m{number}", lambda place, row: "no", split="test")
            project.writer.put_now(look_at([find_run(project.reader, one.id)]))

    return looks


def candidate(project: Project) -> None:
    """A candidate that nothing has measured."""
    assert genai("candidate", "make", "--prompt", "2", "--model", "fake/x", cwd=project.folder).code == 0


ZERO, FEW = run("base", 0.3), run("base", 0.5, shots=3)
TUNED = (ZERO, FEW, trained("tuned"))
SITUATIONS: dict[str, tuple[tuple[Step, ...], str, str, str, str]] = {
    # situation: what was done, the stage, words of the text, of the command, of the evidence
    "merely asking was measured": (
        (ZERO,), "prompt", "a few examples of train", "--few-shot 4",
        "c1 has exact 0.30 on dev, 95 % 0.20–0.43, n = 60.",
    ),
    "right words among others": (
        (run("base", 0.3, shots=3, wrong="It is = I think"),), "prompt", "JSON by a schema", "prompt export",
        "42 of 42 wrong answers contain the expected text.",
    ),
    "examples help and do not suffice": (
        (ZERO, FEW), "finetune", "Fine-tune fake/base on the 60 rows", "finetune start --model fake/base",
        "With examples: c2 has exact 0.50 on dev",
    ),
    "a training waits": ((*TUNED, job("queued")), "finetune", "Wait for job 1", "job show 1", "waits for its turn"),
    "a training broke off": (
        (ZERO, FEW, job("failed", "The disk is full.")), "finetune", "Go on with job 1", "job resume 1",
        "The disk is full.",
    ),
    "trained, and no candidate": (
        TUNED, "finetune", "Make fake/tuned a candidate", "candidate make --model fake/tuned --prompt 1",
        "Its parent: c2 has exact 0.50",
    ),
    "a candidate that was not measured": (
        (ZERO, FEW, candidate),
        "evaluate", "Measure c3 on all of dev (≈ ", "eval run c3", "c3 is the newest candidate",
    ),
    "trained and worse": (
        (*TUNED, run("tuned", 0.1)), "finetune", "is worse than c2", "finetune plan",
        "better 0, same 36, worse 24; p = 1.2e-07",
    ),
    "trained, better, and below": (
        (*TUNED, run("tuned", 0.7)), "finetune", "Collect more rows for train, of “", "--split train",
        "better 12, same 48, worse 0",
    ),
    "trained, and the gap is too small for dev": (
        (*TUNED, run("tuned", 0.85)), "evaluate", "Add rows to dev, up to ≈ 120", "--split dev",
        "The gap of 0.05 is 3.0 answers",
    ),
    "met on dev": (
        (*TUNED, run("tuned", 1.0)), "evaluate", "Measure c3 on test, once (≈ ", "eval run c3 --split test",
        "looked at 0 times",
    ),
    "met on test": (
        (*TUNED, run("tuned", 1.0), run("tuned", 0.98, split="test")), "deploy", "until stage 7 does it",
        "finetune merge fake/tuned --half", "c3 has exact 0.98 on test, 95 % 0.95–0.99, n = 200.",
    ),
    "met on test by prompting": (
        (run("base", 1.0, shots=3), run("base", 0.98, shots=3, split="test")), "deploy", "stage 7 does not do that",
        "eval gate c1 --split test", "is met",
    ),
    "reached on test": (
        (run("base", 1.0), run("base", 0.93, split="test")), "evaluate", "rows to test", "--split test",
        "The target, exact ≥ 0.90, is reached, not met.",
    ),
    "at the target on test": (
        (run("base", 1.0), run("base", 0.9, split="test")), "evaluate", "Nothing more can be shown", "eval show 2",
        "is reached, not met",
    ),
    "met on dev, missed on test": (
        (run("base", 1.0), run("base", 0.7, split="test")), "evaluate", "dev promised more", "--split dev",
        "What is chosen by dev looks better",
    ),
    "met on a test that is worn out": (
        (looked(7), run("base", 1.0, split="test")), "evaluate", "was looked at 7 times", "--split test",
        "From 7 looks on",
    ),
}  # fmt: skip


@pytest.mark.parametrize("situation", SITUATIONS)
def test_each_situation_has_its_step_with_evidence(situation: str, project: Project) -> None:
    steps, stage, text, command, evidence = SITUATIONS[situation]
    for step in steps:
        step(project)
    told = genai("next", "--json", cwd=project.folder).json
    assert told["stage"] == stage, told
    assert text in told["text"]
    assert command in told["command"]
    assert any(evidence in sentence for sentence in told["evidence"]), told
    board = genai("status", "--json", cwd=project.folder).json["next"]
    assert board == {key: told[key] for key in ("stage", "text", "evidence")}


def test_rows_that_were_trained_on_make_a_score_worth_nothing(project: Project) -> None:
    [[newest]] = project.reader.rows("SELECT max(id) FROM dataset_version")
    import_csv(project.folder, tickets(60, "abcd", "dev"), split="train", name="other")
    for step in (ZERO, trained("tuned", dataset_version=newest + 1), run("tuned", 1.0)):
        step(project)
    told = genai("next", "--json", cwd=project.folder).json
    assert (told["stage"], "not to be believed" in told["text"]) == ("evaluate", True), told
    assert told["evidence"][0].startswith("fake/tuned was trained on 60 of these dev rows")


@pytest.mark.parametrize(
    ("rows", "steps", "text"),
    [
        ({"train": 30, "dev": 60, "test": 200}, (ZERO, FEW), "Collect rows for train, 50 at least"),
        ({"train": 60, "dev": 60, "test": 20}, (run("base", 1.0),), "Import rows for test, 35 at least"),
        ({"train": 1000, "dev": 60, "test": 20}, (*TUNED, run("tuned", 0.6)), "Train a larger model"),
    ],
)
def test_what_there_are_too_few_rows_of(
    rows: dict[str, int], steps: tuple[Step, ...], text: str, tmp_path: Path
) -> None:
    with Project.open(made(tmp_path / "work", rows)) as opened:
        for step in steps:
            step(opened)
        assert text in genai("next", "--json", cwd=opened.folder).json["text"]


def test_a_scope_that_contradicts_itself_and_a_model_that_was_not_chosen_come_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = made(tmp_path / "work", {"dev": 4}, "data_rules=not fake")
    told = genai("next", "--json", cwd=folder).json
    assert (told["stage"], told["command"]) == ("scope", "genai-tui scope check")
    assert "the data rules refuse fake" in told["text"]
    assert genai("scope", "set", "data_rules=anything", cwd=folder).code == 0
    assert genai("next", "--json", cwd=folder).json["stage"] == "prompt"


def test_what_is_advised_can_be_done(project: Project) -> None:
    ZERO(project)
    told = genai("next", "--json", cwd=project.folder).json
    export, _, save = told["command"].partition(" | ")
    text = genai(*export.split()[1:], cwd=project.folder).out
    assert genai(*save.split()[1:], cwd=project.folder, stdin=text).code == 0
    told = genai("next", "--json", cwd=project.folder).json
    assert "a candidate and measure it" in told["text"]
    assert genai(*told["command"].split()[1:], cwd=project.folder).code == 0
    assert "Measure c2" in genai("next", "--json", cwd=project.folder).json["text"]
    assert len(page_runs(project.reader)) == 1


def test_the_sign_test_is_the_exact_one() -> None:
    assert sign_test(Pairs("a", "b", 6, 0, 0)) == 0.03125
    assert sign_test(Pairs("a", "b", 5, 9, 5)) == 1.0
    assert 0 < sign_test(Pairs("a", "b", 3000, 0, 2000)) < 1e-40
