"""What the board says of Deploy."""

from genai_tui.records.stages import StageStatus
from genai_tui.store.amounts import served_and_loaded
from genai_tui.store.reader import Reader


def status(reader: Reader) -> StageStatus:
    """Started when a candidate is or was served; served and load-tested makes it done."""
    served, steps = served_and_loaded(reader)
    if served and steps:
        return StageStatus("done", ("served and load-tested",))
    return StageStatus("started", (f"{served} served",)) if served else StageStatus("empty", ("not begun",))
