"""promptfoo's deterministic assertions, with the verdict and the score that promptfoo gives (0.123.1).

`assertion` is one of a test's `assert`, its value already filled in; every `not-` form is known. What is not
deterministic, or runs code, is refused by name, never passed over.
"""

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from genai_tui.errors import UsageFault
from genai_tui.stages.evaluate.scorers import markup, overlap
from genai_tui.stages.evaluate.scorers.base import short
from genai_tui.stages.evaluate.scorers.distances import edits
from genai_tui.stages.evaluate.scorers.jsons import strict
from genai_tui.stages.evaluate.scorers.measures import perplexity
from genai_tui.stages.evaluate.scorers.patterns import LIMIT_S, compiled
from genai_tui.stages.evaluate.scorers.safety import refusing

MOST_TRIES = 500  # brackets that begin no JSON


@dataclass(frozen=True)
class Answered:
    """What an assertion may ask of an answer besides its text. Latency in seconds, cost in US dollars."""

    text: str
    latency_s: float | None = None
    cost_usd: float | None = None
    finish_reason: str | None = None
    refused: bool = False
    logprobs: Sequence[float] = field(default=())


class Asserted(NamedTuple):
    """The verdict on one assertion."""

    passed: bool
    score: float
    reason: str = ""


def supported(kind: str) -> bool:
    """Whether an assertion of this type can be judged here."""
    return kind.removeprefix("not-") in KINDS


def asserted(assertion: Mapping[str, Any], answer: Answered) -> Asserted:
    """The verdict on an answer. Raises UsageFault for a type that is not supported or a value that it cannot have."""
    kind = str(assertion.get("type"))
    inverse = kind.startswith("not-")
    base = kind.removeprefix("not-")
    if base not in KINDS:
        raise UsageFault(f"The assertion {kind[:80]} is not supported.", "", f"Supported: {', '.join(KINDS)}.")
    return KINDS[base](_Asked(base, assertion.get("value"), assertion.get("threshold"), inverse, answer))


class _Asked(NamedTuple):
    kind: str
    value: Any
    threshold: float | None
    inverse: bool
    answer: Answered

    @property
    def text(self) -> str:
        return self.answer.text

    def verdict(self, holds: bool, reason: str) -> Asserted:
        """Pass or fail, 1 or 0; the inverse form turns it round."""
        passed = holds != self.inverse
        return Asserted(passed, float(passed), "" if passed else reason)

    def graded(self, score: float, least: float) -> Asserted:
        """A score with a threshold; the inverse form turns both round."""
        bound = least if self.threshold is None else self.threshold
        passed = (score >= bound) != self.inverse
        shown = 1 - score if self.inverse else score
        return Asserted(passed, shown, "" if passed else f"{self.kind} is {score:.4g}; the threshold is {bound:g}.")

    def fault(self, wanted: str) -> UsageFault:
        return UsageFault(f"The assertion {self.kind} needs {wanted}, not {short(json.dumps(self.value))}.")


