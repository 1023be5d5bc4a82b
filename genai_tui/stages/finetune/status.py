"""What the board says of Fine-tune."""

from genai_tui.records.stages import StageStatus
from genai_tui.store.reader import Reader


def status(reader: Reader) -> StageStatus:
    """Done when a model was made."""
    [[made, running]] = reader.rows(
        "SELECT (SELECT count(*) FROM artifact WHERE kind IN ('adapter', 'merged')), "
        "(SELECT count(*) FROM job WHERE kind = 'finetune' AND state IN ('queued', 'running'))"
    )
    if made:
        return StageStatus("done", (f"{made} model{'s' if made > 1 else ''} made",))
    return StageStatus("started", ("training",)) if running else StageStatus("empty", ("not started",))
