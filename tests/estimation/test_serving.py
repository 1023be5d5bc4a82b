"""Serving: how a model lies on accelerators, what one user and many get, and what a million tokens costs."""

from dataclasses import replace

import pytest

from genai_tui.errors import UsageFault
from genai_tui.estimation.cards import find_card
from genai_tui.estimation.decode import step_parts
from genai_tui.estimation.hardware import find_accelerator
from genai_tui.estimation.serving import (
    Layout,
    Server,
    Traffic,
    reading_of,
    saturated_speed,
    sequences_at_once,
    serving,
    users_within,
)
from genai_tui.records.accelerators import Accelerator
from genai_tui.records.cards import ModelCard

H100 = find_accelerator("h100")
EIGHT, LARGE, MIXTURE = (find_card(name) for name in ("llama-3.1-8b", "llama-3.1-405b", "mixtral-8x7b-v0.1"))
USUAL = Traffic(1000, 250)


def speed_alone(card: ModelCard, accelerator: Accelerator) -> float:
    """Tokens a second of one sequence."""
    return 1 / sum(part.value for part in step_parts(reading_of(card, "bf16", 512), accelerator))


def values(estimate):
    return {part.name: part.value for part in estimate.parts}


def test_a_model_is_shared_within_a_machine_and_copied_over_others():
    small, large = 16e9, 812e9
    assert Server(H100, 1).layout(small) == Layout(1, 1, 1)
    assert Server(H100, 4).layout(small) == Layout(4, 1, 1)
    assert Server(H100, 32).layout(small) == Layout(8, 1, 4)
    assert Server(H100, 512).layout(large) == Layout(8, 2, 32)
    assert Server(H100, 8).layout(large) == Layout(8, 1, 1)
    assert Server(H100, 4, "layers").layout(small) == Layout(1, 4, 1)


def test_the_parts_of_an_answer_add_up():
    estimate = serving(EIGHT, "bf16", Server(H100, usd_per_hour=2.0), replace(USUAL, latency_s=10.0), batch=16)
    found = values(estimate)
    steps = sum(value for name, value in found.items() if name.startswith("a token: "))
    assert found["between tokens"] == pytest.approx(steps) == pytest.approx(1 / estimate.total)
    assert found["whole answer"] == pytest.approx(found["time to first token"] + 250 * steps)
    assert found["a million tokens out"] == pytest.approx(2.0 / 3600 / found["saturated"] * 1e6)
    assert estimate.low < estimate.total < estimate.high
    assert estimate.total < found["batch of 16"] < found["saturated"]


def test_users_within_a_latency_are_as_many_as_their_answers_allow():
    reading, server = reading_of(EIGHT, "bf16", USUAL.mean), Server(H100)
    users = [users_within(reading, server, replace(USUAL, latency_s=latency)) for latency in (0.01, 3.0, 10.0, 1e6)]
    assert users == sorted(users)
    assert users[0] == 0
    assert users[-1] == sequences_at_once(reading, server)
    assert users_within(reading, Server(H100, 32), replace(USUAL, latency_s=10.0)) > 4 * users[2]


def test_more_accelerators_and_fewer_bits_serve_more():
    server, reading = Server(H100), reading_of(EIGHT, "bf16", USUAL.mean)
    one = saturated_speed(reading, server, USUAL)
    assert saturated_speed(reading, Server(H100, 16), USUAL) > 10 * one
    assert saturated_speed(reading_of(EIGHT, "fp8", USUAL.mean), server, USUAL) > one
    assert saturated_speed(reading, server, Traffic(8000, 250)) < one


def test_a_model_that_does_not_fit_serves_nobody_and_says_so():
    estimate = serving(LARGE, "bf16", Server(H100), replace(USUAL, latency_s=10.0))
    assert values(estimate)["saturated"] == 0
    assert values(estimate)["users within the latency"] == 0
    assert "a million tokens out" not in values(estimate)
    assert any("do not fit" in said for said in estimate.assumptions)


def test_of_experts_only_those_that_are_visited_are_read():
    mi300x, dense = find_accelerator("mi300x"), reading_of(MIXTURE, "bf16")
    assert dense.read(1) == pytest.approx(2 * MIXTURE.active, rel=0.01)
    assert dense.read(64) == pytest.approx(dense.weights, rel=0.01)
    assert speed_alone(MIXTURE, mi300x) > 2 * speed_alone(LARGE, mi300x)


def test_a_model_of_which_the_size_alone_is_known_is_taken_for_a_usual_one():
    bare = replace(EIGHT, architecture=None)
    assert speed_alone(bare, H100) == pytest.approx(speed_alone(EIGHT, H100), rel=0.1)
    assert any("usual" in said for said in serving(bare, "bf16", Server(H100), USUAL).assumptions)


@pytest.mark.parametrize(
    ("server", "traffic", "batch"),
    [
        (Server(H100, 0), USUAL, 1),
        (Server(H100, 1, "wishing"), USUAL, 1),
        (Server(H100), Traffic(-1, 10), 1),
        (Server(H100), Traffic(10, 0), 1),
        (Server(H100), Traffic(10, 10, float("nan")), 1),
        (Server(H100), USUAL, 0),
        (Server(H100, usd_per_hour=-1.0), USUAL, 1),
        (Server(replace(H100, bandwidth=None)), USUAL, 1),
    ],
)
def test_nonsense_is_refused(server, traffic, batch):
    with pytest.raises(UsageFault):
        serving(EIGHT, "bf16", server, traffic, batch=batch)


def test_what_was_measured_corrects_every_speed():
    alone, corrected = (values(serving(EIGHT, "bf16", Server(H100, ratio=ratio), USUAL, batch=8)) for ratio in (1, 0.5))
    assert corrected["between tokens"] == pytest.approx(2 * alone["between tokens"])
    assert corrected["batch of 8"] == pytest.approx(alone["batch of 8"] / 2)
    assert corrected["saturated"] == pytest.approx(alone["saturated"] / 2)
    steps = sum(value for name, value in corrected.items() if name.startswith("a token: "))
    assert steps == pytest.approx(corrected["between tokens"])
