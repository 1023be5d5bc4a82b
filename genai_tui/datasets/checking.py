"""Looks at a dataset as a whole: what would make scores untrue (fails), and what a person should know (is remarked)."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any, Literal, NamedTuple

from genai_tui.datasets.near import TOLD, near_groups, texts_of
from genai_tui.records.datasets import SPLITS, Dataset, Example, Split
from genai_tui.records.hashing import content_hash
from genai_tui.store.datasets import example_by_id, in_file_order
from genai_tui.store.prompts import all_prompts
from genai_tui.store.reader import Reader

State = Literal["ok", "remark", "fail"]
SHOWN = 20  # rows that a check names
MOST_LABELS = 50  # distinct short answers, up to which they are taken for labels
LONGEST_LABEL = 60
FEW = 5  # rows of a label in a split that is measured: too few to say anything of it
DRIFT = 2.0  # between the median lengths of two splits
_AGAIN = "genai-tui data split keeps equal inputs together."
_SPLIT_NEAR = "genai-tui data split --near keeps them together."


class Check(NamedTuple):
    """One check: what it found, of how many rows it is true, and the first of them."""

    name: str
    state: State
    found: int
    text: str
    rows: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As `data check --json` prints it."""
        return {
            "name": self.name,
            "state": self.state,
            "count": self.found,
            "text": self.text,
            "rows": list(self.rows),
        }


@dataclass(frozen=True)
class Report:
    """All checks of one version of a dataset; `labels` is split → label → rows, `length` the inputs' characters."""

    checks: tuple[Check, ...]
    labels: dict[str, dict[str, int]]
    length: dict[str, dict[str, float]]

    @property
    def failed(self) -> tuple[Check, ...]:
        """What would make scores untrue."""
        return tuple(check for check in self.checks if check.state == "fail")


class _Row(NamedTuple):
    split: Split
    place: str
    id: int
    inputs: str
    expected: str
    blank: bool
    answer: str | None
    size: int


def check_dataset(reader: Reader, dataset: Dataset, progress: Callable[[int, int], None] | None = None) -> Report:
    """Look at every row. `progress` is told (rows read, rows in all). Blocks: in an app call it in a thread."""
    rows: list[_Row] = []

    def texts() -> Iterator[str]:
        for split, number, example in in_file_order(reader, dataset):
            text = texts_of(example.inputs)
            rows.append(_row(split, number, example, text))
            if progress is not None and len(rows) % TOLD == 0:
                progress(len(rows), dataset.rows)
            yield text

    groups = near_groups(texts(), lambda number: texts_of(example_by_id(reader, rows[number].id).inputs))
    order = sorted(range(len(rows)), key=lambda number: SPLITS.index(rows[number].split))
    rows, groups = [rows[number] for number in order], [groups[number] for number in order]
    labels = _labels(rows)
    lengths = {split: _figures([row.size for row in rows if row.split == split]) for split in dataset.splits}
    checks = (
        *_leaks(rows, _shown_as_examples(reader)),
        *_repeats(rows),
        *_near(rows, groups),
        *_empties(rows),
        *_balance(labels),
        _drift(lengths),
    )
    return Report(checks, labels, lengths)


def _row(split: Split, number: int, example: Example, text: str) -> _Row:
    answer = example.expected
    if isinstance(answer, str):
        answer = answer if answer.strip() else None
    return _Row(
        split,
        f"{split}:{number}",
        example.id,
        content_hash(example.inputs),
        content_hash(example.expected),
        not text.strip(),
        None if answer is None else answer if isinstance(answer, str) else str(answer),
        len(text),
    )


def _shown_as_examples(reader: Reader) -> dict[str, set[int]]:
    """The hashes of inputs that prompts show as examples, with the numbers of those prompts."""
    shown: dict[str, set[int]] = {}
    for prompt in all_prompts(reader):
        for example in prompt.examples.fixed:
            shown.setdefault(content_hash(example.inputs), set()).add(prompt.number)
    return shown


def _leaks(rows: Sequence[_Row], shown: dict[str, set[int]]) -> list[Check]:
    """Rows that are measured though the candidate was shown them."""
    trained = {row.inputs for row in rows if row.split == "train"}
    tested = {row.inputs for row in rows if row.split == "test"}
    told = [row for row in rows if row.split != "train" and row.inputs in shown]
    prompts = sorted({number for row in told for number in shown[row.inputs]})
    named = ", ".join(map(str, prompts[:9])) + (" …" if len(prompts) > 9 else "")
    return [
        _check(
            "measured-in-train",
            "fail",
            [row for row in rows if row.split != "train" and row.inputs in trained],
            f"of dev or test also stand in train. {_AGAIN}",
            "No row of dev or test stands in train.",
        ),
        _check(
            "measured-among-examples",
            "fail",
            told,
            f"of dev or test also stand among the examples of prompts {named}. Show rows of train alone.",
            "No row of dev or test stands among the examples of a prompt.",
        ),
        _check(
            "test-in-dev",
            "fail",
            [row for row in rows if row.split == "dev" and row.inputs in tested],
            f"of dev also stand in test, which was then looked at before. {_AGAIN}",
            "No row of test stands in dev.",
        ),
    ]


