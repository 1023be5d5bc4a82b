"""What the board says of Scope."""

from genai_tui.records.scales import bound
from genai_tui.records.stages import StageState, StageStatus
from genai_tui.store.reader import Reader
from genai_tui.store.scopes import current_scope


def status(reader: Reader) -> StageStatus:
    """Done when problem, metric and target are there."""
    scope = current_scope(reader)
    lines = []
    if len(scope.tasks) == 1:
        lines.append("one task")
    elif scope.tasks:
        lines.append(f"{len(scope.tasks)} tasks")
    elif scope.problem:
        lines.append("problem stated")
    if scope.metric and scope.target is not None:
        lines.append(f"{scope.metric} {bound(scope.metric)} {scope.target:.2f}")
    elif scope.metric or scope.target is not None:
        lines.append("no target yet" if scope.metric else "no metric yet")
    if scope.latency_p95_s is not None:
        lines.append(f"p95 ≤ {_seconds(scope.latency_p95_s)}")
    state: StageState = "done" if scope.complete else "started" if scope.version else "empty"
    return StageStatus(state, tuple(lines) or ("not stated",))


def _seconds(value: float) -> str:
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:g} s"
