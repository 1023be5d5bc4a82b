"""promptfoo tests taken as rows: their variables, and the expected answer where the sole assertion is an equality.

Variables are data: braces in them stay text, and what a file:// names is read only if it lies beside or below the file.
Nothing is run; what would have to be is named and its row refused.
"""

import json
import re
from collections.abc import Iterable, Iterator
from glob import glob, has_magic
from itertools import product
from pathlib import Path
from stat import S_ISREG
from typing import Any

from genai_tui.datasets.columns import RowFault
from genai_tui.datasets.jsons import plain_json
from genai_tui.datasets.layouts import Layout, Notes
from genai_tui.datasets.model import Laid, Record, Warned, file_fault
from genai_tui.datasets.opening import Opened
from genai_tui.datasets.yamls import Node, read_yaml
from genai_tui.errors import FileFault

RESERVED = ("expected", "prefix", "suffix", "description", "providerOutput", "metric", "threshold")
# Assertions that a cell of a CSV can begin with; text before another colon is part of an equality.
TYPES = frozenset(
    "answer-relevance assert-set bleu classifier contains contains-all contains-any contains-html "
    "contains-json contains-sql contains-xml context-faithfulness context-recall context-relevance "
    "conversation-relevance cost equals eval factuality finish-reason fn g-eval gleu grade guardrails "
    "human icontains icontains-all icontains-any is-html is-json is-refusal is-sql is-valid-function-call "
    "is-valid-openai-function-call is-valid-openai-tools-call is-xml javascript latency levenshtein "
    "llm-rubric max-score meteor model-graded-closedqa model-graded-factuality moderation perplexity "
    "perplexity-score pi python regex rouge-n ruby search-rubric select-best similar skill-used "
    "starts-with tool-call-f1 trace-error-spans trace-span-count trace-span-duration trajectory webhook "
    "word-count".split()
)
_TYPED = re.compile(r"(?:not-)?([a-z][a-z0-9-]*)(?:\(\d+(?:\.\d+)?\))?(?::(.*))?", re.S)
_VARIABLE = re.compile(r"\{\{\s*([A-Za-z_][\w.]*)\s*\}\}")
_BRACES = re.compile(r"\{[{%#]")
_CODE = (".js", ".cjs", ".mjs", ".ts", ".cts", ".mts", ".py", ".rb", ".go")
_MOST = 10_000  # tests that the patterns of one may make
_LARGEST_FILE = 10_000_000


class YamlTests:
    """The tests of a YAML file: a list of them, or the `tests` of a configuration."""

    format = "promptfoo"

    def __init__(self, opened: Opened) -> None:
        self.notes: list[Warned] = []
        self.path = opened.path
        root = read_yaml(opened.whole(), opened.path)
        self.default: dict[str, Any] = {}
        nodes: Any = root.value
        if isinstance(nodes, dict):
            nodes = self._of_configuration(nodes)
        if not isinstance(nodes, list):
            raise file_fault(
                f"{opened.path} holds no promptfoo tests.",
                "They are a list, or stand under `tests`.",
                "Of YAML only promptfoo tests are read; write rows of another kind as JSON or CSV.",
            )
        self._nodes: list[Node] = nodes

    def records(self) -> Iterator[Record]:
        """A record a test, with what all of them have."""
        for node in self._nodes:
            value = node.plain()
            if isinstance(value, str):
                yield Record(node.line, {}, f"its tests stand in {value[:80]}; import that file itself")
            elif not isinstance(value, dict):
                yield Record(node.line, {}, "the record is no object")
            else:
                yield Record(node.line, with_default(value, self.default))

    def _of_configuration(self, nodes: dict[str, Node]) -> Any:
        if "vars" in nodes or "assert" in nodes:
            return [Node(1, nodes)]
        tests = nodes["tests"].value if "tests" in nodes else None
        if isinstance(tests, str):
            raise file_fault(
                f"The tests of {self.path} stand in {tests[:80]}.",
                "",
                "Import that file itself.",
                line=nodes["tests"].line,
            )
        default = nodes["defaultTest"].plain() if "defaultTest" in nodes else {}
        if not isinstance(default, dict):
            raise file_fault(
                f"{self.path}: defaultTest stands in {str(default)[:80]}.",
                "Only what the file itself says is read as data.",
                line=nodes["defaultTest"].line,
            )
        if "scenarios" in nodes:
            self.notes.append(
                Warned(nodes["scenarios"].line, "scenarios are not read as rows; `eval run --config` takes them.")
            )
        self.default = default
        return tests


