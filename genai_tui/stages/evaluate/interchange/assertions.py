"""promptfoo's assertions as they are written: read, checked, and made ready to be judged again and again."""

import math
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from genai_tui.datasets.model import file_fault
from genai_tui.datasets.yamls import Node
from genai_tui.records.javascript import double
from genai_tui.stages.evaluate.interchange.files import (
    SCHEME,
    TEXTS,
    Reading,
    bare,
    check_numbers,
    data_of,
    is_data,
    program_of,
    text_of,
)
from genai_tui.stages.evaluate.interchange.values import commas

TYPES = frozenset(
    "equals contains icontains contains-all contains-any icontains-all icontains-any starts-with regex is-json "
    "contains-json is-xml contains-xml is-html contains-html levenshtein rouge-n bleu gleu word-count latency cost "
    "perplexity perplexity-score finish-reason is-refusal".split()
)
OTHERS = frozenset(
    "agent-rubric answer-relevance classifier contains-sql context-faithfulness context-recall context-relevance "
    "conversation-relevance factuality g-eval guardrails is-sql is-valid-function-call is-valid-openai-function-call "
    "is-valid-openai-tools-call javascript llm-rubric meteor model-graded-closedqa model-graded-factuality moderation "
    "pi python ruby search-rubric similar similar:cosine similar:dot similar:euclidean skill-used tool-call-f1 "
    "trajectory:goal-success trajectory:step-count trajectory:tool-args-match trajectory:tool-sequence "
    "trajectory:tool-used trace-error-spans trace-span-count trace-span-duration webhook".split()
)
_COMPARING = frozenset(("human", "max-score", "select-best"))  # of the answers of several candidates, or by hand
_KEYS = frozenset("type value threshold weight metric config provider rubricPrompt".split())
_SET_KEYS = frozenset("type assert threshold weight metric config".split())
_LISTS = frozenset("contains-all contains-any icontains-all icontains-any".split())
_THRESHOLDS = frozenset(
    "answer-relevance classifier context-faithfulness context-recall context-relevance cost latency levenshtein "
    "perplexity-score perplexity rouge-n similar starts-with".split()
)
_WRITTEN = re.compile(
    rf"(not-)?({'|'.join(sorted(map(re.escape, TYPES | OTHERS), key=len, reverse=True))})"
    r"(?:\((\d+(?:\.\d+)?)\))?(?::(.*))?",
    re.DOTALL,
)
_PREFIXES = (("javascript:", "javascript"), ("fn:", "javascript"), ("eval:", "javascript"), ("python:", "python"),
             ("grade:", "llm-rubric"), ("llm-rubric:", "llm-rubric"))  # fmt: skip


def read_assertions(reading: Reading, node: Node | None, file: Path) -> list[dict[str, Any]]:
    """The assertions of a test; those that are not supported are named. Raises FileFault."""
    if node is None or node.value is None:
        return []
    node, file = reading.opened(node, file)
    if not isinstance(node.value, list):
        raise file_fault(f"{file}:{node.line}: assert is a list.", line=node.line)
    return [made for item in node.value for made in _read(reading, item, file)]


def _read(reading: Reading, item: Node, file: Path) -> list[dict[str, Any]]:
    item, file = reading.opened(item, file)
    if isinstance(item.value, list):  # a file of assertions
        return [made for each in item.value for made in _read(reading, each, file)]
    kind = item.value.get("type") if isinstance(item.value, dict) else None
    if kind is None or not isinstance(kind.value, str):
        raise file_fault(f"{file}:{item.line}: an assertion needs a type.", line=item.line)
    if kind.value == "assert-set":
        options = reading.only(item, _SET_KEYS, file, "an assert-set")
        inner = read_assertions(reading, options.get("assert"), file)
        if any(each["type"] == "assert-set" for each in inner):
            raise file_fault(f"{file}:{item.line}: an assert-set stands in another.", line=item.line)
        return [{"type": "assert-set", "assert": inner} | _numbers(options, file) | _metric(reading, options, file)]
    base = kind.value.removeprefix("not-")
    if base not in TYPES:
        known = base in OTHERS | _COMPARING
        reading.lacks(kind.value, file, item.line, "" if known else "nobody knows this type")
        return []
    options = reading.only(item, _KEYS, file, f"an assertion of the type {kind.value}")
    made = {"type": kind.value} | _numbers(options, file) | _metric(reading, options, file)
    if "value" in options:
        made["value"] = _value(reading, options["value"], file)
        check_numbers(made["value"], "value cannot be kept", file, options["value"].line)
    return [made]


