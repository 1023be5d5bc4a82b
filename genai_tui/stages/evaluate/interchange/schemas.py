"""JSON schemas as promptfoo holds answers to them: draft 7 as Ajv reads it, strict about words that it does not know.

Sources: https://ajv.js.org/strict-mode.html, https://ajv.js.org/packages/ajv-formats.html (its full formats).
"""

import json
import math
import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any
from urllib.parse import unquote

from genai_tui.records.javascript import as_text, double
from genai_tui.stages.evaluate.interchange.formats import FORMATS
from genai_tui.stages.evaluate.interchange.patterns import BadPattern, matches
from genai_tui.stages.evaluate.interchange.values import Malformed

_SCHEMAS = "http://json-schema.org/"
_DRAFT = f"{_SCHEMAS}draft-07/schema"
_ONE = ("not", "if", "then", "else", "contains", "propertyNames", "additionalItems", "additionalProperties", "items")
_LISTS = ("allOf", "anyOf", "oneOf", "items")
_NAMED = ("properties", "patternProperties", "dependencies")
_RULES = frozenset((
    *_ONE, *_LISTS, *_NAMED,
    *"$ref type nullable const enum format maximum minimum exclusiveMaximum exclusiveMinimum multipleOf maxLength "
     "minLength pattern maxItems minItems uniqueItems maxProperties minProperties required".split(),
))  # fmt: skip
_WORDS = _RULES | frozenset(
    "$id $schema $comment $defs $vocabulary $async definitions title description default examples deprecated readOnly "
    "writeOnly contentMediaType contentEncoding contentSchema".split()
)
_WHOLE = re.compile(r"-?\d+")


def schema_fault(schema: Any, data: Any) -> str | None:
    """Why data breaks a schema. Raises Malformed where the schema itself cannot be one, or has words nobody knows."""
    if isinstance(schema, bool | int | float):
        raise Malformed("assertion must have a string or object value")
    written = isinstance(schema, str)
    try:
        validator = _read(schema if written else json.dumps(schema), written)
        error = next(validator.iter_errors(data), None)
    except Malformed:
        raise
    except Exception as fault:  # noqa: BLE001 - a $ref that leads nowhere, by whatever name the library calls it
        raise Malformed(f"schema is invalid: {fault}") from fault
    if error is None:
        return None
    said = "boolean schema is false" if error.schema is False else error.message
    return f"JSON does not conform to the provided schema. Errors: {said}"


@lru_cache(64)
def _read(schema: str, written: bool) -> Any:
    """The validator of a schema: JSON, or as somebody has `written` it. Raises Malformed.

    It is kept: to read a schema takes fifty times as long as to hold an answer to it.
    """
    from genai_tui.datasets.yamls import read_yaml
    from genai_tui.errors import FileFault

    try:
        found = read_yaml(schema, "schema").plain() if written else json.loads(schema)
    except FileFault as fault:
        raise Malformed(f"schema is invalid: {fault.why}") from fault
    if isinstance(found, dict):
        _check(found)
    elif not isinstance(found, bool):
        raise Malformed("schema must be object or boolean")
    return _validator()(found, **_how())


@cache
def _validator() -> Any:
    """Draft 7, with what stands beside a `$ref`, with patterns of JavaScript's, and no number beyond all others."""
    from jsonschema.validators import Draft7Validator, create

    def number(_: Any, value: Any) -> bool:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(double(value))

    def nullable(validator: Any, kind: Any, value: Any, schema: Any) -> Iterator[Any]:
        if value is not None or not schema.get("nullable"):
            yield from Draft7Validator.VALIDATORS["type"](validator, kind, value, schema)

    meta: Any = Draft7Validator.META_SCHEMA
    some = {"type": "array", "minItems": 1, "uniqueItems": True}
    return create(
        {**meta, "properties": {**meta["properties"], "enum": some, "nullable": {"type": "boolean"}}},
        {
            **Draft7Validator.VALIDATORS,
            "type": nullable,
            "pattern": _pattern,
            "patternProperties": _pattern_properties,
            "additionalProperties": _additional_properties,
            "multipleOf": _multiple_of,
        },
        type_checker=Draft7Validator.TYPE_CHECKER.redefine("number", number),
        applicable_validators=lambda schema: schema.items() if isinstance(schema, dict) else (),
    )


@cache
def _how() -> dict[str, Any]:
    """The formats; and nowhere to look for what a `$ref` names, so that nothing is fetched."""
    from jsonschema import FormatChecker
    from referencing import Registry

    checker = FormatChecker(formats=())
    for name, holds in FORMATS.items():
        checker.checks(name)(holds)
    return {"format_checker": checker, "registry": Registry()}


def _pattern(validator: Any, pattern: str, value: Any, _: Any) -> Iterator[Any]:
    if validator.is_type(value, "string") and not _found(pattern, value):
        yield _broken(f'data must match pattern "{pattern}"')


