"""What the board says of Prompt."""

from genai_tui.records.stages import StageStatus
from genai_tui.store.facts import best_on_dev, latest_measured, tries, unfinished_on_dev
from genai_tui.store.prompts import latest_prompt
from genai_tui.store.reader import Reader


def status(reader: Reader) -> StageStatus:
    """Done when a version was tried; then the best score on dev, how far a stopped run came, or what tries say."""
    latest = latest_prompt(reader)
    tried = tries(reader)
    if latest is None:
        lines = ("no version",) if not tried.count else ("no version saved", _tried(tried.count))
        return StageStatus("started" if tried.count else "empty", lines)
    lines = (f"v{latest.number} {latest.examples.count}-shot",)
    best = best_on_dev(reader)
    if best is not None:
        whose = "" if best.prompt == latest.number else f"best v{best.prompt} "
        within = "" if best.low is None or best.high is None else f" ±{(best.high - best.low) / 2:.2f}"
        lines = (*lines, f"{whose}{best.value:.2f}{within}")
    elif (unfinished := unfinished_on_dev(reader)) is not None:
        from genai_tui.store.results import answers_count

        whose = "dev" if unfinished.prompt == latest.number else f"v{unfinished.prompt}"
        lines = (*lines, f"{whose} stopped: {answers_count(reader, unfinished.run):,} of {unfinished.n:,}")
    measured = latest_measured(reader)
    if tried.count or measured is None:
        lines = (*lines, _tried(tried.count))
    elif best is None:
        whose = "" if measured == latest.number else f"v{measured} "
        lines = (*lines, f"{whose}measured on some rows")
    if tried.judged and best is None:
        lines = (*lines, f"{tried.right} of {tried.judged} right")
    return StageStatus("done" if tried.count or measured is not None else "started", lines)


def _tried(count: int) -> str:
    return "not tried" if not count else "1 try" if count == 1 else f"{count:,} tries"