def _numbers(options: dict[str, Node], file: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key in ("threshold", "weight"):
        if key not in options:
            continue
        value = options[key].value
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(double(value)):
            raise file_fault(f"{file}:{options[key].line}: {key} is a number.", line=options[key].line)
        found[key] = value
    return found


def _metric(reading: Reading, options: dict[str, Node], file: Path) -> dict[str, Any]:
    if "metric" not in options:
        return {}
    metric = options["metric"]
    if not isinstance(metric.value, str):
        raise file_fault(f"{file}:{metric.line}: metric is a text.", line=metric.line)
    return {"metric": reading.template(metric.value, file, metric.line)} if metric.value else {}


def _value(reading: Reading, node: Node, file: Path) -> Any:
    """What is compared with, templates made ours; a file's content stands for its name."""
    if isinstance(node.value, str):
        return _text(reading, node, file)
    if isinstance(node.value, list):
        return [
            _text(reading, item, file) if isinstance(item.value, str) else reading.plain(item, file)
            for item in node.value
        ]
    if isinstance(node.value, dict) and isinstance(getattr(node.value.get("$ref"), "value", None), str):
        name = node.value["$ref"].value
        if not name.startswith("#/$defs") and not name.startswith("#/definitions"):
            return reading.plain(node, file)
    return node.plain()


def _text(reading: Reading, node: Node, file: Path) -> Any:
    text = node.value
    if text.startswith("package:"):
        reading.lacks(text, file, node.line)
        return None
    if not text.startswith(SCHEME):
        return reading.template(text, file, node.line)
    program = program_of(text)
    if program:
        reading.lacks(program, file, node.line, "it is a program, and nothing of it is run")
        return None
    if is_data(text):
        return data_of(reading.file(text, file)).plain()
    if not text.lower().endswith(TEXTS):
        reading.lacks(bare(text), file, node.line)
        return None
    return text_of(reading.file(text, file)).strip()


def from_text(text: str) -> dict[str, Any]:
    """An assertion as a cell of a table writes it: `type:value`, `type(threshold):value`; else equality."""
    for start, kind in _PREFIXES:
        if text.startswith(start):
            return {"type": kind, "value": text.removeprefix(start).strip()}
    if text.startswith(SCHEME) and (program := program_of(text)):
        return {"type": "python" if program.endswith(".py") else "javascript", "value": text}
    found = _WRITTEN.fullmatch(text)
    if found is None:
        return {"type": "equals", "value": text}
    turned, kind, threshold, value = found.groups()
    made: dict[str, Any] = {"type": f"{turned or ''}{kind}"}
    if kind in _LISTS and value:
        made["value"] = commas(value)
    elif value is not None:
        made["value"] = value if kind in ("is-json", "contains-json") else value.strip()
    if kind in _THRESHOLDS:
        made["threshold"] = float(threshold) if threshold else 0.8 if kind == "similar" else 0.75
    return made


def kinds_of(assertions: Iterable[dict[str, Any]]) -> set[str]:
    """Every type in a list of assertions, those within sets too."""
    found: set[str] = set()
    for assertion in assertions:
        found |= kinds_of(assertion["assert"]) if assertion["type"] == "assert-set" else {assertion["type"]}
    return found