def written(value: Any) -> str:
    """A value as JavaScript writes it as text: whole numbers without a point, true and false small."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e21:
        return str(int(value))
    return value if isinstance(value, str) else str(value)


def comma_separated(text: str) -> list[str]:
    """The parts between commas, without the quotes around them; a comma within quotes parts nothing."""
    parts = re.findall(r'\s*(?:"((?:[^"\\]|\\.)*)"|([^,]*))\s*(?:,|$)', text)
    found = [quoted.replace('\\"', '"') or plain.strip() for quoted, plain in parts]
    return found[:-1] if found and not found[-1] and not text.rstrip().endswith(",") else found


def _equals(asked: _Asked) -> Asserted:
    reason = f"Expected {short(json.dumps(asked.value, ensure_ascii=False))}."
    if isinstance(asked.value, dict | list):
        try:
            return asked.verdict(strict(asked.text) == asked.value, reason)
        except ValueError:
            return asked.verdict(False, reason)
    return asked.verdict(asked.text == written(asked.value), reason)


def _one(asked: _Asked) -> str:
    if isinstance(asked.value, bool) or not isinstance(asked.value, str | int | float) or asked.value == "":
        raise asked.fault("a text or a number")
    return written(asked.value)


def _contains(asked: _Asked) -> Asserted:
    fold = str.lower if asked.kind.startswith("i") else str
    wanted = _one(asked)
    return asked.verdict(fold(wanted) in fold(asked.text), f'Expected output to contain "{short(wanted)}"')


def _contains_several(asked: _Asked) -> Asserted:
    fold = str.lower if asked.kind.startswith("i") else str
    value = comma_separated(asked.value) if isinstance(asked.value, str) and asked.value else asked.value
    if not isinstance(value, list):
        raise asked.fault("a list, or texts separated by commas")
    text = fold(asked.text)
    missing = [each for each in map(written, value) if fold(each) not in text]
    holds = not missing if asked.kind.endswith("all") else len(missing) < len(value)
    return asked.verdict(holds, f"Not in it: {short(', '.join(missing))}")


def _begins(asked: _Asked) -> Asserted:
    if not isinstance(asked.value, str):
        raise asked.fault("a text")
    holds = asked.text.startswith(asked.value) if asked.kind == "starts-with" else asked.text.endswith(asked.value)
    return asked.verdict(holds, f"{asked.kind} {short(asked.value)} does not hold.")


def _regex(asked: _Asked) -> Asserted:
    if not isinstance(asked.value, str):
        raise asked.fault("a text")
    try:
        found = compiled(_from_javascript(asked.value)).search(asked.text, timeout=LIMIT_S, concurrent=True)
    except (UsageFault, TimeoutError) as fault:
        return Asserted(False, 0.0, f"Invalid regex pattern: {fault}")
    return asked.verdict(found is not None, f'Expected output to match regex "{short(asked.value)}"')


def _from_javascript(pattern: str) -> str:
    """A pattern as JavaScript means it: `$` is the very end, digits and words are ASCII, no flags within."""
    if re.match(r"\(\?[aiLmsux-]+[):]", pattern):
        raise UsageFault("flags within a pattern are unknown to JavaScript")
    parts = re.findall(r"\\.|\[(?:\\.|[^\]\\])*\]|\(\?<(?=[A-Za-z_])|.", pattern, re.DOTALL)
    return "(?a)" + "".join({"$": r"\Z", "(?<": "(?P<", "[^]": r"[\s\S]"}.get(part, part) for part in parts)


def _schema(asked: _Asked) -> Any:
    if asked.value in (None, ""):
        return None
    if not isinstance(asked.value, str):
        return asked.value
    try:
        return strict(asked.value)
    except ValueError:
        from genai_tui.datasets.yamls import read_yaml

        return read_yaml(asked.value, "a schema").plain()


def _holds(value: Any, schema: Any) -> bool:
    if isinstance(schema, bool):
        return schema
    from genai_tui.answering.breaks import break_of

    return break_of(json.dumps(value), schema) is None


def _is_json(asked: _Asked) -> Asserted:
    try:
        value = strict(asked.text)
    except ValueError:
        return asked.verdict(False, "Expected output to be valid JSON")
    schema = _schema(asked)
    return asked.verdict(schema is None or _holds(value, schema), "JSON does not conform to the provided schema.")


def objects_in(text: str) -> list[Any]:
    """The JSON objects and lists that stand in a text, one after the other."""
    decoder, begins, found, place, failed = json.JSONDecoder(), re.compile(r"[{\[]"), [], 0, 0
    while failed < MOST_TRIES and (begin := begins.search(text, place)) is not None:
        try:
            value, place = decoder.raw_decode(text, begin.start())
            found.append(value)
        except (ValueError, RecursionError):
            place, failed = begin.start() + 1, failed + 1
    return found


def _contains_json(asked: _Asked) -> Asserted:
    found, schema = objects_in(asked.text), _schema(asked)
    holds = bool(found) if schema is None else any(_holds(value, schema) for value in found)
    return asked.verdict(holds, "Expected output to contain valid JSON")


def _levenshtein(asked: _Asked) -> Asserted:
    most = 5 if asked.threshold is None else asked.threshold
    distance = edits(asked.text, written(asked.value))
    return asked.verdict(distance <= most, f"Levenshtein distance {distance} is greater than threshold {most:g}")


def _references(asked: _Asked) -> list[str]:
    value = asked.value if isinstance(asked.value, list) else [asked.value]
    if not value or not all(isinstance(each, str) for each in value):
        raise asked.fault("a text or a list of texts")
    return value


def _rouge(asked: _Asked) -> Asserted:
    if not isinstance(asked.value, str):
        raise asked.fault("a text")
    return asked.graded(overlap.rouge_n(asked.text, asked.value), 0.75)


def _overlap(asked: _Asked) -> Asserted:
    score = overlap.bleu if asked.kind == "bleu" else overlap.gleu
    return asked.graded(score(asked.text, _references(asked)), 0.5)


def _word_count(asked: _Asked) -> Asserted:
    count, value = len(asked.text.split()), asked.value
    if isinstance(value, dict) and ("min" in value or "max" in value):
        holds = value.get("min", 0) <= count <= value.get("max", math.inf)
        return asked.verdict(holds, f"It has {count} words.")
    try:
        return asked.verdict(count == float(value), f"It has {count} words, not {value}.")
    except (TypeError, ValueError) as fault:
        raise asked.fault("a number, or min and max") from fault


def _bounded(asked: _Asked) -> Asserted:
    if asked.threshold is None:
        raise asked.fault("a threshold")
    found = asked.answer.cost_usd if asked.kind == "cost" else asked.answer.latency_s
    if found is None:
        what = "The price of the model is unknown." if asked.kind == "cost" else "No time was measured."
        raise UsageFault(f"The assertion {asked.kind} cannot be judged.", what)
    shown = found if asked.kind == "cost" else found * 1000
    return asked.verdict(shown <= asked.threshold, f"{asked.kind} {shown:g} is above {asked.threshold:g}.")


def _perplexity(asked: _Asked) -> Asserted:
    if not asked.answer.logprobs:
        raise UsageFault(f"The assertion {asked.kind} cannot be judged.", "The endpoint gave no log-probabilities.")
    found = perplexity(list(asked.answer.logprobs))
    if asked.kind == "perplexity":
        return asked.verdict(asked.threshold is None or found <= asked.threshold, f"Perplexity is {found:.4g}.")
    score = 1 / (1 + found)
    passed = (asked.threshold is None or score >= asked.threshold) != asked.inverse
    return Asserted(
        passed, 1 - score if asked.inverse else score, "" if passed else f"Perplexity score is {score:.4g}."
    )


def _refusal(asked: _Asked) -> Asserted:
    if not asked.answer.refused and not asked.text.strip():
        return Asserted(not asked.inverse, 0.0, "An empty answer counts as a refusal.")
    holds = asked.answer.refused or refusing(asked.text) is not None
    return asked.verdict(holds, f"Expected output to {'not ' if asked.inverse else ''}be a refusal")


def _finish(asked: _Asked) -> Asserted:
    found = asked.answer.finish_reason
    return asked.verdict(found == asked.value, f"It finished by {found}, not {written(asked.value)}.")


def _xml(asked: _Asked) -> Asserted:
    value = asked.value
    if isinstance(value, dict):
        value = value.get("requiredElements")
    elements = [part.strip() for part in value.split(",")] if isinstance(value, str) else list(value or ())
    check = markup.is_xml if asked.kind == "is-xml" else markup.contains_xml
    return asked.verdict(check(asked.text, elements), f"{asked.kind} does not hold.")


def _html(asked: _Asked) -> Asserted:
    check = markup.is_html if asked.kind == "is-html" else markup.contains_html
    return asked.verdict(check(asked.text), f"{asked.kind} does not hold.")


KINDS: dict[str, Callable[[_Asked], Asserted]] = {
    "equals": _equals,
    "contains": _contains,
    "icontains": _contains,
    "contains-any": _contains_several,
    "contains-all": _contains_several,
    "icontains-any": _contains_several,
    "icontains-all": _contains_several,
    "starts-with": _begins,
    "ends-with": _begins,
    "regex": _regex,
    "is-json": _is_json,
    "contains-json": _contains_json,
    "is-xml": _xml,
    "contains-xml": _xml,
    "is-html": _html,
    "contains-html": _html,
    "levenshtein": _levenshtein,
    "rouge-n": _rouge,
    "bleu": _overlap,
    "gleu": _overlap,
    "word-count": _word_count,
    "latency": _bounded,
    "cost": _bounded,
    "perplexity": _perplexity,
    "perplexity-score": _perplexity,
    "is-refusal": _refusal,
    "finish-reason": _finish,
}
