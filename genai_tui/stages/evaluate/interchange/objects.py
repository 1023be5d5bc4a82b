"""JSON as promptfoo finds it in answers: objects among other text, and what is wrong with one by a schema."""

import re
from typing import Any

from genai_tui.stages.evaluate.interchange.values import Malformed, parsed

MOST_OBJECTS = 1_000  # braces in an answer that are tried as the beginning of an object
MOST_YAML = 100_000  # characters of an answer that are tried as YAML, which takes a second


def objects(text: str) -> list[Any]:
    """The objects in a text: JSON, or what YAML can read between braces that match; one that is cut off is closed."""
    from genai_tui.datasets.yamls import read_yaml
    from genai_tui.errors import FileFault

    ends, still_open = _braces(text)
    found: list[Any] = []
    place, yaml_left = 0, MOST_YAML
    for _ in range(MOST_OBJECTS):
        place = text.find("{", place)
        if place < 0:
            break
        end = ends.get(place, len(text))
        part = text[place:end] + "}" * still_open.get(place, 0)
        try:
            value = parsed(part)
        except ValueError:
            value = None
            if len(part) <= yaml_left:
                yaml_left -= len(part)
                try:
                    value = read_yaml(part, "answer").plain()
                except FileFault:
                    value = None
        if isinstance(value, dict | list):
            found.append(value)
            place = end
        else:
            place += 1
    return found


def _braces(text: str) -> tuple[dict[int, int], dict[int, int]]:
    """Where each brace that is closed ends, and how many closing ones each of the others lacks."""
    ends: dict[int, int] = {}
    opened: list[int] = []
    for brace in re.finditer("[{}]", text):
        if brace[0] == "{":
            opened.append(brace.start())
        elif opened:
            ends[opened.pop()] = brace.end()
    return ends, {place: len(opened) - depth for depth, place in enumerate(opened)}


def schema_fault(schema: Any, data: Any) -> str | None:
    """Why data breaks a schema. Raises Malformed where the schema itself cannot be one."""
    from jsonschema.exceptions import SchemaError
    from jsonschema.validators import Draft7Validator, Draft202012Validator

    if isinstance(schema, str):
        from genai_tui.datasets.yamls import read_yaml
        from genai_tui.errors import FileFault

        try:
            schema = read_yaml(schema, "schema").plain()
        except FileFault as fault:
            raise Malformed(f"schema is invalid: {fault.why}") from fault
    if not isinstance(schema, dict | list):
        raise Malformed("assertion must have a string or object value")
    validator: Any = Draft202012Validator if _is_new(schema) else Draft7Validator
    try:
        validator.check_schema(schema)
        error = next(validator(schema, format_checker=validator.FORMAT_CHECKER).iter_errors(data), None)
    except SchemaError as fault:
        raise Malformed(f"schema is invalid: {fault.message}") from fault
    except Exception as fault:  # noqa: BLE001 - a $ref that leads nowhere, by whatever name the library calls it
        raise Malformed(f"schema is invalid: {fault}") from fault
    return None if error is None else f"JSON does not conform to the provided schema. Errors: {error.message}"


def _is_new(schema: Any) -> bool:
    return isinstance(schema, dict) and ("$defs" in schema or "2020-12" in str(schema.get("$schema", "")))
