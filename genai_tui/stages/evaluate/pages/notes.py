"""What is said of a run beside its scores: what so many rows can show, the noise of repeats, why nothing came."""

from genai_tui.errors import GenaiError
from genai_tui.records.runs import Run
from genai_tui.records.scales import is_right
from genai_tui.stages.evaluate.pages.rows import RunRow
from genai_tui.stages.evaluate.results import failures_of
from genai_tui.store.reader import Reader


def none_wrong(row: RunRow) -> str:
    """What stands in place of wrong answers: that there are none, or that none came yet, or is listed yet."""
    if row.now is not None and not row.now.done:
        return "No answer came yet; those that are wrong will stand here."
    if row.now is not None and row.now.failed:
        return f"{row.now.failed:,} failed so far; they will stand here in a moment."
    if row.now is not None and row.value is not None and not is_right(row.run.scorers[0], row.value.value):
        return "Some are wrong; they will stand here in a moment."
    return "Nothing is wrong here." if row.run.state == "done" else "No answer is wrong so far."


def shows(run: Run) -> list[str]:
    """What so many examples can show, in a sentence; nothing where that is no difference, or not of shares."""
    from genai_tui.stages.evaluate.planning import plan_of

    try:
        found = plan_of(run)
    except GenaiError:
        return []
    if found is None or found.smallest_difference is None:
        return []
    return [f"{found.n:,} examples show {found.short()}."]


def all_failed(reader: Reader, run: Run) -> list[str]:
    """Why nothing was answered, by the commonest failure, and what to do about it."""
    return [" ".join(filter(None, (each.what, each.why, each.do))) for each in failures_of(reader, run, 1)]


def noisy(reader: Reader, run: Run) -> list[str]:
    """How far repeats of one example differ, in a sentence. Reads the whole run."""
    from genai_tui.stages.evaluate.planning import noise_of, noise_said

    said = noise_said(noise_of(reader, run))
    return [f"{said}."] if said else []
