"""JSON schemas of promptfoo's assertions, held as Ajv holds them: expected values are what promptfoo gave."""

from functools import reduce
from typing import Any

import pytest

from genai_tui.stages.evaluate.interchange.verdicts import Answer, judge


@pytest.mark.parametrize(
    ("schema", "yes", "no"),
    [
        ({"format": "date-time"}, ['"2024-02-29T23:59:60Z"', "1"], ['"2024-02-30T00:00:00Z"', '"2024-01-01T00:00:00"']),
        ({"format": "email"}, ['"a.b@c.de"'], ['"a@b"', '"a b@c.de"']),
        ({"format": "uri"}, ['"urn:x"'], ['"not a uri"', '"2024"']),
        ({"format": "uuid"}, ['"f81d4fae-7dec-11d0-a765-00a0c91e6bf6"'], ['"f81d4fae"']),
        ({"format": "ipv4"}, ['"1.2.3.4"'], ['"01.2.3.4"', '"256.1.1.1"']),
        ({"format": "uri"}, ['"http://[::1]/"'], ['"http://[::::]/"', '"http://a/\\""']),
        ({"format": "uri-reference"}, ['"a\\"b"'], ['"a b"']),
        ({"format": "duration"}, ['"P1DT2H"'], ['"p1d"', '"P"']),
        ({"format": "regex"}, ['"a{,2}"'], ['"("', '"a\\\\Z"']),
        ({"format": "byte"}, ['"YQ=="', '"?\\nYQ=="'], ['"?"']),
        ({"format": "int32"}, ["2147483647", '"x"'], ["2147483648", "0.5"]),
        ({"type": "number"}, ["1", "1e3"], ["1e999", "true"]),
        ({"type": "integer", "nullable": True}, ["null", "1.0"], ["1.5"]),
        ({"pattern": r"^\p{L}+$"}, ['"é"'], ['"1"']),
        ({"pattern": "^.$"}, ['"😀"'], ['"ab"']),
        ({"multipleOf": 0.01}, ["0.06", "1"], ["0.07", "1e21"]),
        ({"patternProperties": {r"^\p{L}$": {"type": "number"}}}, ['{"é": 1, "ab": ""}'], ['{"é": ""}']),
        ({"patternProperties": {"^a": True}, "additionalProperties": False}, ['{"ab": 1}'], ['{"b": 1}']),
        ({"$schema": "http://json-schema.org/draft-07/schema"}, ["1"], []),
        ("true", ["1"], []),
        ("false", [], ["1"]),
        (0, ["1"], []),
    ],
)
def test_a_schema_holds_what_ajv_lets_it_hold(schema: Any, yes: list[str], no: list[str]) -> None:
    def passes(text: str) -> bool:
        return judge({"assert": [{"type": "is-json", "value": schema}]}, {}, Answer(text)).passed

    assert all(map(passes, yes))
    assert not any(map(passes, no))


def test_a_number_that_is_found_in_yaml_is_held_as_the_double_that_it_is() -> None:
    def passes(schema: Any) -> bool:
        found = judge({"assert": [{"type": "contains-json", "value": schema}]}, {}, Answer(f"{{a: 1{'0' * 400}}}"))
        assert not found.error, found.reason
        return found.passed

    assert not passes({"properties": {"a": {"type": "number"}}})
    assert passes({"properties": {"a": {"format": "int64"}}})


@pytest.mark.parametrize(
    "schema",
    [
        {"surprise": 1},
        {"properties": {"a": {"surprise": 1}}},
        {"format": "surprise"},
        {"enum": []},
        {"$schema": "https://json-schema.org/draft/2020-12/schema"},
        {"$ref": "#/definitions/none"},
        {"$ref": "http://json-schema.org/draft-04/schema#"},
        {"$ref": "#/definitions/a", "definitions": {"a": {"surprise": 1}}},
        {"if": {"type": "number"}},
        {"nullable": True},
        {"items": {}, "additionalItems": False},
        {"properties": {"a": {}}, "patternProperties": {"^a": {"type": "number"}}},
        {"pattern": "\\-"},
        {"properties": {"a": {}}, "patternProperties": {r"\u{61}{2}": {"type": "number"}}},
        {"properties": {r"\u{61}{2}": {}}, "patternProperties": {"(?<a": {"type": "number"}}},
        {"id": "x"},
        {"type": "nonsense"},
        reduce(lambda inner, _: {"not": inner}, range(400), {}),
    ],
)
def test_a_schema_that_ajv_does_not_take_is_an_error(schema: Any) -> None:
    found = judge({"assert": [{"type": "is-json", "value": schema}]}, {}, Answer("{}"))
    assert (found.passed, found.error) == (False, True)
    assert found.reason
