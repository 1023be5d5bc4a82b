"""Results that promptfoo wrote (version 3 or 4), as answers with scores: a log for each prompt and provider."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from genai_tui.datasets.checks import check_kept
from genai_tui.datasets.columns import RowFault
from genai_tui.datasets.model import Record, Rejected, file_fault
from genai_tui.records.datasets import Example
from genai_tui.stages.evaluate.interchange.documents import Document
from genai_tui.stages.evaluate.interchange.logged import Log, LoggedAnswer, Mark, counted, measured, object_of
from genai_tui.stages.evaluate.interchange.named import ERROR, PROMPTFOO

VERSIONS = (3, 4)
_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def promptfoo_logs(path: Path, document: Document) -> list[Log]:
    """A log for each prompt and provider, in their order; the rows of `document` are the results.

    Raises FileFault for results of a version that holds no answers.
    """
    top = document.top
    results = object_of(top["results"])
    if results.get("version") not in VERSIONS:
        raise file_fault(
            f"{path} holds results of promptfoo of the version {str(results.get('version'))[:20]}.",
            "Versions 3 and 4 are taken.",
            "Write it anew: promptfoo export eval ID -o FILE.json",
        )
    found: dict[int, list[LoggedAnswer]] = {}
    names: dict[int, dict[str, None]] = {}
    who: dict[int, str] = {}
    rejected: list[Rejected] = []
    for record in document.rows:
        try:
            place, provider, answer = _answer(record)
        except RowFault as fault:
            rejected.append(Rejected(record.line, str(fault)))
            continue
        found.setdefault(place, []).append(answer)
        names.setdefault(place, {PROMPTFOO: None}).update(dict.fromkeys(answer.marks))
        who.setdefault(place, provider)
    logs = []
    for place in sorted(found):
        refused, rejected = tuple(rejected), []  # told once, with the first of them
        logs.append(
            Log(
                PROMPTFOO, _task(top, path), who[place], tuple(found[place]), tuple(names[place]), refused,
                (), _prompt(results, place),
            )
        )  # fmt: skip
    return logs or [Log(PROMPTFOO, _task(top, path), "unknown", (), (), tuple(rejected), ())]


def _answer(record: Record) -> tuple[int, str, LoggedAnswer]:
    if record.fault:
        raise RowFault(record.fault)
    values = record.values
    inputs, place = values.get("vars"), values.get("promptIdx")
    if not isinstance(inputs, dict):
        raise RowFault("it has no vars")
    if isinstance(place, bool) or not isinstance(place, int) or place < 0:
        raise RowFault(f"its promptIdx is {str(place)[:40]}, no number from 0")
    check_kept(inputs, "vars")
    grading, response = (object_of(values.get(key)) for key in ("gradingResult", "response"))
    expected = _expected(values, inputs, grading)
    check_kept(expected, "assert")
    output = response.get("output")
    text = output if isinstance(output, str) else "" if output is None else json.dumps(output, ensure_ascii=False)
    check_kept(text, "output")
    failed = values.get("failureReason") == ERROR or response.get("error") is not None
    if not failed and not isinstance(values.get("success"), bool):
        raise RowFault("it does not say its success")
    said = response.get("error") or values.get("error") or "It failed."
    reason = grading.get("reason")
    named = object_of(values.get("namedScores"))
    marks = {} if failed else {
        PROMPTFOO: Mark(float(values["success"]), None, reason if isinstance(reason, str) else ""),
        **{f"{PROMPTFOO}.{name}": Mark(measured(value)) for name, value in named.items()},
    }  # fmt: skip
    usage = object_of(response.get("tokenUsage"))
    milliseconds = measured(values.get("latencyMs"))
    provider = values.get("provider")
    called = provider.get("label") or provider.get("id") if isinstance(provider, dict) else provider
    return place, str(called or "unknown"), LoggedAnswer(
        Example(inputs, expected, line=record.line),
        0,
        text,
        marks,
        str(said)[:2000] if failed else None,
        finish_reason=response.get("finishReason") if isinstance(response.get("finishReason"), str) else None,
        input_tokens=counted(usage.get("prompt")),
        output_tokens=counted(usage.get("completion")),
        seconds=None if milliseconds is None else milliseconds / 1000,
        usd=measured(values.get("cost")),
    )  # fmt: skip


def _expected(values: Mapping[str, Any], inputs: Mapping[str, Any], grading: Mapping[str, Any]) -> Any:
    """What the test's only equality demands, as it was filled in; None where there is none, or it is not told."""
    test = object_of(values.get("testCase"))
    assertions = test.get("assert")
    equal = (
        [each for each in assertions if object_of(each).get("type") == "equals"] if isinstance(assertions, list) else []
    )
    if len(equal) != 1:
        return test.get("expected")  # as our own exports of runs over ordinary rows have it
    value = equal[0].get("value")
    if not isinstance(value, str) or not re.search(r"\{[{%#]", value):
        return value
    parts = grading.get("componentResults")
    for part in parts if isinstance(parts, list) else ():
        filled = object_of(object_of(part).get("metadata")).get("renderedAssertionValue")
        if object_of(object_of(part).get("assertion")).get("type") == "equals" and isinstance(filled, str):
            return filled
    variable = _VARIABLE.fullmatch(value.strip())
    return inputs.get(variable[1]) if variable else None


def _task(top: Mapping[str, Any], path: Path) -> str:
    described = object_of(top.get("config")).get("description")
    return described if isinstance(described, str) and described else path.stem


def _prompt(results: Mapping[str, Any], place: int) -> str:
    prompts = results.get("prompts")
    prompt = object_of(prompts[place]) if isinstance(prompts, list) and place < len(prompts) else {}
    return str(prompt.get("label") or prompt.get("raw") or f"prompt {place + 1}")
