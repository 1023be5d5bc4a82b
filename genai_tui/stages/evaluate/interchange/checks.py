"""Each deterministic assertion of promptfoo's: whether an answer passes, its score, and why not."""

from collections.abc import Callable
from typing import Any

from genai_tui.records.javascript import as_json, as_text, halved, parsed
from genai_tui.stages.evaluate.interchange import measures
from genai_tui.stages.evaluate.interchange.limits import judge_measured, judge_perplexity, judge_words
from genai_tui.stages.evaluate.interchange.markup import holds_html, html_fault
from genai_tui.stages.evaluate.interchange.objects import objects
from genai_tui.stages.evaluate.interchange.outcomes import PASSED, Answer, Check, Found, found, inverse, need
from genai_tui.stages.evaluate.interchange.patterns import BadPattern, matches
from genai_tui.stages.evaluate.interchange.refusals import refuses
from genai_tui.stages.evaluate.interchange.schemas import schema_fault
from genai_tui.stages.evaluate.interchange.values import commas, same, trimmed
from genai_tui.stages.evaluate.interchange.xmls import holds_xml, xml_fault


def _equals(_: str, value: Any, __: Any, answer: Answer, turned: bool) -> Found:
    if isinstance(value, dict | list) or value is None:
        try:
            passed = same(value, parsed(answer.text)) is not turned
        except ValueError:
            passed = turned
        value = as_json(value)
    else:
        passed = (as_text(value) == answer.text) is not turned
    return found(passed, f'Expected output "{answer.text}" to {inverse(turned)}equal "{as_text(value)}"')


def _contains(base: str, value: Any, _: Any, answer: Answer, turned: bool) -> Found:
    right = (isinstance(value, str) and value != "") or (isinstance(value, int | float) and not isinstance(value, bool))
    need(right, f'"{base}" assertion type must have a string or number value')
    text, wanted = answer.text, as_text(value)
    if base == "icontains":
        text, wanted = text.lower(), wanted.lower()
    return found((wanted in text) is not turned, f'Expected output to {inverse(turned)}contain "{as_text(value)}"')


def _contains_some(base: str, value: Any, _: Any, answer: Answer, turned: bool) -> Found:
    need(value not in (None, "", 0, False), f'"{base}" assertion type must have a value')
    if isinstance(value, str):
        value = commas(value)
    need(isinstance(value, list), f'"{base}" assertion type must have an array value')
    wanted = list(map(as_text, value))
    fold: Callable[[str], str] = str.lower if base.startswith("i") else str
    text = fold(answer.text)
    missing = [each for each in wanted if fold(each) not in text]
    if base.endswith("any"):
        passed = (len(missing) < len(wanted)) is not turned
        return found(passed, f'Expected output to {inverse(turned)}contain one of "{", ".join(wanted)}"')
    reason = f"contain all of [{', '.join(wanted)}]. Missing: [{', '.join(missing)}]"
    return found((not missing) is not turned, f"Expected output to {inverse(turned)}{reason}")


def _starts_with(base: str, value: Any, _: Any, answer: Answer, turned: bool) -> Found:
    need(isinstance(value, str) and value != "", f'"{base}" assertion type must have a string value')
    passed = answer.text.startswith(value) is not turned
    return found(passed, f'Expected output to {inverse(turned)}start with "{value}"')


def _regex(base: str, value: Any, _: Any, answer: Answer, turned: bool) -> Found:
    need(isinstance(value, str) and value != "", f'"{base}" assertion type must have a string value')
    try:
        passed = matches(value, answer.text) is not turned
    except BadPattern as fault:
        return False, 0.0, f"Invalid regex pattern: {fault}"
    return found(passed, f'Expected output to {inverse(turned)}match regex "{value}"')


