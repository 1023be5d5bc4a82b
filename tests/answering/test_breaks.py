"""Where an answer breaks its schema: the place to point at, the sentence, and an end whatever is checked."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from genai_tui.answering.breaks import Break, break_of, schema_fault
from genai_tui.answering.places import offset_of, strict_json

ITEM = {"type": "object", "properties": {"price": {"type": "number"}}, "required": ["price"],
        "additionalProperties": False}  # fmt: skip
SCHEMA = {
    "type": "object",
    "properties": {"items": {"type": "array", "items": ITEM}, "label": {"enum": ["a", "b"]}, "two words": {"const": 1}},
    "required": ["items"],
}


def broken(text: str, schema: dict[str, Any] = SCHEMA) -> Break:
    found = break_of(text, schema)
    assert found is not None
    return found


def test_an_answer_that_holds_breaks_nothing() -> None:
    assert break_of('{"items": [{"price": 1.5}], "label": "a", "more": [1]}', SCHEMA) is None


@pytest.mark.parametrize(
    ("text", "path", "at", "says"),
    [
        ('{"items": [{"price": 1},\n {"price": "2"}]}', "$.items[1].price", '"2"', "a number is expected"),
        ('{"items": [{"price": 1}, {"cost": 2}]}', "$.items[1]", '{"cost"', "`price` is missing"),
        ('{"items": [{"price": 1, "x": 2}]}', "$.items[0].x", "2}", "does not allow"),
        ('{"items": [], "label": "c"}', "$.label", '"c"', '["a", "b"]'),
        ('{"items": [], "two words": 2}', '$["two words"]', "2}", "1 is expected"),
        ('{"label": "c", "items": 3}', "$.label", '"c"', "none of"),  # the first in the text, not in the schema
        (' \n"text"', "$", '"text"', "an object is expected"),
        ('{"items": 1, "items": [1]}', "$.items[0]", "1]", "an object is expected"),  # the last of a key counts
    ],
)
def test_the_place_can_be_pointed_at(text: str, path: str, at: str, says: str) -> None:
    found = broken(text)
    assert (found.kind, found.path) == ("schema", path)
    assert text[found.offset :].startswith(at)
    assert text.split("\n")[found.line - 1][found.column - 1 :].startswith(at.split("\n")[0])
    assert says in found.sentence


@pytest.mark.parametrize(
    ("text", "kind", "line", "column", "says"),
    [
        ("", "json", 1, 1, "empty"),
        ("The label is a.", "json", 1, 1, "expecting value"),
        ('{"items": []}\nI hope that helps!', "json", 2, 1, "text follows"),
        ('{"items": [1,', "json", 1, 14, "before it is complete"),
        ('{"items":\n [{"price": NaN}]}', "json", 2, 13, "NaN"),
        ('{"items": ["NaN", -Infinity]}', "json", 1, 19, "-Infinity"),
        ("{'items': []}", "json", 1, 2, "double quotes"),
        ('```json\n{"items": []}\n```', "fenced", 1, 1, "what is in it holds"),
        ('\n```\n{"items": 1}\n```\n', "fenced", 2, 1, "a list is expected"),
        ('```json\n{"items": []}', "fenced", 1, 1, "fence"),
        ("```\n```\n", "fenced", 1, 1, "fence"),
        ("[" * 100_000, "json", 1, 1, "too deeply"),
        ("[" + "1" * 5000 + "]", "json", 1, 1, "digits"),
    ],
)
def test_what_is_no_json_says_where_it_ends_to_be_one(text: str, kind: str, line: int, column: int, says: str) -> None:
    found = broken(text)
    assert (found.kind, found.line, found.column) == (kind, line, column)
    assert says in found.sentence


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@given(JSON, st.sampled_from([None, 1, "\t"]), st.booleans(), st.data())
def test_a_path_leads_to_its_value_however_the_text_is_set(value: Any, indent: Any, plain: bool, data: Any) -> None:
    text = " " + json.dumps(value, indent=indent, ensure_ascii=plain)
    assert strict_json(text) == value
    path: list[str | int] = []
    while isinstance(value, (dict, list)) and value and data.draw(st.booleans()):
        step = data.draw(st.sampled_from(list(value) if isinstance(value, dict) else range(len(value))))
        path.append(step)
        value = value[step]
    assert json.JSONDecoder().raw_decode(text, offset_of(text, tuple(path)))[0] == value


def test_of_several_forms_the_nearest_is_told() -> None:
    schema = {"anyOf": [{"type": "null"}, {"type": "object", "properties": {"a": {"type": "integer"}}}]}
    found = broken('{"a": "x"}', schema)
    assert (found.path, found.sentence) == ("$.a", "A text stands where a whole number is expected.")


def test_a_response_format_is_the_schema_in_it() -> None:
    whole = {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}}
    assert broken("{}", whole).sentence == "`items` is missing."
    assert broken("[]", {"type": "json_object"}).kind == "schema"
    assert break_of("no json", {"type": "text"}) is None


FORMS = {"anyOf": [{"type": "string"}] * 200}
WIDE = {"items": {"allOf": [{"anyOf": [*FORMS["anyOf"], {"type": "integer"}]}] * 50}}  # every item holds, at last
LARGE = {"properties": {str(number): FORMS for number in range(2000)}}
DRAFT_7 = {"$schema": "http://json-schema.org/draft-07/schema#", "pattern": "^(a+)+$"}
HOSTILE = {
    "pattern": ({"pattern": "^(a+)+$"}, json.dumps("a" * 1_000_000 + "b"), "schema"),
    "pattern of a part": ({"properties": {"x": DRAFT_7}}, json.dumps({"x": "a" * 50 + "b"}), "schema"),
    "patternProperties": ({"patternProperties": {"^(a+)+$": False}}, json.dumps({"a" * 50 + "b": 1}), None),
    "additionalProperties": (
        {"patternProperties": {"^(a+)+$": True}, "additionalProperties": False}, json.dumps({"a" * 50 + "b": 1}),
        "schema",
    ),
    "look-around": ({"pattern": "(?=(a+)+$)"}, '"a"', "unchecked"),
    "loop": ({"$ref": "#"}, "1", "unchecked"),
    "deep": ({"items": {"$ref": "#"}}, "[" * 900 + "]" * 900, "unchecked"),
    "elsewhere": ({"$ref": "http://127.0.0.1:9/schema.json"}, "1", "unchecked"),
    "wide": (WIDE, json.dumps(list(range(200_000))), "unchecked"),
    "large": (LARGE, "{}", "unchecked"),
    "unlike": ({"uniqueItems": True}, json.dumps([[n, {"a": n}] for n in range(40_000)]), None),
    "one megabyte": ({"items": {"type": "integer"}}, json.dumps(list(range(150_000))), None),
    "no schema": ({"properties": 5}, "{}", "unchecked"),
    "numbers": ({"multipleOf": 1e-300}, "1" + "0" * 400, "unchecked"),
    "infinite": ({"type": "string"}, "1e999", "schema"),
    "fences": ({}, "```" * 300_000, "fenced"),
    "blanks": ({}, "```\n" + " \n" * 400_000, "fenced"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_check_ends_whatever_it_is_given(name: str) -> None:
    schema, text, kind = HOSTILE[name]
    found = break_of(text, schema)  # unbounded, most of these would take days
    assert (None if found is None else found.kind) == kind
    assert found is None or len(found.sentence) < 400


@pytest.mark.parametrize(
    ("text", "line", "column", "says"),
    [
        ('{\n "type": "objct"\n}', 2, 10, '"objct" is none of'),
        ('{"type": "object",}', 1, 19, "no JSON"),
        ("[]", 1, 1, "an object"),
        ('{"properties": {"a": {"pattern": "["}}}', 1, 34, "unclosed character class"),
        ('{"properties": {"a": {"patternProperties": {"(?=a)": {}}}}}', 1, 44, "look-around"),
        ('{"$ref": "#/$defs/a", "$defs": {"b": {}}}', 1, 10, "leads nowhere"),
        ('{"$ref": "https://example.org/s.json"}', 1, 10, "leads nowhere"),
        ('{"minLength": "x"}', 1, 15, "a whole number"),
        ('{"properties": {"a": 1}}', 1, 22, "expected"),
    ],
)
def test_a_schema_as_it_is_typed_names_the_place_of_its_fault(text: str, line: int, column: int, says: str) -> None:
    found = schema_fault(text)
    assert found is not None
    assert (found.line, found.column) == (line, column)
    assert says in found.sentence


@pytest.mark.parametrize(
    "schema",
    [
        SCHEMA,
        {},
        {"$schema": "https://json-schema.org/draft/2020-12/schema"},
        {"$ref": "#/$defs/a~1b", "$defs": {"a/b": {}}},
        {"type": "json_object"},
        {"const": {"pattern": "["}},
        {"properties": {"pattern": {"type": "string"}}},
    ],
)
def test_what_is_a_schema_has_no_fault(schema: dict[str, Any]) -> None:
    assert schema_fault(json.dumps(schema)) is None


KEYS = st.sampled_from(["a", "b", "c"])
LEAVES = st.sampled_from(
    [{"type": "integer"}, {"type": ["string", "null"]}, {"enum": ["a", 1, None]}, {"const": 1}, {"minimum": 1}, True,
     False, {"maxLength": 1}, {"pattern": "^a"}, {"minItems": 1}, {"uniqueItems": True}, {"required": ["a"]}, {}]
)  # fmt: skip
SCHEMAS = st.recursive(
    LEAVES,
    lambda inner: (
        st.fixed_dictionaries({"items": inner})
        | st.fixed_dictionaries(
            {"properties": st.dictionaries(KEYS, inner, max_size=2)},
            optional={"additionalProperties": inner, "patternProperties": st.dictionaries(KEYS, inner, max_size=2)},
        )
        | st.builds(
            lambda word, forms: {word: forms},
            st.sampled_from(["anyOf", "allOf", "oneOf"]),
            st.lists(inner, min_size=1, max_size=3),
        )
        | st.fixed_dictionaries({"not": inner})
    ),
    max_leaves=6,
).filter(lambda schema: isinstance(schema, dict))
VALUES = st.recursive(
    st.sampled_from(["a", "b", "ab", 0, 1, 1.0, None, True]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)


@given(SCHEMAS, VALUES)
def test_the_bounded_check_comes_to_the_verdict_of_the_standard_one(schema: dict[str, Any], value: Any) -> None:
    found = break_of(json.dumps(value), schema)
    assert (found is None) == Draft202012Validator(schema).is_valid(value)
    assert found is None or found.kind == "schema"
