"""Figures that are no figures get a sentence, whatever their size and kind."""

import pytest

from genai_tui.errors import UsageFault
from genai_tui.estimation.amounts import amount, count


@pytest.mark.parametrize("value", [-1, 0, float("nan"), float("inf"), 1e30, 10**400, -(10**400), "8", True, None])
def test_nonsense_is_refused_with_what_was_meant(value):
    with pytest.raises(UsageFault, match="batch") as refused:
        amount("batch", value)
    assert refused.value.why
    assert refused.value.do


def test_zero_is_taken_where_it_means_something():
    assert amount("budget", 0, zero=True) == 0


def test_half_a_gpu_is_refused():
    with pytest.raises(UsageFault, match="whole number"):
        count("number of accelerators", 1.5)


def test_a_figure_within_sense_comes_back():
    assert amount("price", 2.5) == 2.5
    assert count("batch", 4) == 4
