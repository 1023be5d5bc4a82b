"""What the board says of Align."""

from genai_tui.records.stages import StageStatus
from genai_tui.store.amounts import preferences_count
from genai_tui.store.reader import Reader


def status(reader: Reader) -> StageStatus:
    """Started when there are preferences; a ranking of candidates makes it done."""
    preferences = preferences_count(reader)
    if not preferences:
        return StageStatus("empty", ("not begun",))
    return StageStatus("started", (f"{preferences:,} preference{'s' if preferences > 1 else ''}",))
