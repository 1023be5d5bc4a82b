"""Values as JavaScript writes them. What is wanted was written by Node's String() and JSON.stringify()."""

import json
from typing import Any

import pytest

from genai_tui.records.javascript import as_json, as_text


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (1.0, "1"), (-0.0, "0"), (0.5, "0.5"), (1e21, "1e+21"), (1.5e300, "1.5e+300"), (1e20, "100000000000000000000"),
        (123456789.125, "123456789.125"), (1e-6, "0.000001"), (0.00001234, "0.00001234"), (1e-7, "1e-7"),
        (-1.25e-9, "-1.25e-9"), (5e-324, "5e-324"), (float("inf"), "Infinity"), (float("nan"), "NaN"),
        (2**53 + 1, "9007199254740992"), (12345678901234567890, "12345678901234567000"), (10**21, "1e+21"),
        (-(10**400), "-Infinity"), (10**400, "Infinity"), (None, "null"), (True, "true"), ("a", "a"),
        ([1.0, None, [2.5]], "1,,2.5"), ({}, "[object Object]"),
    ],
)  # fmt: skip
def test_a_value_is_written_as_javascript_writes_it(value: Any, said: str) -> None:
    assert as_text(value) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (1e-7, "1e-7"), (2.0, "2"), (float("nan"), "null"), (None, "null"), (False, "false"), ("é\"\n", '"é\\"\\n"'),
        ({"a": [1.0, {}], "b": []}, '{"a":[1,{}],"b":[]}'), ({1: "x"}, '{"1":"x"}'),
        ({"b": 0, "2": 1, "1": 2, "01": 3}, '{"1":2,"2":1,"b":0,"01":3}'), ("\ud83d", '"\\ud83d"'),
        ([10**400, -(10**400)], "[null,null]"),
    ],
)  # fmt: skip
def test_a_value_is_json_as_javascript_writes_it(value: Any, said: str) -> None:
    assert as_json(value) == said


def test_json_with_spaces_has_an_item_a_line() -> None:
    value = {"a": [1, {"b": None}], "c": {}, "d": [], "e": "x"}
    assert as_json(value, 2) == json.dumps(value, indent=2)
