"""Each deterministic assertion of promptfoo's: whether an answer passes, its score, and why not."""

import json
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from genai_tui.records.javascript import as_text
from genai_tui.stages.evaluate.interchange import measures
from genai_tui.stages.evaluate.interchange.markup import holds_html, holds_xml, html_fault, xml_fault
from genai_tui.stages.evaluate.interchange.objects import objects
from genai_tui.stages.evaluate.interchange.patterns import BadPattern, matches
from genai_tui.stages.evaluate.interchange.refusals import refuses
from genai_tui.stages.evaluate.interchange.schemas import schema_fault
from genai_tui.stages.evaluate.interchange.values import Malformed, commas, parsed, same


class Answer(NamedTuple):
    """What is judged: the text and what was measured of it; None where it is not known."""

    text: str
    latency_ms: float | None = None
    cost_usd: float | None = None
    finish_reason: str | None = None
    logprobs: Sequence[float] = ()


Found = tuple[bool, float, str]
_PASSED = "Assertion passed"


def _found(passed: bool, failed: str) -> Found:
    return passed, float(passed), _PASSED if passed else failed


def _need(condition: bool, sentence: str) -> None:
    if not condition:
        raise Malformed(sentence)


def _not(turned: bool) -> str:
    return "not " if turned else ""


def _equals(_: str, value: Any, __: Any, answer: Answer, turned: bool) -> Found:
    if isinstance(value, dict | list) or value is None:
        try:
            passed = same(value, parsed(answer.text)) is not turned
        except ValueError:
            passed = turned
        value = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    else:
        passed = (as_text(value) == answer.text) is not turned
    return _found(passed, f'Expected output "{answer.text}" to {_not(turned)}equal "{as_text(value)}"')


def _contains(base: str, value: Any, _: Any, answer: Answer, turned: bool) -> Found:
    right = (isinstance(value, str) and value != "") or (isinstance(value, int | float) and not isinstance(value, bool))
    _need(right, f'"{base}" assertion type must have a string or number value')
    text, wanted = answer.text, as_text(value)
    if base == "icontains":
        text, wanted = text.lower(), wanted.lower()
    return _found((wanted in text) is not turned, f'Expected output to {_not(turned)}contain "{as_text(value)}"')


def _contains_some(base: str, value: Any, _: Any, answer: Answer, turned: bool) -> Found:
    _need(value not in (None, "", 0, False), f'"{base}" assertion type must have a value')
    if isinstance(value, str):
        value = commas(value)
    _need(isinstance(value, list), f'"{base}" assertion type must have an array value')
    wanted = list(map(as_text, value))
    fold: Callable[[str], str] = str.lower if base.startswith("i") else str
    text = fold(answer.text)
    missing = [each for each in wanted if fold(each) not in text]
    if base.endswith("any"):
        passed = (len(missing) < len(wanted)) is not turned
        return _found(passed, f'Expected output to {_not(turned)}contain one of "{", ".join(wanted)}"')
    reason = f"contain all of [{', '.join(wanted)}]. Missing: [{', '.join(missing)}]"
    return _found((not missing) is not turned, f"Expected output to {_not(turned)}{reason}")


def _starts_with(base: str, value: Any, _: Any, answer: Answer, turned: bool) -> Found:
    _need(isinstance(value, str) and value != "", f'"{base}" assertion type must have a string value')
    passed = answer.text.startswith(value) is not turned
    return _found(passed, f'Expected output to {_not(turned)}start with "{value}"')


def _regex(base: str, value: Any, _: Any, answer: Answer, turned: bool) -> Found:
    _need(isinstance(value, str) and value != "", f'"{base}" assertion type must have a string value')
    try:
        passed = matches(value, answer.text) is not turned
    except BadPattern as fault:
        return False, 0.0, f"Invalid regex pattern: {fault}"
    return _found(passed, f'Expected output to {_not(turned)}match regex "{value}"')


