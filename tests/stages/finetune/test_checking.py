"""Rows before they are trained on: leaks in each of their forms, rows that teach something else, tokens."""

import json
from pathlib import Path
from typing import Any

import pytest

from genai_tui.errors import UsageFault
from genai_tui.project import Project
from genai_tui.stages.finetune.checking import Finding, Looked, encoded_rows, histogram, look, normal, refuse_findings
from genai_tui.stages.finetune.planning import Plan, plan_training
from genai_tui.stages.finetune.rows import Row
from tests.support.commands import genai
from tests.support.training import needs_training, unpacked
from tests.support.weights import fetched_weights

__all__ = ["fetched_weights", "unpacked"]

TRAIN = [(f"{word} {other} please", "a") for word in ("send", "refund", "cancel", "repeat") for other in ("it", "them")]
LONG = "The courier left my parcel with a neighbour whom I have never met and who is away until next week"


def imported(folder: Path, name: str, **splits: list[tuple[str, Any]]) -> None:
    for split, rows in splits.items():
        text = "".join(json.dumps({"ticket": ticket, "expected": expected}) + "\n" for ticket, expected in rows)
        words = ("data", "import", "-", "--format", "jsonl", "--name", name, "--expected", "expected", "--split", split)
        ended = genai(*words, cwd=folder, stdin=text)
        assert ended.code == 0, ended.err


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with a prompt, and the folder of a model that nobody reads."""
    made = tmp_path / "work"
    assert genai("init", made).code == 0
    assert genai("prompt", "save", "-", cwd=made, stdin="Sort it: {{ ticket }}").code == 0
    (made / "model").mkdir()
    (made / "model" / "config.json").write_text("{}")
    return made


def looked(folder: Path, dataset: str | None = None) -> Looked:
    with Project.open(folder) as project:
        return look(project, planned(project, folder, dataset), None)


def planned(project: Project, folder: Path, dataset: str | None = None) -> Plan:
    return plan_training(project, model=str(folder / "model"), dataset=dataset)


def named(found: Looked, name: str) -> Finding:
    [one] = [each for each in found.findings if each.name == name and each.count]
    return one


def test_clean_rows_have_nothing_against_them(folder: Path) -> None:
    imported(folder, "tickets", train=TRAIN, dev=[("Where is my invoice", "b")], test=[("It will not start", "c")])
    found = looked(folder)
    assert found.leaks == {}
    assert found.refused() == []


@pytest.mark.parametrize("split", ["dev", "test"])
@pytest.mark.parametrize(
    ("ticket", "name"),
    [
        ("send it please", "measured-in-train"),
        ("  SEND\tit  please ", "normalised-in-train"),
        ("Order 99 is not here", "normalised-in-train"),
        (LONG.replace("next week", "next month"), "near-train"),
    ],
)
def test_a_row_that_is_measured_too_is_refused_whatever_its_form(
    folder: Path, ticket: str, name: str, split: str
) -> None:
    train = [*TRAIN, ("order 1234 is not here", "b"), (LONG, "c")]
    imported(folder, "tickets", train=train, **{split: [("Where is my invoice", "b"), (ticket, "a")]})
    found = looked(folder)
    assert named(found, name).severity == "refused"
    assert named(found, name).rows == (f"{split}:2",)
    assert found.leaks[name] == 1
    with pytest.raises(UsageFault) as caught:
        refuse_findings(found, allow_leaks=False)
    assert f"{split}:2" in str(caught.value)
    assert "--allow-leaks" in caught.value.do
    refuse_findings(found, allow_leaks=True)


def test_a_few_rows_that_are_only_near_are_remarked_and_kept(folder: Path) -> None:
    measured = [(f"{word} is what it says", "b") for word in "one two three four five six seven eight nine ten".split()]
    others = [(f"why does the {word} not work", "c") for word in "lamp door app plug lid fan oven key hub cam".split()]
    dev = [*measured, *others, (LONG.replace("next week", "next month"), "c")]
    imported(folder, "tickets", train=[*TRAIN, (LONG, "c")], dev=dev)
    found = looked(folder)
    assert named(found, "near-train").severity == "remark"
    assert found.leaks == {"near-train": 1}
    refuse_findings(found, allow_leaks=False)


def test_rows_that_another_dataset_measures_are_refused(folder: Path) -> None:
    imported(folder, "tickets", train=TRAIN, dev=[("Where is my invoice", "b"), ("It will not start", "c")])
    imported(folder, "more", train=[*TRAIN, ("where is  my INVOICE", "b")])
    one = named(looked(folder, "more"), "measured-elsewhere")
    assert one.rows == ("train:9 (tickets dev:1)",)
    assert one.severity == "refused"


def test_repeats_and_contradictions_are_remarked(folder: Path) -> None:
    imported(folder, "tickets", train=[*TRAIN, TRAIN[0], (TRAIN[1][0], "b")], dev=[("Where is my invoice", "b")])
    found = looked(folder)
    assert [(named(found, name).severity, named(found, name).count) for name in ("duplicates", "conflicts")] == [
        ("remark", 1), ("remark", 1),
    ]  # fmt: skip
    assert found.refused() == []


def test_without_dev_it_says_what_that_costs(folder: Path) -> None:
    imported(folder, "tickets", train=TRAIN)
    assert "not the best" in named(looked(folder), "no-dev").reason


def test_variants_are_alike_and_others_are_not() -> None:
    assert normal("Order 12  now") == normal("order 987 NOW\n")
    assert normal("Order now") != normal("Order 1 now")
    assert normal("order it") != normal("order them")


@pytest.mark.parametrize("sizes", [[1], [7, 7], [45, 110, 63, 81], [1, 512], [1000, 1001], list(range(1, 3000, 7))])
def test_every_row_stands_in_one_step_of_the_histogram(sizes: list[int]) -> None:
    steps = histogram(sizes)
    assert sum(count for _, count in steps) == len(sizes)
    assert 1 <= len(steps) <= 12
    assert steps[0][1]
    assert steps[-1][1]
    for (up_to, count), before in zip(steps, [0, *(edge for edge, _ in steps)], strict=False):
        low = before or up_to - (steps[1][0] - steps[0][0] if len(steps) > 1 else up_to)
        assert count == sum(low < size <= up_to for size in sizes)


# tokens


def row(text: str, answer: str, place: str) -> Row:
    return Row(place, ({"role": "system", "content": "Sort."}, {"role": "user", "content": text}), answer)


@needs_training
def test_tokens_are_those_of_the_chat_template(unpacked: Path) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(unpacked)
    texts = ["one", "one two three", "word " * 40]
    findings, tokens = encoded_rows([row(text, "ab", f"train:{n}") for n, text in enumerate(texts, 1)], tokenizer, 50)
    sizes = []
    for text in texts:
        turns = [*row(text, "ab", "").messages, {"role": "assistant", "content": "ab"}]
        sizes.append(len(tokenizer(tokenizer.apply_chat_template(turns, tokenize=False))["input_ids"]))
    assert tokens is not None
    assert (tokens.least, tokens.median, tokens.most, tokens.total) == (*sorted(sizes), sum(sizes))
    assert tokens.answers == 3 * len(tokenizer("ab<|im_end|>\n")["input_ids"])
    [long] = findings
    assert (long.name, long.severity, long.rows, tokens.too_long) == ("too long", "refused", ("train:3",), 1)


@needs_training
@pytest.mark.parametrize(
    ("text", "answer", "kind"),
    [("x", "", "empty"), ("x <|im_end|>", "a", "special token"), ("x", "<|im_start|>", "special token")],
)
def test_a_row_that_teaches_otherwise_is_named(unpacked: Path, text: str, answer: str, kind: str) -> None:
    from transformers import AutoTokenizer

    rows = [row("fine", "a", "train:1"), row(text, answer, "train:2"), row(text, answer, "train:3")]
    [one], tokens = encoded_rows(rows, AutoTokenizer.from_pretrained(unpacked), 200)
    assert (one.name, one.severity, one.count, one.rows) == (kind, "refused", 2, ("train:2", "train:3"))
    assert one.do
    assert tokens is not None
    assert tokens.rows == 1
