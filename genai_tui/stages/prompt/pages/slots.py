"""One column of answers: who is asked in it, what came, and what that is an answer to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from genai_tui.records.generations import Generation
from genai_tui.screens.folding import Stack
from genai_tui.stages.prompt.sheet import Column, Sheet
from genai_tui.widgets.stream import StreamView

TYPED = "typed"  # stands for the row where the variables were typed


@dataclass(frozen=True)
class Asked:
    """What an answer was asked of: column and heading, row (`dev:3` or typed), variables, and what stood at the left.

    `sheet` is None where that is not known any more; it is not what stands there now then.
    """

    column: Column
    model: str
    what: str
    row: str
    values: Mapping[str, Any]
    sheet: Sheet | None
    output: Mapping[str, Any] | None = None  # the schema it was asked to keep to

    def asks_the_same(self, sheet: Sheet, column: Column) -> bool:
        """Whether that sheet asks the same in that column; the row is another matter."""
        if column != self.column or self.sheet is None:
            return False
        return column.version is not None or _content(self.sheet) == _content(sheet)


def _content(sheet: Sheet) -> tuple[Any, ...]:
    return sheet.system, sheet.template, sheet.examples, sheet.parameters, sheet.output


@dataclass
class Slot:
    """One column: its view, who is asked in it, whether an answer is coming, and what came of it."""

    view: StreamView
    stack: Stack
    column: Column = field(default_factory=Column)
    running: bool = False
    asked: Asked | None = None
    generation: Generation | None = None
    right: bool | None = None  # as expected
    holds: bool | None = None  # whether it keeps to its schema
    moved_to: str = ""  # the row that stands there now, where the answer is of another

    def clear(self) -> None:
        """Forget what came."""
        self.asked = self.generation = self.right = self.holds = None
        self.moved_to = ""
        self.view.clear()
