"""Tests before and after their lists of values make several of them."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

from genai_tui.datasets.checks import check_kept
from genai_tui.datasets.columns import RowFault
from genai_tui.datasets.model import file_fault
from genai_tui.datasets.yamls import Node, read_yaml
from genai_tui.stages.evaluate.interchange.files import SCHEME, Reading, bare, is_pattern, program_of, text_of

_PICTURES = tuple(
    f".{ending}" for ending in "jpg jpeg png gif bmp webp svg mp4 webm ogg mov avi wmv mkv m4v pdf".split()
)


@dataclass(frozen=True)
class Test:
    """One test as it is asked: `variables` as they are written, `inputs` as they are filled in.

    `assertions` are those of defaultTest too; `prompts` and `providers` are the labels it is meant for (None: all).
    """

    variables: dict[str, Any]
    inputs: dict[str, Any]
    assertions: list[dict[str, Any]] = field(default_factory=list)
    threshold: float | None = None
    prefix: str = ""
    suffix: str = ""
    prompts: tuple[str, ...] | None = None
    providers: tuple[str, ...] | None = None
    description: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)
    line: int = 0


@dataclass(frozen=True)
class Case:
    """A test as it is written, before lists of values make several of it."""

    file: Path
    line: int
    vars: dict[str, Node] = field(default_factory=dict)
    assertions: list[dict[str, Any]] = field(default_factory=list)
    threshold: Any = None
    options: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    prompts: tuple[str, ...] | None = None
    providers: tuple[str, ...] | None = None
    description: str = ""


def expanded(reading: Reading, case: Case) -> Iterator[Test]:
    """The test once for each combination of its lists of values, and of the files that its patterns match.

    Raises FileFault.
    """
    whole = case.options.get("disableVarExpansion") is True
    choices = [
        [(name, value) for value in _choices(reading, node, case.file, whole)] for name, node in case.vars.items()
    ]
    for chosen in product(*choices):
        variables = dict(chosen)
        inputs = {name: _loaded(reading, value, case) for name, value in variables.items()}
        try:
            check_kept(inputs, "vars")
        except RowFault as fault:
            raise file_fault(f"{case.file}:{case.line}: {fault}.", "It cannot be sent.", line=case.line) from None
        _note_braces(reading, inputs)
        yield Test(
            variables,
            inputs,
            case.assertions,
            case.threshold,
            str(case.options.get("prefix") or ""),
            str(case.options.get("suffix") or ""),
            case.prompts,
            case.providers,
            case.description,
            case.metadata,
            case.line,
        )


def _choices(reading: Reading, node: Node, file: Path, whole: bool) -> list[Any]:
    value = node.plain()
    if whole:
        return [value]
    if isinstance(value, str) and value.startswith(SCHEME):
        if not is_pattern(value):
            return [value]
        paths = reading.files(value, file)
        base = reading.path.parent
        return [f"{SCHEME}{path.relative_to(base) if path.is_relative_to(base) else path}" for path in paths]
    if isinstance(value, list) and value and isinstance(value[0], str):
        return list(value)
    return [value]


def _loaded(reading: Reading, value: Any, case: Case) -> Any:
    """A value as it is filled in: a file's content for its name, without a line end at its end."""
    if not isinstance(value, str):
        return value
    if value.startswith("package:"):
        reading.lacks(value, case.file, case.line)
    if not value.startswith(SCHEME):
        return value.removesuffix("\n")
    if program := program_of(value):
        reading.lacks(program, case.file, case.line, "it is a program, and nothing of it is run")
        return ""
    path = reading.file(value, case.file)
    if path.suffix.lower() in _PICTURES:
        reading.lacks(bare(value), case.file, case.line, "it is no text")
        return ""
    if path.suffix.lower() in (".yaml", ".yml"):
        return json.dumps(read_yaml(text_of(path), path).plain(), ensure_ascii=False, separators=(",", ":"))
    return text_of(path).strip()


def _note_braces(reading: Reading, inputs: Mapping[str, Any]) -> None:
    for name, value in inputs.items():
        if isinstance(value, str) and "{{" in value:
            named = re.search(r"\{\{\s*(\w+)[\s}.|\[]", value)
            if named and (named[1] in inputs or named[1] == "env"):
                reading.note(f"The variable {name} holds {{{{{named[1]}}}}}: it stays text, for data is no template.")
