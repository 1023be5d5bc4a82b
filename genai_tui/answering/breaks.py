"""Where an answer breaks its JSON schema, and whether a schema is one."""

from collections.abc import Mapping
from functools import lru_cache
from itertools import islice
from typing import Any, Literal, NamedTuple

from genai_tui.answering.places import NotJson, Path, offset_of, spot, strict_json, written
from genai_tui.answering.schemas import Unchecked, errors, faults
from genai_tui.records.hashing import canonical_json

Kind = Literal["json", "fenced", "schema", "unchecked"]
MOST = 20  # faults of which the first in the text is told
_FENCE = "```"


class Break(NamedTuple):
    """Where a text is not what it should be: `offset` in characters from 0, `line` and `column` from 1.

    `kind`: no JSON; JSON in a fence of ```, which a program that reads JSON refuses; JSON that breaks the schema;
    or unchecked, which is no verdict on the answer (the schema has a fault, or the check took too long).
    """

    kind: Kind
    sentence: str
    path: str
    offset: int
    line: int
    column: int


def break_of(text: str, output: Mapping[str, Any]) -> Break | None:
    """The first place where an answer breaks its schema; None where it holds. Call it in a thread.

    `output` is a JSON schema or a whole `response_format`.
    """
    schema = schema_of(output)
    if schema is None:
        return None
    try:
        value = strict_json(text)
    except NotJson as fault:
        return _no_json(text, fault, output)
    try:
        why = _fault(canonical_json(schema))
    except RecursionError:
        why = "it is nested too deeply."
    if why:
        return _break("unchecked", text, 0, f"The schema has a fault: {why}")
    found: list[tuple[int, Path, str]] = []
    try:
        for path, said in islice(errors(schema, value), MOST):
            found.append((offset_of(text, path), path, said))
    except Unchecked as unchecked:
        if not found:
            return _break("unchecked", text, 0, str(unchecked))
    if not found:
        return None
    offset, path, said = min(found, key=lambda each: each[0])
    return _break("schema", text, offset, said, path)


def schema_fault(text: str) -> Break | None:
    """What is wrong with the text of a schema, and where; None where it is one. Call it in a thread."""
    try:
        value = strict_json(text)
    except NotJson as fault:
        return _break("json", text, fault.offset, f"The schema is no JSON: {fault}.")
    if not isinstance(value, dict):
        return _break("schema", text, 0, "A schema is an object: {…}.")
    schema = schema_of(value)
    if schema is None or schema is not value:
        return None  # a response format, as the endpoint wants it
    path, why = next(faults(schema), ((), ""))
    return _break("schema", text, offset_of(text, path), why, path) if why else None


def schema_of(output: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The JSON schema of an output; None where it asks for text only. A `response_format` holds one, or any object."""
    if set(output) <= {"type", "json_schema"}:
        if output.get("type") == "text":
            return None
        if output.get("type") == "json_object":
            return {"type": "object"}
        inner = output.get("json_schema")
        if isinstance(inner, dict):
            schema = inner.get("schema")
            return schema if isinstance(schema, dict) else {}
    return output


def _no_json(text: str, fault: NotJson, output: Mapping[str, Any]) -> Break:
    if not text.strip():
        return _break("json", text, 0, "The answer is empty.")
    if text.lstrip().startswith(_FENCE):
        inner = text.strip().partition("\n")[2].removesuffix(_FENCE)
        if inner.lstrip().startswith(_FENCE):
            return _break("fenced", text, text.index(_FENCE), "The answer stands in fences of ```, and is no JSON.")
        broken = break_of(inner, output)
        rest = "what is in it holds." if broken is None else f"and in it: {broken.sentence}"
        return _break("fenced", text, text.index(_FENCE), f"The JSON stands in a fence of ```; {rest}")
    return _break("json", text, fault.offset, f"It is no JSON: {fault}.")


def _break(kind: Kind, text: str, offset: int, said: str, path: Path = ()) -> Break:
    return Break(kind, said, written(path), *spot(text, offset))


@lru_cache(8)
def _fault(schema: str) -> str:
    """The fault of a schema (canonical JSON) with its path; empty where it has none."""
    path, why = next(faults(strict_json(schema)), ((), ""))
    return f"{written(path)}: {why}" if why else ""
