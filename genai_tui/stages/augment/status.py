"""What the board says of Augment."""

from genai_tui.records.stages import StageStatus
from genai_tui.store.amounts import corpora_count
from genai_tui.store.reader import Reader


def status(reader: Reader) -> StageStatus:
    """Started when there is a corpus; one measured makes it done."""
    corpora = corpora_count(reader)
    if not corpora:
        return StageStatus("empty", ("not begun",))
    return StageStatus("started", (f"{corpora} corpora" if corpora > 1 else "1 corpus",))
