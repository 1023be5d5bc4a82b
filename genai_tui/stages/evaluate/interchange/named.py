"""What a test of a promptfoo configuration names as the answer: for scorers of ours beside its assertions."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from genai_tui.answering.render import NUNJUCKS, answer_text, filled
from genai_tui.errors import GenaiError
from genai_tui.records.datasets import Example

PROMPTFOO = "promptfoo"  # the scorer that judges by all assertions
NONE, ASSERT, ERROR = 0, 1, 2  # why a row did not pass, in promptfoo's numbers


def with_named(example: Example) -> Example:
    """A test as a row that expects what its only equality demands, or nothing; any other row as it is."""
    expected = example.expected
    if not is_test(expected):
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


def title_of(expected: Any, inputs: Mapping[str, Any]) -> str:
    """What a test is called: its description, else its variables; empty for what is no test."""
    if not is_test(expected):
        return ""
    variables = "; ".join(f"{name}: {answer_text(value)}" for name, value in inputs.items())
    return str(expected.get("description") or variables)


def plainly(expected: Any) -> Any:
    """A test's assertions as a reader understands them: `equals b; contains x`; what is no test as it is."""
    if not is_test(expected):
        return expected
    return "; ".join(_assertion(each) for each in expected["assert"]) or "no assertion"


def _assertion(written: Any) -> str:
    if not isinstance(written, dict):
        return answer_text(written)
    inner = written.get("assert")
    value = written.get("value") if inner is None else f"({'; '.join(map(_assertion, inner))})"
    said = answer_text(_unmarked(value)) if value is not None else ""
    return f"{written.get('type', '')} {said}".strip()


def is_test(expected: Any) -> bool:
    """Whether an expected answer is a test of a promptfoo configuration: it has assertions."""
    return isinstance(expected, dict) and isinstance(expected.get("assert"), list)


def as_written(expected: Any) -> Any:
    """A test's assertions without the mark by which templates are known here; what is no test as it is."""
    if not is_test(expected):
        return expected
    return expected | {"assert": _unmarked(expected["assert"])}


def _unmarked(value: Any) -> Any:
    if isinstance(value, str):
        return value.removeprefix(NUNJUCKS)
    if isinstance(value, list):
        return [_unmarked(each) for each in value]
    return {key: _unmarked(each) for key, each in value.items()} if isinstance(value, dict) else value
