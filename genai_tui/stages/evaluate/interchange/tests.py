"""promptfoo's tests: inline, of files, scenarios, lists of values; each as one test with its variables filled in."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

from genai_tui.datasets.jsons import kind
from genai_tui.datasets.model import file_fault
from genai_tui.datasets.yamls import Node
from genai_tui.stages.evaluate.interchange.assertions import from_text, read_assertions
from genai_tui.stages.evaluate.interchange.cases import Case, Test, expanded
from genai_tui.stages.evaluate.interchange.files import (
    Reading,
    bare,
    check_numbers,
    data_of,
    json_lines_of,
    node_of,
    program_of,
    rows_of,
)
from genai_tui.stages.evaluate.interchange.prompts import chosen_prompts
from genai_tui.stages.evaluate.interchange.values import Malformed

KEYS = frozenset("description vars assert threshold options metadata prompts providers".split())
_OPTIONS = frozenset(
    "prefix suffix disableVarExpansion disableDefaultAsserts disableConversationVar provider rubricPrompt".split()
)
_SCENARIO = frozenset(("config", "tests", "description"))
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_ELSEWHERE = ("http://", "https://", "huggingface://", "langfuse://", "az://")
_TABLES = (".csv", ".jsonl", ".yaml", ".yml", ".json")
_SHEETS = (".xlsx", ".xls", ".pdf")
_ONE_UNDERSCORE = tuple(
    f"_{name}" for name in "expected prefix suffix description providerOutput metric threshold metadata config".split()
)


def read_tests(
    reading: Reading, tests: Node | None, scenarios: Node | None, default: Node | None, file: Path
) -> list[Test]:
    """All tests in their order: plain ones, then scenarios; what is not supported is named."""
    first = _default(reading, default, file)
    cases = [_over(first, case) for case in _cases(reading, tests, file)] if tests is not None else []
    if scenarios is not None and scenarios.value is not None:
        cases += [_over(first, case, scenario=True) for case in _scenarios(reading, scenarios, file)]
    if not cases and scenarios is None:
        cases = [_over(first, Case(file, 1))]
    return [test for case in cases for test in expanded(reading, case)]


def _default(reading: Reading, node: Node | None, file: Path) -> Case:
    if node is None or node.value is None:
        return Case(file, 1)
    if isinstance(node.value, str):
        path = reading.file(node.value, file)
        return _case(reading, data_of(path), path)
    node, file = reading.opened(node, file)
    return _case(reading, node, file)


def _over(first: Case, case: Case, *, scenario: bool = False) -> Case:
    """A test over defaultTest: its assertions come after, options (not empty ones) and metadata count one by one."""
    options = {**first.options, **{key: value for key, value in case.options.items() if value not in (None, "")}}
    defaults = [] if options.get("disableDefaultAsserts") is True else first.assertions
    return replace(
        case,
        vars={**first.vars, **case.vars},
        assertions=[*defaults, *case.assertions],
        threshold=case.threshold if case.threshold is not None else first.threshold,
        options=options,
        metadata={**first.metadata, **case.metadata},
        prompts=case.prompts if case.prompts is not None else first.prompts,
        providers=case.providers if case.providers is not None else first.providers,
        description=case.description or (first.description if scenario else ""),
    )


def _cases(reading: Reading, node: Node, file: Path) -> Iterator[Case]:
    node, file = reading.opened(node, file, keep=True)
    if isinstance(node.value, str):
        yield from _of_files(reading, node, file)
        return
    items = node.value if isinstance(node.value, list) else [node] if node.value is not None else []
    for item in items:
        item, path = reading.opened(item, file, keep=True)
        if isinstance(item.value, str):
            yield from _of_files(reading, item, path, listed=True)
        elif isinstance(item.value, dict) and "path" in item.value:
            name = str(item.value["path"].plain())
            reading.lacks(program_of(name) or bare(name), path, item.line)
        else:
            yield _case(reading, item, path)


def _of_files(reading: Reading, node: Node, file: Path, *, listed: bool = False) -> Iterator[Case]:
    name: str = node.value
    plain = bare(name)
    if name.startswith(_ELSEWHERE):
        reading.lacks(name, file, node.line, "nothing that a file names is fetched")
        return
    if program := program_of(name):
        reading.lacks(program, file, node.line, "it is a program, and nothing of it is run")
        return
    if plain.lower().partition("#")[0].endswith(_SHEETS):
        reading.lacks(plain, file, node.line, "save the sheet as CSV")
        return
    for path in reading.files(name, file):
        ending = path.suffix.lower()
        if ending in _TABLES:
            before = len(reading.unsupported)
            cases = list(_of_file(reading, path, ending, listed))
            if not cases and len(reading.unsupported) == before:
                raise file_fault(f"{path} has no rows.", "No test stands in it.", "Write some, or take it out.")
            yield from cases
        elif program_of(path.name):
            reading.lacks(path.name, file, node.line, "it is a program, and nothing of it is run")
        else:
            reading.lacks(path.name, file, node.line, "tests are .yaml, .yml, .json, .jsonl or .csv files")


def _of_file(reading: Reading, path: Path, ending: str, listed: bool) -> Iterator[Case]:
    """The tests of a file; promptfoo reads the texts it names as they are, unless it is JSON and named alone."""
    if ending == ".csv":
        for line, row in rows_of(path):
            yield _of_row(reading, row, path, line)
    elif ending == ".jsonl":
        for each in json_lines_of(path):
            yield _case(reading, reading.with_texts(each, path) if listed else each, path)
    else:
        content = data_of(path)
        content = reading.with_texts(content, path) if listed or ending != ".json" else content
        if isinstance(content.value, list):
            yield from _cases(reading, content, path)
        else:
            yield _case(reading, content, path)


def _scenarios(reading: Reading, node: Node, file: Path) -> Iterator[Case]:
    node, file = reading.opened(node, file, keep=True)
    for item in node.value if isinstance(node.value, list) else [node]:
        if isinstance(item.value, str):
            for path in reading.files(item.value, file):
                content = data_of(path)
                for each in content.value if isinstance(content.value, list) else [content]:
                    yield from _scenario(reading, each, path)
        else:
            inner, path = reading.opened(item, file)
            yield from _scenario(reading, inner, path)


def _scenario(reading: Reading, node: Node, file: Path) -> Iterator[Case]:
    options = reading.only(node, _SCENARIO, file, "a scenario")
    if "config" not in options:
        raise file_fault(f"{file}:{node.line}: a scenario needs its config.", line=node.line)
    data = list(_cases(reading, options["config"], file))
    tests = list(_cases(reading, options["tests"], file)) if "tests" in options else []  # without tests there are none
    for each, test in product(data, tests):
        yield replace(
            test,
            vars={**each.vars, **test.vars},
            assertions=[*each.assertions, *test.assertions],
            threshold=test.threshold if test.threshold is not None else each.threshold,
            options={**each.options, **test.options},
            metadata={**each.metadata, **test.metadata},
            prompts=test.prompts if test.prompts is not None else each.prompts,
            providers=test.providers if test.providers is not None else each.providers,
            description=test.description or each.description,
        )


def _case(reading: Reading, node: Node, file: Path) -> Case:
    node, file = reading.opened(node, file)
    values = reading.only(node, KEYS, file, "a test")
    options = {}
    if "options" in values and values["options"].value is not None:
        inner, path = reading.opened(values["options"], file)
        options = {key: each.plain() for key, each in reading.only(inner, _OPTIONS, path, "options").items()}
        for key in ("prefix", "suffix"):
            if options.get(key) is not None:
                options[key] = reading.template(str(options[key]), path, inner.line)
    threshold = values["threshold"].plain() if "threshold" in values else None
    if threshold is not None and (isinstance(threshold, bool) or not isinstance(threshold, int | float)):
        raise file_fault(f"{file}:{values['threshold'].line}: threshold is a number.", line=values["threshold"].line)
    metadata = reading.plain(values["metadata"], file) if "metadata" in values else None
    for key, value in (("threshold", threshold), ("metadata", metadata)):
        if key in values:
            check_numbers(value, f"{key} cannot be kept", file, values[key].line)
    return Case(
        file,
        node.line,
        _variables(reading, values.get("vars"), file),
        read_assertions(reading, values.get("assert"), file),
        threshold,
        options,
        metadata if isinstance(metadata, dict) else {},
        chosen_prompts(reading, values.get("prompts"), file),
        _names(reading, values.get("providers"), file),
        str(values["description"].plain() or "") if "description" in values else "",
    )


def _names(reading: Reading, node: Node | None, file: Path) -> tuple[str, ...] | None:
    if node is None or node.value is None:
        return None
    value = reading.plain(node, file)
    return tuple(map(str, value if isinstance(value, list) else [value]))


def _variables(reading: Reading, node: Node | None, file: Path) -> dict[str, Node]:
    """The variables, or those of the files that are named instead of them."""
    if node is None or node.value is None:
        return {}
    if isinstance(node.value, str | list):
        found: dict[str, Node] = {}
        for item in node.value if isinstance(node.value, list) else [node]:
            for path in reading.files(str(item.plain()), file):
                found |= _variables(reading, data_of(path), path)
        return found
    node, file = reading.opened(node, file)
    if not isinstance(node.value, dict):
        raise file_fault(f"{file}:{node.line}: vars is an object.", f"It is {kind(node.plain())}.", line=node.line)
    return dict(node.value)


def _of_row(reading: Reading, row: Mapping[str, str], file: Path, line: int) -> Case:
    """A row of a table: columns are variables, those that begin with two underscores mean something."""
    values: dict[str, Node] = {}
    expected: list[dict[str, Any]] = []
    thresholds: dict[int, float] = {}
    said: dict[str, str] = {}
    metadata: dict[str, Any] = {}
    for name, text in row.items():
        if name.startswith("__expected"):
            if text.strip():
                expected.append(_asserted(text.strip(), f"{file}:{line}: {name}", line))
        elif name.startswith("__config:"):
            place = _place(name, file)
            if text.strip():
                thresholds[place] = _number(text, name, file, line)
        elif name.startswith("__metadata:"):
            if text.strip():
                key = name.removeprefix("__metadata:")
                parts = [part.strip().replace("\\,", ",") for part in re.split(r"(?<!\\),", text)]
                metadata[key.removesuffix("[]")] = parts if key.endswith("[]") else text
        elif name in ("__prefix", "__suffix", "__description", "__metric", "__threshold"):
            said[name] = text
        elif name.startswith("__"):
            reading.lacks(name, file, 1)
        elif name.startswith(_ONE_UNDERSCORE):
            reading.lacks(name, file, 1, f"did you mean _{name}? As it is, it would check nothing")
        else:
            values[name] = Node(line, text)
    for place, assertion in enumerate(expected):
        if said.get("__metric"):
            assertion["metric"] = said["__metric"]
        if place in thresholds:
            assertion["threshold"] = thresholds[place]
    options = {
        key: reading.template(said[f"__{key}"], file, line) for key in ("prefix", "suffix") if said.get(f"__{key}")
    }
    threshold = _number(said["__threshold"], "__threshold", file, line) if said.get("__threshold", "").strip() else None
    return Case(
        file,
        line,
        values,
        read_assertions(reading, node_of(expected, line), file),
        threshold,
        options,
        metadata,
        description=said.get("__description", ""),
    )


def _asserted(text: str, where: str, line: int) -> dict[str, Any]:
    try:
        return from_text(text)
    except Malformed as fault:
        raise file_fault(f"{where} cannot be read.", f"{fault}.", line=line) from None


def _place(name: str, file: Path) -> int:
    parts = name.removeprefix("__config:").split(":")
    number = parts[0].removeprefix("__expected")
    if len(parts) != 2 or not parts[0].startswith("__expected") or not (number == "" or number.isdigit()):
        raise file_fault(
            f"{file}:1: the column {name} names no assertion.", "Such as __config:__expected2:threshold.", line=1
        )
    if parts[1] != "threshold":
        raise file_fault(f"{file}:1: the column {name} sets {parts[1]}.", "Only threshold can be set so.", line=1)
    return int(number or 1) - 1


def _number(text: str, name: str, file: Path, line: int) -> float:
    if not _DECIMAL.fullmatch(text.strip()) or not math.isfinite(float(text)):
        raise file_fault(f"{file}:{line}: {name} is no number: {text[:40]}.", line=line)
    return float(text)
