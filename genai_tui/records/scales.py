"""Which way is better by a scorer, told by its name: lists and the board go by it, and load no scorer for that."""

from typing import Literal

from genai_tui.records.runs import Value

Standing = Literal["", "met", "reached", "missed"]

# By these less is better. Beside each the value of an answer with nothing wrong; None: a measure, by which no single
# answer is right or wrong.
_LESS: dict[str, float | None] = {
    "refusal": 0.0, "personal-data": 0.0, "ter": 0.0, "latency": None, "cost": None, "perplexity": None,
    "expected-perplexity": None,
}  # fmt: skip


def sign_of(scorer: str) -> int:
    """1 where more is better by a scorer, -1 where less is; `scorer` may have options behind a colon."""
    return -1 if _head(scorer) in _LESS else 1


def right_at(scorer: str) -> float | None:
    """The value from which on an answer is right by a scorer (at most that, where less is better); None: never said."""
    return _LESS.get(_head(scorer), 1.0)


def is_right(scorer: str, value: float | None) -> bool:
    """Whether a scorer has nothing against an answer; a measure has nothing against any that it has a value of."""
    best = right_at(scorer)
    return value is not None and (best is None or sign_of(scorer) * (value - best) >= 0)


def bound(scorer: str) -> str:
    """The sign between a metric and its target: at least, or at most."""
    return "≥" if sign_of(scorer) > 0 else "≤"


def reached(scorer: str, value: float, target: float) -> bool:
    """Whether a value is at the target or on its better side."""
    return sign_of(scorer) * (value - target) >= 0


def worse_end(scorer: str, value: Value) -> float | None:
    """The end of an interval that has to be at the target for it to be met: the low one, or the high one."""
    return value.low if sign_of(scorer) > 0 else value.high


def standing(scorer: str, value: Value | None, target: float | None) -> Standing:
    """Met where the worse end of the interval is at the target, reached where the value is; empty without either."""
    if value is None or value.value is None or target is None:
        return ""
    end = worse_end(scorer, value)
    if end is not None and reached(scorer, end, target):
        return "met"
    return "reached" if reached(scorer, value.value, target) else "missed"


def _head(scorer: str) -> str:
    return scorer.partition(":")[0]
