"""Deltas, usage and wholeness, out of what servers send."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genai_tui.inference.events import Event
from genai_tui.inference.reading import NotJson, Reading
from genai_tui.inference.usage import UsageReader
from genai_tui.records.generations import Usage


def read(*chunks: Any, name: str = "") -> Reading:
    reading = Reading()
    for chunk in chunks:
        data = chunk if isinstance(chunk, bytes) else json.dumps(chunk).encode()
        reading.take(Event(name, data))
    return reading


def delta(finish: str | None = None, index: int | None = 0, **fields: Any) -> dict[str, Any]:
    return {"choices": [{"index": index, "delta": fields, "finish_reason": finish}]}


def test_log_probabilities_are_gathered() -> None:
    pieces = [{"token": "a", "logprob": -0.1}, {"token": "b", "logprob": -0.2}]
    reading = Reading()
    deltas = [
        reading.take_chunk({"choices": [{"delta": {"content": p["token"]}, "logprobs": {"content": [p]}}]})
        for p in pieces
    ]
    assert [d[0].logprobs for d in deltas] == [(pieces[0],), (pieces[1],)]
    assert reading.first.logprobs == pieces


@pytest.mark.parametrize(
    ("sent", "finish"),
    [("STOP", "stop"), ("eos", "stop"), ("eos_token", "stop"), ("end_turn", "stop"), ("Length", "length"), ("", None)],
)
def test_finish_reasons_in_ordinary_words(sent: str, finish: str | None) -> None:
    assert read(delta(sent, content="x")).first.finish == finish


@pytest.mark.parametrize("finish", ["abort", "error", "insufficient_system_resource"])
def test_cut_by_its_reason(finish: str) -> None:
    assert not read(delta(finish, content="x"), b"[DONE]").whole


def test_done_without_a_choice_is_nothing() -> None:
    assert not read({"choices": []}, b"[DONE]").whole
    assert read(delta(), b"[DONE]").whole


def test_an_odd_index_is_the_first() -> None:
    assert "".join(read(delta(index=None, content="a"), delta(index=True, content="b")).first.text) == "ab"


def test_events_without_empty_lines_between() -> None:
    reading = Reading()
    one, two = json.dumps(delta(content="a")).encode(), json.dumps(delta(content="b")).encode()
    reading.take(Event("", one + b"\n" + two + b"\n: comment\n[DONE]"))
    assert "".join(reading.first.text) == "ab"
    assert reading.done


@pytest.mark.parametrize("data", [b'{"choices":[{"del', b'{"a":1}{"b":2}', b'{"a":1}\n{"b"', b"text", b"{"])
def test_what_is_not_json(data: bytes) -> None:
    with pytest.raises(NotJson):
        Reading().take(Event("", data))


def test_an_error_event_may_be_a_sentence() -> None:
    reading = Reading()
    reading.take(Event("error", b"engine died"))
    assert reading.error == {"error": "engine died"}


@pytest.mark.parametrize("error", [None, "", {}, []])
def test_an_error_that_is_none(error: Any) -> None:
    assert read({**delta("stop", content="x"), "error": error}).whole


def test_an_error_of_one_choice() -> None:
    reading = read({"choices": [{"index": 0, "delta": {}, "error": {"code": 502, "message": "gone"}}]})
    assert reading.error == {"code": 502, "message": "gone"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda x: (
        st.lists(x, max_size=3)
        | st.dictionaries(
            st.sampled_from(["choices", "delta", "message", "content", "index", "finish_reason", "usage", "tool_calls",
                             "function", "reasoning", "prompt_tokens", "text", "type", "logprobs", "error"]),
            x, max_size=4,
        )
    ),
    max_leaves=20,
)  # fmt: skip


@given(st.lists(JSON, max_size=4))
def test_no_json_breaks_it(chunks: list[Any]) -> None:
    reading = Reading()
    for chunk in chunks:
        deltas = reading.take_chunk(chunk)
        assert all(isinstance(d.text, str) and isinstance(d.reasoning, str) for d in deltas)
    assert "".join(reading.first.text).encode() is not None
    assert reading.usage.usage(answered=True) is None or reading.usage.raw is not None


@given(st.text(max_size=40))
def test_text_survives_being_escaped_in_halves(text: str) -> None:
    escaped = json.dumps(text)[1:-1]
    reading = Reading()
    for piece in [escaped[i : i + 6] for i in range(0, len(escaped), 6)] if "\\" not in escaped else [escaped]:
        reading.take(Event("", b'{"choices":[{"delta":{"content":"' + piece.encode() + b'"}}]}'))
    assert "".join(reading.first.text) == text


def usage(*stated: Any, answered: bool = True, **more: Any) -> Usage | None:
    reader = UsageReader()
    for value in stated:
        reader.take({"usage": value, **more})
    return reader.usage(answered=answered)


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ({"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}, (5, 2)),
        ({"prompt_tokens": 5, "completion_tokens": 2}, (5, 2)),
        ({"prompt_tokens": "5", "completion_tokens": "2"}, (5, 2)),
        ({"prompt_tokens": 5.0, "completion_tokens": 2.0}, (5, 2)),
        ({"input_tokens": 5, "output_tokens": 2}, (5, 2)),
        ({"prompt_tokens": 5, "total_tokens": 9}, (5, 4)),
        ({"prompt_tokens": 5, "completion_tokens": 0, "total_tokens": 9}, (5, 4)),
        ({"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 30}, (5, 25)),
        ({"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 3}, (5, 2)),
        ({"completion_tokens": 2, "total_tokens": 9}, (7, 2)),
        ({"prompt_tokens": -5, "completion_tokens": 2}, None),
        ({"prompt_tokens": 5, "completion_tokens": -2}, None),
        ({"prompt_tokens": 0, "completion_tokens": 2}, None),
        ({"prompt_tokens": 5, "completion_tokens": 0}, None),
        ({"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}, None),
        ({"prompt_tokens": True, "completion_tokens": float("inf")}, None),
        ({}, None),
        ("5", None),
    ],
)
def test_which_counts_are_believed(stated: Any, expected: tuple[int, int] | None) -> None:
    found = usage(stated)
    assert (found and (found.input_tokens, found.output_tokens)) == expected


def test_the_last_with_numbers_wins_and_null_erases_nothing() -> None:
    one, two = {"prompt_tokens": 5, "completion_tokens": 1}, {"prompt_tokens": 5, "completion_tokens": 3}
    assert usage(None, {}, one, two, None, {}) == Usage(5, 3)


def test_an_empty_answer_may_have_cost_no_output() -> None:
    assert usage({"prompt_tokens": 5, "completion_tokens": 0}, answered=False) == Usage(5, 0)


def test_details() -> None:
    found = usage(
        {
            "prompt_tokens": 50,
            "completion_tokens": 20,
            "prompt_tokens_details": {"cached_tokens": 40},
            "completion_tokens_details": {"reasoning_tokens": 15},
            "cost": "0.0025",
        },
        service_tier="flex",
    )
    assert found == Usage(50, 20, 40, 15, False, 0.0025, "flex")


@pytest.mark.parametrize(
    ("stated", "cached"),
    [({"prompt_cache_hit_tokens": 4}, 4), ({"prompt_tokens_details": {"cached_tokens": 6}}, 0),
     ({"prompt_tokens_details": None}, 0), ({"prompt_tokens_details": {"cached_tokens": -1}}, 0)],
)  # fmt: skip
def test_cached_tokens(stated: dict[str, Any], cached: int) -> None:
    found = usage({"prompt_tokens": 5, "completion_tokens": 2, **stated})
    assert found is not None
    assert found.cached_tokens == cached


def test_the_cost_that_is_stated() -> None:
    reader = UsageReader()
    reader.take({"usage": {"prompt_tokens": 5, "completion_tokens": 2, "cost_in_usd_ticks": 25_000_000}})
    assert reader.cost_usd == pytest.approx(0.0025)
    reader.take({"usage": None})
    assert reader.cost_usd == pytest.approx(0.0025)
    reader.take({"usage": {"cost": -1}})
    assert reader.cost_usd == pytest.approx(0.0025)
