"""What the board says of Prompt."""

from genai_tui.records.stages import StageStatus
from genai_tui.store.facts import tries
from genai_tui.store.prompts import latest_prompt
from genai_tui.store.reader import Reader


def status(reader: Reader) -> StageStatus:
    """Done when a version was tried."""
    latest = latest_prompt(reader)
    tried = tries(reader)
    lines: tuple[str, ...]
    if latest is None:
        lines = ("no version yet",) if not tried.count else ("no version saved", _tried(tried.count))
        return StageStatus("started" if tried.count else "empty", lines)
    shots = latest.examples.count
    lines = (f"v{latest.number}, {latest.shots if shots < 2 else f'{shots} examples'}", _tried(tried.count))
    if tried.judged:
        lines = (*lines, f"{tried.right} of {tried.judged} right")
    return StageStatus("done" if tried.count else "started", lines)


def _tried(count: int) -> str:
    return "not tried yet" if not count else "1 try" if count == 1 else f"{count:,} tries"
