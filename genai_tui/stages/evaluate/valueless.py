"""Answers that a scorer gave no value, because it failed on them: how many, as it is told below a run and in JSON."""

from typing import TYPE_CHECKING, Any, NamedTuple

from genai_tui.records.counts import count
from genai_tui.records.scales import right_at
from genai_tui.store.scores import without_value

if TYPE_CHECKING:
    from genai_tui.records.runs import Run
    from genai_tui.store.reader import Reader


class Valueless(NamedTuple):
    """A scorer that gave `answers` no value; `reason` is that of the last of them."""

    scorer: str
    answers: int
    reason: str


def valueless(reader: "Reader", run: "Run") -> list[Valueless]:
    """The scorers of a run that failed on some of its answers. Reads all its scores."""
    return [Valueless(*each) for each in without_value(reader, run.id) if each[0] in run.scorers]


def valueless_lines(found: list[Valueless]) -> list[str]:
    """For people, below a run's scores."""
    return [f"  ! {_said(each)}: {each.reason}" for each in found]


def valueless_as_json(found: list[Valueless]) -> dict[str, Any]:
    """A key more of a run's document; none where there is nothing."""
    return {"without_value": [each._asdict() for each in found]} if found else {}


def _said(each: Valueless) -> str:
    told = f"{each.scorer} gave {count(each.answers, 'answer')} no value"
    if right_at(each.scorer) is None:
        return told
    return f"{told}, which {'counts' if each.answers == 1 else 'count'} as wrong"
