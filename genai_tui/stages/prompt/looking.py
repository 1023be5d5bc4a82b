"""What is to be seen of a sheet as it is typed: its fault, and the examples as they are for these values."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from genai_tui.errors import GenaiError
from genai_tui.records.prompts import FewShot
from genai_tui.stages.prompt.faults import Fault, fault_of
from genai_tui.stages.prompt.sheet import Sheet

if TYPE_CHECKING:
    from genai_tui.project import Project


class Seen(NamedTuple):
    """What a look at the sheet found."""

    fault: Fault | None
    shots: tuple[FewShot, ...]
    no_shots: str  # why there are none
    unsaved: bool


def look_at(project: "Project", sheet: Sheet, values: Mapping[str, Any]) -> Seen:
    """Look at it with these values in its variables; it may take tens of milliseconds: call it in a thread."""
    from genai_tui.stages.prompt import shots

    fault, unsaved = fault_of(sheet, values), sheet.changed
    try:
        return Seen(fault, shots.shown(project, sheet, values), "", unsaved)
    except GenaiError as error:
        return Seen(fault, (), str(error), unsaved)
