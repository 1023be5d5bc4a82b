"""Answers that are to be JSON: whether they are, whether they hold a schema, and which fields are right."""

import json
import re
from dataclasses import dataclass
from typing import Any, ClassVar

from genai_tui.errors import UsageFault
from genai_tui.records.datasets import Example
from genai_tui.records.generations import Generation
from genai_tui.records.hashing import canonical_json
from genai_tui.records.runs import Kind
from genai_tui.stages.evaluate.scorers.base import NO_EXPECTED, Base, Verdict, short, unjudged
from genai_tui.stages.evaluate.scorers.distances import similarity
from genai_tui.stages.evaluate.scorers.numeric import nearness

_NOTHING = object()


def strict(text: str) -> Any:
    """The value of a text that is JSON and nothing else. Raises ValueError, with the reason."""
    try:
        return json.loads(text, parse_constant=_no_number)
    except RecursionError as fault:
        raise ValueError("it is nested too deeply") from fault


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


def _fenced(text: str) -> list[str]:
    """What stands in fences of ```, without the word behind the opening one."""
    parts = text.split("```")
    return [part.partition("\n")[2] for part in parts[1:-1:2] if "\n" in part]


def expected_json(value: Any) -> Any:
    """What is expected, where it was written as JSON in a cell of a table: an object or a list; else as it stands."""
    if not isinstance(value, str) or not value.lstrip().startswith(("{", "[")):
        return value
    try:
        return strict(value)
    except ValueError:
        return value


def found_in(text: str) -> Any:
    """The JSON of an answer: all of it, what stands in its last fence, or the first object or list in it.

    Raises ValueError where there is none.
    """
    for candidate in (text, *reversed(_fenced(text))):
        try:
            return strict(candidate)
        except ValueError:
            continue
    decoder = json.JSONDecoder(parse_constant=_no_number)
    for place in list(re.finditer(r"[{\[]", text))[:50]:
        try:
            return decoder.raw_decode(text, place.start())[0]
        except (ValueError, RecursionError):
            continue
    raise ValueError("there is no JSON in it")


@dataclass(frozen=True)
class JsonValid(Base):
    """The answer is a JSON object or list and nothing else; `scalars` takes numbers, texts and null too.

    `fenced` takes JSON in a fence of ```, which a program that reads JSON does not.
    """

    scalars: bool = False
    fenced: bool = False

    def judge(self, text: str, example: Example, generation: Generation) -> Verdict:
        """1 or 0, with what is wrong."""
        bare = text.strip()
        if self.fenced and bare.startswith("```") and bare.endswith("```") and len(inside := _fenced(bare)) == 1:
            text = inside[0]
        try:
            value = strict(text)
        except ValueError as fault:
            return Verdict(0.0, reason=f"It is no JSON: {short(fault)}")
        if not self.scalars and not isinstance(value, dict | list):
            return Verdict(0.0, reason="It is JSON, but neither an object nor a list.")
        return Verdict(1.0)


@dataclass(frozen=True)
class JsonSchema(Base):
    """The answer is JSON that holds a schema: `schema`, else the prompt's output schema, else the expected answer."""

    schema: str = ""

    immediate: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if self.schema:
            from genai_tui.answering.breaks import schema_fault

            fault = schema_fault(self.schema)
            if fault is not None:
                raise UsageFault(f"The schema of the scorer json-schema has a fault: {fault.sentence}")

    def judge(self, text: str, example: Example, generation: Generation) -> Verdict:
        """1 where it holds, else 0 with the first place where it breaks."""
        from genai_tui.answering.breaks import break_of

        schema = json.loads(self.schema) if self.schema else expected_json(example.expected)
        if not isinstance(schema, dict):
            return unjudged("There is no schema: neither the prompt's nor the example's, and none was given.")
        found = break_of(text, schema)
        if found is None:
            return Verdict(1.0)
        if found.kind == "unchecked":
            return unjudged(found.sentence)
        return Verdict(0.0, reason=f"{found.path}, line {found.line}: {found.sentence}", detail={"kind": found.kind})


