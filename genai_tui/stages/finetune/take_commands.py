"""The commands of stage 4 that bring rows to train on: `finetune take failures`, `tries` and `answers`."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from genai_tui.commands.frame import Command, Frame, Group, pass_frame
from genai_tui.errors import FileFault, UsageFault

if TYPE_CHECKING:
    from genai_tui.stages.finetune.sources import Taken


@click.group(cls=Group)
def take() -> None:
    """Take rows to train on from evaluations, tries and other models, in a new version of the dataset."""


@take.command(cls=Command)
@click.argument("number", metavar="R")
@click.option("--scorer", metavar="S", help="Wrong by this one (default: the run's first).")
@click.option("--answers", type=click.Path(path_type=Path), metavar="FILE",
              help="Corrected answers: JSON Lines of row (dev:3) and expected.")  # fmt: skip
@pass_frame
def failures(frame: Frame, number: str, scorer: str | None, answers: Path | None) -> None:
    """Move the rows that run R got wrong from dev or test to train."""
    from genai_tui.stages.finetune.sources import failures_to_train
    from genai_tui.store.runs import find_run

    with frame.project() as project:
        found = find_run(project.reader, number)
        if scorer is not None and scorer not in found.scorers:
            raise UsageFault(f"Run {found.id} was not scored by {scorer}.", f"It was by {', '.join(found.scorers)}.")
        corrected = {} if answers is None else _corrected(answers)
        made = failures_to_train(project, found, scorer or found.scorers[0], corrected)
    _say(frame, made)


@take.command(cls=Command)
@click.argument("numbers", metavar="N...", nargs=-1, required=True, type=int)
@click.option("--answer", "answers", multiple=True, metavar="N=TEXT", help="What try N should have said.")
@click.option("--dataset", metavar="D", help="Whose train (default: the dataset in use).")
@pass_frame
def tries(frame: Frame, numbers: tuple[int, ...], answers: tuple[str, ...], dataset: str | None) -> None:
    """Add tries of the playground, by their generations' numbers, to train."""
    from genai_tui.stages.finetune.sources import tries_to_train

    with frame.project() as project:
        made = tries_to_train(project, numbers, _by_number(answers), dataset)
    _say(frame, made)


@take.command(cls=Command)
@click.argument("number", metavar="R")
@click.option("--licence", default="", metavar="TEXT", help="What its terms say of training on its answers; kept.")
@pass_frame
def answers(frame: Frame, number: str, licence: str) -> None:
    """Give rows of train without an expected answer those of run R, of a stronger model over train.

    Let it answer first: genai-tui eval run C --split train --scorer length
    """
    from genai_tui.stages.finetune.sources import answers_to_train
    from genai_tui.store.runs import find_run

    with frame.project() as project:
        made = answers_to_train(project, find_run(project.reader, number), licence)
    _say(frame, made)


def _say(frame: Frame, made: "Taken") -> None:
    if frame.say.json:
        document = {"dataset": made.dataset.name, "version": made.dataset.version, "rows": made.rows}
        frame.say.document({**document, "splits": made.dataset.splits, "text": made.text})
    else:
        frame.say.note(made.text)


def _corrected(path: Path) -> dict[str, Any]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise FileFault(f"{path} cannot be read.", str(error)) from error
    found = {}
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line) if line.strip() else None
        except (ValueError, RecursionError) as error:
            raise FileFault(f"{path}:{number} is no JSON.", str(error)) from error
        if row is None:
            continue
        if not isinstance(row, dict) or not isinstance(row.get("row"), str) or "expected" not in row:
            raise FileFault(f"{path}:{number} is no corrected answer.", "", 'A line is {"row": "dev:3", "expected": …}')
        found[row["row"]] = row["expected"]
    return found


def _by_number(answers: Iterable[str]) -> dict[int, str]:
    found = {}
    for text in answers:
        number, equals, answer = text.partition("=")
        if not equals or not number.isdigit() or not answer.strip():
            raise UsageFault(f"--answer takes N=TEXT, not {text[:60]}.")
        found[int(number)] = answer
    return found
