"""Rows to train on from wrong answers, tries and a stronger model's answers; and what scores say of it after."""

import json
from pathlib import Path
from typing import Any

import pytest

from genai_tui.project import Project
from genai_tui.records.datasets import SPLITS
from genai_tui.store.artifacts import save_model
from genai_tui.store.datasets import all_examples, find_dataset
from tests.support.commands import genai
from tests.support.fake_endpoint import FakeEndpoint
from tests.support.runs_by_command import ROWS, candidate, evaluated, project

__all__ = ["project"]


def rows_of(folder: Path) -> dict[str, list[tuple[str, Any]]]:
    with Project.open(folder) as opened:
        dataset = find_dataset(opened.reader)
        return {
            split: [(row.inputs["ticket"], row.expected) for row in all_examples(opened.reader, dataset, split)]
            for split in SPLITS
        }


def test_wrong_answers_are_moved_and_the_scores_that_saw_them_say_so(project: Path) -> None:
    run = evaluated(project, "label-a").json["run"]
    assert "seen" not in genai("eval", "show", run, "--json", cwd=project).json
    told = genai("finetune", "take", "failures", run, "--json", cwd=project).json
    assert (told["version"], told["rows"], told["splits"]) == (2, ROWS // 2, {"train": 20, "dev": 20})
    rows = rows_of(project)
    assert {expected for _, expected in rows["train"]} == {"b"}
    assert {expected for _, expected in rows["dev"]} == {"a"}
    assert not {ticket for ticket, _ in rows["train"]} & {ticket for ticket, _ in rows["dev"]}
    [seen] = genai("eval", "show", run, "--json", cwd=project).json["seen"]
    assert seen["rows"] == ROWS // 2
    assert "! 20 rows of dev are train's in tickets v2" in " ".join(genai("eval", "show", run, cwd=project).out.split())
    again = evaluated(project, "label-a")
    assert "seen" not in again.json
    assert genai("finetune", "take", "failures", again.json["run"], cwd=project).code == 2  # none is wrong any more


def test_a_corrected_answer_is_what_is_trained_on(project: Path, tmp_path: Path) -> None:
    run = evaluated(project, "label-a").json["run"]
    file = tmp_path / "right.jsonl"
    file.write_text(json.dumps({"row": "dev:2", "expected": "c"}) + "\n")
    assert genai("finetune", "take", "failures", run, "--answers", file, cwd=project).code == 0
    assert rows_of(project)["train"][:2] == [("ticket 1", "c"), ("ticket 3", "b")]
    file.write_text('{"row": "dev:2"}\n')
    assert genai("finetune", "take", "failures", run, "--answers", file, cwd=project).code == 2


def test_a_score_of_a_model_says_that_it_was_trained_on_these_rows(project: Path) -> None:
    run = evaluated(project, "label-a").json["run"]
    genai("finetune", "take", "failures", run, cwd=project)
    with Project.open(project) as opened:
        trained = find_dataset(opened.reader).id
        opened.writer.put_now(
            save_model("openai/label-a", {}, {"dataset_version": trained, "leaks": {"near-train": 3}})
        )
    texts = [each["text"] for each in genai("eval", "show", run, "--json", cwd=project).json["seen"]]
    assert texts[0].startswith("openai/label-a was trained on 20 of these dev rows")
    assert "3 near-train" in texts[1]
    clean = evaluated(project, "label-b", "--limit", "3").json
    assert "seen" not in clean


def test_a_try_is_a_row_of_train_unless_it_is_measured(project: Path, fake: FakeEndpoint) -> None:
    def tried(ticket: str, model: str = "label-b") -> int:
        words = ("prompt", "run", "1", "--model", f"openai/{model}", "--var", f"ticket={ticket}", "--json")
        return int(genai(*words, cwd=project).json["generation"])

    right, wrong, measured = tried("new one"), tried("new two"), tried("ticket 3")
    ended = genai("finetune", "take", "tries", right, wrong, "--answer", f"{wrong}=c", "--json", cwd=project)
    assert ended.json["rows"] == 2
    assert rows_of(project)["train"] == [("new one", "b"), ("new two", "c")]
    assert len(rows_of(project)["dev"]) == ROWS
    for again, why in ((measured, "dev:4"), (right, "train:1"), (999, "no generation")):
        refused = genai("finetune", "take", "tries", again, cwd=project)
        assert refused.code == 2
        assert why in refused.err


def test_a_stronger_models_answers_are_rows_with_their_licence(project: Path, tmp_path: Path) -> None:
    rows = "".join(json.dumps({"ticket": f"open {n}", "label": "own" if n == 0 else None}) + "\n" for n in range(5))
    words = ("data", "import", "-", "--format", "jsonl", "--name", "tickets", "--expected", "label", "--split", "train")
    assert genai(*words, cwd=project, stdin=rows).code == 0
    words = ("--split", "train", "--scorer", "length")
    run = evaluated(project, "label-b", *words).json["run"]
    told = genai("finetune", "take", "answers", run, "--licence", "its terms allow it", "--json", cwd=project).json
    assert told["rows"] == 4
    assert rows_of(project)["train"] == [("open 0", "own"), *((f"open {n}", "b") for n in range(1, 5))]
    with Project.open(project) as opened:
        source = find_dataset(opened.reader).source
    assert source == f"4 answers by openai/label-b (run {run}); licence: its terms allow it"
    assert genai("finetune", "take", "answers", run, cwd=project).code == 2  # every row has an answer now


@pytest.mark.parametrize("words", [("failures", "1"), ("answers", "1")])
def test_a_run_over_the_wrong_split_is_refused(project: Path, words: tuple[str, str]) -> None:
    genai(*("data", "import", "-", "--format", "csv", "--name", "tickets", "--expected", "label", "--split", "train"),
          cwd=project, stdin="ticket,label\nnew,b\n")  # fmt: skip
    split = "train" if words[0] == "failures" else "dev"
    genai("eval", "run", candidate(project, "label-a"), "--split", split, cwd=project)
    before = rows_of(project)
    assert genai("finetune", "take", *words, cwd=project).code == 2
    assert rows_of(project) == before
