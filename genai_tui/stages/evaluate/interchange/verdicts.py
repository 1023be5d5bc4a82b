"""promptfoo's verdict on one answer: each assertion, weights, thresholds and sets, as promptfoo itself judges them."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from genai_tui.answering.render import NUNJUCKS, filled
from genai_tui.errors import GenaiError
from genai_tui.records.javascript import as_text
from genai_tui.stages.evaluate.interchange.checks import CHECKS
from genai_tui.stages.evaluate.interchange.outcomes import Answer
from genai_tui.stages.evaluate.interchange.values import Malformed

__all__ = ["Answer", "Part", "Verdict", "judge"]


class Part(NamedTuple):
    """The verdict on one assertion."""

    type: str
    passed: bool
    score: float
    reason: str


class Verdict(NamedTuple):
    """The verdict on all: `named` are means of the assertions with a metric; `error`: promptfoo would stop there."""

    passed: bool
    score: float
    reason: str
    parts: tuple[Part, ...] = ()
    named: Mapping[str, float] = {}
    error: bool = False
    weights: Mapping[str, float] = {}


def judge(test: Mapping[str, Any], inputs: Mapping[str, Any], answer: Answer) -> Verdict:
    """The verdict on an answer to a test: its `assert` and `threshold`, and whether the answer is `parsed` first."""
    assertions = test.get("assert") or []
    if not assertions:
        return Verdict(True, 1.0, "No assertions")
    try:
        return _summed(assertions, test.get("threshold"), inputs, answer.as_parsed() if test.get("parsed") else answer)
    except Malformed as fault:
        return Verdict(False, 0.0, str(fault), error=True)


def _summed(
    assertions: Sequence[Mapping[str, Any]], threshold: float | None, inputs: Mapping[str, Any], answer: Answer
) -> Verdict:
    total = weight_of_all = 0.0
    failed: str | None = None
    parts: dict[int, tuple[Part, ...]] = {}
    named: dict[str, float] = {}
    weights: dict[str, float] = {}
    # promptfoo adds sets up when everything outside them is judged, and the last failure gives the reason
    for place, assertion in sorted(enumerate(assertions), key=lambda each: each[1]["type"] == "assert-set"):
        weight = assertion.get("weight", 1)
        inner: Verdict | None = None
        if assertion["type"] == "assert-set":
            inner = _summed(assertion["assert"], assertion.get("threshold"), inputs, answer)
            part = Part("assert-set", inner.passed, inner.score, inner.reason)
        else:
            part = _judged(assertion, inputs, answer)
        total += part.score * weight
        weight_of_all += weight
        parts[place] = (part, *(inner.parts if inner else ()))
        metric = _filled(assertion["metric"], inputs) if assertion.get("metric") else ""
        if metric:
            named[metric] = named.get(metric, 0.0) + part.score * weight
            weights[metric] = weights.get(metric, 0.0) + weight
        for name, score in (inner.named if inner else {}).items():
            if name != metric and inner is not None:
                share = inner.weights.get(name, 1) * weight
                named[name] = named.get(name, 0.0) + score * share
                weights[name] = weights.get(name, 0.0) + share
        if not part.passed:
            failed = part.reason
    score = total / weight_of_all if weight_of_all > 0 else 0.0
    passed, reason = failed is None, failed or "All assertions passed"
    if isinstance(threshold, int | float) and not isinstance(threshold, bool):
        passed = score >= threshold
        reason = f"Aggregate score {score:.2f} {'≥' if passed else '<'} {as_text(threshold)} threshold"
    means = {name: value / weights[name] if weights[name] > 0 else 0.0 for name, value in named.items()}
    flat = tuple(part for place in sorted(parts) for part in parts[place])
    return Verdict(passed, score, reason, flat, means, weights=weights)


def _judged(assertion: Mapping[str, Any], inputs: Mapping[str, Any], answer: Answer) -> Part:
    kind: str = assertion["type"]
    turned = kind.startswith("not-")
    base = kind.removeprefix("not-")
    value = assertion.get("value", "undefined" if base == "equals" else None)  # as JavaScript writes what is not there
    if isinstance(value, str):
        value = _filled(value, inputs)
    elif isinstance(value, list):
        value = [_filled(item, inputs) if isinstance(item, str) else item for item in value]
    passed, score, reason = CHECKS[base](base, value, assertion.get("threshold"), answer, turned)
    if assertion.get("weight") == 0:
        passed = True
    return Part(kind, passed, score, reason)


def _filled(template: str, inputs: Mapping[str, Any]) -> str:
    if not template.startswith(NUNJUCKS):
        return template
    try:
        return filled(template, inputs)
    except GenaiError as fault:
        raise Malformed(fault.what) from fault