def _json(base: str, value: Any, _: Any, answer: Answer, turned: bool) -> Found:
    schema = bool(value) or isinstance(value, dict | list)
    if base == "is-json":
        try:
            data = parsed(answer.text)
        except ValueError:
            return found(turned, f"Expected output to {inverse(turned)}be valid JSON")
        if not schema:
            return found(not turned, f"Expected output to {inverse(turned)}be valid JSON")
        fault = schema_fault(value, data)
        if fault is None:
            return found(not turned, "Output is JSON that conforms to the provided schema")
        return found(turned, fault)
    inside = objects(answer.text)
    passed = not inside if turned else bool(inside)
    reason = f"Expected output to {inverse(turned)}contain valid JSON"
    for data in inside if schema else ():
        fault = schema_fault(value, data)
        passed = (fault is None) is not turned
        if fault is None:
            reason = "Output contains JSON conforming to the provided schema" if turned else reason
            break
        reason = fault
    return found(passed, reason)


def _xml(base: str, value: Any, _: Any, answer: Answer, turned: bool) -> Found:
    if isinstance(value, dict) and value:
        value = value.get("requiredElements")
        need(isinstance(value, list), "xml assertion must contain a string, array value, or no value")
    elif isinstance(value, str):
        value = [trimmed(part) for part in value.split(",")]
    wanted = value if isinstance(value, list) else []
    need(None not in wanted, "xml assertion must not require null")
    fault = (xml_fault if base == "is-xml" else holds_xml)(answer.text, list(map(as_text, wanted)))
    return found((not fault) is not turned, fault or "XML is valid and contains all required elements")


def _html(base: str, _: Any, __: Any, answer: Answer, turned: bool) -> Found:
    if base == "is-html":
        fault = html_fault(answer.text)
        return found((not fault) is not turned, fault or "Output is valid HTML")
    return found(holds_html(answer.text) is not turned, f"Expected output to {inverse(turned)}contain HTML content")


def _levenshtein(base: str, value: Any, threshold: Any, answer: Answer, turned: bool) -> Found:
    from genai_tui.stages.evaluate.scorers.distances import edits

    need(isinstance(value, str), f'"{base}" assertion type must have a string value')
    distance, most = edits(halved(answer.text), halved(value)), 5 if threshold is None else threshold
    side = "less than or equal to" if turned else "greater than"
    return found(
        (distance <= most) is not turned, f"Levenshtein distance {distance} is {side} threshold {as_text(most)}"
    )


def _likeness(base: str, value: Any, threshold: Any, answer: Answer, turned: bool) -> Found:
    if base == "rouge-n":
        need(isinstance(value, str), '"rouge" assertion type must be a string value')
        score, least = measures.rouge_1(answer.text, value), 0.75 if threshold is None else threshold
    else:
        references = value if isinstance(value, list) else [value]
        right = bool(references) and all(isinstance(each, str) for each in references)
        need(right, f'"{base}" assertion type must have a string or array of strings value')
        compute = measures.bleu if base == "bleu" else measures.gleu
        score, least = compute(answer.text, references), 0.5 if threshold is None else threshold
    reached = score >= least
    passed = reached is not turned
    side = "greater than or equal to" if reached else "less than"
    reason = f"{base.upper()} score {score:.4f} is {side} threshold {as_text(least)}"
    return passed, 1 - score if turned else score, PASSED if passed else reason


def _finish_reason(base: str, value: Any, _: Any, answer: Answer, turned: bool) -> Found:
    need(isinstance(value, str), f'"{base}" assertion type must have a string value')
    if not answer.finish_reason:
        return found(turned, "Provider did not supply stop/finish reason")
    reason = f'Expected finish reason {inverse(turned)}"{value}" but got "{answer.finish_reason}"'
    return found((value.lower() == answer.finish_reason.lower()) is not turned, reason)


def _is_refusal(_: str, __: Any, ___: Any, answer: Answer, turned: bool) -> Found:
    if not answer.is_text or not trimmed(answer.text):
        return not turned, 0.0, "Expected output to not be a refusal" if turned else "Empty response treated as refusal"
    return found(refuses(answer.text) is not turned, f"Expected output to {inverse(turned)}be a refusal")


CHECKS: dict[str, Check] = {
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
    "word-count": judge_words,
    "latency": judge_measured,
    "cost": judge_measured,
    "perplexity": judge_perplexity,
    "perplexity-score": judge_perplexity,
    "finish-reason": _finish_reason,
    "is-refusal": _is_refusal,
}
