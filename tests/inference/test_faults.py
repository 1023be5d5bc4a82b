"""Errors in every shape that servers give them, and what follows."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genai_tui.inference.faults import Fault, kind_of, read_fault, refuses
from genai_tui.inference.redaction import redacted, without_addresses


def fault(status: int | None, value: Any) -> Fault:
    return read_fault(status, value if isinstance(value, bytes) else json.dumps(value).encode())


@pytest.mark.parametrize(
    ("status", "body", "code", "sentence", "param"),
    [
        (400, {"error": {"message": "No.", "type": "t", "code": "c", "param": "p"}}, "c", "No.", "p"),
        (400, {"error": {"message": "No.", "type": "bad_request", "code": 400}}, "bad_request", "No.", ""),
        (400, {"error": "Plainly no."}, "", "Plainly no.", ""),
        (400, {"code": "Some long words", "error": "Why."}, "", "Some long words: Why.", ""),
        (400, {"object": "error", "message": "No.", "type": "BadRequestError", "code": 400},
         "BadRequestError", "No.", ""),
        (422, {"detail": [{"loc": ["body", "seed"], "msg": "Extra", "type": "extra_forbidden"}]},
         "extra_forbidden", "Extra: seed", "seed"),
        (422, {"message": {"detail": [{"loc": ["body", "n"], "msg": "Bad", "type": "int"}]}}, "int", "Bad: n", "n"),
        (404, {"detail": "Not Found"}, "", "Not Found", ""),
        (400, [{"error": {"code": 400, "message": "No.", "status": "INVALID_ARGUMENT"}}],
         "INVALID_ARGUMENT", "No.", ""),
        (529, {"type": "error", "error": {"type": "overloaded_error", "message": "Full"}},
         "overloaded_error", "Full", ""),
        (502, {"error": {"message": "Provider", "metadata": {"raw": '{"error":{"message":"Inner"}}'}}},
         "", "Provider (Inner)", ""),
        (400, {"errors": [{"message": "One"}, {"message": "Two"}]}, "", "One; Two", ""),
        (500, b"", "", "", ""),
        (404, b"404 page not found\n", "", "404 page not found", ""),
        (429, b'data: {"error":{"message":"In an event"}}\n\n', "", "In an event", ""),
        (500, b"<html><head><title>A &amp; B</title><body>secret", "", "A & B", ""),
        (500, {"error": {"message": {"error": {"message": "Deep"}}}}, "", "Deep", ""),
        (500, b"null", "", "", ""),
        (500, b"\xff\xfe broken", "", "\ufffd\ufffd broken", ""),
    ],
)  # fmt: skip
def test_shapes(status: int, body: Any, code: str, sentence: str, param: str) -> None:
    found = fault(status, body)
    assert (found.status, found.code, found.sentence, found.param) == (status, code, sentence, param)


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ({"error": {"message": "m", "code": 502}}, 502),
        ({"error": {"message": "m", "code": "500"}}, 500),
        ({"error": {"message": "m", "code": "rate_limit_exceeded"}}, 429),
        ({"error": {"message": "m", "code": "no such"}}, None),
        ({"error": {"message": "m", "type": "server_error"}}, None),
        ({"type": "error", "error": {"type": "overloaded_error", "message": "m"}}, 529),
        ({"object": "error", "message": "m", "code": 400}, 400),
        ({"error": "m"}, None),
    ],
)
def test_the_status_inside_a_200(value: Any, status: int | None) -> None:
    assert read_fault(None, value).status == status


@pytest.mark.parametrize(
    ("status", "value", "kind"),
    [
        (400, {"error": {"message": "bad value"}}, "request"),
        (400, {"error": {"message": "API key not valid. Please pass a valid API key."}}, "key"),
        (400, {"error": {"message": "Your credit balance is too low"}}, "credit"),
        (400, {"error": {"message": "flagged by moderation", "code": "content_filter"}}, "filter"),
        (400, {"error": {"message": "prompt is too long: 9000 tokens > 8192 maximum"}}, "context"),
        (401, {}, "key"),
        (402, {}, "credit"),
        (403, {"error": {"message": "Region not supported"}}, "other"),
        (404, {"error": {"message": "The model `x` does not exist"}}, "model"),
        (404, {"error": {"message": "No endpoints found for x/y"}}, "model"),
        (404, {"error": {"message": "File Not Found"}}, "address"),
        (404, b"404 page not found", "address"),
        (405, {"detail": "Method Not Allowed"}, "address"),
        (408, {}, "again"), (409, {}, "again"), (498, {}, "again"), (500, {}, "again"), (524, {}, "again"),
        (501, {}, "request"),
        (503, {"error": {"message": "Loading model"}}, "loading"),
        (503, {"error": "Model meta/x is currently loading", "estimated_time": 20}, "loading"),
        (503, {"error": {"message": "overloaded"}}, "again"),
        (413, b"<html><title>413 Request Entity Too Large</title>", "large"),
        (429, {"error": {"message": "slow down"}}, "again"),
        (429, {"error": {"message": "x", "code": "insufficient_quota"}}, "credit"),
        (429, {"error": {"message": "x", "type": "exceeded_current_quota_error"}}, "credit"),
        (429, {"error": {"message": "Limit 30000, Requested 35064."}}, "large"),
        (429, {"error": {"message": "Limit 30000, Used 29000, Requested 2000."}}, "again"),
        (429, {"error": {"message": "Rate limit: free-models-per-day"}}, "credit"),
        (429, {"error": {"message": "requests per day (RPD): Limit 200"}}, "credit"),
        (429, [{"error": {"message": "You exceeded your current quota", "details": [{"retryDelay": "3s"}]}}], "again"),
    ],
)  # fmt: skip
def test_kinds(status: int, value: Any, kind: str) -> None:
    assert kind_of(fault(status, value), model_id="x") == kind


def test_the_server_may_say_that_it_is_not_worth_it() -> None:
    assert kind_of(fault(500, {}), should_retry=False) == "other"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Your IP: 203.0.113.9.", "Your IP: (address)."),
        ("upstream 127.0.0.1:80 refused", "upstream 127.0.0.1:80 refused"),
        ("from 2001:db8::1 today", "from (address) today"),
        ("version 1.2.3 at 10:20:30", "version 1.2.3 at 10:20:30"),
    ],
)
def test_addresses_are_hidden(text: str, shown: str) -> None:
    assert without_addresses(text) == shown


KEY = "sk-proj-AbCdEfGhIjKlMnOpQrStUvWx"


@pytest.mark.parametrize(
    "echoed",
    [KEY, f"'{KEY}'", "sk-proj-**********UvWx", "sk-p...UvWx", "sk-pr…UvWx", "***************UvWx", KEY[:20], KEY[9:]],
)
def test_a_key_that_is_echoed(echoed: str) -> None:
    shown = redacted(f"Incorrect API key provided: {echoed}. Look at your account.", [KEY])
    assert "UvWx" not in shown
    assert "sk-p" not in shown
    assert "AbCdEfGhIj" not in shown
    assert shown.endswith("Look at your account.")


def test_ordinary_words_stay() -> None:
    text = "Wait... the model x*** is loading; see example.org/path..."
    assert redacted(text, [KEY]) == text


@given(st.text(max_size=200))
def test_no_text_holds_the_key_afterwards(text: str) -> None:
    assert KEY not in redacted(f"{text}{KEY}{text}", [KEY])


NAMES = ["error", "message", "code", "detail", "loc", "msg", "type", "metadata", "raw"]
LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=9)
SHAPES = st.recursive(
    LEAVES, lambda x: st.lists(x, max_size=3) | st.dictionaries(st.sampled_from(NAMES), x, max_size=4), max_leaves=12
)


@given(SHAPES, st.sampled_from([None, 400, 404, 429, 500, 503]))
def test_no_shape_breaks_it(value: Any, status: int | None) -> None:
    found = read_fault(status, value)
    assert isinstance(found.sentence, str)
    assert kind_of(found)


def test_which_field_is_refused() -> None:
    unknown = fault(422, {"detail": [{"loc": ["body", "stream_options"], "msg": "Extra", "type": "extra_forbidden"}]})
    assert refuses(unknown, "stream_options")
    assert not refuses(unknown, "max_tokens")
    too_much = fault(400, {"error": {"message": "max_tokens is too large", "param": "max_tokens"}})
    assert not refuses(too_much, "max_tokens")
