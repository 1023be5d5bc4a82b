"""What an answer is held to, as people read it: a text as it is, a test of promptfoo by its assertions."""

import json
import re
from collections.abc import Mapping
from typing import Any

from genai_tui.answering.render import answer_text
from genai_tui.stages.evaluate.interchange.named import as_written

_TYPE = re.compile(r'"type":\s*"([^"]+)"')


def expected_said(expected: Any, between: str = "; ") -> str:
    """What is asked of an answer, by its assertions: `contains Say; equals No`; else the expected text."""
    test = as_written(expected)
    if not isinstance(test, dict) or not isinstance(test.get("assert"), list):
        return answer_text(expected)
    asked = [_assertion(each) for each in test["assert"]] or ["no assertion: any answer passes"]
    asked += [f"threshold {test['threshold']:g}"] if isinstance(test.get("threshold"), int | float) else []
    return between.join(asked)


def stored_said(stored: str) -> str:
    """The same of JSON as it is stored; of JSON that was cut, the types of the assertions that are left."""
    try:
        return expected_said(json.loads(stored))
    except ValueError:
        types = _TYPE.findall(stored) if is_stored_test(stored) else []
        return "; ".join([*types, "…"]) if types else stored


def is_stored_test(stored: str) -> bool:
    """Whether a text is a test of promptfoo as it is stored, whole or cut."""
    return stored.startswith('{"assert"')


def _assertion(asked: Any) -> str:
    if not isinstance(asked, Mapping) or not isinstance(asked.get("type"), str):
        return answer_text(asked)
    value = asked.get("value")
    if isinstance(asked.get("assert"), list):
        value = "; ".join(_assertion(each) for each in asked["assert"])
    said = (
        "" if value is None else ", ".join(map(answer_text, value)) if isinstance(value, list) else answer_text(value)
    )
    more = "".join(f", {name} {asked[name]}" for name in ("threshold", "weight") if asked.get(name) is not None)
    return f"{asked['type']} {said}".rstrip() + more
