"""Lists of texts whose order does not count: each item is paired with the one it is most like."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from genai_tui.records.datasets import Example
from genai_tui.records.generations import Generation
from genai_tui.records.runs import Kind
from genai_tui.stages.evaluate.scorers.base import NO_EXPECTED, Base, Verdict, short, unjudged
from genai_tui.stages.evaluate.scorers.distances import similarity
from genai_tui.stages.evaluate.scorers.jsons import expected_json, found_in

MOST = 300  # items of a list: pairing takes the cube of it


@dataclass(frozen=True)
class List(Base):
    """How far a JSON list has what is expected, item by item by Levenshtein, over the longer of both.

    `extra=yes` does not mind items that nobody expects. As autoevals' ListContains.
    """

    extra: bool = False

    kind: ClassVar[Kind] = "mean"
    immediate: ClassVar[bool] = False

    def judge(self, text: str, example: Example, generation: Generation) -> Verdict:
        """From 0 to 1."""
        wanted = expected_json(example.expected)
        if not isinstance(wanted, list):
            return NO_EXPECTED if wanted is None else unjudged("What is expected is no list.")
        try:
            found = found_in(text)
        except ValueError as fault:
            return Verdict(0.0, reason=f"{short(fault)}.".capitalize())
        if not isinstance(found, list) or len(found) > MOST or len(wanted) > MOST:
            return Verdict(0.0, reason=f"It is no list of at most {MOST} items.")
        return Verdict(covered(list(map(str, found)), list(map(str, wanted)), extra=self.extra))


def covered(found: Sequence[str], wanted: Sequence[str], *, extra: bool = False) -> float:
    """The likeness of the best pairing, over the longer list; over the expected one where `extra` items may be."""
    if not found or not wanted:
        return float(not found and not wanted)
    likeness = [[similarity(a, b) for b in wanted] for a in found]
    return best_pairing(likeness) / (len(wanted) if extra else max(len(found), len(wanted)))


def best_pairing(worth: Sequence[Sequence[float]]) -> float:
    """The largest sum of one value of each row and column (Kuhn 1955, by shortest paths as Jonker and Volgenant)."""
    if len(worth) > len(worth[0]):
        worth = list(zip(*worth, strict=True))
    rows, columns = len(worth), len(worth[0])
    row_price, column_price = [0.0] * (rows + 1), [0.0] * (columns + 1)
    row_of = [0] * (columns + 1)
    for row in range(1, rows + 1):
        row_of[0], column = row, 0
        least, before, done = [float("inf")] * (columns + 1), [0] * (columns + 1), [False] * (columns + 1)
        while row_of[column]:
            done[column] = True
            current, gap, nearest = row_of[column], float("inf"), 0
            for place in range(1, columns + 1):
                if done[place]:
                    continue
                cost = -worth[current - 1][place - 1] - row_price[current] - column_price[place]
                if cost < least[place]:
                    least[place], before[place] = cost, column
                if least[place] < gap:
                    gap, nearest = least[place], place
            for place in range(columns + 1):
                if done[place]:
                    row_price[row_of[place]] += gap
                    column_price[place] -= gap
                else:
                    least[place] -= gap
            column = nearest
        while column:
            row_of[column] = row_of[before[column]]
            column = before[column]
    return sum(worth[row_of[place] - 1][place - 1] for place in range(1, columns + 1) if row_of[place])