def with_default(test: dict[str, Any], default: dict[str, Any]) -> dict[str, Any]:
    """A test with the variables and assertions that all have."""
    if not default:
        return test
    merged = dict(test)
    given, common = test.get("vars"), default.get("vars")
    if isinstance(common, dict) and (given is None or isinstance(given, dict)):
        merged["vars"] = {**common, **(given or {})}
    before, own = default.get("assert"), test.get("assert")
    if isinstance(before, list):
        merged["assert"] = [*before, *(own if isinstance(own, list) else [])]
    return merged


def layout(path: Path, *, cells: bool) -> Layout:
    """How the tests of the file at `path` become rows; files that they name are looked for beside it.

    `cells`: they are the rows of a sheet, whose columns are variables and `__expected`.
    """

    def lay(records: Iterable[Record], notes: Notes) -> Iterator[Laid]:
        teller = _Teller()
        for record in records:
            yield from _rows(record, path.parent, teller, cells=cells)
        notes += teller.warnings()

    return Layout("promptfoo", "the value of the only assertion, if it is an equality", lay)


def is_equality(text: str) -> bool:
    """Whether the text of an `__expected` cell demands equality: text whose colon follows no type does."""
    return _equal_to(text) is not None


def _equal_to(text: str) -> str | None:
    typed = _TYPED.fullmatch(text)
    if typed and typed[1] in TYPES:
        return typed[2] if text.startswith("equals:") else None
    return None if text.startswith("file://") else text


