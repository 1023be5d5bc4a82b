"""What a row of a dataset expects: as text, and whether an answer is exactly that."""

import json
from typing import Any


def answer_text(expected: Any) -> str:
    """An expected answer as the model would write it: text as it is, everything else as JSON."""
    return expected if isinstance(expected, str) else json.dumps(expected, ensure_ascii=False)


def accepted(expected: Any) -> list[str]:
    """The texts that are right: one, or any of a list; SQuAD's `{"text": […]}` is such a list. Empty for None."""
    if isinstance(expected, dict) and isinstance(expected.get("text"), list):
        expected = expected["text"]
    if isinstance(expected, list) and expected and all(isinstance(item, str) for item in expected):
        return list(expected)
    return [] if expected is None else [answer_text(expected)]


def exact_texts(expected: Any) -> list[str]:
    """Every text that is exactly what is expected: those that are accepted, and the whole of it as a model writes it.

    Empty for None.
    """
    return [] if expected is None else [*accepted(expected), answer_text(expected)]


def is_right(text: str, expected: Any) -> bool:
    """Whether an answer is exactly what is expected, white space around both left out: as the scorer `exact` says."""
    return any(text.strip() == each.strip() for each in exact_texts(expected))
