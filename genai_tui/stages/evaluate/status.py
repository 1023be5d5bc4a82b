"""What the board says of Evaluate."""

from genai_tui.records.stages import StageStatus
from genai_tui.store.choices import choice
from genai_tui.store.facts import rows_in_use
from genai_tui.store.reader import Reader


def status(reader: Reader) -> StageStatus:
    """Started when there is a dataset to measure on; a best run that meets the target makes it done."""
    splits = rows_in_use(reader, choice(reader, "dataset"))
    [[runs, looks]] = reader.rows("SELECT (SELECT count(*) FROM run), (SELECT count(*) FROM look WHERE split = 'test')")
    if not splits and not runs:
        return StageStatus("empty", ("no dataset yet",))
    rows = tuple(f"{name} {splits[name]:,}" for name in ("dev", "test") if splits.get(name))
    measured = "nothing measured" if not runs else f"{runs:,} run{'s' if runs > 1 else ''}"
    lines = (measured, " · ".join(rows)) if rows else (measured,)
    return StageStatus("started", (*lines, f"test looked at {looks}×") if runs else lines)