@dataclass(frozen=True)
class JsonFields(Base):
    """The share of the expected object's fields that the answer has right; texts but for white space, numbers equal.

    `field` names those that count (dotted, repeatable); without it all leaves. `whole` makes it one or nothing.
    """

    field: tuple[str, ...] = ()
    whole: bool = False

    kind: ClassVar[Kind] = "mean"

    def judge(self, text: str, example: Example, generation: Generation) -> Verdict:
        """The share, with each field in `detail`."""
        wanted = expected_json(example.expected)
        if not isinstance(wanted, dict):
            return NO_EXPECTED if example.expected is None else unjudged("What is expected is no object.")
        paths = self.field or tuple(_leaves(wanted))
        if self.field and all(_at(wanted, path) is _NOTHING for path in paths):
            return unjudged(f"The expected object has no field {short(', '.join(paths))}.")
        try:
            found = found_in(text)
        except ValueError as fault:
            return Verdict(0.0, reason=f"{short(fault)}.".capitalize())
        right = {path: _same(_at(found, path), _at(wanted, path)) for path in paths}
        wrong = [path for path, good in right.items() if not good]
        value = float(not wrong) if self.whole else 1 - len(wrong) / len(right) if right else float(found == wanted)
        return Verdict(value, _shown(found), f"Wrong: {short(', '.join(wrong))}" if wrong else "", detail=right)


def _shown(found: Any) -> str:
    try:
        return canonical_json(found)
    except ValueError:  # a number beyond all floats
        return json.dumps(found, ensure_ascii=False)


def _leaves(value: dict[str, Any], before: str = "") -> list[str]:
    found = []
    for key, item in value.items():
        path = f"{before}{key}"
        found += _leaves(item, f"{path}.") if isinstance(item, dict) and item else [path]
    return found


def _at(value: Any, path: str) -> Any:
    if isinstance(value, dict) and path in value:
        return value[path]
    head, dot, rest = path.partition(".")
    return _at(value[head], rest) if dot and isinstance(value, dict) and head in value else _NOTHING


def _same(found: Any, wanted: Any) -> bool:
    if isinstance(found, str) and isinstance(wanted, str):
        return found.strip() == wanted.strip()
    if isinstance(found, bool) or isinstance(wanted, bool):
        return found is wanted
    return bool(found == wanted)


@dataclass(frozen=True)
class JsonDifference(Base):
    """How alike two JSON values are: means over keys and places, texts by Levenshtein, numbers by nearness.

    As autoevals' JSONDiff, which reads texts that are JSON as such.
    """

    kind: ClassVar[Kind] = "mean"
    immediate: ClassVar[bool] = False

    def judge(self, text: str, example: Example, generation: Generation) -> Verdict:
        """From 0 to 1."""
        if example.expected is None:
            return NO_EXPECTED
        try:
            return Verdict(alike(text, example.expected))
        except RecursionError:
            return Verdict(0.0, reason="It is nested too deeply.")


def alike(a: Any, b: Any) -> float:
    """How alike two JSON values are, from 0 to 1."""
    a, b = _read(a), _read(b)
    if isinstance(a, dict) and isinstance(b, dict):
        keys = {**a, **b}
        return sum(alike(a.get(key), b.get(key)) for key in keys) / len(keys) if keys else 1.0
    if isinstance(a, list) and isinstance(b, list):
        longest = max(len(a), len(b))
        return sum(alike(x, y) for x, y in zip(a, b, strict=False)) / longest if longest else 1.0
    if isinstance(a, str) and isinstance(b, str):
        return similarity(a, b)
    if isinstance(a, int | float) and isinstance(b, int | float):
        return nearness(a, b)
    if a is None or b is None:
        return float(a is b)
    return similarity(_compact(a), _compact(b))


def _read(value: Any) -> Any:
    if isinstance(value, str):
        try:
            read = json.loads(value)
        except (ValueError, RecursionError):
            return value
        return read if isinstance(read, dict | list) else value
    return value


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True)
