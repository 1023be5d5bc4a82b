"""What accelerators cost an hour, and where own ones become cheaper than an API."""

import pytest

from genai_tui.errors import UsageFault
from genai_tui.estimation.hardware import accelerators, find_accelerator
from genai_tui.estimation.rental import HOURS_A_MONTH, SECONDS_A_MONTH, break_even, hour_price


def test_the_price_of_an_hour_has_its_range_number_date_and_source():
    price = hour_price(find_accelerator("h100"))
    assert price.low <= price.median <= price.high
    assert price.of >= 5
    assert price.dates.startswith("202")
    assert "Epoch AI" in price.source
    assert f"median of {price.of}" in price.sentence


def test_a_price_that_is_not_known_is_none_and_one_of_one_source_says_so():
    assert hour_price(find_accelerator("m3-max")) is None
    assert "one source only" in hour_price(find_accelerator("rtx4080")).sentence
    known = [one.id for one in accelerators() if hour_price(one)]
    assert len(known) > 30


def test_own_servers_cost_less_where_the_lines_cross():
    found = break_even(0.01, 2.5, 2.0)
    assert found.capacity == pytest.approx(2 * SECONDS_A_MONTH * 0.4)
    assert found.requests == found.settled == pytest.approx(2.5 * HOURS_A_MONTH / 0.01)
    for requests, api, own in found.points:
        assert (own < api) == (requests > found.requests)


def test_a_second_server_can_turn_it_around_until_enough_are_full():
    found = break_even(0.0025, 2.5, 1.0)
    assert found.requests < found.settled
    after = [
        own <= api for requests, api, own in break_even(0.0025, 2.5, 1.0, most=2e8).points if requests > found.settled
    ]
    assert after
    assert all(after)
    between = [(api, own) for requests, api, own in break_even(0.0025, 2.5, 1.0, most=found.settled).points]
    assert any(own > api for api, own in between[len(between) // 2 :])


def test_an_api_that_is_cheaper_than_a_full_server_is_never_crossed():
    found = break_even(0.0001, 2.5, 1.0)
    assert (found.requests, found.settled) == (None, None)
    assert all(api < own for _, api, own in found.points)
    assert break_even(0.0, 2.5, 1.0).requests is None


@pytest.mark.parametrize("nonsense", [(-1, 1, 1), (1, float("nan"), 1), (1, 1, 0), (1, 1, 1e30)])
def test_nonsense_is_refused(nonsense):
    with pytest.raises(UsageFault):
        break_even(*nonsense)