class _Teller:
    """What is warned of: the first line and how many."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[int, int]] = {}

    def add(self, text: str, line: int) -> None:
        first, count = self._seen.get(text, (line, 0))
        self._seen[text] = (first, count + 1)

    def warnings(self) -> list[Warned]:
        return [Warned(line, f"{text} ({count:,} of the tests).") for text, (line, count) in self._seen.items()]


def _rows(record: Record, folder: Path, teller: _Teller, *, cells: bool) -> Iterator[Laid]:
    values = record.values
    if record.fault:
        yield Laid(record.line, {}, None, values, record.fault)
        return
    try:
        test = _from_cells(values) if cells else values
        given = test.get("vars")
        if isinstance(given, str):
            raise RowFault(f"its variables stand in {given[:80]}, which is not read as data")
        if not isinstance(given, dict) or not given:
            raise RowFault("it has no vars")
        expected = _expected(test, given, teller, record.line)
        found = _with_files(given, folder)
    except RowFault as fault:
        yield Laid(record.line, {}, None, values, str(fault))
        return
    for inputs in found:
        for name, value in inputs.items():
            if isinstance(value, str) and _BRACES.search(value):
                teller.add(f"The variable {name[:40]} holds braces, and as data it stays text", record.line)
            if isinstance(value, list):
                teller.add(f"The variable {name[:40]} is a list and is kept as one; promptfoo tests each", record.line)
        yield Laid(record.line, inputs, expected, inputs)


def _from_cells(values: dict[str, Any]) -> dict[str, Any]:
    """The test that a row of a sheet is."""
    for name in values:
        bare = name.removeprefix("_")
        if name.startswith("_") and not name.startswith("__") and bare.startswith(RESERVED):
            raise RowFault(f"the column {name} has one underscore: it is called _{name}")
    asserted = [
        value
        for name, value in values.items()
        if name.startswith("__expected") and isinstance(value, str) and value.strip()
    ]
    asserts = []
    for text in asserted:
        equal = _equal_to(text)
        asserts.append({"type": "other"} if equal is None else {"type": "equals", "value": equal})
    return {"vars": {name: value for name, value in values.items() if not name.startswith("__")}, "assert": asserts}


def _expected(test: dict[str, Any], given: dict[str, Any], teller: _Teller, line: int) -> Any:
    asserts = test.get("assert")
    if not asserts:
        return None
    only = asserts[0] if isinstance(asserts, list) and len(asserts) == 1 and isinstance(asserts[0], dict) else {}
    value = only.get("value")
    options = test.get("options")
    transformed = "transform" in only or (isinstance(options, dict) and "transform" in options)
    if only.get("type") in ("equals", "=") and "value" in only and not transformed:
        if not isinstance(value, str):
            return value
        variable = _VARIABLE.fullmatch(value.strip())
        if variable and variable[1] in given:
            return given[variable[1]]
        if not _BRACES.search(value) and not value.startswith("file://"):
            return value
    teller.add("Its assertions (assert) are no single equality, so that it has no expected answer", line)
    return None


def _with_files(given: dict[str, Any], folder: Path) -> list[dict[str, Any]]:
    """The variables with the content of the files that they name; a pattern makes a test of each file."""
    each: list[list[Any]] = []
    count = 1
    for name, value in given.items():
        found = _read(name, value, folder) if isinstance(value, str) and value.startswith("file://") else [value]
        count *= len(found)
        if count > _MOST:
            raise RowFault(f"its patterns make more than {_MOST:,} tests")
        each.append(found)
    return [dict(zip(given, values, strict=True)) for values in product(*each)]


def _read(name: str, value: str, folder: Path) -> list[Any]:
    pattern = value.removeprefix("file://")
    if pattern.lower().endswith(_CODE) or re.search(r"\.(?:py|js|ts):", pattern):
        raise RowFault(f"{name[:40]} is made by {value[:80]}, which would have to be run")
    root = folder.resolve()
    at = root / pattern
    try:
        paths = [Path(path) for path in sorted(glob(str(at), recursive=True))] if has_magic(pattern) else [at]
        wholes = [path.resolve() for path in paths]
    except (ValueError, OSError, RuntimeError):  # NUL, a name too long, links that go round
        raise RowFault(f"{value[:80]} cannot be the name of a file") from None
    if not 0 < len(paths) <= _MOST:
        raise RowFault(f"{value[:80]} matches more than {_MOST:,} files" if paths else f"no file matches {value[:80]}")
    texts = []
    for whole in wholes:
        if not whole.is_relative_to(root):
            raise RowFault(f"{value[:80]} does not lie in the folder of the file; it is not read")
        texts.append(_content(whole, value))
    return texts


def _content(path: Path, value: str) -> Any:
    try:
        found = path.stat()
        if not S_ISREG(found.st_mode):
            raise RowFault(f"{value[:80]} is no file that can be read")
        if found.st_size > _LARGEST_FILE:
            raise RowFault(f"{value[:80]} is larger than {_LARGEST_FILE:,} bytes")
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise RowFault(f"there is no file {value[:80]}") from None
    except UnicodeDecodeError:
        raise RowFault(f"{value[:80]} is no UTF-8 text") from None
    except OSError as error:
        raise RowFault(f"{value[:80]} cannot be read: {error.strerror}") from None
    if path.suffix.lower() in (".yaml", ".yml"):
        try:
            return _as_text(read_yaml(text, path).plain())
        except FileFault as fault:
            raise RowFault(f"{value[:80]}: {fault.why}") from None
    if path.suffix.lower() == ".json":
        try:
            return _as_text(plain_json(text))
        except ValueError as error:
            raise RowFault(f"{value[:80]} is no json: {error}") from None
    return text.strip()


def _as_text(value: Any) -> str:
    """Structured content as promptfoo puts it into a prompt: as JSON text."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
