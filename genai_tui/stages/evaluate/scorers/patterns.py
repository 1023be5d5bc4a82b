"""Regular expressions, which may be foreign and may run for ever: each search has a time limit."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from genai_tui.errors import UsageFault
from genai_tui.records.datasets import Example
from genai_tui.records.generations import Generation
from genai_tui.stages.evaluate.scorers.base import NO_EXPECTED, Base, Verdict, accepted

LIMIT_S = 1.0
LONGEST_PATTERN = 5_000
LONGEST_WRITTEN_OUT = 200_000  # signs with each `{least,most}` as often as it is at least: so it is compiled
_PIECE = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{(\d+)(?:,\d*)?\}|.", re.DOTALL)


@dataclass(frozen=True)
class Regex(Base):
    """A pattern is found in the answer: `pattern`, or the expected text read as one; of a list any.

    `group` names or numbers the part that must be the expected text, where the pattern only says where it stands; `any`
    of its groups (all that was found, where it has none) or `all` of them. A search longer than a second is stopped and
    counts as not found.
    """

    pattern: str = ""
    case: bool = True
    group: str = ""

    immediate = False

    def __post_init__(self) -> None:
        if self.pattern:
            compiled(self.pattern, self.case)

    def judge(self, text: str, example: Example, generation: Generation) -> Verdict:
        """1 where it is found, and the group is as expected; else 0."""
        wanted = accepted(example.expected)
        patterns = [self.pattern] if self.pattern else wanted
        if not patterns or (self.group and not wanted):
            return NO_EXPECTED
        for pattern in patterns:
            try:
                found = compiled(pattern, self.case).search(text, timeout=LIMIT_S, concurrent=True)
            except TimeoutError:
                return Verdict(0.0, reason=f"The pattern took longer than {LIMIT_S:g} s and was stopped.")
            except UsageFault as fault:
                return Verdict(0.0, reason=fault.what)
            if found is not None:
                return self._found(found, wanted)
        return Verdict(0.0, reason="The pattern is not in it.")

    def _found(self, found: Any, wanted: list[str]) -> Verdict:
        if not self.group:
            return Verdict(1.0, found[0])
        if self.group in ("any", "all"):
            parts = [part for part in found.groups() or (found[0],) if part is not None]
        else:
            try:
                parts = [found[int(self.group) if self.group.isdigit() else self.group] or ""]
            except IndexError:
                return Verdict(0.0, reason=f"The pattern has no group {self.group}.")
        right = [part for part in parts if self._plain(part) in map(self._plain, wanted)]
        good = len(right) == len(parts) if self.group == "all" else bool(right)
        shown = right[0] if good and right else parts[0] if len(parts) == 1 and self.group != "all" else None
        return Verdict(float(good and bool(parts)), shown)

    def _plain(self, text: str) -> str:
        return text.strip() if self.case else text.strip().lower()


@lru_cache(256)
def compiled(pattern: str, case: bool = True) -> Any:
    """The pattern, for a search with `timeout`. Raises UsageFault for what is none."""
    import regex  # the standard library's cannot be stopped

    if len(pattern) > LONGEST_PATTERN:
        raise UsageFault(f"A pattern has at most {LONGEST_PATTERN:,} characters.")
    if written_out(pattern) > LONGEST_WRITTEN_OUT:
        raise UsageFault(f"A pattern asks for at most {LONGEST_WRITTEN_OUT:,} characters, repetitions counted.")
    try:
        return regex.compile(pattern, 0 if case else regex.IGNORECASE)
    except regex.error as fault:
        raise UsageFault(f"{pattern[:80]!r} is no regular expression: {fault}.") from fault


def written_out(pattern: str) -> int:
    """About how long a pattern is with its repetitions written out."""
    groups = [[0, 0]]  # of each open one: what it holds, and the last piece in it
    for piece in _PIECE.finditer(pattern):
        if piece[0] == "(":
            groups.append([0, 0])
        elif piece[0] == ")" and len(groups) > 1:
            inner = sum(groups.pop())
            groups[-1] = [sum(groups[-1]), inner]
        elif piece[1]:
            groups[-1][1] *= max(int(piece[1][:9]), 1)
        else:
            groups[-1] = [sum(groups[-1]), 1]
    return sum(map(sum, groups))


def search(pattern: str, text: str) -> Any:
    """The first match of a pattern of ours in a foreign text. Raises TimeoutError after a second."""
    return compiled(pattern).search(text, timeout=LIMIT_S, concurrent=True)


def findall(pattern: str, text: str) -> list[str]:
    """All matches of a pattern of ours in a foreign text. Raises TimeoutError after a second."""
    return [each[0] for each in compiled(pattern).finditer(text, timeout=LIMIT_S, concurrent=True)]


def without(text: str, patterns: tuple[str, ...]) -> str:
    """The text without what the patterns find. Raises UsageFault where a pattern takes too long."""
    for pattern in patterns:
        try:
            text = compiled(pattern).sub("", text, timeout=LIMIT_S, concurrent=True)
        except TimeoutError as fault:
            raise UsageFault(f"The pattern {pattern[:80]!r} takes longer than {LIMIT_S:g} s.") from fault
    return text
