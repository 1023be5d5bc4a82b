"""What an API would cost: tokens of a request at list prices, from the cache, in batches, with images.

Prices are those of inference/prices: the user's own, else the list of genai-prices. Unknown is None and never 0.
"""

from dataclasses import dataclass, replace

from genai_tui.estimation.amounts import amount, count
from genai_tui.inference.prices import IMAGES, price_of, rate_per_million, source
from genai_tui.records.endpoints import Endpoint
from genai_tui.records.estimates import Part
from genai_tui.records.generations import Usage

MONTHS = 12


@dataclass(frozen=True)
class Asked:
    """One request: tokens in (some of them cached) and out, tokens of its images, and how they were counted."""

    input_tokens: int
    output_tokens: int
    cached_tokens: int = 0
    image_tokens: int = 0
    counted: str = "as given"

    def checked(self) -> "Asked":
        """As it is, if its numbers are within sense. Raises UsageFault."""
        count("input tokens", self.input_tokens, high=1e9, zero=True)
        count("output tokens", self.output_tokens, high=1e9, zero=True)
        count("image tokens", self.image_tokens, high=1e9, zero=True)
        count("cached tokens", self.cached_tokens, high=max(1, self.input_tokens), zero=True)
        return self


@dataclass(frozen=True)
class ApiCost:
    """US dollars of a request, a month and a year; None where a price is unknown, and `unknown` says which."""

    request_usd: float | None
    month_usd: float | None
    year_usd: float | None
    batch_month_usd: float | None
    parts: tuple[Part, ...]
    unknown: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()


def api_cost(endpoint: Endpoint, model_id: str, asked: Asked, requests_a_month: float) -> ApiCost:
    """What `requests_a_month` such requests cost at this endpoint. Raises UsageFault for nonsense."""
    asked = asked.checked()
    amount("requests a month", requests_a_month, high=1e15, zero=True)
    usage = Usage(asked.input_tokens, asked.output_tokens, asked.cached_tokens)
    text, whose = price_of(endpoint, model_id, usage), _whose(endpoint)
    unknown, parts, assumed = [], list[Part](), [f"tokens {asked.counted}"]
    images = 0.0
    if text is None:
        unknown.append(f"no price of {endpoint.name}/{model_id} is known")
    else:
        parts += _token_parts(endpoint, model_id, usage, text, whose)
    if asked.image_tokens:
        rate = 0.0 if endpoint.embedded else rate_per_million(endpoint, model_id, IMAGES)
        if rate is None:
            unknown.append(f"no price of images at {endpoint.name}/{model_id} is known")
        else:
            images = rate * asked.image_tokens / 1e6
            parts.append(Part("images", images, "US dollars", f"{asked.image_tokens:,} x ${rate:g} a million", whose))
    request = None if unknown or text is None else text + images
    month = None if request is None else request * requests_a_month
    year = None if month is None else month * MONTHS
    if request is not None and month is not None and year is not None:
        parts += [
            Part("a request", request, "US dollars", " + ".join(f"${part.value:.4g}" for part in parts), "arithmetic"),
            Part("a month", month, "US dollars", f"{requests_a_month:,.0f} x ${request:.6g}", "arithmetic"),
            Part("a year", year, "US dollars", f"{MONTHS} x ${month:,.4g}", "arithmetic"),
        ]
    batch = None if asked.image_tokens else price_of(endpoint, model_id, replace(usage, service_tier="batch"))
    batched = None
    if batch is not None and request is not None and batch < request:
        batched = batch * requests_a_month
        formula = f"{requests_a_month:,.0f} x ${batch:.6g}"
        parts.append(Part("a month in batches", batched, "US dollars", formula, whose))
    if asked.cached_tokens == 0 and asked.input_tokens:
        assumed.append("nothing of the prompt is read from the provider's cache")
    return ApiCost(request, month, year, batched, tuple(parts), tuple(unknown), tuple(assumed))


def _token_parts(endpoint: Endpoint, model_id: str, usage: Usage, text: float, whose: str) -> list[Part]:
    """The price of a request's text in its parts: input that is new, input that was cached, output."""
    into = price_of(endpoint, model_id, replace(usage, output_tokens=0))
    if into is None:
        return [Part("tokens", text, "US dollars", f"{usage.input_tokens:,} in, {usage.output_tokens:,} out", whose)]
    new = usage.input_tokens - usage.cached_tokens
    said = f"{new:,} new and {usage.cached_tokens:,} cached tokens" if usage.cached_tokens else f"{new:,} tokens"
    return [
        Part("input", into, "US dollars", f"{said} {_each(into, usage.input_tokens)}", whose),
        Part(
            "output",
            text - into,
            "US dollars",
            f"{usage.output_tokens:,} tokens {_each(text - into, usage.output_tokens)}",
            whose,
        ),
    ]


def _each(usd: float, tokens: int) -> str:
    return f"x ${usd / tokens * 1e6:.4g} a million" if tokens else ""


def _whose(endpoint: Endpoint) -> str:
    if endpoint.embedded:
        return "served on this machine: no price"
    return "the price in your settings" if endpoint.price is not None else source()
