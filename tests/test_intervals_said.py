"""How an interval is told after its value: the same wherever a score stands in a sentence."""

import pytest

from genai_tui.records.runs import Value
from genai_tui.stages.evaluate.statistics.agreement import Kappa
from genai_tui.stages.evaluate.statistics.pairs import Comparison


@pytest.mark.parametrize(
    ("said", "interval"),
    [
        (Value(0.1, 0.036, 0.181, 60).interval(), ", 95 % 0.04–0.18"),
        (Value(0.1, 0.036, 0.181, 60).interval(3), ", 95 % 0.036–0.181"),
        (Value(0.1, None, None, 1).interval(), ""),
        (Kappa(0.6, 0.414, 0.83, 0.8, 40).interval(), ", 95 % 0.41–0.83"),
        (Comparison(60, 4, 54, 2, 0.03, -0.06, 0.12, 0.69, "McNemar exact").interval(), ", 95 % -0.06 to +0.12"),
        (Comparison(1, 0, 1, 0, 0.0, None, None, None, "McNemar exact").interval(), ""),
    ],
)
def test_an_interval_is_told_after_its_value_and_left_out_where_there_is_none(said: str, interval: str) -> None:
    assert said == interval
