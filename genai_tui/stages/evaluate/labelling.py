"""What people say of answers, right or wrong: who says it, what is drawn for them, what a judge is held against."""

import getpass
import os
import random
from typing import TYPE_CHECKING, NamedTuple

from genai_tui.records.runs import Run
from genai_tui.stages.evaluate.scorers.trust import RIGHT, WRONG
from genai_tui.store.labels import Label, draw_unlabelled, labels_of_run
from genai_tui.store.preferences import people_said

if TYPE_CHECKING:
    from genai_tui.store.reader import Reader

VALUES = {RIGHT: 1.0, WRONG: 0.0}


def person() -> str:
    """Who labels: the name of the login, else its number."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return f"user {os.getuid()}"


def word_of(label: Label) -> str:
    """Right or wrong, as a word."""
    return RIGHT if label.right else WRONG


def people_of(reader: "Reader", run: int) -> dict[int, str]:
    """What people say of a run's answers, by generation: right or wrong, else what they chose of pairs.

    Where people differ the majority counts; where they are evenly divided the answer is left out.
    """
    said = people_said(reader, run)
    for generation, labels in labels_of_run(reader, run).items():
        share = sum(label.value for label in labels) / len(labels)
        if share != 0.5:
            said[generation] = RIGHT if share > 0.5 else WRONG
    return said


class Drawn(NamedTuple):
    """An answer that is to be labelled (None: all are), and how many of `of` this person has labelled."""

    generation: int | None
    labelled: int
    of: int


def draw(reader: "Reader", run: Run, who: str) -> Drawn:
    """The next answer for `who` to label, at random. May read the whole run: call it in a thread."""
    labelled = sum(any(label.person == who for label in labels) for labels in labels_of_run(reader, run.id).values())
    answered = run.result.answered if run.result is not None else run.n
    return Drawn(draw_unlabelled(reader, run.id, who, random.Random()), labelled, answered)
