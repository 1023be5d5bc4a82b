"""Rows before they are trained on, as they will be encoded: leaks, rows that teach something else, tokens.

What is said of datasets as a whole (repeats, contradictions, labels) comes from `datasets/checking`. A leak is a row of
train that is measured too, in its own dataset or the one in use: then a score says what was remembered.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any, Literal, Protocol

from genai_tui.datasets.checking import Check, check_dataset
from genai_tui.datasets.near import texts_of
from genai_tui.errors import UsageFault
from genai_tui.records.datasets import Dataset, Split
from genai_tui.stages.finetune.rows import Row, Tokenizer, encode, rows_of
from genai_tui.stages.finetune.settings import called
from genai_tui.store.datasets import all_examples, find_dataset, page_examples
from genai_tui.store.reader import Reader

if TYPE_CHECKING:
    from genai_tui.project import Project
    from genai_tui.records.prompts import Prompt
    from genai_tui.stages.finetune.settings import Settings

Severity = Literal["refused", "remark", "ok"]
FEW_NEAR = 0.05  # of the measured rows: published splits have some (banking77 four of a hundred), more are a mistake
SHOWN = 20  # rows that a finding names
STEPS = 12  # of a histogram
LEAKS = ("measured-in-train", "normalised-in-train", "near-train", "measured-elsewhere")
OVERRIDE = "--allow-leaks trains all the same, and every later score of the model says so."
SPLIT = "genai-tui data split --near keeps such rows together."
_DO = {
    "measured-in-train": SPLIT,
    "near-train": SPLIT,
    "duplicates": "Remove them, or leave them where they are meant to count twice.",
    "conflicts": "Decide which answer is right: genai-tui data expect SPLIT:N TEXT.",
    "near-duplicates": "Leave them where they are meant; rows that differ teach more.",
    "labels": "Add rows of the labels that are rare in train.",
}  # of the checks of datasets, those that matter here
_FAULTS = {
    "too long": f"Raise {called('max_tokens')}, or shorten them; a cut answer would not teach where to end.",
    "empty": "Give them an answer, or remove them.",
    "wrong role": "Let the prompt's last message be the user's.",
    "special token": "Take the token out of the text.",
    "border": "Let the prompt not end in white space.",
    "changed": "Take white space off the ends of the answer.",
    "no end": "Train a model whose chat template ends an answer by its end token.",
}
_DIGITS = re.compile(r"\d+")
_WITHOUT_LIMIT = 2**40


@dataclass(frozen=True)
class Finding:
    """What was found of `count` rows, the first of them in `rows` (`train:12`), why it matters and what to do."""

    name: str
    severity: Severity
    count: int
    reason: str
    do: str = ""
    rows: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As `finetune plan --json` prints it."""
        return {**self.__dict__, "rows": list(self.rows)}


@dataclass(frozen=True)
class Tokens:
    """Tokens a row of a split, prompt and answer: of `rows` rows, `answers` learned tokens and `total` of all.

    `histogram` is (tokens up to and with, rows) for steps of the same width; `too_long` rows pass the limit.
    """

    rows: int
    least: int
    median: float
    p95: float
    most: int
    total: int
    answers: int
    too_long: int
    histogram: tuple[tuple[int, int], ...]

    @property
    def mean(self) -> float:
        """Tokens of a row on the mean."""
        return self.total / self.rows

    def as_json(self) -> dict[str, Any]:
        """As `finetune plan --json` prints it."""
        return {**self.__dict__, "mean": self.mean, "histogram": [list(step) for step in self.histogram]}


@dataclass(frozen=True)
class Looked:
    """What was found of the rows of a training; `tokens` and `labels` are by split, empty where they are not known."""

    findings: tuple[Finding, ...]
    tokens: dict[str, Tokens]
    labels: dict[str, dict[str, int]]

    @property
    def leaks(self) -> dict[str, int]:
        """How many measured rows were found in train, by the way they were found; empty where none was."""
        return {one.name: one.count for one in self.findings if one.name in LEAKS and one.count}

    def refused(self, *, allow_leaks: bool = False) -> list[Finding]:
        """What stands in the way."""
        return [one for one in self.findings if one.severity == "refused" and not (allow_leaks and one.name in LEAKS)]

    def as_json(self) -> dict[str, Any]:
        """As `finetune plan --json` prints it."""
        return {
            "findings": [one.as_json() for one in self.findings],
            "tokens": {split: one.as_json() for split, one in self.tokens.items()},
            "labels": self.labels,
            "leaks": self.leaks,
        }


