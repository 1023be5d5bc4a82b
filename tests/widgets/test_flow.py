"""Text in rows: however long its rows are, one step of wrapping is bounded."""

import pytest

from genai_tui.widgets.flow import LONGEST_ROW, LOOK_AFTER, Flow


@pytest.mark.parametrize(
    "text", ["\u0301" * 200_000, "a\n" * 100_000, "漢字 " * 60_000], ids=["marks", "lines", "wide"]
)
def test_a_step_without_time_takes_little_and_the_next_ones_the_rest(text: str) -> None:
    flow, reached, steps = Flow(text), 0, 0
    while not flow.lay(40, seconds=0.0):
        now = flow.start_of(flow.count - 1)
        assert now - reached <= LOOK_AFTER + LONGEST_ROW
        reached, steps = now, steps + 1
    assert steps >= len(text) // (LOOK_AFTER + LONGEST_ROW)
    whole = Flow(text)
    assert whole.lay(40)
    assert [flow.row(n) for n in range(flow.count)] == [whole.row(n) for n in range(whole.count)]
