"""Token counts and costs as endpoints state them, and which of them can be believed."""

import math
from typing import Any

from genai_tui.records.generations import Usage

TICKS_A_DOLLAR = 1e10  # xAI's unit
MOST_TOKENS = 10**12  # of one answer; more is nonsense, as less than none is


def number(value: Any) -> float | None:
    """`value` as a finite number, also where it is written as a string; None for anything else."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    try:
        found = float(value) if isinstance(value, (int, float)) else math.nan
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


class UsageReader:
    """Keeps the last usage with numbers; null never erases it and nothing is added up."""

    def __init__(self) -> None:
        self.raw: dict[str, Any] | None = None
        self.seen = 0
        self.tier: str | None = None
        self._cost: float | None = None

    def take(self, chunk: dict[str, Any]) -> None:
        """Look where a chunk or a whole answer may state usage, cost and the tier that was billed."""
        tier = chunk.get("service_tier")
        if isinstance(tier, str) and tier:
            self.tier = tier
        found = chunk.get("usage")
        if not _has_numbers(found):
            foreign = chunk.get("x_groq")
            found = foreign.get("usage") if isinstance(foreign, dict) else None
        if not _has_numbers(found):
            choices = chunk.get("choices")
            first = choices[0] if isinstance(choices, list) and choices else None
            found = first.get("usage") if isinstance(first, dict) else None
        if isinstance(found, dict):
            self._take_cost(found)
            if _believable(found):
                self.raw = found
                self.seen += 1

    def _take_cost(self, usage: dict[str, Any]) -> None:
        ticks = number(usage.get("cost_in_usd_ticks"))
        cost = number(usage.get("cost"))
        if cost is None and ticks is not None:
            cost = ticks / TICKS_A_DOLLAR
        if cost is not None and cost >= 0:
            self._cost = cost

    @property
    def cost_usd(self) -> float | None:
        """What the endpoint itself says it cost; it beats any table of ours."""
        return self._cost

    @property
    def additive(self) -> bool:
        """Whether reasoning tokens came on top of the completion tokens (xAI, Gemini)."""
        if self.raw is None:
            return False
        prompt, completion, total = _counts(self.raw)
        return None not in (prompt, completion, total) and (total or 0) > (prompt or 0) + (completion or 0)

    def usage(self, *, answered: bool) -> Usage | None:
        """The usage; None where none can be believed. `answered`: there was text, so its count cannot be zero."""
        if self.raw is None:
            return None
        prompt, completion, total = _counts(self.raw)
        if prompt is None and completion is not None and total is not None:
            prompt = total - completion
        if prompt is not None and total is not None and total > prompt + (completion or 0):
            completion = total - prompt
        reasoning = _detail(self.raw, "completion_tokens_details", "reasoning_tokens")
        if total is None and completion is not None and reasoning > completion:
            completion += reasoning  # more than the whole answer: it came on top
        if not prompt or prompt < 0 or completion is None or (answered and completion == 0):
            return None
        return Usage(
            input_tokens=prompt,
            output_tokens=completion,
            cached_tokens=_cached(self.raw, prompt),
            reasoning_tokens=min(reasoning, completion),
            cost_usd=self._cost,
            service_tier=self.tier,
        )


def _count(usage: dict[str, Any], *names: str) -> int | None:
    for name in names:
        value = number(usage.get(name))
        if value is not None:
            return int(value)
    return None


def _counts(usage: dict[str, Any]) -> tuple[int | None, int | None, int | None]:
    return (
        _count(usage, "prompt_tokens", "input_tokens"),
        _count(usage, "completion_tokens", "output_tokens"),
        _count(usage, "total_tokens"),
    )


def _has_numbers(usage: Any) -> bool:
    return isinstance(usage, dict) and any(value is not None for value in _counts(usage))


def _believable(usage: dict[str, Any]) -> bool:
    counts = [value for value in _counts(usage) if value is not None]
    return bool(counts) and all(0 <= value <= MOST_TOKENS for value in counts) and any(counts)


def _detail(usage: dict[str, Any], group: str, name: str) -> int:
    details = usage.get(group)
    value = number(details.get(name)) if isinstance(details, dict) else None
    return int(value) if value is not None and value > 0 else 0


def _cached(usage: dict[str, Any], prompt: int) -> int:
    cached = (
        _detail(usage, "prompt_tokens_details", "cached_tokens")
        or _detail(usage, "input_tokens_details", "cached_tokens")
        or _count(usage, "prompt_cache_hit_tokens", "cached_tokens")
        or 0
    )
    return cached if 0 < cached <= prompt else 0  # more than the prompt is nonsense, and pricing tables refuse it
