"""What the board says of Evaluate."""

from genai_tui.records.measured import WORN_OUT
from genai_tui.records.scales import Standing, sign_of
from genai_tui.records.scopes import Scope
from genai_tui.records.stages import StageState, StageStatus
from genai_tui.store.amounts import runs_count
from genai_tui.store.choices import choice
from genai_tui.store.facts import rows_in_use
from genai_tui.store.looks import looks
from genai_tui.store.measured import Measured, best_of, measured
from genai_tui.store.reader import Reader
from genai_tui.store.scopes import current_scope
from genai_tui.store.seen import SAID, mark_of, seen_of

_STANDINGS: dict[Standing, tuple[StageState, str]] = {
    "met": ("done", "MET"), "reached": ("attention", "reached, not met"), "missed": ("started", "not reached"),
}  # fmt: skip


def status(reader: Reader) -> StageStatus:
    """Done when the best candidate meets the target; attention where it only reaches it, or test is worn out.

    Attention also where the answers to the best one's rows were given away.
    """
    splits = rows_in_use(reader, choice(reader, "dataset"))
    runs = runs_count(reader)
    if not splits and not runs:
        return StageStatus("empty", ("no dataset",))
    rows = tuple(f"{name} {splits[name]:,}" for name in ("dev", "test") if splits.get(name))
    if not runs:
        return StageStatus("started", ("no run yet", *rows))
    scope, looked = current_scope(reader), looks(reader)
    best = best_of(measured(reader, scope.metric))
    state, lines = _of_best(reader, best, scope)
    if looked >= WORN_OUT:
        state = "attention"
    worn = ": worn out" if looked >= WORN_OUT else ""
    counted = f"{runs:,} run{'s' if runs > 1 else ''}"
    looks_said = "no look" if not looked else f"{looked:,} look{'s' if looked > 1 else ''}"
    return StageStatus(state, (*lines, counted, f"{looks_said} at test{worn}"))


def _of_best(reader: Reader, best: Measured | None, scope: Scope) -> tuple[StageState, tuple[str, ...]]:
    if best is None or best.value.value is None:
        return "started", (f"no whole run by {scope.metric}" if scope.metric else "no whole run",)
    value = best.value
    half = "" if value.low is None or value.high is None else f" ±{(value.high - value.low) / 2:.2f}"
    line = f"best {value.value:.2f}{half}"
    mark = mark_of(seen_of(reader, best.run))
    if mark is not None:
        return "attention", (line, f"! {SAID[mark]}")
    if scope.target is None:
        return "started", (line, "no target")
    state, said = _STANDINGS[best.standing(scope.target)]
    at_most = "" if sign_of(best.scorer) > 0 else "≤ "
    return state, (line, f"target {at_most}{scope.target:.2f}  {said}")