def _repeats(rows: Sequence[_Row]) -> list[Check]:
    """Rows whose inputs came before within their split, with the same answer or with another."""
    first: dict[tuple[str, str], str] = {}
    same: list[_Row] = []
    other: list[_Row] = []
    for row in rows:
        key = row.split, row.inputs
        if key in first:
            (same if first[key] == row.expected else other).append(row)
        else:
            first[key] = row.expected
    return [
        _check("duplicates", "remark", same, "came before in the same split: counted twice.", "No row stands twice."),
        _check(
            "conflicts",
            "remark",
            other,
            "have the inputs of an earlier one and another expected answer: not both can be right.",
            "No two rows contradict one another.",
        ),
    ]


def _near(rows: Sequence[_Row], groups: Sequence[int]) -> list[Check]:
    """Rows that nearly stand elsewhere; equal ones were told of already."""
    splits: dict[int, dict[str, set[str]]] = {}
    for row, group in zip(rows, groups, strict=True):
        splits.setdefault(group, {}).setdefault(row.inputs, set()).add(row.split)
    within, across = [], []
    seen: set[tuple[int, str]] = set()
    for row, group in zip(rows, groups, strict=True):
        others = [there for inputs, there in splits[group].items() if inputs != row.inputs]
        if row.split != "train" and any("train" in there for there in others):
            across.append(row)
        elif others and (group, row.split) in seen and any(row.split in there for there in others):
            within.append(row)
        seen.add((group, row.split))
    return [
        _check(
            "near-train",
            "remark",
            across,
            f"of dev or test are nearly rows of train: scores may be too good. {_SPLIT_NEAR}",
            "No row of dev or test is nearly one of train.",
        ),
        _check(
            "near-duplicates",
            "remark",
            within,
            "are nearly an earlier one of their split: they say little more than it does.",
            "No row is nearly another of its split.",
        ),
    ]


def _empties(rows: Sequence[_Row]) -> list[Check]:
    """Rows with nothing to ask, and those without an answer where others have one."""
    answered = any(row.answer is not None for row in rows)
    silent = [row for row in rows if answered and row.answer is None]
    return [
        _check(
            "empty-inputs", "remark", [row for row in rows if row.blank], "have blank inputs.", "No input is blank."
        ),
        _check(
            "no-expected",
            "remark",
            silent,
            "have no expected answer, though others have one.",
            "Every row has an expected answer." if answered else "No row has an expected answer.",
        ),
    ]


def _labels(rows: Iterable[_Row]) -> dict[str, dict[str, int]]:
    """How often each answer stands in each split, where answers are labels: few, short, and come again."""
    counts: dict[str, Counter[str]] = {}
    for row in rows:
        if row.answer is not None:
            counts.setdefault(row.split, Counter())[row.answer] += 1
    known = {label for counter in counts.values() for label in counter}
    answers = sum(counter.total() for counter in counts.values())
    if not 2 <= len(known) <= MOST_LABELS or 2 * len(known) > answers or max(map(len, known)) > LONGEST_LABEL:
        return {}
    return {split: dict(counter.most_common()) for split, counter in counts.items()}


def _balance(labels: dict[str, dict[str, int]]) -> list[Check]:
    """Labels that are measured and never shown, or measured on next to nothing, or nearly all there is."""
    if not labels:
        return [Check("labels", "ok", 0, "The expected answers are no labels.")]
    found: list[str] = []
    count = 0
    for split in [split for split in ("dev", "test") if split in labels]:
        here = labels[split]
        unknown = [label for label in here if label not in labels.get("train", here)]
        rare = [label for label, rows in here.items() if rows < FEW]
        label, most = next(iter(here.items()))
        share = most / sum(here.values())
        for names, text in ((unknown, "stand in no row of train"), (rare, f"have fewer than {FEW} rows")):
            if names:
                count += len(names)
                said = _counted(len(names), "label", text)
                found.append(f"{split}: {said} ({', '.join(name[:40] for name in names[:5])}).")
        if share > 0.8:
            count += 1
            found.append(f"{split}: {share:.0%} are {label[:40]}, which an answer that is always the same reaches.")
    return [Check("labels", "remark" if found else "ok", count, " ".join(found) or "Every label is in every split.")]


def _figures(sizes: list[int]) -> dict[str, float]:
    """Median, 95th percentile and most."""
    p95 = quantiles(sizes, n=20, method="inclusive")[-1] if len(sizes) > 1 else sizes[0]
    return {"median": median(sizes), "p95": p95, "most": max(sizes)}


def _drift(lengths: dict[str, dict[str, float]]) -> Check:
    medians = {split: figures["median"] for split, figures in lengths.items() if figures["median"]}
    if medians and max(medians.values()) > DRIFT * min(medians.values()):
        said = ", ".join(f"{split} {size:,.0f}" for split, size in medians.items())
        text = f"Rows of one split are much longer than those of another (characters in the middle: {said})."
        return Check("length", "remark", len(medians), text)
    return Check("length", "ok", 0, "The rows of all splits are about as long.")


_OF_ONE = {"have": "has", "are": "is", "stand": "stands"}


def _counted(number: int, noun: str, text: str) -> str:
    """So many of them and what is said of them; `text` is as it is said of many, its first verb turned for one."""
    if number != 1:
        return f"{number:,} {noun}s {text}"
    return f"1 {noun} " + re.sub(r"\b(have|are|stand)\b", lambda verb: _OF_ONE[verb[0]], text, count=1)


def _check(name: str, found: State, rows: Sequence[_Row], text: str, fine: str) -> Check:
    if not rows:
        return Check(name, "ok", 0, fine)
    return Check(name, found, len(rows), _counted(len(rows), "row", text), tuple(row.place for row in rows[:SHOWN]))
