"""What came of a run, read from what was stored: the same for a run that was never interrupted and one that was."""

import math
from array import array
from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from genai_tui.errors import GenaiError
from genai_tui.records.runs import Percentiles, Result, Run, Value
from genai_tui.stages.evaluate.scorers.imported import scorer_of
from genai_tui.store.counting import rows_of
from genai_tui.store.outcomes import FailedBy, asked_for, exits_of, failures_in
from genai_tui.store.scores import ScoresOf
from genai_tui.terminal.log import log_defect

if TYPE_CHECKING:
    from genai_tui.store.reader import Reader


NAMES, WIDEST = 12, 40  # cells of the names of scores, and where a long one pushes its value aside


def result_of(reader: "Reader", run: Run) -> Result:
    """What the run found so far; reads all of it, so call it in a thread where a loop runs."""
    rows = rows_of(reader, run.id)
    groups = rows.examples if rows.repeated else None
    failed = sum(rows.failed)
    asked = asked_for(reader, run.id)
    unknown = asked.unpriced or (asked.answers and not asked.priced)  # no answer tells that there is a price
    costs = rows.known(rows.cost_usd, answered=True)
    return Result(
        n=len(rows),
        answered=len(rows) - failed,
        failed=failed,
        scores={name: _combined(run, name, ScoresOf(reader, name, rows.ids), groups) for name in run.scorers},
        input_tokens=int(sum(rows.known(rows.input_tokens))),
        output_tokens=int(sum(rows.known(rows.output_tokens))),
        tokens_guessed=any(rows.guessed),
        cost_usd=None if len(costs) < len(rows) - failed or (unknown and not costs) else math.fsum(costs),
        spent_usd=None if unknown else round(asked.known_usd, 12),  # a sum that goes by no order of answers
        latency_s=percentiles(rows.known(rows.latency_s, answered=True)),
        first_token_s=percentiles(rows.known(rows.first_token_s, answered=True)),
        requests=asked.requests,
        cache_hits=sum(rows.cached),
        elapsed_s=run.worked_s,
    )


def _combined(run: Run, name: str, scores: ScoresOf, groups: Sequence[Hashable] | None) -> Value:
    """The value of all scores of one scorer; none where it falls over them: the answers and all other scores stay."""
    scorer = scorer_of(run, name)
    try:
        return scorer.combine(scores, groups)
    except GenaiError:
        raise
    except Exception as fault:  # noqa: BLE001
        log_defect(fault)
        return Value(None, None, None, 0)


def as_it_stands(reader: "Reader", run: Run) -> Run:
    """A run with what came of it by now: read anew where none was summed up, or answers may have come since."""
    if run.result is None or run.state in ("running", "interrupted"):
        return replace(run, result=result_of(reader, run))
    return run


def percentiles(times: Sequence[float]) -> Percentiles:
    """p50, p95 and p99, interpolated between neighbours (Hyndman and Fan 1996, type 7)."""
    ordered = array("d", sorted(times))
    return Percentiles(*(_at(ordered, share) for share in (0.50, 0.95, 0.99)))


def _at(ordered: Sequence[float], share: float) -> float | None:
    if not ordered:
        return None
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def run_as_json(run: Run, candidate: str) -> dict[str, Any]:
    """A run as `eval run --json` prints it."""
    result = run.result
    head = {"run": run.id, "candidate": candidate, "split": run.split}
    tail = {"state": run.state, "planned": run.n} | ({"reason": run.reason} if run.reason else {})
    if result is None:
        return head | tail
    guessed = {"usage_guessed": True} if result.tokens_guessed else {}
    return {
        **head,
        "n": result.n,
        "answered": result.answered,
        "failed": result.failed,
        "scores": {name: value._asdict() for name, value in result.scores.items()},
        "usage": {"input_tokens": result.input_tokens, "output_tokens": result.output_tokens},
        **guessed,
        "cost_usd": result.cost_usd,
        "spent_usd": result.spent_usd,
        "latency_s": result.latency_s._asdict(),
        "first_token_s": result.first_token_s._asdict(),
        "requests": result.requests,
        "cache_hits": result.cache_hits,
        "elapsed_s": result.elapsed_s,
        **tail,
    }


