"""Multiple choice: which letter an answer means."""

import re
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any

from genai_tui.records.datasets import Example
from genai_tui.records.generations import Generation
from genai_tui.stages.evaluate.scorers.base import NO_EXPECTED, Base, Verdict
from genai_tui.stages.evaluate.scorers.extraction import answer_line
from genai_tui.stages.evaluate.scorers.texts import normalized


@dataclass(frozen=True)
class Choice(Base):
    """The letter of the right choice; where the choices are known (inputs `choices`, or A, B, …), its text too.

    `letters` are those there are; without it as many as the example has choices, else ABCD.
    """

    letters: str = ""

    def judge(self, text: str, example: Example, generation: Generation) -> Verdict:
        """1 where it is the expected one, else 0; `label` is the letter it was read as."""
        if example.expected is None:
            return NO_EXPECTED
        choices = choices_of(example.inputs)
        letters = self.letters.upper() or (ascii_uppercase[: len(choices)] if choices else "ABCD")
        wanted = _letter(example.expected, choices, letters)
        stated = answer_line(text) or ""  # `Answer: blue` is the choice with that text, not B
        found = (_by_text(stated, choices) if len(stated) > 1 else None) or letter_of(text, letters)
        found = found or _by_text(text, choices)
        reason = "" if found else f"None of {', '.join(letters)} is chosen in it."
        return Verdict(float(found is not None and found == wanted), found, reason, label=found)


def after_answer_letter(text: str, letters: str = "ABCD") -> str | None:
    """The letter after the first `Answer:` (openai/simple-evals, ANSWER_PATTERN_MULTICHOICE)."""
    found = re.search(rf"(?i)Answer[ \t]*:[ \t]*\$?([{letters}])\$?", text)
    return found[1].upper() if found else None


def letter_of(text: str, letters: str = "ABCD") -> str | None:
    """The letter an answer means: after `Answer:`, alone, before its text (`B) …`), or `the answer is (B)`."""
    if found := after_answer_letter(text, letters):
        return found
    bare = text.strip()
    one = f"([{letters}{letters.lower()}])"
    ended = r"(?=[ \t]*(?:$|[.,;:!?)\]*\n]))"  # behind a small letter, which may be a word: the choice is a hard one
    sure = rf"((?:[{letters}]\b(?!')|[{letters.lower()}]{ended}))"
    for pattern in (
        rf"[\W_]*{one}[\W_]*",
        rf"[\W_]*([{letters}])[).:\]*]+\s.*",
        rf"(?s).*\b(?i:answer|option|choice)(?: is|=)?[ \t*]*+(?::[\s:*]*+)?[(\[*]*+\b{sure}.*",
        rf"(?s).*\\boxed\{{(?:\\text\{{)?\(?{one}\)?\}}?\}}.*",
    ):
        if matched := re.fullmatch(pattern, bare, re.DOTALL if "(?" not in pattern[:4] else 0):
            return matched[1].upper()
    return None


def choices_of(inputs: dict[str, Any]) -> list[str]:
    """The texts of the choices, where the example has them."""
    for name in ("choices", "options"):
        if isinstance(inputs.get(name), list):
            return [str(choice) for choice in inputs[name]]
    found = []
    for letter in ascii_uppercase:
        if letter not in inputs:
            break
        found.append(str(inputs[letter]))
    return found if len(found) > 1 else []


def _letter(expected: Any, choices: list[str], letters: str) -> str | None:
    """The expected choice, given as letter, place from 0, or text."""
    if isinstance(expected, int) and not isinstance(expected, bool):
        return letters[expected] if 0 <= expected < len(letters) else None
    text = str(expected).strip()
    bare = text.strip("().:").upper()
    if len(bare) == 1 and bare in letters:
        return bare
    return _by_text(text, choices)


def _by_text(text: str, choices: list[str]) -> str | None:
    same = [place for place, choice in enumerate(choices) if normalized(choice) == normalized(text)]
    return ascii_uppercase[same[0]] if len(same) == 1 and normalized(text) else None
