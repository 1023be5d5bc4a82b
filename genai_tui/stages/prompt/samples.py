"""Several samples of one column, and what differs between them."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from genai_tui.records.generations import CANCELLED, Generation
from genai_tui.stages.prompt.diff import Line, Piece, line_difference

if TYPE_CHECKING:
    pass

AT_ONCE = 4
LONGEST_COMPARED = 4_000  # characters of an answer; longer ones are counted, and not compared word by word


class Distinct(NamedTuple):
    """One of the different answers: how often it came, its share of all, and its lines.

    The lines are those that it adds to, and takes from, the most frequent answer; of that one itself they are plain.
    """

    text: str
    times: int
    share: float
    lines: tuple[Line, ...]
    generations: tuple[int, ...]


class Agreement(NamedTuple):
    """What samples have in common: the distinct answers, the most frequent first, of `answered` of `asked`.

    `share` is that of the most frequent among those answered; None where none was.
    """

    distinct: tuple[Distinct, ...]
    asked: int
    answered: int
    share: float | None


def agreement(generations: Sequence[Generation | None]) -> Agreement:
    """What differs between samples; blank space at the ends does not count, and a cut or failed one is not answered.

    Compares word by word: call it in a thread where answers are long.
    """
    whole = [each for each in generations if each is not None and each.error is None]
    whole = [each for each in whole if each.finish_reason != CANCELLED]
    counts = Counter(each.text.strip() for each in whole)
    ranked = counts.most_common()  # of equally frequent ones, the first that came stands first
    distinct = tuple(
        Distinct(
            text,
            count,
            count / len(whole),
            _lines(ranked[0][0], text),
            tuple(each.id for each in whole if each.text.strip() == text),
        )
        for text, count in ranked
    )
    return Agreement(distinct, len(generations), len(whole), distinct[0].share if distinct else None)


def _lines(first: str, text: str) -> tuple[Line, ...]:
    if first == text or max(len(first), len(text)) > LONGEST_COMPARED:
        return tuple(Line("same", (Piece("same", line),)) for line in text.split("\n"))
    return tuple(line_difference(first.split("\n"), text.split("\n")))
