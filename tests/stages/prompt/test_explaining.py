"""How the numbers came about: every figure that is told can be calculated again from what is told with it."""

import re
from dataclasses import replace

from genai_tui.records.endpoints import Endpoint, Price
from genai_tui.records.generations import Generation, Moments, Usage
from genai_tui.stages.prompt.counting import Counts
from genai_tui.stages.prompt.explaining import explain, explain_counts

MOMENTS = Moments(queued=0.0, sent=0.1, first_byte=0.2, first_token=0.3, done=2.3, wall=1e9)


def told(usage: Usage | None, *, prompt: int | None = 3, cost: float | None = 0.0, **more: object) -> dict[str, str]:
    each = Generation("try", "x", "m", "text", "stop", usage, cost, MOMENTS, prompt=prompt, streamed=True, **more)  # type: ignore[arg-type]
    return dict(explain(each, Endpoint("x", "http://h/v1", price=Price(2.0, 6.0))))


def test_the_rate_is_of_the_tokens_after_the_first() -> None:
    said = told(Usage(10, 41))
    assert said["rate"] == "20.0 tokens a second: the 40 after the first, in 2,000 ms"
    assert said["first token"].startswith("200 ms from sending")
    assert said["waited"].startswith("100 ms before")


def test_a_guess_is_marked_wherever_it_goes() -> None:
    said = told(Usage(10, 41, guessed=True))
    assert said["rate"].startswith("≈ 20.0 tokens a second: the ≈ 40")
    assert "≈ counted here" in said["tokens in"]


def test_a_stream_in_one_piece_has_no_rate() -> None:
    assert "rate" not in told(Usage(10, 41), all_at_once=True)
    assert "rate" not in told(Usage(10, 1))
    assert "rate" not in told(None)


def test_money_is_tokens_times_price() -> None:
    said = told(Usage(1_000_000, 500_000), cost=5.0)["money"]
    assert said == "$5.00 = 1,000,000 × $2 + 500,000 × $6, a million tokens; the price in your settings"


def test_a_prompt_that_was_not_saved_is_called_so() -> None:
    assert told(None)["asked"] == "x/m, with prompt version 3"
    assert "not saved" in told(None, prompt=None)["asked"]


def test_the_whole_is_the_sum_that_is_told() -> None:
    counts = Counts(18, 1_009, 122, 1_176, 2_048, guessed=True, whole_guessed=True, messages=6)
    said = dict(explain_counts(counts, "smollm2-135m"))
    whole, texts, messages, each, end = map(int, re.findall(r"\d+", said["whole"].replace(",", "")))
    assert whole == counts.whole == texts + messages * each + end
    assert texts == 18 + 1_009 + 122
    assert "stands in for smollm2-135m" in said["counted"]
    assert "872 are left" in said["context"]


def test_too_long_and_unknown_contexts_are_said() -> None:
    long = Counts(0, 3_000, 0, 3_007, 2_048, guessed=False, whole_guessed=True, messages=1)
    said = dict(explain_counts(long, "m"))
    assert "959 too many" in said["context"]
    assert "system" not in said
    assert "server's own tokenizer" in said["counted"]
    unknown = Counts(0, 3, 0, 10, None, guessed=False, whole_guessed=False, messages=1)
    assert "neither the endpoint" in dict(explain_counts(unknown, "m"))["context"]


def test_what_the_chat_template_adds_is_told_where_the_server_says_it() -> None:
    counts = Counts(18, 9, 0, 40, 2_048, guessed=False, whole_guessed=False, messages=2)
    said = dict(explain_counts(counts, "m"))
    assert said["whole"] == "40 = 27 + 13 that the chat template adds to 2 messages"


def test_no_rate_is_given_where_all_came_in_too_short_a_time() -> None:
    moments = Moments(0.0, 0.0, 0.1, 0.1, 0.11)
    fast = Generation("try", "fake", "echo", "x", "stop", Usage(5, 3000), None, moments, streamed=True)
    said = dict(explain(fast, None))
    assert said["rate"].startswith("none is given for the 2,999 after the first, in 10 ms")
    assert fast.rate is None
    assert round(replace(fast, moments=replace(moments, done=1.1)).rate or 0) == 2999
