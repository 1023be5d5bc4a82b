"""Checking by a JSON schema (2020-12) within bounds, for answers and schemas are foreign.

A check ends after seconds whatever they hold, patterns run in an engine whose time grows with the text alone (Rust's
`regex`, as pydantic has it), and nothing that a schema names is fetched.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from functools import cache, lru_cache
from typing import Any

from genai_tui.answering.places import LONGEST_WHY, Path
from genai_tui.records.hashing import canonical_json

LIMIT_S = 2.0  # seconds of processor time that one check may take: how busy the machine is decides no score
_FOLLOWED = {"$ref": str, "pattern": str, "patternProperties": dict, "unevaluatedProperties": object}
_DATA = ("const", "default", "enum", "examples")  # keywords whose values are no schemas


class Unchecked(Exception):
    """The check came to no verdict: why."""


class _TooLongError(Exception):
    """The check has taken all its time."""


def errors(schema: Mapping[str, Any], value: Any) -> Iterator[tuple[Path, str]]:
    """Where a value breaks a schema that has no fault: path and sentence, in no certain order. Raises Unchecked."""
    from referencing.exceptions import Unresolvable

    try:
        for error in _validator(_bare(schema), time.thread_time() + LIMIT_S).iter_errors(value):
            nearest = _nearest(error)
            yield tuple(nearest.absolute_path), _sentence(nearest)
    except _TooLongError:
        raise Unchecked(f"The check took longer than {LIMIT_S:g} s and was stopped.") from None
    except RecursionError:
        raise Unchecked("The answer or its schema is nested too deeply to be checked.") from None
    except (ArithmeticError, ValueError, Unresolvable) as fault:
        raise Unchecked(f"The schema cannot be followed: {str(fault)[:LONGEST_WHY]}.") from None


def faults(schema: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """Where a schema is none, by JSON Schema 2020-12: path and sentence."""
    from jsonschema import Draft202012Validator

    meta = _bare(Draft202012Validator.META_SCHEMA)
    try:
        for error in _validator(meta, time.thread_time() + LIMIT_S, _specifications()).iter_errors(schema):
            nearest = _nearest(error)
            yield tuple(nearest.absolute_path), _sentence(nearest)
        for path, keyword, value in _keywords(schema, ()):
            if keyword == "$ref" and not _leads_somewhere(schema, value):
                yield path, f"`$ref` leads nowhere: {value[:80]}. Only `#/…` within the schema is followed."
            elif keyword in ("pattern", "patternProperties"):
                for each in [value] if isinstance(value, str) else value:
                    if why := _bad_pattern(each):
                        yield path, f"The pattern {each[:80]} cannot be used: {why}."
        if {"unevaluatedProperties", "patternProperties"} <= {word for _, word, _ in _keywords(schema, ())}:
            yield (), "`unevaluatedProperties` beside `patternProperties` cannot be checked within bounds."
    except RecursionError:
        yield (), "It is nested too deeply."
    except _TooLongError:
        yield (), f"It is so large that checking it takes longer than {LIMIT_S:g} s."


def _keywords(schema: Any, path: Path) -> Iterator[tuple[Path, str, Any]]:
    """Every `$ref`, `pattern`, `patternProperties` and `unevaluatedProperties` of a schema, with its path."""
    if isinstance(schema, dict):
        for key, value in schema.items():
            here = (*path, key)
            if isinstance(value, _FOLLOWED.get(key, ())):
                yield here, key, value
            if key not in _DATA:
                yield from _keywords(value, here)
    elif isinstance(schema, list):
        for number, item in enumerate(schema):
            yield from _keywords(item, (*path, number))


def _leads_somewhere(schema: Any, ref: str) -> bool:
    """Whether a `$ref` stays within the schema and, where it is a pointer, points at something."""
    if not ref.startswith("#/"):
        return ref.startswith("#")
    for step in ref[2:].split("/"):
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(schema, list) and name.isdigit() and int(name) < len(schema):
            schema = schema[int(name)]
        elif isinstance(schema, dict) and name in schema:
            schema = schema[name]
        else:
            return False
    return True


def _bare(schema: Any) -> Any:
    """A schema without `$schema`: a part of it that names a draft would be checked by that draft's own, unbounded."""
    if isinstance(schema, list):
        return [_bare(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: value if key in _DATA else _bare(value)
        for key, value in schema.items()
        if not (key == "$schema" and isinstance(value, str))
    }


@cache
def _specifications() -> Any:
    """The parts of the schema of schemas, bare too."""
    from jsonschema_specifications import REGISTRY  # type: ignore[import-untyped]
    from referencing.jsonschema import DRAFT202012, EMPTY_REGISTRY

    parts = ((uri, DRAFT202012.create_resource(_bare(REGISTRY.contents(uri)))) for uri in REGISTRY if "2020-12" in uri)
    return EMPTY_REGISTRY.with_resources(parts)


def _validator(schema: Any, end: float, registry: Any = None) -> Any:
    """A validator of the schema that raises `_TooLongError` once `end` (of the monotonic clock) has passed.

    Nothing is fetched: what a `$ref` names is in the schema, or in the registry.
    """
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend
    from referencing.jsonschema import EMPTY_REGISTRY

    def timed(check: Callable[..., Any]) -> Callable[..., Iterator[Any]]:
        def checked(validator: Any, wanted: Any, instance: Any, within: Any) -> Iterator[Any]:
            if time.thread_time() > end:
                raise _TooLongError
            yield from check(validator, wanted, instance, within) or ()

        return checked

    ours = {**Draft202012Validator.VALIDATORS, **_BOUNDED}
    bounded = extend(  # type: ignore[no-untyped-call]
        Draft202012Validator, {name: timed(check) for name, check in ours.items()}
    )
    return bounded(schema, registry=EMPTY_REGISTRY if registry is None else registry)


@lru_cache(256)
def _regex(pattern: str) -> Any:
    from pydantic_core import SchemaValidator, core_schema

    return SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex"))


def _bad_pattern(pattern: str) -> str:
    """Why a pattern cannot be used; empty where it can."""
    from pydantic_core import SchemaError

    try:
        _regex(pattern)
    except SchemaError as fault:
        return str(fault).rstrip().rpartition("\n")[2].removeprefix("error: ").strip().rstrip(".")[:LONGEST_WHY]
    return ""


def _matches(pattern: str, text: str) -> bool:
    return bool(_regex(pattern).isinstance_python(text.encode("utf-8", "replace").decode()))


def _pattern(_: Any, wanted: str, instance: Any, __: Any) -> Iterator[Any]:
    from jsonschema import ValidationError

    if isinstance(instance, str) and not _matches(wanted, instance):
        yield ValidationError("")


def _pattern_properties(validator: Any, wanted: Mapping[str, Any], instance: Any, _: Any) -> Iterator[Any]:
    for pattern, schema in wanted.items() if isinstance(instance, dict) else ():
        for key, value in instance.items():
            if _matches(pattern, key):
                yield from validator.descend(value, schema, path=key, schema_path=pattern)


def _additional_properties(validator: Any, wanted: Any, instance: Any, within: Mapping[str, Any]) -> Iterator[Any]:
    from jsonschema import ValidationError

    if not isinstance(instance, dict):
        return
    named, patterns = within.get("properties", {}), within.get("patternProperties", {})
    for key, value in instance.items():
        if key not in named and not any(_matches(pattern, key) for pattern in patterns):
            if wanted is False:
                yield ValidationError("", path=(key,))
            else:
                yield from validator.descend(value, wanted, path=key)


def _unique_items(_: Any, wanted: Any, instance: Any, __: Any) -> Iterator[Any]:
    from jsonschema import ValidationError

    if wanted and isinstance(instance, list):
        known: set[str] = set()
        for number, item in enumerate(instance):
            text = canonical_json(item)
            if text in known:
                yield ValidationError("", path=(number,))
                return
            known.add(text)


_BOUNDED = {
    "pattern": _pattern,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional_properties,
    "uniqueItems": _unique_items,
}


def _nearest(error: Any) -> Any:
    """Of the forms that a value may have (anyOf, oneOf), what is wrong with the one it comes nearest to."""
    while error.context:
        error = max(error.context, key=lambda each: (len(each.absolute_path), each.validator != "type"))
    return error


def _sentence(error: Any) -> str:
    """What is wrong, in words; long values are cut."""
    value, wanted = error.instance, error.validator_value
    match error.validator:
        case "type":
            names = [wanted] if isinstance(wanted, str) else list(wanted)
            return f"{_kind(value)} stands where {' or '.join(map(_named, names))} is expected."
        case "required":
            missing = [name for name in wanted if name not in value]
            return f"{', '.join(f'`{name}`' for name in missing)} is missing."[:LONGEST_WHY]
        case "additionalProperties" | "unevaluatedProperties":
            return "The schema does not allow this property."
        case "enum":
            return f"{_short(value)} is none of {_short(wanted)}."
        case "const":
            return f"{_short(value)} stands where {_short(wanted)} is expected."
        case "pattern":
            return f"{_short(value)} does not match the pattern {wanted[:80]}."
        case "anyOf" | "oneOf":
            return f"{_kind(value)} does not fit exactly one of {len(wanted)} forms."
        case "minimum" | "exclusiveMinimum" | "maximum" | "exclusiveMaximum" | "multipleOf":
            return f"{_short(value)} breaks {error.validator} {_short(wanted)}."
        case "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties" | "maxProperties":
            return f"Its length is {len(value):,}; {error.validator} is {_short(wanted)}."
        case "uniqueItems":
            return "The item stands twice."
    if error.validator is None:
        return "The schema allows nothing here."
    return f"It breaks `{error.validator}`: {_short(wanted)}."


def _kind(value: Any) -> str:
    kinds = {dict: "An object", list: "A list", str: "A text", bool: "A truth value", type(None): "null"}
    return kinds.get(type(value), f"The number {_short(value)}")


def _named(name: str) -> str:
    names = {"object": "an object", "array": "a list", "string": "a text", "boolean": "true or false"}
    return names.get(name, {"integer": "a whole number", "number": "a number"}.get(name, name))


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:79]}…"
