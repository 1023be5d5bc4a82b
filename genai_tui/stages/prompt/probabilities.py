"""The tokens of an answer with their probabilities, as the endpoint told them; what they say of the whole."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from genai_tui.records.javascript import double
from genai_tui.untrusted import escape_json

UNLIKELY = 0.5  # below it another token, or all others together, were likelier


class Choice(NamedTuple):
    """A token and the natural logarithm of its probability; `shown` is its text in quotes, harmless, on one line."""

    shown: str
    logprob: float

    @property
    def probability(self) -> float:
        """Between 0 and 1; an endpoint's rounding above 1 is cut."""
        return min(1.0, math.exp(min(0.0, self.logprob)))


class Token(NamedTuple):
    """A token of an answer at its place (from 1), and the likeliest ones there, itself among them where it is one."""

    place: int
    text: str
    choice: Choice
    likeliest: tuple[Choice, ...]

    @property
    def unlikely(self) -> bool:
        """Whether something else was likelier than it."""
        return self.choice.probability < UNLIKELY


class Whole(NamedTuple):
    """What the tokens say of the answer: sum of their log probabilities in nats, and perplexity, `e^(-sum / tokens)`.

    A token of probability 0 makes them minus infinity and infinity.
    """

    tokens: int
    logprob: float
    perplexity: float


def tokens_of(logprobs: Sequence[Mapping[str, Any]]) -> Iterator[Token]:
    """The tokens as they were told; what is no token with a number is left out."""
    place = 0
    for item in logprobs:
        choice = _choice(item)
        if choice is None:
            continue
        place += 1
        top = item.get("top_logprobs")
        given = (_choice(other) for other in (top if isinstance(top, list) else ()) if isinstance(other, Mapping))
        likeliest = sorted((other for other in given if other is not None), key=lambda other: -other.logprob)
        yield Token(place, str(item["token"]), choice, tuple(likeliest))


def whole(tokens: Sequence[Token]) -> Whole:
    """The sum over all tokens, and the perplexity. Raises ValueError where there is none."""
    if not tokens:
        raise ValueError("no tokens")
    total = math.fsum(token.choice.logprob for token in tokens)
    mean = -total / len(tokens)
    return Whole(len(tokens), total, math.exp(mean) if mean < 700 else math.inf)


def _choice(item: Mapping[str, Any]) -> Choice | None:
    token, logprob = item.get("token"), item.get("logprob")
    if not isinstance(token, str) or isinstance(logprob, bool) or not isinstance(logprob, (int, float)):
        return None
    value = double(logprob)
    return Choice(_shown(token, item.get("bytes")), value) if value < math.inf else None  # NaN is not below it either


def _shown(token: str, raw: Any) -> str:
    """Its text in quotes with escapes; a piece of a character as its bytes, for it has no text."""
    if "\ufffd" in token and isinstance(raw, list) and raw and all(type(byte) is int for byte in raw):
        return "<" + " ".join(f"{byte & 0xFF:02X}" for byte in raw[:8]) + ">"
    return escape_json(json.dumps(token, ensure_ascii=False))
