"""JSON schemas as promptfoo holds answers to them: draft 7 as Ajv reads it, strict about words that it does not know.

Sources: https://ajv.js.org/strict-mode.html, https://ajv.js.org/packages/ajv-formats.html (its full formats).
"""

import math
from collections.abc import Iterator
from functools import cache
from typing import Any

from genai_tui.stages.evaluate.interchange.formats import FORMATS
from genai_tui.stages.evaluate.interchange.patterns import BadPattern, matches
from genai_tui.stages.evaluate.interchange.values import Malformed

_ONE = ("not", "if", "then", "else", "contains", "propertyNames", "additionalItems", "additionalProperties", "items")
_LISTS = ("allOf", "anyOf", "oneOf", "items")
_NAMED = ("properties", "patternProperties", "dependencies")
_WORDS = frozenset((
    *_ONE, *_LISTS, *_NAMED,
    *"$id $schema $ref $comment $defs $vocabulary $anchor $async definitions id title description default examples "
     "deprecated readOnly writeOnly contentMediaType contentEncoding contentSchema type nullable const enum format "
     "maximum minimum exclusiveMaximum exclusiveMinimum multipleOf maxLength minLength pattern maxItems minItems "
     "uniqueItems maxProperties minProperties required formatMaximum formatMinimum formatExclusiveMaximum "
     "formatExclusiveMinimum".split(),
))  # fmt: skip


def schema_fault(schema: Any, data: Any) -> str | None:
    """Why data breaks a schema. Raises Malformed where the schema itself cannot be one, or has words nobody knows."""
    from jsonschema.exceptions import SchemaError

    if isinstance(schema, str):
        from genai_tui.datasets.yamls import read_yaml
        from genai_tui.errors import FileFault

        try:
            schema = read_yaml(schema, "schema").plain()
        except FileFault as fault:
            raise Malformed(f"schema is invalid: {fault.why}") from fault
    if not isinstance(schema, dict | list):
        raise Malformed("assertion must have a string or object value")
    validator = _validator()
    try:
        validator.check_schema(schema)
        _check_words(schema)
        error = next(validator(schema, format_checker=_formats()).iter_errors(data), None)
    except SchemaError as fault:
        raise Malformed(f"schema is invalid: {fault.message}") from fault
    except Malformed:
        raise
    except Exception as fault:  # noqa: BLE001 - a $ref that leads nowhere, by whatever name the library calls it
        raise Malformed(f"schema is invalid: {fault}") from fault
    return None if error is None else f"JSON does not conform to the provided schema. Errors: {error.message}"


@cache
def _validator() -> Any:
    """Draft 7, with what stands beside a `$ref`, with patterns of JavaScript's, and no number beyond all others."""
    from jsonschema.validators import Draft7Validator, create

    def number(_: Any, value: Any) -> bool:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)

    def nullable(validator: Any, kind: Any, value: Any, schema: Any) -> Iterator[Any]:
        if value is not None or not schema.get("nullable"):
            yield from Draft7Validator.VALIDATORS["type"](validator, kind, value, schema)

    meta: Any = Draft7Validator.META_SCHEMA
    return create(
        {**meta, "properties": {**meta["properties"], "pattern": {}}},
        {**Draft7Validator.VALIDATORS, "type": nullable, "pattern": _pattern},
        type_checker=Draft7Validator.TYPE_CHECKER.redefine("number", number),
        applicable_validators=lambda schema: schema.items(),
    )


def _pattern(validator: Any, pattern: str, value: Any, _: Any) -> Iterator[Any]:
    from jsonschema.exceptions import ValidationError

    if not validator.is_type(value, "string"):
        return
    try:
        found = matches(pattern, value, unicode=True)
    except BadPattern as fault:
        raise Malformed(f"Invalid regular expression: {fault}") from fault
    if not found:
        yield ValidationError(f'data must match pattern "{pattern}"')


@cache
def _formats() -> Any:
    from jsonschema import FormatChecker

    checker = FormatChecker(formats=())
    for name, holds in FORMATS.items():
        checker.checks(name)(holds)
    return checker


def _check_words(root: Any) -> None:
    """Look at each schema that is used. Raises Malformed for a keyword, a format or a draft that Ajv does not know."""
    seen: set[int] = set()
    left = [root]
    while left:
        schema = left.pop()
        if not isinstance(schema, dict) or id(schema) in seen:
            continue
        seen.add(id(schema))
        for word, value in schema.items():
            if word not in _WORDS:
                raise Malformed(f'strict mode: unknown keyword: "{word}"')
            if word == "enum" and not value:
                raise Malformed("schema is invalid: data/enum must NOT have fewer than 1 items")
            if word == "format" and value not in FORMATS:
                raise Malformed(f'unknown format "{value}" ignored in schema')
            if word == "$schema" and "draft-07" not in str(value):
                raise Malformed(f'no schema with key or ref "{value}"')
            if word == "$ref" and str(value).startswith("#/"):
                left.append(_at(root, str(value)))
            left += [value] if word in _ONE and isinstance(value, dict) else []
            left += value if word in _LISTS and isinstance(value, list) else []
            left += value.values() if word in _NAMED and isinstance(value, dict) else []


def _at(root: Any, reference: str) -> Any:
    """What a reference within the schema leads to; None: nothing, which the validator says by itself."""
    for key in reference.removeprefix("#/").split("/"):
        key = key.replace("~1", "/").replace("~0", "~")
        root = root.get(key) if isinstance(root, dict) else None
    return root
