"""`data add`, `data expect`, `data back`: a row more, another expected answer, an older version; each a new version."""

from typing import TYPE_CHECKING, Any

import click

from genai_tui.commands.frame import Command, Frame, pass_frame
from genai_tui.records.datasets import SPLITS

if TYPE_CHECKING:
    from genai_tui.stages.prompt.onward import Edit


@click.command(cls=Command)
@click.option("--split", type=click.Choice(SPLITS), default="train", show_default=True, help="Where it goes.")
@click.option("--var", "pairs", multiple=True, metavar="K=V", help="An input; repeatable.")
@click.option("--vars", "variables", metavar="FILE", help="A JSON object of inputs (`-`: standard input).")
@click.option("--expected", metavar="X", help="The answer that is right.")
@click.option("--tag", "tags", multiple=True, metavar="T", help="A tag; repeatable.")
@click.option("--dataset", metavar="D", help="The dataset, made where there is none (default: the one in use).")
@pass_frame
def add(
    frame: Frame,
    split: Any,
    pairs: tuple[str, ...],
    variables: str | None,
    expected: str | None,
    tags: tuple[str, ...],
    dataset: str | None,
) -> None:
    """Add a row at the end of a split, as a new version of the dataset."""
    from genai_tui.stages.prompt.onward import add_row
    from genai_tui.stages.prompt.trying import gather_inputs

    with frame.project() as project:
        text = None if variables is None else frame.text_of(variables)
        inputs = gather_inputs(project, row=None, dataset=None, variables=text, pairs=pairs).values
        _say(frame, add_row(project, inputs, expected, split, dataset, tags))


@click.command(cls=Command)
@click.argument("row", metavar="SPLIT:N")
@click.argument("answer", metavar="TEXT")
@click.option("--dataset", metavar="D", help="The dataset (default: the one in use).")
@pass_frame
def expect(frame: Frame, row: str, answer: str, dataset: str | None) -> None:
    """Make TEXT the expected answer of a row, in a new version of the dataset."""
    from genai_tui.stages.prompt.onward import expect as expect_answer

    with frame.project() as project:
        _say(frame, expect_answer(project, row, answer, dataset))


@click.command(cls=Command)
@click.argument("version", type=click.IntRange(1), metavar="VERSION")
@click.option("--dataset", metavar="D", help="The dataset (default: the one in use).")
@pass_frame
def back(frame: Frame, version: int, dataset: str | None) -> None:
    """Make the rows of an older VERSION the dataset's newest version: what undoes `add`, `expect` and `import`."""
    from genai_tui.stages.prompt.onward import go_back

    with frame.project() as project:
        _say(frame, go_back(project, version, dataset))


def _say(frame: Frame, edit: "Edit") -> None:
    if frame.say.json:
        frame.say.document(
            {
                "dataset": edit.dataset.name,
                "version": edit.dataset.version,
                "before": edit.before,
                "row": edit.reference or None,
                "made": edit.made,
                "splits": {split: edit.dataset.splits.get(split, 0) for split in SPLITS},
            }
        )
        return
    frame.say.note(edit.text)
    if edit.made and edit.before is not None:
        frame.say.note(f"genai-tui data back {edit.before} undoes it.")


ROWS = (add, expect, back)
