"""promptfoo's assertions on what is counted or measured of an answer: words, latency, cost, perplexity.

Source: https://www.promptfoo.dev/docs/configuration/expected-outputs/deterministic/
"""

import math
import operator
from functools import reduce
from typing import Any

from genai_tui.records.javascript import as_text, double
from genai_tui.stages.evaluate.interchange.outcomes import PASSED, Answer, Found, found, need
from genai_tui.stages.evaluate.interchange.values import as_number, at_most, words


def judge_words(base: str, value: Any, _: Any, answer: Answer, turned: bool) -> Found:
    """Words between white space: exactly so many, or between `min` and `max`."""
    need(value is not None, f'"{base}" assertion must have a value')
    count = sum(map(bool, words(answer.text)))
    if not isinstance(value, dict):
        exact = as_number(value)
        right = isinstance(value, str | int | float) and not isinstance(value, bool) and not math.isnan(exact)
        need(right, f'"{base}" assertion value must be a number or an object with min/max properties')
        if turned:
            return found(count != exact, f"Expected word count to not equal {as_text(exact)}, but got {count}")
        return found(count == exact, f"Word count {count} does not equal expected {as_text(exact)}")
    sides = {"min", "max"} & value.keys()
    need(bool(sides), f'"{base}" assertion object must have "min" and/or "max" properties')
    low, high = value.get("min", 0), value.get("max", math.inf)
    sentence = f"min ({as_text(low)}) must be less than or equal to max ({as_text(high)})"
    need(len(sides) == 1 or at_most(low, high), f'"{base}" assertion: {sentence}')
    met = at_most(low, count) and at_most(count, high)
    if len(sides) == 2:
        wanted = f"between {as_text(low)} and {as_text(high)}"
        failed = f"Word count {count} is not {wanted}"
    elif "max" in sides:
        wanted = f"greater than {as_text(high)}"
        failed = f"Word count {count} is greater than maximum {as_text(high)}"
    else:
        wanted = f"less than {as_text(low)}"
        failed = f"Word count {count} is less than minimum {as_text(low)}"
    wanted = f"not be {wanted}" if len(sides) == 2 else f"be {wanted}"
    return found(met is not turned, f"Expected word count to {wanted}, but got {count}" if turned else failed)


def judge_measured(base: str, _: Any, threshold: Any, answer: Answer, turned: bool) -> Found:
    """Latency in milliseconds or cost in dollars, at most the threshold."""
    value = answer.latency_ms if base == "latency" else answer.cost_usd
    need(threshold is not None, f"{base.capitalize()} assertion must have a threshold")
    need(value is not None, f"{base.capitalize()} assertion does not support answers whose {base} is not known")
    met = value is not None and value <= threshold
    side = "less than or equal to" if turned else "greater than"
    unit = "ms" if base == "latency" else ""
    measured = f"{base.capitalize()} {as_text(value)}{unit}"
    return found(met is not turned, f"{measured} is {side} threshold {as_text(threshold)}{unit}")


def judge_perplexity(base: str, _: Any, threshold: Any, answer: Answer, turned: bool) -> Found:
    """Perplexity of the tokens at most the threshold; or 1 / (1 + perplexity) at least."""
    need(bool(answer.logprobs), f"{base} assertion does not support providers that do not return logProbs")
    mean = reduce(operator.add, map(double, answer.logprobs), 0.0) / len(answer.logprobs)
    try:
        perplexity = math.exp(-mean)
    except OverflowError:
        perplexity = math.inf
    if base == "perplexity":
        passed = threshold is None or (perplexity <= threshold) is not turned
        side = "less than or equal to" if turned else "greater than"
        return found(passed, f"Perplexity {perplexity:.2f} is {side} threshold {as_text(threshold)}")
    score = 1 / (1 + perplexity)
    passed = threshold is None or (score >= threshold) is not turned
    side = "greater than or equal to" if turned else "less than"
    reason = PASSED if passed else f"Perplexity score {score:.2f} is {side} threshold {as_text(threshold)}"
    return passed, 1 - score if turned else score, reason