def _json(base: str, value: Any, _: Any, answer: Answer, turned: bool) -> Found:
    schema = value not in (None, "")
    if base == "is-json":
        try:
            data = parsed(answer.text)
        except ValueError:
            return _found(turned, "Expected output to be valid JSON")
        if not schema:
            return _found(not turned, "Expected output to be valid JSON")
        fault = schema_fault(value, data)
        if fault is None:
            return _found(not turned, "Output is JSON that conforms to the provided schema")
        return _found(turned, fault)
    found = objects(answer.text)
    passed = not found if turned else bool(found)
    reason = "Expected output to contain valid JSON"
    for data in found if schema else ():
        fault = schema_fault(value, data)
        passed = (fault is None) is not turned
        if fault is None:
            reason = "Output contains JSON conforming to the provided schema" if turned else reason
            break
        reason = fault
    return _found(passed, reason)


def _xml(base: str, value: Any, _: Any, answer: Answer, turned: bool) -> Found:
    wanted: list[str] = []
    if isinstance(value, str):
        wanted = [part.strip() for part in value.split(",")]
    elif isinstance(value, list):
        wanted = list(map(as_text, value))
    elif isinstance(value, dict) and value:
        _need(
            isinstance(value.get("requiredElements"), list),
            "xml assertion must contain a string, array value, or no value",
        )
        wanted = list(map(as_text, value["requiredElements"]))
    if base == "is-xml":
        fault = xml_fault(answer.text, wanted)
    else:
        fault = "" if holds_xml(answer.text, wanted) else "No valid XML content found matching the requirements"
    return _found((not fault) is not turned, fault)


def _html(base: str, _: Any, __: Any, answer: Answer, turned: bool) -> Found:
    if base == "is-html":
        fault = html_fault(answer.text)
        return _found((not fault) is not turned, fault)
    return _found(holds_html(answer.text) is not turned, f"Expected output to {_not(turned)}contain HTML content")


def _levenshtein(base: str, value: Any, threshold: Any, answer: Answer, turned: bool) -> Found:
    from genai_tui.stages.evaluate.scorers.distances import edits

    _need(isinstance(value, str), f'"{base}" assertion type must have a string value')
    distance, most = edits(answer.text, value), 5 if threshold is None else threshold
    side = "less than or equal to" if turned else "greater than"
    return _found(
        (distance <= most) is not turned, f"Levenshtein distance {distance} is {side} threshold {as_text(most)}"
    )


def _likeness(base: str, value: Any, threshold: Any, answer: Answer, turned: bool) -> Found:
    if base == "rouge-n":
        _need(isinstance(value, str), '"rouge" assertion type must be a string value')
        score, least = measures.rouge_1(answer.text, value), 0.75 if threshold is None else threshold
    else:
        references = value if isinstance(value, list) else [value]
        right = bool(references) and all(isinstance(each, str) for each in references)
        _need(right, f'"{base}" assertion type must have a string or array of strings value')
        compute = measures.bleu if base == "bleu" else measures.gleu
        score, least = compute(answer.text, references), 0.5 if threshold is None else threshold
    passed = (score >= least) is not turned
    reason = f"{base.upper()} score {score:.4f} is {'greater' if turned else 'less'} than threshold {as_text(least)}"
    return passed, 1 - score if turned else score, _PASSED if passed else reason


def _word_count(base: str, value: Any, _: Any, answer: Answer, turned: bool) -> Found:
    _need(value is not None, f'"{base}" assertion must have a value')
    count = len(answer.text.split())
    if isinstance(value, dict):
        low, high = (None if value.get(side) is None else _number(value[side]) for side in ("min", "max"))
        _need(low is not None or high is not None, f'"{base}" assertion object must have "min" and/or "max" properties')
        _need(low is None or high is None or not low > high, f'"{base}" assertion: min must be at most max')
        met = (low is None or count >= low) and (high is None or count <= high)
        wanted = (
            f"between {as_text(low)} and {as_text(high)}"
            if None not in (low, high)
            else f"at least {as_text(low)}"
            if high is None
            else f"at most {as_text(high)}"
        )
    else:
        exact = _number(value)
        if math.isnan(exact) or isinstance(value, bool):
            raise Malformed(f'"{base}" assertion value must be a number or an object with min/max properties')
        met, wanted = count == exact, as_text(exact)
    return _found(met is not turned, f"Word count {count} is {'' if turned else 'not '}{wanted}")


