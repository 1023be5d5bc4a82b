"""How the numbers of one answer came about: its times, its tokens and its money, each with its source."""

from collections.abc import Iterator

from genai_tui.inference import prices
from genai_tui.inference.tokens import A_MESSAGE, AN_ANSWER
from genai_tui.records.endpoints import Endpoint
from genai_tui.records.generations import Generation, Usage
from genai_tui.stages.prompt.counting import Counts
from genai_tui.stages.prompt.trying import money

WORTH_SAYING_S = 0.05  # seconds of waiting below which nothing is said of it
ENDED = {
    "stop": "the model ended it",
    "length": "cut off: the tokens it may use were used up (max_tokens, or the context)",
    "cancelled": "stopped here; what had come is kept",
    "content_filter": "stopped by the endpoint's content filter",
    "tool_calls": "the model calls a tool",
}


def explain(each: Generation, endpoint: Endpoint | None) -> Iterator[tuple[str, str]]:
    """Names and sentences. `endpoint` as the settings have it now, None where it is gone from them."""
    with_what = f"prompt version {each.prompt}" if each.prompt else "a prompt that was not saved as a version"
    yield "asked", f"{each.model}, with {with_what}"
    yield from _times(each)
    if each.usage is not None:
        yield from _tokens(each.usage)
    yield "money", _money(each, endpoint)
    if each.finish_reason:
        yield "end", f"{each.finish_reason}: {ENDED.get(each.finish_reason, 'as the endpoint says')}"
    retries = f", {each.retries} of them asked again" if each.retries else ""
    yield "requests", f"{max(1, len(each.exchanges))}{retries}"
    if each.created:
        yield "when", f"{each.created[:19].replace('T', ' ')} UTC"


def explain_counts(counts: Counts, model: str) -> Iterator[tuple[str, str]]:
    """Names and sentences on the tokens of a sheet, before it is asked of `model`."""
    parts = (("system", counts.system), ("template", counts.template), ("examples", counts.examples))
    about = "≈ " if counts.guessed else ""
    for name, tokens in parts:
        if tokens:
            yield name, f"{about}{tokens:,} tokens as they are sent for this row"
    texts = sum(tokens for _, tokens in parts)
    estimate = texts + A_MESSAGE * counts.messages + AN_ANSWER
    if counts.whole == estimate:
        added = f"{counts.messages:,} messages × {A_MESSAGE} and {AN_ANSWER} for the answer's beginning"
    else:
        added = f"{counts.whole - texts:,} that the chat template adds to {counts.messages:,} messages"
    yield "whole", f"{'≈ ' if counts.whole_guessed else ''}{counts.whole:,} = {texts:,} + {added}"
    if counts.guessed:
        yield "counted", f"with OpenAI's vocabulary o200k, which stands in for {model}'s own"
    elif counts.whole_guessed:
        yield "counted", "by the server's own tokenizer; what the chat format adds is as OpenAI's models count it"
    else:
        yield "counted", "by the server's own tokenizer, or with the model's own vocabulary"
    if counts.context is None:
        yield "context", "neither the endpoint nor the list of prices says how many tokens it takes"
    else:
        left = counts.context - counts.whole
        rest = f"{left:,} are left for the answer" if left >= 0 else f"{-left:,} too many"
        yield "context", f"{counts.context:,} tokens: {rest}"


def _times(each: Generation) -> Iterator[tuple[str, str]]:
    moments, usage = each.moments, each.usage
    if moments.sent is not None and moments.sent - moments.queued >= WORTH_SAYING_S:
        yield (
            "waited",
            f"{_ms(moments.sent - moments.queued)} before it was sent: for the endpoint's limits, or to wake",
        )
    first, total = moments.first_token_s, moments.total_s
    if first is not None and each.streamed:
        late = "; it all came at once, so this says nothing of the model" if each.all_at_once else ""
        yield "first token", f"{_ms(first)} from sending the request to the first piece of text{late}"
    if total is not None:
        yield "total", f"{_ms(total)} from sending the request to the end of the answer"
    if first is None or total is None or usage is None or each.all_at_once:
        return
    tokens, about, rate = usage.output_tokens - 1, "≈ " if usage.guessed else "", each.rate
    after = f"the {about}{tokens:,} after the first, in {_ms(total - first)}"
    if rate is not None:
        yield "rate", f"{about}{rate:,.1f} tokens a second: {after}"
    elif tokens > 0:
        yield "rate", f"none is given for {after}: too few tokens, or too short a time, to mean anything"


def _tokens(usage: Usage) -> Iterator[tuple[str, str]]:
    by = "≈ counted here, for the endpoint did not say" if usage.guessed else "as the endpoint counted them"
    more = f", {usage.cached_tokens:,} of them from its cache" if usage.cached_tokens else ""
    yield "tokens in", f"{usage.input_tokens:,}{more}; {by}"
    thought = f", {usage.reasoning_tokens:,} of them reasoning" if usage.reasoning_tokens else ""
    yield "tokens out", f"{usage.output_tokens:,}{thought}"


def _money(each: Generation, endpoint: Endpoint | None) -> str:
    spent, usage = money(each.cost_usd), each.usage
    if each.cost_usd is None:
        return "$?: nobody says what it costs. A price can be set: input_usd_per_million in the endpoint's settings"
    if each.cached_from:
        return f"{spent}, paid before: the answer was kept"
    if each.endpoint == "embedded":
        return f"{spent}: it was answered on this machine"
    if usage is not None and usage.cost_usd is not None:
        return f"{spent}, as the endpoint itself said"
    price = prices.price_per_million(endpoint, each.model_id) if endpoint is not None else None
    if price is None or usage is None:
        return f"{spent}, by the price at that time"
    source = "the price in your settings" if endpoint is not None and endpoint.price else prices.source()
    return (
        f"{spent} = {usage.input_tokens:,} × ${price.input_usd_per_million:g} + {usage.output_tokens:,} × "
        f"${price.output_usd_per_million:g}, a million tokens; {source}"
    )


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:,.0f} ms"