class Rows(Protocol):
    """What is looked at of a plan."""

    @property
    def dataset(self) -> Dataset:
        """Whose rows."""

    @property
    def prompt(self) -> "Prompt":
        """What they are asked by."""

    @property
    def settings(self) -> "Settings":
        """How long rows may be."""


def look(
    project: "Project", plan: Rows, tokenizer: Tokenizer | None, progress: Callable[[int, int], None] | None = None
) -> Looked:
    """Look at train and dev of a plan; without a tokenizer (the extra `train` is missing) not at their tokens.

    `progress` is told (rows read, rows in all). Reads every row: call it in a thread where a loop runs.
    """
    reader = project.reader
    report = check_dataset(reader, plan.dataset, progress)
    findings = [
        *_of_checks(report.checks, plan.dataset),
        _normalised(reader, plan.dataset),
        *_elsewhere(reader, plan.dataset),
    ]
    tokens: dict[str, Tokens] = {}
    for split in ("train", "dev"):
        if tokenizer is not None and plan.dataset.splits.get(split):
            rows = training_rows(reader, plan.dataset, plan.prompt, split)
            found = encoded_rows(rows, tokenizer, plan.settings.max_tokens)
            findings += found[0]
            if found[1] is not None:
                tokens[split] = found[1]
    if not plan.dataset.splits.get("dev"):
        findings.append(
            Finding("no-dev", "remark", 1, "There is no dev: the last weights are kept, not the best.",
                    "genai-tui data split makes one.")
        )  # fmt: skip
    order: tuple[Severity, ...] = ("refused", "remark", "ok")
    return Looked(tuple(sorted(findings, key=lambda one: order.index(one.severity))), tokens, report.labels)


def refuse_findings(looked: Looked, *, allow_leaks: bool) -> None:
    """Raises UsageFault for what stands in the way of a training, naming the first rows."""
    refused = looked.refused(allow_leaks=allow_leaks)
    if not refused:
        return
    first = refused[0]
    more = f" So are {len(refused) - 1} more findings: genai-tui finetune plan shows them." if refused[1:] else ""
    leak = f" {OVERRIDE}" if first.name in LEAKS else ""
    raise UsageFault(
        f"These rows are not trained on: {first.reason}",
        f"{', '.join(first.rows[:5])}{' …' if first.count > 5 else ''}.{more}",
        f"{first.do}{leak}",
        extra={"findings": [one.as_json() for one in refused]},
    )


def training_rows(reader: Reader, dataset: Dataset, prompt: "Prompt", split: Split) -> list[Row]:
    """The rows of a split as they are trained on, all of them. Raises UsageFault for one that cannot be rendered."""
    return rows_of(prompt, page_examples(reader, dataset, split, 0, dataset.splits.get(split, 0)), split)


def encoded_rows(rows: Sequence[Row], tokenizer: Tokenizer, max_tokens: int) -> tuple[list[Finding], Tokens | None]:
    """What is wrong with rows once they are tokens, and how many tokens they have; None where none has any."""
    encoded, faults = encode(rows, tokenizer, _WITHOUT_LIMIT)
    places: dict[str, list[str]] = {}
    reasons: dict[str, str] = {}
    for fault in faults:
        places.setdefault(fault.kind, []).append(fault.place)
        reasons.setdefault(fault.kind, fault.why)
    long = [row.place for row in encoded if len(row.input_ids) > max_tokens]
    if long:
        places["too long"] = long
        reasons["too long"] = f"More than {max_tokens:,} tokens: an answer would be cut, or its row dropped."
    findings = [
        Finding(kind, "refused", len(each), f"{_rows(len(each))}: {reasons[kind]}", _FAULTS[kind], tuple(each[:SHOWN]))
        for kind, each in places.items()
    ]
    if not encoded:
        return findings, None
    sizes = sorted(len(row.input_ids) for row in encoded)
    p95 = quantiles(sizes, n=20, method="inclusive")[-1] if len(sizes) > 1 else float(sizes[0])
    answers = sum(row.answer_tokens for row in encoded)
    return findings, Tokens(
        len(sizes), sizes[0], median(sizes), p95, sizes[-1], sum(sizes), answers, len(long), histogram(sizes)
    )