def _pattern_properties(validator: Any, patterns: dict[str, Any], value: Any, _: Any) -> Iterator[Any]:
    for pattern, schema in patterns.items() if validator.is_type(value, "object") else ():
        for key, item in value.items():
            if _found(pattern, key):
                yield from validator.descend(item, schema, path=key)


def _additional_properties(validator: Any, schema: Any, value: Any, parent: Any) -> Iterator[Any]:
    for key, item in value.items() if validator.is_type(value, "object") else ():
        if key in parent.get("properties", ()):
            continue
        if any(_found(pattern, key) for pattern in parent.get("patternProperties", ())):
            continue
        if schema is False:
            yield _broken("data must NOT have additional properties")
        else:
            yield from validator.descend(item, schema, path=key)


def _multiple_of(validator: Any, divisor: float, value: Any, _: Any) -> Iterator[Any]:
    """The quotient is whole as JavaScript's parseInt reads it: not where it is written with an exponent."""
    if not validator.is_type(value, "number"):
        return
    whole = _WHOLE.match(as_text(value / divisor))
    if whole is None or float(whole[0]) != value / divisor:
        yield _broken(f"data must be multiple of {as_text(divisor)}")


def _broken(sentence: str) -> Any:
    from jsonschema.exceptions import ValidationError

    return ValidationError(sentence)


def _found(pattern: str, text: str, *, unicode: bool = True) -> bool:
    try:
        return matches(pattern, text, unicode=unicode)
    except BadPattern as fault:
        raise Malformed(f"Invalid regular expression: /{pattern}/{'u' * unicode}: {fault}") from fault


def _check(root: dict[str, Any]) -> None:
    """Look at a schema, and at each in it that is used. Raises Malformed for what Ajv cannot or will not read."""
    from jsonschema.exceptions import SchemaError

    draft = root.get("$schema")
    if draft and str(draft).removesuffix("#") != _DRAFT:
        raise Malformed(f'no schema with key or ref "{draft}"')
    try:
        _validator().check_schema(root, format_checker=None)
    except SchemaError as fault:
        raise Malformed(f"schema is invalid: {fault.message}") from fault
    seen: set[int] = set()
    left: list[Any] = [root]
    while left:
        schema = left.pop()
        if not isinstance(schema, dict) or id(schema) in seen:
            continue
        seen.add(id(schema))
        if sentence := _strictly(schema):
            raise Malformed(sentence)
        if "pattern" in schema:
            _found(schema["pattern"], "")
        reference = schema.get("$ref", "")
        if reference.startswith("#/"):
            left.append(_at(root, reference))
        elif reference.startswith(_SCHEMAS) and reference.removesuffix("#") != _DRAFT:
            raise Malformed(f"can't resolve reference {reference}")
        left += [schema[word] for word in _ONE if word in schema]
        left += [each for word in _LISTS if isinstance(schema.get(word), list) for each in schema[word]]
        left += [each for word in _NAMED if word in schema for each in schema[word].values()]


def _strictly(schema: dict[str, Any]) -> str:
    """What Ajv says of a schema in strict mode; empty where nothing."""
    if "id" in schema:
        return 'NOT SUPPORTED: keyword "id", use "$id" for schema ID'
    if unknown := [word for word in schema if word not in _WORDS]:
        return f'strict mode: unknown keyword: "{unknown[0]}"'
    if "format" in schema and schema["format"] not in FORMATS:
        return f'unknown format "{schema["format"]}" ignored in schema'
    if "nullable" in schema and "type" not in schema:
        return '"nullable" cannot be used without "type"'
    if schema.get("nullable") is False and "null" in schema["type"]:
        return "type: null contradicts nullable: false"
    if "if" in schema and "then" not in schema and "else" not in schema:
        return 'strict mode: "if" without "then" and "else" is ignored'
    if "if" not in schema and ("then" in schema or "else" in schema):
        return 'strict mode: "then" or "else" without "if" is ignored'
    if "additionalItems" in schema and not isinstance(schema.get("items"), list):
        return 'strict mode: "additionalItems" is ignored when "items" is not an array of schemas'
    patterns = schema.get("patternProperties", {})
    if any(each is False or (isinstance(each, dict) and _RULES & each.keys()) for each in patterns.values()):
        for pattern in patterns:
            _found(pattern, "")
            # Ajv compares the names without the flag u
            if both := [name for name in schema.get("properties", ()) if _found(pattern, name, unicode=False)]:
                return f"strict mode: property {both[0]} matches pattern {pattern} (use allowMatchingProperties)"
    return ""


def _at(root: Any, reference: str) -> Any:
    """What a reference within the schema leads to; None: nothing, which the validator says by itself."""
    for key in unquote(reference).removeprefix("#/").split("/"):
        key = key.replace("~1", "/").replace("~0", "~")
        root = root.get(key) if isinstance(root, dict) else None
    return root
