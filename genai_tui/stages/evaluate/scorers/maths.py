"""Mathematical answers: equal as mathematics, however they are written."""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import ClassVar

from genai_tui.records.datasets import Example
from genai_tui.records.generations import Generation
from genai_tui.stages.evaluate.scorers.base import NO_EXPECTED, Base, Verdict, accepted, short
from genai_tui.stages.evaluate.scorers.extra import needed
from genai_tui.stages.evaluate.scorers.extraction import last_line
from genai_tui.stages.evaluate.scorers.functions import Process

LIMIT_S = 5.0  # of simplifying one answer
_LONGEST = 100_000
_MARKED = re.compile(r"\$|\\[(\[]|boxed")
_BEFORE = re.compile(r"^.*\b(?:answer|result)(?:\s+is\b|\s*[:=：])", re.IGNORECASE)


@dataclass(frozen=True)
class Math(Base):
    """1 where the answer (in a box, in LaTeX, or the last expression) equals an expected one, by Math-Verify.

    `precision` are the decimals that numbers are rounded to; `sets=no` keeps `a ≤ x ≤ b` from equalling `[a, b]`.
    """

    precision: int = 6
    sets: bool = True

    immediate: ClassVar[bool] = False

    def __post_init__(self) -> None:
        needed("math_verify", self.name)

    def judge(self, text: str, example: Example, generation: Generation) -> Verdict:
        """1 or 0; one that takes too long to compare is 0."""
        wanted = accepted(example.expected)
        if not wanted:
            return NO_EXPECTED
        said = self._asked(text[-_LONGEST:], wanted)
        if said.get("value") == 0 and (stated := stated_in(text[-_LONGEST:])) is not None:
            again = self._asked(stated, wanted)
            said = again if again.get("value") else said
        if "error" in said:
            return Verdict(0.0, reason=short(said["error"]))
        found = Verdict(float(bool(said["value"])), reason=str(said.get("reason") or ""))
        return found._replace(reduced=None if said.get("reduced") is None else str(said["reduced"]))

    def _asked(self, text: str, wanted: list[str]) -> dict[str, object]:
        said: dict[str, object] = {}
        for each in wanted:
            question = {"precision": self.precision, "sets": self.sets}
            said = _process().ask({"text": text, "example": {"inputs": question, "expected": each}}, LIMIT_S)
            if said.get("value"):
                break
        return said


def stated_in(text: str) -> str | None:
    """The expression that a text without LaTeX's marks ends with: its last line, behind `answer is` and out of bold.

    None where that is the whole text, or something is marked.
    """
    line = last_line(text)
    if line is None or _MARKED.search(text):
        return None
    bare = _BEFORE.sub("", line, count=1).strip("*` \t").rstrip(".")
    return bare if bare and bare != text.strip() else None


@lru_cache(1)
def _process() -> Process:
    return Process(Path(__file__).with_name("processes") / "equality.py", "scored")
