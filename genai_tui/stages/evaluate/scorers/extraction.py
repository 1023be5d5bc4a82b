"""From what was answered to the answer: numbers after `####`, `Answer: X`, the last number, what is boxed."""

import re
import string
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from genai_tui.records.datasets import Example
from genai_tui.records.generations import Generation
from genai_tui.stages.evaluate.scorers.base import NO_EXPECTED, Base, Verdict, accepted
from genai_tui.stages.evaluate.scorers.numerals import number_of

Take = Literal["all", "hash", "number", "answer", "line", "boxed"]

_HASH = re.compile(r"#### (-?[0-9.,]+)")
FLEXIBLE = re.compile(r"(-?[$0-9.,]{2,})|(-?[0-9]+)")
_LINE = re.compile(r"answer[ \t*_]*[:：][ \t*_]*([^\n]+)", re.IGNORECASE)
_ANSWER = re.compile(r"ANSWER\s*:\s*", re.IGNORECASE)
_LETTER = re.compile(r"([A-Za-z])(?!\w)")
_WORD = re.compile(r"(\S+?)(?=[.,;:!?]?\s*(?:\n|$))")
_EDGES = "!?:;()[]{}'\"`"  # what clings to a number in prose; not % or <, which make it another one


def last_match(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """The last place where a pattern is found."""
    return next(iter(deque(pattern.finditer(text), maxlen=1)), None)


def after_hash(text: str) -> str | None:
    """The number after `#### `, without commas: GSM8K's own rule (grade-school-math, dataset.py)."""
    found = _HASH.search(text)
    return found[1].strip().replace(",", "") if found else None


def flexible_number(text: str) -> str | None:
    """The last thing that looks like a number, as it stands (lm-evaluation-harness, gsm8k `flexible-extract`)."""
    last = last_match(FLEXIBLE, text)
    return None if last is None else (last[1] or last[2]).strip()


def answer_line(text: str) -> str | None:
    """What stands after the last `Answer:`, to the end of its line, without marks of Markdown around it."""
    last = last_match(_LINE, text)
    return None if last is None else last[1].strip().strip("*_`").strip()


def last_line(text: str) -> str | None:
    """The last line that is not empty."""
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), None)


def boxed(text: str) -> str | None:
    r"""What the last `\boxed{…}` holds, by counting braces."""
    start = text.rfind("\\boxed{")
    if start < 0:
        return None
    depth = 0
    for place in range(start + 6, len(text)):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if not depth:
            return text[start + 7 : place]
    return None


_TAKERS: dict[str, Callable[[str], str | None]] = {
    "hash": after_hash,
    "number": flexible_number,
    "answer": answer_line,
    "line": last_line,
    "boxed": boxed,
}


def taken(text: str, how: Take) -> str | None:
    """The answer in a text; None where it is not there."""
    return text if how == "all" else _TAKERS[how](text)


@dataclass(frozen=True)
class Answer(Base):
    """What stands after `ANSWER:` is the expected text: its `form` is a letter, a word or the rest of the line.

    As inspect_ai's `answer`: the last one counts, a word ends its line, a line is the last of all; case is no matter.
    """

    form: Literal["letter", "word", "line"] = "line"

    def judge(self, text: str, example: Example, generation: Generation) -> Verdict:
        """1 where it is, else 0."""
        wanted = accepted(example.expected)
        if not wanted:
            return NO_EXPECTED
        found = after_answer(text, self.form)
        if found is None:
            return Verdict(0.0, reason="There is no ANSWER: in it.")
        return Verdict(float(found.lower() in {each.lower() for each in wanted}), found)


def after_answer(text: str, form: Literal["letter", "word", "line"]) -> str | None:
    """The part after `ANSWER:` in one of three forms (inspect_ai 0.3.285, `answer`).

    A letter and a word, which ends its line but for one sign, stand after the last one. A line is the last of the text.
    """
    places = [found.end() for found in _ANSWER.finditer(text)]
    if form == "line":
        text = text.rstrip()
        line = text.rfind("\n") + 1
        return next((text[place:] for place in places if line <= place < len(text)), None)
    found = (_LETTER if form == "letter" else _WORD).match(text, places[-1]) if places else None
    return None if found is None else found[1]


@dataclass(frozen=True)
class Match(Base):
    """The answer begins or ends with the expected text, has it anywhere, or is it: inspect_ai's `match`.

    `numeric` compares the first, last or any number of the answer as a number where one is expected; `60%` is not 60.
    """

    location: Literal["begin", "end", "any", "exact"] = "end"
    case: bool = False
    numeric: bool = False

    def judge(self, text: str, example: Example, generation: Generation) -> Verdict:
        """1 where it does, else 0."""
        wanted = accepted(example.expected)
        if not wanted:
            return NO_EXPECTED
        found: str | None = None
        for each in wanted:
            found, right = matched(text, each, self.location, case=self.case, numeric=self.numeric)
            if right:
                return Verdict(1.0, found)
        return Verdict(0.0, found)


def matched(text: str, target: str, location: str, *, case: bool = False, numeric: bool = False) -> tuple[str, bool]:
    """What the answer was reduced to, and whether it matches (inspect_ai, `match_str`)."""
    answer = text.strip()
    value, target = (answer, target.strip()) if case else (answer.casefold(), target.strip().casefold())
    if numeric:
        target = _plain_number(target)
        wanted = _token_number(target)
        if wanted is not None:
            return _matched_number(answer, _plain_number(value), _written(wanted), location)
    edges = string.whitespace + string.punctuation
    value, target = value.strip(edges), target.strip(edges)
    return answer, {
        "begin": value.startswith(target),
        "end": value.endswith(target),
        "exact": value == target,
        "any": target in value,
    }[location]


def _matched_number(answer: str, value: str, wanted: str, location: str) -> tuple[str, bool]:
    if location == "exact":
        whole = number_of(value)
        found = value if whole is None else _written(whole)
        return found, found == wanted
    numbers = [_written(number) for number in map(_token_number, value.split()) if number is not None]
    if location == "any":
        return (wanted, True) if wanted in numbers else (answer, False)
    found = "" if not numbers else numbers[0 if location == "begin" else -1]
    return found, found == wanted


def _token_number(token: str) -> float | None:
    number = number_of(token)
    return number_of(token.strip(_EDGES)) if number is None else number


def _plain_number(text: str) -> str:
    return re.sub(r"\.(?=\s|$|\D)", "", re.sub(r"\\?[$,£€*_]", "", text))


def _written(number: float) -> str:
    return format(number, ".5g")
