"""Where a run is weak: its score over the rows of each tag, expected answer or length; and the answers it got wrong."""

from array import array
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from genai_tui.answering.render import answer_text
from genai_tui.errors import UsageFault
from genai_tui.records.runs import Run, Score, Value
from genai_tui.stages.evaluate.interchange.named import plainly, with_named
from genai_tui.stages.evaluate.scorers.base import was_judged
from genai_tui.stages.evaluate.scorers.imported import scorer_of
from genai_tui.store.counting import rows_of
from genai_tui.store.datasets import example_by_id
from genai_tui.store.outcomes import expected_asked, lengths_asked, tags_asked
from genai_tui.store.results import LENGTHS, Answer, Wish, answers_with, ids_of, slices
from genai_tui.store.scores import ScoresOf
from genai_tui.store.values import unpack_json, unpack_text

if TYPE_CHECKING:
    from genai_tui.stages.evaluate.scorers.labels import ClassReport
    from genai_tui.store.reader import Reader

By = Literal["tag", "expected", "length"]
TOLD = 10_000  # answers between two tellings of a long read


class Sliced(NamedTuple):
    """What a scorer says of the answers of a run whose rows are alike in something."""

    name: str
    value: Value

    def as_json(self) -> dict[str, Any]:
        """As `eval show --by --json` prints it."""
        return {"name": self.name, **self.value._asdict()}


def sliced(reader: "Reader", run: Run, scorer: str, by: By) -> list[Sliced]:
    """Each slice with its own interval, the largest first (lengths: the shortest); a row of two tags is in both.

    Reads the whole run.
    """
    rows = rows_of(reader, run.id)
    names = _names(reader, run, by)
    of: dict[str, tuple[array[int], array[int]]] = {}
    for number, example in zip(rows.ids, rows.examples, strict=True):
        for name in names.get(example, ()):
            answers, examples = of.setdefault(name, (array("q"), array("q")))
            answers.append(number)
            examples.append(example)
    judge = scorer_of(run, scorer)
    found = [
        Sliced(name, judge.combine(ScoresOf(reader, scorer, answers), examples if rows.repeated else None))
        for name, (answers, examples) in of.items()
    ]
    if by == "length":
        order = [_length(most) for most in (*LENGTHS, 0)]
        return sorted(found, key=lambda each: order.index(each.name))
    return sorted(found, key=lambda each: (-each.value.n, each.name))


def _names(reader: "Reader", run: Run, by: By) -> dict[int, tuple[str, ...]]:
    """The slices that each example is in."""
    if by == "tag":
        return {number: tuple(dict.fromkeys(map(str, tags))) for number, tags in tags_asked(reader, run.id)}
    if by == "expected":
        known = expected_asked(reader, run.id)
        return {number: () if answer is None else (answer_text(answer),) for number, answer in known}
    lengths = lengths_asked(reader, run.id)
    return {n: (_length(next((most for most in LENGTHS if length <= most), 0)),) for n, length in lengths}


def _length(most: int) -> str:
    return f"up to {most:,} characters" if most else "longer"


def reads_classes(scorer: str) -> bool:
    """Whether it reads answers as labels."""
    return scorer.partition(":")[0] in ("labels", "labels-f1")


def classed(
    reader: "Reader", run: Run, scorer: str, told: Callable[[int], bool] = lambda done: True
) -> "list[ClassReport]":
    """Precision, recall and F1 of each class; what was not answered misses its own. Reads the whole run.

    `told` hears how many answers were read, and ends it. Raises UsageFault for a scorer that reads no classes.
    """
    from genai_tui.stages.evaluate.scorers.labels import class_reports

    if not reads_classes(scorer):
        raise UsageFault(
            f"The scorer {scorer} reads no classes.", "", f"genai-tui eval rescore {run.id} --scorer labels"
        )
    return class_reports(_read(reader, run, scorer, told))


def _read(reader: "Reader", run: Run, scorer: str, told: Callable[[int], bool]) -> Iterator[Score]:
    from genai_tui.stages.evaluate.scorers.labels import labels_of

    rows = rows_of(reader, run.id)
    pairs = zip(ScoresOf(reader, scorer, rows.ids), rows.examples, strict=True)
    for done, (score, example) in enumerate(pairs):
        if done % TOLD == 0 and not told(done):
            return
        if not was_judged(score):
            continue
        if score.detail is None:
            expected = labels_of(with_named(example_by_id(reader, example)).expected)
            score = replace(score, detail={"expected": expected, "found": []})
        yield score


class Confused(NamedTuple):
    """How often what was expected was taken for something else."""

    n: int
    expected: str
    got: str


def confused(reader: "Reader", run: Run, scorer: str) -> list[Confused]:
    """What was taken for what, the commonest first. Reads the whole run."""
    found = slices(reader, run.id, scorer, "confusion")
    return [Confused(each.n, _plain(each.name), each.got) for each in found]


def _plain(expected: str) -> str:
    """An expected answer as text, where it is JSON."""
    try:
        return answer_text(unpack_json(expected))
    except ValueError:
        return expected


class Wrong(NamedTuple):
    """Answers of a run that failed or that a scorer has something against, the worst first: `of` all there are."""

    answers: list[Answer]
    of: int


def wrong_answers(reader: "Reader", run: Run, scorer: str, most: int) -> Wrong:
    """What went wrong. Reads the whole run."""
    ids = ids_of(reader, run.id, scorer, Wish(show="wrong", order="worst"))
    return Wrong(answers_with(reader, scorer, ids[:most]) if ids else [], len(ids))


def wrong_as_json(answer: Answer) -> dict[str, Any]:
    """As `eval show --failures --json` prints it; long texts are cut."""
    return {
        "generation": answer.id,
        "repeat": answer.repeat,
        "inputs": answer.inputs,
        "expected": expected_of(answer),
        "text": answer.text,
        "got": answer.got,
        "value": answer.value,
        "reason": answer.reason,
        "error": answer.error,
    }


def expected_of(answer: Answer) -> str | None:
    """The expected answer as text; its beginning as it is stored, where it was cut."""
    if answer.expected is None:
        return None
    try:
        return answer_text(plainly(unpack_json(answer.expected)))
    except ValueError:
        return unpack_text(answer.expected)
