"""Whether a pattern of JavaScript's is found in a text, in bounded time; a text is what JavaScript sees of it."""

from functools import lru_cache
from typing import Any

from genai_tui.records.javascript import halved
from genai_tui.stages.evaluate.interchange.translation import BadPattern, to_regex
from genai_tui.stages.evaluate.interchange.values import Malformed
from genai_tui.stages.evaluate.scorers.patterns import LONGEST_WRITTEN_OUT, written_out

__all__ = ["PATTERN_S", "BadPattern", "matches"]

PATTERN_S = 2.0  # the most that one pattern may take


def matches(pattern: str, text: str, *, unicode: bool = False) -> bool:
    """Whether a pattern is found in a text; `unicode` is JavaScript's flag `u`.

    Raises BadPattern, and Malformed where it takes longer than PATTERN_S.
    """
    compiled = _compiled(pattern, unicode)
    try:
        return compiled.search(text if unicode else halved(text), timeout=PATTERN_S) is not None
    except TimeoutError as fault:
        raise Malformed(f"The pattern takes longer than {PATTERN_S:g} s") from fault


@lru_cache(256)
def _compiled(pattern: str, unicode: bool) -> Any:
    import regex

    ours = to_regex(pattern if unicode else halved(pattern), unicode=unicode)
    if written_out(ours) > LONGEST_WRITTEN_OUT:
        raise BadPattern("Regular expression too large")
    try:
        return regex.compile(ours)
    except regex.error as fault:
        raise BadPattern(str(fault)) from fault