def histogram(sizes: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """Rows by their tokens, in steps of one width that is 1, 2 or 5 times a power of ten: (up to and with, rows)."""
    widths = (width * 10**power for power in range(9) for width in (1, 2, 5))
    first = min(sizes) - 1
    width = next(width for width in widths if (max(sizes) - first // width * width) <= width * STEPS)
    start = first // width
    counts = [0] * ((max(sizes) - 1) // width - start + 1)
    for size in sizes:
        counts[(size - 1) // width - start] += 1
    return tuple(((start + number + 1) * width, count) for number, count in enumerate(counts))


def normal(text: str) -> str:
    """A text as variants of it are compared: without case, with every number and all white space the same."""
    return " ".join(_DIGITS.sub("0", unicodedata.normalize("NFKC", text).casefold()).split())


def _of_checks(checks: Sequence[Check], dataset: Dataset) -> Iterator[Finding]:
    measured = sum(dataset.splits.get(split, 0) for split in ("dev", "test"))
    for check in checks:
        if check.name in _DO and check.state != "ok":
            few = check.name == "near-train" and check.found <= FEW_NEAR * measured
            severity: Severity = "refused" if check.name in LEAKS and not few else "remark"
            yield Finding(check.name, severity, check.found, check.text, _DO[check.name], check.rows)


def _normalised(reader: Reader, dataset: Dataset) -> Finding:
    """Rows of dev and test that are rows of train but for case, space and numbers; equal ones are told of already."""
    exact, alike = set(), set()
    for example in all_examples(reader, dataset, "train"):
        text = texts_of(example.inputs)
        exact.add(text)
        alike.add(normal(text))
    alike.discard("")
    return _same_but(dataset.splits, "normalised-in-train", (
        (place, text) for place, text in _measured(reader, dataset) if text not in exact and normal(text) in alike
    ))  # fmt: skip


def _same_but(splits: dict[str, int], name: str, found: Iterator[tuple[str, str]]) -> Finding:
    rows = [place for place, _ in found]
    if not rows:
        return Finding(name, "ok", 0, "No row of dev or test is one of train but for case, space and numbers.")
    reason = f"{_rows(len(rows))} of dev or test are rows of train but for case, space and numbers."
    return Finding(name, "refused", len(rows), reason, SPLIT, tuple(rows[:SHOWN]))


def _elsewhere(reader: Reader, dataset: Dataset) -> list[Finding]:
    """Rows of train that are measured in the dataset in use, where that is another."""
    try:
        used = find_dataset(reader)
    except UsageFault:
        return []
    if used.name == dataset.name:
        return []
    measured = {normal(text): f"{used.name} {place}" for place, text in _measured(reader, used)}
    measured.pop("", None)
    rows = [
        (f"train:{number}", measured[text])
        for number, example in enumerate(all_examples(reader, dataset, "train"), 1)
        if (text := normal(texts_of(example.inputs))) in measured
    ]
    if not rows:
        return [Finding("measured-elsewhere", "ok", 0, f"No row of train is measured in {used.name}.")]
    reason = f"{_rows(len(rows))} of train stand in dev or test of {used.name}, by which models are measured."
    named = tuple(f"{place} ({where})" for place, where in rows[:SHOWN])
    do = "Move them there instead: genai-tui finetune take failures R."
    return [Finding("measured-elsewhere", "refused", len(rows), reason, do, named)]


def _measured(reader: Reader, dataset: Dataset) -> Iterator[tuple[str, str]]:
    splits: tuple[Split, ...] = ("dev", "test")
    for split in splits:
        for number, example in enumerate(all_examples(reader, dataset, split), 1):
            yield f"{split}:{number}", texts_of(example.inputs)


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"
