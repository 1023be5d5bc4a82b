"""How long is waited, in every form that servers write it."""

from email.utils import formatdate
from typing import Any

import pytest

from genai_tui.inference.retrying import back_off, budgets, duration, reset_seconds, spoken, stated_wait

NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        ({"retry-after-ms": "1500", "retry-after": "20"}, None, 1.5),
        ({"retry-after": "2"}, None, 2.0),
        ({"retry-after": "0.25"}, None, 0.25),
        ({"retry-after": formatdate(NOW + 30, usegmt=True)}, None, 30.0),
        ({"retry-after": formatdate(NOW - 30, usegmt=True)}, None, 0.0),
        ({"retry-after": formatdate(NOW + 900, usegmt=True), "date": formatdate(NOW + 890, usegmt=True)}, None, 10.0),
        ({"retry-after": "inf"}, None, None),
        ({"retry-after": "nan"}, None, None),
        ({"retry-after": "-3"}, None, None),
        ({"retry-after": "soon"}, None, None),
        ({"retry-after": ""}, None, None),
        ({"retry-after-ms": "-1", "retry-after": "7"}, None, 7.0),
        ({"retry-after": "3s"}, None, 3.0),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "1.2s"}, None, 1.2),
        ({"x-ratelimit-remaining-tokens": "5", "x-ratelimit-reset-tokens": "1.2s"}, None, None),
        ({"x-ratelimit-remaining-tokens": "0", "x-rate-limit-reset-tokens": "12"}, None, 12.0),
        ({"x-ratelimit-reset-requests": "12"}, None, 12.0),
        ({"x-ratelimit-reset-requests": "6m0s"}, None, None),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int((NOW + 4) * 1000))}, None, 4.0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW + 4))}, None, 4.0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "-1"}, None, None),
        (
            {
                "anthropic-ratelimit-requests-remaining": "0",
                "anthropic-ratelimit-requests-reset": "2027-01-15T08:00:05Z",
            },
            None,
            5.0,
        ),
        ({}, {"error": {"details": [{"retryDelay": "35s"}]}}, 35.0),
        ({}, {"error": "loading", "estimated_time": 20.5}, 20.5),
        ({}, {"error": {"message": "Please try again in 7.66s. Visit"}}, 7.66),
        ({}, {"error": {"message": "Please try again in 1m30s."}}, 90.0),
        ({}, {"error": {"message": "Please try again in 20ms"}}, 0.02),
        ({}, {"error": {"message": "Retry after 12 seconds."}}, 12.0),
        ({}, {"error": {"message": "Try again later."}}, None),
        ({}, {"error": {"metadata": {"headers": {"Retry-After": "9"}}}}, 9.0),
        ({}, "nothing", None),
    ],
)
def test_stated_wait(headers: dict[str, str], body: Any, expected: float | None) -> None:
    found = stated_wait(headers, body, now=NOW)
    assert found == (None if expected is None else pytest.approx(expected, abs=0.01))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("6m0s", 360), ("500ms", 0.5), ("1h2m3s", 3723), ("1d", 86400), ("1.5s", 1.5), ("6m x", None), ("", None)],
)
def test_durations(text: str, seconds: float | None) -> None:
    assert duration(text) == seconds


def test_resets_that_are_none() -> None:
    assert [reset_seconds(text, NOW) for text in ("-1", "nan", "inf", "later", "")] == [None] * 5


def test_back_off_doubles_and_ends() -> None:
    waits = [back_off(attempt) for attempt in range(1, 9)]
    for attempt, wait in enumerate(waits):
        longest = min(8.0, 0.5 * 2**attempt)
        assert 0.75 * longest <= wait <= longest


def test_budgets_by_name() -> None:
    headers = {"x-ratelimit-limit-requests": "5", "x-ratelimit-remaining-requests": "1", "content-type": "text"}
    assert budgets(headers) == {"requests": {"remaining": "1"}}


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.25, "0.2 s"),
        (45, "45 s"),
        (119, "119 s"),
        (360, "6 min"),
        (3600, "1 h"),
        (3900, "1 h 5 min"),
        (4e5, "5 days"),
    ],
)
def test_spoken(seconds: float, words: str) -> None:
    assert spoken(seconds) == words