def exit_of(reader: "Reader", run: Run) -> int:
    """The exit code of a run: 0 once anything was answered, else 2 where every failure is of that kind, else 3."""
    if run.result is None or run.result.answered or not run.result.n:
        return 0
    return 2 if exits_of(reader, run.id) == {2} else 3


def failures_of(reader: "Reader", run: Run, limit: int = 5) -> list[FailedBy]:
    """The commonest ways in which answers failed, the commonest first."""
    if run.result is None or not run.result.failed:
        return []
    return failures_in(reader, run.id, limit)


def failure_lines(failures: Sequence[FailedBy], failed: int, *, helps: bool = True) -> list[str]:
    """For people: how many of the `failed` answers failed in which way and, unless it is said elsewhere, what helps."""
    lines = []
    for each in failures:
        lines.append(f"  {each.answers:,} × {each.what} {each.why}".rstrip())
        lines += [f"      {each.do}"] if each.do and helps else []
    rest = failed - sum(each.answers for each in failures)
    return [*lines, f"  {rest:,} × in other ways"] if rest > 0 else lines


def dollars(usd: float | None) -> str:
    """US dollars for people; `$?` where the price is unknown."""
    if usd is None:
        return "$?"
    if usd == 0:
        return "$0"
    places = max(2, 1 - math.floor(math.log10(usd)))  # two digits that matter, never as 8e-05
    return f"${usd:.{places}f}" if places == 2 else f"${usd:.{places}f}".rstrip("0")


def score_text(run: Run) -> str:
    """The first score of a run for people: value, interval, n."""
    if run.result is None:
        return ""
    name = run.scorers[0]
    return f"{name} {value_text(run.result.scores[name])}"


def value_text(value: Value) -> str:
    """A value with its interval and n, for people."""
    if value.value is None:
        return "–"
    return f"{value.said()}, n = {value.n:,}"


def _said(value: Value, result: Result) -> str:
    return "–, no answer could be judged" if value.value is None and result.answered else value_text(value)


def run_lines(run: Run, candidate: str, dataset: str = "") -> list[str]:
    """A run for people."""
    of = f"{dataset} {run.split}".strip()
    rows = run.n // run.repeats
    first = "the first row" if rows == 1 else f"the first {rows:,} rows"
    part = f" ({first})" if run.rows is not None else ""
    head = f"run {run.id}  {candidate} over {of}{part}: {run.state}{f' ({run.reason})' if run.reason else ''}"
    result = run.result
    if result is None:
        return [head]
    failed = f"{result.failed:,} failed and {'counts' if result.failed == 1 else 'count'} as wrong"
    lines = [head, f"  answered {result.answered:,} of {run.n:,}, {failed if result.failed else 'none failed'}"]
    if result.n < run.n:
        lines.append(f"  {run.n - result.n:,} were not asked yet: genai-tui eval resume {run.id}")
    p50, p95, p99 = (f"{time * 1000:,.0f} ms" if time is not None else "–" for time in result.latency_s)
    latency = f"p50 {p50}, p95 {p95}, p99 {p99}" if result.latency_s.p50 is not None else "–"
    hits = f", {result.cache_hits:,} out of the cache" if result.cache_hits else ""
    guess = "≈ " if result.tokens_guessed else ""
    told = [
        *((name, _said(value, result)) for name, value in result.scores.items()),
        ("latency", latency),
        ("tokens", f"{guess}{result.input_tokens:,} in, {guess}{result.output_tokens:,} out"),
        ("cost", f"{dollars(result.cost_usd)}, spent {dollars(result.spent_usd)}"),
        ("requests", f"{result.requests:,}{hits}, {result.elapsed_s:,.1f} s"),
    ]
    width = min(WIDEST, max(NAMES, *(len(name) for name, _ in told)))
    return [*lines, *(f"  {name:<{width}} {said}" for name, said in told)]