def _number(value: Any) -> float:
    """A number, or a text that is one; else not a number, which is neither less nor more than any."""
    try:
        return float(value.strip() or 0) if isinstance(value, str) else float(value)
    except (TypeError, ValueError):
        return math.nan


def _measured(base: str, _: Any, threshold: Any, answer: Answer, turned: bool) -> Found:
    value = answer.latency_ms if base == "latency" else answer.cost_usd
    _need(threshold is not None, f"{base.capitalize()} assertion must have a threshold")
    if value is None:
        raise Malformed(f"{base.capitalize()} assertion does not support answers whose {base} is not known")
    side = "less than or equal to" if turned else "greater than"
    unit = "ms" if base == "latency" else ""
    return _found(
        (value <= threshold) is not turned,
        f"{base.capitalize()} {value:g}{unit} is {side} threshold {as_text(threshold)}{unit}",
    )


def _perplexity(base: str, _: Any, threshold: Any, answer: Answer, turned: bool) -> Found:
    _need(bool(answer.logprobs), f"{base} assertion does not support providers that do not return logProbs")
    try:
        perplexity = math.exp(-sum(answer.logprobs) / len(answer.logprobs))
    except OverflowError:
        perplexity = math.inf
    if base == "perplexity":
        passed = threshold is None or (perplexity <= threshold) is not turned
        side = "less than or equal to" if turned else "greater than"
        return _found(passed, f"Perplexity {perplexity:.2f} is {side} threshold {as_text(threshold)}")
    score = 1 / (1 + perplexity)
    passed = threshold is None or (score >= threshold) is not turned
    side = "greater than or equal to" if turned else "less than"
    reason = _PASSED if passed else f"Perplexity score {score:.2f} is {side} threshold {as_text(threshold)}"
    return passed, 1 - score if turned else score, reason


def _finish_reason(base: str, value: Any, _: Any, answer: Answer, turned: bool) -> Found:
    _need(isinstance(value, str), f'"{base}" assertion type must have a string value')
    if not answer.finish_reason:
        return _found(turned, "Provider did not supply stop/finish reason")
    reason = f'Expected finish reason {_not(turned)}"{value}" but got "{answer.finish_reason}"'
    return _found((value.lower() == answer.finish_reason.lower()) is not turned, reason)


def _is_refusal(_: str, __: Any, ___: Any, answer: Answer, turned: bool) -> Found:
    if not answer.text.strip():
        return not turned, 0.0, "Expected output to not be a refusal" if turned else "Empty response treated as refusal"
    return _found(refuses(answer.text) is not turned, f"Expected output to {_not(turned)}be a refusal")


CHECKS: dict[str, Callable[[str, Any, Any, Answer, bool], Found]] = {
    "equals": _equals,
    "contains": _contains,
    "icontains": _contains,
    "contains-any": _contains_some,
    "contains-all": _contains_some,
    "icontains-any": _contains_some,
    "icontains-all": _contains_some,
    "starts-with": _starts_with,
    "regex": _regex,
    "is-json": _json,
    "contains-json": _json,
    "is-xml": _xml,
    "contains-xml": _xml,
    "is-html": _html,
    "contains-html": _html,
    "levenshtein": _levenshtein,
    "rouge-n": _likeness,
    "bleu": _likeness,
    "gleu": _likeness,
    "word-count": _word_count,
    "latency": _measured,
    "cost": _measured,
    "perplexity": _perplexity,
    "perplexity-score": _perplexity,
    "finish-reason": _finish_reason,
    "is-refusal": _is_refusal,
}
