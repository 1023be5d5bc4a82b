"""What the commands of stage 6 share: kinds of options, and what they say on the way."""

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from genai_tui.commands.frame import Frame
from genai_tui.records import datasets

if TYPE_CHECKING:
    from genai_tui.project import Project
    from genai_tui.records.runs import Run

SPLITS = click.Choice(datasets.SPLITS)


class Finite(click.FloatRange):
    """A number, within a range if one is given; neither infinite nor none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number."""
        number = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value} is no number that can be counted with.", param, ctx)
        return number

    def _describe_range(self) -> str:
        """What help says of the range: nothing where there is none, of which click says x<=None."""
        return "" if self.min is None and self.max is None else super()._describe_range()


def noticing(frame: Frame) -> Callable[[str], None]:
    """Says what is waited for; what several requests say one after the other is said once."""
    last = ""

    def told(text: str) -> None:
        nonlocal last
        if text != last:
            frame.say.note(text)
        last = text

    return told


def looked(frame: Frame, project: "Project", runs: "Sequence[Run]") -> None:
    """Count looks at test, and warn where its word is worn out."""
    from genai_tui.records.measured import WORN_OUT
    from genai_tui.store.looks import look_at

    if any(one.split == "test" and one.result is not None for one in runs):
        [count] = project.writer.put_now(look_at(list(runs)))
        if count >= WORN_OUT:
            frame.say.note(f"test was looked at {count} times: the best of so many looks better than it is.")
