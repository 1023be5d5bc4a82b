"""What a test of a promptfoo configuration names as the answer: for scorers of ours beside its assertions."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from genai_tui.answering.render import NUNJUCKS, filled
from genai_tui.errors import GenaiError
from genai_tui.records.datasets import Example

PROMPTFOO = "promptfoo"  # the scorer that judges by all assertions
NONE, ASSERT, ERROR = 0, 1, 2  # why a row did not pass, in promptfoo's numbers


def with_named(example: Example) -> Example:
    """A test as a row that expects what its only equality demands, or nothing; any other row as it is."""
    expected = example.expected
    if not isinstance(expected, dict) or not isinstance(expected.get("assert"), list):
        return example
    assertions = expected["assert"]
    if not all(isinstance(each, dict) and isinstance(each.get("type"), str) for each in assertions):
        return example
    return replace(example, expected=named(assertions, example.inputs))


def named(assertions: Iterable[Mapping[str, Any]], inputs: Mapping[str, Any]) -> Any:
    """The value of the only assertion that demands equality, filled in; None where there is no such one."""
    equal = [each.get("value") for each in assertions if each["type"] == "equals"]
    if len(equal) != 1:
        return None
    [value] = equal
    if not isinstance(value, str) or not value.startswith(NUNJUCKS):
        return value
    try:
        return filled(value, inputs)
    except GenaiError:
        return None


def as_written(expected: Any) -> Any:
    """A test's assertions without the mark by which templates are known here; what is no test as it is."""
    if not isinstance(expected, dict) or not isinstance(expected.get("assert"), list):
        return expected
    return expected | {"assert": _unmarked(expected["assert"])}


def _unmarked(value: Any) -> Any:
    if isinstance(value, str):
        return value.removeprefix(NUNJUCKS)
    if isinstance(value, list):
        return [_unmarked(each) for each in value]
    return {key: _unmarked(each) for key, each in value.items()} if isinstance(value, dict) else value
