"""Rules over test, the last word: when to measure on it, whether it can give that, and what follows from it."""

import math
import shlex
from collections.abc import Iterator

from genai_tui.advice.words import against_target, scored, takes
from genai_tui.records.counts import count
from genai_tui.records.intervals import Z, score_interval
from genai_tui.records.measured import WORN_OUT, MeasuredRun
from genai_tui.records.scales import bound, sign_of
from genai_tui.records.stages import Advice, ProjectFacts

TOO_MANY = 20  # times as many rows as there are: more than anybody would collect to show it


def met_on_test(facts: ProjectFacts) -> Iterator[Advice]:
    """Adapting is over: what is left is to make it small, to serve it and to hand it over."""
    best = facts.best("test")
    if best is None or best.standing(facts.scope_target) != "met":
        return
    evidence = [scored(best), against_target(facts, best)]
    if facts.shown.looks >= WORN_OUT:
        yield Advice(
            "evaluate",
            f"Collect new rows for test: it was looked at {facts.shown.looks} times, and {best.candidate} is the best "
            "of them by luck too.",
            (*evidence, f"From {WORN_OUT} looks on the best seems better by half the width of its interval."),
            "genai-tui data import FILE --split test",
        )
        return
    if best.parent:
        here = "until stage 7 does it, `finetune merge` writes the model as one GGUF file, at half the size if asked"
        command = f"genai-tui finetune merge {shlex.quote(best.model)} --half"
    else:
        here = "stage 7 does not do that yet; a gate in CI keeps what was reached"
        command = f"genai-tui eval gate {shlex.quote(best.candidate)} --split test"
    yield Advice(
        "deploy",
        f"{best.candidate} meets the target on test: quantise it and serve it ({here}).",
        tuple(evidence),
        command,
    )


def reached_on_test(facts: ProjectFacts) -> Iterator[Advice]:
    """At the target, but the interval straddles it: more rows would tell, or nothing sensible would."""
    best = facts.best("test")
    if best is None or best.standing(facts.scope_target) != "reached" or facts.scope_target is None:
        return
    rows = _rows_to_meet(best, facts.scope_target)
    if rows is None or rows > TOO_MANY * best.value.n:
        needed = "no number of rows" if rows is None else f"no less than ≈ {rows:,} rows"
        yield Advice(
            "evaluate",
            f"Nothing more can be shown with test as it is: {best.candidate} is at the target, and {needed} would "
            "tell it from just below.",
            (scored(best), against_target(facts, best)),
            f"genai-tui eval show {best.run}",
        )
        return
    yield Advice(
        "evaluate",
        f"Add ≈ {rows - best.value.n:,} rows to test: {best.candidate} reaches the target, and is not yet sure to.",
        (
            scored(best),
            against_target(facts, best),
            f"If its score stays, the end of its interval is at the target with ≈ {rows:,} rows.",
        ),
        "genai-tui data import FILE --split test",
    )


def on_test_once(facts: ProjectFacts) -> Iterator[Advice]:
    """At the target on dev, and never measured on test: the last word, once, where test can give it."""
    best = facts.best("dev")
    if best is None or facts.scope_target is None or best.standing(facts.scope_target) not in ("met", "reached"):
        return
    if any(run.candidate == best.candidate for run in facts.shown.measured if run.split == "test"):
        return
    fewest = _fewest(facts.scope_target, best)
    if facts.test_rows < fewest:
        yield Advice(
            "evaluate",
            f"Import rows for test, {fewest:,} at least: {best.candidate} is at the target on dev, and test has "
            f"{facts.test_rows:,}.",
            (
                scored(best),
                f"Of fewer than {fewest:,} rows not even all right ones would show {bound(best.scorer)} "
                f"{facts.scope_target:.2f}.",
            ),
            "genai-tui data import FILE --split test",
        )
        return
    standing = best.standing(facts.scope_target)
    looks = facts.shown.looks
    told = "dev was chosen by, and says too much" if standing == "met" else "dev reaches it, and does not show it"
    yield Advice(
        "evaluate",
        f"Measure {best.candidate} on test, once{takes(best, facts.test_rows)}: {told}.",
        (
            scored(best),
            against_target(facts, best),
            f"test has {count(facts.test_rows, 'row')}, and was looked at {looks} {'time' if looks == 1 else 'times'}.",
        ),
        f"genai-tui eval run {shlex.quote(best.candidate)} --split test",
    )


def below_on_test(facts: ProjectFacts) -> Iterator[Advice]:
    """At the target on dev, below it on test: dev was chosen by too often, or is too small."""
    best, dev = facts.best("test"), facts.best("dev")
    if best is None or dev is None or dev.standing(facts.scope_target) not in ("met", "reached"):
        return
    if best.standing(facts.scope_target) == "missed":
        yield Advice(
            "evaluate",
            "Add rows to dev, like those of test: dev promised more than test keeps.",
            (scored(dev), scored(best), "What is chosen by dev looks better on dev than it is."),
            "genai-tui data import FILE --split dev",
        )


def _rows_to_meet(run: MeasuredRun, target: float) -> int | None:
    """Rows with which the worse end of the interval would be at the target: its half shrinks with the root of n."""
    value = run.value
    end = value.low if sign_of(run.scorer) > 0 else value.high
    gap = abs(run.score - target)
    if end is None or gap == 0:
        return None
    return math.ceil(value.n * (abs(run.score - end) / gap) ** 2)


def _fewest(target: float, run: MeasuredRun) -> int:
    """Rows that show a share without one fault: n / (n + z²) at the target (score interval, Wilson 1927)."""
    wanted = target if sign_of(run.scorer) > 0 else 1 - target
    if not 0 < wanted < 1:
        return 1
    rows = math.ceil(wanted * Z * Z / (1 - wanted))
    while score_interval(rows, rows)[0] < wanted:  # rounding
        rows += 1
    return rows
